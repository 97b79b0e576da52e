import { failureOf, type Backend, type Doors, type Failure } from '~/backend/backend'
import { Resource } from './resource.svelte'

/** Whose calls are turned away. */
export class Callers extends Resource<Doors> {
  refusal = $state.raw<Failure | null>(null)

  #backend: Backend

  constructor(backend: Backend) {
    super(() => backend.doors())
    this.#backend = backend
  }

  /** Lets an address call again, or every one. */
  async forgive(address: string | null) {
    this.refusal = null
    try {
      this.value = await this.#backend.forgive(address)
    } catch (thrown) {
      this.refusal = failureOf(thrown)
    }
  }
}
