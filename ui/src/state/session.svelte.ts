import {
  failureOf,
  type AppState,
  type Backend,
  type Choices,
  type Failure,
  type NewIdentity,
} from '~/backend/backend'

/** The profile: whether it is new, locked or open, whose it is, and its owner's choices. */
export class Session {
  app = $state.raw<AppState | null>(null)
  failure = $state.raw<Failure | null>(null)
  busy = $state(false)
  /** What the person goes for once set up, when they came with something in mind. */
  errand = $state<'invite' | 'open' | null>(null)
  /** First run is on screen until its last page is left, though the identity exists by then. */
  welcoming = $state(false)

  readonly stage = $derived(this.app?.stage ?? null)
  readonly identity = $derived(this.app?.identity ?? null)
  readonly choices = $derived<Choices>(this.app?.choices ?? { theme: 'system', hideAmounts: false })

  #backend: Backend

  constructor(backend: Backend) {
    this.#backend = backend
  }

  async load() {
    await this.#take(() => this.#backend.appState())
    this.welcoming = this.stage === 'new'
  }

  create(identity: NewIdentity) {
    return this.#take(() => this.#backend.identityCreate(identity))
  }

  unlock(passphrase: string) {
    return this.#take(() => this.#backend.unlock(passphrase))
  }

  /** Shown at once, kept by the wallet after. */
  async choose(part: Partial<Choices>) {
    if (this.app === null) return
    const before = this.app
    const choices = { ...before.choices, ...part }
    this.app = { ...before, choices }
    try {
      await this.#backend.choose(choices)
    } catch (thrown) {
      this.app = before
      this.failure = failureOf(thrown)
    }
  }

  forgive() {
    this.failure = null
  }

  async #take(ask: () => Promise<AppState>): Promise<boolean> {
    if (this.busy) return false
    this.busy = true
    this.failure = null
    try {
      this.app = await ask()
      return true
    } catch (thrown) {
      this.failure = failureOf(thrown)
      return false
    } finally {
      this.busy = false
    }
  }
}
