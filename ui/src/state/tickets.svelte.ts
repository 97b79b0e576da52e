import { failureOf, type Backend, type Failure, type InviteTerms, type TicketView } from '~/backend/backend'
import { Keeping } from './keeping.svelte'
import { Resource } from './resource.svelte'

/** Invitations: making, watching and revoking them. */
export class Tickets extends Resource<TicketView[]> {
  busy = $state(false)
  refusal = $state.raw<Failure | null>(null)
  readonly keeping: Keeping

  #backend: Backend

  constructor(backend: Backend) {
    super(() => backend.tickets())
    this.#backend = backend
    this.keeping = new Keeping(
      (id, form) => backend.ticketSave(id, form),
      () => backend.print(),
    )
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
