import { failureOf, type Backend, type ContractView, type Failure } from '~/backend/backend'
import { Remembered } from './remembered.svelte'

/** Largest text looked at as an agreement; the wallet has its own limit. */
const MAX_BYTES = 1024 * 1024

/** The agreements on this computer, and the one being read, in one dialog for the whole window. */
export class Reading {
  hash = $state<string | null>(null)
  contract = $state.raw<ContractView | null>(null)
  failure = $state.raw<Failure | null>(null)
  /** All texts that are here, ours first. */
  all = $state.raw<ContractView[]>([])
  importing = $state(false)
  refusal = $state.raw<Failure | null>(null)

  /** The agreement new invitations use. */
  readonly standard = $derived(this.all.find(({ builtin }) => builtin) ?? this.all[0] ?? null)

  #backend: Backend
  #opened: Remembered

  /** `owner` is the fingerprint of whoever reads: what one of them has opened the other has not. */
  constructor(backend: Backend, owner: () => string | null) {
    this.#backend = backend
    this.#opened = new Remembered('agreements-opened', owner)
  }

  async findAll() {
    try {
      const all = await this.#backend.contracts()
      this.all = all.toSorted((a, b) => Number(b.builtin) - Number(a.builtin))
    } catch {
      this.all = []
    }
  }

  find(hash: string): ContractView | null {
    return this.all.find((contract) => contract.hash === hash) ?? null
  }

  /** Whether the text was ever shown in full to this person: nobody signs what they have not opened. */
  wasOpened(hash: string): boolean {
    return this.#opened.has(hash)
  }

  async open(hash: string) {
    this.hash = hash
    this.contract = null
    this.failure = null
    try {
      const contract = await this.#backend.contract(hash)
      if (this.hash !== hash) return
      this.contract = contract
      this.#opened.keep(hash)
    } catch (thrown) {
      if (this.hash === hash) this.failure = failureOf(thrown)
    }
  }

  close() {
    this.hash = null
    this.contract = null
  }

  /** Takes over an agreement somebody brought along as a file: its fingerprint says which one it is. */
  async take(file: Blob): Promise<ContractView | null> {
    if (this.importing) return null
    this.importing = true
    this.refusal = null
    try {
      if (file.size > MAX_BYTES) {
        this.refusal = { code: { kind: 'tooLong' }, retryable: false, safeToRepeat: true }
        return null
      }
      const contract = await this.#backend.contractImport(await file.text())
      await this.findAll()
      return contract
    } catch (thrown) {
      this.refusal = failureOf(thrown)
      return null
    } finally {
      this.importing = false
    }
  }
}
