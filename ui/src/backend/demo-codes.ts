import type { Check, CheckName, CodeCard, CodeProblem } from './backend'
import { fingerprintOf } from './demo-people'

/** Everything that can be wrong with a code. */
export const PROBLEMS: CodeProblem[] = [
  'truncated',
  'altered',
  'malformed',
  'expired',
  'fromTheFuture',
  'usedHere',
  'own',
  'ownUsed',
  'ownRevoked',
  'forAnother',
  'badAmount',
  'tooLong',
  'tooNew',
  'keyBackup',
  'foreignLink',
  'script',
  'wifi',
  'barcode',
  'otherWallet',
  'foreign',
  'notYetSupported',
]

const ORDER: CheckName[] = [
  'wellFormed',
  'unaltered',
  'notExpired',
  'clockFits',
  'notUsedHere',
  'notOwn',
  'forMe',
  'sealedToMaker',
]

/** Which check a problem fails; those after it could not be made. */
const FAILS: Partial<Record<CodeProblem, CheckName>> = {
  truncated: 'wellFormed',
  malformed: 'wellFormed',
  altered: 'unaltered',
  expired: 'notExpired',
  fromTheFuture: 'clockFits',
  usedHere: 'notUsedHere',
  own: 'notOwn',
  ownUsed: 'notOwn',
  ownRevoked: 'notOwn',
  forAnother: 'forMe',
}
const DAMAGED: CodeProblem[] = ['truncated', 'altered', 'malformed']
const STRANGE: CodeProblem[] = [
  'foreign',
  'foreignLink',
  'script',
  'wifi',
  'barcode',
  'otherWallet',
  'tooLong',
  'tooNew',
]

/** A good invitation from somebody new. */
export function goodCard(now: number): CodeCard {
  return {
    inspection: 'look-1',
    kind: 'invitation',
    text: 'chip://farida:Zk7Qw2xV@203.0.113.40:65430?ticket=3q2-7wEXAMPLE',
    name: 'Farida Noor',
    address: 'chip://farida:Zk7Qw2xV@203.0.113.40:65430',
    fingerprint: fingerprintOf('Farida Noor'),
    words: ['reed', 'iron', 'apple', 'north'],
    limit: 25_000,
    units: null,
    memo: null,
    reference: null,
    pay: null,
    tally: null,
    dated: null,
    form: 'ours',
    progress: null,
    brings: [],
    expiresAt: now + 2 * 86_400_000,
    checks: ORDER.map((name) => ({ name, result: 'pass' })),
    problem: null,
  }
}

/** The card for each thing that can be wrong. */
export function badCard(problem: CodeProblem, now: number, text: string): CodeCard {
  const good = goodCard(now)
  if (STRANGE.includes(problem)) return unknown({ ...good, kind: 'somethingElse', problem, text })
  if (problem === 'keyBackup') return unknown({ ...good, kind: 'keyBackup', problem, text: '' })
  if (DAMAGED.includes(problem))
    return { ...unknown({ ...good, kind: 'damaged', problem, text }), checks: checksFor(problem) }
  if (problem === 'badAmount') return unknown({ ...good, kind: 'paymentRequest', problem, text })
  if (problem === 'notYetSupported') return { ...invoice(now), text }
  const expiresAt = problem === 'expired' ? now - 7_200_000 : good.expiresAt
  return { ...good, inspection: null, problem, text, expiresAt, checks: checksFor(problem) }
}

const HANDED: CheckName[] = ['wellFormed', 'forMe', 'sealedToMaker']
const SOME: CheckName[] = ['wellFormed', 'unaltered', 'notOwn']

/** A request for payment. */
function invoice(now: number): CodeCard {
  const good = goodCard(now)
  return {
    ...unknown({ ...good, kind: 'paymentRequest', problem: 'notYetSupported' }),
    address: good.address,
    fingerprint: good.fingerprint,
    words: good.words,
    units: 12_500,
    memo: 'repair of the back wheel',
    reference: 'A-17',
    checks: SOME.map((name) => ({ name, result: 'pass' })),
  }
}

/** Kinds that are no problem of their own, by the name that asks for them. */
function special(name: string, now: number): CodeCard | null {
  const bill = invoice(now)
  const payable = { ...bill, problem: null, expiresAt: now + 3 * 3_600_000 }
  const other = SOME.map((check): Check => ({
    name: check,
    result: check === 'unaltered' ? 'unknown' : 'pass',
  }))
  if (/^pay[A-Z]/.test(name))
    return {
      ...payable,
      text: name,
      pay: name,
      units: name === 'payOpen' ? null : bill.units,
      tally: name === 'payFarPartner' ? 'tally-4' : null,
    }
  switch (name) {
    case 'address':
      return { ...bill, kind: 'address', units: null, memo: null, reference: null, checks: other }
    case 'referencePay':
      return {
        ...bill,
        form: 'reference',
        address: null,
        units: null,
        reference: '{"invoice":7}',
        dated: now - 86_400_000,
        checks: other,
      }
    case 'referencePartner':
      return { ...bill, form: 'reference', address: null, problem: null, tally: 'tally-4', checks: other }
    case 'referenceInvite':
      return {
        ...goodCard(now),
        name: null,
        limit: null,
        expiresAt: null,
        form: 'reference',
        checks: ORDER.map((check) => ({
          name: check,
          result: ['unaltered', 'notExpired', 'clockFits'].includes(check) ? 'unknown' : 'pass',
        })),
      }
    case 'part':
      return {
        ...unknown({ ...goodCard(now), kind: 'handOver', problem: null }),
        text: '',
        progress: { have: 7, of: 18 },
      }
    case 'handOver':
      return {
        ...goodCard(now),
        inspection: 'hand-1',
        kind: 'handOver',
        text: '',
        limit: null,
        expiresAt: null,
        checks: HANDED.map((check) => ({ name: check, result: 'pass' })),
        brings: [
          { what: 'offer', units: null },
          { what: 'entry', units: 12_500 },
          { what: 'news', units: null },
        ],
      }
    case 'hiding':
      return { ...goodCard(now), name: 'Farida\u202eroo\u200bN' }
    default:
      return null
  }
}

/** What a text says, for the demo: `demo:expired` and the like, or an invitation. */
export function inspect(text: string, now: number): CodeCard {
  const name = /^demo:(\w+)$/.exec(text.trim())?.[1] ?? ''
  const asked = PROBLEMS.find((problem) => problem === name)
  if (asked !== undefined) return badCard(asked, now, text)
  const kind = special(name, now)
  if (kind !== null) return kind
  if (text.length > 3000) return badCard('tooLong', now, text.slice(0, 500))
  if (/^(javascript|data|file):/i.test(text)) return badCard('script', now, text)
  if (/^wifi:/i.test(text)) return badCard('wifi', now, text)
  if (/^\d{6,14}$/.test(text)) return badCard('barcode', now, text)
  if (/^bitcoin:/i.test(text)) return badCard('otherWallet', now, text)
  if (/^[a-z]+:/i.test(text) && !text.startsWith('chip:')) return badCard('foreignLink', now, text)
  if (!text.startsWith('chip://')) return badCard('foreign', now, text)
  return text.includes('ticket=') ? { ...goodCard(now), text } : badCard('truncated', now, text)
}

function unknown(card: CodeCard): CodeCard {
  return {
    ...card,
    inspection: null,
    name: null,
    form: card.kind === 'somethingElse' ? null : card.form,
    address: null,
    fingerprint: null,
    words: null,
    limit: null,
    expiresAt: null,
    checks: [],
  }
}

function checksFor(problem: CodeProblem): Check[] {
  const at = ORDER.indexOf(FAILS[problem] ?? 'wellFormed')
  return ORDER.map((name, index) => ({
    name,
    result: index < at ? 'pass' : index === at ? 'fail' : problem === 'truncated' ? 'unknown' : 'pass',
  }))
}
