import type { RequestState } from '~/backend/backend'
import { amountWords } from '~/i18n/number-words'
import type { Sentence } from '~/i18n/sentence'
import { callName } from './common'

/** Asking to be paid, and answering. */
export const request = {
  title: 'Request',
  under: 'Nothing is signed by asking',
  modes: { pay: 'Pay', request: 'Request' },
  mode: 'What do you want to do?',
  from: 'From',
  goodFor: 'Good for',
  durations: { week: '1 week', month: '1 month', custom: 'Other' },
  days: 'Days',
  daysBad: 'Whole days, 1 to 365.',
  goodUntil: (when: string) => `Until ${when}. After that it runs out by itself.`,
  review: 'Ask',
  reviewAgain: 'Ask again',
  steps: 'Nobody owes anything by being asked.',
  againNote: (name: string, state: RequestState) =>
    state === 'waiting'
      ? `You are changing a request that waits. ${callName(name)} will see the new one in its place.`
      : `You are asking ${callName(name)} again. This takes the place of the request that is over.`,
  preview: (name: string) => `If ${callName(name)} pays`,
  beyond: (name: string, amount: number): Sentence => [
    { amount, tone: 'plain' },
    ' beyond what you let ',
    { name: callName(name) },
    ' owe. You can ask all the same.',
  ],
  roomAfter: (name: string, amount: number): Sentence => [
    { name: callName(name) },
    ' could then owe you ',
    { amount, tone: 'plain' },
    ' CHIP more.',
  ],
  noPartners: 'Nobody to ask yet',
  nobodyNow: 'Nobody to ask right now',
  noPartnersHelp:
    'You can ask people you have an open tally with. Invite somebody, or open a code you were sent.',
  closing: (amount: number): Sentence => [
    'This tally is paying down: at most ',
    { amount, tone: 'plain' },
    ' CHIP, toward zero.',
  ],
  differ: (name: string) =>
    `Your copy and ${callName(name)}’s do not match. New promises are paused until that is settled.`,

  confirmTitle: (name: string, units: number): Sentence => [
    'Ask ',
    { name },
    ' for ',
    { amount: units, tone: 'plain' },
    ' CHIP?',
  ],
  confirmWords: (units: number) => amountWords(units),
  confirmText: (name: string) =>
    `This is not signed, and nobody owes anything by being asked. ${callName(name)} can pay it, refuse it, or let it run out. You can withdraw it while it waits.`,
  confirmMemo: (name: string) => `${callName(name)} will read`,
  confirmUntil: 'Good until',
  send: 'Send the request',
  sending: 'Sending…',
  sent: (name: string) => `Request to ${callName(name)} on its way`,

  list: 'Requests',
  listHelp: 'A request promises nothing.',
  asks: (units: number): Sentence => ['asks you for ', { amount: units, heavy: true }, ' CHIP'],
  asksAgain: (units: number): Sentence => ['asks again, for ', { amount: units, heavy: true }, ' CHIP'],
  noExpiry: 'no end date',
  effect(name: string, after: number, iMayOwe: number | null): Sentence {
    if (after === 0) return ['You and ', { name: callName(name) }, ' would be even.']
    if (after > 0) return [{ name: callName(name) }, ' would still owe you ', { amount: after }, '.']
    if (iMayOwe === null) return ['You would owe ', { amount: after }, '.']
    return -after > iMayOwe
      ? [
          'You would owe ',
          { amount: after },
          ', ',
          { amount: -after - iMayOwe, heavy: true },
          ' beyond what you agreed.',
        ]
      : ['You would owe ', { amount: after }, ' of ', { amount: iMayOwe, short: true }, ' agreed.']
  },
  pay: 'Review and pay',
  preparing: 'Preparing…',
  refuse: 'Refuse',
  another: 'Pay another amount instead',
  anotherNote: (name: string, units: number): Sentence => [
    { name: callName(name) },
    ' asked for ',
    { amount: units },
    ' CHIP. What you pay here is a payment of its own: it does not answer the request, which stays as it is until you pay or refuse it.',
  ],
  anotherSame: 'This is the amount asked for. Pay the request itself, so that it is answered.',
  toRequest: 'Back to the request',
  withdraw: 'Withdraw',
  again: 'Change and ask again',
  waitsFor: (name: string) => `Waiting for ${callName(name)}`,
  refuseTitle: (name: string, units: number): Sentence => [
    'Refuse ',
    { name: callName(name) },
    '’s request for ',
    { amount: units, tone: 'plain' },
    ' CHIP?',
  ],
  refuseText: (name: string) =>
    `Nothing is paid and nothing is owed. ${callName(name)} will see that you refused, and may ask again.`,
  reason: 'Reason (optional)',
  reasonHelp: (name: string) => `${callName(name)} will see these words.`,
  withdrawTitle: (name: string, units: number): Sentence => [
    'Withdraw your request to ',
    { name: callName(name) },
    ' for ',
    { amount: units, tone: 'plain' },
    ' CHIP?',
  ],
  withdrawText: (name: string) =>
    `${callName(name)} can no longer pay it. If a payment is on its way already, it still counts.`,
  keep: 'Keep it',

  states: {
    waiting: 'Waiting',
    paid: 'Paid',
    refused: 'Refused',
    ranOut: 'Ran out',
    withdrawn: 'Withdrawn',
  } satisfies Record<RequestState, string>,
  outcome(name: string, mine: boolean, state: RequestState): string {
    const who = callName(name)
    switch (state) {
      case 'waiting':
        return mine ? `${who} has not answered yet` : `${who} waits for your answer`
      case 'paid':
        return mine ? `${who} paid it` : 'You paid it'
      case 'refused':
        return mine ? `${who} refused it` : 'You refused it'
      case 'ranOut':
        return mine ? `${who} did not answer in time` : 'You did not answer in time'
      case 'withdrawn':
        return mine ? 'You withdrew it' : `${who} withdrew it`
    }
  },
  asked: (mine: boolean, name: string, units: number): Sentence =>
    mine
      ? ['You asked for ', { amount: units }]
      : [{ name: callName(name) }, ' asked for ', { amount: units }],
  times: (count: number) => `asked ${count} times`,
  earlier: (count: number) => `Show ${count} earlier`,
}
