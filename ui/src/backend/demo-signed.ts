import type { EntryView, SignPreview } from './backend'
import { entryOf, opened, type DemoTally } from './demo-ledger'
import { talkOf } from './demo-talk'
import type { DemoWorld } from './demo-world'

/** What follows from a signature: it travels, and the other side answers. */
export function carryOut(world: DemoWorld, preview: SignPreview) {
  const tally = world.tally(preview.tally)
  switch (preview.kind) {
    case 'offer':
    case 'counter':
      offer(world, tally, preview)
      break
    case 'accept':
      accept(world, tally)
      break
    case 'pay':
    case 'forgive':
    case 'settings':
    case 'close':
    case 'keepOpen':
    case 'takePart':
    case 'takeNoPart':
    case 'call':
      enter(world, tally, preview)
  }
}

function enter(world: DemoWorld, tally: DemoTally, preview: SignPreview) {
  const { entry: id, units, memo, date, after, settings, answers } = preview
  const entry = entryOf(tally, {
    id: id ?? '',
    at: date,
    kind: settings === null ? 'payment' : 'settings',
    units: units ?? 0,
    memo,
    balanceAfter: after.balance,
    stage: 'signed',
    recordedAt: date,
    deliveredAt: null,
    matchedAt: null,
    answers,
    settings: settings?.after ?? null,
  })
  tally.entries.push(entry)
  if (answers !== null) {
    world.requests.answer(answers, 'paid')
    world.activity.note(tally, { kind: 'requestPaid', at: date, request: answers, units: -entry.units, memo })
  } else if (settings === null) {
    world.activity.note(tally, { kind: 'paid', at: date, entry: entry.id, units: -entry.units, memo })
  } else {
    world.activity.note(tally, { kind: 'settingsMine', at: date, entry: entry.id })
  }
  world.change(tally)
  if (tally.away) return
  const step = (steps: number, part: () => Partial<EntryView>) =>
    world.later(steps, () => {
      if (tally.entries.includes(entry)) world.change(tally, Object.assign(entry, part()))
    })
  step(1, () => ({ stage: 'delivered', deliveredAt: Date.now() }))
  step(3, () => ({ stage: 'accepted' }))
  step(4, () => ({ stage: 'matched', matchedAt: Date.now() }))
}

function offer(world: DemoWorld, tally: DemoTally, { kind, myTerms, memo, differences }: SignPreview) {
  const revision = (tally.negotiation?.revision ?? 1) + (kind === 'counter' ? 1 : 0)
  if (kind === 'counter') tally.memo = memo
  tally.myTerms = myTerms
  tally.row.theyMayOwe = myTerms.limit
  const move = (phase: 'offering' | 'offered') => {
    tally.row.phase = phase
    tally.negotiation = talkOf(phase, revision, differences)
    world.change(tally)
  }
  move('offering')
  world.later(1, () => move('offered'))
  world.later(3, () => begin(world, tally))
}

function accept(world: DemoWorld, tally: DemoTally) {
  tally.row.phase = 'accepting'
  tally.negotiation = talkOf('accepting', tally.negotiation?.revision)
  world.change(tally)
  world.later(3, () => begin(world, tally))
}

function begin(world: DemoWorld, tally: DemoTally) {
  // It may have been withdrawn meanwhile.
  if (tally.row.phase === 'void') return
  opened(tally)
  world.activity.note(tally, { kind: 'tallyOpened', at: Date.now() })
  world.change(tally)
}

/** What comes of a request of ours: a payment of theirs, or a refusal with its reason. */
export function answered(world: DemoWorld, id: string, reason: string | null) {
  const request = world.requests.find(id)
  const tally = world.tally(request.tally)
  const { units, memo } = request
  const at = Date.now()
  Object.assign(request, { state: reason === null ? 'paid' : 'refused', reason, changedAt: at })
  if (reason === null) {
    const entry = entryOf(tally, { at, direction: 'towardMe', units, memo, answers: id })
    tally.entries.push(entry)
  }
  const kind = reason === null ? 'requestPaid' : 'requestRefused'
  world.activity.note(tally, { kind, at, request: id, units, memo, reason })
  world.change(tally)
}
