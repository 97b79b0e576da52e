import { screen, waitFor, within } from '@testing-library/svelte'
import { describe, expect, it } from 'vitest'

import { failure } from '~/backend/backend'
import { changed, openWindow } from './window'

type Change = Parameters<typeof openWindow>[1]

async function sheet(amount: string, memo = '', change?: Change) {
  const found = await openWindow('full', change)
  const { user } = found
  await user.click(screen.getByTestId('nav-tallies'))
  const rows = await screen.findAllByTestId('tally-row')
  const row = rows.find((candidate) => candidate.dataset.tally === 'tally-3')
  if (row) await user.click(row)
  await user.click(await screen.findByTestId('tally-pay'))
  await user.type(screen.getByTestId('pay-amount'), amount)
  if (memo !== '') {
    await user.click(screen.getByTestId('pay-memo'))
    await user.paste(memo)
  }
  await user.click(screen.getByTestId('pay-review'))
  return { ...found, dialog: await screen.findByRole('dialog') }
}

describe('the sign sheet', () => {
  it('says who promises what, in figures and in words', async () => {
    const { dialog } = await sheet('12.500')

    expect(within(dialog).getByRole('heading', { level: 2 })).toHaveTextContent(
      'You promise Kornblum Bakery 12.500 CHIP.',
    )
    expect(screen.getByTestId('sign-amount-words')).toHaveTextContent('twelve CHIP and 500 thousandths')
    expect(screen.getByTestId('sign-before')).toHaveAttribute('data-milli', '-31400')
    expect(screen.getByTestId('sign-after')).toHaveAttribute('data-milli', '-43900')
  })

  it('warns beyond the limit, names the excess, and still lets sign', async () => {
    await sheet('12.500')

    expect(screen.getByTestId('sign-warning-overLimit')).toHaveTextContent('3.900 beyond what you agreed.')
    await waitFor(() => expect(screen.getByTestId('sign-confirm')).toBeEnabled())
  })

  it('has the focus on its sentence, and Enter does not sign', async () => {
    const { dialog, user } = await sheet('1')
    await waitFor(() => expect(within(dialog).getByRole('heading', { level: 2 })).toHaveFocus())
    expect(screen.getByTestId('sign-confirm')).toBeDisabled()
    await waitFor(() => expect(screen.getByTestId('sign-confirm')).toBeEnabled())

    await user.keyboard('{Enter}')

    expect(screen.getByTestId('sign-sheet')).toHaveAttribute('data-state', 'ready')
  })

  it('shows a memo literally', async () => {
    await sheet('1', 'bike tube 🚲 <b>x</b>')

    expect(screen.getByTestId('sign-memo')).toHaveTextContent('bike tube 🚲 <b>x</b>')
    expect(screen.getByTestId('sign-memo').querySelector('b')).toBeNull()
  })

  it('unfolds exactly what is signed', async () => {
    const { user } = await sheet('1')
    expect(screen.queryByTestId('sign-canonical')).toBeNull()

    await user.click(screen.getByRole('button', { name: 'Show exactly what is signed' }))

    expect(screen.getByTestId('sign-canonical')).toHaveTextContent('"units":1000')
    expect(screen.getByTestId('sign-digest')).not.toBeEmptyDOMElement()
  })

  it('leads to the tally, where the stages go on to the end', async () => {
    const { user } = await sheet('1')
    await waitFor(() => expect(screen.getByTestId('sign-confirm')).toBeEnabled())

    await user.click(screen.getByTestId('sign-confirm'))
    expect(await screen.findByTestId('sign-stage')).toBeTruthy()
    await user.click(screen.getByTestId('sign-close'))

    await waitFor(() => expect(screen.getByTestId('tally-stage')).toHaveAttribute('data-stage', 'matched'))
    expect(screen.getByTestId('tally-balance')).toHaveAttribute('data-milli', '-32400')
    expect(screen.getByTestId('tally-copies')).toHaveAttribute('data-copies', 'match')
  })

  it('says what did not happen when the wallet refuses', async () => {
    const { user } = await sheet('1', '', (backend) =>
      changed(backend, { sign: () => Promise.reject(failure({ kind: 'stale' })) }),
    )
    await waitFor(() => expect(screen.getByTestId('sign-confirm')).toBeEnabled())
    await user.click(screen.getByTestId('sign-confirm'))

    expect(await screen.findByTestId('sign-failure')).toHaveTextContent('Nothing was signed.')
    expect(screen.getByTestId('sign-again')).toBeTruthy()
  })

  it('closes on Escape and signs nothing', async () => {
    const { user, backend } = await sheet('1')
    const before = (await backend.history('tally-3', null, { kind: 'all', who: 'all', text: null })).total

    await user.keyboard('{Escape}')

    await waitFor(() => expect(screen.queryByTestId('sign-sheet')).toBeNull())
    expect((await backend.history('tally-3', null, { kind: 'all', who: 'all', text: null })).total).toBe(
      before,
    )
  })
})

describe('the sheet of a counter-offer', () => {
  const terms = { limit: 0, noticeDays: 7, memo: 'garden help <b>only</b>' }

  async function counter() {
    return sheet('1', '', (backend) =>
      changed(backend, { payPreview: () => backend.counterPreview('tally-8', terms) }),
    )
  }

  it('lists what it changes, the old struck and the new beside it', async () => {
    const { dialog } = await counter()

    expect(within(dialog).getByTestId('sign-title')).toHaveTextContent('You send Gil Okafor other terms.')
    const rows = within(dialog).getAllByTestId('sign-differences-row')
    expect(rows.map((row) => row.textContent)).toEqual([
      expect.stringMatching(/Most Gil may owe you\s*20\s*nothing/),
      expect.stringMatching(/Notice you give\s*14 days\s*7 days/),
      expect.stringContaining('“garden help <b>only</b>”'),
    ])
    expect(rows[0]?.querySelector('s')).toHaveTextContent('20')
    expect(rows[2]?.querySelector('b')).toBeNull()
  })

  it('is signed as a new version that waits for them', async () => {
    const found = await counter()
    await waitFor(() => expect(screen.getByTestId('sign-confirm')).toBeEnabled())
    await found.user.click(screen.getByTestId('sign-confirm'))

    await screen.findByTestId('sign-close')
    expect((await found.backend.tally('tally-8')).negotiation).toMatchObject({ revision: 4, turn: 'theirs' })
  })
})

describe('the sheet that pays a request', () => {
  it('says so, with the amount and words that were asked for', async () => {
    const found = await sheet('1', '', (backend) =>
      changed(backend, { payPreview: () => backend.grantPreview('tally-4', 'request-5') }),
    )

    expect(screen.getByTestId('sign-title')).toHaveTextContent('You promise Ben Adler 9.500 CHIP.')
    expect(screen.getByTestId('sign-answers')).toHaveAttribute('data-request', 'request-5')
    expect(screen.getByTestId('sign-memo')).toHaveTextContent('bike repair')
    await waitFor(() => expect(screen.getByTestId('sign-confirm')).toBeEnabled())
    await found.user.click(screen.getByTestId('sign-confirm'))
    await screen.findByTestId('sign-close')

    const asked = await found.backend.requests('tally-4')
    expect(asked.find(({ id }) => id === 'request-5')?.state).toBe('paid')
  })
})
