/** Most things kept under one name; the oldest are forgotten first. */
const MOST = 500

/**
 * A set of ids this window keeps for one identity, from one run to the next. Only conveniences live here: what is lost
 * with it is asked or shown once more.
 */
export class Remembered {
  #name: string
  #owner: () => string | null
  #known = $state.raw<{ owner: string | null; ids: readonly string[] }>({ owner: null, ids: [] })

  /** `owner` is the fingerprint of whoever uses the window, so that two profiles never share what was seen. */
  constructor(name: string, owner: () => string | null) {
    this.#name = name
    this.#owner = owner
  }

  has(id: string): boolean {
    return this.#ids().includes(id)
  }

  keep(id: string) {
    if (!this.has(id)) this.#write([...this.#ids(), id].slice(-MOST))
  }

  forget(ids: readonly string[]) {
    const rest = this.#ids().filter((id) => !ids.includes(id))
    if (rest.length !== this.#ids().length) this.#write(rest)
  }

  #ids(): readonly string[] {
    const owner = this.#owner()
    return this.#known.owner === owner && owner !== null ? this.#known.ids : this.#read(owner)
  }

  #read(owner: string | null): readonly string[] {
    if (owner === null) return []
    try {
      const found: unknown = JSON.parse(localStorage.getItem(this.#key(owner)) ?? '[]')
      return Array.isArray(found) ? found.filter((id) => typeof id === 'string') : []
    } catch {
      return []
    }
  }

  #write(ids: readonly string[]) {
    const owner = this.#owner()
    this.#known = { owner, ids }
    if (owner === null) return
    try {
      localStorage.setItem(this.#key(owner), JSON.stringify(ids))
    } catch {
      // Kept for this run only where the web view has no store.
    }
  }

  #key(owner: string): string {
    return `${this.#name}:${owner}`
  }
}
