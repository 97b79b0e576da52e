import type { EntryView, Person, PhaseView, TallyView, TermsView } from './backend'

const HOUR = 3_600_000
const DAY = 24 * HOUR

/** A tally with all its entries, oldest first. */
export type DemoTally = TallyView & { entries: EntryView[] }

export const CONTRACT = {
  hash: 'n4bQgYhMfWWaL-qgxVrQFaO_TxsrC4Is0V1sFbDwCgg',
  title: 'Credit terms, edition 3',
  text: `# Credit terms, edition 3

This is the text two people sign when they begin a tally. It is short on purpose.

## 1. What a tally is

A tally is a record, held in two halves, of promises between the two signers. Each entry is signed by the one who **gives** the promise. An entry cannot be taken back; the other side can send it back.

## 2. How much

Each side states the most the other may owe. A limit *warns and does not block*: beyond it, the other side need not accept an entry as payment.

## 3. Notice

Whoever wants to settle up gives as many days' notice as their terms say.

- Notice begins when the other side has been told.
- During notice the tally may only pay down.

## 4. Clearing

Debts that form a circle may be cancelled out. This never changes what anybody has in total.

## 5. Closing

A tally can be closed when it stands at zero. Both halves stay readable.
`,
}

const WORDS: [string, string, string, string][] = [
  ['harbor', 'linen', 'copper', 'plum'],
  ['reed', 'iron', 'apple', 'north'],
  ['amber', 'ladder', 'violet', 'mill'],
  ['stone', 'river', 'candle', 'oak'],
  ['winter', 'basket', 'clover', 'tin'],
  ['lantern', 'salt', 'meadow', 'rope'],
  ['barley', 'anchor', 'moss', 'bell'],
  ['orchard', 'flint', 'thread', 'gull'],
]

/** A fingerprint that is stable for a name. */
export function fingerprintOf(name: string): string {
  const seed = FINGERPRINTS[name] ?? '5eed00'
  return seed.repeat(11).slice(0, 64)
}

export function person(name: string, index: number, heardAgo: number | null, now: number): Person {
  const cuid = name
    .toLowerCase()
    .normalize('NFD')
    .replace(/[^a-z]+/g, '-')
  return {
    name,
    address: `chip://${cuid}:${'Zk7Qw2xV'.slice(index % 4)}@203.0.113.${20 + index}:65430`,
    fingerprint: fingerprintOf(name),
    words: WORDS[index % WORDS.length] ?? ['harbor', 'linen', 'copper', 'plum'],
    heardAt: heardAgo === null ? null : now - heardAgo,
  }
}

/** Seeds for the pictures, so that the demo's people have eight different dyes. */
const FINGERPRINTS: Record<string, string> = {
  'Dana Whitlock': '002061',
  'Ana Ruiz': '000166',
  'Tomás Vidal': '00000a',
  'Kornblum Bakery': '00001b',
  'Ben Adler': '000028',
  'Cy Lindqvist': '000010',
  'Spoke & Chain Bikes': '000002',
  'Eva Marsh': '00003d',
  'Farida Noor': '000003',
}

type Sketch = {
  name: string
  phase: PhaseView
  /** Signed amounts in CHIP, oldest first; `s` is a change of settings, `c5` a clearing of 5. */
  moves: (number | string)[]
  memos?: string[]
  iMayOwe: number
  theyMayOwe: number
  heard: number
  last: number
  older?: number
}

const SKETCHES: Sketch[] = [
  {
    name: 'Ana Ruiz',
    phase: 'open',
    iMayOwe: 50,
    theyMayOwe: 20,
    heard: 120_000,
    last: 0.02,
    older: 17,
    moves: [
      -19.5,
      's',
      2,
      -7.5,
      'c8',
      5,
      -0.5,
      -3,
      1.5,
      -9,
      'c6',
      4,
      -1,
      -4,
      11,
      's',
      'c5',
      -11.25,
      3.5,
      -0.75,
      -14,
      8,
      -1.75,
    ],
    memos: ['apples, 7 kg', 'bus fare', 'roof gutter', 'spreadsheet lesson', 'candles'],
  },
  {
    name: 'Tomás Vidal',
    phase: 'offeredToUs',
    iMayOwe: 15,
    theyMayOwe: 10,
    heard: 5_400_000,
    last: 0.1,
    moves: [],
  },
  {
    name: 'Kornblum Bakery',
    phase: 'open',
    iMayOwe: 40,
    theyMayOwe: 0,
    heard: HOUR,
    last: 0.2,
    moves: [-12, -6.4, 4, -10, -7],
    memos: ['rolls', 'bread, week 46', 'cake', 'bread, week 47', 'flour'],
  },
  {
    name: 'Ben Adler',
    phase: 'open',
    iMayOwe: 20,
    theyMayOwe: 20,
    heard: 240_000,
    last: 1,
    moves: [4, -2, 10.5],
    memos: ['paint', 'a lift to town', 'fence posts'],
  },
  {
    name: 'Cy Lindqvist',
    phase: 'open',
    iMayOwe: 24,
    theyMayOwe: 10,
    heard: 4 * DAY,
    last: 1.2,
    moves: [-9, -15.75],
    memos: ['firewood', 'firewood again'],
  },
  {
    name: 'Spoke & Chain Bikes',
    phase: 'open',
    iMayOwe: 15,
    theyMayOwe: 78,
    heard: 1_080_000,
    last: 2,
    moves: [30, -8, 42],
    memos: ['website', 'bike tube', 'stocktaking'],
  },
  {
    name: 'Eva Marsh',
    phase: 'closing',
    iMayOwe: 0,
    theyMayOwe: 30,
    heard: DAY,
    last: 10,
    moves: [12, -9.996],
    memos: ['sewing', 'seedlings'],
  },
]

export function demoTallies(now: number): DemoTally[] {
  return SKETCHES.map((sketch, index) => build(sketch, index, now))
}

/** A tally as it is when two people have just met. */
export function blank(
  id: string,
  partner: Person | null,
  phase: PhaseView,
  terms: TermsView,
  now: number,
): DemoTally {
  const open = { limit: null, noticeDays: null }
  return {
    row: {
      id,
      partner,
      phase,
      balance: 0,
      waiting: 0,
      copies: { state: 'notYet', behind: 0, entries: 0 },
      iMayOwe: null,
      theyMayOwe: terms.limit,
      lastActivity: now,
      ticket: null,
    },
    myHalf: 'stock',
    date: now,
    memo: null,
    myTerms: terms,
    theirTerms: open,
    contractTitle: CONTRACT.title,
    contractHash: CONTRACT.hash,
    notches: [],
    older: 0,
    inFlight: [],
    reason: null,
    entries: [],
    proof: { digest: null, head: 0, headHash: null, agreed: null, mySignature: null, theirSignature: null },
  }
}

function build(sketch: Sketch, index: number, now: number): DemoTally {
  const id = `tally-${index + 1}`
  const partner = person(sketch.name, index, sketch.heard, now)
  const tally = blank(
    id,
    partner,
    sketch.phase,
    { limit: sketch.theyMayOwe * 1000, noticeDays: 14 },
    now - 200 * DAY,
  )
  tally.theirTerms = { limit: sketch.iMayOwe * 1000, noticeDays: 30 }
  tally.row.iMayOwe = sketch.iMayOwe * 1000
  tally.row.lastActivity = now - sketch.last * DAY
  if (sketch.phase === 'offeredToUs') {
    tally.date = now - 3 * HOUR
    tally.row.copies.state = 'notYet'
    return tally
  }
  const span = sketch.moves.length > 10 ? 82 * DAY : 60 * DAY
  sketch.moves.forEach((move, nth) => {
    const at = now - sketch.last * DAY - span * (1 - (nth + 1) / sketch.moves.length)
    add(tally, move, at, sketch.memos?.at(nth - sketch.moves.length))
  })
  tally.older = sketch.older ?? 0
  settle(tally)
  return tally
}

function add(tally: DemoTally, move: number | string, at: number, memo: string | undefined) {
  const kind = typeof move === 'number' ? 'payment' : move.startsWith('c') ? 'clearing' : 'settings'
  const chip = typeof move === 'number' ? move : kind === 'clearing' ? Number(move.slice(1)) : 0
  const milli = Math.round(chip * 1000)
  tally.row.balance += milli
  tally.entries.push({
    id: `${tally.row.id}-${tally.entries.length + 1}`,
    index: tally.entries.length + 1,
    at,
    kind,
    direction: milli < 0 ? 'towardThem' : 'towardMe',
    units: Math.abs(milli),
    memo: kind === 'payment' ? (memo ?? null) : null,
    balanceAfter: tally.row.balance,
    stage: 'matched',
    recordedAt: at,
    deliveredAt: at + 1000,
    matchedAt: at + 2000,
  })
}

/** Recomputes everything that follows from the entries. */
export function settle(tally: DemoTally) {
  const done = tally.entries.filter((entry) => entry.stage === 'accepted' || entry.stage === 'matched')
  const flying = tally.entries.filter((entry) => entry.stage !== 'matched')
  const signed = (entry: EntryView) => (entry.direction === 'towardMe' ? entry.units : -entry.units)
  tally.row.balance = done.reduce((sum, entry) => sum + signed(entry), 0)
  tally.row.waiting = tally.entries
    .filter((entry) => !done.includes(entry))
    .reduce((sum, entry) => sum + signed(entry), 0)
  tally.row.copies = {
    state: flying.length > 0 ? 'catchingUp' : 'match',
    behind: flying.length,
    entries: tally.entries.length,
  }
  tally.inFlight = flying
  tally.notches = tally.entries
    .slice(-24)
    .map(({ direction, units, kind, at, stage }) => ({ direction, units, kind, at, stage }))
  tally.older = Math.max(tally.older, tally.entries.length - 24)
  tally.proof = {
    digest: `Q2s0x${tally.row.id}vYp7wKcN3rT8uHdLqE5aZ0oXfBm`.slice(0, 43),
    head: tally.entries.length,
    headHash: `h${tally.entries.length}Tq9uVw3xYz0aBc5dEf7gHi1jKl8mNo2pQr4sTu6v`.slice(0, 43),
    agreed: tally.entries.length - flying.length,
    mySignature: 'AfJ0k7Vw'.repeat(22),
    theirSignature: 'ANb3rT9q'.repeat(22),
  }
}

/** A tally both have signed and nobody has used. */
export function opened(tally: DemoTally) {
  tally.row.phase = 'open'
  settle(tally)
}
