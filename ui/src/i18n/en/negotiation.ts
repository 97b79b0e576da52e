import type { Difference } from '~/backend/backend'
import type { Part, Sentence } from '~/i18n/sentence'
import { callName, plural } from './common'

type Limit = number | null
const limitPart = (limit: Limit): Part =>
  limit === null ? 'no limit' : limit === 0 ? 'nothing' : { amount: limit, short: true }
const noticeText = (days: number | null) => (days === null ? 'none set' : plural(days, 'day', 'days'))

/** Agreeing on terms: whose turn it is, what changed, and changing it oneself. */
export const negotiation = {
  version: (revision: number, mine: boolean) => `Version ${revision}, ${mine ? 'your turn' : 'their turn'}`,
  steps: 'Steps',
  stepNames: {
    theirs: 'Their terms',
    know: 'Who knows what',
    mine: 'Your terms',
    contract: 'The agreement',
    sign: 'Sign',
  },
  stepDone: 'done',
  countered: (name: string) => `${callName(name)} sent you changed terms`,
  counteredUnder: 'What changed is marked. Accept it, change it and send it back, or refuse.',
  changedTitle: 'What changed',
  changedHelp: 'between the last version and this one',
  nothingElse: 'The rest is as it was.',
  while: (name: string) => `${callName(name)} changed the offer while you were reading it.`,
  whileText: 'What is below is the newest version.',
  whileSheet: 'The sheet was closed and nothing was signed.',
  /** The same said in words. */
  words(difference: Difference): Sentence {
    const { field, oldUnits, newUnits, oldDays, newDays, oldText, newText } = difference
    if (field === 'limit') {
      const unit = newUnits === null || newUnits === 0 ? '' : ' CHIP'
      return ['changed from ', limitPart(oldUnits), ' to ', limitPart(newUnits), unit]
    }
    if (field === 'notice') {
      return oldDays !== null && newDays !== null
        ? [`changed from ${oldDays} to ${plural(newDays, 'day', 'days')}`]
        : [`changed from ${noticeText(oldDays)} to ${noticeText(newDays)}`]
    }
    if (oldText === null && newText !== null) return ['added']
    return oldText !== null && newText === null ? ['taken out'] : ['changed']
  },
  /** A difference in one short line of a list. */
  line(name: string, difference: Difference): Sentence {
    const { field, whose, oldUnits, newUnits, oldDays, newDays } = difference
    const who: Part = { name: callName(name) }
    if (field === 'limit') {
      const lead: Part[] = whose === 'mine' ? [who, ' may owe you '] : ['You may owe ', who, ' ']
      return [...lead, struck(limitPart(oldUnits)), ' ', heavy(limitPart(newUnits)), ' CHIP.']
    }
    if (field === 'notice') {
      const lead: Part[] = whose === 'mine' ? ['You give '] : [who, ' gives ']
      return [...lead, struck(noticeText(oldDays)), ' ', heavy(noticeText(newDays)), ' notice.']
    }
    if (field === 'memo') return ['The words in the tally changed.']
    if (field === 'contract') return ['The agreement is another one.']
    return field === 'card' ? ['The identity card changed.'] : ['Something else changed.']
  },
  restAsWritten: ' The rest is as it was.',
  more: (count: number) => ` And ${plural(count, 'more change', 'more changes')}.`,

  counter: 'Change and send back',
  change: 'Change my terms first',
  changeOffer: 'Change it and send it again',
  counterTitle: 'What you would rather grant',
  counterHelp: (name: string) =>
    `You change what you grant. What ${callName(name)} grants you, only ${callName(name)} can change: ask for it in the words below.`,
  limit: (name: string) => `${callName(name)} may owe you up to`,
  notice: 'Days’ notice before settling up',
  noticeHelp: 'Leave it empty for none.',
  noticeBad: 'Whole days, 0 to 365, or empty.',
  memo: 'Words in the tally',
  memoHelp: 'Both of you will see this, and it is signed.',
  same: 'Nothing is changed yet.',
  review: 'Review and sign',
  cancel: 'Leave it as it is',

  readFirst: 'Read the agreement once before you sign.',
  readDone: 'You have opened this text.',
  read: 'Read the agreement',
  readAgain: 'Read it again',
  missingTitle: 'The text of the agreement is not on this computer.',
  missingText: (name: string) =>
    `You cannot sign what you cannot read. Ask ${callName(name)} for the file and import it here: its fingerprint decides whether it is the right one. Until then the offer stays here.`,
  imported: 'brought along by one of you, not with the program',
  builtin: 'came with the program',

  tellsYou: (name: string) => `What ${callName(name)} says of themselves`,
  onlyName: 'Their name and nothing else.',
  knows: (name: string) => `What ${callName(name)} knows of you`,
  knowsName: 'your name',
  fields: { email: 'your e-mail', phone: 'your phone', place: 'your place' },
  theirFields: { email: 'E-mail', phone: 'Phone', place: 'Place' },
  unverified: 'Nobody has checked any of it.',

  revising: (name: string) => `${callName(name)} is changing your offer.`,
  revisingText: 'A new version will come. Yours can still be accepted until then.',
  withdraw: 'Withdraw my offer',
  withdrawTitle: (name: string) => `Withdraw your offer to ${callName(name)}?`,
  withdrawText: (name: string) =>
    `${callName(name)} can no longer accept it. If they have accepted already, the tally is open and stays so.`,
  keep: 'Leave it',
}

function struck(part: Part): Part {
  if (typeof part === 'string') return { struck: part }
  return 'amount' in part ? { ...part, old: true } : part
}

function heavy(part: Part): Part {
  if (typeof part === 'string') return { strong: part }
  return 'amount' in part ? { ...part, heavy: true } : part
}
