import type { Backend } from './backend'
import { boxed } from './boxed'
import { DemoWallet } from './demo-wallet'

export type DemoOptions = {
  /** Which state of affairs to begin with; see `SCENES`. */
  scene?: string | null
  /** Milliseconds between the steps of the people on the other side. */
  pace?: number
}

/** Made-up people and their tallies, in memory, who answer by themselves. */
export function world(options: DemoOptions = {}): DemoWallet {
  return new DemoWallet(options.scene ?? 'full', options.pace ?? 900)
}

/** A backend over them, for the browser, the tests and the pictures. */
export function demo(people: DemoWallet = world()): Backend {
  return boxed(people.backend())
}
