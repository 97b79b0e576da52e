import { failure, type SignKind, type SignPreview, type Warning } from './backend'
import { CONTRACT, type DemoTally } from './demo-people'

type Wish = { kind: SignKind; units: number | null; memo: string | null }

/** The sheet for a wish; `nth` makes its ids differ from every other sheet's. */
export function previewOf(tally: DemoTally, { kind, units, memo }: Wish, nth: number): SignPreview {
  const { id, partner, balance, waiting, iMayOwe, theyMayOwe } = tally.row
  if (partner === null) throw failure({ kind: 'outOfTurn' })
  if (kind === 'pay' && (units === null || units <= 0)) throw failure({ kind: 'badAmount' })

  const now = Date.now()
  const before = { balance: balance + waiting, iMayOwe, theyMayOwe }
  const after = { ...before, balance: before.balance - (units ?? 0) }
  const entry = kind === 'pay' ? `7b1e04d2-${String(nth).padStart(4, '0')}-4c1a-9d27-demo` : null
  const date = new Date(now).toISOString()
  return {
    id: `preview-${nth}`,
    kind,
    partner,
    tally: id,
    units,
    memo,
    myTerms: tally.myTerms,
    theirTerms: tally.theirTerms,
    before,
    after,
    contractTitle: CONTRACT.title,
    contractHash: CONTRACT.hash,
    date: now,
    entry,
    warnings: kind === 'pay' ? warningsOf(tally, -after.balance - (iMayOwe ?? Infinity)) : [],
    canonical: JSON.stringify({ by: tally.myHalf, date, memo, tally: id, units, uuid: entry }),
    digest: 'Vw3xYz0aBc5dEf7gHi1jKl8mNo2pQr4sTu6vWx9yZa0',
    expiresAt: now + 600_000,
  }
}

function warningsOf(tally: DemoTally, excess: number): Warning[] {
  const warnings: Warning[] = []
  if (excess > 0) warnings.push({ kind: 'overLimit', excess })
  if (tally.entries.length === 0) warnings.push({ kind: 'firstPayment' })
  return warnings
}
