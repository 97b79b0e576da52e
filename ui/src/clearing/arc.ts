/** Geometry of the clearing circle: angles in degrees as SVG has them, zero at three o'clock, clockwise. */
export type Ring = { cx: number; cy: number; radius: number }
export type Point = { x: number; y: number }

export function pointAt({ cx, cy, radius }: Ring, angle: number): Point {
  const turned = (angle * Math.PI) / 180
  return { x: cx + radius * Math.cos(turned), y: cy + radius * Math.sin(turned) }
}

/** A stretch of the ring, drawn from one angle to another. */
export function arc(ring: Ring, from: number, to: number): string {
  const [a, b] = [pointAt(ring, from), pointAt(ring, to)]
  const far = Math.abs(to - from) > 180 ? 1 : 0
  const sweep = to > from ? 1 : 0
  return `M${at(a)}A${ring.radius} ${ring.radius} 0 ${far} ${sweep} ${at(b)}`
}

/** An arrowhead with its tip on the ring, pointing the way the angle grows or shrinks. */
export function arrow(ring: Ring, tip: number, grows: boolean, long = 9, half = 8): string {
  const base = grows ? tip - long : tip + long
  const inner = pointAt({ ...ring, radius: ring.radius - half }, base)
  const outer = pointAt({ ...ring, radius: ring.radius + half }, base)
  return `M${at(pointAt(ring, tip))}L${at(inner)}L${at(outer)}Z`
}

function at({ x, y }: Point): string {
  return `${Math.round(x * 100) / 100} ${Math.round(y * 100) / 100}`
}
