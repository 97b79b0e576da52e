import type { NeedKind } from '~/backend/backend'
import { amountWords, numberWords } from '~/i18n/number-words'
import type { Sentence } from '~/i18n/sentence'
import { plural } from './common'

export const home = {
  title(needs: number): string {
    if (needs === 0) return 'Nothing needs you.'
    const count = numberWords(needs)
    const capital = count.charAt(0).toUpperCase() + count.slice(1)
    return needs === 1
      ? 'One thing needs you. The rest is in order.'
      : `${capital} things need you. The rest is in order.`
  },
  emptyTitle: 'Your first tally',
  emptySentence: 'Nothing has been promised yet.',
  emptyText:
    'Here you will see what people owe you and what you owe them, side by side, and whatever waits for your answer. It begins with one person you trust.',
  youOwe: 'You owe people',
  owed: 'People owe you',
  together: 'Taken together',
  moreOwed: 'more is owed to you',
  moreOwe: 'more is owed by you',
  even: 'nothing either way',
  people: (count: number) => plural(count, 'person', 'people'),
  waiting: (amount: number): Sentence => [{ amount, tone: 'plain' }, ' waiting'],
  sharesAlt: (owe: number, owed: number) =>
    `You owe people ${amountWords(owe)}. People owe you ${amountWords(owed)}.`,
  sharesHidden: 'Amounts are hidden.',
  share: (name: string, balance: number) =>
    balance < 0 ? `You owe ${name} ${amountWords(balance)}` : `${name} owes you ${amountWords(balance)}`,
  needsYou: 'Needs you',
  nextDeadline: (day: string) => `next deadline ${day}`,
  moreNeeds: (count: number) => `${count} more in Activity`,
  calm: 'Nothing needs you.',
  calmHelp: 'Offers and answers that wait for your signature appear here.',
  need: {
    reviewAnswer: 'used your invitation',
    reviewOffer: 'offers you a tally',
    payRequest: 'asks to be paid',
    mismatch: 'has a copy that does not match yours',
  } satisfies Record<NeedKind, string>,
  needHelp: {
    reviewAnswer: 'See who it is, then sign your offer or leave it.',
    reviewOffer: 'Read their terms, then accept or refuse.',
    payRequest: 'Nothing is owed by being asked. Pay it, refuse it or leave it.',
    mismatch: 'Nothing is lost. New promises are paused until you two have looked at it.',
  } satisfies Record<NeedKind, string>,
  needAct: {
    reviewAnswer: 'Review and offer',
    reviewOffer: 'Review the offer',
    payRequest: 'Look at it',
    mismatch: 'See what differs',
  } satisfies Record<NeedKind, string>,
  waitingOn: 'Waiting on others',
  partners: 'By person',
  allTallies: 'All tallies',
}
