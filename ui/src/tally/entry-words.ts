import type { EntryView } from '~/backend/backend'
import { t, type Sentence } from '~/i18n'

/** What an entry says, in the past. */
export function entryWords(entry: EntryView, name: string): Sentence {
  const mine = entry.direction === 'towardThem'
  if (entry.kind === 'clearing') return [t.tally.cleared]
  if (entry.kind === 'settings')
    return entry.settings === null
      ? [t.tally.settingsChanged]
      : t.standing.changed(name, mine, entry.settings)
  return mine ? t.tally.youPromised(name) : t.tally.theyPromised(name)
}
