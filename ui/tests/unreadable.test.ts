import { screen, within } from '@testing-library/svelte'
import { describe, expect, it } from 'vitest'

import { changed, goTo, openWindow } from './window'

const BEN = 'tally-4'

/** Ben's row comes damaged, as a wallet with a broken record sends it. */
async function damaged() {
  return openWindow('full', (backend) =>
    changed(backend, {
      tallies: async () =>
        (await backend.tallies()).map((row) =>
          row.id === BEN
            ? { ...row, partner: null, phase: 'void', iMayOwe: null, theyMayOwe: null, unreadable: 'tally' }
            : row,
        ),
      tally: async (id) =>
        id === BEN
          ? Promise.reject({ code: { kind: 'disk' }, retryable: false, safeToRepeat: true })
          : backend.tally(id),
    }),
  )
}

describe('a tally whose record is damaged', () => {
  it('stays in the list with its amount and says what it is', async () => {
    const found = await damaged()
    await found.user.click(screen.getByTestId('nav-tallies'))

    const rows = await screen.findAllByTestId('tally-row')
    const row = rows.find(({ dataset }) => dataset.tally === BEN)
    expect(row).toHaveTextContent('A tally that cannot be read')
    expect(row).toHaveTextContent('Damaged')
    expect(row).not.toHaveTextContent('Not agreed')
    expect(row?.dataset.unreadable).toBe('tally')
    expect(row?.dataset.milli).not.toBe('0')
    await found.user.click(screen.getByTestId('filter-closed'))
    expect(screen.queryAllByTestId('tally-row').map(({ dataset }) => dataset.tally)).not.toContain(BEN)
  })

  it('has a page that guesses nothing and offers nothing to sign', async () => {
    const found = await damaged()
    await found.user.click(screen.getByTestId('nav-tallies'))
    const rows = await screen.findAllByTestId('tally-row')
    const row = rows.find(({ dataset }) => dataset.tally === BEN)
    const milli = row?.dataset.milli
    if (row) await found.user.click(row)

    const page = await screen.findByTestId('tally-unreadable')
    expect(page.dataset.milli).toBe(milli)
    expect(within(page).getByTestId('unreadable-what')).toHaveTextContent('tally')
    expect(screen.queryByTestId('tally-pay')).toBeNull()
    expect(screen.queryByTestId('tally-failure')).toBeNull()
  })

  it('does not disturb the others', async () => {
    const found = await damaged()
    await goTo(found, 'tally-9')

    expect(await screen.findByTestId('tally-balance')).toBeVisible()
  })
})
