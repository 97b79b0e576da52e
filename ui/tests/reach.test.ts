import { cleanup, screen, waitFor } from '@testing-library/svelte'
import { describe, expect, it } from 'vitest'

import { failure, type Backend, type ReachView } from '~/backend/backend'
import { changed, openWindow } from './window'

async function reach(change?: (backend: Backend) => Backend) {
  const found = await openWindow('full', change)
  await found.user.click(screen.getByTestId('nav-connection'))
  await screen.findByTestId('reach')
  return found
}

/** The same wallet, found in another state. */
const found = (view: Partial<ReachView>) => (backend: Backend) =>
  changed(backend, { reach: async () => ({ ...(await backend.reach(false)), ...view }) })

describe('how partners find us', () => {
  it('is said in plain words, with the router asked only by the person', async () => {
    const { user } = await reach()
    expect(screen.getByTestId('reach-verdict')).toHaveTextContent('Only people on the same network')
    expect(screen.getByTestId('reach-router')).toHaveTextContent('has not been asked')

    await user.click(screen.getByRole('button', { name: 'Try to open the router' }))

    await waitFor(() => expect(screen.getByTestId('reach')).toHaveAttribute('data-router', 'opened'))
    expect(screen.getByTestId('reach-verdict')).toHaveTextContent('Your router lets callers in')
    expect(screen.getByTestId('reach-router')).toHaveTextContent('at 198.51.100.7:65430 (PCP)')
    expect(screen.getByTestId('reach-places')).toHaveTextContent('198.51.100.7:65430')

    await user.click(screen.getByRole('button', { name: 'Do not ask the router any more' }))
    await waitFor(() => expect(screen.getByTestId('reach')).toHaveAttribute('data-router', 'unasked'))
  })

  it('looks for partners on the network only if the person wants it', async () => {
    const { user } = await reach()
    expect(screen.getByTestId('reach-nearby')).toHaveTextContent('are not looked for')

    await user.click(screen.getByRole('button', { name: 'Find partners on this network' }))

    await waitFor(() => expect(screen.getByTestId('reach-nearby')).toHaveAttribute('data-nearby', 'looking'))
    expect(screen.getByTestId('reach-nearby')).toHaveTextContent('are looked for; 1 seen')

    await user.click(screen.getByRole('button', { name: 'Do not look on this network any more' }))
    await waitFor(() => expect(screen.getByTestId('reach-nearby')).toHaveAttribute('data-nearby', 'off'))
  })

  it('names the relay, and says when there is no way to it', async () => {
    const relay = 'AGENT@relay.example:7000'
    await reach(found({ verdict: 'relayed', relay: { relay, at: 'relay.example:7001' } }))
    expect(screen.getByTestId('reach-relay')).toHaveTextContent('takes calls for you at relay.example:7001')
    cleanup()

    await reach(found({ relay: { relay, at: null } }))
    expect(screen.getByTestId('reach-relay')).toHaveTextContent(`cannot be reached for now (${relay})`)
  })

  it.each([
    ['reached', 'Online. People can reach you.'],
    ['relayed', 'Online. People can reach you.'],
    ['sameNetwork', 'Online. People on your network can reach you.'],
    ['thisComputer', 'Online. Only this computer can reach you.'],
  ] as const)('says the same in the headline, where it is %s', async (verdict, headline) => {
    await reach((backend) =>
      changed(backend, { connection: async () => ({ ...(await backend.connection()), reach: verdict }) }),
    )

    expect(screen.getByRole('heading', { name: headline })).toBeInTheDocument()
    expect(screen.getByTestId('status-connection')).toHaveTextContent(
      headline
        .replace('. ', ' — ')
        .replace(/ P| O/, (first) => first.toLowerCase())
        .slice(0, -1),
    )
  })

  it('says when the router said no and offers nothing that would not help', async () => {
    await reach(found({ router: { wanted: true, answer: 'refused', means: null, at: null } }))
    expect(screen.getByTestId('reach-router')).toHaveTextContent('said no')
  })

  it('offers no router to a wallet that takes no calls', async () => {
    await reach(found({ verdict: 'onlyCalling', listening: null, places: [] }))

    expect(screen.queryByTestId('reach-open-router')).toBeNull()
    expect(screen.getByTestId('reach-places')).toHaveTextContent('no address')
  })

  it('stays on the page when testing fails', async () => {
    const { user } = await reach((backend) =>
      changed(backend, {
        reach: (again) => (again ? Promise.reject(failure({ kind: 'disk' })) : backend.reach(false)),
      }),
    )
    await user.click(screen.getByTestId('reach-again'))

    expect(await screen.findByTestId('reach-failure')).toHaveAttribute('data-code', 'disk')
    expect(screen.getByTestId('reach-verdict')).toBeInTheDocument()
  })
})
