/**
 * A piece of a sentence: plain words, words that carry weight, words no longer valid, somebody's name, or an amount
 * (which can be hidden).
 */
export type Part =
  | string
  | { strong: string }
  | { struck: string }
  | { name: string }
  | {
      amount: number
      short?: boolean
      heavy?: boolean
      old?: boolean
      tone?: 'owe' | 'owed' | 'wait' | 'plain'
    }

/** A sentence with its amounts still numbers, so that one component sets, colours or hides them. */
export type Sentence = Part[]
