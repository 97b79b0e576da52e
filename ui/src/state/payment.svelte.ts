import type { RequestView } from '~/backend/backend'
import { formatAmount, parseAmount } from '~/shared/amount'

export type GoodFor = 'week' | 'month' | 'custom'
const DAYS: Record<Exclude<GoodFor, 'custom'>, number> = { week: 7, month: 30 }
/** Letters of what a payment is for. */
const MOST_WORDS = 200
/** Longest a request may wait. */
export const MOST_DAYS = 365

/** A payment or a request being written: literal text until it is read as whole milli-CHIPs. */
export class Payment {
  tally = $state<string | null>(null)
  amount = $state('')
  memo = $state('')
  goodFor = $state<GoodFor>('month')
  customDays = $state('14')

  readonly parsed = $derived(parseAmount(this.amount))
  /** The amount when it can be paid, else nothing. */
  readonly units = $derived(this.parsed.ok && this.parsed.milli > 0 ? this.parsed.milli : null)
  readonly complete = $derived(this.tally !== null && this.units !== null)
  /** What both will read, or nothing. */
  readonly words = $derived(this.memo.trim() === '' ? null : this.memo.trim())
  /** Days a request is to wait, when they are a whole number that can be used. */
  readonly days = $derived.by(() => {
    if (this.goodFor !== 'custom') return DAYS[this.goodFor]
    const days = /^\d{1,3}$/.test(this.customDays.trim()) ? Number(this.customDays.trim()) : 0
    return days >= 1 && days <= MOST_DAYS ? days : null
  })

  begin(tally: string | null) {
    if (tally !== null) this.tally = tally
  }

  /** Takes over what a request says; without its amount when another one is to be written. */
  take(request: RequestView, withAmount: boolean) {
    this.tally = request.tally
    this.amount = withAmount ? formatAmount(request.units, { short: true }) : ''
    this.memo = request.memo ?? ''
  }

  /** Takes over what a code asks for, to be paid over a tally as any payment. */
  fill(tally: string, units: number | null, words: (string | null)[]) {
    this.tally = tally
    this.amount = units === null ? '' : formatAmount(units, { short: true })
    this.memo = words
      .filter((part) => part !== null && part !== '')
      .join(' · ')
      .slice(0, MOST_WORDS)
  }

  clear() {
    this.tally = null
    this.amount = ''
    this.memo = ''
    this.goodFor = 'month'
  }
}
