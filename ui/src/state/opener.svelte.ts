import { failureOf, type Backend, type CardField, type CodeCard, type Failure } from '~/backend/backend'

/** Largest picture handed over; the wallet has its own, smaller limit. */
const MAX_BYTES = 64 * 1024 * 1024
/** How many looks are remembered on screen. */
const MEMORY = 6

/** Files that hold a code as text; a drawing is text as well, and is the wallet's to refuse. */
function isText(file: Blob): boolean {
  if (file.type.startsWith('text/')) return true
  return file instanceof File && /\.(txt|tallyticket)$/i.test(file.name)
}

export type Look = { at: number; card: CodeCard }

/** Looking at codes: pictures and texts go in, cards come out, and nothing is sent before `contact`. */
export class Opener {
  cards = $state.raw<CodeCard[]>([])
  chosen = $state(0)
  busy = $state(false)
  failure = $state.raw<Failure | null>(null)
  contacting = $state(false)
  refusal = $state.raw<Failure | null>(null)
  seen = $state.raw<Look[]>([])
  /** How often something was looked at, whatever came of it. */
  looks = $state(0)
  /** What was pasted before there was an identity to open it with. */
  kept = $state.raw<string | Blob | null>(null)

  readonly card = $derived(this.cards[this.chosen] ?? null)

  #backend: Backend

  constructor(backend: Backend) {
    this.#backend = backend
  }

  text(text: string) {
    return this.#look(async () => [await this.#backend.codeInspect(text)])
  }

  /** A picture, a PDF, or a file with the code as text. */
  async file(file: Blob) {
    if (file.size > MAX_BYTES) {
      this.#fail({ code: { kind: 'imageTooLarge' }, retryable: false, safeToRepeat: true })
      return
    }
    if (isText(file)) {
      await this.text((await file.text()).trim())
      return
    }
    const bytes = new Uint8Array(await file.arrayBuffer())
    await this.#look(() => this.#backend.imageInspect(bytes))
  }

  /** Whatever codes are on the screen. */
  screen() {
    return this.#look(() => this.#backend.screenInspect())
  }

  /** Cards of codes that were found without being asked for: by the camera. What is being sent is not disturbed. */
  show(cards: CodeCard[]) {
    if (this.contacting || this.busy || this.#isNothingNew(cards)) return
    this.dismiss()
    this.#take(cards)
  }

  /** Something handed over lies here whole: seeing it once more, or a piece of the next, does not take it away. */
  #isNothingNew(cards: CodeCard[]): boolean {
    const whole = this.card?.kind === 'handOver' ? this.card.inspection : null
    if (whole === null) return false
    return cards.every((card) => card.kind === 'handOver' && (card.inspection ?? whole) === whole)
  }

  choose(index: number) {
    this.chosen = index
    this.refusal = null
  }

  dismiss() {
    this.cards = []
    this.refusal = null
    this.failure = null
  }

  /** Sends our identity card to the maker; the tally that begins, or nothing when it was refused. */
  async contact(disclose: CardField[] = []): Promise<string | null> {
    const inspection = this.card?.inspection ?? null
    if (inspection === null || this.contacting) return null
    this.contacting = true
    this.refusal = null
    try {
      const tally = await this.#backend.contact(inspection, disclose)
      this.dismiss()
      return tally
    } catch (thrown) {
      this.refusal = failureOf(thrown)
      return null
    } finally {
      this.contacting = false
    }
  }

  /** Takes in what somebody handed over: which tally it is about, if any; nothing when it was refused. */
  async take(): Promise<{ tally: string | null } | null> {
    const inspection = this.card?.inspection ?? null
    if (inspection === null || this.contacting) return null
    this.contacting = true
    this.refusal = null
    try {
      const tally = await this.#backend.takeOver(inspection)
      this.dismiss()
      return { tally }
    } catch (thrown) {
      this.refusal = failureOf(thrown)
      return null
    } finally {
      this.contacting = false
    }
  }

  async #look(inspect: () => Promise<CodeCard[]>) {
    if (this.busy) return
    this.busy = true
    this.dismiss()
    try {
      const cards = await inspect()
      this.#take(cards)
      if (cards.length === 0)
        this.#fail({ code: { kind: 'noCodeInImage' }, retryable: false, safeToRepeat: true })
    } catch (thrown) {
      this.#fail(failureOf(thrown))
    } finally {
      this.busy = false
      this.looks += 1
    }
  }

  #take(cards: CodeCard[]) {
    this.cards = cards
    this.chosen = 0
    const looks = cards.map((card) => ({ at: Date.now(), card }))
    // A code that moves was looked at once, however many pieces it came in.
    const before = this.seen.filter(({ card }) => card.progress === null)
    this.seen = [...looks, ...before].slice(0, MEMORY)
  }

  #fail(failure: Failure) {
    this.cards = []
    this.failure = failure
  }
}
