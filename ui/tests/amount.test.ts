import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { amountText, formatAmount, parseAmount } from '~/shared/amount'

const LOCALES = ['en', 'de', 'fr', 'de-CH', 'es']
const MOST = 999_999_999_999
const milli = fc.integer({ min: 0, max: MOST })
const locale = fc.constantFrom(...LOCALES)

describe('amounts', () => {
  it('come back as they were written, in every language', () => {
    fc.assert(
      fc.property(milli, locale, (amount, where) => {
        expect(parseAmount(formatAmount(amount, { locale: where }), where)).toEqual({
          ok: true,
          milli: amount,
        })
      }),
    )
  })

  it('never show a sign', () => {
    fc.assert(
      fc.property(fc.integer({ min: -MOST, max: MOST }), locale, (amount, where) => {
        expect(formatAmount(amount, { locale: where })).not.toMatch(/[-−+]/)
      }),
    )
  })

  it('are whole numbers of thousandths whatever is typed', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 20 }), locale, (text, where) => {
        const parsed = parseAmount(text, where)
        if (parsed.ok) expect(Number.isSafeInteger(parsed.milli) && parsed.milli >= 0).toBe(true)
      }),
    )
  })

  it('keep three decimals apart from the whole', () => {
    expect(amountText(-12_500, 'en')).toEqual({ whole: '12', mark: '.', decimals: '500' })
    expect(formatAmount(20_000, { locale: 'en', short: true })).toBe('20')
    expect(formatAmount(20_001, { locale: 'en', short: true })).toBe('20.001')
  })

  it.each([
    ['20,5', 'en', 20_500],
    ['20,5', 'de', 20_500],
    ['1 234,5', 'en', 1_234_500],
    ['1,234.5', 'de', 1_234_500],
    ['1,234', 'en', 1_234_000],
    ['1,234', 'de', 1_234],
    ['1.234', 'de', 1_234_000],
    ['0,500', 'en', 500],
    ['1,234,567', 'en', 1_234_567_000],
    ['.5', 'en', 500],
    ['7.', 'en', 7000],
    ["1'000", 'de-CH', 1_000_000],
    ['0', 'en', 0],
    ['999999999.999', 'en', MOST],
  ])('reads %s (%s) as %i', (text, where, expected) => {
    expect(parseAmount(text, where)).toEqual({ ok: true, milli: expected })
  })

  it.each([
    ['', 'empty'],
    ['   ', 'empty'],
    ['20.0001', 'tooPrecise'],
    ['20.0000', 'tooPrecise'],
    ['1000000000', 'tooLarge'],
    ['-5', 'malformed'],
    ['+5', 'malformed'],
    ['12.5+3', 'malformed'],
    ['1e3', 'malformed'],
    ['1,23,4.5', 'malformed'],
    ['1.2.3', 'malformed'],
    ['.', 'malformed'],
    ['٣', 'malformed'],
  ])('refuses %j as %s', (text, problem) => {
    expect(parseAmount(text, 'en')).toEqual({ ok: false, problem })
  })
})
