import type { CardField, CheckName, CodeForm, CodeKind, CodeProblem } from '~/backend/backend'
import type { Sentence } from '~/i18n/sentence'
import { callName } from './common'

const SENT: Record<CardField, string> = { email: 'your e-mail', phone: 'your phone', place: 'your place' }

/** What is wrong with a code and what to do about it. */
type Problem = { title: string; text: string }

export const open = {
  title: 'Open a code',
  safe: 'Looking at a code sends nothing',
  drop: 'Drop a picture, link or file',
  dropAnywhere: 'Let go anywhere to look at it',
  dropHelp: 'Ctrl V works anywhere in the app',
  dropNow: 'Let go to look at it',
  paste: 'Paste',
  choose: 'Choose file',
  screen: 'On my screen',
  screenLabel: 'Look for codes on my screen',
  chooseLabel: 'Choose a picture or text file with a code',
  orText: 'Or type the text',
  text: 'The text of the code',
  textHelp: 'It begins with chip:// for an invitation.',
  look: 'Look at it',
  looking: 'Looking…',
  pasteHere: 'The system keeps its clipboard closed to this button. Press Ctrl V now instead.',
  pasteEmpty: 'There is nothing on the clipboard that could be a code.',
  several: 'There are several codes. Which one?',
  seen: 'Seen in this session',
  emptyTitle: 'The code appears here',
  emptyText: 'You will see what it is and what it asks before anything leaves this computer.',
}

export const code = {
  kinds: {
    invitation: 'Invitation',
    paymentRequest: 'Payment request',
    address: 'Address',
    keyBackup: 'Key backup',
    handOver: 'Handed over',
    damaged: 'Damaged code',
    somethingElse: 'Something else',
  } satisfies Record<CodeKind, string>,
  goodUntil: (when: string) => `good until ${when}`,
  ranOut: (when: string) => `ran out ${when}`,
  nameInCode: 'is the name in the code',
  forms: {
    ours: 'Written the way Tallystick does.',
    reference: 'Written the way other MyCHIPs programs do. Such codes carry no check sum.',
  } satisfies Record<CodeForm, string>,
  unseenTitle: 'This code hides characters',
  unseenText:
    'They cannot be seen, or turn the writing around, and are shown as boxes. Names that do so often pretend to be another’s.',
  facts: { address: 'Address', memo: 'What for', reference: 'Their number', dated: 'Made' },
  noExpiry: 'does not say until when',
  noName: 'The code gives no name',
  noNameCall: 'the maker',
  compare: 'Compare four words',
  lets: (name: string | null, limit: number): Sentence => [
    name === null ? 'The maker' : { name: callName(name) },
    ' lets you owe up to ',
    { amount: limit, short: true, tone: 'plain' },
    ' CHIP.',
  ],
  letsNone: (name: string | null): Sentence => [
    name === null ? 'The maker' : { name: callName(name) },
    ' gives you no credit. Normal for a start.',
  ],
  letsUnknown: 'The code names no limit. You will see the terms before you sign.',
  saysCode: 'So says the code. Answering gives them no credit.',
  asks: (units: number): Sentence => ['It asks for ', { amount: units, tone: 'plain' }, ' CHIP.'],
  asksOpen: 'It asks to be paid and leaves the amount to you.',
  checks: {
    wellFormed: ['Complete', 'Not complete'],
    unaltered: ['Unaltered', 'Altered'],
    notExpired: ['Not expired', 'Expired'],
    clockFits: ['Its date makes sense', 'Its date is too far ahead'],
    notUsedHere: ['Not used here before', 'Used here before'],
    notOwn: ['Not made by you', 'Made by you'],
    forMe: ['For anyone, or for you', 'For somebody else'],
    sealedToMaker: ['Sealed to its maker’s key', 'Not sealed to its maker'],
  } satisfies Record<CheckName, [string, string]>,
  unknownCheck: (words: string) => `${words}: could not be checked`,
  checksTitle: 'Checked on this computer',
  sends: (name: string | null, disclose: CardField[]): Sentence => [
    'Pressing ',
    { strong: contactWords(name) },
    ` sends: your identity card (${['your name and address', ...disclose.map((field) => SENT[field])].join(', ')}), sealed so only they can read it. Nothing else, and nothing before you press.`,
  ],
  contact: contactWords,
  contacting: 'Sending…',
  bringsTitle: 'Inside',
  gathering: (have: number, of: number) => `${have} of ${of} parts seen`,
  gatheringHelp:
    'Keep the camera on the moving code, or go on with pictures of it. Parts may come in any order.',
  gathered: (have: number, of: number) => `${Math.floor((100 * have) / of)} %`,
  handedBy: 'handed this over; the seal is theirs',
  take: 'Take it in',
  taking: 'Taking it in…',
  takes:
    'Taking it in changes your copy as if it had come over the network. Nothing is signed and nothing is sent.',
  textInside: 'What it says',
  left: 'Nothing was opened, sent or changed.',
  problems: {
    truncated: {
      title: 'Part of this code is missing',
      text: 'Copy all of it, or take a picture with the whole code in it.',
    },
    altered: {
      title: 'This code was changed on the way',
      text: 'Its check sum does not fit. Ask for it again, from the person themselves.',
    },
    malformed: { title: 'This code is not written as it must be', text: 'Ask for a new one.' },
    expired: { title: 'This code has run out', text: 'Ask for a new one. Nothing was lost.' },
    fromTheFuture: {
      title: 'This code is from the future',
      text: 'One of the two clocks is wrong. Check the time of this computer.',
    },
    usedHere: { title: 'You have used this code already', text: 'It works once. Look among your tallies.' },
    own: { title: 'This is your own code', text: 'It is still good, for somebody else to scan.' },
    ownUsed: {
      title: 'This is your own code, used already',
      text: 'Look among your tallies to see by whom.',
    },
    ownRevoked: { title: 'This is your own code, revoked', text: 'Nobody can use it. Make a new one.' },
    forAnother: { title: 'This code is for somebody else', text: 'Only the person it names can use it.' },
    badAmount: {
      title: 'The amount in this code makes no sense',
      text: 'It is zero, negative, too large or too finely divided. Ask for a new one.',
    },
    tooLong: { title: 'This is longer than any code of ours', text: 'It was not read further.' },
    tooNew: { title: 'This code was made by a newer Tallystick', text: 'Update this one to use it.' },
    keyBackup: {
      title: 'This is a key backup',
      text: 'Keys are never taken from a code. Keep it where nobody else can see it.',
    },
    foreignLink: {
      title: 'This link belongs to another program',
      text: 'It is shown as text and is never opened from here.',
    },
    script: {
      title: 'This link would start something',
      text: 'It asks a program to run or a file to be opened. It is shown as text and left alone.',
    },
    wifi: {
      title: 'This is a wireless network’s password',
      text: 'Your system’s network settings can use it. Nothing was joined.',
    },
    barcode: {
      title: 'This is a product’s number',
      text: 'Shops print it on what they sell. There is nothing to do with it here.',
    },
    otherWallet: {
      title: 'This is for another kind of money',
      text: 'It was made for another kind of wallet. Nothing was paid.',
    },
    foreign: {
      title: 'This is not one of our codes',
      text: 'It is shown below as plain text, and was left alone.',
    },
    partnersOnly: {
      title: 'Only a partner can pay this',
      text: 'Whoever made it is paid over a tally of theirs, and you share none. Ask them for an invitation first.',
    },
    notYetSupported: {
      title: 'Read, and nothing done',
      text: 'This version shows such a code but cannot act on it yet.',
    },
  } satisfies Record<CodeProblem, Problem>,
  seen(name: string | null, kind: CodeKind, problem: CodeProblem | null): string {
    if (problem !== null && problem !== 'notYetSupported') return code.problems[problem].title
    return name === null ? code.kinds[kind] : `${code.kinds[kind]} from “${name}”`
  },
}

function contactWords(name: string | null): string {
  return name === null ? 'Contact' : `Contact ${callName(name)}`
}
