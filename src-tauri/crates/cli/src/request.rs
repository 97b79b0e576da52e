//! The one list of what a wallet can be asked from the command line, and of what it answers.

use serde::{Deserialize, Serialize};
use tallystick_node::view::{
    Activity, Card, CardField, CodeCard, ConnectionView, ContractView, CounterTerms, Doors, EvidenceFile,
    Failure, HistoryFilter, HistoryPage, IdentityView, Idle, InviteTerms, InvoiceView, LiftChoices,
    LiftStats, LiftView, Metrics, Milli, Millis, PaymentView, ReachView, Repair, RequestView, SettingsDraft,
    SettingsPage, SignPreview, Signed, TallyRow, TallyView, TicketView,
};

pub(crate) use crate::verified::Verified;

/// Something to do. It may hold a ticket's token or private words, so it is never logged and has no `Debug`.
#[derive(Serialize, Deserialize)]
#[serde(tag = "verb", rename_all = "camelCase")]
pub(crate) enum Request {
    /// Draft a tally and make a ticket for it.
    Invite { terms: InviteTerms },
    /// One ticket.
    Ticket { id: String },
    /// All tickets.
    Tickets,
    /// Take a ticket back.
    Revoke { id: String },
    /// Look at the text of a code.
    Inspect { text: String },
    /// Use an inspected ticket.
    Contact { inspection: String, disclose: Vec<CardField> },
    /// All tallies.
    Tallies,
    /// One tally.
    Tally { id: String },
    /// What offering would sign.
    OfferPreview { tally: String },
    /// What accepting would sign.
    AcceptPreview { tally: String },
    /// What changing an offer would sign.
    CounterPreview { tally: String, terms: CounterTerms },
    /// What paying would sign.
    PayPreview { tally: String, units: Milli, memo: Option<String> },
    /// Sign what a preview showed.
    Sign { preview: String },
    /// Refuse an offer.
    Refuse { tally: String, reason: Option<String> },
    /// Take an offer back.
    Withdraw { tally: String },
    /// Compare the two copies.
    Compare { tally: String },
    /// Repair our copy from theirs.
    Repair { tally: String },
    /// Everything needed to judge a tally.
    Evidence { tally: String },
    /// A contract.
    Contract { hash: String },
    /// All contracts.
    Contracts,
    /// Bring a contract in.
    ContractImport { text: String },
    /// Our identity card.
    IdentityCard,
    /// Keep our identity card.
    IdentityCardSave { card: Card },
    /// A page of entries.
    History { tally: String, before: Option<u64>, filter: HistoryFilter },
    /// Ask to be paid.
    Ask { tally: String, units: Milli, memo: Option<String>, days: u32 },
    /// Ask again with other words.
    AskAgain { tally: String, request: String, units: Milli, memo: Option<String>, days: u32 },
    /// Take a request back.
    Unask { tally: String, request: String },
    /// Refuse a request.
    Decline { tally: String, request: String, reason: Option<String> },
    /// Requests.
    Requests { tally: Option<String> },
    /// What paying a request would sign.
    GrantPreview { tally: String, request: String },
    /// Take an entry back.
    Cancel { tally: String, entry: String },
    /// The settings of both sides.
    Settings { tally: String },
    /// What new settings would sign.
    SettingsPreview { tally: String, draft: SettingsDraft },
    /// What asking to close would sign.
    ClosePreview { tally: String },
    /// What taking that back would sign.
    KeepOpenPreview { tally: String },
    /// What asking to settle up would sign.
    CallPreview { tally: String, by: Millis },
    /// What forgiving the rest would sign.
    ForgivePreview { tally: String },
    /// What taking part in lifts would sign, or taking that back.
    LiftsPreview { tally: String, wanted: bool },
    /// How this wallet stands to lifts.
    LiftChoices,
    /// Let no lift go over a tally, or over any, or let them again.
    LiftsPause { tally: Option<String>, wanted: bool },
    /// Leave smaller circles alone.
    LiftLeast { units: Milli },
    /// Have new tallies take part by themselves, or not.
    LiftJoin { wanted: bool },
    /// What was cleared and moved.
    LiftStats,
    /// Why nothing is cleared.
    LiftIdle,
    /// All that the check of a lift rests on.
    LiftEvidence { id: String },
    /// Decide lifts for whoever asks, or for nobody.
    RefereeServe { wanted: bool },
    /// Accept a referee, or do not any more.
    RefereeTrust { address: String, wanted: bool },
    /// All lifts.
    Lifts,
    /// One lift.
    Lift { id: String },
    /// Make an invoice.
    Invoice { units: Option<Milli>, memo: Option<String>, reference: Option<String>, good_for: u32 },
    /// Our invoices.
    Invoices,
    /// One of our invoices.
    InvoiceShow { id: String },
    /// Look for a way to whoever shows an invoice.
    PayLook { code: String, units: Option<Milli> },
    /// Pay what was looked at.
    PaySign { id: String, units: Option<Milli> },
    /// How a payment stands.
    Payment { id: String },
    /// The receipt of what was paid.
    Receipt { id: String },
    /// What needs us, what waits, what happened.
    Activity { before: Option<i64> },
    /// Remember how far that was seen.
    ActivityRead { through: String },
    /// Use this relay, or none.
    UseRelay { relay: Option<String> },
    /// Which relay is used.
    Relay,
    /// Who is turned away at the door.
    Doors,
    /// Let an address call again, or all of them.
    Forgive { address: Option<String> },
    /// Who and how reachable this wallet is.
    Status,
    /// How this wallet can be reached; looked at again, if that is wanted.
    Reach { again: bool },
    /// Let the router be asked to let callers in, or not any more.
    OpenRouter { wanted: bool },
    /// Let partners be looked for on the local network, or not any more.
    FindNearby { wanted: bool },
    /// Check everything again.
    Verify,
}

impl Request {
    /// Whether asking again, not knowing if it was done, cannot do the thing twice.
    #[cfg_attr(not(unix), expect(dead_code, reason = "there is no control socket"))]
    pub(crate) fn is_safe_to_repeat(&self) -> bool {
        match self {
            // A new preview would be a new promise.
            Self::Invite { .. } | Self::Sign { .. } | Self::Ask { .. } | Self::Invoice { .. } => false,
            // Said again it is refused, though it was done.
            Self::PaySign { .. } => false,
            Self::Ticket { .. }
            | Self::Tickets
            | Self::Revoke { .. }
            | Self::Inspect { .. }
            | Self::Contact { .. }
            | Self::Tallies
            | Self::Tally { .. }
            | Self::OfferPreview { .. }
            | Self::AcceptPreview { .. }
            | Self::PayPreview { .. }
            | Self::CounterPreview { .. }
            | Self::Refuse { .. }
            | Self::Withdraw { .. }
            | Self::Compare { .. }
            | Self::Repair { .. }
            | Self::Evidence { .. }
            | Self::Contract { .. }
            | Self::Contracts
            | Self::ContractImport { .. }
            | Self::IdentityCard
            | Self::IdentityCardSave { .. }
            | Self::History { .. }
            | Self::AskAgain { .. }
            | Self::Unask { .. }
            | Self::Decline { .. }
            | Self::Requests { .. }
            | Self::GrantPreview { .. }
            | Self::Cancel { .. }
            | Self::Settings { .. }
            | Self::SettingsPreview { .. }
            | Self::ClosePreview { .. }
            | Self::KeepOpenPreview { .. }
            | Self::CallPreview { .. }
            | Self::ForgivePreview { .. }
            | Self::LiftsPreview { .. }
            | Self::LiftChoices
            | Self::LiftsPause { .. }
            | Self::LiftLeast { .. }
            | Self::LiftJoin { .. }
            | Self::LiftStats
            | Self::LiftIdle
            | Self::LiftEvidence { .. }
            | Self::RefereeServe { .. }
            | Self::RefereeTrust { .. }
            | Self::Lifts
            | Self::Lift { .. }
            | Self::Invoices
            | Self::InvoiceShow { .. }
            | Self::PayLook { .. }
            | Self::Payment { .. }
            | Self::Receipt { .. }
            | Self::Activity { .. }
            | Self::ActivityRead { .. }
            | Self::UseRelay { .. }
            | Self::Relay
            | Self::Doors
            | Self::Forgive { .. }
            | Self::Status
            | Self::Reach { .. }
            | Self::OpenRouter { .. }
            | Self::FindNearby { .. }
            | Self::Verify => true,
        }
    }
}

/// What comes back over the control socket.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Reply {
    /// It was done.
    Done(Box<Response>),
    /// It was refused.
    Failed(Failure),
}

/// A kind of answer.
pub(crate) trait Answer: Sized {
    /// Takes it out of a response; nothing if the response is another one.
    fn take(response: Response) -> Option<Self>;
}

macro_rules! answers {
    ($($(#[$meta:meta])* $variant:ident($view:ty),)*) => {
        /// What was asked for.
        #[derive(Serialize, Deserialize)]
        #[serde(tag = "is", content = "view", rename_all = "camelCase")]
        #[expect(clippy::large_enum_variant, reason = "there is one answer at a time, and the socket boxes it")]
        pub(crate) enum Response {
            $($(#[$meta])* $variant($view),)*
        }
        $(
            impl Answer for $view {
                fn take(response: Response) -> Option<Self> {
                    if let Response::$variant(view) = response { Some(view) } else { None }
                }
            }

            impl From<$view> for Response {
                fn from(view: $view) -> Self {
                    Self::$variant(view)
                }
            }
        )*
    };
}

answers! {
    /// A ticket.
    Ticket(TicketView),
    /// Tickets.
    Tickets(Vec<TicketView>),
    /// A code, looked at.
    Card(CodeCard),
    /// The name of what was made.
    Name(String),
    /// The list of tallies.
    Tallies(Vec<TallyRow>),
    /// A tally.
    Tally(TallyView),
    /// A sign sheet.
    Preview(SignPreview),
    /// What was signed.
    Signed(Signed),
    /// What came of a repair.
    Repair(Repair),
    /// A file for whoever must judge.
    Evidence(EvidenceFile),
    /// A contract.
    Contract(ContractView),
    /// Contracts.
    Contracts(Vec<ContractView>),
    /// Our identity card.
    IdentityCard(Card),
    /// Entries.
    History(HistoryPage),
    /// Requests.
    Requests(Vec<RequestView>),
    /// The settings of both sides.
    Settings(SettingsPage),
    /// How the wallet stands to lifts.
    LiftChoices(LiftChoices),
    /// What was cleared.
    LiftStats(LiftStats),
    /// Why nothing is.
    LiftIdle(Idle),
    /// Lifts.
    Lifts(Vec<LiftView>),
    /// A lift.
    Lift(LiftView),
    /// An invoice.
    Invoice(InvoiceView),
    /// Invoices.
    Invoices(Vec<InvoiceView>),
    /// A payment.
    Payment(PaymentView),
    /// The three lanes.
    Activity(Activity),
    /// Which relay.
    Relay(RelayState),
    /// Who is turned away.
    Doors(Doors),
    /// Who and how reachable.
    Status(Status),
    /// How this wallet can be reached.
    Reach(ReachView),
    /// What a check found.
    Verified(Verified),
    /// Done, and nothing to say about it.
    Done(()),
}

/// Who this wallet is and how it can be reached.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Status {
    /// Version of the program that answers.
    pub(crate) version: String,
    /// The process that answers.
    pub(crate) pid: u32,
    /// Who this wallet is.
    pub(crate) identity: IdentityView,
    /// How it can be reached.
    pub(crate) connection: ConnectionView,
    /// What it counts about itself.
    pub(crate) metrics: Metrics,
}

/// Which relay is used.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RelayState {
    /// `agent@host:port`.
    pub(crate) relay: Option<String>,
    /// Where it makes this wallet reachable at this moment.
    pub(crate) reachable_at: Option<String>,
}
