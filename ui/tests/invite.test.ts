import { screen, waitFor } from '@testing-library/svelte'
import { describe, expect, it, vi } from 'vitest'

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
    await user.click(screen.getByTestId('review-contract-read'))
    await user.click(await screen.findByTestId('contract-close'))
    await user.click(screen.getByTestId('review-sign'))
    await waitFor(() => expect(screen.getByTestId('sign-confirm')).toBeEnabled())
    await user.click(screen.getByTestId('sign-confirm'))
    await user.click(await screen.findByTestId('sign-close'))
    await waitFor(() => expect(screen.getByTestId('tally-page')).toHaveAttribute('data-phase', 'open'))
  })
})

describe('who may use it', () => {
  async function terms(fill: (user: Awaited<ReturnType<typeof invite>>['user']) => Promise<void>) {
    const opened = await invite()
    const made = vi.spyOn(opened.backend, 'invite')
    await fill(opened.user)
    await opened.user.click(screen.getByTestId('invite-create'))
    await screen.findByTestId('ticket-page')
    return { ...opened, terms: made.mock.calls[0]?.[0] }
  }

  it('is one person, once, who is told the name alone, unless something else is chosen', async () => {
    const { terms: sent } = await terms(async () => undefined)

    expect(sent).toMatchObject({ uses: 1, onlyFor: null, contract: null, disclose: [], memo: null })
    expect(screen.getByTestId('ticket-disclosed')).toHaveTextContent('your name and address, nothing else')
  })

  it('can be one address only, which has to be one', async () => {
    const address = 'chip://ben:Zk7Qw2xV@203.0.113.9:65430'
    const { terms: sent } = await terms(async (user) => {
      await user.click(screen.getByTestId('invite-use-only'))
      expect(screen.getByTestId('invite-create')).toBeDisabled()
      await user.type(screen.getByTestId('invite-address'), 'ben')
      expect(screen.getByTestId('invite-address-error')).toBeTruthy()
      await user.clear(screen.getByTestId('invite-address'))
      await user.type(screen.getByTestId('invite-address'), address)
    })

    expect(sent).toMatchObject({ uses: 1, onlyFor: address })
    expect(await screen.findByTestId('ticket-only-for')).toHaveTextContent(address)
  })

  it('can be many people with a counter card, which warns that it is public and counts its uses', async () => {
    const { terms: sent, people } = await terms(async (user) => {
      await user.click(screen.getByTestId('invite-use-counter'))
      expect(screen.getByTestId('invite-public')).toHaveTextContent('Treat it as public')
      await user.clear(screen.getByTestId('invite-count'))
      await user.type(screen.getByTestId('invite-count'), '1')
      expect(screen.getByTestId('invite-count-error')).toBeTruthy()
      await user.clear(screen.getByTestId('invite-count'))
      await user.type(screen.getByTestId('invite-count'), '3')
    })
    expect(sent).toMatchObject({ uses: 3 })
    expect(screen.getByTestId('ticket-status')).toHaveTextContent('Used 0 of 3')

    people.use(screen.getByTestId('ticket-page').dataset.ticket ?? '')

    await waitFor(() => expect(screen.getByTestId('ticket-uses')).toHaveAttribute('data-used', '1'))
    expect(screen.getByTestId('ticket-qr')).toBeTruthy()
    expect(screen.getByTestId('ticket-terms')).toHaveTextContent('Works 2 more times')
  })

  it('tells more than the name only where it is ticked', async () => {
    const { terms: sent } = await terms(async (user) => {
      expect(screen.getByTestId('invite-disclose-email')).not.toBeChecked()
      expect(screen.queryByTestId('invite-disclose-phone')).toBeNull()
      await user.click(screen.getByTestId('invite-disclose-email'))
      await user.type(screen.getByTestId('invite-memo'), 'veg box')
    })

    expect(sent).toMatchObject({ disclose: ['email'], memo: 'veg box' })
    await waitFor(() =>
      expect(screen.getByTestId('ticket-disclosed')).toHaveAttribute('data-fields', 'email'),
    )
  })

  it('is good for as many days as are written', async () => {
    const { terms: sent } = await terms(async (user) => {
      await user.click(screen.getByTestId('invite-good-custom'))
      await user.clear(screen.getByTestId('invite-good-days'))
      await user.type(screen.getByTestId('invite-good-days'), '31')
      expect(screen.getByTestId('invite-good-days-error')).toBeTruthy()
      await user.clear(screen.getByTestId('invite-good-days'))
      await user.type(screen.getByTestId('invite-good-days'), '30')
    })

    expect(sent?.goodFor).toBe(2_592_000)
  })

  it('names an agreement somebody brought along', async () => {
    const { terms: sent, backend } = await terms(async (user) => {
      const file = new File(['# Village rules\n\nBe kind.'], 'rules.md', { type: 'text/markdown' })
      await user.upload(screen.getByTestId('invite-contract-import'), file)
      await waitFor(() => expect(screen.getAllByTestId('invite-contract')).toHaveLength(2))
    })
    const brought = (await backend.contracts()).find(({ builtin }) => !builtin)

    expect(sent?.contract).toBe(brought?.hash)
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
