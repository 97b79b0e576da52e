/** The ends of a digest, enough to tell two apart at a glance. */
export function short(digest: string): string {
  return digest.length <= 9 ? digest : `${digest.slice(0, 4)}…${digest.slice(-2)}`
}
