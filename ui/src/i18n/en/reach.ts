import type { CameFrom, NearbyAnswer, ReachVerdict, RouterAnswer, RouterMeans } from '~/backend/backend'

export const reach = {
  title: 'How partners find you',
  verdict: {
    reached: 'A partner came in from elsewhere. People can reach you.',
    routerOpened: 'Your router lets callers in. People should be able to reach you.',
    openInternet: 'This computer stands on the open internet. People should be able to reach you.',
    relayed: 'Your relay takes calls for you. People should be able to reach you.',
    sameNetwork:
      'Only people on the same network can reach you, as far as we know. You can start with anybody.',
    thisComputer: 'Only programs on this computer can reach you.',
    onlyCalling: 'This wallet takes no calls. Only you can start.',
    portInUse: 'Another program holds our port. Nobody can reach you until it is closed.',
    noNetwork: 'This computer has no network. What you sign waits here and leaves by itself later.',
  } satisfies Record<ReachVerdict, string>,
  router: 'Your router',
  answer: {
    unasked: () => 'has not been asked to let callers in',
    asking: () => 'is being asked …',
    unneeded: () => 'none stands in the way',
    opened: (at: string, means: string) => `lets callers in at ${at} (${means})`,
    openedInside: (at: string, means: string) =>
      `lets callers in at ${at} (${means}), but stands behind another router itself`,
    refused: () => 'said no',
    noAnswer: () => 'did not answer',
  } satisfies Record<RouterAnswer, (at: string, means: string) => string>,
  means: { pcp: 'PCP', natPmp: 'NAT-PMP', upnp: 'UPnP' } satisfies Record<RouterMeans, string>,
  relay: 'Your relay',
  relayed: (at: string) => `takes calls for you at ${at}`,
  unrelayed: (relay: string) => `cannot be reached for now (${relay})`,
  nearby: 'Partners on this network',
  nearbyAnswer: {
    off: () => 'are not looked for',
    noPartners: () => 'nobody to look for yet',
    noNetwork: () => 'this computer is on no local network',
    blocked: () => 'cannot be looked for: this computer does not let us listen',
    looking: (seen: number) =>
      seen === 0 ? 'are looked for; nobody seen yet' : `are looked for; ${seen} seen`,
  } satisfies Record<NearbyAnswer, (seen: number) => string>,
  nearbyHelp:
    'Partners on the same network find each other by marks that only the two of you can read. Others there see that a wallet is here, but not whose.',
  told: 'Partners are told',
  toldNothing: 'no address',
  cameIn: 'Last came in',
  came: {
    thisComputer: (when: string) => `${when}, from this computer`,
    sameNetwork: (when: string) => `${when}, from the same network`,
    elsewhere: (when: string) => `${when}, from elsewhere`,
  } satisfies Record<CameFrom, (when: string) => string>,
  nobody: 'nobody since this program runs',
  know: 'Partners who know where you are',
  knowOf: (know: number, all: number) => `${know} of ${all}`,
  testAgain: 'Test again',
  openRouter: 'Try to open the router',
  findNearby: 'Find partners on this network',
  leaveNearby: 'Do not look on this network any more',
  leaveRouter: 'Do not ask the router any more',
}
