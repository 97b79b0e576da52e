import type { CounterTerms, Difference, NegotiationView, PhaseView } from './backend'
import type { DemoTally } from './demo-ledger'

/** Where the talk about a tally's terms stands; nothing once it is in force or over. */
export function talkOf(
  phase: PhaseView,
  revision = 1,
  differences: Difference[] = [],
): NegotiationView | null {
  const talk = {
    revision,
    revising: false,
    differences,
    canCounter: false,
    canWithdraw: false,
    canRefuse: false,
  }
  switch (phase) {
    case 'partnerDraft':
    case 'offeredToUs':
      return { ...talk, turn: 'mine', canCounter: true, canRefuse: true }
    case 'contacted':
    case 'accepting':
      return { ...talk, turn: 'theirs' }
    case 'offering':
    case 'offered':
      return { ...talk, turn: 'theirs', canWithdraw: true }
    case 'draft':
    case 'open':
    case 'closing':
    case 'closed':
    case 'void':
      return null
  }
}

/** A new version of their offer, which lets us owe another amount. */
export function renegotiate(tally: DemoTally, limit: number) {
  const { revision } = tally.negotiation ?? { revision: 0 }
  const oldUnits = tally.theirTerms.limit
  tally.theirTerms = { ...tally.theirTerms, limit }
  tally.row.iMayOwe = limit
  tally.row.phase = 'offeredToUs'
  tally.negotiation = talkOf('offeredToUs', revision + 1, [
    {
      field: 'limit',
      whose: 'theirs',
      oldUnits,
      newUnits: limit,
      oldDays: null,
      newDays: null,
      oldText: null,
      newText: null,
    },
  ])
}

/** What our counter-offer would change. */
export function differencesOf(tally: DemoTally, terms: CounterTerms): Difference[] {
  const same = { oldUnits: null, newUnits: null, oldDays: null, newDays: null, oldText: null, newText: null }
  const found: Difference[] = []
  const { limit, noticeDays } = tally.myTerms
  if (limit !== terms.limit)
    found.push({ ...same, field: 'limit', whose: 'mine', oldUnits: limit, newUnits: terms.limit })
  if (noticeDays !== terms.noticeDays)
    found.push({ ...same, field: 'notice', whose: 'mine', oldDays: noticeDays, newDays: terms.noticeDays })
  if (tally.memo !== terms.memo)
    found.push({ ...same, field: 'memo', whose: 'both', oldText: tally.memo, newText: terms.memo })
  return found
}
