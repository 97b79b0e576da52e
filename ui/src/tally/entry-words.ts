import type { EntryView } from '~/backend/backend'
import { t, type Sentence } from '~/i18n'

/** What an entry says, in the past. `known` are entries at hand, newest first: an earlier setting may be among them. */
export function entryWords(entry: EntryView, name: string, known: EntryView[]): Sentence {
  const mine = entry.direction === 'towardThem'
  if (entry.kind === 'clearing') return [t.tally.cleared]
  if (entry.kind === 'settings') {
    if (entry.settings === null) return t.tally.settingsChanged(name, mine)
    return t.standing.changed(name, mine, entry.settings, settingsBefore(entry, known))
  }
  return mine ? t.tally.youPromised(name) : t.tally.theyPromised(name)
}

/** What the same person had set before, where that entry is at hand. */
function settingsBefore(entry: EntryView, known: EntryView[]) {
  const earlier = known.find(
    (other) => other.kind === 'settings' && other.direction === entry.direction && other.index < entry.index,
  )
  return earlier?.settings ?? null
}
