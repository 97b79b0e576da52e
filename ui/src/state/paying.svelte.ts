import { failureOf, type Backend, type CodeCard, type Failure, type PaymentView } from '~/backend/backend'

/** Somebody's invoice, from the look for a way to its receipt. */
export class Paying {
  /** The code as it was read, before a way was looked for. */
  card = $state.raw<CodeCard | null>(null)
  view = $state.raw<PaymentView | null>(null)
  /** What a way was looked for last, where the amount is ours to choose. The wallet keeps it only once it is signed. */
  chosen = $state<number | null>(null)
  looking = $state(false)
  signing = $state(false)
  /** A way was looked for again after a try that came to nothing: the wallet still tells of that try until the next. */
  again = $state(false)
  /** There was a way, and it is no longer known: nobody looked and found none. */
  lapsed = $state(false)
  failure = $state.raw<Failure | null>(null)
  saved = $state<string | null>(null)

  #backend: Backend
  /** Grows with everything that is begun, so that no answer lands on another's page. */
  #turn = 0

  constructor(backend: Backend) {
    this.#backend = backend
  }

  /** Begins with a code that was read; nothing is asked of anybody yet. */
  begin(card: CodeCard) {
    this.#leave()
    this.card = card
  }

  /** One that was looked at before. */
  async open(id: string) {
    if (this.view?.id !== id) this.#leave()
    this.#forget()
    await this.#read(id)
  }

  /** Asks partners for a way. `units` where the amount is left to us. */
  async look(units: number | null) {
    const code = this.card?.pay ?? null
    if (code === null || this.looking) return
    const turn = this.#turn
    this.looking = true
    this.again = false
    this.lapsed = false
    this.#forget()
    try {
      const view = await this.#backend.payLook(code, units)
      if (turn !== this.#turn) return
      this.view = view
      this.chosen = units
      this.again = view.state === 'failed'
    } catch (thrown) {
      if (turn === this.#turn) this.failure = failureOf(thrown)
    } finally {
      if (turn === this.#turn) this.looking = false
    }
  }

  /** Signs: all of it arrives, or nothing. */
  async sign(units: number) {
    if (this.view === null || this.signing) return
    const turn = this.#turn
    const { id } = this.view
    this.signing = true
    this.#forget()
    try {
      const view = await this.#backend.paySign(id, units)
      if (turn !== this.#turn) return
      this.again = false
      this.view = view
    } catch (thrown) {
      if (turn !== this.#turn) return
      this.failure = failureOf(thrown)
      await this.#read(id)
    } finally {
      if (turn === this.#turn) this.signing = false
    }
  }

  async save() {
    if (this.view === null) return
    const turn = this.#turn
    this.#forget()
    try {
      const path = await this.#backend.receiptSave(this.view.id)
      if (turn === this.#turn) this.saved = path
    } catch (thrown) {
      if (turn === this.#turn) this.failure = failureOf(thrown)
    }
  }

  /** Something happened in a session: if it is this one, it is read again. */
  async follow(session: string) {
    if (this.view?.id === session) await this.reread()
  }

  /** Reads again how it stands. What is being looked for answers by itself. */
  async reread() {
    if (this.view !== null && !this.looking) await this.#read(this.view.id)
  }

  async #read(id: string) {
    const turn = this.#turn
    try {
      const view = await this.#backend.payment(id)
      // A look that began meanwhile knows better.
      if (turn !== this.#turn || this.looking) return
      if (this.view?.state === 'reachable' && view.state === 'noWay') this.lapsed = true
      if (view.state !== 'failed') this.again = false
      this.view = view
    } catch (thrown) {
      if (turn === this.#turn) this.failure ??= failureOf(thrown)
    }
  }

  #leave() {
    this.#turn += 1
    this.card = null
    this.view = null
    this.chosen = null
    this.looking = false
    this.signing = false
    this.again = false
    this.lapsed = false
    this.#forget()
  }

  #forget() {
    this.failure = null
    this.saved = null
  }
}
