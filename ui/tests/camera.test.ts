import { fireEvent, screen, waitFor } from '@testing-library/svelte'
import { describe, expect, it, vi } from 'vitest'

import type { CameraList, CameraTrouble, CodeCard, Eye, Sight } from '~/backend/backend'
import { boxed } from '~/backend/boxed'
import { demo } from '~/backend/demo'
import { goodCard } from '~/backend/demo-codes'
import { t } from '~/i18n'
import { Camera } from '~/state/camera.svelte'
import { changed, openWindow } from './window'

const CAMERAS = [
  { id: 'one', name: 'Built-in', detail: null },
  { id: 'two', name: 'Desk', detail: 'USB' },
]
const FRAME: Sight = {
  kind: 'frame',
  frame: { format: 'grey', width: 2, height: 1, bytes: new Uint8Array([0, 255]).buffer },
}

/** A camera in the test's hands. */
function hand() {
  const told: ((sight: Sight) => void)[] = []
  const filmed: string[] = []
  const watches: ((list: CameraList) => void)[] = []
  const end = vi.fn()
  const unwatch = vi.fn()
  const eye: Eye = {
    cameras: async () => ({ cameras: CAMERAS, trouble: null }),
    cameraWatch: async (see) => {
      watches.push(see)
      return unwatch
    },
    cameraStart: async (camera, see) => {
      filmed.push(camera)
      told.push(see)
      return end
    },
  }
  const roll = (list: CameraList) => watches.at(-1)?.(list)
  return { eye, end, unwatch, roll, see: (sight: Sight) => told.at(-1)?.(sight), told, filmed }
}

function started(overrides: Partial<Eye> = {}) {
  const held = hand()
  const camera = new Camera(changed(demo(), { ...held.eye, ...overrides }))
  return { ...held, camera }
}

function found(...texts: string[]): Sight {
  const cards = texts.map((text): CodeCard => ({ ...goodCard(0), text }))
  return { kind: 'found', cards, corners: [] }
}

describe('the camera', () => {
  it('is off until somebody starts it, and gives no picture before that', async () => {
    const { camera, told } = started()

    await camera.list()

    expect([camera.phase, camera.chosen, told.length]).toEqual(['off', 'one', 0])
  })

  it('remembers which one was used', async () => {
    const { camera } = started()
    await camera.list()
    camera.choose('two')

    const next = started().camera
    await next.list()

    expect(next.chosen).toBe('two')
    localStorage.clear()
  })

  it('shows frames, and is live from the first', async () => {
    const { camera, see } = started()
    const draw = vi.fn()
    camera.draw = draw
    await camera.list()
    await camera.start()
    expect(camera.phase).toBe('starting')

    see(FRAME)

    expect(camera.phase).toBe('live')
    expect(draw).toHaveBeenCalledOnce()
  })

  it('tells of a code once, however long it is held up, and again when it comes back', async () => {
    vi.useFakeTimers()
    const { camera, see } = started()
    const heard = vi.fn()
    camera.onFound = heard
    await camera.list()
    await camera.start()

    see(FRAME)
    for (let frame = 0; frame < 40; frame += 1) {
      see(found('a'))
      vi.advanceTimersByTime(100)
    }
    expect(heard).toHaveBeenCalledOnce()
    see(found('b'))
    vi.advanceTimersByTime(3000)
    see(found('b'))

    expect(heard).toHaveBeenCalledTimes(3)
    expect(camera.on).toBe(true)
    vi.useRealTimers()
  })

  it('hears nothing any more from a camera that was stopped', async () => {
    const { camera, see, end } = started()
    await camera.list()
    await camera.start()
    camera.stop()

    see(FRAME)
    see({ kind: 'trouble', trouble: 'unplugged' })

    expect(end).toHaveBeenCalledOnce()
    expect([camera.phase, camera.trouble]).toEqual(['off', null])
  })

  it('lets go of a camera that was stopped while it started', async () => {
    const end = vi.fn()
    let ready: (stop: () => void) => void = () => {}
    const { camera } = started({ cameraStart: () => new Promise((resolve) => (ready = resolve)) })
    await camera.list()
    const starting = camera.start()
    camera.stop()
    ready(end)
    await starting

    expect(end).toHaveBeenCalledOnce()
    expect(camera.phase).toBe('off')
  })

  it('says so when no picture comes', async () => {
    vi.useFakeTimers()
    const { camera, end } = started()
    await camera.list()
    await camera.start()

    vi.advanceTimersByTime(10_000)

    expect([camera.phase, camera.trouble]).toEqual(['trouble', 'noPicture'])
    expect(end).toHaveBeenCalledOnce()
    vi.useRealTimers()
  })

  it('takes in a camera that is plugged in later', async () => {
    let there = false
    const { camera } = started({
      cameras: async () => (there ? { cameras: CAMERAS, trouble: null } : { cameras: [], trouble: 'none' }),
    })
    await camera.list()
    expect(camera.trouble).toBe('none')

    there = true
    await camera.list()

    expect([camera.phase, camera.trouble, camera.chosen]).toEqual(['off', null, 'one'])
  })
})

describe('a camera that stopped answering', () => {
  it('is said to be started again, and is live with the next picture', async () => {
    const { camera, see, end } = started()
    await camera.list()
    await camera.start()
    see(FRAME)

    see({ kind: 'healing' })
    expect([camera.phase, camera.on]).toEqual(['healing', true])
    see(FRAME)

    expect([camera.phase, camera.trouble, camera.mended]).toEqual(['live', null, true])
    expect(end).not.toHaveBeenCalled()
  })
})

async function openCamera(eye: Partial<Eye>) {
  const found = await openWindow('full', (backend) => changed(backend, eye))
  await found.user.click(screen.getByTestId('nav-open'))
  await waitFor(() => expect(screen.getByTestId('camera-start')).toBeEnabled())
  return found
}

const TROUBLES = Object.keys(t.camera.troubles) as CameraTrouble[]

describe('the camera page', () => {
  it.each(TROUBLES)('has its own words and a way on for %s, and can be tried again', async (trouble) => {
    const { eye, see, told } = hand()
    const { user } = await openCamera(eye)
    await user.click(screen.getByTestId('camera-start'))

    see({ kind: 'trouble', trouble })

    const said = await screen.findByTestId(`camera-trouble-${trouble}`)
    expect(said).toHaveTextContent(t.camera.troubles[trouble].title)
    expect(said).toHaveTextContent(t.camera.else)
    await user.click(screen.getByTestId('camera-again'))
    expect(told).toHaveLength(2)
  })

  it('has different words for every trouble', () => {
    expect(new Set(TROUBLES.map((trouble) => t.camera.troubles[trouble].title)).size).toBe(TROUBLES.length)
  })

  it('shows hints, then the card, and stays on', async () => {
    const { eye, see } = hand()
    const { user } = await openCamera(eye)
    await user.click(screen.getByTestId('camera-start'))
    see({ kind: 'hint', hint: 'tooDark' })
    await waitFor(() => expect(screen.getByTestId('camera-hint')).toBeTruthy())

    see({ ...FRAME })
    await waitFor(() => expect(screen.getByTestId('camera-hint')).toHaveTextContent(t.camera.hints.tooDark))
    see({ kind: 'found', cards: [{ ...goodCard(Date.now()) }], corners: [[{ x: 0, y: 0 }]] })

    expect(await screen.findByTestId('code-card')).toHaveAttribute('data-kind', 'invitation')
    expect(screen.getByTestId('camera-pane')).toHaveAttribute('data-phase', 'live')
    expect(screen.getByTestId('camera-hint')).toHaveTextContent(t.camera.found)
  })

  it('boxes what cannot be seen in a code from the camera too', async () => {
    const { eye, see } = hand()
    const { user } = await openCamera(boxed({ ...demo(), ...eye }))
    await user.click(screen.getByTestId('camera-start'))

    see({ kind: 'found', cards: [{ ...goodCard(0), name: 'A\u202eb' }], corners: [] })

    expect((await screen.findByTestId('code-name')).textContent).not.toContain('\u202e')
  })

  it('goes off with the page, and when the window hides', async () => {
    const { eye, end } = hand()
    const { user } = await openCamera(eye)
    await user.click(screen.getByTestId('camera-start'))
    vi.spyOn(document, 'hidden', 'get').mockReturnValue(true)
    await fireEvent(document, new Event('visibilitychange'))
    expect(await screen.findByText(t.camera.rested)).toBeTruthy()
    expect(end).toHaveBeenCalledTimes(1)

    await user.click(screen.getByTestId('camera-start'))
    await user.click(screen.getByTestId('nav-home'))

    await waitFor(() => expect(end).toHaveBeenCalledTimes(2))
  })

  it('takes in what is plugged in and pulled while it is open, and no longer', async () => {
    const { eye, roll, unwatch } = hand()
    const { user } = await openCamera(eye)

    roll({ cameras: [], trouble: 'none' })
    expect(await screen.findByTestId('camera-trouble-none')).toBeTruthy()
    roll({ cameras: CAMERAS, trouble: null })
    await waitFor(() => expect(screen.getByTestId('camera-start')).toBeEnabled())

    await user.click(screen.getByTestId('nav-home'))
    await waitFor(() => expect(unwatch).toHaveBeenCalledOnce())
  })

  it('shows as chosen the one that would film, and goes back to the chosen one that was pulled', async () => {
    const { eye, roll, filmed } = hand()
    const { user } = await openCamera(eye)
    const choice = screen.getByTestId<HTMLSelectElement>('camera-choice')
    await user.selectOptions(choice, 'two')
    expect(choice.value).toBe('two')

    roll({ cameras: CAMERAS.slice(0, 1), trouble: null })
    await waitFor(() => expect(choice.value).toBe('one'))
    roll({ cameras: CAMERAS, trouble: null })
    await waitFor(() => expect(choice.value).toBe('two'))

    // Both at once, before the page has drawn either.
    roll({ cameras: CAMERAS.slice(0, 1), trouble: null })
    roll({ cameras: CAMERAS, trouble: null })
    await user.click(screen.getByTestId('camera-start'))
    expect(filmed).toEqual(['two'])
    expect(choice.value).toBe('two')
  })

  it('leaves everything else working where there is no camera', async () => {
    const { user } = await openWindow('empty')
    await user.click(screen.getByTestId('nav-open'))

    expect(await screen.findByTestId('camera-trouble-none')).toBeTruthy()
    await user.paste('demo:wifi')
    expect(await screen.findByTestId('code-problem-wifi')).toBeTruthy()
  })
})
