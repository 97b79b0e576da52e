import {
  failure,
  type AppState,
  type Backend,
  type Card,
  type CodeCard,
  type ContractView,
  type NewIdentity,
  type SignPreview,
  type Signed,
} from './backend'
import { demoEye } from './demo-camera'
import { goodCard, inspect } from './demo-codes'
import { CONTRACT, imported } from './demo-contracts'
import { disputeAt, evidenceOf } from './demo-dispute'
import { homeOf } from './demo-home'
import { contact, DANA, invite, revoke, useTicket } from './demo-invites'
import { entryOf, pageOf, settle } from './demo-ledger'
import { handedOver } from './demo-hands'
import { demoInvoices } from './demo-invoices'
import { demoLifts } from './demo-lifts'
import { demoTallies } from './demo-people'
import { reachOf } from './demo-reach'
import { previewOf, type Wish } from './demo-sign'
import { answered, carryOut } from './demo-signed'
import { renegotiate } from './demo-talk'
import { DemoWorld } from './demo-world'

const HOUR = 3_600_000

/** All of it in memory: the other people answer by themselves, each after `pace`. */
export class DemoWallet {
  #world: DemoWorld
  #scene: string
  #app: AppState
  #card: Card = { name: DANA.name, email: 'dana@example.org', phone: null, place: null }
  #contracts: ContractView[] = [CONTRACT]
  #cards = new Map<string, CodeCard>()
  #previews = new Map<string, SignPreview>()

  constructor(scene: string, pace: number) {
    this.#world = new DemoWorld(pace)
    this.#scene = scene
    const settled = scene === 'full' || scene === 'empty'
    this.#app = {
      stage: settled ? 'ready' : scene === 'locked' ? 'locked' : 'new',
      version: '0.1.0',
      choices: { theme: 'system', hideAmounts: false },
      keychain: scene === 'missing' ? 'missing' : scene === 'refused' ? 'refused' : 'works',
      identity: settled ? DANA : null,
    }
    if (scene === 'full') this.#fill()
  }

  backend(): Backend {
    const world = this.#world
    return {
      appState: async () => this.#app,
      identityCreate: async (identity) => this.#create(identity),
      unlock: async (passphrase) => this.#unlock(passphrase),
      choose: async (choices) => {
        this.#app = { ...this.#app, choices }
        return null
      },
      identityCard: async () => this.#card,
      identityCardSave: async (card) => {
        this.#card = { ...card, name: this.#card.name }
        return null
      },
      home: async () => homeOf(world.tallies, world.requests.list(null)),
      activity: async (before) =>
        world.activity.page(before, world.tallies, world.requests.list(null), world.tickets),
      activityRead: async (through) => {
        world.activity.read(through)
        world.tell({ kind: 'activityChanged' })
        return null
      },
      connection: async () => ({
        state: 'online',
        why: 'reached',
        reach: reachOf(world).verdict,
        listening: '198.51.100.7:65430',
        links: 2,
        waiting: world.tallies.reduce((sum, tally) => sum + tally.inFlight.length, 0),
        clock: null,
      }),
      reach: async () => reachOf(world),
      openRouter: async (wanted) => {
        world.asksRouter = wanted
        return reachOf(world)
      },
      findNearby: async (wanted) => {
        world.looksNearby = wanted
        return reachOf(world)
      },
      doors: async () => world.door.view(),
      forgive: async (address) => world.door.forgive(address),
      tallies: async () =>
        world.tallies
          .map((tally) => structuredClone(tally.row))
          .toSorted((a, b) => b.lastActivity - a.lastActivity),
      tally: async (id) => structuredClone(world.tally(id)),
      history: async (id, before, filter) => pageOf(world.tally(id), before, filter),
      entryCancel: async (id, entry) => this.#cancel(id, entry),
      compare: async (id) => this.#compare(id),
      evidence: async (id) => evidenceOf(world.tally(id)),
      historySave: async (id) => `/home/demo/Downloads/tally-${id}.history.csv`,
      evidenceSave: async (id) => `/home/demo/Downloads/${evidenceOf(world.tally(id)).name}`,
      settings: async (id) => {
        const { mine, theirs } = world.tally(id)
        return structuredClone({ tally: id, mine, theirs, chargesApplied: false })
      },
      contract: async (hash) => this.#contracts.find((one) => one.hash === hash) ?? missing(),
      contracts: async () => this.#contracts,
      contractImport: async (text) => {
        const contract = imported(text)
        this.#contracts = [...this.#contracts.filter((one) => one.hash !== contract.hash), contract]
        return contract
      },
      invite: async (terms) => invite(world, terms),
      ticket: async (id) => world.ticket(id),
      tickets: async () => world.tickets.map((ticket) => ({ ...ticket, now: Date.now() })),
      ticketRevoke: async (id) => revoke(world, id),
      handOver: async (id) => handedOver(world.tally(id)),
      takeOver: async () => 'tally-2',
      ticketSave: async (id, form) =>
        `/home/dana/Downloads/invitation-${id}.${form === 'picture' ? 'png' : 'tallyticket'}`,
      print: async () => {
        window.print()
        return null
      },
      codeInspect: async (text) => this.#see(inspect(text, Date.now())),
      imageInspect: async (image) => this.#look(image),
      screenInspect: async () => [
        this.#see(inspect('chip://demo?ticket=screen', Date.now())),
        this.#see(inspect('4006381333931', Date.now())),
      ],
      ...demoLifts(world, (id, wanted) => this.#preview(id, { kind: wanted ? 'takePart' : 'takeNoPart' })),
      ...demoInvoices(world),
      ...demoEye(this.#scene, (text) => this.#see(inspect(text, Date.now()))),
      contact: async (inspection, disclose) => {
        const card = this.#cards.get(inspection)
        if (card === undefined) throw failure({ kind: 'notContactable' })
        this.#cards.delete(inspection)
        return contact(world, card, disclose)
      },
      offerPreview: async (id) => this.#preview(id, { kind: 'offer' }),
      counterPreview: async (id, terms) => this.#preview(id, { kind: 'counter', terms }),
      acceptPreview: async (id) => this.#preview(id, { kind: 'accept' }),
      payPreview: async (id, units, memo) => this.#preview(id, { kind: 'pay', units, memo }),
      grantPreview: async (id, asked) => {
        const request = world.requests.find(asked)
        if (request.mine || request.state !== 'waiting') throw failure({ kind: 'outOfTurn' })
        return this.#preview(id, { kind: 'pay', units: request.units, memo: request.memo, request })
      },
      settingsPreview: async (id, draft) => this.#preview(id, { kind: 'settings', draft }),
      closePreview: async (id) => this.#preview(id, { kind: 'close' }),
      keepOpenPreview: async (id) => this.#preview(id, { kind: 'keepOpen' }),
      callPreview: async (id, by) => this.#preview(id, { kind: 'call', by }),
      forgivePreview: async (id) => this.#preview(id, { kind: 'forgive' }),
      sign: async (preview) => this.#sign(preview),
      refuse: async (id, reason) => this.#end(id, reason),
      withdraw: async (id) => this.#end(id, null),
      requests: async (id) => world.requests.list(id),
      request: async (id, units, memo, days) => {
        const request = world.requests.ask(world.tally(id), units, memo, days)
        world.change(world.tally(id))
        return request.id
      },
      requestAgain: async (id, request, units, memo, days) => {
        world.requests.again(world.tally(id), request, units, memo, days)
        world.change(world.tally(id))
        return null
      },
      requestWithdraw: async (id, request) => this.#answer(id, request, 'withdrawn', null),
      requestRefuse: async (id, request, reason) => this.#answer(id, request, 'refused', reason),
      listen: async (hear) => {
        world.ears.add(hear)
        return () => world.ears.delete(hear)
      },
    }
  }

  /** Somebody scans the ticket; called by the tests and by hand from the console. */
  use(id: string) {
    useTicket(this.#world, id)
  }

  /** The other side changes the offer that lies with us, or says that it is changing ours. */
  rethink(id: string, limit: number | null) {
    const tally = this.#world.tally(id)
    if (tally.negotiation === null) return
    if (limit === null) tally.negotiation = { ...tally.negotiation, revising: true }
    else renegotiate(tally, limit)
    this.#world.change(tally)
  }

  /** The other side answers a request of ours: with a reason it is refused, else paid. */
  answer(request: string, reason: string | null) {
    answered(this.#world, request, reason)
  }

  /** Invoices, to be turned from outside. */
  get invoices() {
    return this.#world.invoices
  }

  /** Lifts, to be promised, decided and spoilt from outside. */
  get lifts() {
    return this.#world.lifts
  }

  /** The copies of a tally begin to differ from an entry on. */
  dispute(id: string, index: number) {
    const tally = this.#world.tally(id)
    tally.dispute = disputeAt(tally, index, Date.now())
    this.#world.activity.note(tally, { kind: 'disputeBegan', at: Date.now() })
    this.#world.change(tally)
  }

  /** They match again. */
  repair(id: string) {
    const tally = this.#world.tally(id)
    tally.dispute = null
    this.#world.activity.note(tally, { kind: 'disputeEnded', at: Date.now() })
    this.#world.change(tally)
  }

  #fill() {
    const world = this.#world
    const now = Date.now()
    world.door.fill(now)
    world.tallies = demoTallies(now)
    const find = (id: string) => world.tally(id)
    const flying = { deliveredAt: null, matchedAt: null }
    const ana = find('tally-1')
    const tram = { at: now - 420_000, units: 3000, memo: 'tram tickets, two', recordedAt: now - 420_000 }
    ana.entries.push(
      entryOf(ana, {
        ...tram,
        ...flying,
        stage: 'delivered',
        balanceAfter: ana.row.balance - 3000,
        deliveredAt: now - 419_000,
      }),
    )
    const bikes = find('tally-6')
    const tubes = { at: now - 5 * HOUR, units: 2500, memo: 'inner tubes', recordedAt: now - 5 * HOUR }
    bikes.entries.push(
      entryOf(bikes, { ...tubes, ...flying, stage: 'signed', balanceAfter: bikes.row.balance - 2500 }),
    )
    bikes.cancelled = [
      {
        id: 'tally-6-cancelled',
        units: 1200,
        memo: 'lamp',
        at: now - 31 * HOUR,
        cancelledAt: now - 30 * HOUR,
      },
    ]
    const mira = find('tally-9')
    mira.dispute = disputeAt(mira, 6, now - 14 * HOUR)
    for (const entry of mira.entries.slice(5)) Object.assign(entry, { stage: 'accepted', matchedAt: null })
    world.requests.fill(find)
    world.activity.fill(find)
    world.lifts.fill()
    world.invoices.fill()
    for (const tally of [ana, bikes, mira]) settle(tally)
    const terms = { theyMayOwe: 20_000, noticeDays: 14, goodFor: 172_800, uses: 1, onlyFor: null }
    const words = { note: 'Hill Street Garden', memo: null, contract: null, disclose: [] }
    const garden = invite(world, { template: 'friend', ...terms, ...words })
    world.tickets = [{ ...garden, createdAt: now - 20 * HOUR, expiresAt: now + 28 * HOUR }]
    find(garden.tally).row.lastActivity = now - 30 * HOUR
  }

  #create(identity: NewIdentity): AppState {
    if (identity.protector.kind === 'passphrase' && new Set(identity.protector.passphrase).size < 5)
      throw failure({ kind: 'weakPassphrase', reason: 'tooUniform' })
    const view = { ...DANA, name: identity.name, protector: identity.protector.kind }
    this.#card = { name: identity.name, email: null, phone: null, place: null }
    this.#app = { ...this.#app, stage: 'ready', identity: view }
    return this.#app
  }

  #unlock(passphrase: string): AppState {
    if (passphrase === '') throw failure({ kind: 'locked' })
    if (passphrase !== 'four unrelated words') throw failure({ kind: 'wrongPassphrase' }, true)
    this.#app = { ...this.#app, stage: 'ready', identity: { ...DANA, protector: 'passphrase' } }
    this.#fill()
    return this.#app
  }

  #look(image: Uint8Array): CodeCard[] {
    if (image.length === 0) throw failure({ kind: 'unreadableImage' })
    return [this.#see(goodCard(Date.now()))]
  }

  #see(card: CodeCard): CodeCard {
    if (card.inspection !== null) this.#cards.set(card.inspection, card)
    return card
  }

  #preview(id: string, wish: Wish): SignPreview {
    const preview = previewOf(this.#world.tally(id), wish, this.#world.next())
    this.#previews.set(preview.id, preview)
    return preview
  }

  #sign(id: string): Signed {
    const preview = this.#previews.get(id)
    if (preview === undefined || preview.expiresAt < Date.now()) throw failure({ kind: 'stale' })
    this.#previews.delete(id)
    carryOut(this.#world, preview)
    return { tally: preview.tally, entry: preview.entry }
  }

  #cancel(id: string, entry: string): null {
    const tally = this.#world.tally(id)
    const queued = tally.entries.find((one) => one.id === entry)
    if (queued === undefined) throw failure({ kind: 'notFound' })
    if (!queued.cancellable) throw failure({ kind: 'cannotCancel' })
    const { units, memo, at } = queued
    tally.entries = tally.entries.filter((one) => one !== queued)
    tally.cancelled = [{ id: entry, units, memo, at, cancelledAt: Date.now() }, ...tally.cancelled]
    this.#world.activity.note(tally, { kind: 'entryCancelled', at: Date.now(), units: -units, memo })
    this.#world.change(tally)
    return null
  }

  #compare(id: string): null {
    const tally = this.#world.tally(id)
    this.#world.later(1, () => {
      if (tally.away) return
      tally.proof.comparedAt = Date.now()
      this.#world.change(tally)
    })
    return null
  }

  #answer(id: string, request: string, state: 'withdrawn' | 'refused', reason: string | null): null {
    const tally = this.#world.tally(id)
    const { units, memo } = this.#world.requests.answer(request, state, reason)
    const kind = state === 'refused' ? 'requestRefused' : 'requestWithdrawn'
    const at = Date.now()
    this.#world.activity.note(tally, {
      kind,
      at,
      request,
      units: state === 'refused' ? -units : units,
      memo,
      reason,
    })
    this.#world.change(tally)
    return null
  }

  #end(id: string, reason: string | null): null {
    const tally = this.#world.tally(id)
    const withdrawn = tally.negotiation?.canWithdraw === true
    tally.row.phase = 'void'
    tally.reason = reason
    tally.negotiation = null
    this.#world.activity.note(tally, {
      kind: withdrawn ? 'tallyWithdrawn' : 'tallyRefused',
      at: Date.now(),
      reason,
    })
    this.#world.change(tally)
    return null
  }
}

function missing(): never {
  throw failure({ kind: 'contractMissing' })
}
