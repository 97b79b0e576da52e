import type { Brought, Parcel } from '~/backend/backend'
import type { Sentence } from '~/i18n/sentence'
import { callName } from './common'

/** One of a kind, several of it, and how one that is about an amount begins. */
const words: Record<Brought, { one: string; many: (count: number) => string; of?: string }> = {
  firstContact: { one: 'an answer to an invitation', many: (count) => `${count} answers to invitations` },
  offer: { one: 'a signed offer', many: (count) => `${count} signed offers` },
  acceptance: { one: 'a signature under an offer', many: (count) => `${count} signatures under offers` },
  answer: { one: 'an answer', many: (count) => `${count} answers` },
  entry: { one: 'changed settings', many: (count) => `${count} changes of settings`, of: 'a payment of ' },
  request: {
    one: 'a request to be paid',
    many: (count) => `${count} requests to be paid`,
    of: 'a request for ',
  },
  news: { one: 'word of what has arrived', many: () => 'word of what has arrived' },
}

export const handOver = {
  action: 'Hand over without internet',
  waits: (name: string) => `Something waits for ${callName(name)}.`,
  waitsText: (name: string) =>
    `It is sent by itself as soon as ${callName(name)}’s computer answers. If you are together, show it from screen to camera.`,
  back: (name: string) => `${callName(name)} does not know this yet.`,
  backText: 'You have taken in what was shown. Show your answer the same way, so that both copies agree.',
  backAction: 'Show the answer',
  taken: 'Taken in.',
  title: (name: string) => `Hand over to ${callName(name)}`,
  lead: 'From this screen into their camera. No network is used.',
  steps: (name: string): string[] => [
    `${callName(name)} opens Tallystick, presses Open a code and starts the camera.`,
    `You show a code that moves. ${callName(name)} holds the camera on it until all of it was seen, and takes it in.`,
    `Then ${callName(name)} shows the answer, and you look at it the same way.`,
  ],
  sealed: (name: string) => `Sealed for ${callName(name)}: nobody else who films it can read it.`,
  final: 'Once shown, it counts as sent. What is in it can no longer be taken back.',
  flickers: 'The code changes about six times a second. You can stop it and go through it by hand.',
  show: 'Show the code',
  preparing: 'Preparing…',
  inside: 'In it',
  /** Everything in it, like with like, in the order it was written. */
  contents(parcels: readonly Parcel[]): Sentence[] {
    const amounts = parcels.filter(({ what, units }) => units !== null && words[what].of !== undefined)
    const others = parcels.filter((parcel) => !amounts.includes(parcel)).map(({ what }) => what)
    const told = amounts.map(({ what, units }): Sentence => [
      words[what].of ?? '',
      { amount: units ?? 0, tone: 'plain' },
      ' CHIP',
    ])
    const kinds = [...new Set(others)].map((what): Sentence => {
      const count = others.filter((other) => other === what).length
      return [count === 1 ? words[what].one : words[what].many(count)]
    })
    // What it is all about comes first, what programs tell each other last.
    const news = others.includes('news') ? [[words.news.one]] : []
    return [...told, ...kinds.filter(([first]) => first !== words.news.one), ...news]
  },
  they: (name: string) => `What ${callName(name)} does`,
  theyText: (name: string) =>
    `Open a code, Start camera, and hold it on this code until all parts were seen. It may be interrupted: ${callName(name)} loses nothing.`,
  bright: 'Make this screen as bright as it goes, and turn it out of the light.',
  once: (parts: number, seconds: number) =>
    parts === 1 ? 'It is one part.' : `It has ${parts} parts and goes round in about ${seconds} s.`,
  frame: (at: number, of: number) => `Picture ${at} of ${of}`,
  alt: (name: string) => `A code that moves, for ${callName(name)}’s camera`,
  stop: 'Stop',
  play: 'Go on',
  before: 'Picture before',
  next: 'Next picture',
  theirs: 'Now look at theirs',
  theirsHelp: (name: string) =>
    `When ${callName(name)} has taken it in, hold your camera on ${callName(name)}’s screen.`,
}
