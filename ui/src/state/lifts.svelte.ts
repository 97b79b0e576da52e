import {
  failureOf,
  type Audit,
  type Backend,
  type Failure,
  type Idle,
  type LiftChoices,
  type LiftPage,
  type LiftStats,
  type LiftView,
  type SettingsDraft,
  type Simulated,
} from '~/backend/backend'
import { Resource } from './resource.svelte'

/** Circles that clear and payments through the network, as far as this wallet has evidence of them. */
export class Lifting {
  readonly page: Resource<LiftPage>
  readonly stats: Resource<LiftStats>
  readonly choices: Resource<LiftChoices>
  readonly idle: Resource<Idle>
  /** What the last thing that was asked for was refused with. */
  refusal = $state.raw<Failure | null>(null)
  busy = $state(false)
  /** Where the proof of a lift was saved to. */
  saved = $state.raw<{ lift: string; path: string } | null>(null)
  /** What checking again found. */
  checked = $state.raw<{ lift: string; audit: Audit } | null>(null)

  /** Lifts whose papers do not hold. */
  readonly unsound = $derived.by((): LiftView[] => {
    const lifts = this.page.value?.lifts ?? []
    return lifts.filter((lift) => this.auditOf(lift).verdict === 'outside')
  })

  #backend: Backend

  constructor(backend: Backend) {
    this.#backend = backend
    this.page = new Resource(() => backend.lifts())
    this.stats = new Resource(() => backend.liftStats())
    this.choices = new Resource(() => backend.liftChoices())
    this.idle = new Resource(() => backend.liftIdle())
  }

  async refresh() {
    await Promise.all([
      this.page.refresh(),
      this.stats.refresh(),
      this.choices.refresh(),
      this.idle.refresh(),
    ])
  }

  find(id: string): LiftView | null {
    return this.page.value?.lifts.find((lift) => lift.id === id) ?? null
  }

  /** The newer of what was known of a lift's papers and what checking again found. */
  auditOf(lift: LiftView): Audit {
    const again = this.checked?.lift === lift.id ? this.checked.audit : null
    return again !== null && again.checkedAt >= lift.audit.checkedAt ? again : lift.audit
  }

  paused(tally: string): boolean {
    return this.choices.value?.pausedTallies.includes(tally) ?? false
  }

  /** Pauses clearing on one tally or all, or lets it go on. True once the wallet has done so. */
  pause(tally: string | null, wanted: boolean): Promise<boolean> {
    return this.#choose(() => this.#backend.clearingPause(tally, wanted))
  }

  least(units: number): Promise<boolean> {
    return this.#choose(() => this.#backend.clearingLeast(units))
  }

  join(wanted: boolean): Promise<boolean> {
    return this.#choose(() => this.#backend.clearingJoin(wanted))
  }

  serve(wanted: boolean): Promise<boolean> {
    return this.#choose(() => this.#backend.refereeServe(wanted))
  }

  trust(address: string, wanted: boolean): Promise<boolean> {
    return this.#choose(() => this.#backend.refereeTrust(address, wanted))
  }

  /** What settings would do, told before they are signed; nothing where the wallet cannot say. */
  async simulate(tally: string, draft: SettingsDraft): Promise<Simulated | null> {
    try {
      return await this.#backend.settingsSimulate(tally, draft, null)
    } catch {
      return null
    }
  }

  /** Checks all papers of a lift once more. */
  async check(lift: string) {
    await this.#act(async () => {
      this.checked = { lift, audit: await this.#backend.liftAudit(lift) }
    })
  }

  async save(lift: string) {
    await this.#act(async () => {
      this.saved = { lift, path: await this.#backend.liftEvidenceSave(lift) }
    })
  }

  async #choose(act: () => Promise<LiftChoices>): Promise<boolean> {
    const done = await this.#act(async () => {
      this.choices.value = await act()
    })
    if (done) await this.idle.refresh()
    return done
  }

  async #act(act: () => Promise<void>): Promise<boolean> {
    if (this.busy) return false
    this.busy = true
    this.refusal = null
    try {
      await act()
      return true
    } catch (thrown) {
      this.refusal = failureOf(thrown)
      return false
    } finally {
      this.busy = false
    }
  }
}
