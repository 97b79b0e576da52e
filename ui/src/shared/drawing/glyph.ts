import type { GlyphState } from './CopiesGlyph.svelte'

type Phase =
  | 'draft'
  | 'contacted'
  | 'partnerDraft'
  | 'offering'
  | 'offered'
  | 'offeredToUs'
  | 'accepting'
  | 'open'
  | 'closing'
  | 'closed'
  | 'void'
type Copies = 'match' | 'catchingUp' | 'notYet' | 'mismatch'

/** Which little stick stands for a tally. */
export function glyphOf(phase: Phase, copies: Copies): GlyphState {
  switch (phase) {
    // Nobody has signed anything yet.
    case 'draft':
    case 'contacted':
    case 'partnerDraft':
      return 'draft'
    case 'offering':
    case 'offered':
      return 'theirTurn'
    case 'offeredToUs':
      return 'yourTurn'
    case 'accepting':
      return 'bare'
    case 'closed':
    case 'void':
      return 'closed'
    case 'closing':
      return copies === 'mismatch' ? 'mismatch' : 'payingDown'
    case 'open':
      return copies === 'notYet' ? 'bare' : copies
  }
}
