import type { DisputeView } from '~/backend/backend'
import { callName, plural } from './common'

export const copies = {
  bannerTitle: (name: string) => `Your copy and ${callName(name)}’s do not match.`,
  what: {
    chain: (index: number, name: string) =>
      `From entry ${index} on, ${callName(name)}’s copy says something else.`,
    conflict: (index: number, name: string) =>
      `${callName(name)}’s computer sent entry ${index} a second time with other contents. Yours was kept.`,
    waived: (index: number, name: string) =>
      `${callName(name)}’s copy has as entry ${index} what their computer had given up in writing. It does not count here.`,
    damaged: (_index: number, name: string) =>
      `Your copy was damaged on this computer’s disk. It is being put together again from ${callName(name)}’s.`,
  } satisfies Record<DisputeView['kind'], (index: number, name: string) => string>,
  unknown: (name: string) => `${callName(name)}’s computer reports another state.`,
  safe: (name: string) =>
    `Nothing is lost: everything both of you signed is kept, and your history stays readable. New promises with ${callName(name)} are paused until this is settled.`,
  ask: (name: string) => `Ask ${callName(name)} for their copy`,
  asking: 'Asking…',
  asked: (name: string) =>
    `Asked. The answer appears here by itself as soon as ${callName(name)}’s computer gives it.`,
  evidence: 'Export evidence',
  seeProof: 'See what differs',
  compare: 'Compare now',
  compared: (when: string) => `last compared ${when}`,
  neverCompared: 'never compared yet',
  /** What goes on after the words for the state, for whoever cannot see the stick. */
  more: (entries: number, compared: string | null) =>
    `, ${plural(entries, 'entry', 'entries')}${compared === null ? '' : `, compared ${compared}`}`,
  disputeTitle: 'Where they differ',
  first: 'First entry that differs',
  ourHash: 'Fingerprint there, your copy',
  theirHash: (name: string) => `Fingerprint there, ${callName(name)}’s copy`,
  entry: 'The entry in question',
  since: 'Known since',
  kept: 'Evidence kept',
  pieces: (count: number) => plural(count, 'message', 'messages'),
  notKnown: 'not known',
  whatNow: {
    chain: (name: string) =>
      `Ask ${callName(name)} to open Tallystick and compare as well. Often one side was restored from an old backup, and the missing entries come back by themselves. If it stays, the evidence shows a third person which of you holds what, with both signatures.`,
    conflict: (name: string) =>
      `${callName(name)}’s computer signed two different entries under one name. That does not happen by itself: talk to ${callName(name)}. Both are kept with their signatures, and the evidence shows them to whoever has to judge.`,
    waived: (name: string) =>
      `${callName(name)}’s computer gave up in writing what was to go over this tally, and now shows it as good all the same. It does not count here. Talk to ${callName(name)}: an old backup can do this. Both papers are kept with their signatures, and the evidence shows them to whoever has to judge.`,
    damaged: (name: string) =>
      `What is damaged here is asked for at ${callName(name)}’s computer, checked against both signatures, and put back. Leave both wallets open for it.`,
  } satisfies Record<DisputeView['kind'], (name: string) => string>,
  paused: 'New promises are paused while the copies do not match.',

  evidenceTitle: 'Evidence of this tally',
  evidenceText:
    'One text with both parties, the agreement’s fingerprint, every entry with its signature, and what your partner’s computer said. It holds names and amounts: give it only to somebody who has to judge.',
  evidenceCopy: 'Copy',
  evidenceSave: 'Save as a file',
  evidenceSaveAgain: 'Save once more',
  evidenceSaving: 'Saving…',
  evidenceSaved: 'Saved. The file is here:',
  evidenceWhat: 'Evidence',
}
