import { failureOf, type Backend, type Failure, type RequestState, type RequestView } from '~/backend/backend'
import { Resource } from './resource.svelte'

/** What a request is at one moment: it runs out by the clock, whether or not the wallet has noticed yet. */
export function stateAt(request: RequestView, now: number): RequestState {
  const over = request.state === 'waiting' && request.until !== null && request.until <= now
  return over ? 'ranOut' : request.state
}

/** Whether its asker may ask for it anew. */
export function canAskAgain(request: RequestView, now: number): boolean {
  const state = stateAt(request, now)
  return request.mine && (state === 'waiting' || state === 'refused' || state === 'ranOut')
}

/** Asking to be paid, and being asked. Nothing here is signed: only paying a request is, on its own sheet. */
export class Requests extends Resource<RequestView[]> {
  busy = $state(false)
  refusal = $state.raw<Failure | null>(null)

  #backend: Backend

  constructor(backend: Backend) {
    super(() => backend.requests(null))
    this.#backend = backend
  }

  /** Those of one tally, what waits before what is over, theirs before ours. */
  of(tally: string, now: number): { waiting: RequestView[]; over: RequestView[] } {
    const all = (this.value ?? []).filter((request) => request.tally === tally)
    const waiting = all.filter((request) => stateAt(request, now) === 'waiting')
    return {
      waiting: waiting.toSorted((a, b) => Number(a.mine) - Number(b.mine) || a.at - b.at),
      over: all.filter((request) => !waiting.includes(request)).toSorted((a, b) => b.changedAt - a.changedAt),
    }
  }

  find(id: string): RequestView | null {
    return this.value?.find((request) => request.id === id) ?? null
  }

  ask(tally: string, units: number, memo: string | null, days: number) {
    return this.#do(() => this.#backend.request(tally, units, memo, days))
  }

  again(request: RequestView, units: number, memo: string | null, days: number) {
    return this.#do(() => this.#backend.requestAgain(request.tally, request.id, units, memo, days))
  }

  withdraw(request: RequestView) {
    return this.#do(() => this.#backend.requestWithdraw(request.tally, request.id))
  }

  refuse(request: RequestView, reason: string | null) {
    return this.#do(() => this.#backend.requestRefuse(request.tally, request.id, reason))
  }

  /** True once the wallet has taken it. */
  async #do(act: () => Promise<unknown>): Promise<boolean> {
    if (this.busy) return false
    this.busy = true
    this.refusal = null
    try {
      await act()
      await this.refresh()
      return true
    } catch (thrown) {
      this.refusal = failureOf(thrown)
      return false
    } finally {
      this.busy = false
    }
  }
}
