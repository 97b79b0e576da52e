//! Lifts: invoices that strangers can pay, payments that find their way, debts that cancel in circles.

use super::clearing::{Audit, LiftState, RefereeView};
use super::{Milli, Millis, Person, view};

view! {
    /// An invoice of ours.
    pub struct InvoiceView {
        /// Its name: that of the session in which a way to it is looked for.
        pub id: String,
        /// The text to be shown or sent: whoever has it can pay.
        pub code: String,
        /// The same as a QR code, an SVG document; absent where nothing draws, and once it cannot be paid any more.
        pub svg: Option<String>,
        /// Modules along one side of the code, without the quiet zone.
        pub modules: Option<u32>,
        /// How much; nothing if the payer chooses.
        #[cfg_attr(feature = "bindings", ts(type = "number | null"))]
        pub units: Option<Milli>,
        /// What for.
        pub memo: Option<String>,
        /// Our own name for it.
        pub reference: Option<String>,
        /// Until when it can be paid.
        #[cfg_attr(feature = "bindings", ts(type = "number"))]
        pub expires_at: Millis,
        /// When it was made.
        #[cfg_attr(feature = "bindings", ts(type = "number"))]
        pub made_at: Millis,
        /// The wallet's own clock, for the countdown.
        #[cfg_attr(feature = "bindings", ts(type = "number"))]
        pub now: Millis,
        /// What became of it.
        pub state: InvoiceState,
        /// The lift that paid it, or is about to.
        pub lift: Option<String>,
    }

    /// What became of an invoice of ours.
    #[derive(Copy, Eq)]
    pub enum InvoiceState {
        /// Nobody has paid it.
        Waiting,
        /// Somebody is paying it at this moment.
        Coming,
        /// It is paid.
        Paid,
        /// It was claimed, and nothing came of it: ask with a new one.
        Spent,
        /// Its time is over.
        Expired,
    }

    /// Somebody's invoice that we pay, or could.
    pub struct PaymentView {
        /// Its name.
        pub id: String,
        /// Who is to be paid, as the invoice says. Nobody has proven that it is them.
        pub payee: String,
        /// Hex of 32 bytes; seeds the picture of whoever is to be paid.
        pub fingerprint: String,
        /// Four words that their screen shows as well.
        pub words: [String; 4],
        /// The partner over whom the way begins, once one is known; after a try that came to nothing, the next one.
        pub via: Option<Person>,
        /// How much; nothing as long as it is open and nobody chose.
        #[cfg_attr(feature = "bindings", ts(type = "number | null"))]
        pub units: Option<Milli>,
        /// What paying it costs on top of that: nothing, in this version.
        #[cfg_attr(feature = "bindings", ts(type = "number"))]
        pub cost: Milli,
        /// What for, in the words of whoever asks.
        pub memo: Option<String>,
        /// What whoever asks calls it.
        pub reference: Option<String>,
        /// Until when it can be paid.
        #[cfg_attr(feature = "bindings", ts(type = "number"))]
        pub expires_at: Millis,
        /// Until when what was signed is decided, while it is under way.
        #[cfg_attr(feature = "bindings", ts(type = "number | null"))]
        pub deadline: Option<Millis>,
        /// How it stands.
        pub state: PaymentState,
        /// The lift that pays it.
        pub lift: Option<String>,
        /// Why the last try came to nothing.
        pub why: Option<LiftWhy>,
    }

    /// How a payment stands.
    #[derive(Copy, Eq)]
    pub enum PaymentState {
        /// No way was found, so far.
        NoWay,
        /// There is a way: it can be signed.
        Reachable,
        /// Signed and under way: all of it, or nothing.
        UnderWay,
        /// Paid; there is a receipt.
        Paid,
        /// It came to nothing, and nothing was given. It can be tried again.
        Failed,
        /// The referee decided against it, or too late: nothing was given. Ask for another invoice.
        Void,
    }

    /// One lift, as far as this wallet has to do with it.
    pub struct LiftView {
        /// Its name: the hash of what it is about.
        pub id: String,
        /// What it is for.
        pub aim: LiftAim,
        /// What we have to do with it.
        pub part: LiftPart,
        /// The session in which its way was found.
        pub session: String,
        /// How it stands.
        pub stage: LiftStage,
        /// How it stands, for people.
        pub state: LiftState,
        /// The deadline is over and nobody has said what was decided: it may still come to count.
        pub overdue: bool,
        /// How much.
        #[cfg_attr(feature = "bindings", ts(type = "number"))]
        pub units: Milli,
        /// Our tallies it goes over: one in, one out, or one of both.
        pub legs: Vec<LiftLeg>,
        /// What it changes, or would change, about all our tallies together: nothing, in a circle.
        #[cfg_attr(feature = "bindings", ts(type = "number"))]
        pub net_change: Milli,
        /// Who decides: `agent@host:port`.
        pub referee: String,
        /// The same, and what they are to us.
        pub referee_view: RefereeView,
        /// When it was decided, by the referee's clock.
        #[cfg_attr(feature = "bindings", ts(type = "number | null"))]
        pub decided_at: Option<Millis>,
        /// Until when it can be claimed.
        #[cfg_attr(feature = "bindings", ts(type = "number"))]
        pub expires_at: Millis,
        /// When it came here.
        #[cfg_attr(feature = "bindings", ts(type = "number"))]
        pub made_at: Millis,
        /// When it came to count here.
        #[cfg_attr(feature = "bindings", ts(type = "number | null"))]
        pub final_at: Option<Millis>,
        /// The certificate's hash, once there is one: names the proof.
        pub proof: Option<String>,
        /// For a day nobody could say what was decided.
        pub stale: bool,
        /// Why it came to nothing, if it began here and did.
        pub why: Option<LiftWhy>,
        /// Whether our own check of all its papers holds: signatures, certificate, amounts, and what was signed in
        /// settings.
        pub sound: bool,
        /// The same, with what was found.
        pub audit: Audit,
    }

    /// One tally of a lift.
    pub struct LiftLeg {
        /// The tally.
        pub tally: String,
        /// The entry that it makes there.
        pub entry: String,
        /// What it changes there, if it counts: above zero where value comes in.
        #[cfg_attr(feature = "bindings", ts(type = "number"))]
        pub change: Milli,
        /// Whether it counts, or may still come to count.
        pub stage: LiftStage,
        /// The same, for people.
        pub state: LiftState,
        /// Our neighbour there.
        pub partner: Option<Person>,
        /// When its giver says that it was promised.
        #[cfg_attr(feature = "bindings", ts(type = "number"))]
        pub signed_at: Millis,
        /// When it was on this disk: received, if it comes in.
        #[cfg_attr(feature = "bindings", ts(type = "number | null"))]
        pub held_at: Option<Millis>,
        /// When it entered the tally, the commit beside it.
        #[cfg_attr(feature = "bindings", ts(type = "number | null"))]
        pub final_at: Option<Millis>,
        /// When both copies of the tally were first known to have it.
        #[cfg_attr(feature = "bindings", ts(type = "number | null"))]
        pub matched_at: Option<Millis>,
        /// The balance before it; while it is not decided, the balance now.
        #[cfg_attr(feature = "bindings", ts(type = "number | null"))]
        pub before: Option<Milli>,
        /// The balance after it; while it is not decided, what it would be. Absent where it came to nothing.
        #[cfg_attr(feature = "bindings", ts(type = "number | null"))]
        pub after: Option<Milli>,
    }

    /// What a lift is for.
    #[derive(Copy, Eq)]
    pub enum LiftAim {
        /// Somebody is paid.
        Pay,
        /// Debts cancel.
        Clear,
    }

    /// What we have to do with a lift.
    #[derive(Copy, Eq)]
    pub enum LiftPart {
        /// It began here.
        Began,
        /// It goes through.
        Through,
        /// We are paid.
        Payee,
    }

    /// How a lift stands.
    #[derive(Copy, Eq)]
    pub enum LiftStage {
        /// Promised, and not decided.
        Open,
        /// It counts.
        Good,
        /// Decided against.
        Void,
        /// Given up before anything was decided.
        GivenUp,
    }

    /// Why a lift came to nothing.
    #[derive(Copy, Eq)]
    pub enum LiftWhy {
        /// A tally on the way takes no part at the moment.
        Shut,
        /// Too little time was left.
        Time,
        /// Somebody on the way does not accept the referee.
        Referee,
        /// Somebody on the way had no room any more.
        Room,
        /// The way was forgotten.
        Route,
        /// Too much was going on.
        Busy,
        /// It did not fit the invoice.
        Terms,
        /// Somebody further on gave it up.
        Beyond,
        /// Another reason.
        Other,
    }

    /// Why nothing is cleared, as far as this wallet can tell.
    #[derive(Copy, Eq)]
    pub enum NotCleared {
        /// The wallet has only been opened.
        NotYet,
        /// The person lets no lift go through at the moment.
        Paused,
        /// Fewer than two tallies take part.
        TooFewTallies,
        /// No tally has room in while another has room out, of ten CHIP at least.
        NothingFits,
        /// Nobody is known who decides.
        NoReferee,
        /// It has looked often enough for now.
        Resting,
        /// It has looked, and found no circle.
        NoneFound,
        /// A circle was found and begun.
        Begun,
    }

    /// What this wallet does about lifts, beside what is signed.
    pub struct LiftChoices {
        /// No lift goes through at the moment.
        pub paused: bool,
        /// This wallet decides lifts for whoever asks.
        pub serves: bool,
        /// The referees that are accepted, the best first: `agent@host:port`.
        pub trusted: Vec<String>,
        /// Those of them whom the person named; the others are this wallet and partners.
        pub named: Vec<String>,
        /// Tallies over which no lift goes at the moment.
        pub paused_tallies: Vec<String>,
        /// Circles of less than this are left alone.
        #[cfg_attr(feature = "bindings", ts(type = "number"))]
        pub least: Milli,
        /// Tallies that come into force take part by themselves.
        pub joins: bool,
        /// Why nothing is cleared at the moment.
        pub not_cleared: NotCleared,
    }
}
