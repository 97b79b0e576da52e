import type { SignKind } from '~/backend/backend'
import type { Sentence } from '~/i18n/sentence'
import { time } from '~/i18n/time'
import { callName } from './common'

/** What a sheet's sentence is made of. */
type Facts = { name: string; amount: number | null; by: number | null }

export const review = {
  answerTitle: (name: string) => `${callName(name)} used your invitation`,
  answerUnder: 'Is it the person you meant? Then sign your offer.',
  offerTitle: (name: string) => `${callName(name)} offers you a tally`,
  offerUnder: 'Read it, compare the words, then accept or refuse.',
  who: 'Who it is',
  says: (name: string) => `“${name}” is the name they give. Nobody has checked it.`,
  compare: 'Read these four words to each other. Both screens must show the same.',
  differ: 'If they differ, somebody is in between: do not sign.',
  heard: (when: string) => `last heard ${when}`,
  yourTerms: 'Your terms',
  theirTerms: (name: string) => `${callName(name)}’s terms`,
  theirsToCome: 'They choose when they answer your offer.',
  mayOwe: (name: string) => `${callName(name)} may owe you`,
  youMayOwe: 'You may owe',
  nothing: 'nothing',
  nothingHelp: 'no credit, normal for a start',
  upTo: 'up to',
  noLimit: 'without a limit',
  notice: (days: number) => `${days} days’ notice before settling up`,
  noNotice: 'no notice set',
  contract: 'The agreement',
  contractHelp: 'You both sign exactly this text.',
  read: 'Read it',
  memo: 'Their words in the tally',
  signOffer: 'Sign and offer',
  accept: 'Accept',
  refuse: 'Refuse',
  leave: 'Not them? Refuse, and nothing is promised.',
  turn: 'Your turn',
  refuseTitle: (name: string) => `Refuse ${callName(name)}’s offer?`,
  refuseAnswerTitle: (name: string) => `Turn ${callName(name)} away?`,
  refuseText:
    'Nothing is promised and nothing is owed. They will see that you refused, and the reason if you write one.',
  reason: 'Reason (optional)',
  reasonHelp: 'They will see these words.',
}

export const sign = {
  titles: {
    pay: ({ name, amount }) => [
      'You promise ',
      { name },
      ' ',
      { amount: amount ?? 0, tone: 'plain' },
      ' CHIP.',
    ],
    offer: ({ name }) => ['You offer ', { name }, ' a tally.'],
    counter: ({ name }) => ['You send ', { name }, ' other terms.'],
    accept: ({ name }) => ['You accept ', { name }, '’s tally.'],
    settings: ({ name }) => ['Your settings for clearing with ', { name }, '.'],
    close: ({ name }) => ['You close your tally with ', { name }, '.'],
    keepOpen: ({ name }) => ['You keep your tally with ', { name }, ' open.'],
    call: ({ name, by }) => ['You ask ', { name }, ` to settle up by ${by === null ? '' : time.date(by)}.`],
    forgive: ({ name, amount }) => [
      'You forgive ',
      { name },
      ' the last ',
      { amount: amount ?? 0, tone: 'plain' },
      ' CHIP.',
    ],
  } satisfies Record<SignKind, (facts: Facts) => Sentence>,
  /** The line under the sentence where there is no amount to read out. */
  under: {
    offer: 'Your half is signed now; theirs when they accept.',
    counter: 'Your half is signed now; theirs when they accept.',
    accept: 'With your signature the tally is open.',
    settings: 'A standing permission. It holds until you sign other settings.',
    close: 'From now on it only pays down. At zero it is closed.',
    keepOpen: 'You take back your wish to close it.',
    call: 'This is your notice.',
  } satisfies Record<Exclude<SignKind, 'pay' | 'forgive'>, string>,
  answers: 'This pays what they asked for.',
  before: 'Before',
  changes: 'What changes',
  owedNow: 'What is owed now',
  after: 'After',
  roomLeft: (amount: number): Sentence => ['room left ', { amount, tone: 'plain' }],
  beyond: (amount: number): Sentence => [{ amount, tone: 'plain', heavy: true }, ' beyond'],
  agreedAt: 'agreed',
  youOwe: 'you owe',
  owesYou: (name: string) => `${callName(name)} owes you`,
  even: 'even',
  warnings: {
    overLimit: (name: string, excess: number): Sentence => [
      { amount: excess, tone: 'plain', heavy: true },
      { strong: ' beyond what you agreed.' },
      ' This is allowed. ',
      { name: callName(name) },
      ' need not accept it as payment.',
    ],
    firstPayment: (name: string): Sentence => [
      { strong: 'Your first payment to ' },
      { strong: callName(name) },
      { strong: '.' },
      ' Have you compared the four words?',
    ],
    differsFromCode: (claimed: number): Sentence => [
      { strong: 'The terms are not what the code said.' },
      ' The code said you may owe up to ',
      { amount: claimed, tone: 'plain' },
      ' CHIP.',
    ],
  },
  tally: 'Tally',
  agreement: 'Agreement',
  date: 'Date',
  entry: 'Entry',
  with: (name: string) => `with ${callName(name)}`,
  exact: 'Show exactly what is signed',
  exactHide: 'Hide what is signed',
  exactText: 'The exact text',
  digest: 'Its fingerprint (SHA-256)',
  undone: {
    pay: (name: string) => `This cannot be undone. ${callName(name)} can send it back.`,
    offer: () => 'The tally opens when they accept. Until then nothing is owed.',
    counter: () => 'The tally opens when they accept. Until then nothing is owed.',
    accept: () => 'A tally cannot be undone. It can be closed at zero.',
    settings: () => 'You can sign other settings at any time.',
    close: () => 'You can take this back until the tally stands at zero.',
    keepOpen: () => 'You can close it again at any time.',
    call: (name: string) => `Nothing moves by itself. ${callName(name)} reads it and settles, or says how.`,
    forgive: (name: string) => `This cannot be undone. ${callName(name)} owes you nothing here afterwards.`,
  } satisfies Record<SignKind, (name: string) => string>,
  confirm: {
    pay: 'Sign the promise',
    offer: 'Sign and offer',
    counter: 'Sign and send back',
    accept: 'Sign and accept',
    settings: 'Sign the settings',
    close: 'Sign and close',
    keepOpen: 'Sign and keep open',
    call: 'Sign the notice',
    forgive: 'Sign and forgive',
  } satisfies Record<SignKind, string>,
  signing: 'Signing…',
  signedTitle: {
    pay: 'Signed here',
    offer: 'Your offer is signed',
    counter: 'Your terms are signed',
    accept: 'Your half is signed',
    settings: 'Your settings are signed',
    close: 'Signed: it pays down from here',
    keepOpen: 'Signed: it stays open',
    call: 'Your notice is signed',
    forgive: 'Signed here',
  } satisfies Record<SignKind, string>,
  signedText: (name: string) =>
    `It is safe on this computer and is sent by itself until ${callName(name)}’s computer has it. You can close this.`,
  deliveredText: (name: string) => `${callName(name)}’s computer has it.`,
  again: 'Look again',
  nothingSigned: 'Nothing was signed.',
}

export const pay = {
  title: 'Pay',
  under: 'Nothing is sent before you sign',
  to: 'To',
  choose: 'Choose a partner',
  amount: 'Amount',
  memo: 'What for',
  memoHelp: 'Both of you will see this.',
  review: 'Review',
  reviewing: 'Preparing…',
  noPartners: 'Nobody to pay yet',
  noPartnersHelp:
    'You can pay people you have an open tally with. Invite somebody, or open a code you were sent.',
  zero: 'More than zero.',
  preview: 'What this does',
  now: 'Now',
  then: 'After this',
  standing(name: string, milli: number): Sentence {
    if (milli === 0) return ['You and ', { name: callName(name) }, ' are even']
    return milli < 0
      ? ['You owe ', { name: callName(name) }, ' ', { amount: milli, tone: 'owe' }]
      : [{ name: callName(name) }, ' owes you ', { amount: milli, tone: 'owed' }]
  },
  beyond: (name: string, amount: number): Sentence => [
    { amount, tone: 'plain' },
    ' beyond what you agreed. Allowed, but ',
    { name: callName(name) },
    ' need not accept it as payment.',
  ],
  roomAfter: (amount: number): Sentence => ['Room left after this: ', { amount, tone: 'plain' }, ' CHIP'],
  inside: 'That is inside what you agreed.',
  steps: 'You will see it in full and sign on the next sheet.',
}

export const contract = {
  hash: 'Fingerprint of this text, computed anew here',
  exact: 'This is the exact text you both sign.',
  missing: 'The text of this agreement is not on this computer.',
}
