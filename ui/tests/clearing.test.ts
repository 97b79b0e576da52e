import { screen, waitFor, within } from '@testing-library/svelte'
import { describe, expect, it } from 'vitest'

import { failure, type Backend } from '~/backend/backend'
import { arc, arrow, pointAt } from '~/clearing/arc'
import { changed, goTo, openWindow, rewrite, signSheet } from './window'

async function clearing(scene = 'full', change?: (backend: Backend) => Backend) {
  const found = await openWindow(scene, change)
  await found.user.click(screen.getByTestId('nav-clearing'))
  await screen.findByTestId('clearing-page')
  return found
}

const rows = () => screen.findAllByTestId('lift-row')
const row = async (id: string) => {
  const found = (await rows()).find(({ dataset }) => dataset.lift === id)
  if (found === undefined) throw new Error(`no row for ${id}`)
  return found
}

describe('the clearing page', () => {
  it('adds up what circles cancelled, and leaves payments and what came to nothing out', async () => {
    await clearing()

    expect(await screen.findByTestId('clearing-month')).toHaveAttribute('data-milli', '23600')
    expect(screen.getByTestId('clearing-week')).toHaveAttribute('data-milli', '11400')
    expect(screen.getByTestId('clearing-ever')).toHaveAttribute('data-circles', '5')
  })

  it('tells it week by week, also as a table whose last line is all of it', async () => {
    await clearing()
    const weeks = await screen.findByTestId('clearing-weeks')
    const sums = within(weeks)
      .getAllByRole('row', { hidden: true })
      .slice(1)
      .map((line) => line.querySelectorAll('[data-milli]'))
    const milli = (cell: Element | undefined) => Number(cell?.getAttribute('data-milli'))

    expect(milli(sums[0]?.[1])).toBe(23_600)
    expect(sums.reduce((all, line) => all + milli(line[0]), 0)).toBe(23_600)
  })

  it('shows the newest with our two neighbours by name and nobody else', async () => {
    await clearing()
    const detail = await screen.findByTestId('lift-detail')

    expect(detail).toHaveAttribute('data-state', 'final')
    const hops = within(detail).getAllByTestId('lift-hop')
    expect(hops.map(({ dataset }) => [dataset.tally, dataset.state, dataset.milli])).toEqual([
      ['tally-6', 'final', '-5000'],
      ['tally-3', 'final', '5000'],
    ])
    expect(hops[0]).toHaveTextContent('Spoke to you')
    expect(hops[1]).toHaveTextContent('You to Kornblum')
    expect(within(detail).getByTestId('lift-others')).toHaveTextContent('not visible to you')
    expect(within(detail).getByTestId('lift-total')).toHaveTextContent('unchanged (0.000)')
    const [owed, owing] = within(detail).getAllByTestId('lift-balance')
    expect([owed?.dataset.before, owed?.dataset.after]).toEqual(['69000', '64000'])
    expect([owing?.dataset.before, owing?.dataset.after]).toEqual(['-36400', '-31400'])
  })

  it('walks the hops with arrows', async () => {
    const { user } = await clearing()
    const [first, second] = await screen.findAllByTestId('lift-hop')
    first?.focus()
    await user.keyboard('{ArrowDown}')
    expect(second).toHaveFocus()
    await user.keyboard('{ArrowDown}')
    expect(screen.getByTestId('lift-others')).toHaveFocus()
    await user.keyboard('{ArrowDown}{ArrowUp}')
    expect(second).toHaveFocus()
  })

  it('opens with 4, and says what it needs where there is nothing', async () => {
    const { user } = await openWindow('empty')
    await user.keyboard('4')

    expect(await screen.findByTestId('clearing-empty')).toHaveTextContent('You have 0 tallies')
  })

  it('does not show a promise as settled, and turns when it is decided', async () => {
    const { people } = await clearing()
    await rows()
    const { id } = people.lifts.promise()
    await waitFor(async () => expect(await row(id)).toHaveAttribute('data-state', 'promised'))

    const detail = screen.getByTestId('lift-detail')
    expect(detail).toHaveAttribute('data-lift', id)
    expect(within(detail).getByTestId('lift-deadline')).toHaveTextContent(/deadline \d\d:\d\d/)
    expect(within(detail).getByTestId('lift-total')).not.toHaveTextContent('unchanged')
    expect(within(detail).queryByText('after')).toBeNull()

    people.lifts.decide(id, 'final')
    await waitFor(() => expect(screen.getByTestId('lift-detail')).toHaveAttribute('data-state', 'final'))
    expect(screen.queryByTestId('lift-deadline')).toBeNull()
  })

  it('says that nothing moved where it was cancelled', async () => {
    const { user } = await clearing()
    await user.click(await row('lift-5'))

    const detail = screen.getByTestId('lift-detail')
    expect(detail).toHaveAttribute('data-state', 'cancelled')
    expect(within(detail).getByTestId('lift-total')).toHaveTextContent('Nothing moved.')
    expect(detail).toHaveTextContent('no room any more')
  })

  it('shows papers that do not hold in the list, in the sidebar and with their fault', async () => {
    const { people, user } = await clearing()
    await rows()
    people.lifts.spoil('lift-1')

    await waitFor(() => expect(screen.getByTestId('nav-clearing-badge')).toHaveAttribute('data-count', '1'))
    await user.click(await row('lift-1'))
    expect(screen.getByTestId('lift-audit')).toHaveAttribute('data-verdict', 'outside')
    const fault = screen.getByTestId('lift-fault')
    expect([fault.dataset.fault, fault.dataset.tally]).toEqual(['belowTarget', 'tally-6'])
    expect(screen.queryByText('Within your settings')).toBeNull()

    for (const page of ['nav-activity', 'nav-home']) {
      await user.click(screen.getByTestId(page))
      expect(await screen.findByTestId('unsound')).toHaveTextContent('your settings did not allow')
    }
    await user.click(screen.getByTestId('unsound-look'))
    expect(await screen.findByTestId('lift-detail')).toHaveAttribute('data-lift', 'lift-1')
    expect(screen.queryByTestId('unsound')).toBeNull()
  })

  it('checks again and saves the proof', async () => {
    const { user } = await clearing()
    await user.click(await screen.findByTestId('lift-check'))
    expect(await screen.findByTestId('lift-checked')).toHaveTextContent('all papers hold')
    await user.click(screen.getByTestId('lift-save'))

    expect(await screen.findByTestId('lift-saved')).toHaveAttribute(
      'data-path',
      expect.stringContaining('lift-0'),
    )
  })

  it('keeps the amounts away while they are hidden', async () => {
    const { user } = await clearing()
    await screen.findByTestId('lift-detail')
    await user.click(screen.getByTestId('status-hide'))

    await waitFor(() => expect(screen.getByTestId('clearing-page')).not.toHaveTextContent('5.000'))
  })
})

describe('what is looked for', () => {
  const looking = (backend: Backend) =>
    changed(backend, {
      lifts: async () => ({
        ...(await backend.lifts()),
        looking: [{ session: 's', aim: 'clear', units: null, until: Date.now() + 60_000 }],
      }),
    })

  it('is told until clearing is paused', async () => {
    const { user } = await clearing('full', looking)
    expect(await screen.findByTestId('clearing-looking')).toHaveAttribute('data-aim', 'clear')
    await user.click(screen.getByTestId('clearing-pause'))
    await user.click(await screen.findByTestId('pause-confirm'))

    await screen.findByTestId('clearing-paused')
    expect(screen.queryByTestId('clearing-looking')).toBeNull()
  })
})

describe('pausing', () => {
  it('says first what it costs, and is undone from the banner', async () => {
    const { user } = await clearing()
    await user.click(screen.getByTestId('clearing-pause'))
    expect(await screen.findByTestId('pause-dialog')).toHaveTextContent('can still be paid down')
    await user.click(screen.getByTestId('pause-confirm'))

    await screen.findByTestId('clearing-paused')
    expect(screen.getByTestId('clearing-page')).toHaveAttribute('data-paused', 'yes')
    expect(screen.queryByTestId('clearing-pause')).toBeNull()
    await user.click(screen.getByTestId('clearing-resume'))
    await waitFor(() => expect(screen.queryByTestId('clearing-paused')).toBeNull())
  })

  it('stays on when the wallet refuses', async () => {
    const { user } = await clearing('full', (backend) =>
      changed(backend, { clearingPause: () => Promise.reject(failure({ kind: 'disk' })) }),
    )
    await user.click(screen.getByTestId('clearing-pause'))
    await user.click(await screen.findByTestId('pause-confirm'))

    expect(await screen.findByTestId('pause-failure')).toHaveAttribute('data-code', 'disk')
    expect(screen.getByTestId('clearing-page')).toHaveAttribute('data-paused', 'no')
  })

  it('of one tally is on its settings, and is the reason that is told', async () => {
    const { user } = await openWindow()
    await goTo({ user }, 'tally-3', 'settings')
    await user.click(await screen.findByTestId('tally-clearing-pause'))
    await user.click(await screen.findByTestId('pause-confirm'))
    await waitFor(() => expect(screen.getByTestId('tally-clearing')).toHaveAttribute('data-paused', 'yes'))

    await user.click(screen.getByTestId('nav-clearing'))
    expect(await screen.findByTestId('clearing-page')).toHaveAttribute('data-paused', 'no')
    await user.click(screen.getByTestId('clearing-why'))
    const reasons = await screen.findAllByTestId('idle-reason')
    expect(reasons.map(({ dataset }) => [dataset.why, dataset.tally])).toContainEqual([
      'tallyPaused',
      'tally-3',
    ])
    const about = reasons.find(({ dataset }) => dataset.why === 'tallyPaused')
    if (about === undefined) throw new Error('no reason')
    await user.click(within(about).getByTestId('idle-look'))
    await user.click(await screen.findByTestId('tally-clearing-resume'))
    await waitFor(() => expect(screen.getByTestId('tally-clearing')).toHaveAttribute('data-paused', 'no'))
  })
})

describe('settings of a tally', () => {
  it('tell what the next circle can move, before they are signed', async () => {
    const { user } = await openWindow()
    await goTo({ user }, 'tally-6', 'settings')
    const next = await screen.findByTestId('standing-circle')
    const before = Number(next.dataset.milli)
    expect(before).toBeGreaterThan(0)
    await rewrite({ user }, 'standing-most', '64')
    await rewrite({ user }, 'standing-hold', '60')
    await rewrite({ user }, 'standing-release', '100')

    await waitFor(() => expect(screen.getByTestId('standing-circle')).toHaveAttribute('data-milli', '4000'))
  })

  it('let a tally take part that does not', async () => {
    const { user } = await openWindow('full', (backend) =>
      changed(backend, {
        liftIdle: async () => ({
          ...(await backend.liftIdle()),
          reasons: [{ why: 'youTakeNoPart', tally: 'tally-3', partner: null }],
        }),
      }),
    )
    await goTo({ user }, 'tally-3', 'settings')
    expect(await screen.findByTestId('tally-clearing')).toHaveAttribute('data-part', 'no')
    await user.click(screen.getByTestId('tally-clearing-join'))

    expect(await screen.findByTestId('sign-sheet')).toHaveAttribute('data-kind', 'takePart')
    await signSheet({ user })
    expect(screen.getByTestId('tally-clearing')).toBeInTheDocument()
  })
})

describe('choices about clearing', () => {
  it('take an amount above zero and nothing else', async () => {
    const { user, backend } = await openWindow()
    await user.click(screen.getByTestId('nav-settings'))
    await screen.findByTestId('clearing-choices')
    expect(screen.getByTestId('clearing-least-save')).toBeDisabled()
    await rewrite({ user }, 'clearing-least', '0')
    expect(screen.getByTestId('clearing-least-error')).toBeInTheDocument()
    expect(screen.getByTestId('clearing-least-save')).toBeDisabled()
    await rewrite({ user }, 'clearing-least', '2.5')
    await user.click(screen.getByTestId('clearing-least-save'))

    await waitFor(async () => expect((await backend.liftChoices()).least).toBe(2500))
  })

  it('keep timekeepers, and refuse what is no address', async () => {
    const { user, backend } = await openWindow()
    await user.click(screen.getByTestId('nav-settings'))
    await user.type(await screen.findByTestId('referee-address'), 'nonsense')
    await user.click(screen.getByTestId('referee-add'))
    expect(await screen.findByTestId('clearing-choices-failure')).toHaveAttribute('data-code', 'badAddress')
    await rewrite({ user }, 'referee-address', 'hill@203.0.113.7:65430')
    await user.click(screen.getByTestId('referee-add'))
    await user.click(await screen.findByTestId('referee-drop'))

    await waitFor(async () => expect((await backend.liftChoices()).trusted).toEqual([]))
    await user.click(screen.getByTestId('clearing-joins'))
    await waitFor(async () => expect((await backend.liftChoices()).joins).toBe(false))
  })
})

describe('the circle', () => {
  const ring = { cx: 100, cy: 100, radius: 50 }

  it('has its angles clockwise from three o’clock', () => {
    expect(pointAt(ring, 0)).toEqual({ x: 150, y: 100 })
    expect(pointAt(ring, 90).y).toBeCloseTo(150)
  })

  it('is drawn the short way unless it spans more than half', () => {
    expect(arc(ring, 160, 100)).toMatch(/A50 50 0 0 0/)
    expect(arc(ring, 175, 365)).toMatch(/A50 50 0 1 1/)
  })

  it('has arrowheads whose base lies behind their tip', () => {
    expect(arrow(ring, 90, true, 90)).toBe('M100 150L142 100L158 100Z')
    expect(arrow(ring, 90, false, 90)).toBe('M100 150L58 100L42 100Z')
  })
})

describe('the same settings on many tallies', () => {
  const chosen = async (user: Awaited<ReturnType<typeof openWindow>>['user'], ids: string[]) => {
    await user.click(await screen.findByTestId('standing-many'))
    const boxes = await screen.findAllByTestId('many-tally')
    expect(boxes.map(({ dataset }) => dataset.tally)).not.toContain('tally-3')
    expect(screen.getByTestId('many-review')).toBeDisabled()
    for (const box of boxes) if (ids.includes(box.dataset.tally ?? '')) await user.click(box)
    await user.click(screen.getByTestId('many-review'))
  }

  it('are signed one by one', async () => {
    const { user, backend } = await openWindow()
    await goTo({ user }, 'tally-3', 'settings')
    await rewrite({ user }, 'standing-most', '30')
    await rewrite({ user }, 'standing-hold', '20')
    await chosen(user, ['tally-1', 'tally-6'])
    for (let sheet = 0; sheet < 2; sheet += 1) {
      await screen.findByTestId('sign-sheet')
      await signSheet({ user })
    }

    expect(await screen.findByText('Signed on 2 of 2.')).toBeInTheDocument()
    for (const id of ['tally-1', 'tally-6']) expect((await backend.settings(id)).mine.target).toBe(20_000)
    expect((await backend.settings('tally-4')).mine.target).toBe(0)
  })

  it('end with the first that is put away', async () => {
    const { user, backend } = await openWindow()
    await goTo({ user }, 'tally-3', 'settings')
    await rewrite({ user }, 'standing-most', '30')
    await chosen(user, ['tally-1', 'tally-6'])
    await user.click(await screen.findByTestId('sign-cancel'))

    expect(await screen.findByText('Signed on 0 of 2.')).toBeInTheDocument()
    expect(screen.queryByTestId('sign-sheet')).toBeNull()
    expect((await backend.settings('tally-6')).mine.bound).toBe(0)
  })
})
