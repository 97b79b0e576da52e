// Amounts are whole milli-CHIPs from the text box to the wire: nothing here ever divides a float.

/** Digits allowed before the decimal mark. */
export const MAX_WHOLE_DIGITS = 9

/** How one language writes numbers. */
export type Marks = { decimal: string; group: string }

/** An amount cut in the two parts that are set in different weights. */
export type AmountText = { whole: string; mark: string; decimals: string }

export type AmountProblem = 'empty' | 'malformed' | 'tooPrecise' | 'tooLarge'
export type Parsed = { ok: true; milli: number } | { ok: false; problem: AmountProblem }

/** The marks of a language, as the system's own number format uses them. */
export function marksOf(locale?: string): Marks {
  const parts = new Intl.NumberFormat(locale).formatToParts(1_234_567.8)
  const find = (type: string, fallback: string) => parts.find((part) => part.type === type)?.value ?? fallback
  return { decimal: find('decimal', '.'), group: find('group', '') }
}

/** The size of an amount, without a sign: the words around it say the direction. */
export function amountText(milli: number, locale?: string): AmountText {
  const size = Math.abs(milli)
  const thousandths = size % 1000
  return {
    whole: new Intl.NumberFormat(locale).format((size - thousandths) / 1000),
    mark: marksOf(locale).decimal,
    decimals: String(thousandths).padStart(3, '0'),
  }
}

/** `12.500`, or `12` when short and all three decimals are zero. */
export function formatAmount(
  milli: number,
  { locale, short = false }: { locale?: string; short?: boolean } = {},
) {
  const { whole, mark, decimals } = amountText(milli, locale)
  return short && decimals === '000' ? whole : `${whole}${mark}${decimals}`
}

/** Reads what a person typed or pasted. A fourth decimal is refused, never rounded away. */
export function parseAmount(typed: string, locale?: string): Parsed {
  const text = typed.replace(/[\s\u00a0\u202f'\u2019]/g, '')
  if (text === '') return { ok: false, problem: 'empty' }
  if (!/^[\d.,]+$/.test(text) || !/\d/.test(text)) return { ok: false, problem: 'malformed' }

  const decimalMark = decimalMarkOf(text, marksOf(locale))
  const at = decimalMark === null ? -1 : text.lastIndexOf(decimalMark)
  const whole = at < 0 ? text : text.slice(0, at)
  const decimals = at < 0 ? '' : text.slice(at + 1)
  if (/[.,]/.test(decimals) || !wellGrouped(whole)) return { ok: false, problem: 'malformed' }
  if (decimals.length > 3) return { ok: false, problem: 'tooPrecise' }

  const digits = whole.replace(/[.,]/g, '').replace(/^0+(?=\d)/, '')
  if (digits.length > MAX_WHOLE_DIGITS) return { ok: false, problem: 'tooLarge' }
  return { ok: true, milli: Number(digits || '0') * 1000 + Number(decimals.padEnd(3, '0')) }
}

/** Which of the two marks in a text is the decimal one; `null` when there is none. */
function decimalMarkOf(text: string, marks: Marks): string | null {
  const dots = text.split('.').length - 1
  const commas = text.split(',').length - 1
  if (dots > 0 && commas > 0) return text.lastIndexOf('.') > text.lastIndexOf(',') ? '.' : ','
  if (dots + commas === 0 || dots > 1 || commas > 1) return null

  const mark = dots === 1 ? '.' : ','
  const groupsHere = mark === marks.group && /^[1-9]\d{0,2}[.,]\d{3}$/.test(text)
  return mark === marks.decimal || !groupsHere ? mark : null
}

function wellGrouped(whole: string): boolean {
  return /^\d*$/.test(whole) || /^\d{1,3}(?:([.,])\d{3})(?:\1\d{3})*$/.test(whole)
}
