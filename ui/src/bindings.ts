// The types and commands of the wallet's own Rust side, as the window sees them.
import { invoke } from '@tauri-apps/api/core'

export type Stage = 'new' | 'locked' | 'ready'
export type Theme = 'system' | 'light' | 'dark'
export type KeychainState = 'works' | 'missing' | 'refused'
export type ProtectorKind = 'keychain' | 'passphrase'
export type ProtectorChoice = { kind: 'keychain' } | { kind: 'passphrase'; passphrase: string }
export type Choices = { theme: Theme; hideAmounts: boolean }
export type NewIdentity = { name: string; protector: ProtectorChoice }
export type IdentityView = {
  name: string
  address: string
  fingerprint: string
  words: [string, string, string, string]
  protector: ProtectorKind
}
export type AppState = {
  stage: Stage
  version: string
  choices: Choices
  keychain: KeychainState
  identity: IdentityView | null
}
export type Person = {
  name: string
  address: string
  fingerprint: string
  words: [string, string, string, string]
  heardAt: number | null
}
export type ConnectionState = 'online' | 'outgoingOnly' | 'offline' | 'blocked'
export type ConnectionWhy = 'listening' | 'reached' | 'portInUse' | 'notListening'
export type ConnectionView = {
  state: ConnectionState
  why: ConnectionWhy
  listening: string | null
  links: number
  waiting: number
}

export type CodeKind = 'invitation' | 'paymentRequest' | 'address' | 'keyBackup' | 'damaged' | 'somethingElse'
export type CheckName =
  | 'wellFormed'
  | 'unaltered'
  | 'notExpired'
  | 'notUsedHere'
  | 'notOwn'
  | 'forMe'
  | 'sealedToMaker'
export type CheckResult = 'pass' | 'fail' | 'unknown'
export type Check = { name: CheckName; result: CheckResult }
export type CodeProblem =
  | 'truncated'
  | 'altered'
  | 'malformed'
  | 'expired'
  | 'fromTheFuture'
  | 'usedHere'
  | 'own'
  | 'ownUsed'
  | 'ownRevoked'
  | 'forAnother'
  | 'badAmount'
  | 'tooLong'
  | 'tooNew'
  | 'keyBackup'
  | 'foreignLink'
  | 'foreign'
  | 'notYetSupported'
export type CodeCard = {
  inspection: string | null
  kind: CodeKind
  text: string
  name: string | null
  address: string | null
  fingerprint: string | null
  words: [string, string, string, string] | null
  limit: number | null
  units: number | null
  expiresAt: number | null
  checks: Array<Check>
  problem: CodeProblem | null
}

export type Happening =
  | { kind: 'tallyChanged'; tally: string }
  | { kind: 'ticketChanged'; ticket: string }
  | { kind: 'connectionChanged' }
  | { kind: 'lagged' }
export type Event = { seq: number; happening: Happening }

export type WeakReason = 'tooShort' | 'tooUniform' | 'tooCommon'
export type FailureCode =
  | { kind: 'locked' }
  | { kind: 'alreadySetUp' }
  | { kind: 'keychainMissing' }
  | { kind: 'keychainRefused' }
  | { kind: 'keysDamaged' }
  | { kind: 'wrongPassphrase' }
  | { kind: 'weakPassphrase'; reason: WeakReason }
  | { kind: 'badName' }
  | { kind: 'notFound' }
  | { kind: 'stale' }
  | { kind: 'outOfTurn' }
  | { kind: 'badAmount' }
  | { kind: 'tooLong' }
  | { kind: 'notContactable' }
  | { kind: 'unreadableImage' }
  | { kind: 'imageTooLarge' }
  | { kind: 'svgRefused' }
  | { kind: 'noCodeInImage' }
  | { kind: 'contractMissing' }
  | { kind: 'disk' }
  | { kind: 'internal'; report: string }
export type Failure = { code: FailureCode; retryable: boolean; safeToRepeat: boolean }

export type SignKind = 'offer' | 'accept' | 'pay'
export type Standing = { balance: number; iMayOwe: number | null; theyMayOwe: number | null }
export type Warning =
  | { kind: 'overLimit'; excess: number }
  | { kind: 'firstPayment' }
  | { kind: 'differsFromCode'; claimed: number }
export type SignPreview = {
  id: string
  kind: SignKind
  partner: Person
  tally: string
  units: number | null
  memo: string | null
  myTerms: TermsView
  theirTerms: TermsView
  before: Standing
  after: Standing
  contractTitle: string
  contractHash: string
  date: number
  entry: string | null
  warnings: Array<Warning>
  canonical: string
  digest: string
  expiresAt: number
}
export type Signed = { tally: string; entry: string | null }
export type ContractView = { hash: string; title: string; text: string }

export type PhaseView =
  | 'draft'
  | 'contacted'
  | 'partnerDraft'
  | 'offering'
  | 'offered'
  | 'offeredToUs'
  | 'accepting'
  | 'open'
  | 'closing'
  | 'closed'
  | 'void'
export type TermsView = { limit: number | null; noticeDays: number | null }
export type CopiesState = 'match' | 'catchingUp' | 'notYet' | 'mismatch'
export type Copies = { state: CopiesState; behind: number; entries: number }
export type TallyRow = {
  id: string
  partner: Person | null
  phase: PhaseView
  balance: number
  waiting: number
  copies: Copies
  iMayOwe: number | null
  theyMayOwe: number | null
  lastActivity: number
  ticket: string | null
}
export type Direction = 'towardMe' | 'towardThem'
export type EntryKind = 'payment' | 'settings' | 'clearing'
export type EntryStage = 'signed' | 'delivered' | 'accepted' | 'matched'
export type Notch = { direction: Direction; units: number; kind: EntryKind; at: number; stage: EntryStage }
export type EntryView = {
  id: string
  index: number
  at: number
  kind: EntryKind
  direction: Direction
  units: number
  memo: string | null
  balanceAfter: number
  stage: EntryStage
  recordedAt: number
  deliveredAt: number | null
  matchedAt: number | null
}
export type Proof = {
  digest: string | null
  head: number
  headHash: string | null
  agreed: number | null
  mySignature: string | null
  theirSignature: string | null
}
export type TallyView = {
  row: TallyRow
  myHalf: string
  date: number
  memo: string | null
  myTerms: TermsView
  theirTerms: TermsView
  contractTitle: string | null
  contractHash: string
  notches: Array<Notch>
  older: number
  inFlight: Array<EntryView>
  proof: Proof
  reason: string | null
}
export type HistoryPage = { entries: Array<EntryView>; next: number | null; total: number }
export type ShareOfPosition = { tally: string; name: string; balance: number }
export type NeedKind = 'reviewAnswer' | 'reviewOffer'
export type Need = { kind: NeedKind; tally: string; partner: Person; since: number }
export type Home = {
  owedToMe: number
  iOwe: number
  waiting: number
  shares: Array<ShareOfPosition>
  needs: Array<Need>
  tallies: number
  matching: number
}

export type Template = 'friend' | 'shop' | 'customer'
export type InviteTerms = {
  template: Template
  theyMayOwe: number
  noticeDays: number
  goodFor: number
  note: string | null
}
export type TicketState = 'live' | 'used' | 'revoked' | 'expired'
export type TicketView = {
  id: string
  tally: string
  state: TicketState
  link: string | null
  svg: string | null
  modules: number | null
  createdAt: number
  expiresAt: number
  now: number
  terms: TermsView
  template: Template
  fingerprint: string
  words: [string, string, string, string]
  usedBy: Person | null
  note: string | null
}

export const commands = {
  appState: (): Promise<AppState> => invoke('app_state'),
  identityCreate: (identity: NewIdentity): Promise<AppState> => invoke('identity_create', { identity }),
  unlock: (passphrase: string): Promise<AppState> => invoke('unlock', { passphrase }),
  choose: (choices: Choices): Promise<null> => invoke('choose', { choices }),
  home: (): Promise<Home> => invoke('home'),
  connection: (): Promise<ConnectionView> => invoke('connection'),
  tallies: (): Promise<Array<TallyRow>> => invoke('tallies'),
  tally: (id: string): Promise<TallyView> => invoke('tally', { id }),
  history: (tally: string, before: number | null): Promise<HistoryPage> => invoke('history', { tally, before }),
  contract: (hash: string): Promise<ContractView> => invoke('contract', { hash }),
  contracts: (): Promise<Array<ContractView>> => invoke('contracts'),
  invite: (terms: InviteTerms): Promise<TicketView> => invoke('invite', { terms }),
  ticket: (id: string): Promise<TicketView> => invoke('ticket', { id }),
  tickets: (): Promise<Array<TicketView>> => invoke('tickets'),
  ticketRevoke: (id: string): Promise<TicketView> => invoke('ticket_revoke', { id }),
  codeInspect: (text: string): Promise<CodeCard> => invoke('code_inspect', { text }),
  imageInspect: (image: Uint8Array): Promise<Array<CodeCard>> => invoke('image_inspect', image),
  contact: (inspection: string): Promise<string> => invoke('contact', { inspection }),
  offerPreview: (tally: string): Promise<SignPreview> => invoke('offer_preview', { tally }),
  acceptPreview: (tally: string): Promise<SignPreview> => invoke('accept_preview', { tally }),
  payPreview: (tally: string, units: number, memo: string | null): Promise<SignPreview> =>
    invoke('pay_preview', { tally, units, memo }),
  sign: (preview: string): Promise<Signed> => invoke('sign', { preview }),
  refuse: (tally: string, reason: string | null): Promise<null> => invoke('refuse', { tally, reason }),
}
