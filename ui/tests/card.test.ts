import { screen, waitFor } from '@testing-library/svelte'
import { describe, expect, it } from 'vitest'

import { openWindow } from './window'

async function settings() {
  const opened = await openWindow()
  await opened.user.click(screen.getByTestId('nav-settings'))
  await screen.findByTestId('settings-page')
  return opened
}

describe('the identity card', () => {
  it('keeps what one says about oneself, and nothing that is only spaces', async () => {
    const { user, backend } = await settings()
    expect(screen.getByTestId('card-email')).toHaveValue('dana@example.org')
    expect(screen.getByTestId('card-save')).toBeDisabled()

    await user.clear(screen.getByTestId('card-email'))
    await user.type(screen.getByTestId('card-phone'), ' +1 555 0100 ')
    await user.type(screen.getByTestId('card-place'), '   ')
    await user.click(screen.getByTestId('card-save'))

    await waitFor(async () =>
      expect(await backend.identityCard()).toEqual({
        name: 'Dana Whitlock',
        email: null,
        phone: '+1 555 0100',
        place: null,
      }),
    )
  })

  it('takes no e-mail that cannot be one', async () => {
    const { user } = await settings()
    await user.clear(screen.getByTestId('card-email'))
    await user.type(screen.getByTestId('card-email'), 'dana at home')

    expect(screen.getByTestId('card-email-error')).toBeTruthy()
    expect(screen.getByTestId('card-save')).toBeDisabled()
  })

  it('says that nobody checks it', async () => {
    await settings()

    expect(screen.getByTestId('card-form')).toHaveTextContent('Nobody ever checks it')
  })
})

describe('agreements', () => {
  it('can be brought along, are marked as such, and are read before they bind', async () => {
    const { user } = await settings()
    expect(screen.getAllByTestId('contract-row')).toHaveLength(1)

    const file = new File(['# Village rules\n\nBe **kind**.'], 'rules.md', { type: 'text/markdown' })
    await user.upload(screen.getByTestId('contract-import'), file)

    await waitFor(() => expect(screen.getAllByTestId('contract-row')).toHaveLength(2))
    const [ours, theirs] = screen.getAllByTestId('contract-row')
    expect(ours).toHaveAttribute('data-builtin', 'yes')
    expect(theirs).toHaveAttribute('data-builtin', 'no')
    await user.click(screen.getAllByTestId('contract-read')[1] ?? document.body)
    expect(await screen.findByTestId('contract-text')).toHaveTextContent('Be kind.')
    expect(screen.getByTestId('contract-origin')).toHaveTextContent('Imported by you')
    expect(screen.getByTestId('contract-imported')).toBeTruthy()
    expect(screen.getByTestId('contract-dialog')).toHaveTextContent('This is the exact text you both sign.')
  })

  it('has to have a heading', async () => {
    const { user } = await settings()

    await user.upload(screen.getByTestId('contract-import'), new File(['no heading'], 'a.txt'))

    expect(await screen.findByTestId('contract-import-failure')).toHaveAttribute('data-code', 'notAContract')
    expect(screen.getAllByTestId('contract-row')).toHaveLength(1)
  })
})
