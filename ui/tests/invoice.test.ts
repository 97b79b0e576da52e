import { screen, waitFor, within } from '@testing-library/svelte'
import { describe, expect, it } from 'vitest'

import { failure, type Backend } from '~/backend/backend'
import { changed, openWindow } from './window'

async function form(change?: (backend: Backend) => Backend) {
  const found = await openWindow('full', change)
  await found.user.click(screen.getByTestId('nav-request'))
  await found.user.click(await screen.findByTestId('request-anybody'))
  await screen.findByTestId('invoice-form')
  return found
}

const state = () => screen.getByTestId('invoice-page').dataset.state

describe('a payment code', () => {
  it('is made with an amount and what for, and shown as a code and a link', async () => {
    const { user } = await form()
    await user.type(screen.getByTestId('invoice-amount'), '12.5')
    await user.type(screen.getByTestId('invoice-memo'), '  jam ')
    await user.click(screen.getByTestId('invoice-create'))

    const code = await screen.findByTestId('invoice-qr')
    expect(Number(code.dataset.modules)).toBeGreaterThan(20)
    expect(screen.getByTestId('invoice-units')).toHaveAttribute('data-milli', '12500')
    expect(screen.getByTestId('invoice-memo-text')).toHaveTextContent(/^jam$/)
    expect(screen.getByTestId<HTMLInputElement>('invoice-link').value).toMatch(/^chip:\/\//)
    expect(screen.getByTestId('invoice-countdown')).toHaveTextContent(/d|h/)
  })

  it('leaves the amount to whoever pays where none is given', async () => {
    const { user } = await form()
    await user.click(screen.getByTestId('invoice-create'))
    await screen.findByTestId('invoice-qr')

    expect(screen.queryByTestId('invoice-units')).toBeNull()
    expect(screen.getByTestId('invoice-page')).toHaveTextContent('You ask for any amount')
  })

  it('is not made of an amount that is none', async () => {
    const { user } = await form()
    await user.type(screen.getByTestId('invoice-amount'), '0')
    expect(screen.getByTestId('invoice-create')).toBeDisabled()
    await user.type(screen.getByTestId('invoice-amount'), '.0001')
    expect(screen.getByTestId('invoice-amount-error')).toBeInTheDocument()
  })

  it('says so where nobody is known who could decide', async () => {
    const { user } = await form((backend) =>
      changed(backend, { invoice: () => Promise.reject(failure({ kind: 'noReferee' })) }),
    )
    await user.click(screen.getByTestId('invoice-create'))

    expect(await screen.findByTestId('invoice-failure')).toHaveAttribute('data-code', 'noReferee')
  })

  it('turns by itself when it is paid, and leads to how it came', async () => {
    const { user, people } = await form()
    await user.click(screen.getByTestId('invoice-create'))
    await screen.findByTestId('invoice-qr')
    const id = screen.getByTestId('invoice-page').dataset.invoice ?? ''

    people.invoices.turn(id, 'coming')
    await waitFor(() => expect(state()).toBe('coming'))
    people.invoices.turn(id, 'paid')
    await waitFor(() => expect(state()).toBe('paid'))
    expect(screen.queryByTestId('invoice-qr')).toBeNull()
    await user.click(screen.getByTestId('invoice-lift'))
    expect(await screen.findByTestId('lift-detail')).toHaveAttribute('data-lift', 'lift-0')
  })

  it('is kept in a list with what became of it', async () => {
    const { user } = await form()
    const rows = await screen.findAllByTestId('invoice-row')
    expect(rows.map(({ dataset }) => dataset.state)).toEqual(['waiting', 'paid', 'expired'])
    const paid = rows[1]
    if (paid === undefined) throw new Error('no row')
    expect(within(paid).getByText('jam, 5 jars')).toBeInTheDocument()
    await user.click(paid)
    await waitFor(() => expect(state()).toBe('paid'))
  })

  it('is enlarged and saved', async () => {
    const { user } = await form()
    await user.click(screen.getByTestId('invoice-create'))
    await user.click(await screen.findByTestId('invoice-save'))
    expect(await screen.findByTestId('invoice-saved')).toHaveAttribute(
      'data-path',
      expect.stringContaining('.png'),
    )
    await user.click(screen.getByTestId('invoice-enlarge'))
    expect(await screen.findByTestId('invoice-qr-large')).toBeInTheDocument()
    await user.click(screen.getByTestId('invoice-enlarged-close'))
    await waitFor(() => expect(screen.queryByTestId('invoice-enlarged')).toBeNull())
  })
})
