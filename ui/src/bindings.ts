// Written by the app from its list of commands and its view types; a test compares. Do not edit.
import { invoke } from '@tauri-apps/api/core'

export type Stage = "new" | "locked" | "ready";
export type Theme = "system" | "light" | "dark";
export type KeychainState = "works" | "missing" | "refused";
export type ProtectorKind = "keychain" | "passphrase";
export type ProtectorChoice = { "kind": "keychain" } | { "kind": "passphrase", 
/**
 * The passphrase, at least ten characters.
 */
passphrase: string, };
export type Choices = { 
/**
 * Light, dark, or whatever the system says.
 */
theme: Theme, 
/**
 * Amounts, bars and charts are blanked.
 */
hideAmounts: boolean, };
export type NewIdentity = { 
/**
 * The name partners will see.
 */
name: string, 
/**
 * What protects the keys.
 */
protector: ProtectorChoice, };
export type IdentityView = { 
/**
 * The name partners see.
 */
name: string, 
/**
 * `chip://cuid:agent@host:port`.
 */
address: string, 
/**
 * Hex of 32 bytes; seeds the picture.
 */
fingerprint: string, 
/**
 * Four words that stand for the fingerprint.
 */
words: [string, string, string, string], 
/**
 * What protects the keys.
 */
protector: ProtectorKind, };
export type CardField = "email" | "phone" | "place";
export type Card = { 
/**
 * The name partners see.
 */
name: string, 
/**
 * Where letters reach them.
 */
email: string | null, 
/**
 * Where calls reach them.
 */
phone: string | null, 
/**
 * Where they are to be found, in their own words.
 */
place: string | null, };
export type AppState = { 
/**
 * How far the profile has come.
 */
stage: Stage, 
/**
 * Version of this program.
 */
version: string, 
/**
 * The person's own choices.
 */
choices: Choices, 
/**
 * Whether the system offers a place for secrets.
 */
keychain: KeychainState, 
/**
 * Who this wallet is; absent while `stage` is not `ready`.
 */
identity: IdentityView | null, };
export type Person = { 
/**
 * The name they give; quoted text, never trusted.
 */
name: string, 
/**
 * `chip://cuid:agent@host:port`.
 */
address: string, 
/**
 * Hex of 32 bytes; seeds their picture.
 */
fingerprint: string, 
/**
 * Four words both screens show for this pair of people.
 */
words: [string, string, string, string], 
/**
 * When a message of theirs last arrived.
 */
heardAt: number | null, };
export type ConnectionState = "online" | "outgoingOnly" | "offline" | "blocked";
export type ConnectionWhy = "listening" | "relayed" | "noNetwork" | "reached" | "portInUse" | "notListening";
export type ClockDiffers = { 
/**
 * By how much ours is behind most of theirs, in ms; negative if it is ahead.
 */
behind: number, 
/**
 * With how many partners' it was compared.
 */
partners: number, };
export type ConnectionView = { 
/**
 * The word for it.
 */
state: ConnectionState, 
/**
 * The reason.
 */
why: ConnectionWhy, 
/**
 * From where people can reach us, as far as is known.
 */
reach: ReachVerdict, 
/**
 * `host:port` we listen on.
 */
listening: string | null, 
/**
 * Partners with a link open at this moment.
 */
links: number, 
/**
 * Messages waiting to be sent.
 */
waiting: number, 
/**
 * Our clock differs from most partners' so much that people should look at it.
 */
clock: ClockDiffers | null, };
export type ReachVerdict = "reached" | "routerOpened" | "openInternet" | "relayed" | "sameNetwork" | "thisComputer" | "onlyCalling" | "portInUse" | "noNetwork";
export type CameFrom = "thisComputer" | "sameNetwork" | "elsewhere";
export type RouterAnswer = "unasked" | "asking" | "unneeded" | "opened" | "openedInside" | "refused" | "noAnswer";
export type NearbyAnswer = "off" | "noPartners" | "noNetwork" | "blocked" | "looking";
export type NearbyView = { 
/**
 * The person wants them to be looked for.
 */
wanted: boolean, 
/**
 * How it stands with that.
 */
answer: NearbyAnswer, 
/**
 * Partners who were seen since it was begun.
 */
seen: number, };
export type RelayView = { 
/**
 * Which, as `agent@host:port`.
 */
relay: string, 
/**
 * Where it makes us reachable at this moment; nothing while there is no way to it.
 */
at: string | null, };
export type RouterMeans = "pcp" | "natPmp" | "upnp";
export type RouterView = { 
/**
 * The person wants it asked to let callers in.
 */
wanted: boolean, 
/**
 * What it answered.
 */
answer: RouterAnswer, 
/**
 * How it was asked, while it lets callers in.
 */
means: RouterMeans | null, 
/**
 * `address:port` where it lets callers in.
 */
at: string | null, };
export type ReachView = { 
/**
 * What it comes to.
 */
verdict: ReachVerdict, 
/**
 * Where we listen.
 */
listening: string | null, 
/**
 * Where partners are told to call, the most promising first.
 */
places: Array<string>, 
/**
 * The router at home.
 */
router: RouterView, 
/**
 * The relay, if one was chosen.
 */
relay: RelayView | null, 
/**
 * Partners on the local network.
 */
nearby: NearbyView, 
/**
 * When a partner last came in and proved who it is, since this program runs.
 */
cameInAt: number | null, 
/**
 * From where.
 */
cameFrom: CameFrom | null, 
/**
 * Partners with whom a tally stands or is being agreed.
 */
partners: number, 
/**
 * Those of them who say that they know where we are now.
 */
partnersWhoKnow: number, 
/**
 * When this was found out.
 */
testedAt: number, };
export type TurnedAwayWhy = "nonsense" | "badKey" | "badTicket" | "unknown" | "silent";
export type TurnedAway = { 
/**
 * An IPv4 address, or a /56 of IPv6.
 */
address: string, 
/**
 * What for.
 */
why: TurnedAwayWhy, 
/**
 * Since when.
 */
since: number, 
/**
 * Until when.
 */
until: number, 
/**
 * How often within the last days.
 */
times: number, };
export type Doors = { 
/**
 * Who is turned away at this moment, the newest first, at most [`SHOWN`](Doors::SHOWN).
 */
turnedAway: Array<TurnedAway>, 
/**
 * How many there are in all.
 */
turnedAwayCount: number, 
/**
 * Places remembered, with what they did.
 */
known: number, 
/**
 * Calls that have not proven anything yet.
 */
halfOpen: number, 
/**
 * Calls being served.
 */
calls: number, 
/**
 * Calls turned away since the wallet was opened.
 */
refused: number, 
/**
 * Calls that had to make room since then.
 */
evicted: number, 
/**
 * Bans since then.
 */
bans: number, 
/**
 * Messages of partners since then that had no business on their link.
 */
dropped: number, };
export type CodeKind = "invitation" | "paymentRequest" | "address" | "keyBackup" | "handOver" | "damaged" | "somethingElse";
export type CodeForm = "ours" | "reference";
export type CheckName = "wellFormed" | "unaltered" | "notExpired" | "clockFits" | "notUsedHere" | "notOwn" | "forMe" | "sealedToMaker";
export type CheckResult = "pass" | "fail" | "unknown";
export type Check = { 
/**
 * What was looked at.
 */
name: CheckName, 
/**
 * What was found.
 */
result: CheckResult, };
export type CodeProblem = "truncated" | "altered" | "malformed" | "expired" | "fromTheFuture" | "usedHere" | "own" | "ownUsed" | "ownRevoked" | "forAnother" | "badAmount" | "tooLong" | "tooNew" | "keyBackup" | "foreignLink" | "script" | "wifi" | "barcode" | "otherWallet" | "foreign" | "partnersOnly" | "notYetSupported";
export type Progress = { 
/**
 * Parts that are known.
 */
have: number, 
/**
 * Parts in all.
 */
of: number, };
export type Brought = "firstContact" | "offer" | "acceptance" | "answer" | "entry" | "request" | "news";
export type HandOver = { 
/**
 * What is in it, message by message.
 */
contents: Array<Parcel>, 
/**
 * Frames that hold all of it, if none is missed; those after them make up for what was missed.
 */
parts: number, 
/**
 * Modules across the largest code, once they are drawn.
 */
modules: number | null, 
/**
 * The codes to be shown one after the other, again and again.
 */
frames: Array<string>, };
export type Parcel = { 
/**
 * What it is.
 */
what: Brought, 
/**
 * How much it is about, if it is about an amount: never negative, since whoever shows it is the giver of an entry
 * and the asker of a request.
 */
units: number | null, };
export type CodeCard = { 
/**
 * Hand this back to make contact; present only when that is possible.
 */
inspection: string | null, 
/**
 * What it is.
 */
kind: CodeKind, 
/**
 * The text itself, cut to 500 characters.
 */
text: string, 
/**
 * The name it gives for its maker.
 */
name: string | null, 
/**
 * `chip://…` of its maker.
 */
address: string | null, 
/**
 * Hex of 32 bytes; seeds the maker's picture.
 */
fingerprint: string | null, 
/**
 * Four words the maker's screen shows as well.
 */
words: [string, string, string, string] | null, 
/**
 * The most we may owe the maker, as the code states it.
 */
limit: number | null, 
/**
 * An amount asked for, in a payment code; absent where the payer is to choose.
 */
units: number | null, 
/**
 * What the payment is for, in the words of whoever asks.
 */
memo: string | null, 
/**
 * What whoever asks calls it: a number, an id, or JSON.
 */
reference: string | null, 
/**
 * The whole text of an invoice that anybody can pay to whom a way is found: hand it back to look for one.
 */
pay: string | null, 
/**
 * A tally in force with its maker, over which it can be paid as any payment: present only where there is one.
 */
tally: string | null, 
/**
 * When it says that it was made.
 */
dated: number | null, 
/**
 * Who writes codes like this; nothing where it is none of either.
 */
form: CodeForm | null, 
/**
 * When it runs out, if it says so.
 */
expiresAt: number | null, 
/**
 * Of a code that moves: how much of it was seen.
 */
progress: Progress | null, 
/**
 * Of a code that moves and was seen whole: what is in it.
 */
brings: Array<Parcel>, 
/**
 * What was checked.
 */
checks: Array<Check>, 
/**
 * The first thing wrong with it, if any.
 */
problem: CodeProblem | null, };
export type CameraView = { 
/**
 * Hand this back to start it.
 */
id: string, name: string, 
/**
 * What tells it from another of the same name: a size, a place.
 */
detail: string | null, };
export type CameraTrouble = "none" | "refused" | "busy" | "noPicture" | "unplugged" | "noSupport" | "stoppedAnswering";
export type CameraList = { cameras: Array<CameraView>, trouble: CameraTrouble | null, };
export type CameraHint = "closer" | "farther" | "tooDark" | "glare" | "holdStill";
export type Spot = { x: number, y: number, };
export type CameraSight = { "kind": "hint", hint: CameraHint | null, } | { "kind": "found", cards: Array<CodeCard>, corners: Array<Array<Spot>>, } | { "kind": "trouble", trouble: CameraTrouble, } | { "kind": "cameras", list: CameraList, } | { "kind": "healing" };
export type CameraNews = { 
/**
 * As the window called it.
 */
run: number, sight: CameraSight, };
export type Template = "friend" | "shop" | "customer";
export type InviteTerms = { 
/**
 * Which ready-made set it started from; decides the half.
 */
template: Template, 
/**
 * The most the partner may owe us, in milli-CHIPs; zero is allowed.
 */
theyMayOwe: number, 
/**
 * Days of notice we give before asking to settle.
 */
noticeDays: number, 
/**
 * Seconds the ticket is good for, 60 to 2,592,000.
 */
goodFor: number, 
/**
 * For ourselves only, never sent.
 */
note: string | null, 
/**
 * How often the ticket may be used, 1 to 1,000.
 */
uses: number, 
/**
 * The only person who may use it, `chip://…`; absent for whoever has it.
 */
onlyFor: string | null, 
/**
 * SHA-256 of the contract text, base64url; absent for ours.
 */
contract: string | null, 
/**
 * What of our identity card they will see besides the name.
 */
disclose: Array<CardField>, 
/**
 * Words inside the tally, for both.
 */
memo: string | null, };
export type TermsView = { 
/**
 * The most the other side may owe, in milli-CHIPs; absent without a limit.
 */
limit: number | null, 
/**
 * Days of notice before asking to settle.
 */
noticeDays: number | null, };
export type TicketState = "live" | "used" | "revoked" | "expired";
export type TicketForm = "picture" | "file";
export type TicketView = { 
/**
 * Names the ticket here; not the secret.
 */
id: string, 
/**
 * The draft tally it belongs to.
 */
tally: string, 
/**
 * What may happen to it still.
 */
state: TicketState, 
/**
 * `chip://…?ticket=…`; absent once it is no longer live.
 */
link: string | null, 
/**
 * The same as a QR code, an SVG document; absent with the link.
 */
svg: string | null, 
/**
 * Modules along one side of the code, without the quiet zone.
 */
modules: number | null, 
/**
 * Made at.
 */
createdAt: number, 
/**
 * Runs out at.
 */
expiresAt: number, 
/**
 * The wallet's own clock, for the countdown.
 */
now: number, 
/**
 * What we grant.
 */
terms: TermsView, 
/**
 * Which ready-made set it started from.
 */
template: Template, 
/**
 * Our own picture seed and words, shown beside the code to be compared.
 */
fingerprint: string, 
/**
 * Four words the other screen shows on its code card.
 */
words: [string, string, string, string], 
/**
 * Who used it last.
 */
usedBy: Person | null, 
/**
 * For ourselves only.
 */
note: string | null, 
/**
 * How often it may be used.
 */
uses: number, 
/**
 * How often it was.
 */
used: number, 
/**
 * The only person who may use it, `chip://…`.
 */
onlyFor: string | null, };
export type SettingsView = { 
/**
 * How much of the partner's credit its owner likes to hold, in milli-CHIPs.
 */
target: number, 
/**
 * Never more than this.
 */
bound: number, 
/**
 * What they charge to take more than the target, in parts per million.
 */
rewardPpm: number, 
/**
 * What they charge to let some go, in parts per million.
 */
clutchPpm: number, 
/**
 * Settle by this time.
 */
call: number | null, 
/**
 * They want the tally closed.
 */
close: boolean, 
/**
 * When the newest of them was signed; absent for the defaults.
 */
since: number | null, 
/**
 * The newest of them is not known to be in both copies.
 */
pending: boolean, };
export type SettingsDraft = { 
/**
 * How much of the partner's credit we like to hold, in milli-CHIPs.
 */
target: number, 
/**
 * Never more than this.
 */
bound: number, 
/**
 * What we charge to take more than the target, in parts per million.
 */
rewardPpm: number, 
/**
 * What we charge to let some go, in parts per million.
 */
clutchPpm: number, };
export type SettingsPage = { 
/**
 * The tally.
 */
tally: string, 
/**
 * Ours.
 */
mine: SettingsView, 
/**
 * Theirs.
 */
theirs: SettingsView, 
/**
 * The charges are applied by this network.
 */
chargesApplied: boolean, };
export type SettingsChange = { 
/**
 * Ours as they stand.
 */
before: SettingsView, 
/**
 * Ours as they would stand.
 */
after: SettingsView, };
export type ClosingView = { 
/**
 * We asked to close.
 */
byMe: boolean, 
/**
 * They did.
 */
byThem: boolean, 
/**
 * What is still owed, in milli-CHIPs, never negative.
 */
rest: number, 
/**
 * It is owed to us.
 */
iAmCreditor: boolean, };
export type SignKind = "offer" | "counter" | "accept" | "pay" | "settings" | "close" | "keepOpen" | "call" | "forgive" | "takePart" | "takeNoPart";
export type Standing = { 
/**
 * In milli-CHIPs.
 */
balance: number, 
/**
 * The most we may owe; absent without a limit in the terms.
 */
iMayOwe: number | null, 
/**
 * The most they may owe.
 */
theyMayOwe: number | null, };
export type Warning = { "kind": "overLimit", 
/**
 * By how much, in milli-CHIPs.
 */
excess: number, } | { "kind": "firstPayment" } | { "kind": "differsFromCode", 
/**
 * The most we may owe, as the code said, in milli-CHIPs.
 */
claimed: number, };
export type DifferenceField = "memo" | "limit" | "notice" | "contract" | "card" | "other";
export type Whose = "mine" | "theirs" | "both";
export type Difference = { 
/**
 * What differs.
 */
field: DifferenceField, 
/**
 * Whose grant or words.
 */
whose: Whose, 
/**
 * A limit before, in milli-CHIPs.
 */
oldUnits: number | null, 
/**
 * The limit now.
 */
newUnits: number | null, 
/**
 * Days before.
 */
oldDays: number | null, 
/**
 * Days now.
 */
newDays: number | null, 
/**
 * Words before; quoted text.
 */
oldText: string | null, 
/**
 * Words now; quoted text.
 */
newText: string | null, };
export type Turn = "mine" | "theirs" | "none";
export type NegotiationView = { 
/**
 * Which version this is, from 1.
 */
revision: number, 
/**
 * Who has to answer.
 */
turn: Turn, 
/**
 * They said they are changing our offer.
 */
revising: boolean, 
/**
 * What differs between the last version and this one.
 */
differences: Array<Difference>, 
/**
 * We may change it and send it back.
 */
canCounter: boolean, 
/**
 * We may take it back.
 */
canWithdraw: boolean, 
/**
 * We may refuse it.
 */
canRefuse: boolean, };
export type CounterTerms = { 
/**
 * What we grant, in milli-CHIPs.
 */
limit: number, 
/**
 * Days of notice we give before asking to settle.
 */
noticeDays: number | null, 
/**
 * Words inside the tally.
 */
memo: string | null, };
export type SignPreview = { 
/**
 * Hand this back to sign; good once, and for ten minutes.
 */
id: string, 
/**
 * What kind of promise.
 */
kind: SignKind, 
/**
 * To whom.
 */
partner: Person, 
/**
 * Which tally.
 */
tally: string, 
/**
 * How much, in milli-CHIPs, when it is a payment.
 */
units: number | null, 
/**
 * Signing the tally lets debts cancel over it by themselves, at no cost and within our settings.
 */
joins: boolean, 
/**
 * Words both sides will see.
 */
memo: string | null, 
/**
 * What we grant.
 */
myTerms: TermsView, 
/**
 * What they grant.
 */
theirTerms: TermsView, 
/**
 * The balance now.
 */
before: Standing, 
/**
 * The balance once it counts.
 */
after: Standing, 
/**
 * Title of the contract.
 */
contractTitle: string, 
/**
 * SHA-256 of the contract text, base64url.
 */
contractHash: string, 
/**
 * The date that is signed.
 */
date: number, 
/**
 * The entry's id, when it is an entry.
 */
entry: string | null, 
/**
 * Reasons to think twice.
 */
warnings: Array<Warning>, 
/**
 * Exactly the text that is signed.
 */
canonical: string, 
/**
 * SHA-256 of the record, base64url.
 */
digest: string, 
/**
 * When this preview lapses.
 */
expiresAt: number, 
/**
 * What a counter-offer changes.
 */
differences: Array<Difference>, 
/**
 * Our settings before and after, when they are what is signed.
 */
settings: SettingsChange | null, 
/**
 * The request this pays.
 */
answers: string | null, };
export type Signed = { 
/**
 * The tally.
 */
tally: string, 
/**
 * The entry, when it is one.
 */
entry: string | null, };
export type ContractView = { 
/**
 * SHA-256 of the text, base64url.
 */
hash: string, 
/**
 * Its title.
 */
title: string, 
/**
 * The text, Markdown.
 */
text: string, 
/**
 * It came with the program.
 */
builtin: boolean, };
export type PhaseView = "draft" | "contacted" | "partnerDraft" | "offering" | "offered" | "offeredToUs" | "accepting" | "open" | "closing" | "closed" | "void";
export type CopiesState = "match" | "catchingUp" | "notYet" | "mismatch";
export type Copies = { 
/**
 * The word for it.
 */
state: CopiesState, 
/**
 * Entries not yet known to match.
 */
behind: number, 
/**
 * Entries in the chain.
 */
entries: number, };
export type TallyRow = { 
/**
 * Its id.
 */
id: string, 
/**
 * The other side; absent while nobody has answered a draft.
 */
partner: Person | null, 
/**
 * Its state.
 */
phase: PhaseView, 
/**
 * Settled balance; positive: they owe us.
 */
balance: number, 
/**
 * Signed by us and not yet accepted by their wallet; counts against us, zero or negative.
 */
waiting: number, 
/**
 * Do both copies match?
 */
copies: Copies, 
/**
 * The most we may owe, in milli-CHIPs.
 */
iMayOwe: number | null, 
/**
 * The most they may owe.
 */
theyMayOwe: number | null, 
/**
 * When anything last happened.
 */
lastActivity: number, 
/**
 * The ticket on show for it, if any.
 */
ticket: string | null, 
/**
 * What of it cannot be read, if anything: then only the id and the amounts mean something.
 */
unreadable?: string, };
export type Direction = "towardMe" | "towardThem";
export type EntryKind = "payment" | "settings" | "clearing";
export type EntryStage = "signed" | "delivered" | "accepted" | "matched";
export type Notch = { 
/**
 * Toward whom.
 */
direction: Direction, 
/**
 * Size in milli-CHIPs.
 */
units: number, 
/**
 * What kind.
 */
kind: EntryKind, 
/**
 * When.
 */
at: number, 
/**
 * How far it has come.
 */
stage: EntryStage, };
export type EntryView = { 
/**
 * Its id.
 */
id: string, 
/**
 * Its place in the chain.
 */
index: number, 
/**
 * The date that was signed.
 */
at: number, 
/**
 * What kind.
 */
kind: EntryKind, 
/**
 * Toward whom.
 */
direction: Direction, 
/**
 * Size in milli-CHIPs.
 */
units: number, 
/**
 * Words both sides see; quoted text.
 */
memo: string | null, 
/**
 * The balance after it.
 */
balanceAfter: number, 
/**
 * How far it has come.
 */
stage: EntryStage, 
/**
 * When it was signed or arrived here.
 */
recordedAt: number, 
/**
 * When it was first handed to the partner's wallet.
 */
deliveredAt: number | null, 
/**
 * When both copies were first known to hold it.
 */
matchedAt: number | null, 
/**
 * It has not left this wallet: it can still be taken back.
 */
cancellable: boolean, 
/**
 * The request it paid.
 */
answers: string | null, 
/**
 * The values it set, when it is a change of settings that sets them all, or asks to close or to settle up.
 */
settings: SettingsView | null, };
export type HistoryKind = "all" | "payments" | "settings" | "clearing";
export type HistoryWho = "all" | "mine" | "theirs";
export type HistoryFilter = { 
/**
 * Which kind of entries.
 */
kind: HistoryKind, 
/**
 * Signed by whom.
 */
who: HistoryWho, 
/**
 * Part of the memo.
 */
text: string | null, };
export type CancelledView = { 
/**
 * Its id.
 */
id: string, 
/**
 * Size in milli-CHIPs.
 */
units: number, 
/**
 * Its words.
 */
memo: string | null, 
/**
 * The date that was signed.
 */
at: number, 
/**
 * When it was taken back.
 */
cancelledAt: number, };
export type HistoryPage = { 
/**
 * The entries.
 */
entries: Array<EntryView>, 
/**
 * Ask with this for older ones.
 */
next: number | null, 
/**
 * Entries in all.
 */
total: number, 
/**
 * Entries that pass the filter, in all.
 */
shown: number, 
/**
 * Entries that do not.
 */
hidden: number, 
/**
 * What those add up to, in milli-CHIPs toward us.
 */
hiddenSum: number, 
/**
 * Entries taken back before they left, newest first; with the first page only.
 */
cancelled: Array<CancelledView>, };
export type Proof = { 
/**
 * The tally's digest, block 0 of the chain, base64url; absent before it is open.
 */
digest: string | null, 
/**
 * Index of the last entry.
 */
head: number, 
/**
 * Chain hash at that index.
 */
headHash: string | null, 
/**
 * Highest index both are known to agree on; absent before the first agreement.
 */
agreed: number | null, 
/**
 * Our signature, base64url.
 */
mySignature: string | null, 
/**
 * Theirs.
 */
theirSignature: string | null, 
/**
 * When the copies were last compared.
 */
comparedAt: number | null, };
export type DisputeKind = "chain" | "conflict" | "waived" | "damaged";
export type DisputeView = { 
/**
 * The chains differ, or one entry came with two contents.
 */
kind: DisputeKind, 
/**
 * The first index where they do.
 */
index: number, 
/**
 * Since when we know.
 */
since: number, 
/**
 * Our hash there.
 */
ourHash: string | null, 
/**
 * The hash they state.
 */
theirHash: string | null, 
/**
 * The entry in question.
 */
entry: string | null, 
/**
 * Pieces of evidence kept.
 */
evidence: number, };
export type EvidenceFile = { 
/**
 * A file name for it.
 */
name: string, 
/**
 * One JSON text with everything anybody needs to check it.
 */
text: string, };
export type TallyView = { 
/**
 * What the list shows.
 */
row: TallyRow, 
/**
 * `stock` or `foil`.
 */
myHalf: string, 
/**
 * When the tally was drafted.
 */
date: number, 
/**
 * Words inside the tally.
 */
memo: string | null, 
/**
 * What we grant.
 */
myTerms: TermsView, 
/**
 * What they grant.
 */
theirTerms: TermsView, 
/**
 * Title of the contract, if its text is here.
 */
contractTitle: string | null, 
/**
 * The contract the tally names.
 */
contractHash: string, 
/**
 * The last 24 entries, oldest first.
 */
notches: Array<Notch>, 
/**
 * Entries before those.
 */
older: number, 
/**
 * Our entries that are not yet known to match, oldest first.
 */
inFlight: Array<EntryView>, 
/**
 * Signatures and hashes.
 */
proof: Proof, 
/**
 * The reason given with a refusal; quoted text.
 */
reason: string | null, 
/**
 * The talk about its terms; absent once in force or over.
 */
negotiation: NegotiationView | null, 
/**
 * Where the copies disagree.
 */
dispute: DisputeView | null, 
/**
 * What they told us of themselves.
 */
theirCard: Card | null, 
/**
 * What they got of ours besides the name.
 */
disclosed: Array<CardField>, 
/**
 * Who wants to close and what is still owed; absent while nobody does.
 */
closing: ClosingView | null, 
/**
 * Since when messages to them wait to leave, or for an answer.
 */
waits: number | null, };
export type RequestState = "waiting" | "paid" | "refused" | "ranOut" | "withdrawn";
export type RequestView = { 
/**
 * Its id.
 */
id: string, 
/**
 * The tally.
 */
tally: string, 
/**
 * The other side.
 */
partner: Person, 
/**
 * We ask; else they do.
 */
mine: boolean, 
/**
 * How much, in milli-CHIPs.
 */
units: number, 
/**
 * What for; quoted text.
 */
memo: string | null, 
/**
 * When it was asked, last.
 */
at: number, 
/**
 * Good until.
 */
until: number | null, 
/**
 * What came of it.
 */
state: RequestState, 
/**
 * The reason given with a refusal; quoted text.
 */
reason: string | null, 
/**
 * When its state last changed.
 */
changedAt: number, 
/**
 * How often it was asked; 1 when never revised.
 */
times: number, };
export type ShareOfPosition = { 
/**
 * The tally.
 */
tally: string, 
/**
 * The partner's name.
 */
name: string, 
/**
 * Settled balance; positive: they owe us.
 */
balance: number, };
export type NeedKind = "reviewAnswer" | "reviewOffer" | "payRequest" | "mismatch";
export type Need = { 
/**
 * What.
 */
kind: NeedKind, 
/**
 * Where.
 */
tally: string, 
/**
 * Who.
 */
partner: Person, 
/**
 * Since when.
 */
since: number, 
/**
 * The request that waits, when it is one.
 */
request: RequestView | null, };
export type Home = { 
/**
 * What people owe us, settled.
 */
owedToMe: number, 
/**
 * What we owe people, settled, as a positive number.
 */
iOwe: number, 
/**
 * Signed by us and not accepted yet, as a positive number.
 */
waiting: number, 
/**
 * Partner by partner, most owing us first.
 */
shares: Array<ShareOfPosition>, 
/**
 * What waits for the person, most urgent first.
 */
needs: Array<Need>, 
/**
 * Tallies that are open or on their way there.
 */
tallies: number, 
/**
 * Tallies with at least one entry or an agreement whose copies match.
 */
matching: number, };
export type ActivityKind = "reviewAnswer" | "reviewOffer" | "payRequest" | "mismatch" | "closeAsked" | "called" | "offerSent" | "requestSent" | "entryQueued" | "ticketShown" | "contacted" | "tallyOpened" | "tallyRefused" | "tallyWithdrawn" | "tallyClosed" | "paid" | "received" | "settingsMine" | "settingsTheirs" | "requestRefused" | "requestPaid" | "requestRanOut" | "requestWithdrawn" | "entryCancelled" | "disputeBegan" | "disputeEnded" | "cleared" | "paidThrough" | "receivedThrough";
export type ActivityItem = { 
/**
 * Its id.
 */
id: string, 
/**
 * What happened or is needed.
 */
kind: ActivityKind, 
/**
 * Where.
 */
tally: string, 
/**
 * Who.
 */
partner: Person | null, 
/**
 * The entry it is about.
 */
entry: string | null, 
/**
 * The request it is about.
 */
request: string | null, 
/**
 * The lift it is about; the newest, where there are several.
 */
lift: string | null, 
/**
 * Of how many like it this is made: one, but for circles.
 */
count: number, 
/**
 * How much, in milli-CHIPs toward us; of circles, what all of them cleared.
 */
units: number | null, 
/**
 * Words of it; quoted text.
 */
memo: string | null, 
/**
 * A reason given; quoted text.
 */
reason: string | null, 
/**
 * When.
 */
at: number, 
/**
 * Until when it waits.
 */
until: number | null, 
/**
 * The person has seen it, or did it.
 */
read: boolean, };
export type Activity = { 
/**
 * What waits for the person, most urgent first; with the first page only.
 */
needs: Array<ActivityItem>, 
/**
 * What waits for others, newest first; with the first page only.
 */
waiting: Array<ActivityItem>, 
/**
 * What happened, newest first.
 */
happened: Array<ActivityItem>, 
/**
 * Ask with this for older ones.
 */
next: number | null, 
/**
 * What happened and was not seen yet.
 */
unread: number, };
export type InvoiceState = "waiting" | "coming" | "paid" | "spent" | "expired";
export type InvoiceView = { 
/**
 * Its name: that of the session in which a way to it is looked for.
 */
id: string, 
/**
 * The text to be shown or sent: whoever has it can pay.
 */
code: string, 
/**
 * The same as a QR code, an SVG document; absent where nothing draws, and once it cannot be paid any more.
 */
svg: string | null, 
/**
 * Modules along one side of the code, without the quiet zone.
 */
modules: number | null, 
/**
 * How much; nothing if the payer chooses.
 */
units: number | null, 
/**
 * What for.
 */
memo: string | null, 
/**
 * Our own name for it.
 */
reference: string | null, 
/**
 * Until when it can be paid.
 */
expiresAt: number, 
/**
 * When it was made.
 */
madeAt: number, 
/**
 * The wallet's own clock, for the countdown.
 */
now: number, 
/**
 * What became of it.
 */
state: InvoiceState, 
/**
 * The lift that paid it, or is about to.
 */
lift: string | null, };
export type PaymentState = "noWay" | "reachable" | "underWay" | "paid" | "failed" | "void";
export type LiftWhy = "shut" | "time" | "referee" | "room" | "route" | "busy" | "terms" | "beyond" | "other";
export type PaymentView = { 
/**
 * Its name.
 */
id: string, 
/**
 * Who is to be paid, as the invoice says. Nobody has proven that it is them.
 */
payee: string, 
/**
 * Hex of 32 bytes; seeds the picture of whoever is to be paid.
 */
fingerprint: string, 
/**
 * Four words that their screen shows as well.
 */
words: [string, string, string, string], 
/**
 * The partner over whom the way begins, once one is known; after a try that came to nothing, the next one.
 */
via: Person | null, 
/**
 * How much; nothing as long as it is open and nobody chose.
 */
units: number | null, 
/**
 * What paying it costs on top of that: nothing, in this version.
 */
cost: number, 
/**
 * What for, in the words of whoever asks.
 */
memo: string | null, 
/**
 * What whoever asks calls it.
 */
reference: string | null, 
/**
 * Until when it can be paid.
 */
expiresAt: number, 
/**
 * Until when what was signed is decided, while it is under way.
 */
deadline: number | null, 
/**
 * How it stands.
 */
state: PaymentState, 
/**
 * The lift that pays it.
 */
lift: string | null, 
/**
 * Why the last try came to nothing.
 */
why: LiftWhy | null, };
export type LiftAim = "pay" | "clear";
export type LiftPart = "began" | "through" | "payee";
export type LiftStage = "open" | "good" | "void" | "givenUp";
export type LiftState = "promised" | "final" | "cancelled" | "timedOut";
export type RefereeWho = "ourselves" | "partner" | "trusted" | "stranger";
export type RefereeView = { 
/**
 * `agent@host:port`.
 */
address: string, 
/**
 * What they are to us.
 */
who: RefereeWho, 
/**
 * Their name, if they are a partner.
 */
name: string | null, };
export type AuditVerdict = "within" | "outside";
export type AuditFault = "signature" | "certificate" | "notBooked" | "bookedAnyway" | "notAllowed" | "aboveTarget" | "belowTarget" | "uncovered";
export type AuditFinding = { 
/**
 * What.
 */
what: AuditFault, 
/**
 * On which tally, if on one.
 */
tally: string | null, };
export type Audit = { 
/**
 * In one word.
 */
verdict: AuditVerdict, 
/**
 * What does not hold, if anything.
 */
findings: Array<AuditFinding>, 
/**
 * When it was checked.
 */
checkedAt: number, };
export type LiftLeg = { 
/**
 * The tally.
 */
tally: string, 
/**
 * The entry that it makes there.
 */
entry: string, 
/**
 * What it changes there, if it counts: above zero where value comes in.
 */
change: number, 
/**
 * Whether it counts, or may still come to count.
 */
stage: LiftStage, 
/**
 * The same, for people.
 */
state: LiftState, 
/**
 * Our neighbour there.
 */
partner: Person | null, 
/**
 * When its giver says that it was promised.
 */
signedAt: number, 
/**
 * When it was on this disk: received, if it comes in.
 */
heldAt: number | null, 
/**
 * When it entered the tally, the commit beside it.
 */
finalAt: number | null, 
/**
 * When both copies of the tally were first known to have it.
 */
matchedAt: number | null, 
/**
 * The balance before it; while it is not decided, the balance now.
 */
before: number | null, 
/**
 * The balance after it; while it is not decided, what it would be. Absent where it came to nothing.
 */
after: number | null, };
export type LiftView = { 
/**
 * Its name: the hash of what it is about.
 */
id: string, 
/**
 * What it is for.
 */
aim: LiftAim, 
/**
 * What we have to do with it.
 */
part: LiftPart, 
/**
 * The session in which its way was found.
 */
session: string, 
/**
 * How it stands.
 */
stage: LiftStage, 
/**
 * How it stands, for people.
 */
state: LiftState, 
/**
 * The deadline is over and nobody has said what was decided: it may still come to count.
 */
overdue: boolean, 
/**
 * How much.
 */
units: number, 
/**
 * Our tallies it goes over: one in, one out, or one of both.
 */
legs: Array<LiftLeg>, 
/**
 * What it changes, or would change, about all our tallies together: nothing, in a circle.
 */
netChange: number, 
/**
 * Who decides: `agent@host:port`.
 */
referee: string, 
/**
 * The same, and what they are to us.
 */
refereeView: RefereeView, 
/**
 * When it was decided, by the referee's clock.
 */
decidedAt: number | null, 
/**
 * Until when it can be claimed.
 */
expiresAt: number, 
/**
 * When it came here.
 */
madeAt: number, 
/**
 * When it came to count here.
 */
finalAt: number | null, 
/**
 * The certificate's hash, once there is one: names the proof.
 */
proof: string | null, 
/**
 * For a day nobody could say what was decided.
 */
stale: boolean, 
/**
 * Why it came to nothing, if it began here and did.
 */
why: LiftWhy | null, 
/**
 * Whether our own check of all its papers holds: signatures, certificate, amounts, and what was signed in
 * settings.
 */
sound: boolean, 
/**
 * The same, with what was found.
 */
audit: Audit, };
export type Looking = { 
/**
 * The session: a lift that comes of it has the same.
 */
session: string, 
/**
 * What for.
 */
aim: LiftAim, 
/**
 * How much, at most.
 */
units: number | null, 
/**
 * When the looking ends.
 */
until: number, };
export type LiftPage = { 
/**
 * Ways and circles that are being looked for at this moment.
 */
looking: Array<Looking>, 
/**
 * Lifts, the one that changed last first; at most two hundred.
 */
lifts: Array<LiftView>, };
export type LiftSum = { 
/**
 * Circles that closed.
 */
circles: number, 
/**
 * What they cleared.
 */
cleared: number, 
/**
 * Payments through the network: ours, to us, and through us.
 */
payments: number, 
/**
 * What they moved.
 */
moved: number, };
export type LiftWeek = { 
/**
 * When it began.
 */
from: number, 
/**
 * What was cleared and moved in it.
 */
sum: LiftSum, };
export type LiftStats = { 
/**
 * The last seven days.
 */
week: LiftSum, 
/**
 * The last thirty days.
 */
month: LiftSum, 
/**
 * Since this wallet began.
 */
ever: LiftSum, 
/**
 * Week by week, the oldest first, the running one last: at most 26.
 */
weeks: Array<LiftWeek>, };
export type NotCleared = "notYet" | "paused" | "tooFewTallies" | "nothingFits" | "noReferee" | "resting" | "noneFound" | "begun";
export type LiftChoices = { 
/**
 * No lift goes through at the moment.
 */
paused: boolean, 
/**
 * This wallet decides lifts for whoever asks.
 */
serves: boolean, 
/**
 * The referees that are accepted, the best first: `agent@host:port`.
 */
trusted: Array<string>, 
/**
 * Those of them whom the person named; the others are this wallet and partners.
 */
named: Array<string>, 
/**
 * Tallies over which no lift goes at the moment.
 */
pausedTallies: Array<string>, 
/**
 * Circles of less than this are left alone.
 */
least: number, 
/**
 * Tallies that come into force take part by themselves.
 */
joins: boolean, 
/**
 * Why nothing is cleared at the moment.
 */
notCleared: NotCleared, };
export type IdleWhy = "paused" | "tallyPaused" | "youTakeNoPart" | "theyTakeNoPart" | "copiesDiffer" | "closing" | "partnerAway" | "tooFewTallies" | "yourSettings" | "noRoom" | "noReferee" | "resting" | "noCircle";
export type IdleReason = { 
/**
 * What.
 */
why: IdleWhy, 
/**
 * The tally it is about, if it is about one.
 */
tally: string | null, 
/**
 * The partner on it.
 */
partner: Person | null, };
export type Idle = { 
/**
 * What came of the last look for a circle.
 */
last: NotCleared, 
/**
 * When that was; nothing if there was none since the wallet was opened.
 */
lookedAt: number | null, 
/**
 * Since when this wallet is open: before that, you were away.
 */
openSince: number, 
/**
 * Tallies in force.
 */
tallies: number, 
/**
 * Those that take part.
 */
takingPart: number, 
/**
 * What stands in the way, the widest first.
 */
reasons: Array<IdleReason>, };
export type SimulatedMove = { 
/**
 * The amount the circle asks for.
 */
amount: number, 
/**
 * Of it, what comes in if it comes this way.
 */
coming: number, 
/**
 * Of it, what goes out if it goes this way.
 */
going: number, };
export type Simulated = { 
/**
 * The rule they break, if any: all else is then what is in force.
 */
broken: SettingsRule | null, 
/**
 * How much could come in free of charge: what the partner owes us more.
 */
mayCome: number, 
/**
 * How much could go out free of charge: what they owe us less, or we owe them.
 */
mayGo: number, 
/**
 * What a circle that asks for so much would move over this tally, coming in and going out.
 */
asked: SimulatedMove | null, 
/**
 * The most that a circle of ours could move over this tally and another, were nothing paused: it moves what is
 * owed, and no more, whatever else could come and go.
 */
nextCircle: number, 
/**
 * What we owe on this tally: it can always be paid down free of charge, whatever is set.
 */
owed: number, };
export type Happening = { "kind": "tallyChanged", 
/**
 * Which one.
 */
tally: string, } | { "kind": "ticketChanged", 
/**
 * Which one.
 */
ticket: string, } | { "kind": "connectionChanged" } | { "kind": "activityChanged" } | { "kind": "liftChanged", 
/**
 * The session in which its way was found.
 */
session: string, } | { "kind": "liftAuditFailed", 
/**
 * The lift.
 */
lift: string, } | { "kind": "lagged" };
export type Event = { 
/**
 * Grows by one with every event of this run.
 */
seq: number, 
/**
 * What it is about.
 */
happening: Happening, };
export type WeakReason = "tooShort" | "tooUniform" | "tooCommon";
export type SettingsRule = "targetAboveBound" | "negative" | "chargeRange" | "chargeSum";
export type FailureCode = { "kind": "locked" } | { "kind": "alreadySetUp" } | { "kind": "keychainMissing" } | { "kind": "keychainRefused" } | { "kind": "keysDamaged" } | { "kind": "wrongPassphrase" } | { "kind": "weakPassphrase", 
/**
 * Why.
 */
reason: WeakReason, } | { "kind": "badName" } | { "kind": "notFound" } | { "kind": "stale" } | { "kind": "outOfTurn" } | { "kind": "copiesDiffer" } | { "kind": "onlyTowardZero", 
/**
 * What we may still sign, in milli-CHIPs.
 */
rest: number, } | { "kind": "badSettings", 
/**
 * Which.
 */
rule: SettingsRule, } | { "kind": "tooEarly", 
/**
 * The first instant that may be named.
 */
earliest: number, } | { "kind": "cannotCancel" } | { "kind": "ranOut" } | { "kind": "tooManyWaiting" } | { "kind": "badAmount" } | { "kind": "tooLong" } | { "kind": "notContactable" } | { "kind": "nothingWaits" } | { "kind": "notTaken" } | { "kind": "unreadableImage" } | { "kind": "imageTooLarge" } | { "kind": "svgRefused" } | { "kind": "pdfRefused" } | { "kind": "noCodeInImage" } | { "kind": "noCodeOnScreen" } | { "kind": "screenRefused" } | { "kind": "screenUnavailable" } | { "kind": "screenFailed" } | { "kind": "contractMissing" } | { "kind": "notAContract" } | { "kind": "badAddress" } | { "kind": "noReferee" } | { "kind": "noWay" } | { "kind": "badCode" } | { "kind": "partnersOnly" } | { "kind": "cannotPrint" } | { "kind": "disk" } | { "kind": "internal", 
/**
 * For a bug report.
 */
report: string, };
export type Failure = { 
/**
 * What went wrong.
 */
code: FailureCode, 
/**
 * Pressing again may help.
 */
retryable: boolean, 
/**
 * Pressing again cannot do the thing twice.
 */
safeToRepeat: boolean, };

export const commands = {
  appState: (): Promise<AppState> => invoke('app_state'),
  identityCreate: (identity: NewIdentity): Promise<AppState> => invoke('identity_create', { identity }),
  unlock: (passphrase: string): Promise<AppState> => invoke('unlock', { passphrase }),
  choose: (choices: Choices): Promise<null> => invoke('choose', { choices }),
  home: (): Promise<Home> => invoke('home'),
  connection: (): Promise<ConnectionView> => invoke('connection'),
  reach: (again: boolean): Promise<ReachView> => invoke('reach', { again }),
  openRouter: (wanted: boolean): Promise<ReachView> => invoke('open_router', { wanted }),
  findNearby: (wanted: boolean): Promise<ReachView> => invoke('find_nearby', { wanted }),
  doors: (): Promise<Doors> => invoke('doors'),
  forgive: (address: string | null): Promise<Doors> => invoke('forgive', { address }),
  tallies: (): Promise<Array<TallyRow>> => invoke('tallies'),
  tally: (id: string): Promise<TallyView> => invoke('tally', { id }),
  history: (tally: string, before: number | null, filter: HistoryFilter): Promise<HistoryPage> => invoke('history', { tally, before, filter }),
  entryCancel: (tally: string, entry: string): Promise<null> => invoke('entry_cancel', { tally, entry }),
  compare: (tally: string): Promise<null> => invoke('compare', { tally }),
  evidence: (tally: string): Promise<EvidenceFile> => invoke('evidence', { tally }),
  evidenceSave: (tally: string): Promise<string> => invoke('evidence_save', { tally }),
  historySave: (tally: string): Promise<string> => invoke('history_save', { tally }),
  contract: (hash: string): Promise<ContractView> => invoke('contract', { hash }),
  contracts: (): Promise<Array<ContractView>> => invoke('contracts'),
  contractImport: (text: string): Promise<ContractView> => invoke('contract_import', { text }),
  invite: (terms: InviteTerms): Promise<TicketView> => invoke('invite', { terms }),
  ticket: (id: string): Promise<TicketView> => invoke('ticket', { id }),
  tickets: (): Promise<Array<TicketView>> => invoke('tickets'),
  ticketRevoke: (id: string): Promise<TicketView> => invoke('ticket_revoke', { id }),
  ticketSave: (id: string, form: TicketForm): Promise<string> => invoke('ticket_save', { id, form }),
  print: (): Promise<null> => invoke('print'),
  codeInspect: (text: string): Promise<CodeCard> => invoke('code_inspect', { text }),
  imageInspect: (image: Uint8Array): Promise<Array<CodeCard>> => invoke('image_inspect', image),
  screenInspect: (): Promise<Array<CodeCard>> => invoke('screen_inspect'),
  cameras: (): Promise<CameraList> => invoke('cameras'),
  cameraStart: (run: number, camera: string | null): Promise<null> => invoke('camera_start', { run, camera }),
  cameraLook: (run: number): Promise<ArrayBuffer> => invoke('camera_look', { run }),
  cameraStop: (run: number): Promise<null> => invoke('camera_stop', { run }),
  contact: (inspection: string, disclose: Array<CardField>): Promise<string> => invoke('contact', { inspection, disclose }),
  handOver: (id: string): Promise<HandOver> => invoke('hand_over', { id }),
  takeOver: (inspection: string): Promise<string | null> => invoke('take_over', { inspection }),
  offerPreview: (tally: string): Promise<SignPreview> => invoke('offer_preview', { tally }),
  acceptPreview: (tally: string): Promise<SignPreview> => invoke('accept_preview', { tally }),
  payPreview: (tally: string, units: number, memo: string | null): Promise<SignPreview> => invoke('pay_preview', { tally, units, memo }),
  counterPreview: (tally: string, terms: CounterTerms): Promise<SignPreview> => invoke('counter_preview', { tally, terms }),
  grantPreview: (tally: string, request: string): Promise<SignPreview> => invoke('grant_preview', { tally, request }),
  settingsPreview: (tally: string, draft: SettingsDraft): Promise<SignPreview> => invoke('settings_preview', { tally, draft }),
  closePreview: (tally: string): Promise<SignPreview> => invoke('close_preview', { tally }),
  keepOpenPreview: (tally: string): Promise<SignPreview> => invoke('keep_open_preview', { tally }),
  callPreview: (tally: string, by: number): Promise<SignPreview> => invoke('call_preview', { tally, by }),
  forgivePreview: (tally: string): Promise<SignPreview> => invoke('forgive_preview', { tally }),
  sign: (preview: string): Promise<Signed> => invoke('sign', { preview }),
  refuse: (tally: string, reason: string | null): Promise<null> => invoke('refuse', { tally, reason }),
  settings: (tally: string): Promise<SettingsPage> => invoke('settings', { tally }),
  request: (tally: string, units: number, memo: string | null, days: number): Promise<string> => invoke('request', { tally, units, memo, days }),
  requestAgain: (tally: string, request: string, units: number, memo: string | null, days: number): Promise<null> => invoke('request_again', { tally, request, units, memo, days }),
  requestWithdraw: (tally: string, request: string): Promise<null> => invoke('request_withdraw', { tally, request }),
  requestRefuse: (tally: string, request: string, reason: string | null): Promise<null> => invoke('request_refuse', { tally, request, reason }),
  requests: (tally: string | null): Promise<Array<RequestView>> => invoke('requests', { tally }),
  activity: (before: number | null): Promise<Activity> => invoke('activity', { before }),
  activityRead: (through: string): Promise<null> => invoke('activity_read', { through }),
  withdraw: (tally: string): Promise<null> => invoke('withdraw', { tally }),
  lifts: (): Promise<LiftPage> => invoke('lifts'),
  lift: (id: string): Promise<LiftView> => invoke('lift', { id }),
  liftStats: (): Promise<LiftStats> => invoke('lift_stats'),
  liftAudit: (id: string): Promise<Audit> => invoke('lift_audit', { id }),
  liftEvidenceSave: (id: string): Promise<string> => invoke('lift_evidence_save', { id }),
  liftIdle: (): Promise<Idle> => invoke('lift_idle'),
  liftChoices: (): Promise<LiftChoices> => invoke('lift_choices'),
  liftsPreview: (tally: string, wanted: boolean): Promise<SignPreview> => invoke('lifts_preview', { tally, wanted }),
  clearingPause: (tally: string | null, wanted: boolean): Promise<LiftChoices> => invoke('clearing_pause', { tally, wanted }),
  clearingLeast: (units: number): Promise<LiftChoices> => invoke('clearing_least', { units }),
  clearingJoin: (wanted: boolean): Promise<LiftChoices> => invoke('clearing_join', { wanted }),
  refereeServe: (wanted: boolean): Promise<LiftChoices> => invoke('referee_serve', { wanted }),
  refereeTrust: (address: string, wanted: boolean): Promise<LiftChoices> => invoke('referee_trust', { address, wanted }),
  settingsSimulate: (tally: string, draft: SettingsDraft, amount: number | null): Promise<Simulated> => invoke('settings_simulate', { tally, draft, amount }),
  invoice: (units: number | null, memo: string | null, reference: string | null, goodFor: number): Promise<InvoiceView> => invoke('invoice', { units, memo, reference, goodFor }),
  invoiceShow: (id: string): Promise<InvoiceView> => invoke('invoice_show', { id }),
  invoices: (): Promise<Array<InvoiceView>> => invoke('invoices'),
  invoiceSave: (id: string, form: TicketForm): Promise<string> => invoke('invoice_save', { id, form }),
  payLook: (code: string, units: number | null): Promise<PaymentView> => invoke('pay_look', { code, units }),
  paySign: (id: string, units: number | null): Promise<PaymentView> => invoke('pay_sign', { id, units }),
  payment: (id: string): Promise<PaymentView> => invoke('payment', { id }),
  payments: (): Promise<Array<PaymentView>> => invoke('payments'),
  receiptSave: (id: string): Promise<string> => invoke('receipt_save', { id }),
  identityCard: (): Promise<Card> => invoke('identity_card'),
  identityCardSave: (card: Card): Promise<null> => invoke('identity_card_save', { card }),
}
