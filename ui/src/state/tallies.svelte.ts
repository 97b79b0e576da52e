import type { Backend, PhaseView, TallyRow } from '~/backend/backend'
import { Resource } from './resource.svelte'

export type TallyFilter = 'all' | 'needsMe' | 'open' | 'invitations' | 'iOwe' | 'owesMe' | 'closed'

const OVER: PhaseView[] = ['closed', 'void']

const PASSES: Record<TallyFilter, (row: TallyRow) => boolean> = {
  all: () => true,
  needsMe: needsMe,
  open: (row) => row.phase === 'open',
  invitations: (row) => row.phase === 'draft',
  iOwe: (row) => row.balance < 0,
  owesMe: (row) => row.balance > 0,
  closed: (row) => OVER.includes(row.phase) && row.unreadable === undefined,
}

export const FILTERS = Object.keys(PASSES) as TallyFilter[]

/** It is this person's turn. */
export function needsMe(row: TallyRow): boolean {
  return row.unreadable === undefined && (row.phase === 'partnerDraft' || row.phase === 'offeredToUs')
}

/** A promise of ours can be entered: while it closes, only toward zero. Copies that differ pause promises. */
function isPayable({ phase, balance, copies }: TallyRow): boolean {
  return copies.state !== 'mismatch' && (phase === 'open' || (phase === 'closing' && balance > 0))
}

/** The same for a promise of theirs. */
function isAskable({ phase, balance, copies }: TallyRow): boolean {
  return copies.state !== 'mismatch' && (phase === 'open' || (phase === 'closing' && balance < 0))
}

/** All tallies, what they add up to, and which of them are looked at. */
export class Tallies extends Resource<TallyRow[]> {
  filter = $state<TallyFilter>('all')

  readonly rows = $derived(this.value ?? [])
  readonly shown = $derived(this.rows.filter(PASSES[this.filter]))
  readonly iOwe = $derived(this.shown.reduce((sum, row) => sum + Math.min(0, row.balance), 0))
  readonly owedToMe = $derived(this.shown.reduce((sum, row) => sum + Math.max(0, row.balance), 0))
  readonly needing = $derived(this.rows.filter(needsMe).length)
  /** Partners that can be paid, latest first. */
  readonly payable = $derived(this.#partners(isPayable))
  /** Partners that can be asked to pay, latest first. */
  readonly askable = $derived(this.#partners(isAskable))

  constructor(backend: Backend) {
    super(() => backend.tallies())
  }

  count(filter: TallyFilter): number {
    return this.rows.filter(PASSES[filter]).length
  }

  #partners(able: (row: TallyRow) => boolean): TallyRow[] {
    return this.rows
      .filter((row) => row.partner !== null && able(row))
      .toSorted((a, b) => b.lastActivity - a.lastActivity)
  }

  find(id: string): TallyRow | null {
    return this.rows.find((row) => row.id === id) ?? null
  }
}
