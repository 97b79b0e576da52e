import {
  failureOf,
  type Backend,
  type EntryView,
  type HistoryFilter,
  type TallyView,
} from '~/backend/backend'
import { latest } from './latest'
import { Resource } from './resource.svelte'

const EVERYTHING: HistoryFilter = { kind: 'all', who: 'all', text: null }

/** One tally looked at closely: all about it, and its entries page by page. */
export class Tally extends Resource<TallyView> {
  readonly id: string
  entries = $state.raw<EntryView[]>([])
  total = $state(0)
  next = $state<number | null>(null)

  /** Our oldest entry that is not known to match, or else the newest of all. */
  readonly current = $derived(this.value?.inFlight[0] ?? this.entries[0] ?? null)

  readonly more: () => Promise<void>
  #backend: Backend
  #refreshEntries: () => Promise<void>

  constructor(backend: Backend, id: string) {
    super(() => backend.tally(id))
    this.id = id
    this.#backend = backend
    this.#refreshEntries = latest(() => this.#first())
    this.more = latest(() => this.#older())
  }

  async reload() {
    await Promise.all([this.refresh(), this.#refreshEntries()])
  }

  /** Reads the newest page again and keeps the older ones that are on screen already. */
  async #first() {
    try {
      const page = await this.#backend.history(this.id, null, EVERYTHING)
      const last = page.entries.at(-1)
      const older = last === undefined ? [] : this.entries.filter((entry) => entry.index < last.index)
      this.entries = [...page.entries, ...older]
      this.total = page.total
      if (older.length === 0) this.next = page.next
    } catch (thrown) {
      this.failure = failureOf(thrown)
    }
  }

  async #older() {
    if (this.next === null) return
    try {
      const page = await this.#backend.history(this.id, this.next, EVERYTHING)
      this.entries = [...this.entries, ...page.entries]
      this.total = page.total
      this.next = page.next
    } catch (thrown) {
      this.failure = failureOf(thrown)
    }
  }
}
