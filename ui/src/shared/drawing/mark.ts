import { hash } from '~/shared/hash'

/** Strokes on a 24-unit field around one upright staff. 6 heads, 8 branches, 6 feet, 8 dyes. */
const HEADS = [
  'M7.5 4H16.5',
  'M7.5 3.5V7L12 10.5M16.5 3.5V7L12 10.5',
  'M12 4H17V8',
  'M7.5 8.5L12 4L16.5 8.5',
  'M12 3.2L15.6 6.8L12 10.4L8.4 6.8Z',
  'M12 4L16.5 6.5L12 9',
]
const BRANCHES = [
  'M12 14.5L17 10.5',
  'M12 14.5L7 10.5',
  'M12 15L17 11.5M12 15L7 11.5',
  'M12 11L17 14.5',
  'M12 11L7 14.5',
  'M12 10.5L17 14M12 10.5L7 14',
  'M8 10.5L16 15M16 10.5L8 15',
  'M7.5 12.5H16.5',
]
const FEET = [
  'M7.5 20H16.5',
  'M7.5 20L12 16.5L16.5 20',
  'M12 20H7.5V16.5',
  'M12 20H16.5V16.5',
  'M12 20V20.1',
  'M12 17L16 19.6M12 17L8 19.6',
]

/** How many dyes there are in tokens.css. */
export const DYES = 8

/** The stable picture of an address: helps to recognise it, and proves nothing. */
export type Mark = { path: string; dye: number }

export function houseMark(fingerprint: string): Mark {
  let rest = hash(fingerprint.toLowerCase())
  const pick = (choices: readonly string[]) => {
    const chosen = choices[rest % choices.length] ?? ''
    rest = Math.floor(rest / choices.length)
    return chosen
  }
  const path = `M12 4V20${pick(HEADS)}${pick(BRANCHES)}${pick(FEET)}`
  return { path, dye: 1 + (rest % DYES) }
}
