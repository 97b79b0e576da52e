import { screen, waitFor } from '@testing-library/svelte'
import { describe, expect, it } from 'vitest'

import { need, openWindow } from './window'

async function invite() {
  const found = await openWindow()
  await found.user.click(screen.getByTestId('nav-invite'))
  return found
}

describe('an invitation', () => {
  it('refuses a fourth decimal with a message and rounds nothing', async () => {
    const { user } = await invite()
    await user.clear(screen.getByLabelText('They may owe you up to'))
    await user.type(screen.getByLabelText('They may owe you up to'), '20.0001')

    expect(screen.getByTestId('invite-limit-error')).toHaveTextContent(
      'Three decimals at most. Nothing was rounded.',
    )
    expect(screen.getByTestId('invite-create')).toBeDisabled()
  })

  it('takes a limit of zero as a normal start', async () => {
    const { user } = await invite()
    await user.clear(screen.getByTestId('invite-limit'))
    await user.type(screen.getByTestId('invite-limit'), '0')

    expect(screen.getByTestId('invite-limit-note')).toHaveTextContent('No credit — normal for a start.')
    expect(screen.getByTestId('invite-create')).toBeEnabled()
  })

  it('becomes a ticket with a code, a link and words', async () => {
    const { user } = await invite()
    await user.click(screen.getByTestId('invite-create'))

    expect(await screen.findByTestId('ticket-page')).toHaveAttribute('data-state', 'live')
    expect(screen.getByRole('img', { name: /Invitation code, valid until/ })).toHaveAttribute(
      'src',
      expect.stringMatching(/^data:image\/svg\+xml/),
    )
    expect(screen.getByTestId<HTMLInputElement>('ticket-link').value).toContain('chip://')
    expect(screen.getByTestId('ticket-limit')).toHaveAttribute('data-milli', '20000')
  })

  it('is revoked only after a question, and then has no code any more', async () => {
    const { user } = await invite()
    await user.click(screen.getByTestId('invite-create'))
    await user.click(await screen.findByTestId('ticket-revoke'))
    expect(screen.getByTestId('ticket-page')).toHaveAttribute('data-state', 'live')

    await user.click(screen.getByTestId('ticket-revoke-confirm'))

    await waitFor(() => expect(screen.getByTestId('ticket-page')).toHaveAttribute('data-state', 'revoked'))
    expect(screen.queryByTestId('ticket-qr')).toBeNull()
    expect(screen.queryByTestId('ticket-link')).toBeNull()
  })

  it('says at once who used it, and leads to the review and the offer', async () => {
    const { user, people } = await invite()
    await user.click(screen.getByTestId('invite-create'))
    const id = (await screen.findByTestId('ticket-page')).dataset.ticket ?? ''

    people.use(id)

    expect(await screen.findByTestId('ticket-used-by')).toHaveTextContent('Used by Farida Noor')
    await user.click(screen.getByTestId('ticket-review'))
    expect(await screen.findByTestId('review-words')).toBeTruthy()
    await user.click(screen.getByTestId('review-sign'))
    await waitFor(() => expect(screen.getByTestId('sign-confirm')).toBeEnabled())
    await user.click(screen.getByTestId('sign-confirm'))
    await user.click(await screen.findByTestId('sign-close'))
    await waitFor(() => expect(screen.getByTestId('tally-page')).toHaveAttribute('data-phase', 'open'))
  })
})

describe('an offer', () => {
  it('can be refused with a reason', async () => {
    const { user } = await openWindow()
    await user.click(await need('tally-2'))
    await user.click(await screen.findByTestId('review-refuse'))
    await user.type(screen.getByLabelText('Reason (optional)'), 'not now')
    await user.click(screen.getByTestId('refuse-confirm'))

    await waitFor(() => expect(screen.getByTestId('tally-page')).toHaveAttribute('data-phase', 'void'))
  })

  it('can be read in full before it is accepted', async () => {
    const { user } = await openWindow()
    await user.click(await need('tally-2'))
    await user.click(await screen.findByTestId('review-contract-read'))

    expect(await screen.findByTestId('contract-text')).toHaveTextContent('What a tally is')
    expect(screen.getByTestId('contract-hash')).not.toBeEmptyDOMElement()
  })
})
