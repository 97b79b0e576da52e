import type {
  Audit,
  Idle,
  LiftChoices,
  LiftPage,
  LiftStats,
  LiftView,
  SettingsDraft,
  SignPreview,
  Simulated,
} from '~/bindings'

/** What the window asks about lifts: circles that clear, and payments that go through others. */
export interface Lifts {
  lifts(): Promise<LiftPage>
  lift(id: string): Promise<LiftView>
  liftStats(): Promise<LiftStats>
  /** Checks all papers of a lift once more. */
  liftAudit(id: string): Promise<Audit>
  /** Writes what proves a lift into the folder of downloads; where it lies then. */
  liftEvidenceSave(id: string): Promise<string>
  /** Why nothing is cleared. */
  liftIdle(): Promise<Idle>
  liftChoices(): Promise<LiftChoices>
  /** What is to be signed for a tally to take part, or to take part no more. */
  liftsPreview(tally: string, wanted: boolean): Promise<SignPreview>
  /** Pauses clearing, or lets it go on: on one tally, or on all if none is named. */
  clearingPause(tally: string | null, wanted: boolean): Promise<LiftChoices>
  /** Circles of less than so many milli-CHIPs are left alone. */
  clearingLeast(units: number): Promise<LiftChoices>
  clearingJoin(wanted: boolean): Promise<LiftChoices>
  refereeServe(wanted: boolean): Promise<LiftChoices>
  refereeTrust(address: string, wanted: boolean): Promise<LiftChoices>
  /** What settings would do, told before they are signed. */
  settingsSimulate(tally: string, draft: SettingsDraft, amount: number | null): Promise<Simulated>
}
