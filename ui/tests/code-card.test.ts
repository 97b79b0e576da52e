import { screen, within } from '@testing-library/svelte'
import { describe, expect, it, vi } from 'vitest'

import { PROBLEMS } from '~/backend/demo-codes'
import { t } from '~/i18n'
import { openWindow } from './window'

async function look(text: string) {
  const found = await openWindow()
  await found.user.click(screen.getByTestId('nav-open'))
  await found.user.click(screen.getByTestId('open-text'))
  await found.user.paste(text)
  await found.user.click(screen.getByTestId('open-look'))
  return { ...found, card: await screen.findByTestId('code-card') }
}

describe('the code card', () => {
  it('shows who says so, what they let you owe, and what pressing sends', async () => {
    const { card } = await look('chip://x@y:1?ticket=1')

    expect(within(card).getByTestId('code-name')).toHaveTextContent('Farida Noor')
    expect(within(card).getByTestId('code-limit')).toHaveAttribute('data-milli', '25000')
    expect(within(card).getByTestId('code-words')).toHaveTextContent('reed · iron · apple · north')
    expect(within(card).getByTestId('code-sends')).toHaveTextContent(
      'your identity card (your name and address)',
    )
    expect(
      within(card)
        .getAllByRole('listitem')
        .every((item) => item.dataset.result === 'pass'),
    ).toBe(true)
  })

  it('takes the focus to its heading, so that it is read aloud', async () => {
    const { card } = await look('chip://x@y:1?ticket=1')

    expect(within(card).getByRole('heading', { name: 'Invitation' })).toHaveFocus()
  })

  it('contacts only when asked, and then shows the tally', async () => {
    const { user } = await look('chip://x@y:1?ticket=1')

    await user.click(screen.getByRole('button', { name: 'Contact Farida' }))

    expect((await screen.findByTestId('tally-page')).dataset.tally).toContain('look-1')
  })

  it('tells only what is ticked, and says so before it is sent', async () => {
    const { user, backend } = await look('chip://x@y:1?ticket=1')
    const contact = vi.spyOn(backend, 'contact')
    expect(screen.getByTestId('code-disclose-email')).not.toBeChecked()
    expect(screen.getByTestId('code-sends')).not.toHaveTextContent('e-mail')

    await user.click(screen.getByTestId('code-disclose-email'))
    expect(screen.getByTestId('code-sends')).toHaveTextContent('your name and address, your e-mail')
    await user.click(screen.getByTestId('code-contact'))

    expect(contact).toHaveBeenCalledExactlyOnceWith('look-1', ['email'])
  })

  it('goes away on not now', async () => {
    const { user } = await look('chip://x@y:1?ticket=1')

    await user.click(screen.getByRole('button', { name: 'Not now' }))

    expect(screen.queryByTestId('code-card')).toBeNull()
  })

  it.each(PROBLEMS)('says in its own words that a code is %s, and offers no contact', async (problem) => {
    const { card } = await look(`demo:${problem}`)

    expect(card).toHaveAttribute('data-problem', problem)
    expect(within(card).getByTestId(`code-problem-${problem}`)).toHaveTextContent(
      t.code.problems[problem].title,
    )
    expect(within(card).queryByTestId('code-contact')).toBeNull()
    expect(within(card).queryByRole('link')).toBeNull()
  })

  it('shows a payment request with all it claims, and offers nothing to press', async () => {
    const { card } = await look('demo:notYetSupported')

    expect(card).toHaveAttribute('data-kind', 'paymentRequest')
    expect(within(card).getByTestId('code-limit')).toHaveTextContent('It asks for 12.500 CHIP.')
    expect(within(card).getByTestId('code-fact-memo')).toHaveTextContent('repair of the back wheel')
    expect(within(card).getByTestId('code-fact-reference')).toHaveTextContent('A-17')
    expect(within(card).getAllByRole('button')).toHaveLength(1)
  })

  it('shows a payment request of the other form, whose amount is open', async () => {
    const { card } = await look('demo:referencePay')

    expect(within(card).getByTestId('code-limit')).toHaveTextContent(t.code.asksOpen)
    expect(within(card).getByTestId('code-fact-dated')).toBeTruthy()
    expect(within(card).getByTestId('code-check-unaltered')).toHaveAttribute('data-result', 'unknown')
    expect(within(card).getByTestId('code-form')).toHaveTextContent(t.code.forms.reference)
  })

  it('does not invent an end for an invitation that names none', async () => {
    const { card } = await look('demo:referenceInvite')

    expect(within(card).getByTestId('code-expires')).toHaveTextContent(t.code.noExpiry)
    expect(within(card).getByTestId('code-check-notExpired')).toHaveAttribute('data-result', 'unknown')
    expect(within(card).getByTestId('code-contact')).toBeEnabled()
  })

  it('shows an address, which asks for nothing', async () => {
    const { card } = await look('demo:address')

    expect(within(card).getByTestId('code-fact-address')).toHaveTextContent('chip://farida')
    expect(within(card).queryByTestId('code-limit')).toBeNull()
  })

  it('draws what cannot be seen as boxes, and warns', async () => {
    const { card } = await look('demo:hiding')

    expect(within(within(card).getByTestId('code-name')).getAllByTestId('unseen')).toHaveLength(2)
    expect(within(card).getByTestId('code-unseen')).toHaveTextContent(t.code.unseenTitle)
    expect(card.textContent).not.toMatch(/[\u202e\u200b]/)
  })

  it('never repeats a key', async () => {
    const { card } = await look('demo:keyBackup')

    expect(within(card).queryByTestId('code-text')).toBeNull()
  })

  it('has different words for every problem', () => {
    const titles = PROBLEMS.map((problem) => t.code.problems[problem].title)

    expect(new Set(titles).size).toBe(PROBLEMS.length)
  })

  it('opens a code pasted anywhere', async () => {
    const { user } = await openWindow()

    await user.paste('demo:foreign')

    expect(await screen.findByTestId('code-problem-foreign')).toBeTruthy()
  })

  it('reads a picture chosen as a file', async () => {
    const { user } = await openWindow()
    await user.click(screen.getByTestId('nav-open'))

    await user.upload(
      screen.getByTestId('open-file'),
      new File([new Uint8Array([1, 2])], 'code.png', { type: 'image/png' }),
    )

    expect(await screen.findByTestId('code-contact')).toBeTruthy()
  })
})
