//! What the skins (window, command line) are shown: plain data, made from the ledger, never fed back into it.
//!
//! Amounts are milli-CHIPs from the point of view of the person using the wallet; instants are milliseconds since the
//! Unix epoch. Words live in the front end: everything here is a code, a number or quoted text.

mod activity;
mod clearing;
mod code;
mod deal;
mod doors;
mod event;
mod failure;
mod history;
mod lift;
mod metrics;
mod person;
mod reach;
mod request;
mod settings;
mod sign;
mod tally;
mod ticket;

pub use activity::{Activity, ActivityItem, ActivityKind};
pub use clearing::{
    Audit, AuditFault, AuditFinding, AuditVerdict, Idle, IdleReason, IdleWhy, LiftPage, LiftState, LiftStats,
    LiftSum, LiftWeek, Looking, RefereeView, RefereeWho, Simulated, SimulatedMove,
};
pub use code::{
    Brought, Check, CheckName, CheckResult, CodeCard, CodeForm, CodeKind, CodeProblem, HandOver, Parcel,
    Progress,
};
pub use deal::{
    CounterTerms, Difference, DifferenceField, DisputeKind, DisputeView, EvidenceFile, NegotiationView,
    Repair, RepairState, Turn, Whose,
};
pub use doors::{Doors, TurnedAway, TurnedAwayWhy};
pub use event::{Event, Happening};
pub use failure::{Failure, FailureCode, WeakReason};
pub use history::{CancelledView, HistoryFilter, HistoryKind, HistoryPage, HistoryWho};
pub use lift::{
    InvoiceState, InvoiceView, LiftAim, LiftChoices, LiftLeg, LiftPart, LiftStage, LiftView, LiftWhy,
    NotCleared, PaymentState, PaymentView,
};
pub use metrics::Metrics;
pub use person::{
    AppState, Card, CardField, Choices, ClockDiffers, ConnectionState, ConnectionView, ConnectionWhy,
    IdentityView, KeychainState, NewIdentity, Person, ProtectorChoice, ProtectorKind, Stage, Theme,
};
pub use reach::{
    CameFrom, NearbyAnswer, NearbyView, ReachVerdict, ReachView, RelayView, RouterAnswer, RouterMeans,
    RouterView,
};
pub use request::{RequestState, RequestView};
pub use settings::{ClosingView, SettingsChange, SettingsDraft, SettingsPage, SettingsRule, SettingsView};
pub use sign::{ContractView, SignKind, SignPreview, Signed, Standing, Warning};
pub use tally::{
    Copies, CopiesState, Direction, EntryKind, EntryStage, EntryView, Home, Need, NeedKind, Notch, PhaseView,
    Proof, ShareOfPosition, TallyRow, TallyView, TermsView,
};
pub use ticket::{InviteTerms, Template, TicketForm, TicketState, TicketView};

/// Declares view types: all are serialised in camelCase and described to TypeScript when bindings are wanted.
macro_rules! view {
    ($($(#[$meta:meta])* $vis:vis $kind:ident $name:ident $body:tt)*) => {$(
        #[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
        #[cfg_attr(feature = "bindings", derive(ts_rs::TS))]
        #[serde(rename_all = "camelCase")]
        $(#[$meta])*
        $vis $kind $name $body
    )*};
}
pub(crate) use view;

/// An amount in milli-CHIPs: a plain integer on its way to and from the window, below 2^53 in size.
pub type Milli = i64;

/// An instant in milliseconds since the Unix epoch.
pub type Millis = i64;
