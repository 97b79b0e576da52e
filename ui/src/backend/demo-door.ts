import { failure, type Doors, type TurnedAway } from './backend'

const MINUTE = 60_000

/** Whose calls the made-up wallet turns away. */
export class DemoDoor {
  rows: TurnedAway[] = []

  /** Two that a computer on the open internet meets. */
  fill(now: number) {
    this.rows = [
      { address: '203.0.113.9', why: 'nonsense', since: now - MINUTE, until: now + 7 * MINUTE, times: 4 },
      {
        address: '2001:db8:0:1200::/56',
        why: 'badKey',
        since: now - 2 * MINUTE,
        until: now + MINUTE,
        times: 1,
      },
    ]
  }

  view(): Doors {
    const { length } = this.rows
    return {
      turnedAway: structuredClone(this.rows),
      turnedAwayCount: length,
      known: length + 2,
      halfOpen: 0,
      calls: 2,
      refused: 40,
      evicted: 0,
      bans: length,
      dropped: 0,
    }
  }

  forgive(address: string | null): Doors {
    if (address !== null && !this.rows.some((row) => row.address === address)) {
      throw failure({ kind: 'notFound' })
    }
    this.rows = address === null ? [] : this.rows.filter((row) => row.address !== address)
    return this.view()
  }
}
