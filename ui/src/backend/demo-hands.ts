import { failure, type HandOver, type Parcel } from './backend'
import type { DemoTally } from './demo-ledger'
import { pretendCode } from './demo-qr'

/** Parts of the film: enough to be seen going round. */
const PARTS = 9

/** What waits for the other side of a tally, as something that looks like a code that moves. */
export function handedOver(tally: DemoTally): HandOver {
  if (tally.waits === null) throw failure({ kind: 'nothingWaits' })
  const queued = tally.inFlight.filter(({ stage }) => stage === 'signed')
  const offer: Parcel[] = tally.negotiation === null ? [] : [{ what: 'offer', units: null }]
  const entries = queued.map(({ kind, units }): Parcel => ({
    what: 'entry',
    units: kind === 'payment' ? units : null,
  }))
  const codes = Array.from({ length: 2 * PARTS }, (_, at) => pretendCode(`${tally.row.id}-${at}`))
  return {
    contents: [...offer, ...entries, { what: 'news', units: null }],
    parts: PARTS,
    modules: codes[0]?.modules ?? null,
    frames: codes.map(({ svg }) => svg),
  }
}
