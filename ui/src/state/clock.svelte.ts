/** The time of this computer, one tick a second. */
export class Clock {
  now = $state(Date.now())
  #timer: ReturnType<typeof setInterval> | null = null

  start() {
    this.#timer ??= setInterval(() => (this.now = Date.now()), 1000)
  }

  stop() {
    if (this.#timer !== null) clearInterval(this.#timer)
    this.#timer = null
  }
}
