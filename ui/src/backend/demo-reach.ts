import type { ReachView } from './backend'
import type { DemoWorld } from './demo-world'

const OUTSIDE = '198.51.100.7:65430'

/** How the made-up wallet is reached: at home, behind a router that does as it is asked. */
export function reachOf({ asksRouter, looksNearby, tallies }: DemoWorld): ReachView {
  const partners = tallies.filter(({ row }) => row.partner !== null && row.phase !== 'void').length
  return {
    verdict: asksRouter ? 'routerOpened' : 'sameNetwork',
    listening: '0.0.0.0:65430',
    places: [...(asksRouter ? [OUTSIDE] : []), '192.168.1.5:65430'],
    router: {
      wanted: asksRouter,
      answer: asksRouter ? 'opened' : 'unasked',
      means: asksRouter ? 'pcp' : null,
      at: asksRouter ? OUTSIDE : null,
    },
    relay: null,
    nearby: { wanted: looksNearby, answer: looksNearby ? 'looking' : 'off', seen: looksNearby ? 1 : 0 },
    cameInAt: null,
    cameFrom: null,
    partners,
    partnersWhoKnow: partners,
    testedAt: Date.now(),
  }
}
