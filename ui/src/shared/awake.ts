/** Asks the screen not to dim; `held` says whether it agreed. Gives what lets go of it again. */
export function keepAwake(held: (yes: boolean) => void): () => void {
  let gone = false
  let lock: WakeLockSentinel | null = null
  const ask = async () => {
    try {
      lock = await navigator.wakeLock.request('screen')
      if (gone) await lock.release()
      else held(true)
    } catch {
      // Not every web view has it, and none has to: the words on screen do not promise it then.
      held(false)
    }
  }
  if ('wakeLock' in navigator) void ask()
  return () => {
    gone = true
    void lock?.release()
  }
}
