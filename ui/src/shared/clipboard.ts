/** Puts text on the clipboard; false when the system refuses. */
export async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text)
    return true
  } catch {
    return copyBySelection(text)
  }
}

/** How long something secret stays on the clipboard. */
export const BRIEFLY = 120_000

/**
 * Puts text on the clipboard, and takes it away again after a while, unless something else lies there by then or the
 * system does not let anybody look. False when it was never put there.
 */
export async function copyBriefly(text: string, time = BRIEFLY): Promise<boolean> {
  if (!(await copyText(text))) return false
  setTimeout(() => void forget(text), time)
  return true
}

async function forget(text: string) {
  try {
    if ((await navigator.clipboard.readText()) === text) await navigator.clipboard.writeText('')
  } catch {
    // Not to be seen, so not to be judged: something newer may lie there.
  }
}

/** What the paste button finds: text, a picture, nothing, or a clipboard that is closed to it. */
export type Pasted =
  { kind: 'text'; text: string } | { kind: 'file'; file: Blob } | { kind: 'empty' } | { kind: 'closed' }

export async function readClipboard(): Promise<Pasted> {
  try {
    for (const item of await navigator.clipboard.read()) {
      const picture = item.types.find((type) => type.startsWith('image/'))
      if (picture !== undefined) return { kind: 'file', file: await item.getType(picture) }
      if (item.types.includes('text/plain')) {
        const text = (await (await item.getType('text/plain')).text()).trim()
        if (text !== '') return { kind: 'text', text }
      }
    }
    return { kind: 'empty' }
  } catch {
    return { kind: 'closed' }
  }
}

/** What a paste or a drop carries; pictures and files go first. */
export function pastedFrom(data: DataTransfer | null): Pasted {
  const file = Array.from(data?.files ?? [])[0]
  if (file !== undefined) return { kind: 'file', file }
  const text = data?.getData('text/plain').trim() ?? ''
  return text === '' ? { kind: 'empty' } : { kind: 'text', text }
}

// The web view may keep the modern clipboard closed; the old way needs no permission inside a key press.
function copyBySelection(text: string): boolean {
  const before = document.activeElement
  const carrier = document.createElement('textarea')
  carrier.value = text
  carrier.className = 'unseen'
  document.body.append(carrier)
  carrier.select()
  try {
    return document.execCommand('copy')
  } catch {
    return false
  } finally {
    carrier.remove()
    if (before instanceof HTMLElement) before.focus()
  }
}
