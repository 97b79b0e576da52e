export type TallyTab = 'now' | 'history' | 'agreement' | 'settings' | 'proof'

/** Where the window is. */
export type Route =
  | { page: 'home' }
  | { page: 'tallies' }
  | { page: 'tally'; id: string; tab: TallyTab }
  | { page: 'invite' }
  | { page: 'ticket'; id: string }
  | { page: 'open' }
  | { page: 'pay'; tally: string | null }
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
