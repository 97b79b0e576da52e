/** Milliseconds a picture stays: cameras that see fifteen a second see each twice. */
const STAYS = 150

/** Goes through the pictures of a code that moves, by itself or by hand. */
export class Player {
  at = $state(0)
  playing = $state(false)
  readonly count: number
  /** Modules across the white paper. */
  readonly across: number
  #dark: readonly string[]
  #timer: ReturnType<typeof setInterval> | null = null

  /** `frames` are drawings as the wallet makes them: white paper, and one path for what is dark. */
  constructor(frames: readonly string[]) {
    const drawings = frames.map((svg) => new DOMParser().parseFromString(svg, 'image/svg+xml'))
    this.#dark = drawings.map(
      (drawing) => [...drawing.querySelectorAll('path')].at(-1)?.getAttribute('d') ?? '',
    )
    this.count = frames.length
    this.across = Number(drawings[0]?.documentElement.getAttribute('viewBox')?.split(' ')[2] ?? 1)
  }

  get dark(): string {
    return this.#dark[this.at] ?? ''
  }

  play() {
    this.playing = true
    this.#timer ??= setInterval(() => this.#go(1), STAYS)
  }

  stop() {
    this.playing = false
    if (this.#timer !== null) clearInterval(this.#timer)
    this.#timer = null
  }

  /** One picture on or back, by hand: from then on it stands still. */
  step(by: 1 | -1) {
    this.stop()
    this.#go(by)
  }

  /** Seconds until what holds all of it was shown once. */
  static round(parts: number): number {
    return Math.max(1, Math.round((parts * STAYS) / 1000))
  }

  #go(by: number) {
    this.at = (this.at + by + this.count) % Math.max(1, this.count)
  }
}
