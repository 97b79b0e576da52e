import { hash, sequence } from '~/shared/hash'

/** What one notch says; `open` means the other half does not have it yet. */
export type StickNotch = {
  tone: 'owed' | 'owe' | 'clearing' | 'dot'
  milli: number
  at: number
  open: boolean
}

export type StickShape = {
  width: number
  half: number
  gap: number
  handle: number
  seed: string
  notches: StickNotch[]
  older: boolean
  /** How many notches fit; fewer spread wider. */
  slots?: number
  /** Your half ends in a point: it only pays down. */
  pointed?: boolean
}

/** A notch cut into both halves from the split. */
export type CutNotch = StickNotch & {
  x: number
  wide: number
  theirs: string
  yours: string
  dots: [number, number]
}

export type StickPicture = {
  height: number
  theirs: string
  yours: string
  /** The split as each half shows it. */
  edgeTheirs: string
  edgeYours: string
  grain: string[]
  knot: { x: number; y: number }
  notches: CutNotch[]
  band: { theirs: string; yours: string; x: number } | null
  marks: { theirs: [number, number]; yours: [number, number]; size: number }
}

/** Notches drawn one by one; what came before is a band. */
export const SLOTS = 24
const STEP = 8
const GRAIN_LINES = 15
const INSET = 14
const BAND = 34
const TOP = 1
/** How far the point of a half that pays down reaches. */
const POINT = 26

/** The whole picture of a split stick, from numbers only. */
export function stickPicture(shape: StickShape): StickPicture {
  const { width, half, gap, handle } = shape
  const seed = hash(shape.seed)
  const turn = (seed % 628) / 100
  const mid = TOP + half + gap / 2
  const split = (x: number) => mid + wave(x, turn)
  const theirLeft = handle - INSET
  const theirRight = width - 1
  const yourRight = width - handle + INSET - 1
  const bottom = TOP + 2 * half + gap
  const outer = Math.min(14, 0.34 * half)

  const upper = (x: number) => split(x) - gap / 2
  const lower = (x: number) => split(x) + gap / 2
  const edgeTheirs = curve(upper, theirLeft, theirRight)
  const edgeYours = curve(lower, 1, yourRight)

  const theirs =
    `M${theirLeft} ${TOP + 4}q0 -4 4 -4H${theirRight - outer}q${outer} 0 ${outer} ${outer}` +
    `V${round(upper(theirRight) - 4)}q0 3 -3 4${back(upper, theirLeft + 2, theirRight - 3)}q-2 0 -2 -3Z`
  const yourEnd = shape.pointed
    ? `${forth(lower, 4, yourRight - POINT)}L${yourRight} ${round((lower(yourRight) + bottom) / 2)}L${yourRight - POINT} ${bottom}`
    : `${forth(lower, 4, yourRight - 2)}q2 0 2 3V${bottom - 4}q0 4 -4 4`
  const yours =
    `M1 ${round(lower(1) + 4)}q0 -4 3 -4${yourEnd}` + `H${1 + outer}q${-outer} 0 ${-outer} ${-outer}Z`

  return {
    height: bottom + 1,
    theirs,
    yours,
    edgeTheirs,
    edgeYours,
    ...grainOf(shape, seed, mid, bottom),
    notches: cutNotches(shape, upper, lower),
    band: shape.older ? bandOf(shape, upper, lower) : null,
    marks: {
      theirs: [width - handle / 2 + 4, TOP + half / 2],
      yours: [handle / 2 - 4, bottom - half / 2],
      size: half * 0.56,
    },
  }
}

/** Wide notches for large amounts, on a log scale so that small ones stay visible. */
export function notchWidth(milli: number): number {
  const size = 3 + 4.5 * Math.log10(1 + Math.abs(milli) / 1000)
  return Math.round(Math.min(16, Math.max(3, size)) * 2) / 2
}

/** The horizontal middle of a slot; notches fill from the right, newest last. */
export function slotX(shape: Pick<StickShape, 'width' | 'handle' | 'older' | 'slots'>, slot: number): number {
  const from = shape.handle - INSET + 20 + (shape.older ? BAND : 0)
  const to = shape.width - shape.handle + INSET - 1 - 20
  return from + ((to - from) / (shape.slots ?? SLOTS)) * (slot + 0.5)
}

function wave(x: number, turn: number): number {
  return 1.6 * Math.sin(x / 83 + turn) + Math.sin(x / 31 + 2 * turn) + 0.5 * Math.sin(x / 13)
}

function cutNotches(shape: StickShape, upper: Height, lower: Height): CutNotch[] {
  const depth = 0.66 * shape.half
  const slots = shape.slots ?? SLOTS
  const shown = shape.notches.slice(-slots)
  return shown.map((notch, index) => {
    const x = slotX(shape, slots - shown.length + index)
    const wide = notchWidth(notch.milli)
    return {
      ...notch,
      x,
      wide,
      theirs: wedge(x, upper(x) + 0.5, wide, -depth),
      yours: wedge(x, lower(x) - 0.5, wide, depth),
      dots: [upper(x) - shape.half * 0.24, lower(x) + shape.half * 0.24],
    }
  })
}

/** Wide at the split, 2.4 narrower at a rounded tip. */
function wedge(x: number, y: number, wide: number, depth: number): string {
  const tip = Math.max(1.4, wide - 2.4)
  const end = y + depth
  const turn = Math.sign(depth)
  const bend = tip / 2
  return (
    `M${round(x - wide / 2)} ${round(y)}L${round(x - tip / 2)} ${round(end - turn * bend)}` +
    `Q${round(x - tip / 2)} ${round(end)} ${round(x)} ${round(end)}` +
    `Q${round(x + tip / 2)} ${round(end)} ${round(x + tip / 2)} ${round(end - turn * bend)}` +
    `L${round(x + wide / 2)} ${round(y)}Z`
  )
}

function bandOf(shape: StickShape, upper: Height, lower: Height) {
  const from = shape.handle - INSET + 16
  const depth = 0.66 * shape.half
  const lines = Array.from({ length: 11 }, (_, i) => from + i * 2.9)
  return {
    x: from + 14.5,
    theirs: lines.map((x) => `M${round(x)} ${round(upper(x))}v${round(-depth)}`).join(''),
    yours: lines.map((x) => `M${round(x)} ${round(lower(x))}v${round(depth)}`).join(''),
  }
}

/** Lines that run over the split, so that the halves visibly belong together. */
function grainOf(shape: StickShape, seed: number, mid: number, bottom: number) {
  const next = sequence(seed)
  const knot = { x: shape.width * (0.55 + next() * 0.2), y: mid - shape.half * (0.4 + next() * 0.25) }
  const grain = Array.from({ length: GRAIN_LINES }, (_, line) => {
    const base = TOP + ((line + 0.5) / GRAIN_LINES) * bottom + (next() - 0.5) * 3
    const sway = 0.8 + next() * 1.6
    const long = 60 + next() * 90
    const shift = next() * 6
    let path = ''
    for (let x = 0; x <= shape.width + 16; x += 16) {
      const near = Math.exp(-(((x - knot.x) / 34) ** 2)) * (base < knot.y ? -1 : 1)
      const pull = Math.abs(base - knot.y) < 12 ? near * 4 : near
      path += `${x === 0 ? 'M' : 'L'}${x} ${round(base + sway * Math.sin(x / long + shift) + pull)}`
    }
    return path
  })
  return { grain, knot }
}

type Height = (x: number) => number

function forth(height: Height, from: number, to: number): string {
  let path = ''
  for (let x = from; x < to; x += STEP) path += `L${round(x)} ${round(height(x))}`
  return `${path}L${round(to)} ${round(height(to))}`
}

function back(height: Height, from: number, to: number): string {
  let path = ''
  for (let x = to; x > from; x -= STEP) path += `L${round(x)} ${round(height(x))}`
  return `${path}L${round(from)} ${round(height(from))}`
}

function curve(height: Height, from: number, to: number): string {
  return forth(height, from, to).replace('L', 'M')
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}
