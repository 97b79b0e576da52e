const MODULES = 57

/** Something that looks like a code and is none: the demo has nothing to invite anybody to. */
export function pretendCode(seed: string): { svg: string; modules: number } {
  let state = [...seed].reduce((sum, letter) => (sum * 31 + (letter.codePointAt(0) ?? 0)) >>> 0, 7)
  const dark = (x: number, y: number) => {
    const corner = finder(x, y) ?? finder(MODULES - 1 - x, y) ?? finder(x, MODULES - 1 - y)
    if (corner !== null) return corner
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return x === 6 || y === 6 ? (x + y) % 2 === 0 : state % 1000 < 480
  }
  let path = ''
  for (let y = 0; y < MODULES; y += 1)
    for (let x = 0; x < MODULES; x += 1) if (dark(x, y)) path += `M${x + 4} ${y + 4}h1v1h-1z`
  const side = MODULES + 8
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${side} ${side}" shape-rendering="crispEdges"><path fill="#fff" d="M0 0h${side}v${side}H0z"/><path d="${path}"/></svg>`
  return { svg, modules: MODULES }
}

function finder(x: number, y: number): boolean | null {
  if (x > 7 || y > 7) return null
  if (x === 7 || y === 7) return false
  const ring = Math.max(Math.abs(x - 3), Math.abs(y - 3))
  return ring !== 2
}
