import { screen, waitFor } from '@testing-library/svelte'
import { describe, expect, it } from 'vitest'

import { goTo, openWindow, rewrite, signSheet } from './window'

const BEN = 'tally-4'
const BAKERY = 'tally-3'
const EVA = 'tally-7'
const IDA = 'tally-10'

describe('closing a tally', () => {
  it('says first what it means, what is owed and what comes then', async () => {
    const found = await openWindow()
    await goTo(found, BEN, 'settings')
    await found.user.click(await screen.findByTestId('ending-close'))

    const dialog = await screen.findByTestId('close-dialog')
    expect(dialog).toHaveTextContent('only entries count that bring it nearer to zero')
    expect(screen.getByTestId('close-rest')).toHaveTextContent(
      'Ben owes you 12.500. Closing does not cancel it.',
    )
    expect(dialog).toHaveTextContent('You can also forgive the rest.')
    await found.user.click(screen.getByTestId('close-cancel'))
    expect(screen.getByTestId('tally-page')).toHaveAttribute('data-phase', 'open')
  })

  it('promises a debtor no forgiving', async () => {
    const found = await openWindow()
    await goTo(found, BAKERY, 'settings')
    await found.user.click(await screen.findByTestId('ending-close'))

    const dialog = await screen.findByTestId('close-dialog')
    expect(dialog).toHaveTextContent('You owe Kornblum 31.400')
    expect(dialog).not.toHaveTextContent('forgive')
  })

  it('is signed, pays down, and can be taken back', async () => {
    const found = await openWindow()
    await goTo(found, BEN, 'settings')
    await found.user.click(await screen.findByTestId('ending-close'))
    await found.user.click(await screen.findByTestId('close-confirm'))
    expect(await screen.findByTestId('sign-sheet')).toHaveAttribute('data-kind', 'close')
    expect(screen.getByTestId('sign-balance')).toHaveAttribute('data-milli', '12500')
    expect(screen.getAllByTestId('sign-settings-row').map((row) => row.textContent)).toEqual([
      expect.stringMatching(/Closing\s*not asked\s*asked/),
    ])
    await signSheet(found)

    await waitFor(() => expect(screen.getByTestId('tally-page')).toHaveAttribute('data-phase', 'closing'))
    expect(screen.getByTestId('closing-card')).toHaveTextContent('You asked to close this tally.')
    expect(screen.getByTestId('tally-stick')).toHaveAttribute('data-stick', 'payingDown')

    await found.user.click(screen.getByTestId('closing-keep-open'))
    expect(await screen.findByTestId('sign-sheet')).toHaveAttribute('data-kind', 'keepOpen')
    await signSheet(found)
    await waitFor(() => expect(screen.getByTestId('tally-page')).toHaveAttribute('data-phase', 'open'))
    expect(screen.queryByTestId('closing-card')).toBeNull()
    await found.user.click(screen.getByTestId('tab-history'))
    const [back, asked] = await screen.findAllByTestId('history-row')
    expect(back).toHaveTextContent('You took back the wish to close it')
    expect(asked).toHaveTextContent('You asked to close this tally')
  })

  it('lets the debtor neither forgive nor pay further away from zero', async () => {
    const found = await openWindow()
    await goTo(found, BAKERY, 'settings')
    await found.user.click(await screen.findByTestId('ending-close'))
    await found.user.click(await screen.findByTestId('close-confirm'))
    await signSheet(found)

    await waitFor(() => expect(screen.getByTestId('closing-card')).toBeTruthy())
    expect(screen.queryByTestId('closing-forgive')).toBeNull()
    expect(screen.queryByTestId('closing-call')).toBeNull()
    expect(screen.queryByTestId('tally-pay')).toBeNull()
    await expect(found.backend.payPreview(BAKERY, 1000, null)).rejects.toMatchObject({
      code: { kind: 'onlyTowardZero', rest: 0 },
    })
  })

  it('names the most the creditor can sign for', async () => {
    const found = await openWindow()
    await goTo(found, EVA)
    await found.user.click(await screen.findByTestId('tally-pay'))
    await rewrite(found, 'pay-amount', '3')
    await found.user.click(screen.getByTestId('pay-review'))

    const refusal = await screen.findByTestId('pay-failure')
    expect(refusal).toHaveAttribute('data-code', 'onlyTowardZero')
    expect(refusal).toHaveTextContent('You can sign at most 2.004 CHIP here.')
  })

  it('lets the creditor forgive the rest, which closes it readable', async () => {
    const found = await openWindow()
    await goTo(found, EVA)
    expect(await screen.findByTestId('closing-card')).toHaveAttribute('data-milli', '2004')

    await found.user.click(screen.getByTestId('closing-forgive'))
    const sheet = await screen.findByTestId('sign-sheet')
    expect(sheet).toHaveAttribute('data-kind', 'forgive')
    expect(screen.getByTestId('sign-title')).toHaveTextContent('You forgive Eva Marsh the last 2.004 CHIP.')
    expect(screen.getByTestId('sign-amount-words')).toHaveTextContent('two CHIP and 4 thousandths')
    expect(screen.getByTestId('sign-after')).toHaveAttribute('data-milli', '0')
    await signSheet(found)

    await waitFor(() => expect(screen.getByTestId('tally-page')).toHaveAttribute('data-phase', 'closed'))
    expect(screen.getByTestId('closed-card')).toHaveTextContent('Nothing is owed any more.')
    await found.user.click(screen.getByTestId('tab-history'))
    expect(await screen.findAllByTestId('history-row')).toHaveLength(4)
  })
})

describe('a closed tally', () => {
  it('is tied, even, and offers nothing to sign', async () => {
    const found = await openWindow()
    await goTo(found, IDA)

    expect(await screen.findByTestId('tally-stick')).toHaveAttribute('data-stick', 'closed')
    expect(screen.queryByTestId('tally-pay')).toBeNull()
    await found.user.click(screen.getByTestId('tab-settings'))
    await screen.findByTestId('standing-page')
    expect(screen.queryByTestId('standing-form')).toBeNull()
    expect(screen.queryByTestId('ending-close')).toBeNull()
  })
})

describe('asking to settle up', () => {
  it('is for the creditor, and not sooner than the notice', async () => {
    const found = await openWindow()
    await goTo(found, BAKERY, 'settings')
    await screen.findByTestId('ending-close')
    expect(screen.queryByTestId('ending-call')).toBeNull()

    await goTo(found, BEN, 'settings')
    await found.user.click(await screen.findByTestId('ending-call'))
    expect(await screen.findByTestId('call-days')).toHaveValue('14')
    await rewrite(found, 'call-days', '13')

    expect(screen.getByTestId('call-days-error')).toHaveTextContent('Sooner than your notice of 14 days.')
    expect(screen.getByTestId('call-confirm')).toBeDisabled()
  })

  it('is signed with the day, and shown until then', async () => {
    const found = await openWindow()
    await goTo(found, BEN, 'settings')
    await found.user.click(await screen.findByTestId('ending-call'))
    await rewrite(found, 'call-days', '30')
    const means = (await screen.findByTestId('call-by')).textContent ?? ''
    const day = means.replace('Settle up by ', '').replace(/\.$/, '')
    await found.user.click(screen.getByTestId('call-confirm'))

    expect(await screen.findByTestId('sign-title')).toHaveTextContent(
      `You ask Ben Adler to settle up by ${day}.`,
    )
    await signSheet(found)
    expect(await screen.findByTestId('called')).toHaveTextContent(`You asked Ben to settle up by ${day}.`)
  })
})
