import { failure, type Event, type Happening, type TicketView } from './backend'
import { DemoActivity } from './demo-activity'
import { DemoDoor } from './demo-door'
import { settle, type DemoTally } from './demo-ledger'
import { DemoInvoices } from './demo-invoices'
import { DemoLifts } from './demo-lifts'
import { DemoRequests } from './demo-requests'

/** What everybody in the demo shares: tallies, tickets, requests, and who listens. */
export class DemoWorld {
  tallies: DemoTally[] = []
  tickets: TicketView[] = []
  readonly requests = new DemoRequests()
  readonly activity = new DemoActivity()
  readonly door = new DemoDoor()
  readonly lifts = new DemoLifts(this)
  readonly invoices = new DemoInvoices(this)
  /** The person wants the router asked to let callers in. */
  asksRouter = false
  /** The person wants partners looked for on the local network. */
  looksNearby = false
  readonly ears = new Set<(event: Event) => void>()
  #seq = 0
  #count = 0
  #pace: number

  constructor(pace: number) {
    this.#pace = pace
  }

  tally(id: string): DemoTally {
    const tally = this.tallies.find(({ row }) => row.id === id)
    if (tally === undefined) throw failure({ kind: 'notFound' })
    return tally
  }

  ticket(id: string): TicketView {
    const ticket = this.tickets.find((one) => one.id === id)
    if (ticket === undefined) throw failure({ kind: 'notFound' })
    return { ...ticket, now: Date.now() }
  }

  keep(ticket: TicketView): TicketView {
    this.tickets = this.tickets.map((other) => (other.id === ticket.id ? ticket : other))
    return ticket
  }

  /** A number no other thing of the demo has. */
  next(): number {
    return (this.#count += 1)
  }

  change(tally: DemoTally, moved: object | null = null) {
    if (moved !== null || tally.row.phase === 'open' || tally.row.phase === 'closing') settle(tally)
    tally.row.lastActivity = Date.now()
    this.tell({ kind: 'tallyChanged', tally: tally.row.id })
    this.tell({ kind: 'activityChanged' })
  }

  tell(happening: Happening) {
    this.#seq += 1
    const event = { seq: this.#seq, happening }
    queueMicrotask(() => this.ears.forEach((hear) => hear(event)))
  }

  later = (steps: number, act: () => void) => {
    setTimeout(act, this.#pace * steps)
  }
}
