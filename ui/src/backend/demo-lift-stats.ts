import type { LiftStats, LiftSum, LiftView } from './backend'

const DAY = 86_400_000
const WEEKS = 26

function sum(lifts: LiftView[]): LiftSum {
  const total = { circles: 0, cleared: 0, payments: 0, moved: 0 }
  for (const { aim, units, state } of lifts) {
    if (state !== 'final') continue
    if (aim === 'clear') Object.assign(total, { circles: total.circles + 1, cleared: total.cleared + units })
    else Object.assign(total, { payments: total.payments + 1, moved: total.moved + units })
  }
  return total
}

/** What the made-up lifts add up to. */
export function stats(lifts: LiftView[], now: number): LiftStats {
  const since = (from: number, to = now + 1) =>
    lifts.filter(({ finalAt }) => finalAt !== null && finalAt >= from && finalAt < to)
  const begins = Array.from({ length: WEEKS }, (_, week) => now - (WEEKS - week) * 7 * DAY)
  return {
    week: sum(since(now - 7 * DAY)),
    month: sum(since(now - 30 * DAY)),
    ever: sum(lifts),
    weeks: begins.map((from) => ({ from, sum: sum(since(from, from + 7 * DAY)) })),
  }
}
