import { getContext, setContext } from 'svelte'

const KEY = Symbol('privacy')

/** Whether amounts and their pictures are blanked. */
export type Privacy = { readonly hidden: boolean }

export function providePrivacy(privacy: Privacy) {
  setContext(KEY, privacy)
}

export function usePrivacy(): Privacy {
  return getContext<Privacy | undefined>(KEY) ?? { hidden: false }
}
