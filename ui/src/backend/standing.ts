import type { ConnectionState, ConnectionView, ReachVerdict } from './backend'

/** The word for how reachable this wallet is: online means something else to each circle of people. */
export type Standing = ConnectionState | 'nearby' | 'alone'

const CIRCLE: Partial<Record<ReachVerdict, Standing>> = { sameNetwork: 'nearby', thisComputer: 'alone' }

export function standing({ state, reach }: ConnectionView): Standing {
  return state === 'online' ? (CIRCLE[reach] ?? state) : state
}
