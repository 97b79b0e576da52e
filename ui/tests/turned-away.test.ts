import { screen, waitFor } from '@testing-library/svelte'
import { describe, expect, it } from 'vitest'

import { failure, type Backend } from '~/backend/backend'
import { changed, openWindow } from './window'

async function connection(scene = 'full', change?: (backend: Backend) => Backend) {
  const found = await openWindow(scene, change)
  await found.user.click(screen.getByTestId('nav-connection'))
  await screen.findByTestId('connection-state')
  return found
}

const addresses = () => screen.queryAllByTestId('turned-away-row').map((row) => row.dataset.address)

describe('who is turned away', () => {
  it('is said in plain words, with until when', async () => {
    await connection()

    const [first] = await screen.findAllByTestId('turned-away-row')
    expect(first).toHaveTextContent(/203\.0\.113\.9 talks, but not like a wallet/)
    expect(first).toHaveTextContent(/Until .*; 4 times lately/)
  })

  it('is let in again, one or all', async () => {
    const { user } = await connection()
    await screen.findByTestId('turned-away')

    await user.click(screen.getByRole('button', { name: 'Let 203.0.113.9 in again' }))
    await waitFor(() => expect(addresses()).toEqual(['2001:db8:0:1200::/56']))
    expect(screen.queryByTestId('turned-away-forgive-all')).toBeNull()
    await user.click(screen.getByTestId('turned-away-forgive'))

    await waitFor(() => expect(screen.queryByTestId('turned-away')).toBeNull())
  })

  it('stays on the page when letting in fails', async () => {
    const refuse = (backend: Backend) =>
      changed(backend, { forgive: () => Promise.reject(failure({ kind: 'notFound' })) })
    const { user } = await connection('full', refuse)
    await user.click(await screen.findByTestId('turned-away-forgive-all'))

    expect(await screen.findByTestId('turned-away-failure')).toHaveAttribute('data-code', 'notFound')
    expect(addresses()).toHaveLength(2)
  })

  it('is not spoken of where there is nobody', async () => {
    await connection('empty')

    expect(screen.queryByTestId('turned-away')).toBeNull()
  })
})
