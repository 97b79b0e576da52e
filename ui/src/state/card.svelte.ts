import { failureOf, type Backend, type Card, type CardField, type Failure } from '~/backend/backend'
import { Resource } from './resource.svelte'

export const CARD_FIELDS: CardField[] = ['email', 'phone', 'place']

/** What this person says about themselves. The name is fixed; the rest may be empty. */
export class OwnCard extends Resource<Card> {
  busy = $state(false)
  refusal = $state.raw<Failure | null>(null)

  /** Fields that have something in them, and so can be told or kept. */
  readonly filled = $derived(CARD_FIELDS.filter((field) => this.value?.[field]))

  #backend: Backend

  constructor(backend: Backend) {
    super(() => backend.identityCard())
    this.#backend = backend
  }

  /** True once it is kept. */
  async save(fields: Record<CardField, string>): Promise<boolean> {
    if (this.busy || this.value === null) return false
    this.busy = true
    this.refusal = null
    const given = (field: CardField) => (fields[field].trim() === '' ? null : fields[field].trim())
    try {
      await this.#backend.identityCardSave({
        name: this.value.name,
        email: given('email'),
        phone: given('phone'),
        place: given('place'),
      })
      await this.refresh()
      return true
    } catch (thrown) {
      this.refusal = failureOf(thrown)
      return false
    } finally {
      this.busy = false
    }
  }
}
