import { getContext, setContext } from 'svelte'

import {
  failureOf,
  type Backend,
  type ConnectionView,
  type Event,
  type Failure,
  type Home,
  type SignKind,
} from '~/backend/backend'
import { ActivityLog } from './activity.svelte'
import { Callers } from './callers.svelte'
import { Camera } from './camera.svelte'
import { OwnCard } from './card.svelte'
import { Clock } from './clock.svelte'
import { Copies } from './copies.svelte'
import { Glances } from './glances.svelte'
import { Handing } from './handing.svelte'
import { Invoicing } from './invoices.svelte'
import { Lifting } from './lifts.svelte'
import { Opener } from './opener.svelte'
import { Paying } from './paying.svelte'
import { Payment } from './payment.svelte'
import { Reachability } from './reach.svelte'
import { Reading } from './reading.svelte'
import { Requests } from './requests.svelte'
import { Resource } from './resource.svelte'
import { Router } from './router.svelte'
import { Session } from './session.svelte'
import { Signing } from './signing.svelte'
import { Tallies } from './tallies.svelte'
import { Tally } from './tally.svelte'
import { Tickets } from './tickets.svelte'
import { Toasts } from './toasts.svelte'

const KEY = Symbol('wallet')
/** After these the settings of the tally stay on screen. */
const STAYS: ReadonlySet<SignKind> = new Set(['settings', 'takePart', 'takeNoPart'])

/** Everything the window knows, kept fresh by the wallet's notices. */
export class Wallet {
  readonly clock = new Clock()
  readonly router = new Router()
  readonly toasts = new Toasts()
  readonly payment = new Payment()
  readonly session: Session
  readonly position: Resource<Home>
  readonly connection: Resource<ConnectionView>
  readonly callers: Callers
  readonly reach: Reachability
  readonly tallies: Tallies
  readonly tickets: Tickets
  readonly requests: Requests
  readonly activity: ActivityLog
  readonly glances: Glances
  readonly lifts: Lifting
  readonly invoices: Invoicing
  readonly paying: Paying
  readonly card: OwnCard
  readonly opener: Opener
  readonly camera: Camera
  readonly handing: Handing
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
    this.callers = new Callers(backend)
    this.reach = new Reachability(backend)
    this.tallies = new Tallies(backend)
    this.tickets = new Tickets(backend)
    const owner = () => this.session.identity?.fingerprint ?? null
    this.requests = new Requests(backend)
    this.activity = new ActivityLog(backend, owner)
    this.glances = new Glances(backend)
    this.lifts = new Lifting(backend)
    this.invoices = new Invoicing(backend)
    this.paying = new Paying(backend)
    this.card = new OwnCard(backend)
    this.opener = new Opener(backend)
    this.camera = new Camera(backend)
    this.camera.onFound = (cards) => this.opener.show(cards)
    this.handing = new Handing(backend)
    // What was shown may have left: it can no longer be taken back, and answers that nothing answers are gone.
    this.handing.onShown = (tally) => void Promise.all([this.glances.refresh(tally), this.#refreshTally()])
    this.signing = new Signing(backend)
    this.reading = new Reading(backend, owner)
    this.copies = new Copies(backend)
    this.signing.onSigned = ({ kind, answers }) => {
      if (kind === 'pay' && answers === null) this.payment.clear()
    }
    // Whoever answers a request does so from a list and goes on with it; everything else but settings leads to its tally.
    this.signing.onDone = ({ tally }, { kind, answers }) => {
      if (!STAYS.has(kind) && answers === null) this.openTally(tally, true)
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
      this.requests.refresh(),
      this.activity.refresh(),
      this.glances.refreshAll(),
      this.lifts.refresh(),
      this.invoices.reread(),
      this.paying.reread(),
      this.card.refresh(),
      this.reading.findAll(),
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
  refuse(tally: string, reason: string | null): Promise<boolean> {
    return this.#end(() => this.#backend.refuse(tally, reason))
  }

  /** Takes our own offer back. True once the wallet has taken it. */
  withdraw(tally: string): Promise<boolean> {
    return this.#end(() => this.#backend.withdraw(tally))
  }

  async #end(act: () => Promise<null>): Promise<boolean> {
    if (this.refusing) return false
    this.refusing = true
    this.refusal = null
    try {
      await act()
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
    if (happening.kind === 'connectionChanged') {
      await Promise.all([this.connection.refresh(), this.callers.refresh(), this.reach.refresh()])
      return
    }
    if (happening.kind === 'ticketChanged') return this.tickets.refresh()
    if (happening.kind === 'activityChanged') return this.#refreshActivity()
    // What a lift moves comes as entries of tallies.
    if (happening.kind === 'liftAuditFailed') return this.lifts.refresh()
    if (happening.kind === 'liftChanged') {
      const { session } = happening
      await Promise.all([this.lifts.refresh(), this.invoices.follow(session), this.paying.follow(session)])
      return
    }

    const { tally } = happening
    await Promise.all([
      this.tallies.refresh(),
      this.position.refresh(),
      this.requests.refresh(),
      this.glances.refresh(tally),
      this.lifts.idle.refresh(),
      this.#follow(tally),
    ])
  }

  async #follow(tally: string) {
    if (this.tally?.id === tally) await this.#refreshTally()
    if (this.signing.signed?.tally !== tally && this.signing.preview?.tally !== tally) return
    try {
      const view = await this.#backend.tally(tally)
      this.signing.compare(view)
      this.signing.follow(view)
    } catch {
      // The sheet keeps what it knows; the tally's own page says what is wrong.
    }
  }

  async #refreshActivity() {
    await Promise.all([this.activity.refresh(), this.position.refresh(), this.requests.refresh()])
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
