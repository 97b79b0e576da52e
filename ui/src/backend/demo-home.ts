import type { Home, Need, RequestView } from './backend'
import type { DemoTally } from './demo-ledger'

/** What the tallies add up to. */
export function homeOf(tallies: DemoTally[], requests: RequestView[]): Home {
  const alive = tallies.filter(({ row }) => row.partner !== null && row.phase !== 'void')
  const begun = alive.filter(({ row }) => row.phase === 'open' || row.phase === 'closing')
  const needs = alive.flatMap(({ row, dispute }): Need[] => {
    const { id: tally, partner, phase, lastActivity: since } = row
    if (partner === null) return []
    const found: Need[] = []
    if (dispute) found.push({ kind: 'mismatch', tally, partner, since: dispute.since, request: null })
    if (phase === 'partnerDraft') found.push({ kind: 'reviewAnswer', tally, partner, since, request: null })
    if (phase === 'offeredToUs') found.push({ kind: 'reviewOffer', tally, partner, since, request: null })
    return found
  })
  const asked = requests
    .filter((request) => !request.mine && request.state === 'waiting')
    .map((request): Need => ({
      kind: 'payRequest',
      tally: request.tally,
      partner: request.partner,
      since: request.at,
      request,
    }))
  return {
    owedToMe: alive.reduce((sum, { row }) => sum + Math.max(0, row.balance), 0),
    iOwe: alive.reduce((sum, { row }) => sum + Math.max(0, -row.balance), 0),
    waiting: alive.reduce((sum, { row }) => sum - row.waiting, 0),
    shares: begun
      .filter(({ row }) => row.balance !== 0)
      .map(({ row }) => ({ tally: row.id, name: row.partner?.name ?? '', balance: row.balance }))
      .toSorted((a, b) => b.balance - a.balance),
    needs: [...needs, ...asked],
    tallies: begun.length,
    matching: begun.filter(({ row }) => row.copies.state === 'match').length,
  }
}
