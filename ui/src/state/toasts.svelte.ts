/** How long a fact stays. */
const SHOWN_FOR = 4000

/** Short facts that need no answer. Never used for anything that needs one. */
export class Toasts {
  text = $state<string | null>(null)
  #timer: ReturnType<typeof setTimeout> | null = null

  say(text: string) {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.text = text
    this.#timer = setTimeout(() => (this.text = null), SHOWN_FOR)
  }
}
