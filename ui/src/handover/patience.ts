/** What a network delivers at once is not worth a word; after so long it may be somebody without one. */
const PATIENCE = 5_000

/** Whether something has waited so long that another way is worth offering. */
export function hasWaited(since: number | null, now: number): boolean {
  return since !== null && now - since >= PATIENCE
}
