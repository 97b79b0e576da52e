import type { Template } from '~/backend/backend'

/** Seconds, as the wallet counts how long a ticket is good for. */
export const MINUTE = 60
export const DAY = 24 * 60 * MINUTE
/** Longest a ticket may be good for, in days. */
export const MOST_DAYS = 30
/** Most people one counter card may serve. */
export const MOST_USES = 1000

export type Use = 'one' | 'only' | 'counter'
export type GoodFor = 'quarter' | 'day' | 'week' | 'custom'

/** What each ready-made set begins with; everything can be changed. */
export const TEMPLATES: Record<Template, { limit: string; notice: string }> = {
  friend: { limit: '20', notice: '14' },
  shop: { limit: '50', notice: '30' },
  customer: { limit: '0', notice: '30' },
}

/** A whole number between two bounds, as somebody typed it. */
export function wholeOf(text: string, least: number, most: number): number | null {
  const digits = text.trim()
  if (!/^\d{1,6}$/.test(digits)) return null
  const value = Number(digits)
  return value >= least && value <= most ? value : null
}

/** People a counter card serves: at least two, else it is an ordinary code. */
export function countOf(text: string): number | null {
  return wholeOf(text, 2, MOST_USES)
}

/** Whether it looks like an address. The wallet reads it properly. */
export function addressOk(text: string): boolean {
  return /^chip:\/\/[^\s:@/?]+:[^\s:@/?]+@\S+:\d{1,5}$/.test(text.trim())
}

/** Seconds a choice stands for, or nothing while the days make no sense. */
export function secondsOf(goodFor: GoodFor, days: string): number | null {
  switch (goodFor) {
    case 'quarter':
      return 15 * MINUTE
    case 'day':
      return DAY
    case 'week':
      return 7 * DAY
    case 'custom': {
      const count = wholeOf(days, 1, MOST_DAYS)
      return count === null ? null : count * DAY
    }
  }
}
