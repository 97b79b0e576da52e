import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { sharesPicture } from '~/home/shares'
import {
  beyond,
  bigScale,
  evenScale,
  listReach,
  reachOf,
  spread,
  stretch,
  type BarFacts,
} from '~/shared/drawing/bar'
import { houseMark } from '~/shared/drawing/mark'
import { notchWidth, slotX, SLOTS, stickPicture, type StickNotch } from '~/shared/drawing/stick'

const amount = fc.integer({ min: 0, max: 1_000_000_000 })
const facts: fc.Arbitrary<BarFacts> = fc.record({
  balance: fc.integer({ min: -1_000_000_000, max: 1_000_000_000 }),
  waiting: fc.integer({ min: -1_000_000, max: 0 }),
  iMayOwe: fc.option(amount),
  theyMayOwe: fc.option(amount),
})

describe('the balance bar', () => {
  it('keeps everything inside and what you owe on the left', () => {
    fc.assert(
      fc.property(facts, (bar) => {
        const scale = bigScale(bar, 942)
        const settled = stretch(scale, 0, bar.balance)
        expect(settled.x).toBeGreaterThanOrEqual(-0.001)
        expect(settled.x + settled.width).toBeLessThanOrEqual(942.001)
        if (bar.balance < 0) expect(settled.x).toBeLessThan(scale.zero)
      }),
    )
  })

  it('that is moved on has room for both sides on one scale', () => {
    fc.assert(
      fc.property(facts, fc.integer({ min: 10_000, max: 1_000_000_000 }), (bar, right) => {
        const { zero, perMilli } = evenScale(bar, right, 942)
        expect(zero - reachOf(bar).left * perMilli).toBeGreaterThanOrEqual(-1)
        expect(zero + right * perMilli).toBeLessThanOrEqual(943)
      }),
    )
  })

  it('says how far a limit is passed, and only then', () => {
    expect(beyond({ balance: -24_750, waiting: 0, iMayOwe: 24_000, theyMayOwe: null })).toBe(750)
    expect(beyond({ balance: -24_000, waiting: 0, iMayOwe: 24_000, theyMayOwe: null })).toBe(0)
    expect(beyond({ balance: -90_000, waiting: 0, iMayOwe: null, theyMayOwe: 0 })).toBe(0)
  })

  it('gives a list one scale that fits its longest row', () => {
    expect(
      listReach([{ balance: 64_000, waiting: 0, iMayOwe: 0, theyMayOwe: 78_000 }]),
    ).toBeGreaterThanOrEqual(78_000)
    expect(listReach([])).toBeGreaterThan(0)
  })

  it('moves labels apart and leaves the fixed one', () => {
    const [first, second] = spread(
      [
        { x: 100, text: '18.250 settled', tone: 'owe' },
        { x: 104, text: '0', tone: 'zero' },
      ],
      942,
      'zero',
    )
    expect(second?.x).toBe(104)
    expect(first?.x).toBeLessThan(60)
  })
})

describe('the shares bar', () => {
  it('never lets two people overlap', () => {
    const shares = fc.array(
      fc.integer({ min: -100_000, max: 100_000 }).filter((balance) => balance !== 0),
      { maxLength: 12 },
    )
    fc.assert(
      fc.property(shares, (balances) => {
        const people = balances.map((balance, i) => ({ tally: String(i), name: `P${i}`, balance }))
        const { segments } = sharesPicture(people, 0, 942, (name) => name)
        const sorted = segments.toSorted((a, b) => a.x - b.x)
        sorted.forEach((segment, i) => {
          const next = sorted[i + 1]
          if (next) expect(segment.x + segment.width).toBeLessThanOrEqual(next.x + 0.001)
        })
      }),
    )
  })
})

describe('the stick', () => {
  const notch = (milli: number): StickNotch => ({ tone: 'owe', milli, at: 0, open: false })
  const shape = { width: 942, half: 48, gap: 6, handle: 76, seed: 's', older: true }

  it('shows the last notches only, the newest on the right', () => {
    const picture = stickPicture({ ...shape, notches: Array.from({ length: 30 }, (_, i) => notch(i)) })

    expect(picture.notches).toHaveLength(SLOTS)
    expect(picture.notches.at(-1)?.milli).toBe(29)
    expect(picture.notches.at(-1)?.x).toBeCloseTo(slotX(shape, SLOTS - 1))
  })

  it('is the same for the same tally and another for another', () => {
    const again = stickPicture({ ...shape, notches: [] })
    expect(stickPicture({ ...shape, notches: [] })).toEqual(again)
    expect(stickPicture({ ...shape, seed: 'other', notches: [] }).theirs).not.toBe(again.theirs)
  })

  it('widens notches with size, within bounds', () => {
    fc.assert(
      fc.property(amount, amount, (a, b) => {
        const [small, large] = a < b ? [a, b] : [b, a]
        expect(notchWidth(small)).toBeLessThanOrEqual(notchWidth(large))
        expect(notchWidth(large)).toBeLessThanOrEqual(16)
      }),
    )
  })
})

describe('the house mark', () => {
  it('is stable, whatever the case of the fingerprint', () => {
    expect(houseMark('AB12')).toEqual(houseMark('ab12'))
  })

  it('uses most of its pictures', () => {
    const seen = new Set(Array.from({ length: 20_000 }, (_, i) => JSON.stringify(houseMark(i.toString(16)))))
    expect(seen.size).toBeGreaterThan(2200)
  })
})
