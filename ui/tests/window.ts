import { render, screen, waitFor, within } from '@testing-library/svelte'
import userEvent from '@testing-library/user-event'
import { expect } from 'vitest'

import type { Backend } from '~/backend/backend'
import { demo, world } from '~/backend/demo'
import App from '~/view/App.svelte'

/** The whole window over made-up people, once its first answer is on screen. */
export async function openWindow(
  scene = 'full',
  change: (backend: Backend) => Backend = (backend) => backend,
) {
  const people = world({ scene, pace: 30 })
  const backend = change(demo(people))
  const view = render(App, { backend })
  await screen.findByTestId('app-ready')
  return { people, backend, view, user: userEvent.setup() }
}

/** The same backend with some of its commands replaced. */
export function changed(backend: Backend, commands: Partial<Backend>): Backend {
  return new Proxy(backend, {
    get: (target, key, receiver) => Reflect.get(commands, key) ?? Reflect.get(target, key, receiver),
  })
}

/** The button of what one tally needs, on Home. */
export async function need(tally: string): Promise<HTMLElement> {
  const cards = await screen.findAllByTestId('need-card')
  const card = cards.find((candidate) => candidate.dataset.tally === tally)
  if (card === undefined) throw new Error(`nothing needs the person on ${tally}`)
  return within(card).getByTestId('need-act')
}

/** Goes to one tally, and to one part of it. */
export async function goTo(
  { user }: { user: ReturnType<typeof userEvent.setup> },
  tally: string,
  tab = 'now',
) {
  await user.click(screen.getByTestId('nav-tallies'))
  const rows = await screen.findAllByTestId('tally-row')
  const row = rows.find((candidate) => candidate.dataset.tally === tally)
  if (row === undefined) throw new Error(`no row for ${tally}`)
  await user.click(row)
  await user.click(await screen.findByTestId(`tab-${tab}`))
}

/** Signs what is on the sheet and puts the sheet away. */
export async function signSheet({ user }: { user: ReturnType<typeof userEvent.setup> }) {
  await waitFor(() => expect(screen.getByTestId('sign-confirm')).toBeEnabled())
  await user.click(screen.getByTestId('sign-confirm'))
  await user.click(await screen.findByTestId('sign-close'))
}

/** Writes into a box from scratch. */
export async function rewrite(
  { user }: { user: ReturnType<typeof userEvent.setup> },
  testid: string,
  text: string,
) {
  await user.clear(screen.getByTestId(testid))
  if (text !== '') await user.type(screen.getByTestId(testid), text)
}
