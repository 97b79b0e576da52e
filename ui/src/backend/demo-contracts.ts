import { failure, type ContractView } from './backend'

export const CONTRACT: ContractView = {
  hash: 'n4bQgYhMfWWaL-qgxVrQFaO_TxsrC4Is0V1sFbDwCgg',
  title: 'Credit terms, edition 3',
  builtin: true,
  text: `# Credit terms, edition 3

This is the text two people sign when they begin a tally. It is short on purpose.

## 1. What a tally is

A tally is a record, held in two halves, of promises between the two signers. Each entry is signed by the one who **gives** the promise. An entry cannot be taken back; the other side can send it back.

## 2. How much

Each side states the most the other may owe. A limit *warns and does not block*: beyond it, the other side need not accept an entry as payment.

## 3. Notice

Whoever wants to settle up gives as many days' notice as their terms say.

- Notice begins when the other side has been told.
- During notice the tally may only pay down.

## 4. Clearing

Debts that form a circle may be cancelled out. This never changes what anybody has in total.

## 5. Closing

A tally can be closed when it stands at zero. Both halves stay readable.
`,
}

/** A text somebody brought along: its first heading is its title. */
export function imported(text: string): ContractView {
  const title = /^#\s+(.+)$/m.exec(text)?.[1]
  if (title === undefined) throw failure({ kind: 'notAContract' })
  let sum = 7
  for (const letter of text) sum = (Math.imul(sum, 31) + (letter.codePointAt(0) ?? 0)) >>> 0
  return { hash: `demo${sum}`.padEnd(43, 'A'), title, text, builtin: false }
}
