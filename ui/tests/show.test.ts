import { screen, waitFor } from '@testing-library/svelte'
import { describe, expect, it, vi } from 'vitest'

import { failure } from '~/backend/backend'
import { t } from '~/i18n'
import { BRIEFLY, copyBriefly } from '~/shared/clipboard'
import { EASY_MODULES, sideOf } from '~/shared/paper'
import { changed, openWindow } from './window'

async function openTicket(change?: Parameters<typeof openWindow>[1]) {
  const found = await openWindow('full', change)
  await found.user.click(screen.getByTestId('nav-invite'))
  await found.user.click(screen.getByTestId('invite-create'))
  await screen.findByTestId('ticket-qr')
  return found
}

/** A clipboard that holds one text. */
function clipboard(readable = true) {
  let held = ''
  const board = {
    writeText: async (text: string) => {
      held = text
    },
    readText: async () => {
      if (!readable) throw new Error('closed')
      return held
    },
  }
  vi.stubGlobal('navigator', { ...navigator, clipboard: board })
  return { held: () => held, put: (text: string) => (held = text) }
}

describe('a code on the screen', () => {
  it('has whole pixels a module wherever there is room for them', () => {
    for (let modules = 21; modules <= 177; modules += 4) {
      for (const room of [456, 600, 900]) {
        const side = sideOf(modules, room)
        expect(side).toBeLessThanOrEqual(room)
        if (modules <= EASY_MODULES) expect(side % (modules + 8)).toBe(0)
      }
    }
  })

  it('fills the window on a key, and comes back on the same', async () => {
    const { user } = await openTicket()

    await user.keyboard(' ')
    expect(await screen.findByTestId('ticket-qr-large')).toBeTruthy()
    expect(screen.getByTestId('ticket-enlarged')).toHaveTextContent(t.paper.bright)
    expect(screen.getByTestId('ticket-enlarged')).not.toHaveTextContent(t.paper.awake)

    await user.keyboard(' ')
    await waitFor(() => expect(screen.queryByTestId('ticket-qr-large')).toBeNull())
  })

  it('says that the screen stays awake only where it does', async () => {
    const wakeLock = { request: async () => ({ release: async () => {} }) }
    vi.stubGlobal('navigator', Object.assign(Object.create(navigator) as Navigator, { wakeLock }))
    const { user } = await openTicket()

    await user.click(screen.getByTestId('ticket-enlarge'))

    await waitFor(() => expect(screen.getByTestId('ticket-enlarged')).toHaveTextContent(t.paper.awake))
    vi.unstubAllGlobals()
  })

  it('is saved as a picture or as a file, and says where', async () => {
    const { user } = await openTicket()

    await user.click(screen.getByTestId('ticket-save'))
    expect((await screen.findByTestId('ticket-saved')).dataset.path).toMatch(/\.png$/)
    await user.click(screen.getByTestId('ticket-save-file'))

    await waitFor(() => expect(screen.getByTestId('ticket-saved').dataset.path).toMatch(/\.tallyticket$/))
  })

  it('says so when it cannot be saved or printed', async () => {
    const { user } = await openTicket((backend) =>
      changed(backend, {
        ticketSave: () => Promise.reject(failure({ kind: 'disk' })),
        print: () => Promise.reject(failure({ kind: 'cannotPrint' })),
      }),
    )

    await user.click(screen.getByTestId('ticket-save'))
    expect(await screen.findByTestId('ticket-save-failure')).toHaveAttribute('data-code', 'disk')
    await user.click(screen.getByTestId('ticket-print'))

    await waitFor(() =>
      expect(screen.getByTestId('ticket-save-failure')).toHaveAttribute('data-code', 'cannotPrint'),
    )
  })

  it('has a card for the printer, which is gone with the page', async () => {
    const { user } = await openTicket()
    const card = screen.getByTestId('ticket-card')
    expect(card.parentElement).toBe(document.body)
    expect(card).toHaveTextContent('Dana Whitlock invites you')
    expect(card).toHaveTextContent(t.ticket.card.once)

    await user.click(screen.getByTestId('nav-home'))

    await waitFor(() => expect(screen.queryByTestId('ticket-card')).toBeNull())
  })
})

describe('a link on the clipboard', () => {
  it('leaves it after two minutes', async () => {
    vi.useFakeTimers()
    const board = clipboard()
    expect(await copyBriefly('chip://secret')).toBe(true)
    await vi.advanceTimersByTimeAsync(BRIEFLY - 1)
    expect(board.held()).toBe('chip://secret')

    await vi.advanceTimersByTimeAsync(2)

    expect(board.held()).toBe('')
    vi.useRealTimers()
    vi.unstubAllGlobals()
  })

  it.each([
    ['something newer', true],
    ['something that cannot be looked at', false],
  ])('never takes away %s', async (what, readable) => {
    vi.useFakeTimers()
    const board = clipboard(readable)
    await copyBriefly('chip://secret')
    board.put(what)

    await vi.advanceTimersByTimeAsync(BRIEFLY + 1)

    expect(board.held()).toBe(what)
    vi.useRealTimers()
    vi.unstubAllGlobals()
  })
})
