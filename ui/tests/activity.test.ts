import { screen, waitFor, within } from '@testing-library/svelte'
import { describe, expect, it, onTestFinished, vi } from 'vitest'

import type { ActivityItem, Backend } from '~/backend/backend'
import { world } from '~/backend/demo'
import { ActivityLog } from '~/state/activity.svelte'
import { changed, openWindow } from './window'

async function activity(scene = 'full', change?: (backend: Backend) => Backend) {
  const found = await openWindow(scene, change)
  await found.user.click(screen.getByTestId('nav-activity'))
  await screen.findByTestId('activity-page')
  return found
}

const kinds = (testid: string) => screen.getAllByTestId(testid).map((item) => item.dataset.kind)
const dots = () => screen.queryAllByTestId('activity-dot').length

describe('the activity page', () => {
  it('has what needs the person, what waits for others and what happened in three lanes', async () => {
    await activity()

    expect(kinds('activity-need').toSorted()).toEqual([
      'mismatch',
      'payRequest',
      'reviewOffer',
      'reviewOffer',
    ])
    expect(kinds('activity-waiting-item')).toContain('requestSent')
    expect(kinds('activity-waiting-item')).toContain('entryQueued')
    expect(kinds('activity-item')).toContain('requestRanOut')
  })

  it('says how many need the person beside its name', async () => {
    await activity()

    expect(screen.getByTestId('nav-activity-badge')).toHaveAttribute('data-count', '4')
    expect(screen.getByTestId('nav-activity')).toHaveAccessibleName(/4 need you/)
  })

  it('tells running out from being refused', async () => {
    await activity()
    const items = screen.getAllByTestId('activity-item')
    const words = (kind: string) => items.find((item) => item.dataset.kind === kind)?.textContent

    expect(words('requestRanOut')).toMatch(/ran out/)
    expect(words('requestRanOut')).not.toMatch(/refused/)
    expect(words('requestRefused')).toMatch(/refused your request.*we said 5/s)
  })

  it('keeps each day under one head, newest first', async () => {
    // Soon after midnight the newest of these people's doings would be yesterday's.
    vi.useFakeTimers({ toFake: ['Date'], now: new Date(2026, 10, 22, 15) })
    onTestFinished(() => void vi.useRealTimers())
    await activity()
    const days = screen.getAllByTestId('activity-day').map((day) => day.textContent)

    expect(days[0]).toBe('Today')
    expect(new Set(days).size).toBe(days.length)
  })

  it('is walked by J and K and opened by Enter', async () => {
    const { user } = await activity()
    await user.keyboard('jjj')
    expect(document.activeElement).toBe(screen.getAllByTestId('activity-need')[2])
    await user.keyboard('k')
    expect(document.activeElement).toBe(screen.getAllByTestId('activity-need')[1])

    await user.keyboard('{Enter}')
    expect(await screen.findByTestId('review-page')).toBeTruthy()

    await user.keyboard('3')
    ;(await screen.findAllByTestId('activity-item'))[0]?.focus()
    await user.keyboard('{Enter}')

    expect(await screen.findByTestId('tally-page')).toBeTruthy()
  })

  it('marks one item as read by E and as not read by U, whatever the order', async () => {
    const { user } = await activity()
    expect(dots()).toBe(2)

    screen.getAllByTestId('activity-item')[0]?.focus()
    await user.keyboard('e')
    expect(dots()).toBe(1)
    expect(screen.getAllByTestId('activity-item')[0]).toHaveAttribute('data-read', 'yes')
    expect(screen.getAllByTestId('activity-item')[1]).toHaveAttribute('data-read', 'no')

    await user.keyboard('u')
    expect(dots()).toBe(2)
  })

  it('tells the wallet once everything below an item is read', async () => {
    const { user, backend } = await activity()

    for (const at of [0, 1]) {
      screen.getAllByTestId('activity-item')[at]?.focus()
      await user.keyboard('e')
    }

    await waitFor(async () => expect((await backend.activity(null)).unread).toBe(0))
    expect(screen.getByTestId('activity-read-all')).toBeDisabled()
  })

  it('marks everything at once', async () => {
    const { user, backend } = await activity()

    await user.click(screen.getByTestId('activity-read-all'))

    await waitFor(() => expect(dots()).toBe(0))
    expect((await backend.activity(null)).unread).toBe(0)
  })

  it('answers a request where it stands', async () => {
    const { user } = await activity()
    await user.click(screen.getByTestId('request-pay'))
    expect(await screen.findByTestId('sign-sheet')).toHaveAttribute('data-kind', 'pay')
    await waitFor(() => expect(screen.getByTestId('sign-confirm')).toBeEnabled())
    await user.click(screen.getByTestId('sign-confirm'))
    await user.click(await screen.findByTestId('sign-close'))

    expect(screen.getByTestId('activity-page')).toBeTruthy()
    await waitFor(() => expect(kinds('activity-need')).not.toContain('payRequest'))
    expect(kinds('activity-item')).toContain('requestPaid')
  })

  it('shows what was changed in an offer on its card, and leads there', async () => {
    const { user } = await activity()
    const card = screen.getAllByTestId('activity-need').find((need) => need.dataset.tally === 'tally-8')
    if (card === undefined) throw new Error('no such card')
    const line = await within(card).findByTestId('changes-line')
    expect(line).toHaveTextContent('You may owe Gil 15 30 CHIP. And 2 more changes.')
    expect(line.querySelector('s')).toHaveTextContent('15')

    await user.click(within(card).getByTestId('activity-act'))

    expect(await screen.findByTestId('review-differences')).toBeTruthy()
  })

  it('is calm when there is nothing', async () => {
    await activity('empty')

    expect(screen.getByTestId('activity-needs-empty')).toHaveTextContent('Nothing needs you.')
    expect(screen.getByTestId('activity-waiting-empty')).toBeTruthy()
    expect(screen.getByTestId('activity-happened-empty')).toBeTruthy()
    expect(screen.queryByTestId('nav-activity-badge')).toBeNull()
  })

  it('reads older ones on demand', async () => {
    const old = (id: number): ActivityItem => ({
      id: `old-${id}`,
      kind: 'received',
      tally: 'tally-1',
      partner: null,
      entry: null,
      request: null,
      lift: null,
      count: 1,
      units: 1000,
      memo: null,
      reason: null,
      at: id * 86_400_000,
      until: null,
      read: true,
    })
    const page = async (before: number | null) => ({
      needs: [],
      waiting: [],
      happened: before === null ? [old(9), old(8)] : [old(7)],
      next: before === null ? 8 : null,
      unread: 0,
    })
    const { user } = await activity('full', (backend) => changed(backend, { activity: page }))
    expect(screen.getAllByTestId('activity-item')).toHaveLength(2)

    await user.click(screen.getByTestId('activity-earlier'))

    await waitFor(() => expect(screen.getAllByTestId('activity-item')).toHaveLength(3))
    expect(screen.queryByTestId('activity-earlier')).toBeNull()
  })
})

describe('what has been read', () => {
  const item = (id: string, at: number, read = false): ActivityItem => ({
    id,
    kind: 'paid',
    tally: 'tally-1',
    partner: null,
    entry: null,
    request: null,
    lift: null,
    count: 1,
    units: -1,
    memo: null,
    reason: null,
    at,
    until: null,
    read,
  })

  function log(happened: ActivityItem[], next: number | null) {
    let kept = happened
    const activityRead = vi.fn(async (through: string) => {
      const from = kept.findIndex(({ id }) => id === through)
      kept = kept.map((one, at) => (at < from ? one : { ...one, read: true }))
      return null
    })
    const backend: Backend = {
      ...world().backend(),
      activity: async () => {
        const unread = kept.filter(({ read }) => !read).length
        return { needs: [], waiting: [], happened: kept, next, unread }
      },
      activityRead,
    }
    return { log: new ActivityLog(backend, () => 'me'), activityRead }
  }

  it('never covers older pages nobody has seen', async () => {
    const { log: seen, activityRead } = log([item('b', 2), item('a', 1)], 1)
    await seen.refresh()
    const [b, a] = seen.happened

    if (a) await seen.markRead(a)
    if (b) await seen.markRead(b)

    expect(activityRead).not.toHaveBeenCalled()
    expect(seen.unread).toBe(0)
  })

  it('moves the mark only past what is read without a gap', async () => {
    const { log: seen, activityRead } = log([item('c', 3), item('b', 2), item('a', 1)], null)
    await seen.refresh()
    const [c, , a] = seen.happened

    if (c) await seen.markRead(c)
    expect(activityRead).not.toHaveBeenCalled()
    if (a) await seen.markRead(a)

    expect(activityRead).toHaveBeenCalledExactlyOnceWith('a')
    expect(seen.unread).toBe(1)
  })

  it('is kept for one person and not shown to another', async () => {
    const first = log([item('b', 2), item('a', 1)], 1).log
    await first.refresh()
    const [b] = first.happened
    if (b) await first.markRead(b)
    const other = new ActivityLog(world().backend(), () => 'somebody else')

    if (b) {
      expect(first.isRead(b)).toBe(true)
      expect(other.isRead(b)).toBe(false)
    }
  })
})
