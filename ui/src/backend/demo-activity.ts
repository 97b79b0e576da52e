import type { Activity, ActivityItem, ActivityKind, RequestView, TicketView } from './backend'
import type { DemoTally } from './demo-ledger'

const HOUR = 3_600_000
const DAY = 24 * HOUR
const PAGE = 20

type Part = Partial<ActivityItem> & { kind: ActivityKind; at: number }

/** What happened, as it is remembered; what is needed and what is waited for follow from the tallies. */
export class DemoActivity {
  #happened: ActivityItem[] = []
  #count = 0

  /** Keeps something that happened. */
  note(tally: DemoTally, part: Part) {
    this.#count += 1
    this.#happened.unshift(item(tally, `happened-${this.#count}`, part))
  }

  fill(tally: (id: string) => DemoTally) {
    const now = Date.now()
    const past: [string, Part][] = [
      ['tally-10', { kind: 'tallyClosed', at: now - 40 * DAY }],
      [
        'tally-3',
        {
          kind: 'requestRanOut',
          at: now - 20 * DAY,
          request: 'request-1',
          units: 3000,
          memo: 'tables for the fair',
        },
      ],
      ['tally-7', { kind: 'settingsMine', at: now - 10 * DAY }],
      [
        'tally-5',
        {
          kind: 'requestRefused',
          at: now - 5 * DAY,
          request: 'request-3',
          units: 6000,
          memo: 'chain saw, two days',
          reason: 'we said 5',
        },
      ],
      ['tally-6', { kind: 'received', at: now - 2 * DAY, units: 42_000, memo: 'stocktaking' }],
      ['tally-6', { kind: 'entryCancelled', at: now - 30 * HOUR, units: -1200, memo: 'lamp' }],
      ['tally-4', { kind: 'received', at: now - DAY, units: 10_500, memo: 'fence posts' }],
      ['tally-9', { kind: 'disputeBegan', at: now - 14 * HOUR, read: false }],
      ['tally-3', { kind: 'paid', at: now - 5 * HOUR, units: -7000, memo: 'flour', read: false }],
    ]
    for (const [id, part] of past) this.note(tally(id), { read: true, ...part })
  }

  page(
    before: number | null,
    tallies: DemoTally[],
    requests: RequestView[],
    tickets: TicketView[],
  ): Activity {
    const older = this.#happened.filter((one) => before === null || one.at < before)
    const happened = older.slice(0, PAGE)
    return {
      needs: before === null ? needsOf(tallies, requests) : [],
      waiting: before === null ? waitingOf(tallies, requests, tickets) : [],
      happened: structuredClone(happened),
      next: older.length > PAGE ? (happened.at(-1)?.at ?? null) : null,
      unread: this.#happened.filter((one) => !one.read).length,
    }
  }

  /** Everything up to this one has been seen. */
  read(through: string) {
    const from = this.#happened.findIndex((one) => one.id === through)
    if (from >= 0) for (const one of this.#happened.slice(from)) one.read = true
  }
}

function item(tally: DemoTally, id: string, part: Part): ActivityItem {
  return {
    id,
    tally: tally.row.id,
    partner: tally.row.partner,
    entry: null,
    request: null,
    lift: null,
    count: 1,
    units: null,
    memo: null,
    reason: null,
    until: null,
    read: false,
    ...part,
  }
}

function needsOf(tallies: DemoTally[], requests: RequestView[]): ActivityItem[] {
  const found = tallies.flatMap((tally) => {
    const { row, theirs, closing, dispute } = tally
    const items: ActivityItem[] = []
    const need = (kind: ActivityKind, at: number, until: number | null = null) =>
      items.push(item(tally, `need-${kind}-${row.id}`, { kind, at, until }))
    if (dispute) need('mismatch', dispute.since)
    if (row.phase === 'partnerDraft') need('reviewAnswer', row.lastActivity)
    if (row.phase === 'offeredToUs') need('reviewOffer', row.lastActivity)
    if (closing?.byThem && !closing.byMe) need('closeAsked', theirs.since ?? row.lastActivity)
    if (theirs.call !== null && row.balance < 0) need('called', theirs.since ?? row.lastActivity, theirs.call)
    return items
  })
  const asked = requests.filter((request) => !request.mine && request.state === 'waiting')
  return [...found, ...asked.flatMap((request) => requestItem(tallies, request, 'payRequest'))].toSorted(
    (a, b) => (a.until ?? Infinity) - (b.until ?? Infinity) || b.at - a.at,
  )
}

function waitingOf(tallies: DemoTally[], requests: RequestView[], tickets: TicketView[]): ActivityItem[] {
  const found = tallies.flatMap((tally) => {
    const { row } = tally
    const items = tally.inFlight
      .filter((entry) => entry.direction === 'towardThem')
      .map((entry) =>
        item(tally, `waiting-${entry.id}`, {
          kind: 'entryQueued',
          at: entry.at,
          entry: entry.id,
          units: entry.kind === 'settings' ? null : -entry.units,
          memo: entry.memo,
        }),
      )
    if (row.phase === 'offering' || row.phase === 'offered')
      items.push(item(tally, `waiting-offer-${row.id}`, { kind: 'offerSent', at: row.lastActivity }))
    if (row.phase === 'contacted')
      items.push(item(tally, `waiting-contact-${row.id}`, { kind: 'contacted', at: row.lastActivity }))
    const ticket = tickets.find((one) => one.id === row.ticket && one.state === 'live')
    if (ticket)
      items.push(
        item(tally, `waiting-${ticket.id}`, {
          kind: 'ticketShown',
          at: ticket.createdAt,
          until: ticket.expiresAt,
        }),
      )
    return items
  })
  const asking = requests.filter((request) => request.mine && request.state === 'waiting')
  return [...found, ...asking.flatMap((request) => requestItem(tallies, request, 'requestSent'))].toSorted(
    (a, b) => b.at - a.at,
  )
}

function requestItem(tallies: DemoTally[], request: RequestView, kind: ActivityKind): ActivityItem[] {
  const tally = tallies.find((one) => one.row.id === request.tally)
  if (tally === undefined) return []
  const { id, memo, at, until } = request
  const units = request.mine ? request.units : -request.units
  return [item(tally, `${kind}-${id}`, { kind, at, until, request: id, units, memo })]
}
