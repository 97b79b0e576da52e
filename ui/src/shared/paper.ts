/** Modules of white around a code. */
const QUIET = 4

/** The smallest a code is shown, in pixels. */
export const SMALLEST = 360

/** Version 11: beyond it webcams have to work for it. */
export const EASY_MODULES = 61

/** The largest side for a code within some room: whole pixels a module, so that no edge is blurred. */
export function sideOf(modules: number, room: number): number {
  const across = modules + 2 * QUIET
  const whole = Math.floor(room / across) * across
  return whole >= Math.min(SMALLEST, room * 0.75) ? whole : Math.floor(room)
}
