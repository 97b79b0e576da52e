import { failure, type InvoiceView, type PaymentView } from './backend'
import { goodCard } from './demo-codes'
import { fingerprintOf } from './demo-people'
import { pretendCode } from './demo-qr'
import type { DemoWorld } from './demo-world'
import type { Invoices } from './invoices'

const HOUR = 3_600_000
const DAY = 24 * HOUR

/** Invoices of the made-up people, and payments to strangers. */
export class DemoInvoices {
  invoices: InvoiceView[] = []
  payments: PaymentView[] = []
  #world: DemoWorld

  constructor(world: DemoWorld) {
    this.#world = world
  }

  /** One of each outcome, for the pictures. */
  fill() {
    const now = Date.now()
    const made = (ago: number, part: Partial<InvoiceView>) =>
      this.#make(now - ago, { expiresAt: now - ago + DAY, ...part })
    made(9 * DAY, { units: 18_000, memo: 'two chairs', state: 'expired' })
    made(2 * DAY, { units: 6500, memo: 'jam, 5 jars', state: 'paid', lift: 'lift-3' })
    made(40 * 60_000, { units: null, memo: 'for the garden', state: 'waiting' })
  }

  find(id: string): InvoiceView {
    const invoice = this.invoices.find((one) => one.id === id)
    if (invoice === undefined) throw failure({ kind: 'notFound' })
    return invoice
  }

  payment(id: string): PaymentView {
    const found = this.payments.find((one) => one.id === id)
    if (found === undefined) throw failure({ kind: 'notFound' })
    return found
  }

  make(units: number | null, memo: string | null, reference: string | null, goodFor: number): InvoiceView {
    if (units !== null && units <= 0) throw failure({ kind: 'badAmount' })
    const now = Date.now()
    return this.#make(now, { units, memo, reference, expiresAt: now + goodFor * 1000 })
  }

  /** What became of one; called by the tests and by hand from the console. */
  turn(id: string, state: InvoiceView['state']) {
    const invoice = this.find(id)
    const over = state === 'waiting' || state === 'coming' ? {} : { svg: null, modules: null }
    Object.assign(invoice, { state, lift: state === 'waiting' ? null : 'lift-0', ...over })
    this.#world.tell({ kind: 'liftChanged', session: id })
  }

  /**
   * `payFar` is one to which nobody knows a way. As in the wallet itself, an amount that was chosen is kept only once it
   * is signed, and a try that came to nothing is told of until the next one.
   */
  look(code: string, units: number | null): PaymentView {
    const opens = code.includes('Open')
    if (opens && (units === null || units <= 0)) throw failure({ kind: 'badAmount' })
    const id = `pay-${code}`
    const before = this.payments.find((one) => one.id === id)
    if (before !== undefined && before.state !== 'noWay') return before
    const via = this.#world.tallies.find(({ row }) => row.phase === 'open')?.row.partner ?? null
    const far = code.includes('Far')
    const payment: PaymentView = {
      id,
      payee: goodCard(Date.now()).address ?? '',
      fingerprint: fingerprintOf('Farida Noor'),
      words: ['reed', 'iron', 'apple', 'north'],
      cost: 0,
      memo: 'repair of the back wheel',
      reference: 'A-17',
      expiresAt: Date.now() + 3 * HOUR,
      deadline: null,
      lift: null,
      why: null,
      via: far ? null : via,
      units: opens ? null : 12_500,
      state: far ? 'noWay' : 'reachable',
    }
    this.payments = [payment, ...this.payments.filter((one) => one.id !== id)]
    return payment
  }

  sign(id: string, units: number | null): PaymentView {
    const payment = this.payment(id)
    if (payment.state !== 'reachable' && payment.state !== 'failed') throw failure({ kind: 'outOfTurn' })
    const agreed = payment.units ?? units
    if (agreed === null) throw failure({ kind: 'badAmount' })
    // A second try succeeds.
    const ends = id.includes('Void')
      ? 'void'
      : id.includes('Fails') && payment.why === null
        ? 'failed'
        : 'paid'
    Object.assign(payment, {
      units: agreed,
      state: 'underWay',
      lift: 'lift-3',
      deadline: Date.now() + 60_000,
    })
    this.#world.tell({ kind: 'liftChanged', session: id })
    if (id.includes('Slow') || id.includes('Stays')) {
      if (id.includes('Slow')) this.#world.later(5, () => this.#end(payment, ends))
    } else this.#end(payment, ends)
    return payment
  }

  /** What was known of a way is known no longer; called by the tests. */
  lapse(id: string) {
    Object.assign(this.payment(id), { state: 'noWay', via: null })
    this.#world.tell({ kind: 'liftChanged', session: id })
  }

  #end(payment: PaymentView, state: 'paid' | 'failed' | 'void') {
    const why = state === 'failed' ? 'room' : state === 'void' ? 'time' : null
    Object.assign(payment, { state, why, deadline: null })
    this.#world.tell({ kind: 'liftChanged', session: payment.id })
  }

  #make(at: number, part: Partial<InvoiceView> & { expiresAt: number }): InvoiceView {
    const id = `invoice-${this.invoices.length + 1}`
    const live = (part.state ?? 'waiting') === 'waiting'
    const drawn = live ? pretendCode(id) : { svg: null, modules: null }
    const invoice: InvoiceView = {
      id,
      code: `chip://dana:Qw2xV7Zk@198.51.100.7:65430?pay=${part.units ?? ''}&id=${id}`,
      ...drawn,
      units: null,
      memo: null,
      reference: null,
      madeAt: at,
      now: Date.now(),
      state: 'waiting',
      lift: null,
      ...part,
    }
    this.invoices = [invoice, ...this.invoices]
    return invoice
  }
}

/** What the window asks of them. */
export function demoInvoices({ invoices, later }: Pick<DemoWorld, 'invoices' | 'later'>): Invoices {
  const fresh = (invoice: InvoiceView) => structuredClone({ ...invoice, now: Date.now() })
  /** Looking and signing take a moment, as they do over a network. */
  const soon = <T>(act: () => T) =>
    new Promise<T>((done, refuse) => {
      later(1, () => {
        try {
          done(act())
        } catch (thrown) {
          refuse(thrown)
        }
      })
    })
  return {
    invoice: async (units, memo, reference, goodFor) => fresh(invoices.make(units, memo, reference, goodFor)),
    invoiceShow: async (id) => fresh(invoices.find(id)),
    invoices: async () => invoices.invoices.map((one) => ({ ...fresh(one), svg: null, modules: null })),
    invoiceSave: async (id, form) => `/home/demo/Downloads/${id}.${form === 'picture' ? 'png' : 'txt'}`,
    payLook: (code, units) => soon(() => structuredClone(invoices.look(code, units))),
    paySign: (id, units) => soon(() => structuredClone(invoices.sign(id, units))),
    payment: async (id) => structuredClone(invoices.payment(id)),
    payments: async () => structuredClone(invoices.payments),
    receiptSave: async (id) => `/home/demo/Downloads/receipt-${id}.json`,
  }
}
