import { screen, waitFor } from '@testing-library/svelte'
import { describe, expect, it, vi } from 'vitest'

import { failure, type Backend, type PaymentView } from '~/backend/backend'
import { world } from '~/backend/demo'
import { inspect } from '~/backend/demo-codes'
import { t } from '~/i18n'
import { Paying } from '~/state/paying.svelte'
import { changed, openWindow, rewrite } from './window'

async function paying(code: string, change?: (backend: Backend) => Backend) {
  const found = await openWindow('full', change)
  await found.user.paste(`demo:${code}`)
  await found.user.click(await screen.findByTestId('code-pay'))
  await screen.findByTestId('payment-page')
  return found
}

const state = () => screen.getByTestId('payment-page').dataset.state
const reaches = (wanted: string) => waitFor(() => expect(state()).toBe(wanted))

async function sign({ user }: { user: Awaited<ReturnType<typeof openWindow>>['user'] }) {
  await user.click(await screen.findByTestId('payment-review'))
  await screen.findByTestId('payment-sheet')
  expect(screen.getByTestId('payment-sign')).toBeDisabled()
  await waitFor(() => expect(screen.getByTestId('payment-sign')).toBeEnabled(), { timeout: 2000 })
  await user.click(screen.getByTestId('payment-sign'))
  await waitFor(() => expect(screen.queryByTestId('payment-sheet')).toBeNull())
  await waitFor(() => expect(document.body.style.pointerEvents).not.toBe('none'))
}

describe('paying a stranger', () => {
  it('says who asks as a claim, looks for a way and names the whole cost', async () => {
    let answer: () => void = () => undefined
    const asked = new Promise<void>((done) => (answer = done))
    await paying('payNow', (backend) =>
      changed(backend, { payLook: (code, units) => asked.then(() => backend.payLook(code, units)) }),
    )
    expect(state()).toBe('looking')
    expect(screen.queryByTestId('payment-review')).toBeNull()
    answer()
    await reaches('reachable')

    expect(screen.getByTestId('payment-payee')).toHaveTextContent(/^farida$/)
    expect(screen.getByTestId('payment-payee').dataset.address).toMatch(/^chip:\/\/farida:/)
    expect(screen.getByTestId('payment-page')).toHaveTextContent('Nobody has proven who made it')
    expect(screen.getByTestId('payment-words')).toHaveTextContent('reed · iron · apple · north')
    expect(screen.getByTestId('payment-units')).toHaveAttribute('data-milli', '12500')
    expect(screen.getByTestId('payment-cost')).toHaveAttribute('data-milli', '0')
    expect(screen.getByTestId('payment-via')).toHaveAttribute('data-name', 'Ana Ruiz')
    expect(screen.getByTestId('payment-effect')).toHaveAttribute('data-milli', '-33750')
  })

  it('tells what it does to the first tally before it is signed, and keeps a receipt', async () => {
    const { user } = await paying('payNow')
    await user.click(await screen.findByTestId('payment-review'))
    // 21.250 are owed, counting what waits.
    expect(await screen.findByTestId('payment-after')).toHaveAttribute('data-milli', '-33750')
    await user.click(screen.getByTestId('payment-cancel'))
    await waitFor(() => expect(screen.queryByTestId('payment-sheet')).toBeNull())
    expect(state()).toBe('reachable')

    await sign({ user })
    await reaches('paid')
    expect(screen.queryByTestId('payment-review')).toBeNull()
    await user.click(screen.getByTestId('payment-receipt'))
    expect(await screen.findByTestId('payment-saved')).toHaveAttribute(
      'data-path',
      expect.stringContaining('receipt'),
    )
    await user.click(screen.getByTestId('payment-lift'))
    expect(await screen.findByTestId('lift-detail')).toHaveAttribute('data-aim', 'pay')
    await user.click(screen.getByTestId('lift-origin'))
    expect(await screen.findByTestId('payment-page')).toBeInTheDocument()
  })

  it('never guesses while it is not known, and cannot be paid twice meanwhile', async () => {
    const { user } = await paying('paySlow')
    await sign({ user })
    await reaches('underWay')

    expect(screen.getByTestId('payment-page')).toHaveTextContent('Do not pay again')
    expect(screen.getByTestId('payment-deadline')).toBeInTheDocument()
    expect(screen.queryByTestId('payment-review')).toBeNull()
    expect(screen.queryByTestId('payment-look')).toBeNull()
    await reaches('paid')
  })

  it('says that nothing moved, why, and lets it be tried again over whoever comes first now', async () => {
    const { user } = await paying('payFails')
    await sign({ user })
    await reaches('failed')

    expect(screen.getByTestId('payment-page')).toHaveTextContent('Nothing moved')
    expect(screen.getByTestId('payment-why')).toHaveAttribute('data-why', 'room')
    expect(screen.queryByTestId('payment-review')).toBeNull()
    await user.click(screen.getByTestId('payment-look'))
    await user.click(await screen.findByTestId('payment-review'))
    expect(await screen.findByTestId('payment-after')).toHaveAttribute('data-milli', '-33750')
    await waitFor(() => expect(screen.getByTestId('payment-sign')).toBeEnabled(), { timeout: 2000 })
    await user.click(screen.getByTestId('payment-sign'))
    await reaches('paid')
  })

  it('leaves nothing to try where it was decided against', async () => {
    const { user } = await paying('payVoid')
    await sign({ user })
    await reaches('void')

    expect(screen.getByTestId('payment-why')).toHaveAttribute('data-why', 'time')
    expect(screen.getByTestId('payment-page')).toHaveTextContent(t.payment.voidHelp)
    expect(screen.queryByTestId('payment-look')).toBeNull()
    expect(screen.queryByTestId('payment-review')).toBeNull()
  })

  it('says that no way was found and what could help', async () => {
    await paying('payFar')
    await reaches('noWay')

    expect(screen.getByTestId('payment-page')).toHaveTextContent('It may help that')
    expect(screen.queryByTestId('payment-review')).toBeNull()
    expect(screen.getByTestId('payment-look')).toBeEnabled()
  })

  it('asks for the amount where it is left open, and signs only what a way was found for', async () => {
    const { user, backend } = await paying('payOpen')
    const paySign = vi.spyOn(backend, 'paySign')
    expect(state()).toBe('none')
    expect(screen.getByTestId('payment-look')).toBeDisabled()
    await user.type(screen.getByTestId('payment-amount'), '5')
    await user.click(screen.getByTestId('payment-look'))
    await reaches('reachable')
    expect(screen.getByTestId('payment-units')).toHaveAttribute('data-milli', '5000')
    expect(screen.getByTestId('payment-review')).toBeInTheDocument()

    await rewrite({ user }, 'payment-amount', '6.25')
    expect(screen.queryByTestId('payment-review')).toBeNull()
    await user.click(screen.getByTestId('payment-look'))
    await screen.findByTestId('payment-review')
    expect(screen.getByTestId('payment-units')).toHaveAttribute('data-milli', '6250')

    await sign({ user })
    await reaches('paid')
    expect(paySign).toHaveBeenCalledExactlyOnceWith(expect.any(String), 6250)
    expect(screen.getByTestId('payment-units')).toHaveAttribute('data-milli', '6250')
  })

  it('stays where it is when the wallet refuses to sign', async () => {
    const { user } = await paying('payNow', (backend) =>
      changed(backend, { paySign: () => Promise.reject(failure({ kind: 'ranOut' })) }),
    )
    await sign({ user })

    expect(await screen.findByTestId('payment-failure')).toHaveAttribute('data-code', 'ranOut')
    expect(state()).toBe('reachable')
  })

  it('does not sign by a stray Enter, and puts the sheet away with Escape', async () => {
    const { user, backend } = await paying('payNow')
    const paySign = vi.spyOn(backend, 'paySign')
    await user.click(await screen.findByTestId('payment-review'))
    await waitFor(() => expect(screen.getByTestId('payment-sheet-title')).toHaveFocus())
    await waitFor(() => expect(screen.getByTestId('payment-sign')).toBeEnabled(), { timeout: 2000 })
    await user.keyboard('{Enter}')
    expect(paySign).not.toHaveBeenCalled()

    await user.keyboard('{Escape}')
    await waitFor(() => expect(screen.queryByTestId('payment-sheet')).toBeNull())
    expect(paySign).not.toHaveBeenCalled()
  })

  it('shows the amount on what is signed, hidden elsewhere or not', async () => {
    const { user } = await paying('payNow')
    await reaches('reachable')
    await user.keyboard('{Control>}{Shift>}h{/Shift}{/Control}')
    await waitFor(() => expect(screen.getByTestId('payment-units')).not.toHaveTextContent('12'))
    expect(screen.getByTestId('payment-page')).not.toHaveTextContent(/twelve/)

    await user.click(screen.getByTestId('payment-review'))
    expect(await screen.findByTestId('payment-sheet-title')).toHaveTextContent('12.500')
    expect(screen.getByTestId('payment-after')).toHaveTextContent('33.750')
  })

  it('takes the sheet away when the way is no longer known, and says that nobody said no', async () => {
    const { user, people } = await paying('payNow')
    await user.click(await screen.findByTestId('payment-review'))
    await screen.findByTestId('payment-sheet')

    people.invoices.lapse('pay-payNow')

    await waitFor(() => expect(screen.queryByTestId('payment-sheet')).toBeNull())
    expect(state()).toBe('noWay')
    expect(screen.getByTestId('payment-page')).toHaveTextContent(t.payment.lapsed)
    await waitFor(() => expect(document.body.style.pointerEvents).not.toBe('none'))
    await user.click(screen.getByTestId('payment-look'))
    await reaches('reachable')
  })

  it('puts the sheet away as soon as it is signed, though nothing is decided', async () => {
    const { user, backend } = await paying('payStays', (backend) =>
      changed(backend, {
        // The wallet answers only once it is decided.
        paySign: async (id, units) => {
          await backend.paySign(id, units)
          return new Promise<never>(() => {})
        },
      }),
    )
    await sign({ user })

    await reaches('underWay')
    expect((await backend.payment('pay-payStays')).state).toBe('underWay')
    expect(screen.getByTestId('payment-deadline')).toBeInTheDocument()
  })

  it('asks by itself what became of it, should nobody say so', async () => {
    vi.useFakeTimers({ shouldAdvanceTime: true })
    let ends: Partial<PaymentView> = {}
    const { user } = await paying('payStays', (backend) =>
      changed(backend, { payment: async (id) => ({ ...(await backend.payment(id)), ...ends }) }),
    )
    await sign({ user })
    await reaches('underWay')
    ends = { state: 'paid', deadline: null }

    await vi.advanceTimersByTimeAsync(6000)

    await reaches('paid')
  })

  it('is over where the code runs out while it is read', async () => {
    await paying('payNow', (backend) =>
      changed(backend, {
        payLook: async (code, units) => ({
          ...(await backend.payLook(code, units)),
          expiresAt: Date.now() - 1,
        }),
      }),
    )
    await waitFor(() => expect(screen.getByTestId('payment-page')).toHaveTextContent(t.payment.ranOut))

    expect(screen.queryByTestId('payment-review')).toBeNull()
    expect(screen.queryByTestId('payment-look')).toBeNull()
  })

  it('leads over the tally where its maker is a partner to whom no way was found', async () => {
    const { user } = await paying('payFarPartner')
    await reaches('noWay')
    await user.click(screen.getByTestId('payment-partner'))

    expect(await screen.findByTestId('pay-page')).toHaveAttribute('data-mode', 'pay')
    expect(screen.getByTestId('pay-partner')).toHaveTextContent('Ben Adler')
    expect(screen.getByTestId('pay-amount')).toHaveValue('12.500')
    expect(screen.getByTestId('pay-memo')).toHaveValue('repair of the back wheel · A-17')
  })

  it('is never signed by what was found for another code', async () => {
    const backend = world({ pace: 1 }).backend()
    const card = (name: string) => inspect(`demo:${name}`, Date.now())
    let found: (view: PaymentView) => void = () => undefined
    const late = new Promise<PaymentView>((done) => (found = done))
    const paying = new Paying(
      changed(backend, {
        payLook: (code, units) => (code === 'payFirst' ? late : backend.payLook(code, units)),
      }),
    )
    paying.begin(card('payFirst'))
    const first = paying.look(null)
    paying.begin(card('payNow'))
    await paying.look(null)
    expect(paying.view?.id).toBe('pay-payNow')

    found(await backend.payLook('payFirst', null))
    await first

    expect(paying.view?.id).toBe('pay-payNow')
    expect(paying.card?.pay).toBe('payNow')
  })
})

describe('a request for payment that only partners can pay', () => {
  it('is paid over the tally with its maker, signed as any payment', async () => {
    const { user } = await openWindow()
    await user.paste('demo:referencePartner')
    expect(await screen.findByTestId('code-card')).toHaveAttribute('data-kind', 'paymentRequest')
    expect(screen.queryByTestId('code-pay')).toBeNull()
    await user.click(screen.getByTestId('code-pay-partner'))

    expect(await screen.findByTestId('pay-partner')).toHaveTextContent('Ben Adler')
    expect(screen.getByTestId('pay-amount')).toHaveValue('12.500')
    expect(screen.getByTestId('pay-review')).toBeEnabled()
  })

  it('offers nothing to a stranger, and says what would help', async () => {
    const { user } = await openWindow('full', (backend) =>
      changed(backend, {
        codeInspect: async (text) => ({ ...(await backend.codeInspect(text)), problem: 'partnersOnly' }),
      }),
    )
    await user.paste('demo:referencePay')

    expect(await screen.findByTestId('code-problem-partnersOnly')).toHaveTextContent('invitation')
    expect(screen.queryByTestId('code-pay')).toBeNull()
    expect(screen.queryByTestId('code-pay-partner')).toBeNull()
  })
})
