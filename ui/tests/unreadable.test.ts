import { screen, within } from '@testing-library/svelte'
import { describe, expect, it } from 'vitest'

import { failure, type Backend } from '~/backend/backend'
import { changed, openWindow } from './window'

const BEN = 'tally-4'
const WHAT = 'the tally does not hash to its digest'

/** The same people, but the rows of one tally are damaged: only its id and amounts mean something. */
function damaged(backend: Backend): Backend {
  return changed(backend, {
    tallies: async () =>
      (await backend.tallies()).map((row) =>
        row.id === BEN
          ? { ...row, partner: null, phase: 'void' as const, balance: -4200, waiting: -100, unreadable: WHAT }
          : row,
      ),
    tally: (id) =>
      id === BEN ? Promise.reject(failure({ kind: 'internal', report: 'corrupt' })) : backend.tally(id),
  })
}

async function rowOfBen() {
  const rows = await screen.findAllByTestId('tally-row')
  const row = rows.find((candidate) => candidate.dataset.tally === BEN)
  if (row === undefined) throw new Error('no row')
  return row
}

describe('a tally that cannot be read', () => {
  it('is listed as such, with the amounts that are known', async () => {
    const { user } = await openWindow('full', damaged)
    await user.click(screen.getByTestId('nav-tallies'))

    const row = await rowOfBen()

    expect(row).toHaveTextContent('Damaged tally')
    expect(row).toHaveTextContent('Cannot be read')
    expect(row).toHaveTextContent('4.200')
    expect(row).not.toHaveTextContent('Ben')
    expect(row).not.toHaveTextContent('Not agreed')
  })

  it('says what is damaged and what to do, and offers nothing else', async () => {
    const { user } = await openWindow('full', damaged)
    await user.click(screen.getByTestId('nav-tallies'))
    await user.click(await rowOfBen())

    const card = await screen.findByTestId('tally-unreadable')

    expect(card).toHaveTextContent('This tally cannot be read')
    expect(screen.getByTestId('unreadable-what')).toHaveTextContent(WHAT)
    expect(screen.getByTestId('unreadable-balance')).toHaveAttribute('data-milli', '-4200')
    expect(screen.getByTestId('unreadable-waiting')).toHaveAttribute('data-milli', '-100')
    expect(
      within(card)
        .getAllByRole('button')
        .map((button) => button.dataset.testid),
    ).toEqual(['unreadable-copy'])
    expect(screen.queryByTestId('tally-failure')).toBeNull()
    expect(screen.queryByTestId('tally-pay')).toBeNull()
    expect(screen.queryByTestId('tab-now')).toBeNull()
  })

  it('leaves the others as they are', async () => {
    const { user } = await openWindow('full', damaged)
    await user.click(screen.getByTestId('nav-tallies'))
    const rows = await screen.findAllByTestId('tally-row')
    const other = rows.find((row) => row.dataset.phase === 'open')
    if (other === undefined) throw new Error('no other tally')

    await user.click(other)

    expect(await screen.findByTestId('tally-balance')).toBeVisible()
    expect(screen.queryByTestId('tally-unreadable')).toBeNull()
  })
})
