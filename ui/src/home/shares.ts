import type { ShareOfPosition } from '~/backend/backend'

/** One person's stretch of the joint bar. */
export type Segment = {
  tally: string
  name: string
  balance: number
  x: number
  width: number
  label: { x: number } | null
}

export type SharesPicture = {
  zero: number
  segments: Segment[]
  waiting: { x: number; width: number } | null
}

/** Empty space at the longer end. */
const MARGIN = 24
const GAP = 2
/** A 13-px letter, roughly. */
const LETTER = 7

/** All partners on one line: what you owe to the left of zero, what you are owed to the right, largest nearest zero. */
export function sharesPicture(
  shares: ShareOfPosition[],
  waiting: number,
  width: number,
  call: (name: string) => string,
): SharesPicture {
  const zero = Math.round(width / 2)
  const owed = shares.filter((share) => share.balance > 0).toSorted((a, b) => b.balance - a.balance)
  const owe = shares.filter((share) => share.balance < 0).toSorted((a, b) => a.balance - b.balance)
  const right = owed.reduce((sum, share) => sum + share.balance, 0)
  const left = owe.reduce((sum, share) => sum - share.balance, 0) + waiting
  const perMilli = (zero - MARGIN) / Math.max(left, right, 1)

  const rightSide = place(owed, zero, perMilli, 1, call)
  const leftSide = place(owe, zero, perMilli, -1, call)
  const end = leftSide.at(-1)?.x ?? zero
  const wide = waiting * perMilli
  return {
    zero,
    segments: [...leftSide, ...rightSide],
    waiting: waiting > 0 ? { x: end - GAP - Math.max(6, wide), width: Math.max(6, wide) } : null,
  }
}

function place(
  side: ShareOfPosition[],
  zero: number,
  perMilli: number,
  way: 1 | -1,
  call: (name: string) => string,
): Segment[] {
  let edge = zero
  let written = zero
  return side.map((share) => {
    const width = Math.max(2, Math.abs(share.balance) * perMilli - GAP)
    const x = way > 0 ? edge + (edge === zero ? 0 : GAP) : edge - width - (edge === zero ? 0 : GAP)
    edge = way > 0 ? x + width : x
    const half = (call(share.name).length * LETTER) / 2 + 4
    const middle = x + width / 2
    const fits = way > 0 ? middle - half >= written : middle + half <= written
    if (fits) written = middle + way * half
    return { ...share, x, width, label: fits ? { x: middle } : null }
  })
}
