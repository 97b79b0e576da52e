import { screen, waitFor, within } from '@testing-library/svelte'
import { describe, expect, it } from 'vitest'

import { failure } from '~/backend/backend'
import { changed, goTo, openWindow } from './window'

const ANA = 'tally-1'
const BIKES = 'tally-6'

async function history(tally = ANA, change?: Parameters<typeof openWindow>[1]) {
  const found = await openWindow('full', change)
  await goTo(found, tally, 'history')
  await screen.findAllByTestId('history-row')
  return found
}

/** Every entry on screen, with the balance after it. */
function balances(): Map<string, string> {
  const rows = screen.getAllByTestId('history-row')
  return new Map(rows.map((row) => [row.dataset.entry ?? '', row.dataset.balance ?? '']))
}

async function everything(user: Awaited<ReturnType<typeof history>>['user']) {
  for (;;) {
    const more = screen.queryByTestId('history-more')
    if (more === null) return
    const before = screen.getAllByTestId('history-row').length
    await user.click(more)
    await waitFor(() => expect(screen.getAllByTestId('history-row').length).toBeGreaterThan(before))
  }
}

describe('the history', () => {
  it('shows the same balance after an entry whatever is filtered', async () => {
    const { user } = await history()
    await everything(user)
    const all = balances()
    expect(all.size).toBe(24)

    for (const chip of [
      'history-kind-payments',
      'history-who-theirs',
      'history-who-mine',
      'history-kind-clearing',
    ]) {
      await user.click(screen.getByTestId(chip))
      await waitFor(() => expect(screen.getByTestId('history-hidden')).toBeTruthy())
      await everything(user)
      expect(balances().size).toBeGreaterThan(0)
      for (const [entry, balance] of balances()) expect(all.get(entry)).toBe(balance)
      await user.click(screen.getByTestId('history-kind-all'))
      if (chip.includes('who')) await user.click(screen.getByTestId(chip))
      await waitFor(() => expect(screen.queryByTestId('history-hidden')).toBeNull())
    }
  })

  it('says how many entries are hidden and what they add up to', async () => {
    const { user, backend } = await history()
    await user.click(screen.getByTestId('history-kind-clearing'))
    const line = await screen.findByTestId('history-hidden')
    await waitFor(() => expect(screen.getAllByTestId('history-row')).toHaveLength(3))

    const { row } = await backend.tally(ANA)
    expect(line).toHaveAttribute('data-count', '21')
    // What is shown and what is hidden make up the balance and what waits.
    expect(Number(line.dataset.milli) + 19_000).toBe(row.balance + row.waiting)
    expect(line).toHaveTextContent('Hidden by filter: 21 entries, together 40.250 toward them.')
    expect(line).toHaveTextContent('Balances always count every entry.')
  })

  it('finds words, and goes back to everything', async () => {
    const { user } = await history()
    await user.type(screen.getByTestId('history-find'), 'Roof ')

    await waitFor(() => expect(screen.getAllByTestId('history-row')).toHaveLength(1))
    expect(screen.getByTestId('history-find')).toHaveValue('Roof ')
    await user.type(screen.getByTestId('history-find'), 'nowhere')
    await user.click(await screen.findByTestId('history-clear'))

    await waitFor(() => expect(screen.getAllByTestId('history-row').length).toBeGreaterThan(1))
    expect(screen.getByTestId('history-find')).toHaveValue('')
    expect(screen.queryByTestId('history-hidden')).toBeNull()
  })

  it('lets go of a person pressed twice', async () => {
    const { user } = await history()
    await user.click(screen.getByTestId('history-who-theirs'))
    expect(screen.getByTestId('history-who-theirs')).toHaveAttribute('aria-pressed', 'true')
    await user.click(screen.getByTestId('history-who-theirs'))

    expect(screen.getByTestId('history-who-theirs')).toHaveAttribute('aria-pressed', 'false')
    await waitFor(() => expect(screen.queryByTestId('history-hidden')).toBeNull())
  })

  it('tells settings in a sentence', async () => {
    const { user } = await history()
    await user.click(screen.getByTestId('history-kind-settings'))
    await waitFor(() => expect(screen.getAllByTestId('history-row')).toHaveLength(2))
    const [mine, theirs] = screen.getAllByTestId('history-row')

    expect(mine).toHaveTextContent('You like to hold 5.000, never more than 12.000')
    expect(theirs).toHaveTextContent('Ana likes to hold 10.000, never more than 20.000')
  })

  it('shows the request an entry answers', async () => {
    const { user } = await history()
    await user.click(screen.getByTestId('history-answers'))

    const request = await screen.findByTestId('history-request')
    expect(request).toHaveTextContent('Ana asked you for 14.000')
    expect(within(request).getByText('roof gutter')).toBeTruthy()
    await user.click(screen.getByTestId('history-answers'))
    expect(screen.queryByTestId('history-request')).toBeNull()
  })

  it('can be hidden from: filtered, no amount is left readable', async () => {
    const { user } = await history()
    await user.click(screen.getByTestId('history-kind-clearing'))
    await screen.findByTestId('history-hidden')
    await user.keyboard('{Control>}{Shift>}h{/Shift}{/Control}')

    expect(document.body).not.toHaveTextContent(/\d\.\d{3}/)
  })
})

describe('an entry that has not left', () => {
  it('is taken back only after a question, and is then listed as taken back', async () => {
    const { user, backend } = await history(BIKES)
    expect(screen.getAllByTestId('history-cancelled-row')).toHaveLength(1)

    await user.click(screen.getByTestId('history-takeback'))
    expect(await screen.findByTestId('takeback-dialog')).toHaveTextContent('2.500')
    await user.click(screen.getByTestId('takeback-cancel'))
    expect((await backend.tally(BIKES)).row.waiting).toBe(-2500)

    await user.click(screen.getByTestId('history-takeback'))
    await user.click(await screen.findByTestId('takeback-confirm'))

    await waitFor(() => expect(screen.getAllByTestId('history-cancelled-row')).toHaveLength(2))
    expect(screen.getAllByTestId('history-cancelled-row')[0]).toHaveAttribute('data-milli', '-2500')
    expect(screen.queryByTestId('history-takeback')).toBeNull()
    expect((await backend.tally(BIKES)).row.waiting).toBe(0)
  })

  it('says so when it left meanwhile, and counts', async () => {
    const { user } = await history(BIKES, (backend) =>
      changed(backend, { entryCancel: () => Promise.reject(failure({ kind: 'cannotCancel' })) }),
    )
    await user.click(screen.getByTestId('history-takeback'))
    await user.click(await screen.findByTestId('takeback-confirm'))

    expect(await screen.findByTestId('takeback-failure')).toHaveTextContent('it has left this computer')
    await user.click(screen.getByTestId('takeback-cancel'))
    expect(screen.getByTestId('history-takeback')).toBeTruthy()
  })

  it('can be taken back from where it is shown on its way', async () => {
    const found = await openWindow()
    await goTo(found, BIKES)
    await found.user.click(await screen.findByTestId('stage-takeback'))

    expect(await screen.findByTestId('takeback-dialog')).toBeTruthy()
  })

  it('is the only kind that can be', async () => {
    await history(ANA)

    expect(screen.queryByTestId('history-takeback')).toBeNull()
  })
})
