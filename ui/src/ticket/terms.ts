import type { Template } from '~/backend/backend'

/** Seconds, as the wallet counts how long a ticket is good for. */
export const MINUTE = 60
export const DAY = 24 * 60 * MINUTE

/** What each ready-made set begins with; everything can be changed. */
export const TEMPLATES: Record<Template, { limit: string; notice: string }> = {
  friend: { limit: '20', notice: '14' },
  shop: { limit: '50', notice: '30' },
  customer: { limit: '0', notice: '30' },
}
