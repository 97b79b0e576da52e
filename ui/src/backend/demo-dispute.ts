import type { DisputeView, EvidenceFile } from './backend'
import { CONTRACT } from './demo-contracts'
import type { DemoTally } from './demo-ledger'

/** The partner's copy holds something else from this entry on. */
export function disputeAt(tally: DemoTally, index: number, since: number): DisputeView {
  return {
    kind: 'chain',
    index,
    since,
    ourHash: 'h7Tq9uVw3xYz0aBc5dEf7gHi1jKl8mNo2pQr4sTu6v0A',
    theirHash: 'k2Bv5nMq8sRt1wXy4zAc7dFg0hJl3oPu6iEe9kLm2nQ',
    entry: tally.entries[index - 1]?.id ?? null,
    evidence: 3,
  }
}

/** Everything a third person needs to check it, in one text. */
export function evidenceOf(tally: DemoTally): EvidenceFile {
  const { row, proof, dispute, contractHash, entries } = tally
  const text = JSON.stringify(
    {
      format: 'tallystick evidence 1',
      made: new Date().toISOString(),
      tally: { id: row.id, digest: proof.digest, signatures: [proof.mySignature, proof.theirSignature] },
      parties: ['Dana Whitlock', row.partner?.name ?? null],
      contract: { hash: contractHash, title: CONTRACT.title },
      entries: entries.map(({ id, index, at, units, memo }) => ({ id, index, at, units, memo })),
      dispute,
    },
    null,
    2,
  )
  return { name: `tallystick-evidence-${row.id}.json`, text }
}
