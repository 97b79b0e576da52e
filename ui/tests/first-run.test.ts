import { screen } from '@testing-library/svelte'
import { describe, expect, it } from 'vitest'

import { failure } from '~/backend/backend'
import { changed, openWindow } from './window'

describe('first run', () => {
  it('leads from nothing to two doors', async () => {
    const { user } = await openWindow('new')

    await user.click(screen.getByRole('button', { name: /Start new/ }))
    await user.type(screen.getByRole('textbox', { name: 'Your name' }), 'Ana Ruiz{Enter}')
    expect(screen.getByRole('radio', { name: /password store/ })).toBeChecked()
    await user.click(screen.getByRole('button', { name: 'Make my key' }))

    expect(await screen.findByRole('heading', { name: 'This is you, Ana Ruiz.' })).toBeTruthy()
    await user.click(screen.getByTestId('setup-door-invite'))
    expect(await screen.findByRole('heading', { name: 'Invite someone' })).toBeTruthy()
  })

  it('asks for a passphrase where there is no password store', async () => {
    const { user } = await openWindow('missing')
    await user.click(screen.getByTestId('welcome-start'))
    await user.type(screen.getByTestId('setup-name'), 'Ana{Enter}')

    expect(screen.getByTestId('setup-keychain-missing')).toBeTruthy()
    expect(screen.getByTestId('setup-key-keychain')).toBeDisabled()
    await user.type(screen.getByTestId('setup-passphrase'), 'short')
    await user.click(screen.getByTestId('setup-create'))

    expect(screen.getByTestId('setup-passphrase-error')).toHaveTextContent('fewer than ten')
  })

  it('shows the reason when the wallet finds a passphrase weak', async () => {
    const { user } = await openWindow('missing')
    await user.click(screen.getByTestId('welcome-start'))
    await user.type(screen.getByTestId('setup-name'), 'Ana{Enter}')
    await user.type(screen.getByTestId('setup-passphrase'), 'aaaaaaaaaaaa')
    await user.type(screen.getByTestId('setup-passphrase-repeat'), 'aaaaaaaaaaaa')
    await user.click(screen.getByTestId('setup-create'))

    expect(await screen.findByTestId('setup-failure')).toHaveAttribute('data-code', 'weakPassphrase')
  })

  it('keeps a code pasted before there is an identity, and opens it after', async () => {
    const { user } = await openWindow('new')
    await user.paste('chip://x@y:1?ticket=1')
    await user.click(screen.getByTestId('welcome-start'))
    await user.type(screen.getByTestId('setup-name'), 'Ana{Enter}')
    await user.click(screen.getByTestId('setup-create'))
    await user.click(await screen.findByTestId('setup-finish'))

    expect(await screen.findByTestId('code-card')).toHaveAttribute('data-kind', 'invitation')
  })

  it('unlocks with the right passphrase only', async () => {
    const { user } = await openWindow('locked')
    await screen.findByTestId('unlock-passphrase')
    await user.type(screen.getByLabelText('Passphrase'), 'wrong{Enter}')
    expect(await screen.findByTestId('unlock-failure')).toHaveAttribute('data-code', 'wrongPassphrase')

    await user.clear(screen.getByLabelText('Passphrase'))
    await user.type(screen.getByLabelText('Passphrase'), 'four unrelated words{Enter}')

    expect(await screen.findByTestId('home-page')).toBeTruthy()
  })

  it('asks the password store again where that is what keeps the key', async () => {
    const { user } = await openWindow('locked', (backend) =>
      changed(backend, {
        unlock: () => Promise.reject(failure({ kind: 'keychainRefused' }, true)),
      }),
    )

    expect(await screen.findByTestId('unlock-failure')).toHaveAttribute('data-code', 'keychainRefused')
    await user.click(screen.getByTestId('unlock-retry'))

    expect(screen.queryByTestId('unlock-passphrase')).toBeNull()
  })
})
