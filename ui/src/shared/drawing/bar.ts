/** Where a balance stands, drawn: left is what you owe, right is what you are owed. */
export type BarFacts = {
  balance: number
  /** Signed by us and not settled: zero or negative. */
  waiting: number
  iMayOwe: number | null
  theyMayOwe: number | null
}

/** Zero and scale of one bar; bars that are compared share one. */
export type BarScale = { zero: number; perMilli: number }

/** Room kept for labels at both ends of the big bar. */
const LABEL_ROOM = 104

/** How far left and right the facts reach, in milli-CHIPs, never both nothing. */
export function reachOf(facts: BarFacts): { left: number; right: number } {
  const end = facts.balance + facts.waiting
  return {
    left: Math.max(facts.iMayOwe ?? 0, -facts.balance, -end, 0),
    right: Math.max(facts.theyMayOwe ?? 0, facts.balance, end, 0),
  }
}

/** Zero at two thirds when more may be owed by us, else at one third. */
export function bigScale(facts: BarFacts, width: number): BarScale {
  const { left, right } = reachOf(facts)
  const zero = Math.round(left > right ? (width * 2) / 3 : width / 3)
  const room = Math.min(LABEL_ROOM, width / 8)
  const perMilli = Math.min((zero - room) / Math.max(left, 1), (width - zero - room) / Math.max(right, 1))
  return { zero, perMilli }
}

/** Zero where both sides get the same scale and `right` fits. */
export function evenScale(facts: BarFacts, right: number, width: number): BarScale {
  const { left } = reachOf(facts)
  const room = Math.min(LABEL_ROOM, width / 8)
  const perMilli = (width - 2 * room) / Math.max(left + right, 1)
  return { zero: Math.round(room + left * perMilli), perMilli }
}

/** One scale for a whole list: zero in the middle, the longest reach inside. */
export function listReach(rows: BarFacts[]): number {
  const longest = rows.reduce((most, row) => Math.max(most, reachOf(row).left, reachOf(row).right), 0)
  const step = 20_000
  return Math.max(step, Math.ceil((longest * 1.1) / step) * step)
}

/** A stretch of a bar with its ends in order. */
export function stretch(scale: BarScale, from: number, to: number): { x: number; width: number } {
  const a = scale.zero + from * scale.perMilli
  const b = scale.zero + to * scale.perMilli
  return { x: Math.min(a, b), width: Math.abs(b - a) }
}

/** How much of a limit a balance passes, if any. */
export function beyond(facts: BarFacts): number {
  const end = facts.balance + facts.waiting
  if (end < 0 && facts.iMayOwe !== null) return Math.max(0, -end - facts.iMayOwe)
  if (end > 0 && facts.theyMayOwe !== null) return Math.max(0, end - facts.theyMayOwe)
  return 0
}

export type BarLabel = { x: number; text: string; tone: string }

/** Moves labels apart so that none runs into the next, keeping the fixed one where it is. */
export function spread(labels: BarLabel[], width: number, fixed: string, perChar = 7): BarLabel[] {
  const sorted = labels.toSorted((a, b) => a.x - b.x).map((label) => ({ ...label }))
  const at = Math.max(
    0,
    sorted.findIndex((label) => label.tone === fixed),
  )
  const half = (label: BarLabel) => (label.text.length * perChar) / 2 + 5
  for (let i = at - 1; i >= 0; i -= 1) {
    const [label, next] = [sorted[i], sorted[i + 1]]
    if (label && next) label.x = Math.min(label.x, next.x - half(next) - half(label))
  }
  for (let i = at + 1; i < sorted.length; i += 1) {
    const [label, before] = [sorted[i], sorted[i - 1]]
    if (label && before) label.x = Math.max(label.x, before.x + half(before) + half(label))
  }
  return sorted.map((label) => ({
    ...label,
    x: Math.min(width - half(label), Math.max(half(label), label.x)),
  }))
}
