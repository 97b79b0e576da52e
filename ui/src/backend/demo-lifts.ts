import { failure, type Backend } from './backend'
import type { DemoWorld } from './demo-world'
import type { Lifts } from './lifts'

/** Lifts of the made-up people. */
export function demoLifts(_world: DemoWorld): Lifts {
  const missing = async (): Promise<never> => {
    throw failure({ kind: 'notFound' })
  }
  return {
    lifts: async () => ({ looking: [], lifts: [] }),
    lift: missing,
    liftStats: missing,
    liftAudit: missing,
    liftEvidenceSave: missing,
    liftIdle: missing,
    liftChoices: missing,
    liftsPreview: missing,
    clearingPause: missing,
    clearingLeast: missing,
    clearingJoin: missing,
    refereeServe: missing,
    refereeTrust: missing,
    settingsSimulate: missing,
  } satisfies Partial<Backend>
}
