import type { Home, Need } from './backend'
import type { DemoTally } from './demo-people'

/** What the tallies add up to. */
export function homeOf(tallies: DemoTally[]): Home {
  const alive = tallies.filter(({ row }) => row.partner !== null && row.phase !== 'void')
  const begun = alive.filter(({ row }) => row.phase === 'open' || row.phase === 'closing')
  const needs = alive.flatMap(({ row }): Need[] => {
    if (row.partner === null || (row.phase !== 'partnerDraft' && row.phase !== 'offeredToUs')) return []
    const kind = row.phase === 'partnerDraft' ? 'reviewAnswer' : 'reviewOffer'
    return [{ kind, tally: row.id, partner: row.partner, since: row.lastActivity }]
  })
  return {
    owedToMe: alive.reduce((sum, { row }) => sum + Math.max(0, row.balance), 0),
    iOwe: alive.reduce((sum, { row }) => sum + Math.max(0, -row.balance), 0),
    waiting: alive.reduce((sum, { row }) => sum - row.waiting, 0),
    shares: begun
      .filter(({ row }) => row.balance !== 0)
      .map(({ row }) => ({ tally: row.id, name: row.partner?.name ?? '', balance: row.balance }))
      .toSorted((a, b) => b.balance - a.balance),
    needs,
    tallies: begun.length,
    matching: begun.filter(({ row }) => row.copies.state === 'match').length,
  }
}
