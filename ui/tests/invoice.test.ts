import { screen, waitFor, within } from '@testing-library/svelte'
import { describe, expect, it, vi } from 'vitest'

import { failure, type Backend } from '~/backend/backend'
import { t } from '~/i18n'
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
    expect(screen.getByTestId('invoice-words')).toHaveTextContent('orchard · flint · thread · gull')
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
    expect(screen.queryByTestId('invoice-link')).toBeNull()
    expect(screen.getByTestId('invoice-over')).toHaveAttribute('data-name', 'Kornblum Bakery')
    expect(screen.getByTestId('invoice-page')).toHaveTextContent('Who paid is known only where they told you')
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

  it('has a bill for the printer, with everything that whoever holds it should know', async () => {
    const { user, backend } = await form()
    const print = vi.spyOn(backend, 'print')
    await user.type(screen.getByTestId('invoice-amount'), '12.5')
    await user.type(screen.getByTestId('invoice-memo'), 'jam, 5 jars')
    await user.type(screen.getByTestId('invoice-reference'), 'A-17')
    await user.click(screen.getByTestId('invoice-create'))

    const bill = await screen.findByTestId('invoice-card')
    expect(bill.parentElement).toBe(document.body)
    for (const words of [
      'A payment to Dana Whitlock',
      '12.500 CHIP',
      'jam, 5 jars',
      'A-17',
      'orchard · flint',
    ])
      expect(bill).toHaveTextContent(words)
    await user.click(screen.getByTestId('invoice-print'))
    expect(print).toHaveBeenCalledOnce()
    await user.click(screen.getByTestId('nav-home'))
    await waitFor(() => expect(screen.queryByTestId('invoice-card')).toBeNull())
  })

  it.each([
    ['hour', 3600],
    ['day', 86_400],
    ['week', 604_800],
  ])('is good for one %s', async (good, seconds) => {
    const { user, backend } = await form()
    const invoice = vi.spyOn(backend, 'invoice')
    await user.type(screen.getByTestId('invoice-reference'), 'A-17')
    await user.click(screen.getByTestId(`invoice-good-${good}`))
    await user.click(screen.getByTestId('invoice-create'))
    await screen.findByTestId('invoice-qr')

    expect(invoice).toHaveBeenCalledExactlyOnceWith(null, null, 'A-17', seconds)
  })

  it.each(['spent', 'expired'] as const)('shows no code once it is %s, and offers another', async (end) => {
    const { user, people } = await form()
    await user.click(screen.getByTestId('invoice-create'))
    await screen.findByTestId('invoice-qr')

    people.invoices.turn(screen.getByTestId('invoice-page').dataset.invoice ?? '', end)

    await waitFor(() => expect(state()).toBe(end))
    expect(screen.getByTestId('invoice-page')).toHaveTextContent(t.invoice.told[end])
    expect(screen.queryByTestId('invoice-qr')).toBeNull()
    await user.click(screen.getByTestId('invoice-again'))
    expect(await screen.findByTestId('invoice-form')).toBeInTheDocument()
  })

  it('can be sent where no code has room for it', async () => {
    const { user } = await form((backend) =>
      changed(backend, {
        invoiceShow: async (id) => ({ ...(await backend.invoiceShow(id)), svg: null, modules: null }),
      }),
    )
    await user.click(screen.getByTestId('invoice-create'))

    await waitFor(() => expect(screen.getByTestId('invoice-page')).toHaveTextContent(t.paper.none))
    expect(state()).toBe('waiting')
    expect(screen.queryByTestId('invoice-qr')).toBeNull()
    expect(screen.getByTestId<HTMLInputElement>('invoice-link').value).toMatch(/^chip:\/\//)
    expect(screen.getByTestId('invoice-copy')).toBeEnabled()
  })

  it('stays on show while its page is open, and no longer', async () => {
    vi.useFakeTimers({ shouldAdvanceTime: true })
    const { user, backend } = await form()
    await user.click(screen.getByTestId('invoice-create'))
    await screen.findByTestId('invoice-qr')
    const invoiceShow = vi.spyOn(backend, 'invoiceShow')

    await vi.advanceTimersByTimeAsync(61_000)
    expect(invoiceShow).toHaveBeenCalledOnce()
    await user.click(screen.getByTestId('nav-home'))
    await screen.findByTestId('home-page')
    await vi.advanceTimersByTimeAsync(130_000)

    expect(invoiceShow).toHaveBeenCalledOnce()
  })

  it('fills the window on a key and comes back on it, but not while something is written', async () => {
    const { user } = await form()
    await user.click(screen.getByTestId('invoice-create'))
    await screen.findByTestId('invoice-qr')
    await user.keyboard(' ')
    expect(await screen.findByTestId('invoice-enlarged')).toBeInTheDocument()
    await user.keyboard(' ')
    await waitFor(() => expect(screen.queryByTestId('invoice-enlarged')).toBeNull())

    await user.click(screen.getByTestId('invoice-link'))
    await user.keyboard(' ')
    expect(screen.queryByTestId('invoice-enlarged')).toBeNull()
  })

  it('hides its amount with all others', async () => {
    const { user } = await form()
    await user.type(screen.getByTestId('invoice-amount'), '12.5')
    await user.click(screen.getByTestId('invoice-create'))
    expect(await screen.findByTestId('invoice-units')).toHaveTextContent('12.500')
    expect(screen.getByTestId('invoice-page')).toHaveTextContent('twelve CHIP')

    await user.keyboard('{Control>}{Shift>}h{/Shift}{/Control}')

    await waitFor(() => expect(screen.getByTestId('invoice-units')).not.toHaveTextContent('12'))
    expect(screen.getByTestId('invoice-page')).not.toHaveTextContent('twelve')
  })
})
