import type { CardField } from '~/backend/backend'

/** What one says about oneself. */
export const card = {
  fields: { email: 'E-mail', phone: 'Phone', place: 'Place' } satisfies Record<CardField, string>,
  tell: 'What of you they will see',
  always: 'Your name and address, always.',
  nothingElse: 'Your identity card has nothing else in it.',
  fill: 'Fill it in',
  editTitle: 'What you say about yourself',
  editHelp:
    'Nobody ever checks it, and nobody sees it before you tick it for them. The name is fixed: it is in every tally you signed.',
  placeHelp: 'A street, a market day, a town: where people find you.',
  emailBad: 'An address has an @ with something on both sides.',
  save: 'Save',
  saving: 'Saving…',
  saved: 'Identity card saved',
  savedHelp: 'Partners who have it already keep what you gave them.',
}
