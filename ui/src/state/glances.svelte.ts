import { untrack } from 'svelte'

import type { Backend, TallyView } from '~/backend/backend'

/** How many tallies are looked into at once; a list that needs more says less about the rest. */
const MOST = 12

/** Tallies looked into from afar: what a card in a list says beyond its own line. */
export class Glances {
  #views = $state.raw<Readonly<Record<string, TallyView>>>({})
  #backend: Backend

  constructor(backend: Backend) {
    this.#backend = backend
  }

  of(tally: string): TallyView | null {
    return this.#views[tally] ?? null
  }

  /** Looks into those not seen yet, and lets go of the others. */
  async want(tallies: readonly string[]) {
    const wanted = tallies.filter((id, at) => tallies.indexOf(id) === at).slice(0, MOST)
    // Asked from an effect, which must not run again because of what it finds.
    const known = untrack(() => this.#views)
    const kept = Object.fromEntries(Object.entries(known).filter(([id]) => wanted.includes(id)))
    if (Object.keys(kept).length < Object.keys(known).length) this.#views = kept
    await Promise.all(wanted.filter((id) => !(id in kept)).map((id) => this.#look(id)))
  }

  /** Looks again into one that is known, because it changed. */
  async refresh(tally: string) {
    if (tally in this.#views) await this.#look(tally)
  }

  async refreshAll() {
    await Promise.all(Object.keys(this.#views).map((id) => this.#look(id)))
  }

  async #look(tally: string) {
    try {
      const view = await this.#backend.tally(tally)
      this.#views = { ...this.#views, [tally]: view }
    } catch {
      // The card stays with its one line; its page says what is wrong.
    }
  }
}
