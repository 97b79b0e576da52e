import type { ActivityItem, ActivityKind, EntryStage } from '~/backend/backend'
import type { Sentence } from '~/i18n/sentence'
import { callName } from './common'

/** What happened, from this side: whose request it was follows from whom the amount went toward. */
type Told = (who: string, item: ActivityItem) => Sentence

const units = (item: ActivityItem, tone: 'owe' | 'owed' | 'plain' = 'plain') => ({
  amount: item.units ?? 0,
  tone,
})
const mine = (item: ActivityItem) => (item.units ?? 0) > 0

const told: Partial<Record<ActivityKind, Told>> = {
  tallyOpened: (who) => ['Your tally with ', { name: who }, ' is open'],
  tallyRefused: (who) => ['The tally with ', { name: who }, ' was refused'],
  tallyWithdrawn: (who) => ['The offer between you and ', { name: who }, ' was withdrawn'],
  tallyClosed: (who) => ['Your tally with ', { name: who }, ' is closed'],
  paid: (who, item) => ['You promised ', { name: who }, ' ', units(item, 'owe')],
  received: (who, item) => [{ name: who }, ' promised you ', units(item, 'owed')],
  settingsMine: (who) => ['You changed your settings with ', { name: who }],
  settingsTheirs: (who) => [{ name: who }, ' changed their settings'],
  requestRefused: (who, item) =>
    mine(item) ? [{ name: who }, ' refused your request'] : ['You refused ', { name: who }, '’s request'],
  requestPaid: (who, item) =>
    mine(item) ? [{ name: who }, ' paid your request'] : ['You paid ', { name: who }, '’s request'],
  requestRanOut: (who, item) =>
    mine(item)
      ? ['Your request to ', { name: who }, ' ran out']
      : [{ name: who }, '’s request to you ran out'],
  requestWithdrawn: (who, item) =>
    mine(item) ? ['You withdrew your request to ', { name: who }] : [{ name: who }, ' withdrew a request'],
  entryCancelled: (who, item) => ['You took back ', units(item), ' to ', { name: who }],
  disputeBegan: (who) => ['Your copy and ', { name: who }, '’s do not match'],
  disputeEnded: (who) => ['Your copy and ', { name: who }, '’s match again'],
  cleared: (_who, item) =>
    item.count > 1
      ? [`${item.count} clearings, `, units(item), ' in total']
      : [units(item), ' cleared in a circle'],
  paidThrough: (_who, item) => ['You paid ', units(item, 'owe'), ' through the network'],
  receivedThrough: (_who, item) => ['You were paid ', units(item, 'owed'), ' through the network'],
}

export const activity = {
  title: 'Activity',
  needs: 'Needs you',
  waiting: 'Waiting on others',
  happened: 'Happened',
  needCount: (count: number) => `${count} ${count === 1 ? 'needs' : 'need'} you`,
  unreadCount: (count: number) => `${count} not read yet`,
  markAll: 'Mark all read',
  keys: 'J and K move, Enter opens, E marks as read, U as not read',
  unread: 'not read yet',
  earlier: 'Show earlier',
  somebody: 'Somebody',
  invitation: 'Invitation',
  nothingNeeds: 'Nothing needs you.',
  nothingNeedsHelp: 'Offers, requests and anything else that waits for your answer appear here.',
  nextDate: (day: string) => `The next date is ${day}.`,
  afterThese: (day: string) => `After these, nothing until ${day}.`,
  nothingWaits: 'You wait for nobody.',
  nothingWaitsHelp: 'What others still have to answer or fetch is listed here.',
  nothingHappened: 'Nothing has happened yet.',
  nothingHappenedHelp: 'Everything signed, answered or run out is kept here, newest first.',
  need: {
    reviewAnswer: 'used your invitation',
    reviewOffer: 'offers you a tally',
    changedOffer: 'sent you changed terms',
    mismatch: 'and you do not have the same record',
    closeAsked: 'asks to close your tally',
    called: 'asks you to settle up',
  },
  needHelp: {
    reviewAnswer: 'See who it is, then sign your offer or leave it.',
    reviewOffer: 'Read their terms, then accept, change or refuse.',
    mismatch: 'Nothing is lost. New promises are paused until it is settled.',
    closeAsked: 'From now on only what brings it to zero can be paid.',
    called: 'They gave notice. Settle it, or agree with them how and when.',
  },
  act: {
    reviewAnswer: 'Review and offer',
    reviewOffer: 'Review the offer',
    changedOffer: 'See what changed',
    mismatch: 'See what differs',
    closeAsked: 'Look at it',
    called: 'Look at it',
  },
  youPromised: (amount: number): Sentence => ['you promised ', { amount, heavy: true }],
  settingsQueued: 'your settings are on their way',
  askedFor: (amount: number): Sentence => ['you asked for ', { amount, heavy: true }],
  offerSent: 'has your offer to answer',
  offerRevising: 'is changing your offer',
  contacted: 'has your identity card and decides',
  ticketShown: 'not used yet',
  ticketUsed: (used: number, uses: number) => `used ${used} of ${uses} times`,
  stage(name: string, stage: EntryStage): string {
    const who = callName(name)
    if (stage === 'signed') return `Signed here. ${who}’s computer has not got it yet.`
    if (stage === 'delivered') return `Delivered. ${who} has not accepted yet.`
    return stage === 'accepted' ? 'Accepted. The copies are being compared.' : 'Both copies match.'
  },
  told: (name: string, item: ActivityItem): Sentence =>
    (told[item.kind] ?? (() => ['Something changed with ', { name: callName(name) }]))(callName(name), item),
  /** A second line where the amount is not in the first. */
  amountToo: (item: ActivityItem): boolean =>
    item.units !== null &&
    ['requestRefused', 'requestPaid', 'requestRanOut', 'requestWithdrawn'].includes(item.kind),
  nobodyAnswered: 'nobody answered',
}
