import { screen, waitFor, within } from '@testing-library/svelte'
import { describe, expect, it } from 'vitest'

import { failure } from '~/backend/backend'
import { changed, goTo, openWindow, rewrite, signSheet } from './window'

async function settings(tally = 'tally-1', change?: Parameters<typeof openWindow>[1]) {
  const found = await openWindow('full', change)
  await goTo(found, tally, 'settings')
  await screen.findByTestId('standing-form')
  return found
}

const says = () => screen.getByTestId('standing-says').textContent

describe('the settings of a tally', () => {
  it('say in words what is in force, and what they never change', async () => {
    await settings()

    expect(says()).toContain('Clearing may go on until Ana owes you 5.000.')
    expect(says()).toContain('Beyond that up to 12.000, free of charge.')
    expect(screen.getByTestId('standing-never')).toHaveTextContent(
      'debts you owe Ana can always be paid down, free of charge',
    )
    expect(screen.getByTestId('standing-review')).toBeDisabled()
  })

  it('rewrite their sentence with every number', async () => {
    const found = await settings()

    await rewrite(found, 'standing-most', '5')
    expect(says()).toContain('until Ana owes you 5.000, and never further.')

    await rewrite(found, 'standing-most', '9')
    await rewrite(found, 'standing-take', '2.5')
    expect(says()).toContain('Beyond that up to 9.000, if you get 2.5\u00a0% of what is added.')

    await found.user.click(screen.getByTestId('standing-preset-clear'))
    expect(says()).toContain('down to even, and adds nothing new.')
  })

  it('compare with what is in force, row by row', async () => {
    const found = await settings()
    expect(screen.queryByTestId('standing-compare')).toBeNull()

    await rewrite(found, 'standing-hold', '8')

    const rows = screen.getAllByTestId('standing-compare-row')
    expect(rows.map((row) => row.dataset.changed)).toEqual(['true', 'false', 'false', 'false'])
    expect(rows[0]).toHaveTextContent('5.000')
    expect(rows[0]).toHaveTextContent('8.000')

    await found.user.click(screen.getByTestId('standing-undo'))
    expect(screen.getByTestId('standing-hold')).toHaveValue('5')
  })

  it('have two marks that the keyboard moves, the second pushed by the first', async () => {
    const { user } = await settings()
    const hold = screen.getByRole('slider', { name: 'I like to hold' })
    const most = screen.getByRole('slider', { name: 'Never more than' })
    expect(hold).toHaveAttribute('aria-valuenow', '5000')

    hold.focus()
    await user.keyboard('{ArrowRight}{ArrowRight}{ArrowLeft}')
    expect(Number(hold.dataset.milli)).toBeGreaterThan(5000)
    expect(Number(hold.dataset.milli)).toBeLessThan(6000)
    await user.keyboard('{End}')

    expect(Number(hold.dataset.milli)).toBeGreaterThan(20_000)
    expect(most.dataset.milli).toBe(hold.dataset.milli)
    await user.keyboard('{Home}')
    expect(hold).toHaveAttribute('aria-valuetext', 'zero CHIP exactly')
    expect(screen.getByTestId('standing-hold')).toHaveValue('0')
  })

  it.each([
    ['standing-hold', '20', 'standing-most-error', 'cannot be more than'],
    ['standing-hold', '-2', 'standing-hold-error', 'cannot be below zero'],
    ['standing-take', '150', 'standing-take-error', 'between −100 % and 100 %'],
    ['standing-release', '-3', 'standing-release-error', 'the other must be at least as large'],
    ['standing-hold', '1.2345', 'standing-hold-error', 'Nothing was rounded'],
  ])('with %s = %s say so in words and cannot be signed', async (box, text, error, words) => {
    const found = await settings()

    await rewrite(found, box, text)

    expect(screen.getByTestId(error)).toHaveTextContent(words)
    expect(screen.getByTestId('standing-review')).toBeDisabled()
  })

  it('want a negative charge typed out first', async () => {
    const found = await settings()
    await rewrite(found, 'standing-take', '3')
    await rewrite(found, 'standing-release', '-3')
    expect(screen.getByTestId('standing-risk')).toHaveTextContent('A negative charge costs you.')
    expect(screen.getByTestId('standing-review')).toBeDisabled()

    await found.user.type(screen.getByTestId('standing-risk-words'), 'I may lose value')
    await found.user.click(screen.getByTestId('standing-review'))

    expect(await screen.findByTestId('sign-warning-negative')).toBeTruthy()
  })

  it('say while charges are not applied', async () => {
    await settings()
    expect(screen.getByTestId('standing-not-applied')).toHaveTextContent(
      'Charges are not applied by this network yet.',
    )
  })

  it('say nothing of the kind once they are', async () => {
    await settings('tally-1', (backend) =>
      changed(backend, {
        settings: async (id) => ({ ...(await backend.settings(id)), chargesApplied: true }),
      }),
    )
    expect(screen.queryByTestId('standing-not-applied')).toBeNull()
  })

  it('show the partner’s apart, with no control in it', async () => {
    await settings()
    const theirs = screen.getByTestId('standing-theirs')

    expect(theirs).toHaveTextContent('Ana likes you to owe 10.000, and never more than 20.000.')
    expect(within(theirs).queryByRole('textbox')).toBeNull()
    expect(within(theirs).queryByRole('slider')).toBeNull()
  })

  it('are signed on the sheet with both states, and then in force', async () => {
    const found = await settings('tally-4')
    await found.user.click(screen.getByTestId('standing-preset-save'))
    await rewrite(found, 'standing-hold', '6')
    await found.user.click(screen.getByTestId('standing-review'))

    const sheet = await screen.findByTestId('sign-sheet')
    expect(sheet).toHaveAttribute('data-kind', 'settings')
    const rows = within(sheet).getAllByTestId('sign-settings-row')
    expect(rows.map((row) => row.dataset.changed)).toEqual(['true', 'true', 'false', 'false'])
    await signSheet(found)

    await waitFor(() => expect(screen.getByTestId('standing-since')).toHaveTextContent('in force since'))
    expect(screen.getByTestId('standing-hold')).toHaveValue('6')
    expect(screen.getByTestId('tab-settings')).toHaveAttribute('aria-selected', 'true')
    await found.user.click(screen.getByTestId('tab-history'))
    expect((await screen.findAllByTestId('history-row'))[0]).toHaveTextContent(
      'You like to hold 6.000, never more than 12.500',
    )
  })

  it('say which rule the wallet says they break', async () => {
    const found = await settings('tally-1', (backend) =>
      changed(backend, {
        settingsPreview: () => Promise.reject(failure({ kind: 'badSettings', rule: 'chargeSum' })),
      }),
    )
    await rewrite(found, 'standing-hold', '8')
    await found.user.click(screen.getByTestId('standing-review'))

    expect(await screen.findByTestId('standing-failure')).toHaveTextContent(
      'When one charge is negative the other must be at least as large.',
    )
  })

  it('are out of sight while amounts are hidden', async () => {
    const { user } = await settings()
    await user.keyboard('{Control>}{Shift>}h{/Shift}{/Control}')

    expect(screen.queryByTestId('standing-form')).toBeNull()
    expect(screen.getByTestId('standing-hidden')).toBeTruthy()
    expect(document.body).not.toHaveTextContent(/\d\.\d{3}/)
  })
})
