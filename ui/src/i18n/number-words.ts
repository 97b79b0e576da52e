const SMALL = (
  'zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen ' +
  'eighteen nineteen'
).split(' ')
const TENS = ['', '', 'twenty', 'thirty', 'forty', 'fifty', 'sixty', 'seventy', 'eighty', 'ninety']
const SCALES: [number, string][] = [
  [1_000_000, 'million'],
  [1_000, 'thousand'],
]

/** A whole number below a thousand million in English words. */
export function numberWords(value: number): string {
  if (value < 20) return SMALL[value] ?? String(value)
  if (value < 100) {
    const ones = value % 10
    return `${TENS[(value - ones) / 10]}${ones > 0 ? `-${SMALL[ones]}` : ''}`
  }
  if (value < 1000) {
    const rest = value % 100
    return `${SMALL[(value - rest) / 100]} hundred${rest > 0 ? ` and ${numberWords(rest)}` : ''}`
  }
  for (const [size, word] of SCALES) {
    if (value < size) continue
    const rest = value % size
    const joint = rest === 0 ? '' : rest < 100 ? ` and ${numberWords(rest)}` : ` ${numberWords(rest)}`
    return `${numberWords((value - rest) / size)} ${word}${joint}`
  }
  return String(value)
}

/** An amount of milli-CHIPs read out: `twelve CHIP and 500 thousandths`. */
export function amountWords(milli: number): string {
  const size = Math.abs(milli)
  const thousandths = size % 1000
  const whole = (size - thousandths) / 1000
  if (thousandths === 0) return `${numberWords(whole)} CHIP exactly`
  const part = thousandths === 1 ? '1 thousandth' : `${thousandths} thousandths`
  return whole === 0 ? `${part} of one CHIP` : `${numberWords(whole)} CHIP and ${part}`
}
