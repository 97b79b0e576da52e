import type { CancelledView, EntryView, HistoryFilter, HistoryPage, SettingsView, TallyView } from './backend'

/** A tally with all its entries, oldest first. */
export type DemoTally = TallyView & {
  entries: EntryView[]
  cancelled: CancelledView[]
  mine: SettingsView
  theirs: SettingsView
  /** Their computer is off: what is signed here stays here. */
  away: boolean
}

const PAGE = 8

/** What holds where nobody has set anything: debts are cleared, nothing is saved up. */
export const STANDARD: SettingsView = {
  target: 0,
  bound: 0,
  rewardPpm: 0,
  clutchPpm: 0,
  call: null,
  close: false,
  since: null,
  pending: false,
}

/** An entry with everything that most of them have in common. */
export function entryOf(tally: DemoTally, part: Partial<EntryView> & { at: number }): EntryView {
  const index = tally.entries.length + 1
  return {
    id: `${tally.row.id}-${index}`,
    index,
    kind: 'payment',
    direction: 'towardThem',
    units: 0,
    memo: null,
    balanceAfter: tally.row.balance,
    stage: 'matched',
    recordedAt: part.at,
    deliveredAt: part.at + 1000,
    matchedAt: part.at + 2000,
    cancellable: false,
    answers: null,
    settings: null,
    ...part,
  }
}

/** What an entry moves, toward us. */
export function signedUnits(entry: EntryView): number {
  return entry.direction === 'towardMe' ? entry.units : -entry.units
}

/** Recomputes everything that follows from the entries. */
export function settle(tally: DemoTally) {
  const done = tally.entries.filter((entry) => entry.stage === 'accepted' || entry.stage === 'matched')
  const flying = tally.entries.filter((entry) => entry.stage !== 'matched')
  const sum = (entries: EntryView[]) => entries.reduce((all, entry) => all + signedUnits(entry), 0)
  for (const entry of tally.entries) entry.cancellable = entry.stage === 'signed'
  tally.row.balance = sum(done)
  tally.row.waiting = sum(tally.entries.filter((entry) => !done.includes(entry)))
  tally.row.copies = {
    state: tally.dispute ? 'mismatch' : flying.length > 0 ? 'catchingUp' : 'match',
    behind: flying.length,
    entries: tally.entries.length,
  }
  tally.inFlight = flying.filter((entry) => entry.direction === 'towardThem')
  tally.waits = tally.inFlight.find(({ stage }) => stage === 'signed')?.recordedAt ?? null
  tally.notches = tally.entries
    .slice(-24)
    .map(({ direction, units, kind, at, stage }) => ({ direction, units, kind, at, stage }))
  tally.older = Math.max(tally.older, tally.entries.length - 24)
  tally.mine = newest(tally, 'towardThem')
  tally.theirs = newest(tally, 'towardMe')
  closeIfAsked(tally)
  tally.proof = {
    digest: `Q2s0x${tally.row.id}vYp7wKcN3rT8uHdLqE5aZ0oXfBm`.slice(0, 43),
    head: tally.entries.length,
    headHash: `h${tally.entries.length}Tq9uVw3xYz0aBc5dEf7gHi1jKl8mNo2pQr4sTu6v`.slice(0, 43),
    agreed: tally.dispute ? tally.dispute.index - 1 : tally.entries.length - flying.length,
    mySignature: 'AfJ0k7Vw'.repeat(22),
    theirSignature: 'ANb3rT9q'.repeat(22),
    comparedAt: tally.proof.comparedAt ?? tally.entries.at(-1)?.matchedAt ?? null,
  }
}

function newest(tally: DemoTally, direction: EntryView['direction']): SettingsView {
  const entry = tally.entries.findLast((one) => one.settings !== null && one.direction === direction)
  if (entry?.settings == null) return STANDARD
  return { ...entry.settings, since: entry.at, pending: entry.stage !== 'matched' }
}

function closeIfAsked(tally: DemoTally) {
  const { row, mine, theirs } = tally
  if (row.phase !== 'open' && row.phase !== 'closing') return
  const asked = mine.close || theirs.close
  row.phase = !asked ? 'open' : row.balance === 0 && row.waiting === 0 ? 'closed' : 'closing'
  tally.closing =
    row.phase === 'closing'
      ? {
          byMe: mine.close,
          byThem: theirs.close,
          rest: Math.abs(row.balance),
          iAmCreditor: row.balance > 0,
        }
      : null
}

/** A tally both have signed and nobody has used. */
export function opened(tally: DemoTally) {
  tally.row.phase = 'open'
  tally.negotiation = null
  settle(tally)
}

/** One page of what the filter lets through; what it hides is counted. */
export function pageOf(tally: DemoTally, before: number | null, filter: HistoryFilter): HistoryPage {
  const passing = tally.entries.filter((entry) => passes(entry, filter))
  const hidden = tally.entries.filter((entry) => !passing.includes(entry))
  const older = passing.filter((entry) => before === null || entry.index < before).toReversed()
  const page = older.slice(0, PAGE)
  return {
    entries: structuredClone(page),
    next: older.length > PAGE ? (page.at(-1)?.index ?? null) : null,
    total: tally.entries.length,
    shown: passing.length,
    hidden: hidden.length,
    hiddenSum: hidden.reduce((sum, entry) => sum + signedUnits(entry), 0),
    cancelled: before === null ? structuredClone(tally.cancelled) : [],
  }
}

function passes(entry: EntryView, { kind, who, text }: HistoryFilter): boolean {
  const kinds = { all: null, payments: 'payment', settings: 'settings', clearing: 'clearing' } as const
  if (kinds[kind] !== null && entry.kind !== kinds[kind]) return false
  if (who !== 'all' && (entry.direction === 'towardThem') !== (who === 'mine')) return false
  return text === null || (entry.memo ?? '').toLowerCase().includes(text.toLowerCase())
}
