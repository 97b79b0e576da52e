import { en, type Dictionary } from './en'

export type { Part, Sentence } from './sentence'

/** The words of the language in use. */
export const t: Dictionary = en
