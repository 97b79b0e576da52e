import { screen, waitFor } from '@testing-library/svelte'
import { describe, expect, it } from 'vitest'

import { failure, type Backend } from '~/backend/backend'
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
    await paying('payNow')
    expect(state()).toBe('looking')
    expect(screen.queryByTestId('payment-review')).toBeNull()
    await reaches('reachable')

    expect(screen.getByTestId('payment-payee')).toHaveTextContent('Farida Noor')
    expect(screen.getByTestId('payment-page')).toHaveTextContent('Nobody has proven who made it')
    expect(screen.getByTestId('payment-words')).toHaveTextContent('reed · iron · apple · north')
    expect(screen.getByTestId('payment-units')).toHaveAttribute('data-milli', '12500')
    expect(screen.getByTestId('payment-cost')).toHaveAttribute('data-milli', '0')
    expect(screen.getByTestId('payment-via')).toHaveAttribute('data-name', 'Ana Ruiz')
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

  it('says that nothing moved, why, and lets it be tried again', async () => {
    const { user } = await paying('payFails')
    await sign({ user })
    await reaches('failed')

    expect(screen.getByTestId('payment-page')).toHaveTextContent('Nothing moved')
    expect(screen.getByTestId('payment-why')).toHaveAttribute('data-why', 'room')
    await user.click(screen.getByTestId('payment-look'))
    await reaches('reachable')
  })

  it('says that no way was found and what could help', async () => {
    await paying('payFar')
    await reaches('noWay')

    expect(screen.getByTestId('payment-page')).toHaveTextContent('It may help that')
    expect(screen.queryByTestId('payment-review')).toBeNull()
    expect(screen.getByTestId('payment-look')).toBeEnabled()
  })

  it('asks for the amount where it is left open, and signs only what a way was found for', async () => {
    const { user } = await paying('payOpen')
    expect(state()).toBe('none')
    expect(screen.getByTestId('payment-look')).toBeDisabled()
    await user.type(screen.getByTestId('payment-amount'), '5')
    await user.click(screen.getByTestId('payment-look'))
    await reaches('reachable')
    expect(screen.getByTestId('payment-units')).toHaveAttribute('data-milli', '5000')
    expect(screen.getByTestId('payment-review')).toBeInTheDocument()

    await rewrite({ user }, 'payment-amount', '6')
    expect(screen.queryByTestId('payment-review')).toBeNull()
    await user.click(screen.getByTestId('payment-look'))
    await screen.findByTestId('payment-review')
    expect(screen.getByTestId('payment-units')).toHaveAttribute('data-milli', '6000')
  })

  it('stays where it is when the wallet refuses to sign', async () => {
    const { user } = await paying('payNow', (backend) =>
      changed(backend, { paySign: () => Promise.reject(failure({ kind: 'ranOut' })) }),
    )
    await sign({ user })

    expect(await screen.findByTestId('payment-failure')).toHaveAttribute('data-code', 'ranOut')
    expect(state()).toBe('reachable')
  })
})
