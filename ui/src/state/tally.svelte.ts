import {
  failureOf,
  type Backend,
  type EntryView,
  type Failure,
  type HistoryFilter,
  type RequestView,
  type SettingsPage,
  type TallyView,
} from '~/backend/backend'
import { EVERYTHING, History, isEverything } from './history.svelte'
import { Resource } from './resource.svelte'
import { Standing } from './standing.svelte'

/** One tally looked at closely: all about it, its entries page by page, and what both sides set. */
export class Tally extends Resource<TallyView> {
  readonly id: string
  /** Every entry, as far as it was read. */
  readonly everything: History
  /** What is asked for; the entries follow once they are read. */
  filter = $state.raw<HistoryFilter>(EVERYTHING)
  readonly settings: Resource<SettingsPage>
  /** Our settings as they are being written. */
  readonly standing = new Standing()
  requests = $state.raw<RequestView[]>([])
  cancelling = $state(false)
  refusal = $state.raw<Failure | null>(null)
  /** Where the history was written as a table, once it was. */
  saved = $state<string | null>(null)
  saving = $state(false)

  #some = $state.raw<History | null>(null)
  #backend: Backend

  constructor(backend: Backend, id: string) {
    super(() => backend.tally(id))
    this.id = id
    this.#backend = backend
    this.everything = new History(backend, id)
    this.settings = new Resource(() => backend.settings(id))
  }

  /** What the filter lets through. */
  get history(): History {
    return this.#some ?? this.everything
  }

  /** Our oldest entry that is not known to match, or else the newest of all. */
  get current(): EntryView | null {
    return this.value?.inFlight[0] ?? this.everything.entries[0] ?? null
  }

  async reload() {
    await Promise.all([
      this.refresh(),
      this.everything.refresh(),
      this.#some?.refresh(),
      this.#readSettings(),
    ])
    this.failure ??= this.everything.failure
  }

  async #readSettings() {
    await this.settings.refresh()
    if (this.settings.value !== null) this.standing.begin(this.settings.value.mine)
  }

  /** Looks at some of the entries only. What is on screen stays until the others have been read. */
  async choose(part: Partial<HistoryFilter>) {
    const filter = { ...this.filter, ...part }
    this.filter = filter
    if (isEverything(filter)) {
      this.#some = null
      return
    }
    const some = new History(this.#backend, this.id, filter)
    await some.refresh()
    if (this.filter !== filter) return
    this.#some = some
    this.failure ??= some.failure
  }

  /** The request an entry paid, read when somebody wants to see it. */
  async findRequest(id: string): Promise<RequestView | null> {
    try {
      this.requests = await this.#backend.requests(this.id)
    } catch (thrown) {
      this.failure = failureOf(thrown)
    }
    return this.requests.find((request) => request.id === id) ?? null
  }

  /** Writes the whole history into a file, for other programs. */
  async save() {
    if (this.saving) return
    this.saving = true
    this.refusal = null
    try {
      this.saved = await this.#backend.historySave(this.id)
    } catch (thrown) {
      this.refusal = failureOf(thrown)
    } finally {
      this.saving = false
    }
  }

  /** Takes back an entry that has not left. True once the wallet has done it. */
  async cancel(entry: string): Promise<boolean> {
    if (this.cancelling) return false
    this.cancelling = true
    this.refusal = null
    try {
      await this.#backend.entryCancel(this.id, entry)
      await this.reload()
      return true
    } catch (thrown) {
      this.refusal = failureOf(thrown)
      return false
    } finally {
      this.cancelling = false
    }
  }
}
