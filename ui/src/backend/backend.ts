import type {
  Activity,
  AppState,
  Card,
  CardField,
  Choices,
  CodeCard,
  ConnectionView,
  ContractView,
  CounterTerms,
  Doors,
  Event,
  EvidenceFile,
  Failure,
  FailureCode,
  HandOver,
  HistoryFilter,
  HistoryPage,
  Home,
  InviteTerms,
  NewIdentity,
  ReachView,
  RequestView,
  SettingsDraft,
  SettingsPage,
  SignPreview,
  Signed,
  TallyRow,
  TallyView,
  TicketForm,
  TicketView,
} from '~/bindings'
import type { Eye } from './camera'
import type { Invoices } from './invoices'
import type { Lifts } from './lifts'

export type * from '~/bindings'
export type * from './camera'

/** What the window asks of the wallet. Every promise may be rejected with a `Failure`. */
export interface Backend extends Eye, Lifts, Invoices {
  appState(): Promise<AppState>
  identityCreate(identity: NewIdentity): Promise<AppState>
  unlock(passphrase: string): Promise<AppState>
  choose(choices: Choices): Promise<null>
  identityCard(): Promise<Card>
  identityCardSave(card: Card): Promise<null>
  home(): Promise<Home>
  activity(before: number | null): Promise<Activity>
  activityRead(through: string): Promise<null>
  connection(): Promise<ConnectionView>
  /** How this wallet can be reached; looked at again, if that is wanted. */
  reach(again: boolean): Promise<ReachView>
  openRouter(wanted: boolean): Promise<ReachView>
  findNearby(wanted: boolean): Promise<ReachView>
  doors(): Promise<Doors>
  /** Lets an address call again, or every one if none is named. */
  forgive(address: string | null): Promise<Doors>
  tallies(): Promise<TallyRow[]>
  tally(id: string): Promise<TallyView>
  history(tally: string, before: number | null, filter: HistoryFilter): Promise<HistoryPage>
  entryCancel(tally: string, entry: string): Promise<null>
  compare(tally: string): Promise<null>
  evidence(tally: string): Promise<EvidenceFile>
  /** Writes the same into the folder of downloads; where it lies then. */
  evidenceSave(tally: string): Promise<string>
  /** Writes the history as a table into the folder of downloads; gives the path. */
  historySave(tally: string): Promise<string>
  settings(tally: string): Promise<SettingsPage>
  contract(hash: string): Promise<ContractView>
  contracts(): Promise<ContractView[]>
  contractImport(text: string): Promise<ContractView>
  invite(terms: InviteTerms): Promise<TicketView>
  ticket(id: string): Promise<TicketView>
  tickets(): Promise<TicketView[]>
  ticketRevoke(id: string): Promise<TicketView>
  /** Writes its code or its link into the folder of downloads; where it lies then. */
  ticketSave(id: string, form: TicketForm): Promise<string>
  /** Opens the system's dialog for printing what the window has for paper. */
  print(): Promise<null>
  codeInspect(text: string): Promise<CodeCard>
  imageInspect(image: Uint8Array): Promise<CodeCard[]>
  /** Looks for codes on the screen; the system may ask the person first. */
  screenInspect(): Promise<CodeCard[]>
  contact(inspection: string, disclose: CardField[]): Promise<string>
  /** Everything that waits for somebody, as codes to be shown one after the other. */
  handOver(id: string): Promise<HandOver>
  /** Takes in what was handed over and looked at; the tally it is about. */
  takeOver(inspection: string): Promise<string | null>
  offerPreview(tally: string): Promise<SignPreview>
  counterPreview(tally: string, terms: CounterTerms): Promise<SignPreview>
  acceptPreview(tally: string): Promise<SignPreview>
  payPreview(tally: string, units: number, memo: string | null): Promise<SignPreview>
  grantPreview(tally: string, request: string): Promise<SignPreview>
  settingsPreview(tally: string, draft: SettingsDraft): Promise<SignPreview>
  closePreview(tally: string): Promise<SignPreview>
  keepOpenPreview(tally: string): Promise<SignPreview>
  callPreview(tally: string, by: number): Promise<SignPreview>
  forgivePreview(tally: string): Promise<SignPreview>
  sign(preview: string): Promise<Signed>
  refuse(tally: string, reason: string | null): Promise<null>
  withdraw(tally: string): Promise<null>
  requests(tally: string | null): Promise<RequestView[]>
  request(tally: string, units: number, memo: string | null, days: number): Promise<string>
  requestAgain(
    tally: string,
    request: string,
    units: number,
    memo: string | null,
    days: number,
  ): Promise<null>
  requestWithdraw(tally: string, request: string): Promise<null>
  requestRefuse(tally: string, request: string, reason: string | null): Promise<null>
  /** Calls back with every notice until the returned function is called. */
  listen(hear: (event: Event) => void): Promise<() => void>
}

/** Anything a call was rejected with, as a failure; what has no known shape is a fault of ours. */
export function failureOf(thrown: unknown): Failure {
  if (isFailure(thrown)) return thrown
  const report = thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : String(thrown)
  return { code: { kind: 'internal', report }, retryable: false, safeToRepeat: false }
}

/** A failure of a given kind, for the fakes. */
export function failure(code: FailureCode, retryable = false, safeToRepeat = true): Failure {
  return { code, retryable, safeToRepeat }
}

function isFailure(thrown: unknown): thrown is Failure {
  if (typeof thrown !== 'object' || thrown === null || !('code' in thrown)) return false
  const { code } = thrown
  return typeof code === 'object' && code !== null && 'kind' in code
}
