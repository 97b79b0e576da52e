import type { CardField, Template } from '~/backend/backend'
import { callName } from './common'

type Use = 'one' | 'only' | 'counter'

export const invite = {
  title: 'Invite someone',
  under: 'Nothing is promised until both of you sign',
  template: 'What is it for?',
  templates: {
    friend: ['A friend', 'Both ways, small'],
    shop: ['They buy from me', 'I sell, they owe'],
    customer: ['I buy from them', 'They sell, I owe'],
  } satisfies Record<Template, [string, string]>,
  terms: 'Your terms',
  limit: 'They may owe you up to',
  limitHelp: 'A limit warns, it does not block.',
  zero: 'No credit — normal for a start.',
  echo: (words: string) => `That is ${words}.`,
  notice: 'Days’ notice before settling up',
  noticeUnit: 'days',
  noticeBad: 'Whole days, 0 to 365.',
  yours: 'What you may owe them starts at nothing: only they can grant it.',
  goodFor: 'Good for',
  durations: { quarter: '15 minutes', day: '1 day', week: '1 week', custom: 'Other' },
  goodDays: 'Days',
  goodBad: 'Whole days, 1 to 30.',
  use: 'Who may use it?',
  uses: {
    one: ['One person', 'Whoever uses it first'],
    only: ['Only this person', 'Bound to one address'],
    counter: ['A counter card', 'Many people, one tally each'],
  } satisfies Record<Use, [string, string]>,
  address: 'Their address',
  addressHelp: 'They find it under Settings, on their identity card, and can send it to you.',
  addressBad: 'An address is written chip://name:key@host:port.',
  count: 'For how many',
  countBad: 'Whole number, 2 to 1000.',
  public:
    'Treat it as public: anybody who sees it can use it, and sees what you tick here. You still look at each person and sign, or refuse.',
  memo: 'Words in the tally',
  memoHelp: 'Both will see this, and it is signed.',
  note: 'Note to yourself',
  noteHelp: 'Never sent.',
  summary: 'What they will see',
  seesName: (name: string) => `Your name, ${name}`,
  seesTerms: 'Your terms',
  seesWords: 'Your picture and four words',
  nothingElse: 'Nothing else.',
  agreement: 'Agreement',
  agreementHelp: 'The exact text you both sign.',
  create: 'Show the code',
  first: 'Whoever accepts becomes the other party. Only your numbers are set here.',
  firstMany: 'Each person who uses it becomes the other party of a tally of their own.',
  amountProblems: {
    empty: 'Write an amount. Zero is allowed.',
    malformed: 'Digits and one decimal mark only.',
    tooPrecise: 'Three decimals at most. Nothing was rounded.',
    tooLarge: 'Nine digits at most before the decimal mark.',
  },
}

export const ticket = {
  title: (note: string | null) => (note === null ? 'Invitation' : `Invitation: ${note}`),
  qrAlt: (until: string) =>
    `Invitation code, valid until ${until}. Copy the link instead if you cannot show it.`,
  chips: { live: 'Not used yet', used: 'Used', revoked: 'Revoked', expired: 'Ran out' },
  until: (when: string) => `Good until ${when}`,
  ranOut: (when: string) => `Ran out ${when}`,
  once: 'Works once, for one person. When it is used you will see who, and still decide.',
  oncePlace: 'Works once, for one person',
  only: 'Works once, for the one address it names. You still decide.',
  onlyPlace: 'Works only for one address',
  many: (left: number) =>
    left === 1
      ? 'Works once more. Whoever uses it appears among your tallies, and you still decide.'
      : `Works ${left} more times. Each who uses it appears among your tallies, and you still decide.`,
  manyPlace: 'A counter card: treat it as public',
  usedOf: (used: number, uses: number) => `Used ${used} of ${uses}`,
  usedUpTitle: (uses: number) => `Used ${uses} times, as often as it was meant for`,
  usedUpText: 'Everybody who used it is among your tallies. Nothing is promised until you sign.',
  toTallies: 'See the tallies',
  lastUsedBy: (name: string) => `last by ${callName(name)}`,
  whoMay: 'Who may use it',
  who(use: Use, count: number | null): string {
    if (use === 'only') return 'only the address you name'
    if (use === 'one') return 'one person, whoever is first'
    return count === null ? '—' : `${count} people, one after the other`
  },
  onlyFor: 'Only for',
  usedTitle: (name: string) => `Used by ${name}`,
  usedText: (name: string) =>
    `See who it is and what they say. Nothing is promised until you sign. If you did not expect ${callName(name)}, leave it.`,
  review: (name: string) => `Review ${callName(name)}`,
  revokedTitle: 'You revoked this code',
  revokedText: 'Nobody can use it. Nothing was sent and nothing is owed.',
  expiredText: 'Nobody used it. Make a new one whenever you like.',
  copied: 'Link copied for two minutes. Send it to one person only.',
  card: {
    title: (name: string) => `${name} invites you to a tally`,
    once: 'Works once. Give it to one person.',
    only: 'Works for one address only.',
    many: (count: number) => `Works for ${count} people, one after the other.`,
    nothing: 'Scanning promises nothing: both sides look and sign first.',
  },
  hint: 'Scan with another Tallystick, or send the link to one person.',
  hintMany: 'Scan with another Tallystick. Put it where the people you mean can see it.',
  copiedMany: 'Link copied for two minutes. Anybody who has it can use it.',
  same: 'Same picture, same words',
  sameHelp: 'they see these too',
  offer: 'What you offer',
  theyMayOwe: 'They may owe you',
  youMayOwe: 'You may owe them',
  theyChoose: 'nothing at first, only they can grant it',
  theySee: 'They see of you',
  nameOnly: 'your name and address, nothing else',
  nameAnd: (fields: string[]) => `your name and address, ${fields.join(', ')}`,
  disclosed: { email: 'your e-mail', phone: 'your phone', place: 'your place' } satisfies Record<
    CardField,
    string
  >,
  memo: 'Words in the tally',
  agreement: 'Agreement',
  note: 'Private note',
  upTo: 'up to',
  noCredit: 'no credit, normal for a start',
  notice: (days: number) => `, ${days} days’ notice`,
  revoke: 'Revoke',
  revokeHelp: 'Revoking takes effect at once. Nobody can use the code afterwards.',
  revokeTitle: 'Revoke this code?',
  revokeText:
    'Nobody can use it afterwards, not even somebody who has it already. It cannot be brought back; you can make a new one.',
  revokeKeep: 'Keep it',
  newOne: 'Make a new one',
  leftAlt: (left: string) => `${left} left`,
  gone: 'no code any more',
}
