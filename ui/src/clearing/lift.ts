import type { LiftLeg, LiftView } from '~/backend/backend'

/**
 * Our two hops of a lift, as they are drawn. A circle is drawn the way debts run: whoever owes us stands at the left, whom
 * we owe at the right, and what we give cancels what we are owed. A payment is drawn the way value goes.
 */
export function sidesOf(lift: LiftView): { left: LiftLeg | null; right: LiftLeg | null } {
  const coming = lift.legs.find((leg) => leg.change > 0) ?? null
  const going = lift.legs.find((leg) => leg.change < 0) ?? null
  return lift.aim === 'clear' ? { left: going, right: coming } : { left: coming, right: going }
}

/** When a lift came to its end, or to us. */
export function momentOf(lift: LiftView): number {
  return lift.finalAt ?? lift.decidedAt ?? lift.madeAt
}
