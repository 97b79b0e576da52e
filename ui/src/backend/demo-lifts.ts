import {
  failure,
  type Idle,
  type IdleReason,
  type LiftChoices,
  type LiftLeg,
  type LiftState,
  type LiftView,
  type SignPreview,
} from './backend'
import type { DemoTally } from './demo-ledger'
import { stats } from './demo-lift-stats'
import type { DemoWorld } from './demo-world'
import type { Lifts } from './lifts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

const STAGES = { promised: 'open', final: 'good', cancelled: 'givenUp', timedOut: 'void' } as const

type Sketch = {
  /** Milliseconds ago. */
  ago: number
  units: number
  /** The tally whose debt to us shrinks, and the one on which ours does; for a payment, where it comes in and goes out. */
  down: string | null
  up: string | null
  state?: LiftState
  aim?: 'pay'
  part?: 'began' | 'payee'
}

const SKETCHES: Sketch[] = [
  { ago: 3 * HOUR, units: 5000, down: 'tally-6', up: 'tally-3' },
  { ago: 7 * HOUR, units: 4200, down: 'tally-6', up: 'tally-1' },
  { ago: 14 * HOUR, units: 2200, down: 'tally-4', up: 'tally-3' },
  { ago: 2 * DAY, units: 6000, down: 'tally-1', up: null, aim: 'pay', part: 'began' },
  { ago: 7 * DAY, units: 7200, down: 'tally-6', up: 'tally-1' },
  { ago: 9 * DAY, units: 3500, down: 'tally-4', up: 'tally-1', state: 'cancelled' },
  { ago: 14 * DAY, units: 5000, down: 'tally-6', up: 'tally-3' },
]

/** Lifts of the made-up people. */
export class DemoLifts {
  choices: LiftChoices = {
    paused: false,
    serves: false,
    trusted: [],
    named: [],
    pausedTallies: [],
    least: 10_000,
    joins: true,
    notCleared: 'noneFound',
  }
  lifts: LiftView[] = []
  #world: DemoWorld

  constructor(world: DemoWorld) {
    this.#world = world
  }

  /** Some of every kind, for the pictures. */
  fill() {
    const now = Date.now()
    this.lifts = SKETCHES.map((sketch, index) => this.#lift(sketch, index, now))
  }

  find(id: string): LiftView {
    const lift = this.lifts.find((one) => one.id === id)
    if (lift === undefined) throw failure({ kind: 'notFound' })
    return lift
  }

  /** One more that is promised and not decided; called by the tests and by hand from the console. */
  promise(): LiftView {
    const sketch: Sketch = { ago: 2000, units: 10_000, down: 'tally-6', up: 'tally-3', state: 'promised' }
    const lift = this.#lift(sketch, this.lifts.length, Date.now())
    this.lifts = [lift, ...this.lifts]
    this.#world.tell({ kind: 'liftChanged', session: lift.session })
    return lift
  }

  /** What was promised is decided. */
  decide(id: string, state: LiftState) {
    const lift = this.find(id)
    const now = Date.now()
    const end = { state, stage: STAGES[state], finalAt: state === 'final' ? now : null }
    Object.assign(lift, { ...end, decidedAt: now, proof: 'p0'.repeat(22) })
    for (const leg of lift.legs) Object.assign(leg, end)
    this.#world.tell({ kind: 'liftChanged', session: lift.session })
  }

  /** The papers of one do not hold. */
  spoil(id: string) {
    const lift = this.find(id)
    const tally = lift.legs[0]?.tally ?? null
    lift.sound = false
    lift.audit = { verdict: 'outside', findings: [{ what: 'belowTarget', tally }], checkedAt: Date.now() }
    this.#world.tell({ kind: 'liftAuditFailed', lift: id })
  }

  #lift({ ago, units, down, up, state = 'final', aim, part }: Sketch, index: number, now: number): LiftView {
    const at = now - ago
    const legs = [
      down === null ? null : this.#leg(down, -units, state, at),
      up && this.#leg(up, units, state, at),
    ]
    return {
      id: `lift-${index}`,
      aim: aim ?? 'clear',
      part: part ?? 'through',
      session: `session-${index}`,
      stage: STAGES[state],
      state,
      overdue: false,
      units,
      legs: legs.filter((leg): leg is LiftLeg => typeof leg === 'object' && leg !== null),
      netChange: aim === 'pay' ? (part === 'began' ? -units : units) : 0,
      referee: 'hill@203.0.113.26:65430',
      refereeView: { address: 'hill@203.0.113.26:65430', who: 'partner', name: 'Spoke & Chain Bikes' },
      decidedAt: state === 'promised' ? null : at,
      expiresAt: at + 2 * MINUTE - 4000,
      madeAt: at - 4000,
      finalAt: state === 'final' ? at : null,
      proof: state === 'promised' ? null : `${index}f3a9c01d27b`.repeat(4),
      stale: false,
      why: state === 'cancelled' ? 'room' : null,
      sound: true,
      audit: { verdict: 'within', findings: [], checkedAt: at },
    }
  }

  #leg(id: string, change: number, state: LiftState, at: number): LiftLeg {
    const { row } = this.#world.tally(id)
    const moved = state === 'cancelled' || state === 'timedOut' ? null : row.balance + change
    return {
      tally: id,
      entry: `${id}-lift-${at}`,
      change,
      stage: STAGES[state],
      state,
      partner: row.partner,
      signedAt: at - 3000,
      heldAt: at - 2800,
      finalAt: state === 'final' ? at : null,
      matchedAt: state === 'final' ? at + 400 : null,
      before: state === 'final' ? row.balance - change : row.balance,
      after: state === 'final' ? row.balance : moved,
    }
  }
}

/** What the window asks of them. */
export function demoLifts(world: DemoWorld, preview: (tally: string, wanted: boolean) => SignPreview): Lifts {
  const { lifts } = world
  const choose = (change: Partial<LiftChoices>) => {
    lifts.choices = { ...lifts.choices, ...change }
    return lifts.choices
  }
  return {
    lifts: async () => structuredClone({ looking: [], lifts: lifts.lifts }),
    lift: async (id) => structuredClone(lifts.find(id)),
    liftStats: async () => stats(lifts.lifts, Date.now()),
    liftAudit: async (id) => {
      const lift = lifts.find(id)
      lift.audit = { ...lift.audit, checkedAt: Date.now() }
      return structuredClone(lift.audit)
    },
    liftEvidenceSave: async (id) => `/home/demo/Downloads/lift-${lifts.find(id).id}.evidence.json`,
    liftIdle: async () => idleOf(world),
    liftChoices: async () => lifts.choices,
    liftsPreview: async (tally, wanted) => preview(tally, wanted),
    clearingPause: async (tally, wanted) => {
      if (tally === null) return choose({ paused: wanted })
      const others = lifts.choices.pausedTallies.filter((one) => one !== tally)
      return choose({ pausedTallies: wanted ? [...others, tally] : others })
    },
    clearingLeast: async (least) => choose({ least }),
    clearingJoin: async (joins) => choose({ joins }),
    refereeServe: async (serves) => choose({ serves }),
    refereeTrust: async (address, wanted) => {
      if (!/^[^@\s]+@[^@\s]+:\d+$/.test(address)) throw failure({ kind: 'badAddress' })
      const others = lifts.choices.named.filter((one) => one !== address)
      const named = wanted ? [...others, address] : others
      return choose({ trusted: named, named })
    },
    settingsSimulate: async (id, { target, clutchPpm }, amount) => {
      const { row } = world.tally(id)
      const mayCome = Math.max(0, target - row.balance)
      const mayGo = Math.max(0, clutchPpm > 0 ? row.balance - target : row.balance)
      const asked =
        amount === null ? null : { amount, coming: Math.min(amount, mayCome), going: Math.min(amount, mayGo) }
      const others = world.tallies.filter((tally) => tally.row.id !== id && tally.row.phase === 'open')
      const most = (side: (tally: DemoTally) => number) => Math.max(0, ...others.map(side))
      const nextCircle = Math.max(
        Math.min(
          mayCome,
          most((tally) => tally.row.balance),
        ),
        Math.min(
          mayGo,
          most((tally) => -tally.row.balance),
        ),
      )
      return { broken: null, mayCome, mayGo, asked, nextCircle, owed: Math.max(0, -row.balance) }
    },
  }
}

function idleOf({ lifts, tallies }: DemoWorld): Idle {
  const open = tallies.filter(({ row }) => row.phase === 'open')
  const { paused, pausedTallies } = lifts.choices
  const about = (why: IdleReason['why'], tally: DemoTally | null): IdleReason => ({
    why,
    tally: tally?.row.id ?? null,
    partner: tally?.row.partner ?? null,
  })
  const reasons = [
    ...(paused ? [about('paused', null)] : []),
    ...open.filter(({ row }) => pausedTallies.includes(row.id)).map((tally) => about('tallyPaused', tally)),
    ...tallies.filter(({ dispute }) => dispute !== null).map((tally) => about('copiesDiffer', tally)),
    ...open.filter(({ away }) => away).map((tally) => about('partnerAway', tally)),
  ]
  const now = Date.now()
  return {
    last: paused ? 'paused' : open.length < 2 ? 'tooFewTallies' : 'noneFound',
    lookedAt: now - 12 * MINUTE,
    openSince: now - 5 * HOUR,
    tallies: open.length,
    takingPart: open.length - pausedTallies.length,
    reasons: reasons.length > 0 ? reasons : [about(open.length < 2 ? 'tooFewTallies' : 'noCircle', null)],
  }
}
