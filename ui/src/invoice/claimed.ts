/**
 * What somebody calls themselves in their address, `chip://name:key@host:port`. It is a claim: only the key behind it is
 * theirs alone.
 */
export function claimedName(address: string): string {
  return /^chip:\/\/([^:@/?#]+):/.exec(address)?.[1] ?? address
}
