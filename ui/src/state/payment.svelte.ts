import { parseAmount } from '~/shared/amount'

/** A payment being written: literal text until it is read as whole milli-CHIPs. */
export class Payment {
  tally = $state<string | null>(null)
  amount = $state('')
  memo = $state('')

  readonly parsed = $derived(parseAmount(this.amount))
  /** The amount when it can be paid, else nothing. */
  readonly units = $derived(this.parsed.ok && this.parsed.milli > 0 ? this.parsed.milli : null)
  readonly complete = $derived(this.tally !== null && this.units !== null)

  begin(tally: string | null) {
    if (tally !== null) this.tally = tally
  }

  clear() {
    this.tally = null
    this.amount = ''
    this.memo = ''
  }
}
