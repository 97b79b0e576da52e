import type { CopiesState, Direction, EntryStage, HistoryFilter, PhaseView } from '~/backend/backend'
import type { Sentence } from '~/i18n/sentence'
import { amountWords } from '~/i18n/number-words'
import { callName, plural } from './common'

/** A phase as the chip says it; an open tally has no chip, so that only exceptions have a shape. */
const phases: Record<PhaseView, string> = {
  draft: 'Invited',
  contacted: 'Their turn',
  partnerDraft: 'Your turn',
  offering: 'On its way',
  offered: 'Their turn',
  offeredToUs: 'Your turn',
  accepting: 'On its way',
  open: 'Open',
  closing: 'Paying down',
  closed: 'Closed',
  void: 'Not agreed',
}

export const tallies = {
  title: 'Tallies',
  inviteSomeone: 'Invite someone',
  filters: {
    all: 'All',
    needsMe: 'Needs me',
    open: 'Open',
    invitations: 'Invitations',
    iOwe: 'I owe',
    owesMe: 'Owes me',
    closed: 'Closed',
  },
  filterBy: 'Show',
  person: 'Person',
  youOwe: 'You owe',
  owesYou: 'Owes you',
  copies: 'Both copies',
  state: 'State',
  scale: 'Balance',
  together: 'Together',
  oneScale: 'All bars share one scale',
  phases,
  left: (time: string) => `${time} left`,
  invitation: 'Invitation',
  goodForOne: 'Good for one person',
  waiting: (amount: number): Sentence => [{ amount, tone: 'plain' }, ' waiting'],
  beyond: (amount: number): Sentence => [{ amount, tone: 'plain' }, ' beyond'],
  empty: 'No tallies yet',
  emptyHelp: 'A tally begins when one of you shows a code and the other opens it.',
  noneMatch: 'None of your tallies is like that',
  clear: 'Show all',
  copiesShort: {
    match: 'Match',
    catchingUp: 'Catching up',
    notYet: 'Not signed yet',
    mismatch: 'Do not match',
  } satisfies Record<CopiesState, string>,
  notUsed: 'Not used yet',
  damaged: 'Damaged tally',
  unreadable: 'Cannot be read',
  behind: (count: number) => `Catching up (${count})`,
}

/** A tally whose rows are damaged on this disk. */
export const unreadable = {
  title: 'This tally cannot be read',
  text: 'Part of it was damaged on this computer’s disk. What may be wrong is not shown, and nothing new is promised in it.',
  whatNow:
    'Your partner holds the other copy, and your other tallies are not touched. Keep a copy of your profile folder as it is now, then look at the disk, and put back a backup if you have one.',
  owedToYou: 'Owed to you',
  waiting: 'Waiting to leave',
  damaged: 'What is damaged',
  number: 'Number of the tally',
  copy: 'Copy details',
  details: 'Details',
}

export const tally = {
  since: (name: string, date: string) => `credit agreement with ${callName(name)} since ${date}`,
  begun: (date: string) => `begun ${date.charAt(0).toLowerCase()}${date.slice(1)}`,
  nobody: 'Nobody yet',
  tabs: { now: 'Now', history: 'History', agreement: 'Agreement', settings: 'Settings', proof: 'Proof' },
  tabsLabel: 'Parts of this tally',
  payName: (name: string) => `Pay ${callName(name)}`,
  copiesLong(state: CopiesState, behind: number): string {
    if (state === 'match') return 'Both copies match'
    if (state === 'catchingUp') return `Catching up, ${plural(behind, 'entry', 'entries')} on the way`
    return state === 'notYet' ? 'Nothing to compare yet' : 'The two copies do not match'
  },
  balance(name: string, milli: number): Sentence {
    if (milli === 0) return [{ strong: 'Even' }, ' with ', { name: callName(name) }]
    return milli < 0
      ? ['You owe ', { name: callName(name) }, ' ', { amount: milli, tone: 'owe' }]
      : [{ name: callName(name) }, ' owes you ', { amount: milli, tone: 'owed' }]
  },
  moreWaiting: (amount: number): Sentence => [{ amount, tone: 'plain' }, ' more waiting'],
  toward: (name: string) => `toward ${callName(name)}`,
  towardYou: 'toward you',
  clearing: 'clearing',
  waitingKey: 'waiting',
  halfOf: (name: string) => `${callName(name)}’s half`,
  yourHalf: 'Your half',
  older: (count: number) => `${count} older`,
  stickAlt(name: string, entries: number, copies: string): string {
    return `Split stick of you and ${name}: ${plural(entries, 'entry', 'entries')}. ${copies}.`
  },
  barAlt(name: string, milli: number, waiting: number): string {
    const first = callName(name)
    const settled =
      milli === 0
        ? `You and ${first} are even.`
        : milli < 0
          ? `You owe ${first} ${amountWords(milli)}.`
          : `${first} owes you ${amountWords(milli)}.`
    return waiting === 0 ? settled : `${settled} ${amountWords(waiting)} more is waiting.`
  },
  settled: 'settled',
  waiting: 'waiting',
  mostYou: 'most you may owe',
  mostThey: (name: string) => `most ${callName(name)} may owe`,
  agreed: 'What you agreed',
  proposed: 'What is proposed',
  theyLet: (name: string, limit: number): Sentence => [
    { name: callName(name) },
    ' lets you owe up to ',
    { amount: limit, short: true, tone: 'plain' },
    ' CHIP',
  ],
  theyLetNone: (name: string): Sentence => [
    { name: callName(name) },
    ' gives you no credit. Normal for a start.',
  ],
  theyLetAny: (name: string): Sentence => [{ name: callName(name) }, ' set no limit to what you may owe'],
  theirNotice: (days: number | null) =>
    days === null
      ? 'and has set no notice'
      : `and gives you ${plural(days, 'day', 'days')}’ notice before settling up`,
  youLet: (name: string, limit: number): Sentence => [
    'You let ',
    { name: callName(name) },
    ' owe up to ',
    { amount: limit, short: true, tone: 'plain' },
    ' CHIP',
  ],
  youLetNone: (name: string): Sentence => [
    'You give ',
    { name: callName(name) },
    ' no credit. Normal for a start.',
  ],
  youLetAny: (name: string): Sentence => ['You set no limit to what ', { name: callName(name) }, ' may owe'],
  yourNotice: (days: number | null) =>
    days === null
      ? 'and have set no notice'
      : `and give ${plural(days, 'day', 'days')}’ notice before settling up`,
  room: 'Room left',
  beyond: 'beyond what you agreed',
  noRoomLimit: 'no limit',
  onItsWay: 'On its way',
  lastEntry: 'Last entry',
  signedAt: (time: string) => `signed ${time}`,
  arrivedAt: (time: string) => `arrived ${time}`,
  youPromise: (name: string, units: number): Sentence => [
    'You promise ',
    { name: callName(name) },
    ' ',
    { amount: units, tone: 'plain' },
    ' CHIP',
  ],
  youPromised: (name: string): Sentence => ['You promised ', { name: callName(name) }],
  theyPromised: (name: string): Sentence => [{ name: callName(name) }, ' promised you'],
  theyPromise: (name: string, units: number): Sentence => [
    { name: callName(name) },
    ' promised you ',
    { amount: units, tone: 'plain' },
    ' CHIP',
  ],
  cleared: 'Cleared in a circle',
  automatic: ' · automatic',
  settingsChanged: (name: string, mine: boolean): Sentence => [
    mine ? 'You' : { name: callName(name) },
    ' changed settings, or took a wish back',
  ],
  nothingSettled: (name: string, heard: string | null) =>
    heard === null
      ? `Nothing is settled yet. It is sent again by itself until ${callName(name)}’s computer answers.`
      : `Nothing is settled yet. ${callName(name)}’s computer was last heard ${heard}.`,
  allSettled: 'Settled. Both copies hold this entry at the same place.',
  noneYetTitle: 'No notches yet',
  noneYet: (name: string) =>
    `Nothing has happened with ${callName(name)} yet. That is what a new tally looks like.`,
}

export const stages = {
  label: 'How far it has come',
  mine: {
    signed: 'Signed here',
    delivered: 'Delivered',
    accepted: 'Accepted',
    matched: 'Both copies match',
  } satisfies Record<EntryStage, string>,
  theirs: {
    signed: 'Signed by them',
    delivered: 'Arrived here',
    accepted: 'Accepted here',
    matched: 'Both copies match',
  } satisfies Record<EntryStage, string>,
  done: 'done',
  now: 'now',
  later: 'later',
  waitingFor: (name: string) => `waiting for ${callName(name)}`,
  next: 'next',
}

export const history = {
  date: 'Date',
  entry: 'Entry',
  towardThem: (name: string) => `Toward ${callName(name)}`,
  towardYou: 'Toward you',
  after: 'Balance after',
  youOwe: 'You owe',
  owesYou: (name: string) => `${callName(name)} owes`,
  even: 'Even',
  waiting: 'waiting',
  course: 'Balance after each entry',
  agreed: 'what you agreed',
  earlier: 'Show earlier',
  save: 'Save as a table (CSV)',
  shown: (shown: number, total: number) =>
    shown === total
      ? `${total === 1 ? '1 entry' : `All ${plural(total, 'entry', 'entries')}`}. Balances count every entry.`
      : `${shown} of ${plural(total, 'entry', 'entries')}. Balances count every entry.`,
  hidden: (count: number, sum: number): Sentence =>
    sum === 0
      ? [`Hidden by filter: ${plural(count, 'entry', 'entries')}, `, { amount: 0, tone: 'plain' }, '.']
      : [
          `Hidden by filter: ${plural(count, 'entry', 'entries')}, together `,
          { amount: sum, tone: 'plain' },
          sum > 0 ? ' toward you.' : ' toward them.',
        ],
  always: ' Balances always count every entry.',
  filterBy: 'Show only',
  kinds: {
    all: 'All',
    payments: 'Payments',
    clearing: 'Clearing',
    settings: 'Settings',
  } satisfies Record<HistoryFilter['kind'], string>,
  fromYou: 'From you',
  from: (name: string) => `From ${callName(name)}`,
  find: 'Find words',
  noneMatch: 'No entry is like that',
  showAll: 'Show all',
  answers: 'answers a request',
  request: (name: string, mine: boolean, units: number, when: string): Sentence => [
    ...(mine ? ['You asked ', { name: callName(name) }] : [{ name: callName(name) }, ' asked you']),
    ' for ',
    { amount: units, tone: 'plain' },
    `, ${when}.`,
  ],
  requestTimes: (times: number) => (times === 1 ? '' : ` Asked ${times} times.`),
  requestGone: 'That request is not kept here any more.',
  takeBack: 'Take back',
  takeBackTitle: 'Take this entry back?',
  takeBackText: (name: string, units: number): Sentence => [
    'It has not left this computer, so ',
    { name: callName(name) },
    ' does not know of it. Taken back, the promise of ',
    { amount: units, tone: 'plain', heavy: true },
    ' CHIP never happened.',
  ],
  takeBackSettings: (name: string) =>
    `It has not left this computer, so ${callName(name)} does not know of it. Taken back, your settings stay as they were.`,
  takeBackKeep: 'Keep it',
  takeBackGo: 'Take it back',
  cancelled: 'Taken back before they left',
  cancelledAt: (when: string) => `taken back ${when}`,
  direction: {
    towardMe: 'toward you',
    towardThem: 'toward them',
  } satisfies Record<Direction, string>,
}

export const agreement = {
  title: 'Terms in force',
  notYet: 'Terms as they stand',
  theyMayOwe: (name: string) => `Most ${callName(name)} may owe you`,
  youMayOwe: 'Most you may owe',
  noLimit: 'no limit set',
  none: 'nothing (no credit)',
  notice: 'Notice before settling up',
  theyGive: (name: string) => `${callName(name)} gives you`,
  youGive: 'You give',
  noNotice: 'none set',
  half: 'Your half',
  halves: { stock: 'usually the seller’s half (stock)', foil: 'usually the buyer’s half (foil)' } as Record<
    string,
    string
  >,
  contract: 'The agreement you both sign',
  contractMissing: 'Its text is not on this computer.',
  contractHash: 'Fingerprint of the text',
  warns: 'A limit warns, it does not block. Beyond it your partner need not accept an entry as payment.',
  card: 'Their identity card',
  cardHelp: (name: string) => `What ${callName(name)} says about themselves. Nobody has checked it.`,
  address: 'Address',
  compare: 'Read these four words to each other: both screens show the same.',
  date: 'Begun',
}

export const proof = {
  title: 'What anybody can check',
  intro: 'Both of you hold the same tally, signed by both. These numbers are computed anew on this computer.',
  digest: 'Fingerprint of the tally',
  head: 'Entries in the chain',
  headHash: 'Fingerprint of the chain’s end',
  agreed: 'Known to match up to entry',
  mine: 'Your signature',
  theirs: (name: string) => `${callName(name)}’s signature`,
  none: 'not yet',
  protocol: 'In the protocol: block 0, chain hash and consensus index.',
}

export const pending = {
  contacted: (name: string) => `${callName(name)} has your identity card`,
  contactedText: (name: string) =>
    `${callName(name)} decides now. When their offer arrives you will read it and accept or refuse. Nothing is promised yet.`,
  offering: 'Your offer is signed and on its way',
  offeringText: (name: string) =>
    `It is sent by itself as soon as ${callName(name)}’s computer answers. Nothing is promised yet.`,
  offered: (name: string) => `${callName(name)} has your offer`,
  offeredText: (name: string) => `The tally opens when ${callName(name)} accepts. Nothing is promised yet.`,
  accepting: 'You accepted; your answer is on its way',
  acceptingText: (name: string) =>
    `The tally opens as soon as ${callName(name)}’s computer has your signature.`,
  void: 'This tally was not agreed',
  voidText: 'Nothing was promised and nothing is owed. It stays here as a record.',
  reason: (name: string) => `${callName(name)} wrote`,
  draft: 'Waiting for somebody to use your invitation',
  draftText: 'Show the code or send the link. Whoever uses it becomes the other party, and you still decide.',
  showCode: 'Show the code',
}
