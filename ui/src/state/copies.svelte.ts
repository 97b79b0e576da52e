import { failureOf, type Backend, type EvidenceFile, type Failure } from '~/backend/backend'

/** Comparing our copy of a tally with the partner's, and handing out what both sides signed. */
export class Copies {
  /** Which tally is being asked about right now. */
  asking = $state<string | null>(null)
  /** Tallies whose partner was asked and has not answered, with what was known before. */
  asked = $state.raw<{ tally: string; comparedAt: number | null } | null>(null)
  evidence = $state.raw<EvidenceFile | null>(null)
  gathering = $state(false)
  saving = $state(false)
  /** Where the evidence on show was saved. */
  savedAt = $state<string | null>(null)
  refusal = $state.raw<Failure | null>(null)

  #backend: Backend
  #shown: string | null = null

  constructor(backend: Backend) {
    this.#backend = backend
  }

  /** Asks for the partner's hash and whatever we lack. The answer comes as a change of the tally. */
  async compare(tally: string, comparedAt: number | null) {
    if (this.asking !== null) return
    this.asking = tally
    this.refusal = null
    try {
      await this.#backend.compare(tally)
      this.asked = { tally, comparedAt }
    } catch (thrown) {
      this.refusal = failureOf(thrown)
    } finally {
      this.asking = null
    }
  }

  /** Whether an answer is still to come. */
  waitsFor(tally: string, comparedAt: number | null): boolean {
    return this.asked?.tally === tally && this.asked.comparedAt === comparedAt
  }

  async gather(tally: string) {
    if (this.gathering) return
    this.gathering = true
    this.refusal = null
    try {
      this.evidence = await this.#backend.evidence(tally)
      this.#shown = tally
      this.savedAt = null
    } catch (thrown) {
      this.refusal = failureOf(thrown)
    } finally {
      this.gathering = false
    }
  }

  /** Writes the evidence on show into a file of its own. */
  async save() {
    const tally = this.#shown
    if (this.saving || tally === null) return
    this.saving = true
    this.refusal = null
    try {
      this.savedAt = await this.#backend.evidenceSave(tally)
    } catch (thrown) {
      this.refusal = failureOf(thrown)
    } finally {
      this.saving = false
    }
  }

  putAway() {
    this.evidence = null
    this.refusal = null
  }
}
