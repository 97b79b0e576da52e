import type { Notch } from '~/backend/backend'
import type { StickNotch } from '~/shared/drawing/stick'

/** The notches of a tally as the stick draws them. */
export function stickNotches(notches: Notch[]): StickNotch[] {
  return notches.map((notch) => ({
    tone: toneOf(notch),
    milli: notch.units,
    at: notch.at,
    open: notch.stage === 'signed' || notch.stage === 'delivered',
  }))
}

function toneOf(notch: Notch): StickNotch['tone'] {
  if (notch.kind === 'settings') return 'dot'
  if (notch.kind === 'clearing') return 'clearing'
  return notch.direction === 'towardMe' ? 'owed' : 'owe'
}
