import {
  failureOf,
  type Backend,
  type CancelledView,
  type EntryView,
  type Failure,
  type HistoryFilter,
} from '~/backend/backend'
import { latest } from './latest'

/** No filter at all. */
export const EVERYTHING: HistoryFilter = { kind: 'all', who: 'all', text: null }

export function isEverything({ kind, who, text }: HistoryFilter): boolean {
  return kind === 'all' && who === 'all' && text === null
}

/** The entries one filter lets through, newest first and page by page. */
export class History {
  readonly filter: HistoryFilter
  entries = $state.raw<EntryView[]>([])
  cancelled = $state.raw<CancelledView[]>([])
  /** Entries in all, whatever the filter. */
  total = $state(0)
  shown = $state(0)
  hidden = $state(0)
  hiddenSum = $state(0)
  next = $state<number | null>(null)
  failure = $state.raw<Failure | null>(null)

  /** Reads the newest page again and keeps the older ones that are on screen already. */
  readonly refresh: () => Promise<void>
  readonly more: () => Promise<void>

  #backend: Backend
  #tally: string

  constructor(backend: Backend, tally: string, filter = EVERYTHING) {
    this.#backend = backend
    this.#tally = tally
    this.filter = filter
    this.refresh = latest(() => this.#read(null))
    this.more = latest(async () => {
      if (this.next !== null) await this.#read(this.next)
    })
  }

  async #read(before: number | null) {
    try {
      const page = await this.#backend.history(this.#tally, before, this.filter)
      this.total = page.total
      this.shown = page.shown
      this.hidden = page.hidden
      this.hiddenSum = page.hiddenSum
      this.failure = null
      if (before !== null) {
        this.entries = [...this.entries, ...page.entries]
        this.next = page.next
        return
      }
      const last = page.entries.at(-1)
      const older = last === undefined ? [] : this.entries.filter((entry) => entry.index < last.index)
      this.entries = [...page.entries, ...older]
      this.cancelled = page.cancelled
      if (older.length === 0) this.next = page.next
    } catch (thrown) {
      this.failure = failureOf(thrown)
    }
  }
}
