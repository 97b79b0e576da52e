import {
  failureOf,
  type Backend,
  type Failure,
  type InviteTerms,
  type TicketForm,
  type TicketView,
} from '~/backend/backend'
import { Resource } from './resource.svelte'

/** Invitations: making, watching and revoking them. */
export class Tickets extends Resource<TicketView[]> {
  busy = $state(false)
  refusal = $state.raw<Failure | null>(null)
  saving = $state(false)
  /** Where the file was written that was asked for last. */
  saved = $state<string | null>(null)
  notSaved = $state.raw<Failure | null>(null)

  #backend: Backend

  constructor(backend: Backend) {
    super(() => backend.tickets())
    this.#backend = backend
  }

  find(id: string): TicketView | null {
    return this.value?.find((ticket) => ticket.id === id) ?? null
  }

  make(terms: InviteTerms) {
    return this.#change(() => this.#backend.invite(terms))
  }

  revoke(id: string) {
    return this.#change(() => this.#backend.ticketRevoke(id))
  }

  /** Writes the ticket's code or link into a file. */
  async save(id: string, form: TicketForm) {
    if (this.saving) return
    this.saving = true
    this.forget()
    try {
      this.saved = await this.#backend.ticketSave(id, form)
    } catch (thrown) {
      this.notSaved = failureOf(thrown)
    } finally {
      this.saving = false
    }
  }

  async print() {
    this.forget()
    try {
      await this.#backend.print()
    } catch (thrown) {
      this.notSaved = failureOf(thrown)
    }
  }

  /** What was written for one ticket is no news on another's page. */
  forget() {
    this.saved = null
    this.notSaved = null
  }

  /** Reads one ticket again, for when its time has just run out. */
  async reread(id: string) {
    try {
      this.#keep(await this.#backend.ticket(id))
    } catch (thrown) {
      this.failure = failureOf(thrown)
    }
  }

  async #change(ask: () => Promise<TicketView>): Promise<TicketView | null> {
    if (this.busy) return null
    this.busy = true
    this.refusal = null
    try {
      const ticket = await ask()
      this.#keep(ticket)
      return ticket
    } catch (thrown) {
      this.refusal = failureOf(thrown)
      return null
    } finally {
      this.busy = false
    }
  }

  #keep(ticket: TicketView) {
    const others = (this.value ?? []).filter((other) => other.id !== ticket.id)
    this.value = [ticket, ...others]
  }
}
