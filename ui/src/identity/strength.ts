import type { WeakReason } from '~/backend/backend'

/** Shortest passphrase the wallet takes. */
export const SHORTEST = 10
/** Fewest different characters in one. */
const FEWEST = 5
/** A few that show the point; the wallet itself has the longer list and the last word. */
const COMMON = ['1234567890', 'password', 'passphrase', 'qwertyuiop', 'iloveyou', 'letmein', 'tallystick']

/** Why a passphrase is too easy to guess, if it is. */
export function weakness(passphrase: string): WeakReason | null {
  if ([...passphrase].length < SHORTEST) return 'tooShort'
  if (new Set(passphrase).size < FEWEST) return 'tooUniform'
  const plain = passphrase.toLowerCase().replace(/[^a-z0-9]/g, '')
  return COMMON.some((common) => plain === common || plain === common + common) ? 'tooCommon' : null
}

/** How hard to guess, 0 to 4: a rough count of bits, for the meter only. */
export function strength(passphrase: string): 0 | 1 | 2 | 3 | 4 {
  if (passphrase === '') return 0
  if (weakness(passphrase) !== null) return 1
  const kinds = [/[a-z]/, /[A-Z]/, /\d/, /[^a-zA-Z\d]/].filter((kind) => kind.test(passphrase)).length
  const bits = new Set(passphrase).size * 2 + [...passphrase].length * (1 + kinds * 0.4)
  if (bits < 40) return 2
  return bits < 62 ? 3 : 4
}
