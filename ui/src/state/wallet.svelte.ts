import { getContext, setContext } from 'svelte'

import {
  failureOf,
  type Backend,
  type ConnectionView,
  type Event,
  type Failure,
  type Home,
} from '~/backend/backend'
import { Clock } from './clock.svelte'
import { Copies } from './copies.svelte'
import { Opener } from './opener.svelte'
import { Payment } from './payment.svelte'
import { Reading } from './reading.svelte'
import { Resource } from './resource.svelte'
import { Router } from './router.svelte'
import { Session } from './session.svelte'
import { Signing } from './signing.svelte'
import { Tallies } from './tallies.svelte'
import { Tally } from './tally.svelte'
import { Tickets } from './tickets.svelte'
import { Toasts } from './toasts.svelte'

const KEY = Symbol('wallet')

/** Everything the window knows, kept fresh by the wallet's notices. */
export class Wallet {
  readonly clock = new Clock()
  readonly router = new Router()
  readonly toasts = new Toasts()
  readonly payment = new Payment()
  readonly session: Session
  readonly position: Resource<Home>
  readonly connection: Resource<ConnectionView>
  readonly tallies: Tallies
  readonly tickets: Tickets
  readonly opener: Opener
  readonly signing: Signing
  readonly reading: Reading
  readonly copies: Copies
  /** The tally that is open, if any. */
  tally = $state.raw<Tally | null>(null)
  helping = $state(false)
  refusing = $state(false)
  refusal = $state.raw<Failure | null>(null)

  #backend: Backend
  #heard: number | null = null
  #silence: (() => void) | null = null

  constructor(backend: Backend) {
    this.#backend = backend
    this.session = new Session(backend)
    this.position = new Resource(() => backend.home())
    this.connection = new Resource(() => backend.connection())
    this.tallies = new Tallies(backend)
    this.tickets = new Tickets(backend)
    this.opener = new Opener(backend)
    this.signing = new Signing(backend)
    this.reading = new Reading(backend)
    this.copies = new Copies(backend)
    this.signing.onSigned = ({ kind }) => {
      if (kind === 'pay') this.payment.clear()
    }
    this.signing.onDone = ({ tally }, { kind }) => {
      if (kind !== 'settings') this.openTally(tally, true)
    }
  }

  async start() {
    this.clock.start()
    this.#silence = await this.#backend.listen((event) => void this.#hear(event))
    await this.session.load()
    if (this.session.stage === 'ready') await this.refreshAll()
  }

  stop() {
    this.clock.stop()
    this.#silence?.()
  }

  async refreshAll() {
    await Promise.all([
      this.position.refresh(),
      this.connection.refresh(),
      this.tallies.refresh(),
      this.tickets.refresh(),
      this.reading.findStandard(),
      this.#refreshTally(),
    ])
  }

  openTally(id: string, replace = false) {
    const route = { page: 'tally', id, tab: 'now' } as const
    this.attend(id)
    if (replace) this.router.replace(route)
    else this.router.go(route)
  }

  /** Looks closely at one tally. */
  attend(id: string) {
    if (this.tally?.id !== id) this.tally = new Tally(this.#backend, id)
    void this.#refreshTally()
  }

  /** Says no to an offer or an answer. True once the wallet has taken it. */
  async refuse(tally: string, reason: string | null): Promise<boolean> {
    if (this.refusing) return false
    this.refusing = true
    this.refusal = null
    try {
      await this.#backend.refuse(tally, reason)
      await Promise.all([this.position.refresh(), this.tallies.refresh(), this.#refreshTally()])
      return true
    } catch (thrown) {
      this.refusal = failureOf(thrown)
      return false
    } finally {
      this.refusing = false
    }
  }

  async #hear({ seq, happening }: Event) {
    const gap = this.#heard !== null && seq !== this.#heard + 1
    // What lagged carries no place in the row; the next notice begins it anew.
    this.#heard = happening.kind === 'lagged' ? null : seq
    if (this.session.stage !== 'ready') return
    if (gap || happening.kind === 'lagged') return this.refreshAll()
    if (happening.kind === 'connectionChanged') return this.connection.refresh()
    if (happening.kind === 'ticketChanged') return this.tickets.refresh()
    if (happening.kind === 'activityChanged') return this.position.refresh()

    const { tally } = happening
    await Promise.all([this.tallies.refresh(), this.position.refresh(), this.#follow(tally)])
  }

  async #follow(tally: string) {
    if (this.tally?.id === tally) await this.#refreshTally()
    if (this.signing.signed?.tally !== tally) return
    try {
      this.signing.follow(await this.#backend.tally(tally))
    } catch {
      // The sheet keeps what it knows; the tally's own page says what is wrong.
    }
  }

  async #refreshTally() {
    await this.tally?.reload()
  }
}

export function provideWallet(wallet: Wallet) {
  setContext(KEY, wallet)
}

export function useWallet(): Wallet {
  return getContext<Wallet>(KEY)
}
