import { describe, expect, it } from 'vitest'

import { amountWords, numberWords } from '~/i18n/number-words'
import { time } from '~/i18n/time'

describe('words', () => {
  it.each([
    [0, 'zero'],
    [12, 'twelve'],
    [45, 'forty-five'],
    [101, 'one hundred and one'],
    [1005, 'one thousand and five'],
    [12_340, 'twelve thousand three hundred and forty'],
    [999_999_999, expect.stringContaining('million')],
  ])('read %i aloud', (value, words) => {
    expect(numberWords(value)).toEqual(words)
  })

  it('echo an amount so that a slipped point is heard', () => {
    expect(amountWords(12_500)).toBe('twelve CHIP and 500 thousandths')
    expect(amountWords(12_500_000)).toBe('twelve thousand five hundred CHIP exactly')
    expect(amountWords(1)).toBe('1 thousandth of one CHIP')
  })

  it('say how long is left in two units at most', () => {
    expect(time.left(28 * 3_600_000)).toBe('1 d 4 h')
    expect(time.left(59_000)).toBe('59 s')
    expect(time.left(-5)).toBe('0 s')
  })
})
