import { failure, type Person, type RequestView } from './backend'
import type { DemoTally } from './demo-ledger'

const DAY = 86_400_000
/** Requests that may wait for one partner at once. */
const MOST_WAITING = 10

/** Who asked whom for what, newest change last. */
export class DemoRequests {
  #all: RequestView[] = []
  #count = 0

  /** One of each outcome, for the pictures. */
  fill(tally: (id: string) => DemoTally) {
    const now = Date.now()
    const put = (id: string, part: Partial<RequestView> & { units: number; at: number }) => {
      const found = tally(id)
      const kept = this.#put(found, { changedAt: part.at, ...part })
      return kept.id
    }
    put('tally-3', {
      mine: true,
      units: 3000,
      memo: 'tables for the fair',
      at: now - 50 * DAY,
      state: 'ranOut',
      until: now - 20 * DAY,
      changedAt: now - 20 * DAY,
    })
    const paid = put('tally-1', {
      units: 14_000,
      memo: 'roof gutter',
      at: now - 12 * DAY,
      until: now + 18 * DAY,
      state: 'paid',
      changedAt: now - 11 * DAY,
    })
    const gutter = tally('tally-1').entries.find((entry) => entry.units === 14_000)
    if (gutter) Object.assign(gutter, { answers: paid, memo: 'roof gutter' })
    put('tally-5', {
      mine: true,
      units: 6000,
      memo: 'chain saw, two days',
      at: now - 6 * DAY,
      until: now + 24 * DAY,
      state: 'refused',
      reason: 'we said 5',
      changedAt: now - 5 * DAY,
    })
    put('tally-6', {
      mine: true,
      units: 24_000,
      memo: 'stocktaking, second day',
      at: now - 2 * DAY,
      until: now + 28 * DAY,
    })
    put('tally-4', { units: 9500, memo: 'bike repair', at: now - 5_400_000, until: now + 3 * DAY })
  }

  list(tally: string | null): RequestView[] {
    for (const request of this.#all) this.#age(request)
    return this.#all
      .filter((request) => tally === null || request.tally === tally)
      .toSorted((a, b) => b.changedAt - a.changedAt)
      .map((request) => structuredClone(request))
  }

  ask(tally: DemoTally, units: number, memo: string | null, days: number): RequestView {
    this.#check(tally, units)
    const now = Date.now()
    return this.#put(tally, { mine: true, units, memo, at: now, until: now + days * DAY, changedAt: now })
  }

  again(tally: DemoTally, id: string, units: number, memo: string | null, days: number): RequestView {
    const request = this.find(id)
    if (!request.mine || request.state === 'paid') throw failure({ kind: 'outOfTurn' })
    this.#check(tally, units)
    const now = Date.now()
    return Object.assign(request, {
      units,
      memo,
      until: now + days * DAY,
      changedAt: now,
      state: 'waiting',
      reason: null,
      times: request.times + 1,
    })
  }

  /** Takes a request out of waiting. */
  answer(id: string, state: 'paid' | 'refused' | 'withdrawn', reason: string | null = null): RequestView {
    const request = this.find(id)
    if (request.state === 'ranOut') throw failure({ kind: 'ranOut' })
    if (request.state !== 'waiting' || request.mine !== (state === 'withdrawn'))
      throw failure({ kind: 'outOfTurn' })
    return Object.assign(request, { state, reason, changedAt: Date.now() })
  }

  find(id: string): RequestView {
    const request = this.#all.find((one) => one.id === id)
    if (request === undefined) throw failure({ kind: 'notFound' })
    this.#age(request)
    return request
  }

  #check(tally: DemoTally, units: number) {
    if (units <= 0) throw failure({ kind: 'badAmount' })
    if (tally.dispute) throw failure({ kind: 'copiesDiffer' })
    const waiting = this.list(tally.row.id).filter((request) => request.mine && request.state === 'waiting')
    if (waiting.length >= MOST_WAITING) throw failure({ kind: 'tooManyWaiting' })
  }

  #put(tally: DemoTally, part: Partial<RequestView> & { units: number; at: number; changedAt: number }) {
    const partner: Person | null = tally.row.partner
    if (partner === null) throw failure({ kind: 'outOfTurn' })
    const request: RequestView = {
      id: `request-${(this.#count += 1)}`,
      tally: tally.row.id,
      partner,
      mine: false,
      memo: null,
      until: null,
      state: 'waiting',
      reason: null,
      times: 1,
      ...part,
    }
    this.#all.push(request)
    return request
  }

  #age(request: RequestView) {
    if (request.state !== 'waiting' || request.until === null || request.until > Date.now()) return
    Object.assign(request, { state: 'ranOut', changedAt: request.until })
  }
}
