import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import type { SettingsView } from '~/backend/backend'
import { STANDARD } from '~/backend/demo-ledger'
import { t } from '~/i18n'
import { percentDigits, percentText } from '~/i18n/percent'
import { parsePercent, WHOLE_PPM } from '~/shared/percent'
import { Standing, type Preset } from '~/state/standing.svelte'

const WORDS = t.standing.riskWords
const IN_FORCE: SettingsView = { ...STANDARD, target: 5000, bound: 12_000, since: 1 }

function begun(inForce = IN_FORCE) {
  const standing = new Standing()
  standing.begin(inForce)
  return standing
}

describe('settings being written', () => {
  it('begin with what is in force, where there is nothing to sign', () => {
    const standing = begun()

    expect([standing.hold, standing.most, standing.take, standing.release]).toEqual(['5', '12', '0', '0'])
    expect(standing.changed).toBe(false)
    expect(standing.ready(WORDS)).toBeNull()
  })

  it('stay as they are while the same is read again, and follow when it is not', () => {
    const standing = begun()
    standing.hold = '8'

    standing.begin({ ...IN_FORCE, pending: true })
    expect(standing.hold).toBe('8')

    standing.begin({ ...IN_FORCE, bound: 20_000 })
    expect([standing.hold, standing.most]).toEqual(['5', '20'])
  })

  it('never lose an order by moving a mark', () => {
    const moves = fc.array(
      fc.record({
        mark: fc.constantFrom('target' as const, 'bound' as const),
        to: fc.integer({ min: -5000, max: 90_000 }),
      }),
      { maxLength: 12 },
    )
    fc.assert(
      fc.property(moves, (all) => {
        const standing = begun()
        for (const { mark, to } of all) standing.move(mark, to)
        expect(standing.draft).not.toBeNull()
        expect(standing.broken).toEqual([])
        const last = all.at(-1)
        if (last) expect(standing.draft?.[last.mark]).toBe(Math.max(0, last.to))
      }),
    )
  })

  it.each<Preset>(['clear', 'save', 'leave'])('can be the ready-made “%s”, whatever is owed', (preset) => {
    fc.assert(
      fc.property(fc.integer({ min: -90_000, max: 90_000 }), (balance) => {
        const standing = begun({ ...STANDARD, target: 1, bound: 2 })
        standing.press(preset, balance)
        expect(standing.broken).toEqual([])
        expect(standing.preset).toBe(preset)
        expect(standing.ready(WORDS)).toEqual(standing.draft)
      }),
    )
  })

  it('are no preset any more once a number of it is changed to something else', () => {
    const standing = begun()
    standing.press('save', 0)
    standing.take = '2'

    expect(standing.preset).toBeNull()
  })

  it('keep what is owed when the tally is left alone', () => {
    const standing = begun(STANDARD)
    standing.press('leave', 7500)

    expect(standing.draft).toEqual({
      target: 7500,
      bound: 7500,
      rewardPpm: WHOLE_PPM,
      clutchPpm: WHOLE_PPM,
    })
  })

  it.each([
    [{ hold: '13' }, ['targetAboveBound']],
    [{ hold: '-1' }, ['negative']],
    [{ most: '−0.5' }, ['negative']],
    [{ take: '101' }, ['chargeRange']],
    [{ release: '-100.0001' }, ['chargeRange']],
    [{ take: '1', release: '-1.5' }, ['chargeSum']],
    [{ take: '1', release: '-1' }, []],
    [{ hold: '13', release: '-2' }, ['targetAboveBound', 'chargeSum']],
  ])('name the rule that %o breaks', (texts, rules) => {
    const standing = begun()
    Object.assign(standing, texts)

    expect(standing.broken).toEqual(rules)
    if (rules.length > 0) expect(standing.ready(WORDS)).toBeNull()
  })

  it('with a negative charge are signed only after the words are typed', () => {
    const standing = begun()
    standing.take = '3'
    standing.release = '-2'
    expect(standing.ready(WORDS)).toBeNull()

    standing.agreed = 'i may lose value '

    expect(standing.ready(WORDS)).toEqual({
      target: 5000,
      bound: 12_000,
      rewardPpm: 30_000,
      clutchPpm: -20_000,
    })
  })

  it('ask for the words again after a preset', () => {
    const standing = begun()
    standing.release = '-2'
    standing.take = '2'
    standing.agreed = WORDS
    standing.press('save', 0)

    expect(standing.agreed).toBe('')
  })
})

describe('charges', () => {
  it('come back as they were written, to the last millionth', () => {
    fc.assert(
      fc.property(fc.integer({ min: -WHOLE_PPM, max: WHOLE_PPM }), (ppm) => {
        expect(parsePercent(percentDigits(ppm))).toEqual({ ok: true, ppm })
        expect(parsePercent(percentText(ppm))).toEqual({ ok: true, ppm })
      }),
    )
  })

  it.each([
    ['2,5', 25_000],
    ['-0', 0],
    ['.5', 5000],
    ['100', WHOLE_PPM],
    ['0.0001', 1],
  ])('read %s', (text, ppm) => {
    expect(parsePercent(text)).toEqual({ ok: true, ppm })
  })

  it.each([
    ['', 'empty'],
    ['%', 'empty'],
    ['-', 'malformed'],
    ['1e2', 'malformed'],
    ['1.2.3', 'malformed'],
    ['0.00001', 'tooPrecise'],
    ['100.0001', 'outOfRange'],
    ['99999999999999', 'outOfRange'],
  ])('refuse %j as %s', (text, problem) => {
    expect(parsePercent(text)).toEqual({ ok: false, problem })
  })
})
