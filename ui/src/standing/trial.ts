/** What would come of value that clearing brings toward us: whole milli-CHIPs that add up to it. */
export interface Trial {
  /** Taken free of charge. */
  free: number
  /** Taken beyond what the person likes to hold, where they get or give a charge for it. */
  charged: number
  /** What does not fit finds another way. */
  rest: number
  /** The balance afterwards. */
  after: number
}

/**
 * Lets an amount arrive. `balance` counts what waits. What is owed by us is always paid down first, free of charge; from
 * there on it goes up to what we like to hold, and beyond that, for the charge, never further than the bound.
 */
export function trial(
  balance: number,
  amount: number,
  { target, bound, rewardPpm }: { target: number; bound: number; rewardPpm: number },
): Trial {
  const whole = Math.min(amount, Math.max(0, Math.max(target, bound) - balance))
  const free = rewardPpm === 0 ? whole : Math.min(whole, Math.max(0, target - balance))
  return { free, charged: whole - free, rest: amount - whole, after: balance + whole }
}
