import type { CameraList, CameraTrouble, CameraView, CodeCard, Spot } from '~/bindings'
import type { Eye, Frame, Sight } from './camera'

const CAMERAS: CameraView[] = [
  { id: 'built-in', name: 'Built-in camera', detail: '1280 × 720' },
  { id: 'desk', name: 'Desk camera', detail: 'USB' },
  { id: 'virtual', name: 'Meeting (virtual camera)', detail: null },
]
const TROUBLES: Record<string, CameraTrouble> = { desk: 'busy', virtual: 'noPicture' }

const WIDTH = 640
const HEIGHT = 480
const RATE = 66
/** Frames before the hint changes, and before the code is read. */
const HINTED = 8
const READ = 24

/** A room, somebody's phone held up, and after a while its code. `look` makes the card of what is read. */
export function demoEye(scene: string, look: (text: string) => CodeCard): Eye {
  const list: CameraList =
    scene === 'empty' ? { cameras: [], trouble: 'none' } : { cameras: CAMERAS, trouble: null }
  return {
    cameras: async () => list,
    cameraWatch: async (see) => {
      see(list)
      return () => {}
    },
    cameraStart: async (camera, see) => {
      const trouble = TROUBLES[camera]
      if (trouble !== undefined) {
        const late = setTimeout(() => see({ kind: 'trouble', trouble }), RATE)
        return () => clearTimeout(late)
      }
      return play(see, look)
    },
  }
}

function play(see: (sight: Sight) => void, look: (text: string) => CodeCard): () => void {
  let at = 0
  const tick = setInterval(() => {
    see({ kind: 'frame', frame: frame(at) })
    at += 1
    if (at === 1) see({ kind: 'hint', hint: 'closer' })
    if (at === HINTED) see({ kind: 'hint', hint: 'holdStill' })
    if (at >= READ && at % 6 === 0) {
      see({ kind: 'hint', hint: null })
      see({ kind: 'found', cards: [look('chip://demo?ticket=seen')], corners: [corners(at)] })
    }
  }, RATE)
  return () => clearInterval(tick)
}

const SIDE = 190
const MODULES = 29

function middle(at: number): Spot {
  return { x: 330 + 4 * Math.sin(at / 3), y: 225 + 3 * Math.cos(at / 4) }
}

const TURN = { x: Math.cos(-0.07), y: Math.sin(-0.07) }

function corners(at: number): Spot[] {
  const { x, y } = middle(at)
  const half = SIDE / 2 + 8
  const around: [number, number][] = [
    [-half, -half],
    [half, -half],
    [half, half],
    [-half, half],
  ]
  return around.map(([dx, dy]) => ({
    x: (x + dx * TURN.x - dy * TURN.y) / WIDTH,
    y: (y + dx * TURN.y + dy * TURN.x) / HEIGHT,
  }))
}

function frame(at: number): Frame {
  const grey = new Uint8Array(WIDTH * HEIGHT)
  const { x: cx, y: cy } = middle(at)
  for (let y = 0; y < HEIGHT; y += 1) {
    for (let x = 0; x < WIDTH; x += 1) {
      // Turned back, so that the phone and its code stand upright.
      const u = (x - cx) * TURN.x + (y - cy) * TURN.y
      const v = (y - cy) * TURN.x - (x - cx) * TURN.y
      grey[y * WIDTH + x] = shade(u, v, x, y)
    }
  }
  return { format: 'grey', width: WIDTH, height: HEIGHT, bytes: grey.buffer }
}

function shade(u: number, v: number, x: number, y: number): number {
  const code = codeAt(u, v)
  if (code !== null) return code
  if (Math.abs(u) < 125 && v > -190 && v < 250) return Math.abs(u) > 116 || v < -180 ? 32 : 236
  return Math.round(96 + (x * 40) / WIDTH - (y > 340 ? 40 : 0))
}

function codeAt(u: number, v: number): number | null {
  const column = Math.floor((u / SIDE + 0.5) * MODULES)
  const row = Math.floor((v / SIDE + 0.5) * MODULES)
  if (column < 0 || row < 0 || column >= MODULES || row >= MODULES) return null
  const [near, down] = [Math.min(column, MODULES - 1 - column), Math.min(row, MODULES - 1 - row)]
  if (near < 7 && down < 7 && !(column >= 7 && row >= 7)) {
    const ring = Math.max(Math.abs(near - 3), Math.abs(down - 3))
    return ring === 2 ? 240 : 24
  }
  return (Math.imul(column * 31 + row * 17, 2654435761) >>> 28) % 2 === 0 ? 24 : 240
}
