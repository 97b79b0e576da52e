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
