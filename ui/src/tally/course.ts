import type { EntryView } from '~/backend/backend'

/** The balance after each entry as a stepped line, oldest on the left. */
export type Course = {
  zero: number
  settled: string
  area: string
  waiting: string | null
  clearings: { x: number; y: number }[]
  limits: { y: number; milli: number }[]
}

const EDGE = 6

/** Draws entries (newest first, as they are read) between the two limits. */
export function courseOf(
  entries: EntryView[],
  limits: (number | null)[],
  size: { width: number; height: number },
): Course {
  const inOrder = entries.toReversed()
  const known = limits.filter((limit) => limit !== null).filter((limit) => limit !== 0)
  const values = [...inOrder.map((entry) => entry.balanceAfter), ...known, 0]
  const top = Math.max(...values)
  const bottom = Math.min(...values)
  const scale = (size.height - 2 * EDGE) / Math.max(top - bottom, 1)
  const y = (milli: number) => EDGE + (top - milli) * scale
  const step = size.width / Math.max(inOrder.length, 1)

  const settledCount = inOrder.findIndex((entry) => entry.stage === 'signed' || entry.stage === 'delivered')
  const split = settledCount < 0 ? inOrder.length : settledCount
  const settled = line(inOrder.slice(0, split), 0, step, y)
  const end = split * step
  const last = inOrder[split - 1]
  return {
    zero: y(0),
    settled,
    area: settled === '' ? '' : `${settled}V${y(0)}H0Z`,
    waiting:
      split === inOrder.length
        ? null
        : `M${end} ${y(last?.balanceAfter ?? 0)}${line(inOrder.slice(split), split, step, y).replace('M', 'L')}`,
    clearings: inOrder.flatMap((entry, index) =>
      entry.kind === 'clearing' ? [{ x: index * step, y: y(entry.balanceAfter) }] : [],
    ),
    limits: known.map((milli) => ({ y: y(milli), milli })),
  }
}

function line(entries: EntryView[], from: number, step: number, y: (milli: number) => number): string {
  return entries
    .map((entry, index) => {
      const x = (from + index) * step
      return `${index === 0 ? `M${x} ${y(entry.balanceAfter)}` : `V${y(entry.balanceAfter)}`}H${x + step}`
    })
    .join('')
}
