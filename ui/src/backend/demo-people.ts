import type { Difference, Person, PhaseView, SettingsView, TermsView } from './backend'
import { CONTRACT } from './demo-contracts'
import { entryOf, settle, STANDARD, type DemoTally } from './demo-ledger'
import { talkOf } from './demo-talk'

const HOUR = 3_600_000
const DAY = 24 * HOUR

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
  'Gil Okafor': '00004d',
  'Mira Castell': '000055',
  'Ida Brandt': '000071',
  'Paul Reyes': '00008a',
}

const SAME = {
  oldUnits: null,
  newUnits: null,
  oldDays: null,
  newDays: null,
  oldText: null,
  newText: null,
}

type Sketch = {
  name: string
  phase: PhaseView
  /**
   * Signed amounts in CHIP, oldest first. `c5` is a clearing of 5, `mine 5 12` and `theirs 5 12` are settings (like to
   * hold, never more than), `mine close` and `theirs close` ask to close.
   */
  moves: (number | string)[]
  memos?: string[]
  iMayOwe: number
  theyMayOwe: number
  heard: number
  last: number
  older?: number
  away?: boolean
  revision?: number
  differences?: Difference[]
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
      'theirs 10 20',
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
      'mine 5 12',
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
    heard: 9 * HOUR,
    last: 2,
    away: true,
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
    moves: [12, -9.996, 'mine close'],
    memos: ['sewing', 'seedlings', ''],
  },
  {
    name: 'Gil Okafor',
    phase: 'offeredToUs',
    iMayOwe: 30,
    theyMayOwe: 20,
    heard: 2 * HOUR,
    last: 0.3,
    moves: [],
    revision: 3,
    differences: [
      { ...SAME, field: 'limit', whose: 'theirs', oldUnits: 15_000, newUnits: 30_000 },
      { ...SAME, field: 'notice', whose: 'theirs', oldDays: 14, newDays: 30 },
      { ...SAME, field: 'memo', whose: 'both', oldText: 'garden help', newText: 'garden help and tools' },
    ],
  },
  {
    name: 'Mira Castell',
    phase: 'open',
    iMayOwe: 15,
    theyMayOwe: 15,
    heard: 3 * HOUR,
    last: 0.6,
    moves: [5, -1.5, 4, 'theirs 2 8', -2.25, 1.5, -3],
    memos: ['plums', 'a ride', 'sign painting', '', 'glue', 'eggs', 'frames'],
  },
  {
    name: 'Ida Brandt',
    phase: 'open',
    iMayOwe: 10,
    theyMayOwe: 10,
    heard: 30 * DAY,
    last: 40,
    moves: [8, -3.5, 'theirs close', -4.5],
    memos: ['piano lessons', 'a coat', '', 'music stand'],
  },
  {
    name: 'Paul Reyes',
    phase: 'offered',
    iMayOwe: 0,
    theyMayOwe: 12,
    heard: 5 * HOUR,
    last: 0.4,
    moves: [],
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
    negotiation: talkOf(phase),
    closing: null,
    waits: null,
    dispute: null,
    theirCard:
      partner === null ? null : { name: partner.name, email: null, phone: '+1 555 0147', place: null },
    disclosed: partner === null ? [] : ['email'],
    entries: [],
    cancelled: [],
    mine: STANDARD,
    theirs: STANDARD,
    away: false,
    proof: {
      digest: null,
      head: 0,
      headHash: null,
      agreed: null,
      mySignature: null,
      theirSignature: null,
      comparedAt: null,
    },
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
  tally.away = sketch.away ?? false
  tally.negotiation = talkOf(sketch.phase, sketch.revision, sketch.differences)
  if (tally.negotiation !== null) {
    tally.date = now - 3 * HOUR
    if (tally.away) tally.waits = tally.date
    if (sketch.differences) tally.memo = 'garden help and tools'
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
  if (typeof move === 'string' && !move.startsWith('c')) {
    const direction = move.startsWith('mine') ? 'towardThem' : 'towardMe'
    tally.entries.push(entryOf(tally, { at, kind: 'settings', direction, settings: settingsOf(move, at) }))
    return
  }
  const clears = typeof move === 'string'
  const milli = Math.round((clears ? Number(move.slice(1)) : move) * 1000)
  tally.row.balance += milli
  tally.entries.push(
    entryOf(tally, {
      at,
      kind: clears ? 'clearing' : 'payment',
      direction: milli < 0 ? 'towardThem' : 'towardMe',
      units: Math.abs(milli),
      memo: clears ? null : (memo ?? null),
    }),
  )
}

function settingsOf(move: string, at: number): SettingsView {
  const [, target = '0', bound = target] = move.split(' ')
  if (target === 'close') return { ...STANDARD, close: true, since: at }
  return { ...STANDARD, target: Number(target) * 1000, bound: Number(bound) * 1000, since: at }
}
