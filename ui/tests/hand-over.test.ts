import { fireEvent, screen, waitFor, within } from '@testing-library/svelte'
import { afterEach, describe, expect, it, vi } from 'vitest'

import type { CodeCard, Sight } from '~/backend/backend'
import { demo } from '~/backend/demo'
import { inspect } from '~/backend/demo-codes'
import { Player } from '~/handover/player.svelte'
import { t } from '~/i18n'
import { Camera } from '~/state/camera.svelte'
import { Opener } from '~/state/opener.svelte'
import { changed, goTo, openWindow } from './window'

afterEach(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
})

const AWAY = 'tally-6'

/** In front of the dialog that says what will happen. */
async function begin() {
  const found = await openWindow()
  await goTo(found, AWAY)
  await found.user.click(await screen.findByTestId('hand-over'))
  return { ...found, dialog: await screen.findByTestId('handover-dialog') }
}

function part(have: number, of: number): CodeCard {
  return { ...inspect('demo:part', 0), progress: { have, of } }
}

const whole = (): CodeCard => inspect('demo:handOver', 0)

describe('what waits for somebody without a network', () => {
  it('is offered to be shown where it has waited, and nowhere else', async () => {
    const found = await openWindow()

    await goTo(found, AWAY)
    expect(await screen.findByTestId('waits-for')).toBeTruthy()
    await goTo(found, 'tally-4')
    expect(screen.queryByTestId('waits-for')).toBeNull()
  })

  it('is offered in Activity too', async () => {
    const { user } = await openWindow()
    await user.click(screen.getByTestId('nav-activity'))

    const [first] = await screen.findAllByTestId('activity-hand-over')
    if (first !== undefined) await user.click(first)

    expect(await screen.findByTestId('handover-dialog')).toHaveAttribute('data-tally', AWAY)
  })

  it('stays here until the person says that it is to be shown', async () => {
    const { user, backend, dialog } = await begin()
    const handOver = vi.spyOn(backend, 'handOver')

    expect(dialog).toHaveAttribute('data-showing', 'no')
    expect(within(dialog).getByTestId('handover-final')).toHaveTextContent(t.handOver.final)
    await user.click(screen.getByTestId('handover-cancel'))

    expect(handOver).not.toHaveBeenCalled()
    expect(screen.queryByTestId('handover-dialog')).toBeNull()
  })

  it('moves once it is shown, stops when asked, and goes on by hand', async () => {
    const { user } = await begin()
    await user.click(screen.getByTestId('handover-show'))
    const code = await screen.findByTestId('handover-code')
    const paths = new Set<string>()

    await waitFor(() => {
      paths.add(code.querySelector('path')?.getAttribute('d') ?? '')
      expect(paths.size).toBeGreaterThan(2)
    })
    await user.click(screen.getByTestId('handover-play'))
    const at = Number(code.dataset.at)
    await user.click(screen.getByTestId('handover-next'))

    expect(Number(code.dataset.at)).toBe((at + 1) % Number(code.dataset.of))
    expect(screen.getByTestId('handover-moves')).toHaveAttribute('data-playing', 'false')
  })

  it('stands still from the beginning for who wants less motion', async () => {
    const matchMedia = window.matchMedia.bind(window)
    vi.spyOn(window, 'matchMedia').mockImplementation((query) =>
      query.includes('reduced-motion') ? { ...matchMedia(query), matches: true } : matchMedia(query),
    )
    const { user } = await begin()
    await user.click(screen.getByTestId('handover-show'))

    expect(await screen.findByTestId('handover-moves')).toHaveAttribute('data-playing', 'false')
  })

  it('is black on white, says what is in it, and fills the window', async () => {
    const { user } = await begin()
    await user.click(screen.getByTestId('handover-show'))
    const code = await screen.findByTestId('handover-code')

    expect(code.querySelector('rect')).toHaveAttribute('fill', '#fff')
    expect(code.querySelector('path')).toHaveAttribute('fill', '#000')
    expect(screen.getByTestId('handover-contents')).toHaveTextContent('a payment of 2.500 CHIP')
    await user.click(screen.getByTestId('handover-enlarge'))
    expect(await screen.findByTestId('handover-code-large')).toBeTruthy()
  })

  it('leads to where theirs is looked at', async () => {
    const { user } = await begin()
    await user.click(screen.getByTestId('handover-show'))

    await user.click(await screen.findByTestId('handover-theirs'))

    expect(await screen.findByTestId('open-page')).toBeTruthy()
    expect(screen.queryByTestId('handover-dialog')).toBeNull()
  })

  it('says so when nothing waits any more', async () => {
    const found = await openWindow('full', (backend) =>
      changed(backend, {
        handOver: () =>
          Promise.reject({ code: { kind: 'nothingWaits' }, retryable: false, safeToRepeat: true }),
      }),
    )
    await goTo(found, AWAY)
    await found.user.click(await screen.findByTestId('hand-over'))
    await found.user.click(screen.getByTestId('handover-show'))

    expect(await screen.findByTestId('handover-failure')).toHaveAttribute('data-code', 'nothingWaits')
  })
})

describe('in words, what is handed over', () => {
  const told = (parcels: Parameters<typeof t.handOver.contents>[0]) =>
    t.handOver
      .contents(parcels)
      .map((sentence) =>
        sentence
          .map((piece) => (typeof piece === 'object' && 'amount' in piece ? piece.amount : piece))
          .join(''),
      )

  it('names every amount, counts the rest, and puts last what programs say to each other', () => {
    expect(
      told([
        { what: 'news', units: null },
        { what: 'news', units: null },
        { what: 'answer', units: null },
        { what: 'answer', units: null },
        { what: 'entry', units: 12_500 },
        { what: 'request', units: 3_000 },
        { what: 'entry', units: null },
      ]),
    ).toEqual([
      'a payment of 12500 CHIP',
      'a request for 3000 CHIP',
      '2 answers',
      'changed settings',
      'word of what has arrived',
    ])
  })
})

describe('the camera on a moving code', () => {
  function watching() {
    const found: CodeCard[][] = []
    let see: (sight: Sight) => void = () => undefined
    const camera = new Camera(
      changed(demo(), {
        cameras: async () => ({ cameras: [{ id: 'one', name: 'One', detail: null }], trouble: null }),
        cameraStart: async (_, given) => {
          see = given
          return () => undefined
        },
      }),
    )
    camera.onFound = (cards) => found.push(cards)
    return { camera, found, see: (...cards: CodeCard[]) => see({ kind: 'found', cards, corners: [] }) }
  }

  it('goes on from part to part, and tells each step once', async () => {
    const { camera, found, see } = watching()
    await camera.list()
    await camera.start()

    for (const card of [part(1, 3), part(1, 3), part(2, 3), whole(), whole()]) see(card)

    expect(found.map(([card]) => card?.progress?.have ?? 'whole')).toEqual([1, 2, 'whole'])
    expect(camera.on).toBe(true)
  })

  it('does not lose what is whole to the first part of what is shown next', () => {
    const opener = new Opener(demo())

    opener.show([part(1, 3)])
    opener.show([whole()])
    opener.show([part(1, 3)])
    opener.show([whole()])

    expect(opener.card?.inspection).toBe('hand-1')
    expect(opener.seen.map(({ card }) => card.inspection)).toEqual(['hand-1'])
  })
})

describe('what was handed over', () => {
  async function look(text: string) {
    const found = await openWindow()
    await found.user.click(screen.getByTestId('nav-open'))
    await fireEvent.input(screen.getByTestId('open-text'), { target: { value: text } })
    await found.user.click(screen.getByTestId('open-look'))
    return { ...found, card: await screen.findByTestId('code-card') }
  }

  it('tells how much of it was seen, and can be taken only when all was', async () => {
    const { card } = await look('demo:part')

    const progress = within(card).getByRole('progressbar')
    expect([progress.dataset.have, progress.dataset.of]).toEqual(['7', '18'])
    expect(within(card).queryByTestId('code-take')).toBeNull()
    expect(within(card).queryByTestId('code-sends')).toBeNull()
  })

  it('says what is in it, what was checked, and leads on to what it is about', async () => {
    const { user, card } = await look('demo:handOver')

    expect(within(card).getByTestId('code-brings')).toHaveTextContent('a signed offer')
    expect(within(card).getByTestId('code-brings')).toHaveTextContent('a payment of 12.500 CHIP')
    expect(within(card).getByTestId('code-check-sealedToMaker')).toHaveAttribute('data-result', 'pass')
    await user.click(within(card).getByTestId('code-take'))

    expect(await screen.findByTestId('tally-page')).toHaveAttribute('data-tally', 'tally-2')
  })

  it('asks at once for the answer to be shown back', async () => {
    const found = await openWindow('full', (backend) => changed(backend, { takeOver: async () => AWAY }))
    await found.user.click(screen.getByTestId('nav-open'))
    await fireEvent.input(screen.getByTestId('open-text'), { target: { value: 'demo:handOver' } })
    await found.user.click(screen.getByTestId('open-look'))
    await found.user.click(await screen.findByTestId('code-take'))

    expect(await screen.findByTestId('hand-over')).toHaveAttribute('data-answering', 'yes')
  })
})

describe('the player', () => {
  it('goes round at about six pictures a second', () => {
    vi.useFakeTimers()
    const svg = (d: string) =>
      `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 69 69"><path d="${d}"/></svg>`
    const player = new Player(['M1', 'M2', 'M3'].map(svg))

    player.play()
    vi.advanceTimersByTime(1000)
    player.stop()

    expect([player.across, player.at, player.dark]).toEqual([69, 0, 'M1'])
    vi.advanceTimersByTime(1000)
    expect(player.at).toBe(0)
  })
})
