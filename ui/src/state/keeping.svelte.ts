import { failureOf, type Failure, type TicketForm } from '~/backend/backend'

/** How a code leaves the window: as a file among the downloads, and on paper. */
export class Keeping {
  busy = $state(false)
  /** Where the file was written that was asked for last. */
  saved = $state<string | null>(null)
  failure = $state.raw<Failure | null>(null)

  #write: (id: string, form: TicketForm) => Promise<string>
  #print: () => Promise<unknown>

  constructor(write: (id: string, form: TicketForm) => Promise<string>, print: () => Promise<unknown>) {
    this.#write = write
    this.#print = print
  }

  /** Writes a code or its link into a file. */
  async save(id: string, form: TicketForm) {
    if (this.busy) return
    this.busy = true
    this.forget()
    try {
      this.saved = await this.#write(id, form)
    } catch (thrown) {
      this.failure = failureOf(thrown)
    } finally {
      this.busy = false
    }
  }

  async print() {
    this.forget()
    try {
      await this.#print()
    } catch (thrown) {
      this.failure = failureOf(thrown)
    }
  }

  /** What was written for one code is no news on another's page. */
  forget() {
    this.saved = null
    this.failure = null
  }
}
