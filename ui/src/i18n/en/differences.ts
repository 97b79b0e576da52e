import type { Difference } from '~/backend/backend'
import type { Sentence } from '~/i18n/sentence'
import { callName, plural } from './common'

/** Longest stretch of somebody's words in a table. */
const MOST = 200

type Side = 'old' | 'new'

export const differences = {
  title: 'What changes',
  before: 'Before',
  after: 'Now',
  /** What a row is about. */
  label({ field, whose }: Difference, name: string): string {
    const first = callName(name)
    switch (field) {
      case 'limit':
        return whose === 'mine' ? `Most ${first} may owe you` : 'Most you may owe'
      case 'notice':
        return whose === 'mine' ? 'Notice you give' : `Notice ${first} gives you`
      case 'card':
        return whose === 'mine' ? 'Your identity card' : `${first}’s identity card`
      case 'memo':
        return 'Words in the tally'
      case 'contract':
        return 'Agreement'
      case 'other':
        return 'Something else'
    }
  },
  /** One side of it. Words somebody wrote stand in quotation marks. */
  value(difference: Difference, side: Side): Sentence {
    const old = side === 'old'
    const units = old ? difference.oldUnits : difference.newUnits
    const days = old ? difference.oldDays : difference.newDays
    const text = old ? difference.oldText : difference.newText
    switch (difference.field) {
      case 'limit':
        if (units === null) return ['no limit']
        return units === 0 ? ['nothing'] : [{ amount: units, short: true, tone: 'plain' }]
      case 'notice':
        return [days === null ? 'none set' : plural(days, 'day', 'days')]
      case 'memo':
      case 'contract':
      case 'card':
      case 'other':
        return text === null || text === '' ? ['none'] : ['“', { name: text.slice(0, MOST) }, '”']
    }
  },
}
