import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { trial } from '~/standing/trial'

const settings = (target: number, bound: number, rewardPpm = 0) => ({ target, bound, rewardPpm })

describe('trying the settings', () => {
  it('pays down what we owe whatever the settings are', () => {
    expect(trial(-10_000, 4_000, settings(0, 0, 1_000_000))).toEqual({
      free: 4_000,
      charged: 0,
      rest: 0,
      after: -6_000,
    })
  })

  it('stops at what is never more', () => {
    expect(trial(-2_000, 10_000, settings(3_000, 3_000)).after).toBe(3_000)
    expect(trial(-2_000, 10_000, settings(3_000, 3_000)).rest).toBe(5_000)
    expect(trial(12_000, 10_000, settings(3_000, 7_000)).rest).toBe(10_000)
  })

  it('charges only beyond what we like to hold', () => {
    expect(trial(-2_000, 20_000, settings(3_000, 7_000, 50_000))).toEqual({
      free: 5_000,
      charged: 4_000,
      rest: 11_000,
      after: 7_000,
    })
  })

  it('never loses or makes a thousandth', () => {
    const milli = fc.integer({ min: 0, max: 1_000_000 })
    fc.assert(
      fc.property(
        fc.integer({ min: -1_000_000, max: 1_000_000 }),
        milli,
        milli,
        milli,
        fc.integer({ min: -1_000_000, max: 1_000_000 }),
        (balance, amount, target, more, reward) => {
          const { free, charged, rest, after } = trial(
            balance,
            amount,
            settings(target, target + more, reward),
          )
          expect(free + charged + rest).toBe(amount)
          expect(Math.min(free, charged, rest)).toBeGreaterThanOrEqual(0)
          expect(after).toBe(balance + free + charged)
          expect(after).toBeLessThanOrEqual(Math.max(balance, target + more))
        },
      ),
    )
  })
})
