import { failureOf, type Backend, type CodeCard, type Failure, type PaymentView } from '~/backend/backend'

/** Somebody's invoice, from the look for a way to its receipt. */
export class Paying {
  /** The code as it was read, before a way was looked for. */
  card = $state.raw<CodeCard | null>(null)
  view = $state.raw<PaymentView | null>(null)
  looking = $state(false)
  signing = $state(false)
  failure = $state.raw<Failure | null>(null)
  saved = $state<string | null>(null)

  #backend: Backend

  constructor(backend: Backend) {
    this.#backend = backend
  }

  /** Begins with a code that was read; nothing is asked of anybody yet. */
  begin(card: CodeCard) {
    this.#forget()
    this.card = card
    this.view = null
  }

  /** One that was looked at before. */
  async open(id: string) {
    this.#forget()
    if (this.view?.id !== id) {
      this.card = null
      this.view = null
    }
    await this.#read(id)
  }

  /** Asks partners for a way. `units` where the amount is left to us. */
  async look(units: number | null) {
    const code = this.card?.pay ?? null
    if (code === null || this.looking) return
    this.looking = true
    this.failure = null
    try {
      this.view = await this.#backend.payLook(code, units)
    } catch (thrown) {
      this.failure = failureOf(thrown)
    } finally {
      this.looking = false
    }
  }

  /** Signs: all of it arrives, or nothing. */
  async sign(units: number | null) {
    if (this.view === null || this.signing) return
    this.signing = true
    this.failure = null
    const { id } = this.view
    try {
      this.view = await this.#backend.paySign(id, units)
    } catch (thrown) {
      this.failure = failureOf(thrown)
      await this.#read(id)
    } finally {
      this.signing = false
    }
  }

  async save() {
    if (this.view === null) return
    this.failure = null
    try {
      this.saved = await this.#backend.receiptSave(this.view.id)
    } catch (thrown) {
      this.failure = failureOf(thrown)
    }
  }

  /** Something happened in a session: if it is this one, it is read again. What is being asked answers by itself. */
  async follow(session: string) {
    if (this.view?.id === session && !this.looking) await this.#read(session)
  }

  async #read(id: string) {
    try {
      const view = await this.#backend.payment(id)
      if (this.view === null || this.view.id === id) this.view = view
    } catch (thrown) {
      this.failure ??= failureOf(thrown)
    }
  }

  #forget() {
    this.failure = null
    this.saved = null
  }
}
