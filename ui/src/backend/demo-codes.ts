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
  'foreign',
  'notYetSupported',
]

const ORDER: CheckName[] = [
  'wellFormed',
  'unaltered',
  'notExpired',
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
  fromTheFuture: 'notExpired',
  usedHere: 'notUsedHere',
  own: 'notOwn',
  ownUsed: 'notOwn',
  ownRevoked: 'notOwn',
  forAnother: 'forMe',
}
const DAMAGED: CodeProblem[] = ['truncated', 'altered', 'malformed']
const STRANGE: CodeProblem[] = ['foreign', 'foreignLink', 'tooLong', 'tooNew']

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
  if (problem === 'badAmount' || problem === 'notYetSupported') {
    return {
      ...unknown({ ...good, kind: 'paymentRequest', problem, text }),
      name: good.name,
      fingerprint: good.fingerprint,
      units: problem === 'badAmount' ? null : 12_500,
    }
  }
  const expiresAt = problem === 'expired' ? now - 7_200_000 : good.expiresAt
  return { ...good, inspection: null, problem, text, expiresAt, checks: checksFor(problem) }
}

/** What a text says, for the demo: `demo:expired` and the like, or an invitation. */
export function inspect(text: string, now: number): CodeCard {
  const asked = PROBLEMS.find((problem) => text.trim() === `demo:${problem}`)
  if (asked !== undefined) return badCard(asked, now, text)
  if (text.length > 3000) return badCard('tooLong', now, text.slice(0, 500))
  if (/^[a-z]+:/i.test(text) && !text.startsWith('chip:')) return badCard('foreignLink', now, text)
  if (!text.startsWith('chip://')) return badCard('foreign', now, text)
  return text.includes('ticket=') ? { ...goodCard(now), text } : badCard('truncated', now, text)
}

function unknown(card: CodeCard): CodeCard {
  return {
    ...card,
    inspection: null,
    name: null,
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
