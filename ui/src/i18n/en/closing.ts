import type { Sentence } from '~/i18n/sentence'
import { callName, plural } from './common'

export const closing = {
  // The question, before anything is signed.
  askTitle: (name: string) => `Close your tally with ${callName(name)}?`,
  means: 'What it means',
  meansText: (name: string) =>
    `From then on only entries count that bring it nearer to zero, for both of you. At zero it is closed, and both copies stay readable. ${callName(name)} does not have to agree.`,
  owed: 'What is still owed',
  owedEven: 'Nothing. It closes as soon as both copies hold your signature.',
  owedToMe: (name: string, rest: number): Sentence => [
    { name: callName(name) },
    ' owes you ',
    { amount: rest, tone: 'owed' },
    '. Closing does not cancel it.',
  ],
  owedByMe: (name: string, rest: number): Sentence => [
    'You owe ',
    { name: callName(name) },
    ' ',
    { amount: rest, tone: 'owe' },
    '. Closing does not cancel it.',
  ],
  next: 'What comes then',
  nextCreditor: (name: string) =>
    `${callName(name)} gives you goods, work or money for it, and you sign for what you got. You can also forgive the rest.`,
  nextDebtor: (name: string) =>
    `You give ${callName(name)} goods, work or money for it, and ${callName(name)} signs for what they got. Clearing may pay it down as well.`,
  nextEven: 'You can begin a new tally with each other whenever you both want.',
  onItsWay: (count: number) =>
    count === 1
      ? 'One entry of yours is still on its way. It counts first.'
      : `${count} entries of yours are still on their way. They count first.`,
  goOn: 'Go on to signing',

  // While it pays down.
  title: 'Paying down',
  byMe: 'You asked to close this tally.',
  byThem: (name: string) => `${callName(name)} asked to close this tally.`,
  byBoth: (name: string) => `You and ${callName(name)} both asked to close this tally.`,
  onlyDown: 'Only entries that bring it nearer to zero count now. At zero it is closed.',
  restToMe: (name: string, rest: number): Sentence => [
    { name: callName(name) },
    ' still owes you ',
    { amount: rest, tone: 'owed' },
    ' CHIP.',
  ],
  restByMe: (name: string, rest: number): Sentence => [
    'You still owe ',
    { name: callName(name) },
    ' ',
    { amount: rest, tone: 'owe' },
    ' CHIP.',
  ],
  restNone: 'Nothing is owed. It closes when both copies hold everything.',
  howCreditor: (name: string) =>
    `Sign for what ${callName(name)} gives you, until nothing is left. Or forgive the rest.`,
  howDebtor: (name: string) =>
    `Give ${callName(name)} value for it; ${callName(name)} signs for what they got. Only ${callName(name)} can forgive the rest.`,
  record: (name: string) => `Sign for what ${callName(name)} gave`,
  forgive: 'Forgive the rest…',
  keepOpen: 'Keep it open after all',
  keepOpenStill: (name: string) =>
    `If you take back your wish, it still pays down, because ${callName(name)} asked as well.`,

  // Asking to settle.
  callTitle: (name: string) => `Ask ${callName(name)} to settle up?`,
  callText: (name: string, rest: number): Sentence => [
    { name: callName(name) },
    ' owes you ',
    { amount: rest, tone: 'owed' },
    ' CHIP. You name a day by which you would like it settled; nothing moves by itself.',
  ],
  callDays: 'In how many days',
  callMeans: (date: string) => `Settle up by ${date}.`,
  callNoDays: 'A number of days, 1000 at most.',
  callTooEarly: (notice: string) => `Sooner than your notice of ${notice}.`,
  callNotice: (days: number | null) =>
    days === null
      ? 'Your terms name no notice, so the thirty days of the agreement count.'
      : `You agreed to give ${plural(days, 'day', 'days')}’ notice.`,
  calledByMe: (name: string, by: string) => `You asked ${callName(name)} to settle up by ${by}.`,
  calledByThem: (name: string, by: string) => `${callName(name)} asks you to settle up by ${by}.`,
  calledHelpMine: 'Nothing moves by itself. Sign for what you get until it is settled.',
  calledHelpTheirs: (name: string) =>
    `Nothing moves by itself. Give ${callName(name)} value for it; ${callName(name)} signs for what they got.`,

  // Over.
  closedTitle: 'Closed and even',
  closedText: 'Nothing is owed any more. Both copies stay readable, and nothing can be added.',
  closedSince: (entries: number, date: string) =>
    `${entries === 1 ? '1 entry' : `${entries} entries`}, the last on ${date}.`,
}
