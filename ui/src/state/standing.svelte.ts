import type { FailureCode, SettingsDraft, SettingsView } from '~/backend/backend'
import { percentDigits } from '~/i18n/percent'
import { formatAmount, parseAmount } from '~/shared/amount'
import { parsePercent, WHOLE_PPM } from '~/shared/percent'

export type SettingsRule = Extract<FailureCode, { kind: 'badSettings' }>['rule']
export type Preset = 'clear' | 'save' | 'leave'
/** The two values that stand on the bar. */
export type Mark = 'target' | 'bound'

/** What the person has to type before a charge may cost them. */
function agrees(typed: string, words: string): boolean {
  return typed.trim().toLowerCase() === words.toLowerCase()
}

/** Settings being written: literal text until it is read as whole numbers. */
export class Standing {
  hold = $state('')
  most = $state('')
  take = $state('')
  release = $state('')
  /** What was typed to agree to a negative charge. */
  agreed = $state('')
  /** A ready-made set that was pressed, while its numbers are still as it made them. */
  #pressed = $state.raw<{ preset: Preset; draft: SettingsDraft } | null>(null)
  #inForce = $state.raw<SettingsView | null>(null)

  readonly parsedHold = $derived(parseAmount(this.hold))
  readonly parsedMost = $derived(parseAmount(this.most))
  readonly parsedTake = $derived(parsePercent(this.take))
  readonly parsedRelease = $derived(parsePercent(this.release))

  /** All four numbers, when all four are numbers. */
  readonly draft = $derived.by((): SettingsDraft | null => {
    const { parsedHold, parsedMost, parsedTake, parsedRelease } = this
    if (!parsedHold.ok || !parsedMost.ok || !parsedTake.ok || !parsedRelease.ok) return null
    return {
      target: parsedHold.milli,
      bound: parsedMost.milli,
      rewardPpm: parsedTake.ppm,
      clutchPpm: parsedRelease.ppm,
    }
  })
  /** Every rule that is broken, in the order of the boxes. */
  readonly broken = $derived(this.#broken())
  readonly changed = $derived(this.#inForce === null || !same(this.draft, this.#inForce))
  readonly risky = $derived(this.draft !== null && (this.draft.rewardPpm < 0 || this.draft.clutchPpm < 0))
  readonly preset = $derived.by((): Preset | null => {
    const { draft } = this
    if (draft === null) return null
    if (this.#pressed !== null && same(draft, this.#pressed.draft)) return this.#pressed.preset
    if (draft.clutchPpm === WHOLE_PPM && draft.target === draft.bound) return 'leave'
    if (draft.rewardPpm !== 0 || draft.clutchPpm !== 0 || draft.target !== draft.bound) return null
    return draft.target === 0 ? 'clear' : 'save'
  })

  get inForce(): SettingsView | null {
    return this.#inForce
  }

  /** Begins with what is in force. What was being written stays when that is read again unchanged. */
  begin(inForce: SettingsView) {
    const before = this.#inForce
    this.#inForce = inForce
    if (before === null || !same(before, inForce)) this.undo()
  }

  undo() {
    if (this.#inForce !== null) this.#write(this.#inForce)
    this.#pressed = null
  }

  /** A ready-made set; `balance` is what stands now, positive when owed to us. */
  press(preset: Preset, balance: number) {
    const standing = Math.max(0, balance)
    const kept = this.parsedMost.ok && this.parsedMost.milli > 0 ? this.parsedMost.milli : 0
    const saved = kept > 0 ? kept : Math.max(standing, FIRST_SAVING)
    const draft = {
      clear: { target: 0, bound: 0, rewardPpm: 0, clutchPpm: 0 },
      save: { target: saved, bound: saved, rewardPpm: 0, clutchPpm: 0 },
      leave: { target: standing, bound: standing, rewardPpm: WHOLE_PPM, clutchPpm: WHOLE_PPM },
    }[preset]
    this.#write(draft)
    this.#pressed = { preset, draft }
  }

  /** Moves one mark on the bar and takes the other along where it would be passed. */
  move(mark: Mark, milli: number) {
    const to = Math.max(0, milli)
    if (mark === 'target') {
      this.hold = typed(to)
      if (!this.parsedMost.ok || this.parsedMost.milli < to) this.most = typed(to)
    } else {
      this.most = typed(to)
      if (!this.parsedHold.ok || this.parsedHold.milli > to) this.hold = typed(to)
    }
  }

  /** What can be signed, given the words that agree to a risk. */
  ready(words: string): SettingsDraft | null {
    const blocked = this.broken.length > 0 || !this.changed || (this.risky && !agrees(this.agreed, words))
    return blocked ? null : this.draft
  }

  #broken(): SettingsRule[] {
    const { parsedHold, parsedMost, parsedTake, parsedRelease } = this
    const outside = [parsedTake, parsedRelease].some(
      (charge) => !charge.ok && charge.problem === 'outOfRange',
    )
    const found: [boolean, SettingsRule][] = [
      [[this.hold, this.most].some(belowZero), 'negative'],
      [parsedHold.ok && parsedMost.ok && parsedHold.milli > parsedMost.milli, 'targetAboveBound'],
      [outside, 'chargeRange'],
      [parsedTake.ok && parsedRelease.ok && parsedTake.ppm + parsedRelease.ppm < 0, 'chargeSum'],
    ]
    return found.filter(([is]) => is).map(([, rule]) => rule)
  }

  #write({ target, bound, rewardPpm, clutchPpm }: SettingsDraft) {
    this.hold = typed(target)
    this.most = typed(bound)
    this.take = percentDigits(rewardPpm)
    this.release = percentDigits(clutchPpm)
    this.agreed = ''
  }
}

/** What the saving preset begins with where nothing is owed yet: ten CHIP. */
const FIRST_SAVING = 10_000

/** An amount with a minus before it. */
export function belowZero(text: string): boolean {
  return /^\s*[-\u2212]/.test(text) && parseAmount(text.replace(/[-\u2212]/, '')).ok
}

function typed(milli: number): string {
  return formatAmount(milli, { short: true })
}

function same(a: SettingsDraft | null, b: SettingsDraft): boolean {
  return (
    a !== null &&
    a.target === b.target &&
    a.bound === b.bound &&
    a.rewardPpm === b.rewardPpm &&
    a.clutchPpm === b.clutchPpm
  )
}
