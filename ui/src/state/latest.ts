/**
 * Runs an asynchronous step so that answers cannot overtake each other: one at a time, and once more if it was asked
 * for again meanwhile. The promise settles when nothing asked for is left undone.
 */
export function latest(step: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | null = null
  let again = false

  async function run() {
    do {
      again = false
      await step()
    } while (again)
  }

  return () => {
    if (running !== null) {
      again = true
      return running
    }
    running = run().finally(() => {
      running = null
    })
    return running
  }
}
