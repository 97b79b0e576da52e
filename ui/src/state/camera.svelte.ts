import {
  failureOf,
  type Backend,
  type CameraHint,
  type CameraTrouble,
  type CameraView,
  type CodeCard,
  type Frame,
  type Sight,
  type Spot,
} from '~/backend/backend'

/**
 * `rested`: it was on, and was turned off because nobody could see it. `healing`: it stopped answering, and is being
 * started again.
 */
export type CameraPhase = 'off' | 'rested' | 'starting' | 'live' | 'healing' | 'trouble'

const REMEMBERED = 'camera'
/** A started camera that shows nothing for so long shows nothing at all. */
const PATIENCE = 6_000
/** A code that was away for so long is a new one, though it says the same. */
const GONE = 2_000
/** That it was started again is said for so long. */
const SAID = 4_000
/** Its corners stay drawn for so long after it was last seen. */
const AFTERGLOW = 600

/** The camera: off until somebody starts it, and off again as soon as nobody looks. */
export class Camera {
  cameras = $state.raw<CameraView[]>([])
  chosen = $state<string | null>(null)
  phase = $state<CameraPhase>('off')
  hint = $state<CameraHint | null>(null)
  trouble = $state<CameraTrouble | null>(null)
  corners = $state.raw<Spot[][]>([])
  since = $state(0)
  /** It stopped answering a moment ago, and was started again. */
  mended = $state(false)
  /** Where frames are drawn, while something draws them. */
  draw: ((frame: Frame) => void) | null = null
  /** What happens with codes. */
  onFound: (cards: CodeCard[]) => void = () => {}

  readonly on = $derived(['starting', 'live', 'healing'].includes(this.phase))

  #backend: Backend
  #run = 0
  #end: (() => void) | null = null
  #waiting: ReturnType<typeof setTimeout> | undefined
  #fading: ReturnType<typeof setTimeout> | undefined
  #saying: ReturnType<typeof setTimeout> | undefined
  #last = { texts: '', at: 0 }

  constructor(backend: Backend) {
    this.#backend = backend
  }

  /** Asks which cameras there are; the one used last is chosen where it is still there. */
  async list() {
    try {
      this.#take(await this.#backend.cameras())
    } catch (thrown) {
      this.cameras = []
      this.#fail(failureOf(thrown).code.kind === 'internal' ? 'stoppedAnswering' : 'noSupport')
    }
  }

  /** Keeps the list true while its page is open: what is plugged in appears, what is pulled goes. */
  watch(): () => void {
    let over = false
    let end: (() => void) | null = null
    this.#backend
      .cameraWatch((list) => {
        if (!over) this.#take(list)
      })
      .then(
        (stop) => {
          if (over) stop()
          else end = stop
        },
        () => {
          // The list stays as it was; looking again is always offered.
        },
      )
    return () => {
      over = true
      end?.()
    }
  }

  choose(id: string) {
    if (id === this.chosen) return
    this.chosen = id
    remember(id)
    const again = this.on
    this.stop()
    if (again) void this.start()
  }

  async start() {
    const camera = this.chosen
    if (camera === null || this.on) return
    const run = (this.#run += 1)
    this.phase = 'starting'
    this.trouble = null
    this.hint = null
    this.#wait(run)
    try {
      const end = await this.#backend.cameraStart(camera, (sight) => {
        if (run === this.#run) this.#see(sight)
      })
      // Turned off, or in trouble, while it was being turned on.
      if (run === this.#run) this.#end = end
      else end()
    } catch {
      if (run === this.#run) this.#fail('stoppedAnswering')
    }
  }

  /** Off, and nothing remembered of what it saw. */
  stop(phase: CameraPhase = 'off') {
    this.#run += 1
    clearTimeout(this.#waiting)
    clearTimeout(this.#fading)
    clearTimeout(this.#saying)
    this.mended = false
    this.#end?.()
    this.#end = null
    this.corners = []
    this.hint = null
    this.#last = { texts: '', at: 0 }
    this.phase = phase
  }

  /** Nobody sees the window: nobody should be seen through it. */
  rest() {
    if (this.on) this.stop('rested')
  }

  #see(sight: Sight) {
    switch (sight.kind) {
      case 'frame':
        if (this.phase !== 'live') {
          this.phase = 'live'
          this.since = Date.now()
          clearTimeout(this.#waiting)
        }
        this.draw?.(sight.frame)
        break
      case 'hint':
        this.hint = sight.hint
        break
      case 'found':
        this.#found(sight.cards, sight.corners)
        break
      case 'trouble':
        this.#fail(sight.trouble)
        break
      case 'healing':
        this.phase = 'healing'
        this.mended = true
        clearTimeout(this.#saying)
        this.#saying = setTimeout(() => (this.mended = false), SAID)
        this.hint = null
        this.corners = []
        this.#wait(this.#run)
        break
      case 'cameras':
        this.#take(sight.list)
        break
    }
  }

  #found(cards: CodeCard[], corners: Spot[][]) {
    this.corners = corners
    clearTimeout(this.#fading)
    this.#fading = setTimeout(() => (this.corners = []), AFTERGLOW)
    const now = Date.now()
    const texts = JSON.stringify(cards.map(mark))
    const known = texts === this.#last.texts && now - this.#last.at < GONE
    this.#last = { texts, at: now }
    if (!known && cards.length > 0) this.onFound(cards)
  }

  #take({ cameras, trouble }: { cameras: CameraView[]; trouble: CameraTrouble | null }) {
    this.cameras = cameras
    const known = (id: string | null) => cameras.some((camera) => camera.id === id)
    // What a person chose is chosen again once it is back; meanwhile any other stands in for it.
    if (known(recall()) && !this.on) this.chosen = recall()
    else if (!known(this.chosen)) this.chosen = cameras[0]?.id ?? null
    if (this.on) return
    if (cameras.length === 0) this.#fail(trouble ?? 'none')
    else if (this.trouble === 'none' || this.trouble === 'noSupport') {
      this.trouble = null
      this.phase = 'off'
    }
  }

  #wait(run: number) {
    clearTimeout(this.#waiting)
    this.#waiting = setTimeout(() => {
      if (run === this.#run) this.#fail('noPicture')
    }, PATIENCE)
  }

  #fail(trouble: CameraTrouble) {
    this.stop('trouble')
    this.trouble = trouble
  }
}

/** What tells one sight of a code from another: of a code that moves, how far it has come. */
function mark({ text, progress, inspection, problem, kind }: CodeCard): unknown {
  return kind === 'handOver' ? [progress, inspection, problem] : text
}

function remember(id: string) {
  try {
    localStorage.setItem(REMEMBERED, id)
  } catch {
    // Chosen for this run only where the web view has no store.
  }
}

function recall(): string | null {
  try {
    return localStorage.getItem(REMEMBERED)
  } catch {
    return null
  }
}
