import type { FailureCode, SettingsView } from '~/backend/backend'
import { percentText } from '~/i18n/percent'
import type { Part, Sentence } from '~/i18n/sentence'
import { time } from '~/i18n/time'
import { callName } from './common'

type Values = Pick<SettingsView, 'target' | 'bound' | 'rewardPpm' | 'clutchPpm'>
type Rule = Extract<FailureCode, { kind: 'badSettings' }>['rule']

const amount = (milli: number): Part => ({ amount: milli, tone: 'plain' })

/** How far clearing may take a tally, for the person who signs it. */
function reach(name: string, { target, bound, rewardPpm }: Values): Sentence {
  const them = { name: callName(name) }
  if (bound === 0)
    return ['Clearing may cancel what you and ', them, ' owe each other, down to even, and adds nothing new.']
  const first: Sentence =
    target === 0
      ? ['Clearing may cancel what you and ', them, ' owe each other, down to even.']
      : ['Clearing may go on until ', them, ' owes you ', amount(target), '.']
  if (target === bound) return [...first.slice(0, -1), ', and never further.']
  const terms =
    rewardPpm > 0
      ? `, if you get ${percentText(rewardPpm)} of what is added`
      : rewardPpm < 0
        ? `, and it costs you ${percentText(-rewardPpm)} of what is added`
        : ', free of charge'
  return [...first, ' Beyond that up to ', amount(bound), `${terms}.`]
}

/** What it takes to let go of what somebody likes to hold. */
function letGo({ target, clutchPpm }: Values): Sentence {
  if (clutchPpm === 1_000_000) return ['It takes nothing away that you like to hold.']
  if (clutchPpm > 0)
    return [`Of what you like to hold it may take some away, if you get ${percentText(clutchPpm)} of it.`]
  if (clutchPpm < 0)
    return [`What you like to hold may be taken away, and it costs you ${percentText(-clutchPpm)} of it.`]
  return target === 0 ? [] : ['What is owed to you may be used at any time, free of charge.']
}

/**
 * What a change of settings said, in one line of the history. `before` is what the same person had set until then, where
 * that is at hand: an entry carries all values, also those it did not touch.
 */
function changed(name: string, mine: boolean, settings: SettingsView, before: SettingsView | null): Sentence {
  const them: Part = { name: callName(name) }
  const who = mine ? 'You' : them
  const close = before === null ? settings.close : settings.close !== before.close
  const call = before === null ? settings.call !== null : settings.call !== before.call
  if (close) return [who, settings.close ? ' asked to close this tally' : ' took back the wish to close it']
  if (call && settings.call === null) return [who, ' took back the notice to settle up']
  if (call && settings.call !== null) {
    const by = ` to settle up by ${time.date(settings.call)}`
    return mine ? ['You asked ', them, by] : [them, ' asked you', by]
  }
  const verbs = mine ? [' like to hold ', ', never more than '] : [' likes to hold ', ', never more than ']
  const charges = settings.rewardPpm !== 0 || settings.clutchPpm !== 0
  return [
    who,
    verbs[0] ?? '',
    amount(settings.target),
    verbs[1] ?? '',
    amount(settings.bound),
    charges ? `, charges ${percentText(settings.rewardPpm)} and ${percentText(settings.clutchPpm)}` : '',
  ]
}

/** The four values, before and after. */
function values(before: Values, after: Values) {
  const row = (words: string, old: number, now: number, show: (value: number) => Part) => ({
    words,
    old: [show(old)],
    now: [show(now)],
    same: old === now,
  })
  return [
    row('I like to hold', before.target, after.target, amount),
    row('Never more than', before.bound, after.bound, amount),
    row('Charge to take more', before.rewardPpm, after.rewardPpm, percentText),
    row('Charge to let go', before.clutchPpm, after.clutchPpm, percentText),
  ]
}

/** What came of an amount that was tried. */
function tried(
  name: string,
  amountTried: number,
  { free, charged, rest, after }: { free: number; charged: number; rest: number; after: number },
  rewardPpm: number,
): Sentence {
  const them = { name: callName(name) }
  const said: Sentence = []
  if (free > 0 && rest === 0 && charged === 0) said.push('All of it would be taken, free of charge. ')
  else if (free > 0) said.push(amount(free), ' of it would be taken, free of charge. ')
  if (charged > 0)
    said.push(
      amount(charged),
      rewardPpm > 0
        ? ` ${free > 0 ? 'more ' : ''}only where you get ${percentText(rewardPpm)} of it. `
        : ` ${free > 0 ? 'more ' : ''}would cost you ${percentText(-rewardPpm)} of it. `,
    )
  if (amountTried > 0 && rest === amountTried) said.push('None of it would be taken: it finds another way. ')
  else if (rest > 0) said.push('The other ', amount(rest), ' would find another way. ')
  if (after === 0) return [...said, 'You and ', them, ' would be even.']
  return after > 0
    ? [...said, them, ' would owe you ', amount(after), '.']
    : [...said, 'You would owe ', them, ' ', amount(after), '.']
}

export const standing = {
  title: 'How clearing may use this tally',
  intro: (name: string) =>
    `A circle of debts can be cancelled out by itself. You sign once how far that may go between you and ${callName(name)}.`,
  inForce: (date: string) => `in force since ${date}`,
  standard: 'never changed',
  pending: 'signed, on its way',
  hidden: 'Amounts are hidden. Show them to look at your settings or to change them.',
  down: 'While the tally pays down, clearing may only bring it nearer to zero.',
  over: 'The tally is closed. These were the last settings.',
  incomplete: 'These numbers cannot be signed yet.',
  amountEmpty: 'An amount. 0 for nothing.',
  many: 'Apply to many…',
  manyTitle: 'The same on other tallies',
  manyHelp: 'Each tally has its own record: you see and sign one sheet after the other, and can stop at any.',
  manyNone: 'You have no other open tally.',
  manyAll: 'Choose all',
  manyReview: (count: number) => (count < 2 ? 'Review' : `Review ${count}, one by one`),
  manySigned: (signed: number, of: number) => `Signed on ${signed} of ${of}.`,
  presetLabel: 'Ready-made settings',
  presets: {
    clear: 'Just clear debts',
    save: 'Save here up to…',
    leave: 'Leave this tally alone',
  },
  presetHelp: {
    clear: 'The default: nothing is saved up.',
    save: 'More may come to be owed to you.',
    leave: 'Only what you owe is cleared.',
  },
  hold: 'I like to hold',
  most: 'Never more than',
  holdShort: 'like to hold',
  mostShort: 'never more than',
  handleHelp: 'Drag it, or use the arrow keys',
  take: 'Charge to take more',
  release: 'Charge to let go',
  chargeHelp: 'Per cent of what is added beyond what you like to hold, or taken from it.',
  percent: '%',
  percentProblems: {
    empty: 'A number. 0 for no charge.',
    malformed: 'A number such as 2.5.',
    tooPrecise: 'Four decimals at most. Nothing was rounded.',
  },
  rules: {
    targetAboveBound: '“I like to hold” cannot be more than “never more than”.',
    negative: 'Amounts cannot be below zero.',
    chargeRange: 'A charge lies between −100 % and 100 %.',
    chargeSum: 'When one charge is negative, the other must be at least as large.',
  } satisfies Record<Rule, string>,
  tryIt: 'Try it: clearing brings you',
  tried,
  says: 'What you would sign',
  saysNow: 'What is in force',
  values,
  reach,
  letGo,
  changed,
  never: 'What this never changes:',
  neverText: (name: string) =>
    `debts you owe ${callName(name)} can always be paid down, free of charge. Payments you sign yourself are not touched by it.`,
  notApplied:
    'Charges are not applied by this network yet. They are signed and kept; clearing uses a tally only where that costs nobody anything.',
  notAppliedShort: 'Charges are not applied by this network yet.',
  risk: 'A negative charge costs you.',
  riskText: 'Clearing may then take value from you, again and again, without asking.',
  riskAsk: (words: string) => `Type “${words}” to go on`,
  riskWords: 'I may lose value',
  review: 'Review and sign',
  undo: 'Undo',
  compare: 'Compared with what is in force',
  before: 'In force',
  after: 'New',
  none: 'none',
  settleBy: 'Settle up by',
  closing: 'Closing',
  asked: 'asked',
  notAsked: 'not asked',
  theirs: (name: string) => `${callName(name)}’s settings`,
  theirsHelp: 'They are for their side and never change yours.',
  theirsStandard: (name: string) =>
    `${callName(name)} has set nothing: debts cancel out, nothing is saved up.`,
  theirsHold: (name: string, { target, bound }: Values): Sentence =>
    bound === 0
      ? ['Debts between you cancel out; ', { name: callName(name) }, ' saves nothing up here.']
      : [
          { name: callName(name) },
          ' likes you to owe ',
          amount(target),
          target === bound ? ' and never more.' : ', and never more than ',
          ...(target === bound ? [] : [amount(bound), '.']),
        ],
  theirsCharges: ({ rewardPpm, clutchPpm }: Values) =>
    rewardPpm === 0 && clutchPpm === 0
      ? 'They charge nothing.'
      : `They charge ${percentText(rewardPpm)} to take more and ${percentText(clutchPpm)} to let go.`,
  theirsCall: (name: string, by: string) => `${callName(name)} asks you to settle up by ${by}.`,

  ending: 'Settling up and closing',
  endingHelp: (name: string) =>
    `Neither cancels anything: what is owed stays owed until ${callName(name)} or you have given value for it.`,
  call: 'Ask to settle up…',
  close: 'Close this tally…',
}
