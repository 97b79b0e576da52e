import { failureOf, type Backend, type ContractView, type Failure } from '~/backend/backend'

/** The agreement being read, in one dialog for the whole window. */
export class Reading {
  hash = $state<string | null>(null)
  contract = $state.raw<ContractView | null>(null)
  failure = $state.raw<Failure | null>(null)
  /** The agreement new invitations use. */
  standard = $state.raw<ContractView | null>(null)

  #backend: Backend

  constructor(backend: Backend) {
    this.#backend = backend
  }

  async findStandard() {
    try {
      this.standard = (await this.#backend.contracts())[0] ?? null
    } catch {
      this.standard = null
    }
  }

  async open(hash: string) {
    this.hash = hash
    this.contract = null
    this.failure = null
    try {
      const contract = await this.#backend.contract(hash)
      if (this.hash === hash) this.contract = contract
    } catch (thrown) {
      if (this.hash === hash) this.failure = failureOf(thrown)
    }
  }

  close() {
    this.hash = null
    this.contract = null
  }
}
