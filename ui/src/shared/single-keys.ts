/**
 * Answers single keys, unless they belong to what has the focus (a space presses the button it stands on) or a dialog
 * lies over the page. `free` says that the dialog is the page's own.
 */
export function singleKeys(acts: Readonly<Record<string, () => void>>, free: () => boolean) {
  return (event: KeyboardEvent) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return
    const { target } = event
    if (target instanceof HTMLElement && target.matches('input, textarea, select, button, a, summary')) return
    if (!free() && document.querySelector('[role=dialog]') !== null) return
    const act = acts[event.key.toLowerCase()]
    if (act === undefined) return
    event.preventDefault()
    act()
  }
}
