//! Lifts: invoices that strangers can pay, payments that find their way, debts that cancel in circles.

use super::{Milli, Millis, view};

view! {
    /// An invoice of ours.
    pub struct InvoiceView {
        /// Its name: that of the session in which a way to it is looked for.
        pub id: String,
        /// The text to be shown or sent: whoever has it can pay.
        pub code: String,
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
        /// How it stands.
        pub stage: LiftStage,
        /// How much.
        #[cfg_attr(feature = "bindings", ts(type = "number"))]
        pub units: Milli,
        /// Our tallies it goes over: one in, one out, or one of both.
        pub legs: Vec<LiftLeg>,
        /// Who decides: `agent@host:port`.
        pub referee: String,
        /// When it was decided, by the referee's clock.
        #[cfg_attr(feature = "bindings", ts(type = "number | null"))]
        pub decided_at: Option<Millis>,
        /// Until when it can be claimed.
        #[cfg_attr(feature = "bindings", ts(type = "number"))]
        pub expires_at: Millis,
        /// When it came here.
        #[cfg_attr(feature = "bindings", ts(type = "number"))]
        pub made_at: Millis,
        /// For a day nobody could say what was decided.
        pub stale: bool,
        /// Why it came to nothing, if it began here and did.
        pub why: Option<LiftWhy>,
        /// Whether our own check of all its papers holds: signatures, certificate, amounts, and what was signed in
        /// settings.
        pub sound: bool,
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
        /// The referees that are accepted: `agent@host:port`.
        pub trusted: Vec<String>,
        /// Why nothing is cleared at the moment.
        pub not_cleared: NotCleared,
    }
}
