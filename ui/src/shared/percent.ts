// Charges are whole parts per million from the text box to the wire.

/** Parts per million in one percent. */
const ONE_PERCENT = 10_000
/** The largest charge either way: everything. */
export const WHOLE_PPM = 1_000_000

export type PercentProblem = 'empty' | 'malformed' | 'tooPrecise' | 'outOfRange'
export type ParsedPercent = { ok: true; ppm: number } | { ok: false; problem: PercentProblem }

/** Reads `2.5`, `2,5 %` or `-1`. A fifth decimal is refused, never rounded away. */
export function parsePercent(typed: string): ParsedPercent {
  const text = typed.replace(/[\s\u00a0\u202f%]/g, '').replace('\u2212', '-')
  if (text === '') return { ok: false, problem: 'empty' }
  const found = /^(-?)(\d*)(?:[.,](\d*))?$/.exec(text)
  const [, minus = '', whole = '', decimals = ''] = found ?? []
  if (found === null || whole + decimals === '') return { ok: false, problem: 'malformed' }
  if (decimals.length > 4) return { ok: false, problem: 'tooPrecise' }

  if (whole.length > 6) return { ok: false, problem: 'outOfRange' }
  const size = Number(whole || '0') * ONE_PERCENT + Number(decimals.padEnd(4, '0'))
  if (size > WHOLE_PPM) return { ok: false, problem: 'outOfRange' }
  return { ok: true, ppm: minus === '' || size === 0 ? size : -size }
}
