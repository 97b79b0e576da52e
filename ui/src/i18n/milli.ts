/** An amount of milli-CHIPs inside plain text, where no component can set it: `12.500`. */
export function milliText(milli: number): string {
  const size = Math.abs(milli)
  const thousandths = size % 1000
  const parts = new Intl.NumberFormat().formatToParts(1.5)
  const mark = parts.find((part) => part.type === 'decimal')?.value ?? '.'
  return `${new Intl.NumberFormat().format((size - thousandths) / 1000)}${mark}${String(thousandths).padStart(3, '0')}`
}
