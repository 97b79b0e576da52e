export type TallyTab = 'now' | 'history' | 'agreement' | 'settings' | 'proof'

/** Where the window is. */
export type Route =
  | { page: 'home' }
  | { page: 'tallies' }
  | { page: 'tally'; id: string; tab: TallyTab }
  | { page: 'invite' }
  | { page: 'ticket'; id: string }
  | { page: 'open' }
  | { page: 'activity' }
  /** `lift`: the one to look at; the newest if none is named. */
  | { page: 'clearing'; lift: string | null }
  /** `instead`: a request this payment does not answer, though it was begun from it. */
  | { page: 'pay'; tally: string | null; instead?: string }
  /** `again`: a request of ours to be asked anew. */
  | { page: 'request'; tally: string | null; again?: string }
  /** Asking anybody who has a code. */
  | { page: 'invoiceNew' }
  | { page: 'invoice'; id: string }
  /** Paying somebody we have no tally with: what lies in the state, or one that was looked at before. */
  | { page: 'payment'; id: string | null }
  | { page: 'connection' }
  | { page: 'settings' }

/** How many steps back are remembered. */
const MEMORY = 50

export class Router {
  route = $state.raw<Route>({ page: 'home' })
  #past: Route[] = []

  go(route: Route) {
    if (JSON.stringify(route) === JSON.stringify(this.route)) return
    this.#past = [...this.#past, this.route].slice(-MEMORY)
    this.route = route
  }

  /** Takes the place of where we are, so that going back skips it. */
  replace(route: Route) {
    this.route = route
  }

  back() {
    this.route = this.#past.pop() ?? { page: 'home' }
  }
}
