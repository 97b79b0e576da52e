import type {
  AuditFault,
  IdleWhy,
  LiftAim,
  LiftPart,
  LiftState,
  LiftWhy,
  NotCleared,
  RefereeWho,
} from '~/backend/backend'
import type { Sentence } from '~/i18n/sentence'
import { callName } from './common'

const them = (name: string) => ({ name: callName(name) })

/** What stands in the way; the name is there where it is about one tally. */
const idle: Record<IdleWhy, (name: string) => Sentence> = {
  paused: () => ['You paused clearing for all tallies.'],
  tallyPaused: (name) => ['You paused clearing on your tally with ', them(name), '.'],
  youTakeNoPart: (name) => [
    'Your tally with ',
    them(name),
    ' takes no part: you signed no permission there.',
  ],
  theyTakeNoPart: (name) => [them(name), ' signed no permission, or has a wallet that cannot clear.'],
  copiesDiffer: (name) => [
    'Your copy and ',
    them(name),
    '’s do not match. Nothing clears there until they do.',
  ],
  closing: (name) => ['Your tally with ', them(name), ' is closing: it only pays down.'],
  partnerAway: (name) => [them(name), '’s computer cannot be reached just now.'],
  tooFewTallies: () => ['A circle goes over two of your tallies. Fewer than two can take part now.'],
  yourSettings: (name) =>
    name === ''
      ? ['Your settings hold back what could be cleared.']
      : ['Your settings hold back what ', them(name), ' owes you.'],
  noRoom: () => [
    'On no two tallies does one person owe you while you owe another, enough to be worth a circle.',
  ],
  noReferee: () => ['Nobody is known who could keep the time for a circle.'],
  resting: () => ['Looked often enough for now. It looks again by itself within the hour.'],
  noCircle: () => [
    'Looked, and found no circle: the people around you do not owe each other the right way round.',
  ],
}

export const clearing = {
  title: 'Clearing',
  under: 'circles of debts that cancel out by themselves',
  month: 'Cleared in 30 days',
  week: 'This week',
  ever: 'Ever',
  weeks: 'Cleared week by week, as columns, and all of it so far, as a line',
  weeksTable: 'Week by week, as a table',
  weekOf: 'Week from',
  weekCleared: 'Cleared',
  weekTotal: 'So far',
  why: 'Why was nothing cleared?',
  whyTitle: 'Why nothing is cleared now',
  pause: 'Pause clearing',
  resume: 'Let it go on',
  paused:
    'Clearing is paused. Debts that cancel round a circle stay as they are, and no payment goes through you.',
  pauseTitle: 'Pause clearing?',
  pauseOne: (name: string): Sentence => ['Pause clearing with ', them(name), '?'],
  pauseCost:
    'Circles that would cancel what you owe and what you are owed are left alone, and nobody can pay through you. It costs you nothing but that.',
  pauseStill:
    'What is promised already is still settled. What you owe can still be paid down, by you, at any time.',
  pauseNow: 'Pause',
  keep: 'Not now',
  looking: {
    clear: 'Looking for a circle…',
    pay: 'Looking for a way…',
  } satisfies Record<LiftAim, string>,
  state: {
    promised: 'Promised',
    final: 'Final',
    cancelled: 'Cancelled',
    timedOut: 'Timed out',
  } satisfies Record<LiftState, string>,
  stateLow: {
    promised: 'promised',
    final: 'final',
    cancelled: 'cancelled',
    timedOut: 'timed out',
  } satisfies Record<LiftState, string>,
  checked: 'checked',
  wrong: 'does not hold',
  empty: 'No circle found yet',
  emptyHelp: (tallies: number) =>
    `Circles appear when people you trust also trade with each other. You have ${tallies} ${
      tallies === 1 ? 'tally' : 'tallies'
    }; 3 or more make circles likely.`,
  choose: 'Choose one on the left to see your part of it.',
  sum(state: LiftState, aim: LiftAim): string {
    if (state === 'promised') return 'CHIP promised'
    if (state !== 'final') return 'CHIP, nothing moved'
    return aim === 'clear' ? 'CHIP cancelled' : 'CHIP moved'
  },
  others: 'and others, not visible to you',
  someone: 'Someone, and others',
  invisible: 'not visible to you',
  you: 'You',
  fromOthers: 'comes from others, not visible to you',
  toOthers: 'goes on to others, not visible to you',
  arrives: 'arrives from their own partner',
  ringLabel: 'Your part of it',
  hopIn: (name: string): Sentence => [them(name), ' to you'],
  hopOut: (name: string): Sentence => ['You to ', them(name)],
  hopNone: 'The other hop',
  hopNoneHelp: 'not promised to you yet',
  hopAt: (state: string, clock: string) => `${state}, ${clock}`,
  promisedReceived: (clock: string) => `promise received ${clock}`,
  promisedSent: (clock: string) => `promise signed ${clock}`,
  timekeeper: {
    ourselves: () => ['Your own wallet'],
    partner: (name: string) => [them(name)],
    trusted: (address: string) => [address],
    stranger: (address: string) => [`${address}, which nobody here knows: for small amounts only`],
  } satisfies Record<RefereeWho, (name: string) => Sentence>,
  closedIn: (seconds: number, limit: string) =>
    ` closed it in ${seconds <= 1 ? 'a second' : `${seconds} seconds`}, limit ${limit}.`,
  keptTime: (limit: string) => ` kept the time, limit ${limit}.`,
  keepsTime: (limit: string) => ` keeps the time: Final or Cancelled by ${limit}.`,
  deadline: (limit: string) => `Promised, deadline ${limit}`,
  overdue:
    'The deadline is over and the timekeeper has not answered. Do not count on it and do not pay again: we keep asking until it is known.',
  stale:
    'Nobody could say for a day what was decided. The amount stays held; if it turns out to count, it is booked.',
  held: (milli: number): Sentence => [
    { amount: milli, heavy: true },
    ' is held meanwhile. Your balances do not show it as settled.',
  ],
  owesYou: (name: string): Sentence => [them(name), ' owes you'],
  youOwe: (name: string): Sentence => ['You owe ', them(name)],
  withName: (name: string): Sentence => ['You and ', them(name)],
  before: 'before',
  after: 'after',
  wouldBe: 'would be',
  total: (before: number, after: number): Sentence => [
    'Your total ',
    { amount: before, heavy: true },
    ' before, ',
    { amount: after, heavy: true },
    ' after.',
  ],
  unchanged: 'Your total: unchanged (0.000).',
  totalLess: (milli: number): Sentence => ['Your total: ', { amount: milli, heavy: true }, ' less.'],
  totalMore: (milli: number): Sentence => ['Your total: ', { amount: milli, heavy: true }, ' more.'],
  totalNone: 'Nothing moved.',
  totalOpen: 'Your total does not change before it is final.',
  proof: 'Proof',
  toPayment: 'The payment',
  toInvoice: 'The payment code',
  save: 'Save proof',
  saved: (path: string) => `Saved as ${path}`,
  check: 'Check again',
  checkedAt: (clock: string) => `Checked at ${clock}: all papers hold.`,
  within: 'Within your settings',
  outside: 'Outside your settings',
  outsideHelp:
    'This was not what you signed for. Save the proof, pause clearing, and talk to the people named here.',
  fault: {
    signature: 'A promise is not signed by a key that was given for it.',
    certificate: 'The timekeeper’s paper does not fit this lift, or is not theirs.',
    notBooked: 'It is said to count, and is not in the tally.',
    bookedAnyway: 'It is in the tally without counting.',
    notAllowed: 'Your settings allowed no lift on this tally then.',
    aboveTarget: 'More came in than you like to hold.',
    belowTarget: 'More went out than your settings let go free of charge.',
    uncovered: 'More went out than came in.',
  } satisfies Record<AuditFault, string>,
  faultOn: (name: string): Sentence => ['With ', them(name), ': '],
  failed: {
    shut: 'A tally on the way takes no part.',
    time: 'There was not enough time left.',
    referee: 'Somebody on the way did not accept the timekeeper.',
    room: 'A tally on the way had no room any more.',
    route: 'The way was gone.',
    busy: 'Somebody on the way had too much under way.',
    terms: 'Somebody on the way did not take the terms.',
    beyond: 'Somebody further on said no.',
    other: 'Somebody on the way said no and gave no reason that we know.',
  } satisfies Record<LiftWhy, string>,
  kind: {
    clear: 'Circle',
    began: 'Payment you made',
    through: 'Payment through you',
    payee: 'Payment to you',
  } satisfies Record<'clear' | LiftPart, string>,
  rowPay: {
    began: 'you paid',
    through: 'through you',
    payee: 'to you',
  } satisfies Record<LiftPart, string>,
  unsound: (count: number) =>
    count === 1
      ? 'Something moved over your tallies that your settings did not allow.'
      : `${count} things moved over your tallies that your settings did not allow.`,
  auditBadge: (count: number) => `${count} ${count === 1 ? 'lift does' : 'lifts do'} not hold`,
  listLabel: 'What was cleared and paid through the network',
  idle: (why: IdleWhy, name: string): Sentence => idle[why](name),
  last: {
    notYet: 'It has not looked for a circle yet since the wallet was opened.',
    paused: 'It does not look: clearing is paused.',
    tooFewTallies: 'At the last look fewer than two tallies could take part.',
    nothingFits: 'At the last look no two tallies fitted together.',
    noReferee: 'At the last look nobody was known who could keep the time.',
    resting: 'It has looked often enough for this hour.',
    noneFound: 'At the last look no circle came back.',
    begun: 'At the last look a circle was found and begun.',
  } satisfies Record<NotCleared, string>,
  look: 'Look there',
  lookedAt: (ago: string) => `Last looked ${ago}.`,
  openSince: (ago: string) => `This wallet is open since ${ago}; before that, you were away.`,
  takingPart: (part: number, all: number) => `${part} of ${all} tallies take part.`,
  // Inside a tally.
  here: 'Clearing over this tally',
  hereOn: 'Debts cancel here by themselves, within the settings above.',
  hereOff: 'Paused by you: no circle and no payment of others goes over this tally.',
  hereNot: 'This tally takes no part: no permission was signed for it.',
  pauseHere: 'Pause here',
  join: 'Let it take part…',
  nextCircle: (milli: number): Sentence => [
    'The next circle can move at most ',
    { amount: milli, heavy: true },
    ' over this tally and another of yours.',
  ],
  nextNone: 'With these settings no circle can move anything over this tally now.',
  owedStays: (milli: number): Sentence => [
    'You owe ',
    { amount: milli, heavy: true },
    ' here. That can be paid down whatever you set.',
  ],
  // Settings of the whole wallet.
  choices: 'Clearing',
  least: 'Smallest circle',
  leastHelp: 'Circles of less are left alone.',
  leastSave: 'Save',
  leastSaved: 'Saved.',
  leastError: 'At least 0.001.',
  joins: 'New tallies take part',
  joinsHelp:
    'Your signature under a tally lets debts cancel over it, at no cost and within your settings, and tells that partner about how many tallies you have.',
  serves: 'Keep the time for others',
  servesHelp:
    'This wallet then decides circles and payments of anybody who asks it. It should be reachable day and night.',
  trusted: 'Timekeepers you trust',
  trustedNone: 'None but your partners.',
  trustedDrop: 'Trust no more',
  trustedAdd: 'Add',
  trustedAddress: 'Address',
  trustedHelp: 'Their address as they copy it from their Settings, or agent@host:port.',
}
