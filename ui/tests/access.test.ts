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

/** A way to a screen: what is pressed one after the other, or how else one comes there. */
type Way = string[] | ((opened: Opened) => Promise<unknown>)

const at =
  (tally: string, tab?: string, ...presses: string[]): Way =>
  async (opened) => {
    await goTo(opened, tally, tab)
    await press(opened, presses)
  }

const paying =
  (...presses: string[]): Way =>
  async (opened) => {
    await opened.user.paste('demo:payNow')
    await opened.user.click(await screen.findByTestId('code-pay'))
    await screen.findByTestId('payment-review')
    await press(opened, presses)
  }

/** Name, scene, way, and what is there at the end where that needs waiting for. */
const SCREENS: [name: string, scene: string, way: Way, end?: string][] = [
  ['welcome', 'new', [], 'welcome'],
  ['unlock', 'locked', [], 'unlock-page'],
  ['an empty home', 'empty', [], 'home-empty'],
  ['home', 'full', [], 'need-card'],
  ['tallies', 'full', ['nav-tallies']],
  ['connection', 'full', ['nav-connection']],
  ['settings', 'full', ['nav-settings']],
  ['invite', 'full', ['nav-invite']],
  ['a counter card', 'full', ['nav-invite', 'invite-use-counter']],
  ['a ticket', 'full', ['nav-invite', 'invite-create'], 'ticket-qr'],
  ['open a code', 'full', ['nav-open']],
  ['a code to answer', 'full', ({ user }) => user.paste('chip://x@y:1?ticket=1'), 'code-contact'],
  ['activity', 'full', ['nav-activity']],
  ['an empty activity', 'empty', ['nav-activity']],
  ['clearing', 'full', ['nav-clearing'], 'lift-detail'],
  ['an empty clearing', 'empty', ['nav-clearing'], 'clearing-empty'],
  ['the question before pausing', 'full', ['nav-clearing', 'clearing-pause'], 'pause-dialog'],
  ['why nothing is cleared', 'full', ['nav-clearing', 'clearing-why'], 'idle-reason'],
  ['a new payment code', 'full', ['nav-request', 'request-anybody'], 'invoice-form'],
  ['a payment code', 'full', ['nav-request', 'request-anybody', 'invoice-create'], 'invoice-qr'],
  ['a payment to review', 'full', paying(), 'payment-review'],
  ['a payment to sign', 'full', paying('payment-review'), 'payment-sheet'],
  ['pay', 'full', ['nav-pay']],
  ['request', 'full', ['nav-request']],
  ['refusing a request', 'full', ['nav-activity', 'request-refuse']],
  ['help', 'full', ({ user }) => user.keyboard('?')],
  ['review', 'full', async ({ user }) => user.click(await need('tally-2'))],
  [
    'a counter-offer',
    'full',
    async (opened) => {
      await opened.user.click(await need('tally-8'))
      await press(opened, ['review-counter'])
    },
  ],
  ['a tally that closes', 'full', at('tally-7')],
  ['a closed tally', 'full', at('tally-10')],
  ['copies that differ', 'full', at('tally-9', 'proof')],
  ['the question before closing', 'full', at('tally-4', 'settings', 'ending-close'), 'close-dialog'],
  [
    'settings to sign',
    'full',
    at('tally-4', 'settings', 'standing-preset-leave', 'standing-review'),
    'sign-settings',
  ],
  ['an entry and its request', 'full', at('tally-1', 'history', 'history-answers'), 'history-request'],
  ['evidence', 'full', at('tally-9', 'proof', 'proof-evidence'), 'evidence-dialog'],
  ...['now', 'history', 'agreement', 'settings', 'proof'].map((tab): [string, string, Way] => [
    `a tally, ${tab}`,
    'full',
    ['nav-tallies', 'tally-row', `tab-${tab}`],
  ]),
]

async function press({ user }: Opened, presses: string[]) {
  for (const testid of presses) {
    const [first] = await screen.findAllByTestId(testid)
    await user.click(first ?? document.body)
  }
}

describe('without a mouse or without sight', () => {
  it.each(SCREENS)('%s has no known flaw', async (_, scene, way, end) => {
    const opened = await openWindow(scene)
    await (typeof way === 'function' ? way(opened) : press(opened, way))
    if (end !== undefined) await screen.findAllByTestId(end)

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
