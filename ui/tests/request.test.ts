import { screen, waitFor, within } from '@testing-library/svelte'
import { describe, expect, it, vi } from 'vitest'

import { failure, type RequestView } from '~/backend/backend'
import { world } from '~/backend/demo'
import { Payment } from '~/state/payment.svelte'
import { canAskAgain, stateAt } from '~/state/requests.svelte'
import { changed, openWindow } from './window'

type Opened = Awaited<ReturnType<typeof openWindow>>
const BEN = 'tally-4'

async function tally({ user }: Opened, id: string) {
  await user.click(screen.getByTestId('nav-tallies'))
  const rows = await screen.findAllByTestId('tally-row')
  await user.click(rows.find((row) => row.dataset.tally === id) ?? document.body)
  await screen.findByTestId('tally-requests')
}

async function ask(change?: Parameters<typeof openWindow>[1]) {
  const opened = await openWindow('full', change)
  const { user } = opened
  await user.keyboard('r')
  await user.click(await screen.findByTestId('pay-partner'))
  const options = await screen.findAllByTestId('pay-partner-option')
  await user.click(options.find((option) => option.dataset.tally === BEN) ?? document.body)
  await user.type(screen.getByTestId('pay-amount'), '95')
  await user.type(screen.getByTestId('pay-memo'), 'repair <b>x</b>')
  return opened
}

describe('asking to be paid', () => {
  it('shows where the balance would stand if they paid', async () => {
    await ask()

    expect(screen.getByTestId('pay-page')).toHaveAttribute('data-mode', 'request')
    expect(screen.getByTestId('pay-after')).toHaveAttribute('data-milli', '107500')
  })

  it('asks before it asks, says that nothing is signed, and opens no sign sheet', async () => {
    const { user, backend } = await ask()
    const before = (await backend.requests(BEN)).length
    await user.click(screen.getByTestId('request-review'))

    expect(await screen.findByTestId('request-not-signed')).toHaveTextContent('This is not signed')
    expect(screen.getByTestId('request-confirm-title')).toHaveTextContent('Ask Ben Adler for 95.000 CHIP?')
    expect(screen.getByTestId('request-confirm-words')).toHaveTextContent('ninety-five CHIP exactly')
    expect(screen.getByTestId('request-confirm-memo')).toHaveTextContent('repair <b>x</b>')
    expect(screen.queryByTestId('sign-sheet')).toBeNull()

    await user.click(screen.getByTestId('request-cancel'))
    expect((await backend.requests(BEN)).length).toBe(before)
  })

  it('waits on the tally afterwards, with a way to change it and a way back', async () => {
    const { user, backend } = await ask()
    await user.click(screen.getByTestId('request-review'))
    await user.click(await screen.findByTestId('request-confirm'))

    const mine = await screen.findByTestId('request-mine')
    expect(mine).toHaveAttribute('data-milli', '95000')
    expect(within(mine).getByTestId('request-again')).toBeTruthy()
    await user.click(within(mine).getByTestId('request-withdraw'))
    await user.click(await screen.findByTestId('request-withdraw-confirm'))

    await waitFor(() => expect(screen.queryByTestId('request-mine')).toBeNull())
    expect(screen.getByTestId('request-over')).toHaveAttribute('data-state', 'withdrawn')
    expect((await backend.requests(BEN))[0]?.state).toBe('withdrawn')
  })

  it('is good for a week, a month or a number of days', async () => {
    const request = vi.fn(async () => 'request-9')
    const { user } = await ask((backend) => changed(backend, { request }))
    await user.click(screen.getByTestId('request-good-custom'))
    await user.clear(screen.getByTestId('request-days'))
    expect(screen.getByTestId('request-days-error')).toBeTruthy()
    expect(screen.getByTestId('request-review')).toBeDisabled()

    await user.type(screen.getByTestId('request-days'), '3')
    await user.click(screen.getByTestId('request-review'))
    await user.click(await screen.findByTestId('request-confirm'))

    await waitFor(() => expect(request).toHaveBeenCalledExactlyOnceWith(BEN, 95_000, 'repair <b>x</b>', 3))
  })

  it('keeps what is written when the direction is turned', async () => {
    const { user } = await ask()

    await user.click(screen.getByTestId('pay-mode-pay'))

    expect(screen.getByTestId('pay-page')).toHaveAttribute('data-mode', 'pay')
    expect(screen.getByTestId('pay-amount')).toHaveValue('95')
    expect(screen.getByTestId('pay-after')).toHaveAttribute('data-milli', '-82500')
  })

  it('says why the wallet would not take it', async () => {
    const { user } = await ask((backend) =>
      changed(backend, { request: () => Promise.reject(failure({ kind: 'tooManyWaiting' })) }),
    )
    await user.click(screen.getByTestId('request-review'))
    await user.click(await screen.findByTestId('request-confirm'))

    expect(await screen.findByTestId('request-failure')).toHaveAttribute('data-code', 'tooManyWaiting')
  })

  it('can be asked anew after a refusal, filled in as it was', async () => {
    const opened = await openWindow()
    await tally(opened, 'tally-5')
    expect(screen.getByTestId('request-reason')).toHaveTextContent('we said 5')
    const requestAgain = vi.spyOn(opened.backend, 'requestAgain')

    await opened.user.click(screen.getByTestId('request-again'))
    expect(screen.getByTestId('pay-amount')).toHaveValue('6')
    expect(screen.getByTestId('request-again-note')).toBeTruthy()
    await opened.user.clear(screen.getByTestId('pay-amount'))
    await opened.user.type(screen.getByTestId('pay-amount'), '5')
    await opened.user.click(screen.getByTestId('request-review'))
    await opened.user.click(await screen.findByTestId('request-confirm'))

    expect(await screen.findByTestId('request-mine')).toHaveAttribute('data-milli', '5000')
    expect(requestAgain).toHaveBeenCalledOnce()
  })
})

describe('answering a request', () => {
  it('shows who, how much, what for, until when, and what it would do', async () => {
    const opened = await openWindow()
    await tally(opened, BEN)
    const card = screen.getByTestId('request-card')

    expect(card).toHaveTextContent('Ben Adler')
    expect(card).toHaveTextContent('asks you for 9.500 CHIP')
    expect(within(card).getByTestId('request-memo')).toHaveTextContent('bike repair')
    expect(within(card).getByTestId('request-until')).toHaveTextContent(/^until /)
    expect(within(card).getByTestId('request-effect')).toHaveAttribute('data-milli', '3000')
  })

  it('pays exactly it by a signature, and it is answered', async () => {
    const opened = await openWindow()
    await tally(opened, BEN)
    await opened.user.click(screen.getByTestId('request-pay'))
    await waitFor(() => expect(screen.getByTestId('sign-confirm')).toBeEnabled())
    await opened.user.click(screen.getByTestId('sign-confirm'))
    await opened.user.click(await screen.findByTestId('sign-close'))

    await waitFor(() => expect(screen.queryByTestId('request-card')).toBeNull())
    expect(screen.getByTestId('request-over')).toHaveAttribute('data-state', 'paid')
    const page = await opened.backend.history(BEN, null, { kind: 'all', who: 'all', text: null })
    expect(page.entries[0]?.answers).not.toBeNull()
  })

  it('refuses with a reason, which is quoted', async () => {
    const opened = await openWindow()
    await tally(opened, BEN)
    await opened.user.click(screen.getByTestId('request-refuse'))
    await opened.user.type(screen.getByTestId('request-refuse-reason'), 'quoted 7')
    await opened.user.click(screen.getByTestId('request-refuse-confirm'))

    const over = await screen.findByTestId('request-over')
    expect(over).toHaveAttribute('data-state', 'refused')
    expect(within(over).getByTestId('request-reason')).toHaveTextContent('quoted 7')
    expect(over).toHaveTextContent('You refused it')
  })

  it('can be followed by another amount, which answers nothing', async () => {
    const opened = await openWindow()
    const { user, backend } = opened
    await tally(opened, BEN)
    await user.click(screen.getByTestId('request-another'))
    expect(screen.getByTestId('pay-instead')).toHaveTextContent('it does not answer the request')
    expect(screen.getByTestId('pay-amount')).toHaveValue('')
    expect(screen.getByTestId('pay-memo')).toHaveValue('bike repair')

    await user.type(screen.getByTestId('pay-amount'), '9.5')
    expect(screen.getByTestId('pay-instead-same')).toBeTruthy()
    await user.clear(screen.getByTestId('pay-amount'))
    await user.type(screen.getByTestId('pay-amount'), '7')
    await user.click(screen.getByTestId('pay-review'))
    await waitFor(() => expect(screen.getByTestId('sign-confirm')).toBeEnabled())
    await user.click(screen.getByTestId('sign-confirm'))

    const page = await backend.history(BEN, null, { kind: 'all', who: 'all', text: null })
    expect(page.entries[0]).toMatchObject({ units: 7000, answers: null })
    expect((await backend.requests(BEN)).find(({ mine }) => !mine)?.state).toBe('waiting')
  })

  it('leaves nothing of it behind for the next payment', async () => {
    const opened = await openWindow()
    await tally(opened, BEN)
    await opened.user.click(screen.getByTestId('request-another'))
    await opened.user.click(screen.getByTestId('nav-home'))

    await opened.user.click(screen.getByTestId('nav-pay'))

    expect(screen.getByTestId('pay-memo')).toHaveValue('')
  })

  it('hears how ours was answered', async () => {
    const opened = await openWindow()
    await tally(opened, 'tally-6')
    const id = screen.getByTestId('request-mine').dataset.request ?? ''

    opened.people.answer(id, 'quoted 70')

    const over = await screen.findByTestId('request-over')
    expect(over).toHaveAttribute('data-state', 'refused')
    expect(over).toHaveTextContent('quoted 70')
    expect(screen.queryByTestId('request-mine')).toBeNull()
  })
})

describe('a tally that pays down', () => {
  it('takes a payment toward zero only, and says so', async () => {
    const { user } = await openWindow()
    await user.keyboard('p')
    await user.click(await screen.findByTestId('pay-partner'))
    const options = await screen.findAllByTestId('pay-partner-option')
    await user.click(options.find((option) => option.dataset.tally === 'tally-7') ?? document.body)

    expect(screen.getByTestId('pay-closing')).toHaveTextContent('at most 2.004 CHIP, toward zero')
  })

  it('cannot be asked for more of what it owes', async () => {
    const { user } = await openWindow()
    await user.keyboard('r')
    await user.click(await screen.findByTestId('pay-partner'))
    const options = await screen.findAllByTestId('pay-partner-option')

    expect(options.map((option) => option.dataset.tally)).not.toContain('tally-7')
  })
})

describe('a request by the clock', () => {
  it('offers no answer any more once it has run out, though a list still shows it', async () => {
    await openWindow('full', (backend) =>
      changed(backend, {
        home: async () => {
          const home = await backend.home()
          const late = (request: RequestView | null) => request && { ...request, until: Date.now() - 1 }
          return { ...home, needs: home.needs.map((one) => ({ ...one, request: late(one.request) })) }
        },
      }),
    )

    expect(await screen.findByTestId('request-outcome')).toHaveAttribute('data-state', 'ranOut')
    expect(screen.queryByTestId('request-pay')).toBeNull()
  })

  async function one(part: Partial<RequestView>): Promise<RequestView> {
    const [request] = await world().backend().requests(null)
    if (request === undefined) throw new Error('the demo has no request')
    return { ...request, state: 'waiting', mine: true, until: 1000, ...part }
  }

  it('runs out at its time, before anybody has noticed', async () => {
    const request = await one({})

    expect(stateAt(request, 999)).toBe('waiting')
    expect(stateAt(request, 1000)).toBe('ranOut')
  })

  it('stays what it became', async () => {
    for (const state of ['paid', 'refused', 'withdrawn'] as const)
      expect(stateAt(await one({ state }), 2000)).toBe(state)
  })

  it('can be asked again by its asker alone, unless it was paid or taken back', async () => {
    expect(canAskAgain(await one({ state: 'refused' }), 0)).toBe(true)
    expect(canAskAgain(await one({}), 2000)).toBe(true)
    expect(canAskAgain(await one({ state: 'paid' }), 0)).toBe(false)
    expect(canAskAgain(await one({ state: 'withdrawn' }), 0)).toBe(false)
    expect(canAskAgain(await one({ mine: false }), 0)).toBe(false)
  })

  it('counts its days', () => {
    const payment = new Payment()
    expect(payment.days).toBe(30)
    payment.goodFor = 'custom'

    for (const [typed, days] of [
      ['1', 1],
      ['365', 365],
      ['0', null],
      ['366', null],
      ['1.5', null],
      ['', null],
    ] as const) {
      payment.customDays = typed
      expect(payment.days).toBe(days)
    }
  })
})
