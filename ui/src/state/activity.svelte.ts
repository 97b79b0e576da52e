import { failureOf, type ActivityItem, type Backend } from '~/backend/backend'
import { latest } from './latest'
import { Remembered } from './remembered.svelte'
import { Resource } from './resource.svelte'

type Lanes = { needs: ActivityItem[]; waiting: ActivityItem[] }

/**
 * What needs the person, what waits for others, and what happened, page by page.
 *
 * The wallet knows one mark: everything up to some item has been read. Single items read out of order, or put back as
 * unread, are remembered here until that mark passes them.
 */
export class ActivityLog extends Resource<Lanes> {
  happened = $state.raw<ActivityItem[]>([])
  next = $state<number | null>(null)
  #unread = $state(0)

  readonly needs = $derived(this.value?.needs ?? [])
  readonly waiting = $derived(this.value?.waiting ?? [])
  /** Items not read, less those read out of order, and those put back. */
  readonly unread = $derived.by(() => {
    const early = this.happened.filter((item) => !item.read && this.#read.has(item.id)).length
    const back = this.happened.filter((item) => item.read && this.#kept.has(item.id)).length
    return Math.max(0, this.#unread - early) + back
  })
  /** The first date anything here waits for. */
  readonly deadline = $derived.by(() => {
    const dates = [...this.needs, ...this.waiting].flatMap(({ until }) => (until === null ? [] : [until]))
    return dates.length === 0 ? null : Math.min(...dates)
  })

  readonly more: () => Promise<void>
  #backend: Backend
  #read: Remembered
  #kept: Remembered

  constructor(backend: Backend, owner: () => string | null) {
    super(() => this.#first())
    this.#backend = backend
    this.#read = new Remembered('activity-read', owner)
    this.#kept = new Remembered('activity-unread', owner)
    this.more = latest(() => this.#older())
  }

  isRead(item: ActivityItem): boolean {
    return this.#kept.has(item.id) ? false : item.read || this.#read.has(item.id)
  }

  async markRead(item: ActivityItem) {
    this.#kept.forget([item.id])
    this.#read.keep(item.id)
    await this.#settle()
  }

  markUnread(item: ActivityItem) {
    this.#read.forget([item.id])
    if (item.read) this.#kept.keep(item.id)
  }

  async markAllRead() {
    const newest = this.happened[0]
    if (newest === undefined) return
    this.#kept.forget(this.happened.map(({ id }) => id))
    await this.#tell(newest.id)
  }

  /** Moves the wallet's mark to the newest item from which on everything has been read. */
  async #settle() {
    const last = this.happened.at(-1)
    const known = this.next === null || last?.read === true
    const open = this.happened.findLastIndex((item) => !item.read && !this.#read.has(item.id))
    const reached = this.happened[open + 1]
    if (known && reached !== undefined && !reached.read) await this.#tell(reached.id)
  }

  async #tell(through: string) {
    try {
      await this.#backend.activityRead(through)
      const at = this.happened.findIndex(({ id }) => id === through)
      this.happened = this.happened.map((item, index) => (index < at ? item : { ...item, read: true }))
      this.#read.forget(this.happened.filter(({ read }) => read).map(({ id }) => id))
      await this.refresh()
    } catch (thrown) {
      this.failure = failureOf(thrown)
    }
  }

  /** Reads the newest page again and keeps the older ones that are on screen already. */
  async #first(): Promise<Lanes> {
    const { needs, waiting, happened, next, unread } = await this.#backend.activity(null)
    const ids = happened.map(({ id }) => id)
    // Where the new page reaches what is on screen, the rest stays; else there is a gap and reading begins anew.
    const meets = this.happened.findLastIndex(({ id }) => ids.includes(id))
    const older = meets < 0 ? [] : this.happened.slice(meets + 1)
    this.happened = [...happened, ...older]
    if (older.length === 0) this.next = next
    this.#unread = unread
    return { needs, waiting }
  }

  async #older() {
    if (this.next === null) return
    try {
      const page = await this.#backend.activity(this.next)
      const ids = this.happened.map(({ id }) => id)
      this.happened = [...this.happened, ...page.happened.filter(({ id }) => !ids.includes(id))]
      this.next = page.next
      this.#unread = page.unread
    } catch (thrown) {
      this.failure = failureOf(thrown)
    }
  }
}
