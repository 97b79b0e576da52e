import { failureOf, type Backend, type Failure, type ReachView } from '~/backend/backend'
import { Resource } from './resource.svelte'

/** How this wallet can be reached. */
export class Reachability extends Resource<ReachView> {
  refusal = $state.raw<Failure | null>(null)
  /** Something was asked for and is not answered yet. */
  busy = $state(false)

  #backend: Backend

  constructor(backend: Backend) {
    super(() => backend.reach(false))
    this.#backend = backend
  }

  /** Looks again. */
  testAgain() {
    return this.#ask(() => this.#backend.reach(true))
  }

  /** Lets the router be asked to let callers in, or not any more. */
  openRouter(wanted: boolean) {
    return this.#ask(() => this.#backend.openRouter(wanted))
  }

  /** Lets partners be looked for on the local network, or not any more. */
  findNearby(wanted: boolean) {
    return this.#ask(() => this.#backend.findNearby(wanted))
  }

  async #ask(act: () => Promise<ReachView>) {
    if (this.busy) return
    this.busy = true
    this.refusal = null
    try {
      this.value = await act()
    } catch (thrown) {
      this.refusal = failureOf(thrown)
    } finally {
      this.busy = false
    }
  }
}
