import { failureOf, type Backend, type Failure, type InvoiceView } from '~/backend/backend'
import { Keeping } from './keeping.svelte'
import { Resource } from './resource.svelte'

/** What somebody without a tally with us can pay: making invoices and watching them. */
export class Invoicing extends Resource<InvoiceView[]> {
  busy = $state(false)
  refusal = $state.raw<Failure | null>(null)
  readonly keeping: Keeping
  /** The one that is on show. */
  shown = $state.raw<InvoiceView | null>(null)
  missing = $state.raw<Failure | null>(null)

  #backend: Backend

  constructor(backend: Backend) {
    super(() => backend.invoices())
    this.#backend = backend
    this.keeping = new Keeping(
      (id, form) => backend.invoiceSave(id, form),
      () => backend.print(),
    )
  }

  /** Makes one; nothing where the wallet refuses. */
  async make(
    units: number | null,
    memo: string | null,
    reference: string | null,
    goodFor: number,
  ): Promise<InvoiceView | null> {
    if (this.busy) return null
    this.busy = true
    this.refusal = null
    try {
      this.shown = await this.#backend.invoice(units, memo, reference, goodFor)
      return this.shown
    } catch (thrown) {
      this.refusal = failureOf(thrown)
      return null
    } finally {
      this.busy = false
    }
  }

  /** Shows one: as long as that is asked for now and then, those who look for a way to it find one. */
  async show(id: string) {
    try {
      this.shown = await this.#backend.invoiceShow(id)
      this.missing = null
    } catch (thrown) {
      this.missing = failureOf(thrown)
    }
  }

  /** Something happened in a session: if it is that of the one on show, that is read again. */
  async follow(session: string) {
    if (this.shown?.id === session) await this.show(session)
    if (this.value !== null) await this.refresh()
  }

  /** Reads again what is on show and what is in the list, as far as somebody looks at them. */
  async reread() {
    if (this.shown !== null) await this.show(this.shown.id)
    if (this.value !== null) await this.refresh()
  }

  /** Takes one off the screen: nothing shows it any more to whoever looks for a way. */
  leave(id: string) {
    if (this.shown?.id === id) this.shown = null
  }
}
