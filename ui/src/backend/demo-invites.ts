import {
  failure,
  type CardField,
  type CodeCard,
  type IdentityView,
  type InviteTerms,
  type TicketView,
} from './backend'
import { blank, fingerprintOf, person } from './demo-people'
import { pretendCode } from './demo-qr'
import { talkOf } from './demo-talk'
import type { DemoWorld } from './demo-world'

export const DANA: IdentityView = {
  name: 'Dana Whitlock',
  address: 'chip://dana:Qw2xV7Zk@198.51.100.7:65430',
  fingerprint: fingerprintOf('Dana Whitlock'),
  words: ['orchard', 'flint', 'thread', 'gull'],
  protector: 'keychain',
}

export function invite(world: DemoWorld, terms: InviteTerms): TicketView {
  if (terms.onlyFor !== null && !terms.onlyFor.startsWith('chip://')) throw failure({ kind: 'badAddress' })
  const now = Date.now()
  const id = `ticket-${world.next()}`
  const mine = { limit: terms.theyMayOwe, noticeDays: terms.noticeDays }
  const tally = blank(`tally-of-${id}`, null, 'draft', mine, now)
  tally.row.ticket = id
  tally.memo = terms.memo
  tally.disclosed = terms.disclose
  world.tallies.push(tally)
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
    uses: terms.uses,
    used: 0,
    onlyFor: terms.onlyFor,
  }
  world.tickets.unshift(ticket)
  world.tell({ kind: 'tallyChanged', tally: tally.row.id })
  world.tell({ kind: 'activityChanged' })
  return ticket
}

/** Somebody scans the ticket. A counter card stays good until its last use; its first user shows here. */
export function useTicket(world: DemoWorld, id: string) {
  const now = Date.now()
  const usedBy = person('Farida Noor', 2, 4000, now)
  const ticket = world.ticket(id)
  const used = ticket.used + 1
  const over = used >= ticket.uses
  world.keep({
    ...ticket,
    used,
    usedBy,
    ...(over ? { state: 'used' as const, link: null, svg: null, modules: null } : {}),
  })
  const tally = world.tally(ticket.tally)
  tally.row = { ...tally.row, partner: usedBy, phase: 'partnerDraft', lastActivity: now, ticket: null }
  tally.theirTerms = { limit: 25_000, noticeDays: 30 }
  tally.row.iMayOwe = 25_000
  tally.negotiation = talkOf('partnerDraft')
  tally.theirCard = { name: usedBy.name, email: 'farida@example.org', phone: null, place: 'Hill Street 4' }
  world.tell({ kind: 'ticketChanged', ticket: id })
  world.tell({ kind: 'tallyChanged', tally: ticket.tally })
  world.tell({ kind: 'activityChanged' })
}

export function revoke(world: DemoWorld, id: string): TicketView {
  const ticket = world.keep({
    ...world.ticket(id),
    state: 'revoked',
    link: null,
    svg: null,
    modules: null,
  })
  world.tally(ticket.tally).row.phase = 'void'
  world.tell({ kind: 'ticketChanged', ticket: id })
  return ticket
}

/** Sends our card to the maker of a code, who offers after a while. */
export function contact(world: DemoWorld, card: CodeCard, disclose: CardField[]): string {
  const now = Date.now()
  const partner = { ...person(card.name ?? '', 1, 2000, now), fingerprint: card.fingerprint ?? '' }
  const terms = { limit: 0, noticeDays: 30 }
  const tally = blank(`tally-with-${card.inspection}`, partner, 'contacted', terms, now)
  tally.theirTerms = { limit: card.limit, noticeDays: 30 }
  tally.row.iMayOwe = card.limit
  tally.disclosed = disclose
  world.tallies.push(tally)
  world.change(tally)
  world.later(3, () => {
    tally.row.phase = 'offeredToUs'
    tally.negotiation = talkOf('offeredToUs')
    world.change(tally)
  })
  return tally.row.id
}
