import {
  failureOf,
  type Backend,
  type CounterTerms,
  type EntryStage,
  type Failure,
  type SettingsDraft,
  type SignPreview,
  type Signed,
  type TallyView,
} from '~/backend/backend'

/** The sign button stays off this long after the sheet opens or changes, so that no stray press signs. */
export const ARM_AFTER = 600
/** The result stays this long once the partner's computer has it. */
export const CLOSE_AFTER = 2500

export type SigningState = 'ready' | 'signing' | 'signed' | 'failed'

/** The one sheet for every signature. While it is open no second one can open. */
export class Signing {
  preview = $state.raw<SignPreview | null>(null)
  state = $state<SigningState>('ready')
  armed = $state(false)
  failure = $state.raw<Failure | null>(null)
  signed = $state.raw<Signed | null>(null)
  stage = $state<EntryStage>('signed')
  preparing = $state(false)
  /** What refused to be prepared, for the page that asked. */
  refusal = $state.raw<Failure | null>(null)
  /** The tally whose sheet was closed because its terms changed underneath it. */
  interrupted = $state<string | null>(null)

  readonly canConfirm = $derived(this.armed && this.state === 'ready')

  /** Called once for every signature, as soon as it is made. */
  onSigned: (preview: SignPreview) => void = () => undefined
  /** Called once for every signature made, when its sheet is put away. */
  onDone: (signed: Signed, preview: SignPreview) => void = () => undefined

  #backend: Backend
  #make: (() => Promise<SignPreview>) | null = null
  /** The terms as they were when a sheet about them opened. */
  #terms: string | null = null
  #arming: ReturnType<typeof setTimeout> | null = null
  #closing: ReturnType<typeof setTimeout> | null = null
  /** Told once the sheet is put away, and whether it was signed. */
  #closed: ((signed: boolean) => void) | null = null

  constructor(backend: Backend) {
    this.#backend = backend
  }

  offer(tally: string) {
    return this.#open(() => this.#ofTerms(tally, () => this.#backend.offerPreview(tally)))
  }

  accept(tally: string) {
    return this.#open(() => this.#ofTerms(tally, () => this.#backend.acceptPreview(tally)))
  }

  /** Changes their offer, or the terms of our own answer, and sends it back. */
  counter(tally: string, terms: CounterTerms) {
    return this.#open(() => this.#ofTerms(tally, () => this.#backend.counterPreview(tally, terms)))
  }

  pay(tally: string, units: number, memo: string | null) {
    return this.#open(() => this.#backend.payPreview(tally, units, memo))
  }

  /** Pays exactly what was asked for. */
  grant(tally: string, request: string) {
    return this.#open(() => this.#backend.grantPreview(tally, request))
  }

  settings(tally: string, draft: SettingsDraft) {
    return this.#open(() => this.#backend.settingsPreview(tally, draft))
  }

  /**
   * The same settings on several tallies, one sheet after the other: each is its own record, and nobody signs several with
   * one press. Ends with the first that is put away unsigned or refused; how many were signed.
   */
  async settingsOn(tallies: readonly string[], draft: SettingsDraft): Promise<number> {
    let signed = 0
    for (const tally of tallies) {
      const closed = new Promise<boolean>((done) => (this.#closed = done))
      if (!(await this.settings(tally, draft)) || !(await closed)) break
      signed += 1
    }
    this.#closed = null
    return signed
  }

  /** Lets a tally take part in lifts, or no more. */
  lifts(tally: string, wanted: boolean) {
    return this.#open(() => this.#backend.liftsPreview(tally, wanted))
  }

  closeTally(tally: string) {
    return this.#open(() => this.#backend.closePreview(tally))
  }

  keepOpen(tally: string) {
    return this.#open(() => this.#backend.keepOpenPreview(tally))
  }

  /** Asks to settle by a time. */
  call(tally: string, by: number) {
    return this.#open(() => this.#backend.callPreview(tally, by))
  }

  /** Pays the whole rest toward zero. */
  forgive(tally: string) {
    return this.#open(() => this.#backend.forgivePreview(tally))
  }

  async confirm() {
    const preview = this.preview
    if (preview === null || !this.canConfirm) return
    this.state = 'signing'
    try {
      this.signed = await this.#backend.sign(preview.id)
      this.state = 'signed'
      this.onSigned(preview)
      this.stage = 'signed'
      this.follow(await this.#backend.tally(preview.tally))
    } catch (thrown) {
      if (this.signed !== null) return
      this.failure = failureOf(thrown)
      this.state = 'failed'
    }
  }

  /** Prepares the same thing anew after a refusal. */
  async again() {
    const make = this.#make
    this.close()
    if (make !== null) await this.#open(make)
  }

  /** Reads from the tally how far what was signed has come. */
  follow(view: TallyView) {
    if (this.signed === null || this.preview === null || view.row.id !== this.signed.tally) return
    this.stage = stageOf(view, this.signed.entry)
    if (this.stage !== 'signed') this.#closing ??= setTimeout(() => this.close(), CLOSE_AFTER)
  }

  /** Closes a sheet about terms that are no longer the ones on the table: nobody signs what has just changed. */
  compare(view: TallyView) {
    if (this.#terms === null || this.preview?.tally !== view.row.id || this.signed !== null) return
    if (this.state === 'signing' || termsOf(view) === this.#terms) return
    this.interrupted = view.row.id
    this.close()
  }

  close() {
    if (this.state === 'signing') return
    const { preview, signed } = this
    if (this.#arming !== null) clearTimeout(this.#arming)
    if (this.#closing !== null) clearTimeout(this.#closing)
    this.#arming = null
    this.#closing = null
    this.preview = null
    this.#terms = null
    this.signed = null
    this.failure = null
    this.state = 'ready'
    this.armed = false
    if (signed !== null && preview !== null) this.onDone(signed, preview)
    this.#closed?.(signed !== null)
  }

  /** The terms are read first: if they change while the sheet is made, the notice of it closes the sheet. */
  async #ofTerms(tally: string, make: () => Promise<SignPreview>): Promise<SignPreview> {
    const terms = termsOf(await this.#backend.tally(tally))
    const preview = await make()
    this.#terms = terms
    return preview
  }

  async #open(make: () => Promise<SignPreview>): Promise<boolean> {
    if (this.preview !== null || this.preparing) return false
    this.preparing = true
    this.refusal = null
    this.interrupted = null
    this.#terms = null
    try {
      this.preview = await make()
      this.#make = make
      this.state = 'ready'
      this.armed = false
      this.#arming = setTimeout(() => (this.armed = true), ARM_AFTER)
      return true
    } catch (thrown) {
      this.refusal = failureOf(thrown)
      return false
    } finally {
      this.preparing = false
    }
  }
}

/** All that a signature under a tally is about, as one text to compare. */
function termsOf({ row, negotiation, myTerms, theirTerms, memo, contractHash }: TallyView): string {
  return JSON.stringify([row.phase, negotiation?.revision, myTerms, theirTerms, memo, contractHash])
}

/** How far an entry has come, or the tally itself when there is no entry. */
export function stageOf(view: TallyView, entry: string | null): EntryStage {
  if (entry !== null) return view.inFlight.find((flying) => flying.id === entry)?.stage ?? 'matched'
  switch (view.row.phase) {
    case 'draft':
    case 'contacted':
    case 'partnerDraft':
    case 'offeredToUs':
    case 'offering':
    case 'accepting':
      return 'signed'
    case 'offered':
    case 'void':
      return 'delivered'
    case 'open':
    case 'closing':
    case 'closed':
      return view.row.copies.state === 'match' ? 'matched' : 'accepted'
  }
}
