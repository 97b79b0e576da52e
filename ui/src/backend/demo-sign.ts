import {
  failure,
  type CounterTerms,
  type RequestView,
  type SettingsDraft,
  type SettingsView,
  type SignPreview,
  type Warning,
} from './backend'
import { CONTRACT } from './demo-contracts'
import type { DemoTally } from './demo-ledger'
import { differencesOf } from './demo-talk'

const DAY = 86_400_000
const WHOLE = 1_000_000

/** What somebody wants to sign. */
export type Wish =
  | { kind: 'offer' | 'accept' | 'close' | 'keepOpen' | 'forgive' | 'takePart' | 'takeNoPart' }
  | { kind: 'counter'; terms: CounterTerms }
  | { kind: 'pay'; units: number; memo: string | null; request?: RequestView }
  | { kind: 'settings'; draft: SettingsDraft }
  | { kind: 'call'; by: number }

/** The sheet for a wish; `nth` makes its ids differ from every other sheet's. */
export function previewOf(tally: DemoTally, wish: Wish, nth: number): SignPreview {
  const { id, partner, balance, waiting, iMayOwe, theyMayOwe } = tally.row
  if (partner === null) throw failure({ kind: 'outOfTurn' })
  check(tally, wish)

  const now = Date.now()
  const units = wish.kind === 'pay' ? wish.units : wish.kind === 'forgive' ? balance : null
  const memo = wish.kind === 'pay' ? wish.memo : wish.kind === 'counter' ? wish.terms.memo : null
  const settings = settingsAfter(tally.mine, wish)
  const before = { balance: balance + waiting, iMayOwe, theyMayOwe }
  const after = { ...before, balance: before.balance - (units ?? 0) }
  const counter = wish.kind === 'counter' ? wish.terms : null
  const entry = units === null && settings === null ? null : entryId(nth, wish)
  const date = new Date(now).toISOString()
  return {
    id: `preview-${nth}`,
    kind: wish.kind === 'counter' && tally.row.phase === 'partnerDraft' ? 'offer' : wish.kind,
    partner,
    tally: id,
    units,
    memo,
    myTerms: counter ? { limit: counter.limit, noticeDays: counter.noticeDays } : tally.myTerms,
    theirTerms: tally.theirTerms,
    before,
    after: counter ? { ...after, theyMayOwe: counter.limit } : after,
    contractTitle: CONTRACT.title,
    contractHash: CONTRACT.hash,
    date: now,
    entry,
    warnings: wish.kind === 'pay' ? warningsOf(tally, -after.balance - (iMayOwe ?? Infinity)) : [],
    canonical: JSON.stringify({
      by: tally.myHalf,
      date,
      memo,
      ...(settings === null ? {} : { ref: signedForm(settings) }),
      tally: id,
      ...(units === null ? {} : { units }),
      uuid: entry ?? id,
    }),
    digest: 'Vw3xYz0aBc5dEf7gHi1jKl8mNo2pQr4sTu6vWx9yZa0',
    expiresAt: now + 600_000,
    differences: counter ? differencesOf(tally, counter) : [],
    joins: ['offer', 'accept', 'counter'].includes(wish.kind),
    settings: settings === null ? null : { before: tally.mine, after: settings },
    answers: wish.kind === 'pay' ? (wish.request?.id ?? null) : null,
  }
}

function check(tally: DemoTally, wish: Wish) {
  const { balance } = tally.row
  if (tally.dispute && (wish.kind === 'pay' || wish.kind === 'forgive'))
    throw failure({ kind: 'copiesDiffer' })
  if (wish.kind === 'pay') {
    if (wish.units <= 0) throw failure({ kind: 'badAmount' })
    if (tally.closing && wish.units > balance)
      throw failure({ kind: 'onlyTowardZero', rest: Math.max(0, balance) })
    if (wish.request?.until != null && wish.request.until < Date.now()) throw failure({ kind: 'ranOut' })
  }
  if (wish.kind === 'settings') checkSettings(wish.draft)
  if (wish.kind === 'forgive' && (!tally.closing || balance <= 0)) throw failure({ kind: 'outOfTurn' })
  if (wish.kind === 'keepOpen' && !tally.mine.close) throw failure({ kind: 'outOfTurn' })
  if (wish.kind === 'call') {
    const earliest = Date.now() + (tally.myTerms.noticeDays ?? 30) * DAY
    if (wish.by < earliest - DAY) throw failure({ kind: 'tooEarly', earliest })
  }
}

function checkSettings({ target, bound, rewardPpm, clutchPpm }: SettingsDraft) {
  if (target < 0 || bound < 0) throw failure({ kind: 'badSettings', rule: 'negative' })
  if (target > bound) throw failure({ kind: 'badSettings', rule: 'targetAboveBound' })
  if (Math.abs(rewardPpm) > WHOLE || Math.abs(clutchPpm) > WHOLE)
    throw failure({ kind: 'badSettings', rule: 'chargeRange' })
  if (rewardPpm + clutchPpm < 0) throw failure({ kind: 'badSettings', rule: 'chargeSum' })
}

function settingsAfter(mine: SettingsView, wish: Wish): SettingsView | null {
  const fresh = { ...mine, since: Date.now(), pending: true }
  switch (wish.kind) {
    case 'settings':
      return { ...fresh, ...wish.draft }
    case 'close':
      return { ...fresh, close: true }
    case 'keepOpen':
      return { ...fresh, close: false }
    case 'call':
      return { ...fresh, call: wish.by }
    case 'takePart':
    case 'takeNoPart':
      return fresh
    case 'offer':
    case 'accept':
    case 'counter':
    case 'pay':
    case 'forgive':
      return null
  }
}

function signedForm({ target, bound, rewardPpm, clutchPpm, call, close }: SettingsView) {
  return {
    bound,
    ...(call === null ? {} : { call: new Date(call).toISOString() }),
    ...(close ? { close } : {}),
    clutch: clutchPpm / WHOLE,
    reward: rewardPpm / WHOLE,
    target,
  }
}

// What answers a request carries the request's own id.
function entryId(nth: number, wish: Wish): string {
  if (wish.kind === 'pay' && wish.request) return wish.request.id
  return `7b1e04d2-${String(nth).padStart(4, '0')}-4c1a-9d27-demo`
}

function warningsOf(tally: DemoTally, excess: number): Warning[] {
  const warnings: Warning[] = []
  if (excess > 0) warnings.push({ kind: 'overLimit', excess })
  if (tally.entries.length === 0) warnings.push({ kind: 'firstPayment' })
  return warnings
}
