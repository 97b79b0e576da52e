import { screen, waitFor, within } from '@testing-library/svelte'
import { describe, expect, it, vi } from 'vitest'

import { failure } from '~/backend/backend'
import { changed, goTo, openWindow } from './window'

const MIRA = 'tally-9'
const BEN = 'tally-4'

describe('copies that do not match', () => {
  it('are said on every part of the tally, with no way to put it away', async () => {
    const found = await openWindow()
    await goTo(found, MIRA)

    for (const tab of ['now', 'history', 'agreement', 'settings', 'proof']) {
      await found.user.click(screen.getByTestId(`tab-${tab}`))
      const banner = await screen.findByTestId('tally-mismatch')
      expect(banner).toHaveTextContent('Your copy and Mira’s do not match.')
      expect(banner).toHaveTextContent('From entry 6 on')
      expect(banner).toHaveTextContent('Nothing is lost')
      const buttons = within(banner).getAllByRole('button')
      const names = buttons.map((button) => button.dataset.testid)
      expect(names.filter((name) => !/^mismatch-(ask|evidence|proof)$/.test(name ?? ''))).toEqual([])
    }
  })

  it('pause new promises but not reading', async () => {
    const found = await openWindow()
    await goTo(found, MIRA, 'history')

    expect(await screen.findAllByTestId('history-row')).toHaveLength(7)
    expect(screen.getByTestId('tally-pay')).toBeDisabled()
    expect(screen.getByTestId('tally-copies')).toHaveAttribute('data-copies', 'mismatch')
    await found.user.click(screen.getByTestId('nav-pay'))
    await found.user.click(screen.getByTestId('pay-partner'))
    const options = await screen.findAllByTestId('pay-partner-option')
    expect(options.map((option) => option.dataset.tally)).not.toContain(MIRA)
  })

  it('go on asking until an answer comes, then say when they were compared', async () => {
    const found = await openWindow()
    await goTo(found, MIRA, 'proof')
    const before = screen.getAllByTestId('compare-state')[0]?.dataset.at

    await found.user.click(screen.getByTestId('mismatch-ask'))

    await waitFor(() => {
      const state = screen.getAllByTestId('compare-state')[0]
      expect(state?.dataset.at).not.toBe(before)
      expect(state).toHaveTextContent('last compared just now')
    })
  })

  it('tell what is known of the difference', async () => {
    const found = await openWindow()
    await goTo(found, MIRA, 'proof')

    expect(await screen.findByTestId('proof-dispute')).toHaveAttribute('data-index', '6')
    expect(screen.getByTestId('dispute-our-hash').textContent).not.toBe(
      screen.getByTestId('dispute-their-hash').textContent,
    )
    expect(screen.getByTestId('dispute-evidence')).toHaveTextContent('3 messages')
  })

  it('lift the pause by themselves once they match', async () => {
    const found = await openWindow()
    await goTo(found, MIRA)
    await screen.findByTestId('tally-mismatch')

    found.people.repair(MIRA)

    await waitFor(() => expect(screen.queryByTestId('tally-mismatch')).toBeNull())
    expect(screen.getByTestId('tally-pay')).toBeEnabled()
  })

  it('appear while the tally is open', async () => {
    const found = await openWindow()
    await goTo(found, BEN)
    expect(screen.queryByTestId('tally-mismatch')).toBeNull()

    found.people.dispute(BEN, 2)

    expect(await screen.findByTestId('tally-mismatch')).toHaveTextContent('From entry 2 on')
  })
})

describe('evidence', () => {
  it('is shown boxed, and the wallet saves it and says where', async () => {
    const text = '{"memo":"a\u202eb"}'
    const evidenceSave = vi.fn(async () => '/home/ana/Downloads/evidence.json')
    const found = await openWindow('full', (backend) =>
      changed(backend, { evidence: async () => ({ name: 'evidence.json', text }), evidenceSave }),
    )
    await goTo(found, BEN, 'proof')
    await found.user.click(await screen.findByTestId('proof-evidence'))

    expect(await screen.findByTestId('evidence-text')).toHaveTextContent('{"memo":"a▯b"}')
    expect(screen.queryByTestId('evidence-saved')).toBeNull()
    await found.user.click(screen.getByTestId('evidence-save'))

    expect(await screen.findByTestId('evidence-saved')).toHaveTextContent('/home/ana/Downloads/evidence.json')
    expect(evidenceSave.mock.calls).toEqual([[BEN]])
  })

  it('that cannot be saved says so and can be tried again', async () => {
    const found = await openWindow('full', (backend) =>
      changed(backend, { evidenceSave: () => Promise.reject(failure({ kind: 'disk' }, true)) }),
    )
    await goTo(found, BEN, 'proof')
    await found.user.click(await screen.findByTestId('proof-evidence'))
    await found.user.click(await screen.findByTestId('evidence-save'))

    expect(await screen.findByTestId('evidence-failure')).toBeVisible()
    expect(screen.queryByTestId('evidence-saved')).toBeNull()
    expect(screen.getByTestId('evidence-save')).toBeEnabled()
  })

  it('is put away again', async () => {
    const found = await openWindow()
    await goTo(found, MIRA)
    await found.user.click(await screen.findByTestId('mismatch-evidence'))
    await found.user.click(await screen.findByTestId('evidence-close'))

    await waitFor(() => expect(screen.queryByTestId('evidence-dialog')).toBeNull())
  })
})

describe('comparing', () => {
  it('says that the partner was asked while they are away', async () => {
    const found = await openWindow()
    await goTo(found, 'tally-6', 'proof')
    await found.user.click(await screen.findByTestId('proof-compare'))

    await waitFor(() => expect(screen.getByTestId('compare-state')).toHaveTextContent('Asked.'))
  })
})
