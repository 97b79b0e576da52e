import { screen, waitFor, within } from '@testing-library/svelte'
import { describe, expect, it, vi } from 'vitest'

import { demo, world } from '~/backend/demo'
import { ARM_AFTER, Signing } from '~/state/signing.svelte'
import { changed, openWindow } from './window'

const TOMAS = 'tally-2'
const GIL = 'tally-8'
const PAUL = 'tally-11'

type Opened = Awaited<ReturnType<typeof openWindow>>

async function look({ user }: Opened, id: string) {
  await user.click(screen.getByTestId('nav-tallies'))
  const rows = await screen.findAllByTestId('tally-row')
  await user.click(rows.find((row) => row.dataset.tally === id) ?? document.body)
  await screen.findByTestId('tally-page')
}

async function review(id = TOMAS, change?: Parameters<typeof openWindow>[1]) {
  const opened = await openWindow('full', change)
  await look(opened, id)
  await screen.findByTestId('review-page')
  return opened
}

async function read({ user }: Opened) {
  await user.click(screen.getByTestId('review-contract-read'))
  await screen.findByTestId('contract-text')
  await user.click(screen.getByTestId('contract-close'))
}

describe('reviewing an offer', () => {
  it('cannot be signed before the agreement was opened', async () => {
    const opened = await review()
    expect(screen.getByTestId('review-sign')).toBeDisabled()

    await read(opened)

    await waitFor(() => expect(screen.getByTestId('review-sign')).toBeEnabled())
    expect(screen.getByTestId('review-contract')).toHaveAttribute('data-read', 'yes')
  })

  it('remembers which texts were opened', async () => {
    const opened = await review()
    await read(opened)
    opened.view.unmount()

    await review(GIL)

    expect(screen.getByTestId('review-contract')).toHaveAttribute('data-read', 'yes')
    expect(screen.getByTestId('review-sign')).toBeEnabled()
  })

  it('cannot be signed at all where the text is missing, but the text can be brought along', async () => {
    let here = false
    const opened = await review(TOMAS, (backend) =>
      changed(backend, {
        tally: async (id) => {
          const view = await backend.tally(id)
          return here || id !== TOMAS ? view : { ...view, contractTitle: null }
        },
        contractImport: async (text) => {
          here = true
          return backend.contractImport(text)
        },
      }),
    )
    expect(screen.getByTestId('review-contract-missing')).toHaveTextContent(
      'cannot sign what you cannot read',
    )
    expect(screen.getByTestId('review-sign')).toBeDisabled()
    expect(screen.queryByTestId('review-contract-read')).toBeNull()

    const file = new File(['# Village rules\n\nBe kind.'], 'rules.md', { type: 'text/markdown' })
    await opened.user.upload(screen.getByTestId('review-contract-import'), file)

    expect(await screen.findByTestId('review-contract-read')).toBeTruthy()
  })

  it('shows what changed in two columns and in words', async () => {
    await review(GIL)
    const rows = screen.getAllByTestId('review-difference')
    const limit = rows.find((row) => row.dataset.field === 'limit')
    const notice = rows.find((row) => row.dataset.field === 'notice')

    expect(limit?.querySelector('s')).toHaveTextContent('15')
    expect(limit).toHaveTextContent('changed from 15 to 30 CHIP')
    expect(notice).toHaveTextContent('changed from 14 to 30 days')
    expect(screen.getByTestId('review-turn')).toHaveTextContent('Version 3, your turn')
  })

  it('says what each of the two knows of the other', async () => {
    await review()

    expect(screen.getByTestId('review-card-phone')).toHaveTextContent('+1 555 0147')
    expect(screen.getByTestId('review-disclosed')).toHaveAttribute('data-fields', 'email')
  })
})

describe('changing and sending back', () => {
  it('signs other terms of ours on the sheet, naming the difference', async () => {
    const opened = await review()
    const { user, backend } = opened
    await read(opened)
    const counterPreview = vi.spyOn(backend, 'counterPreview')
    await user.click(screen.getByTestId('review-counter'))
    expect(screen.getByTestId('counter-review')).toBeDisabled()

    await user.clear(screen.getByTestId('counter-limit'))
    await user.type(screen.getByTestId('counter-limit'), '8')
    await user.clear(screen.getByTestId('counter-notice'))
    await user.type(screen.getByTestId('counter-memo'), 'garden help')
    await user.click(screen.getByTestId('counter-review'))

    expect(await screen.findByTestId('sign-sheet')).toHaveAttribute('data-kind', 'counter')
    expect(counterPreview).toHaveBeenCalledExactlyOnceWith(TOMAS, {
      limit: 8000,
      noticeDays: null,
      memo: 'garden help',
    })
    await waitFor(() => expect(screen.getByTestId('sign-confirm')).toBeEnabled())
    await user.click(screen.getByTestId('sign-confirm'))
    await waitFor(async () => expect((await backend.tally(TOMAS)).negotiation?.turn).not.toBe('mine'))
  })

  it('refuses amounts and days that make no sense', async () => {
    const opened = await review()
    await read(opened)
    await opened.user.click(screen.getByTestId('review-counter'))

    await opened.user.clear(screen.getByTestId('counter-limit'))
    await opened.user.type(screen.getByTestId('counter-limit'), '8.0001')
    expect(screen.getByTestId('counter-limit-error')).toHaveTextContent('Nothing was rounded')
    await opened.user.clear(screen.getByTestId('counter-notice'))
    await opened.user.type(screen.getByTestId('counter-notice'), '400')

    expect(screen.getByTestId('counter-notice-error')).toBeTruthy()
    expect(screen.getByTestId('counter-review')).toBeDisabled()
  })

  it('leaves everything as it was when put away', async () => {
    const opened = await review()
    await opened.user.click(screen.getByTestId('review-counter'))
    expect(screen.queryByTestId('review-sign')).toBeNull()

    await opened.user.click(screen.getByTestId('counter-cancel'))

    expect(screen.getByTestId('review-sign')).toBeTruthy()
  })
})

describe('an offer that changes while it is read', () => {
  it('closes the sheet, signs nothing, and shows the difference', async () => {
    const opened = await review()
    const { user, people, backend } = opened
    await read(opened)
    const sign = vi.spyOn(backend, 'sign')
    await user.click(screen.getByTestId('review-sign'))
    await screen.findByTestId('sign-sheet')

    people.rethink(TOMAS, 9000)

    await waitFor(() => expect(screen.queryByTestId('sign-sheet')).toBeNull())
    expect(await screen.findByTestId('review-overtaken')).toHaveTextContent('nothing was signed')
    expect(screen.getByTestId('review-difference')).toHaveTextContent('changed from 15 to 9 CHIP')
    expect(sign).not.toHaveBeenCalled()
  })

  it('puts a counter-offer to the old terms away', async () => {
    const { user, people } = await review()
    await user.click(screen.getByTestId('review-counter'))

    people.rethink(TOMAS, 9000)

    await waitFor(() => expect(screen.queryByTestId('counter-form')).toBeNull())
    expect(screen.getByTestId('review-overtaken')).toBeTruthy()
  })

  it('leaves a sheet open that is about the terms as they are', async () => {
    vi.useFakeTimers()
    const people = world()
    const backend = demo(people)
    const signing = new Signing(backend)
    await signing.accept(TOMAS)
    vi.advanceTimersByTime(ARM_AFTER)

    signing.compare(await backend.tally(TOMAS))
    expect(signing.canConfirm).toBe(true)
    people.rethink(TOMAS, 1000)
    signing.compare(await backend.tally(TOMAS))

    expect(signing.preview).toBeNull()
    expect(signing.interrupted).toBe(TOMAS)
  })
})

describe('an offer of ours', () => {
  it('can be withdrawn, after a question', async () => {
    const opened = await openWindow()
    await look(opened, PAUL)
    await opened.user.click(await screen.findByTestId('sent-withdraw'))
    expect(screen.getByTestId('tally-page')).toHaveAttribute('data-phase', 'offered')

    await opened.user.click(screen.getByTestId('withdraw-confirm'))

    await waitFor(() => expect(screen.getByTestId('tally-page')).toHaveAttribute('data-phase', 'void'))
    expect(screen.queryByTestId('sent-offer')).toBeNull()
  })

  it('says when the other side is changing it', async () => {
    const opened = await openWindow()
    await look(opened, PAUL)
    expect(screen.queryByTestId('sent-revising')).toBeNull()

    opened.people.rethink(PAUL, null)

    expect(await screen.findByTestId('sent-revising')).toHaveTextContent('Paul is changing your offer.')
  })
})

describe('home', () => {
  it('shows requests and copies that do not match among what needs the person', async () => {
    await openWindow()
    const cards = await screen.findAllByTestId('need-card')
    const kinds = cards.map((card) => card.dataset.kind)

    expect(kinds).toContain('payRequest')
    expect(kinds).toContain('mismatch')
    const asked = cards.find((card) => card.dataset.kind === 'payRequest')
    if (asked) expect(within(asked).getByTestId('request-pay')).toBeTruthy()
  })
})
