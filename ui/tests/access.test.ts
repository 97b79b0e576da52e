import { screen } from '@testing-library/svelte'
import axe from 'axe-core'
import { describe, expect, it } from 'vitest'

import { goTo, need, openWindow } from './window'

type Opened = Awaited<ReturnType<typeof openWindow>>

/** Colours need a real renderer; everything else is checked here. */
async function flaws() {
  const { violations } = await axe.run(document.body, { rules: { 'color-contrast': { enabled: false } } })
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' ')}`)
}

const SCREENS: [string, string, (opened: Opened) => Promise<unknown>][] = [
  ['welcome', 'new', async () => screen.findByTestId('welcome')],
  ['unlock', 'locked', async () => screen.findByTestId('unlock-page')],
  ['an empty home', 'empty', async () => screen.findByTestId('home-empty')],
  ['home', 'full', async () => screen.findAllByTestId('need-card')],
  ['tallies', 'full', async ({ user }) => user.click(screen.getByTestId('nav-tallies'))],
  ['connection', 'full', async ({ user }) => user.click(screen.getByTestId('nav-connection'))],
  ['settings', 'full', async ({ user }) => user.click(screen.getByTestId('nav-settings'))],
  ['invite', 'full', async ({ user }) => user.click(screen.getByTestId('nav-invite'))],
  ['open a code', 'full', async ({ user }) => user.click(screen.getByTestId('nav-open'))],
  ['activity', 'full', async ({ user }) => user.click(screen.getByTestId('nav-activity'))],
  ['an empty activity', 'empty', async ({ user }) => user.click(screen.getByTestId('nav-activity'))],
  ['request', 'full', async ({ user }) => user.click(screen.getByTestId('nav-request'))],
  [
    'refusing a request',
    'full',
    async ({ user }) => {
      await user.click(screen.getByTestId('nav-activity'))
      await user.click(await screen.findByTestId('request-refuse'))
    },
  ],
  [
    'a counter-offer',
    'full',
    async ({ user }) => {
      await user.click(await need('tally-8'))
      await user.click(await screen.findByTestId('review-counter'))
    },
  ],
  [
    'a counter card',
    'full',
    async ({ user }) => {
      await user.click(screen.getByTestId('nav-invite'))
      await user.click(await screen.findByTestId('invite-use-counter'))
    },
  ],
  [
    'a code to answer',
    'full',
    async ({ user }) => {
      await user.paste('chip://x@y:1?ticket=1')
      await screen.findByTestId('code-contact')
    },
  ],
  ['pay', 'full', async ({ user }) => user.click(screen.getByTestId('nav-pay'))],
  ['review', 'full', async ({ user }) => user.click(await need('tally-2'))],
  ['help', 'full', async ({ user }) => user.keyboard('?')],
  [
    'a ticket',
    'full',
    async ({ user }) => {
      await user.click(screen.getByTestId('nav-invite'))
      await user.click(screen.getByTestId('invite-create'))
      await screen.findByTestId('ticket-qr')
    },
  ],
  ['a tally that closes', 'full', async (opened) => goTo(opened, 'tally-7')],
  ['a closed tally', 'full', async (opened) => goTo(opened, 'tally-10')],
  ['copies that differ', 'full', async (opened) => goTo(opened, 'tally-9', 'proof')],
  [
    'the question before closing',
    'full',
    async (opened) => {
      await goTo(opened, 'tally-4', 'settings')
      await opened.user.click(await screen.findByTestId('ending-close'))
      await screen.findByTestId('close-dialog')
    },
  ],
  [
    'settings to sign',
    'full',
    async (opened) => {
      await goTo(opened, 'tally-4', 'settings')
      await opened.user.click(await screen.findByTestId('standing-preset-leave'))
      await opened.user.click(screen.getByTestId('standing-review'))
      await screen.findByTestId('sign-settings')
    },
  ],
  [
    'an entry and its request',
    'full',
    async (opened) => {
      await goTo(opened, 'tally-1', 'history')
      await opened.user.click(await screen.findByTestId('history-answers'))
      await screen.findByTestId('history-request')
    },
  ],
  [
    'evidence',
    'full',
    async (opened) => {
      await goTo(opened, 'tally-9', 'proof')
      await opened.user.click(await screen.findByTestId('proof-evidence'))
      await screen.findByTestId('evidence-dialog')
    },
  ],
  ...(['now', 'history', 'agreement', 'settings', 'proof'] as const).map(
    (tab): [string, string, (opened: Opened) => Promise<unknown>] => [
      `a tally, ${tab}`,
      'full',
      async ({ user }) => {
        await user.click(screen.getByTestId('nav-tallies'))
        await user.click((await screen.findAllByTestId('tally-row'))[0] ?? document.body)
        await user.click(await screen.findByTestId(`tab-${tab}`))
      },
    ],
  ),
]

describe('without a mouse or without sight', () => {
  it.each(SCREENS)('%s has no known flaw', async (_, scene, go) => {
    const opened = await openWindow(scene)
    await go(opened)

    expect(await flaws()).toEqual([])
  })

  it('goes everywhere by single letters, but not while writing', async () => {
    const { user } = await openWindow()
    await user.keyboard('2')
    expect(await screen.findByTestId('tallies-page')).toBeTruthy()
    await user.keyboard('3')
    expect(await screen.findByTestId('activity-page')).toBeTruthy()
    await user.keyboard('r')
    expect(await screen.findByTestId('pay-page')).toHaveAttribute('data-mode', 'request')
    await user.keyboard('n')
    expect(await screen.findByTestId('invite-page')).toBeTruthy()

    await user.click(screen.getByTestId('invite-note'))
    await user.keyboard('12op')

    expect(screen.getByTestId('invite-page')).toBeTruthy()
    expect(screen.getByTestId('invite-note')).toHaveValue('12op')
  })

  it('hides every amount and bar at once', async () => {
    const { user } = await openWindow()
    expect(await screen.findByTestId('home-owe')).toHaveTextContent('74.400')

    await user.keyboard('{Control>}{Shift>}h{/Shift}{/Control}')

    expect(screen.getByTestId('home-owe')).not.toHaveTextContent('74')
    expect(document.body).not.toHaveTextContent(/\d\.\d{3}/)
  })
})
