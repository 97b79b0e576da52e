const ONE_PERCENT = 10_000

/** Parts per million as a number of per cent, as a person would type it: `2.5`, `-1`. */
export function percentDigits(ppm: number): string {
  const size = Math.abs(ppm)
  const rest = size % ONE_PERCENT
  const decimals = rest === 0 ? '' : `${decimalMark()}${String(rest).padStart(4, '0').replace(/0+$/, '')}`
  return `${ppm < 0 ? '-' : ''}${(size - rest) / ONE_PERCENT}${decimals}`
}

/** Parts per million as people read them: `2.5 %`, `−1 %`. */
export function percentText(ppm: number): string {
  return `${percentDigits(ppm).replace('-', '−')}\u00a0%`
}

function decimalMark(): string {
  return new Intl.NumberFormat().formatToParts(1.5).find((part) => part.type === 'decimal')?.value ?? '.'
}
