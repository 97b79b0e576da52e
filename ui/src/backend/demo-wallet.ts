import {
  failure,
  type AppState,
  type Backend,
  type CodeCard,
  type Event,
  type Happening,
  type IdentityView,
  type InviteTerms,
  type NewIdentity,
  type SignKind,
  type SignPreview,
  type Signed,
  type TicketView,
} from './backend'
import { goodCard, inspect } from './demo-codes'
import {
  blank,
  CONTRACT,
  demoTallies,
  fingerprintOf,
  opened,
  person,
  settle,
  type DemoTally,
} from './demo-people'
import { homeOf } from './demo-home'
import { previewOf } from './demo-sign'
import { pretendCode } from './demo-qr'

const HOUR = 3_600_000
const PAGE = 8
const DANA: IdentityView = {
  name: 'Dana Whitlock',
  address: 'chip://dana:Qw2xV7Zk@198.51.100.7:65430',
  fingerprint: fingerprintOf('Dana Whitlock'),
  words: ['orchard', 'flint', 'thread', 'gull'],
  protector: 'keychain',
}

/** All of it in memory: the other people answer by themselves, each after `pace`. */
export class DemoWallet {
  #app: AppState
  #tallies: DemoTally[] = []
  #tickets: TicketView[] = []
  #cards = new Map<string, CodeCard>()
  #previews = new Map<string, SignPreview>()
  #ears = new Set<(event: Event) => void>()
  #seq = 0
  #count = 0
  #pace: number

  constructor(scene: string, pace: number) {
    this.#pace = pace
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
    return {
      appState: async () => this.#app,
      identityCreate: async (identity) => this.#create(identity),
      unlock: async (passphrase) => this.#unlock(passphrase),
      choose: async (choices) => {
        this.#app = { ...this.#app, choices }
        return null
      },
      home: async () => homeOf(this.#tallies),
      connection: async () => ({
        state: 'online',
        why: 'reached',
        listening: '198.51.100.7:65430',
        links: 2,
        waiting: this.#tallies.reduce((sum, tally) => sum + tally.inFlight.length, 0),
      }),
      tallies: async () =>
        this.#tallies
          .map((tally) => structuredClone(tally.row))
          .toSorted((a, b) => b.lastActivity - a.lastActivity),
      tally: async (id) => structuredClone(this.#tally(id)),
      history: async (id, before) => this.#history(id, before),
      contract: async (hash) => (hash === CONTRACT.hash ? CONTRACT : refuse('contractMissing')),
      contracts: async () => [CONTRACT],
      invite: async (terms) => this.#invite(terms),
      ticket: async (id) => this.#ticket(id),
      tickets: async () => this.#tickets.map((ticket) => ({ ...ticket, now: Date.now() })),
      ticketRevoke: async (id) => this.#revoke(id),
      codeInspect: async (text) => this.#see(inspect(text, Date.now())),
      imageInspect: async (image) => this.#look(image),
      contact: async (inspection) => this.#contact(inspection),
      offerPreview: async (id) => this.#preview('offer', id, null, null),
      acceptPreview: async (id) => this.#preview('accept', id, null, null),
      payPreview: async (id, units, memo) => this.#preview('pay', id, units, memo),
      sign: async (preview) => this.#sign(preview),
      refuse: async (id, reason) => this.#refuse(id, reason),
      listen: async (hear) => {
        this.#ears.add(hear)
        return () => this.#ears.delete(hear)
      },
    }
  }

  #fill() {
    const now = Date.now()
    this.#tallies = demoTallies(now)
    const ana = this.#tally('tally-1')
    ana.entries.push({
      id: 'tally-1-24',
      index: 24,
      at: now - 420_000,
      kind: 'payment',
      direction: 'towardThem',
      units: 3000,
      memo: 'tram tickets, two',
      balanceAfter: ana.row.balance - 3000,
      stage: 'delivered',
      recordedAt: now - 420_000,
      deliveredAt: now - 419_000,
      matchedAt: null,
    })
    settle(ana)
    const garden = this.#invite({
      template: 'friend',
      theyMayOwe: 20_000,
      noticeDays: 14,
      goodFor: 172_800,
      note: 'Hill Street Garden',
    })
    this.#tickets = [{ ...garden, createdAt: now - 20 * HOUR, expiresAt: now + 28 * HOUR }]
    this.#tally(garden.tally).row.lastActivity = now - 30 * HOUR
  }

  #create(identity: NewIdentity): AppState {
    if (identity.protector.kind === 'passphrase' && new Set(identity.protector.passphrase).size < 5)
      throw failure({ kind: 'weakPassphrase', reason: 'tooUniform' })
    const view = { ...DANA, name: identity.name, protector: identity.protector.kind }
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

  #history(id: string, before: number | null) {
    const { entries } = this.#tally(id)
    const older = entries.filter((entry) => before === null || entry.index < before).toReversed()
    const page = older.slice(0, PAGE)
    return {
      entries: structuredClone(page),
      next: older.length > PAGE ? (page.at(-1)?.index ?? null) : null,
      total: entries.length,
    }
  }

  #invite(terms: InviteTerms): TicketView {
    const now = Date.now()
    const id = `ticket-${(this.#count += 1)}`
    const tally = blank(
      `tally-of-${id}`,
      null,
      'draft',
      { limit: terms.theyMayOwe, noticeDays: terms.noticeDays },
      now,
    )
    tally.row.ticket = id
    this.#tallies.push(tally)
    const ticket: TicketView = {
      id,
      tally: tally.row.id,
      state: 'live',
      link: `chip://dana:Qw2xV7Zk@198.51.100.7:65430?ticket=demo-${id}`,
      ...pretendCode(id),
      createdAt: now,
      expiresAt: now + terms.goodFor * 1000,
      now,
      terms: tally.myTerms,
      template: terms.template,
      fingerprint: DANA.fingerprint,
      words: ['amber', 'ladder', 'violet', 'mill'],
      usedBy: null,
      note: terms.note,
    }
    this.#tickets.unshift(ticket)
    this.#tell({ kind: 'tallyChanged', tally: tally.row.id })
    return ticket
  }

  /** Somebody scans the ticket; called by the tests and by hand from the console. */
  use(id: string) {
    const now = Date.now()
    const usedBy = person('Farida Noor', 2, 4000, now)
    const ticket = this.#ticket(id)
    this.#keep({ ...ticket, state: 'used', usedBy, link: null, svg: null, modules: null })
    const tally = this.#tally(ticket.tally)
    tally.row = { ...tally.row, partner: usedBy, phase: 'partnerDraft', lastActivity: now, ticket: null }
    tally.theirTerms = { limit: 25_000, noticeDays: 30 }
    tally.row.iMayOwe = 25_000
    this.#tell({ kind: 'ticketChanged', ticket: id })
    this.#tell({ kind: 'tallyChanged', tally: ticket.tally })
  }

  #revoke(id: string): TicketView {
    const ticket = this.#keep({ ...this.#ticket(id), state: 'revoked', link: null, svg: null, modules: null })
    this.#tally(ticket.tally).row.phase = 'void'
    this.#tell({ kind: 'ticketChanged', ticket: id })
    return ticket
  }

  #look(image: Uint8Array): CodeCard[] {
    if (image.length === 0) throw failure({ kind: 'unreadableImage' })
    return [this.#see(goodCard(Date.now()))]
  }

  #see(card: CodeCard): CodeCard {
    if (card.inspection !== null) this.#cards.set(card.inspection, card)
    return card
  }

  #contact(inspection: string): string {
    const card = this.#cards.get(inspection)
    if (card === undefined) throw failure({ kind: 'notContactable' })
    this.#cards.delete(inspection)
    const now = Date.now()
    const partner = { ...person(card.name ?? '', 1, 2000, now), fingerprint: card.fingerprint ?? '' }
    const tally = blank(`tally-with-${inspection}`, partner, 'contacted', { limit: 0, noticeDays: 30 }, now)
    tally.theirTerms = { limit: card.limit, noticeDays: 30 }
    tally.row.iMayOwe = card.limit
    this.#tallies.push(tally)
    this.#change(tally)
    this.#later(3, () => {
      tally.row.phase = 'offeredToUs'
      this.#change(tally)
    })
    return tally.row.id
  }

  #preview(kind: SignKind, id: string, units: number | null, memo: string | null): SignPreview {
    const preview = previewOf(this.#tally(id), { kind, units, memo }, (this.#count += 1))
    this.#previews.set(preview.id, preview)
    return preview
  }

  #sign(id: string): Signed {
    const preview = this.#previews.get(id)
    if (preview === undefined || preview.expiresAt < Date.now()) throw failure({ kind: 'stale' })
    this.#previews.delete(id)
    const tally = this.#tally(preview.tally)
    if (preview.kind === 'pay') this.#pay(tally, preview)
    else this.#agree(tally, preview.kind)
    return { tally: preview.tally, entry: preview.entry }
  }

  #pay(tally: DemoTally, { entry: id, units, memo, date, after }: SignPreview) {
    const entry: DemoTally['entries'][number] = {
      id: id ?? '',
      index: tally.entries.length + 1,
      at: date,
      kind: 'payment',
      direction: 'towardThem',
      units: units ?? 0,
      memo,
      balanceAfter: after.balance,
      stage: 'signed',
      recordedAt: date,
      deliveredAt: null,
      matchedAt: null,
    }
    tally.entries.push(entry)
    this.#change(tally)
    this.#later(1, () =>
      this.#change(tally, Object.assign(entry, { stage: 'delivered', deliveredAt: Date.now() })),
    )
    this.#later(3, () => this.#change(tally, Object.assign(entry, { stage: 'accepted' })))
    this.#later(4, () =>
      this.#change(tally, Object.assign(entry, { stage: 'matched', matchedAt: Date.now() })),
    )
  }

  #agree(tally: DemoTally, kind: SignKind) {
    tally.row.phase = kind === 'offer' ? 'offering' : 'accepting'
    this.#change(tally)
    if (kind === 'offer')
      this.#later(1, () => {
        tally.row.phase = 'offered'
        this.#change(tally)
      })
    this.#later(3, () => {
      opened(tally)
      this.#change(tally)
    })
  }

  #refuse(id: string, reason: string | null): null {
    const tally = this.#tally(id)
    tally.row.phase = 'void'
    tally.reason = reason
    this.#change(tally)
    return null
  }

  #change(tally: DemoTally, moved: object | null = null) {
    if (moved !== null || tally.row.phase === 'open') settle(tally)
    tally.row.lastActivity = Date.now()
    this.#tell({ kind: 'tallyChanged', tally: tally.row.id })
  }

  #tell(happening: Happening) {
    this.#seq += 1
    const event = { seq: this.#seq, happening }
    queueMicrotask(() => this.#ears.forEach((hear) => hear(event)))
  }

  #later(steps: number, act: () => void) {
    setTimeout(act, this.#pace * steps)
  }

  #keep(ticket: TicketView): TicketView {
    this.#tickets = this.#tickets.map((other) => (other.id === ticket.id ? ticket : other))
    return ticket
  }

  #ticket(id: string): TicketView {
    return this.#tickets.find((ticket) => ticket.id === id) ?? refuse('notFound')
  }

  #tally(id: string): DemoTally {
    return this.#tallies.find((tally) => tally.row.id === id) ?? refuse('notFound')
  }
}

function refuse(kind: 'notFound' | 'contractMissing'): never {
  throw failure({ kind })
}
