import { failureOf, type Backend, type Failure, type HandOver } from '~/backend/backend'

/** A tally, or a contact without one yet, and what its other side is called. */
type Partner = { id: string; name: string }

/** Handing over from screen to camera: one dialog for the whole window. */
export class Handing {
  /** To whom something is about to be shown, or is; the dialog is open while there is somebody. */
  to = $state.raw<Partner | null>(null)
  /** What is shown. Nothing leaves before it is there. */
  film = $state.raw<HandOver | null>(null)
  busy = $state(false)
  failure = $state.raw<Failure | null>(null)
  /** The tally about which something was taken in from a screen, so that an answer is to be shown back. */
  answering = $state<string | null>(null)

  /** Called once what waited counts as having left. */
  onShown: (tally: string) => void = () => undefined

  #backend: Backend

  constructor(backend: Backend) {
    this.#backend = backend
  }

  /** Says what will happen, and shows nothing yet. */
  open(to: Partner) {
    this.to = to
    this.film = null
    this.failure = null
  }

  /** From now on what waited may have left. */
  async show() {
    const { to } = this
    if (to === null || this.busy) return
    this.busy = true
    this.failure = null
    try {
      const film = await this.#backend.handOver(to.id)
      // Whoever closed the dialog meanwhile shows nothing.
      if (this.to === to) this.film = film
      if (this.answering === to.id) this.answering = null
      this.onShown(to.id)
    } catch (thrown) {
      if (this.to === to) this.failure = failureOf(thrown)
    } finally {
      this.busy = false
    }
  }

  close() {
    this.to = null
    this.film = null
    this.failure = null
  }
}
