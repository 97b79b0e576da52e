import { render, screen, within } from '@testing-library/svelte'
import userEvent from '@testing-library/user-event'

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
