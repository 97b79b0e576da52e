import { describe, expect, it } from 'vitest'

import type { FailureCode } from '~/backend/backend'
import { t } from '~/i18n'

const CODES: FailureCode[] = [
  { kind: 'badSettings', rule: 'targetAboveBound' },
  { kind: 'badSettings', rule: 'negative' },
  { kind: 'badSettings', rule: 'chargeRange' },
  { kind: 'badSettings', rule: 'chargeSum' },
  { kind: 'onlyTowardZero', rest: 2004 },
  { kind: 'onlyTowardZero', rest: 0 },
  { kind: 'tooEarly', earliest: Date.UTC(2026, 11, 24, 12) },
  { kind: 'copiesDiffer' },
  { kind: 'tooManyWaiting' },
  { kind: 'cannotCancel' },
  { kind: 'ranOut' },
  { kind: 'notAContract' },
  { kind: 'badAddress' },
]

describe('a refusal', () => {
  it('says what happened, what did not, and what to do, in its own words', () => {
    const said = CODES.map((code) => t.failure.words(code))

    for (const { happened, instead, todo } of said)
      for (const sentence of [happened, instead, todo]) expect(sentence).toMatch(/^[A-Z].*\.$/)
    expect(new Set(said.map((words) => Object.values(words).join(' '))).size).toBe(CODES.length)
  })

  it('names the amount or the day that would be right', () => {
    expect(t.failure.words({ kind: 'onlyTowardZero', rest: 2004 }).todo).toContain('2.004')
    expect(t.failure.words({ kind: 'tooEarly', earliest: Date.UTC(2026, 11, 24, 12) }).todo).toContain(
      '24 December 2026',
    )
  })
})
