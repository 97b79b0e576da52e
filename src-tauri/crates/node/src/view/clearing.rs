//! The page of lifts: what goes on, what was checked, what keeps debts from cancelling, what settings would do.

use super::{LiftAim, LiftView, Milli, Millis, NotCleared, Person, SettingsRule, view};

view! {
    /// What is looked for, and what this wallet has to do with.
    pub struct LiftPage {
        /// Ways and circles that are being looked for at this moment.
        pub looking: Vec<Looking>,
        /// Lifts, the one that changed last first; at most two hundred.
        pub lifts: Vec<LiftView>,
    }

    /// A way or a circle that is being looked for.
    pub struct Looking {
        /// The session: a lift that comes of it has the same.
        pub session: String,
        /// What for.
        pub aim: LiftAim,
        /// How much, at most.
        #[cfg_attr(feature = "bindings", ts(type = "number | null"))]
        pub units: Option<Milli>,
        /// When the looking ends.
        #[cfg_attr(feature = "bindings", ts(type = "number"))]
        pub until: Millis,
    }

    /// How a lift or one of its hops stands, for people.
    #[derive(Copy, Eq)]
    pub enum LiftState {
        /// Promised, and not decided. Past its deadline the referee is asked again and again.
        Promised,
        /// It counts.
        Final,
        /// Given up in writing, or called off.
        Cancelled,
        /// Its time ran out before anybody claimed it.
        TimedOut,
    }

    /// What our own check of a lift found.
    pub struct Audit {
        /// In one word.
        pub verdict: AuditVerdict,
        /// What does not hold, if anything.
        pub findings: Vec<AuditFinding>,
        /// When it was checked.
        #[cfg_attr(feature = "bindings", ts(type = "number"))]
        pub checked_at: Millis,
    }

    /// The outcome of a check.
    #[derive(Copy, Eq)]
    pub enum AuditVerdict {
        /// All papers hold, and all of it is within what was signed.
        Within,
        /// Something does not hold.
        Outside,
    }

    /// One thing that does not hold.
    #[derive(Eq)]
    pub struct AuditFinding {
        /// What.
        pub what: AuditFault,
        /// On which tally, if on one.
        pub tally: Option<String>,
    }

    /// What does not hold.
    #[derive(Copy, Eq)]
    pub enum AuditFault {
        /// A promise is not signed by a key that was delegated.
        Signature,
        /// The certificate does not fit, or is not the referee's.
        Certificate,
        /// It is said to count, and is not in the tally.
        NotBooked,
        /// It is in the tally without counting.
        BookedAnyway,
        /// Our settings allowed no lift on this tally then.
        NotAllowed,
        /// More came in than we like to hold.
        AboveTarget,
        /// More went out than our settings let go free of charge.
        BelowTarget,
        /// More went out than came in.
        Uncovered,
    }

    /// What was cleared and moved.
    pub struct LiftStats {
        /// The last seven days.
        pub week: LiftSum,
        /// The last thirty days.
        pub month: LiftSum,
        /// Since this wallet began.
        pub ever: LiftSum,
        /// Week by week, the oldest first, the running one last: at most 26.
        pub weeks: Vec<LiftWeek>,
    }

    /// What was cleared and moved in a time.
    #[derive(Copy, Eq, Default)]
    pub struct LiftSum {
        /// Circles that closed.
        pub circles: u32,
        /// What they cleared.
        #[cfg_attr(feature = "bindings", ts(type = "number"))]
        pub cleared: Milli,
        /// Payments through the network: ours, to us, and through us.
        pub payments: u32,
        /// What they moved.
        #[cfg_attr(feature = "bindings", ts(type = "number"))]
        pub moved: Milli,
    }

    /// One week.
    #[derive(Copy, Eq)]
    pub struct LiftWeek {
        /// When it began.
        #[cfg_attr(feature = "bindings", ts(type = "number"))]
        pub from: Millis,
        /// What was cleared and moved in it.
        pub sum: LiftSum,
    }

    /// Why nothing is cleared.
    pub struct Idle {
        /// What came of the last look for a circle.
        pub last: NotCleared,
        /// When that was; nothing if there was none since the wallet was opened.
        #[cfg_attr(feature = "bindings", ts(type = "number | null"))]
        pub looked_at: Option<Millis>,
        /// Since when this wallet is open: before that, you were away.
        #[cfg_attr(feature = "bindings", ts(type = "number"))]
        pub open_since: Millis,
        /// Tallies in force.
        pub tallies: u32,
        /// Those that take part.
        pub taking_part: u32,
        /// What stands in the way, the widest first.
        pub reasons: Vec<IdleReason>,
    }

    /// One thing that stands in the way.
    pub struct IdleReason {
        /// What.
        pub why: IdleWhy,
        /// The tally it is about, if it is about one.
        pub tally: Option<String>,
        /// The partner on it.
        pub partner: Option<Person>,
    }

    /// What stands in the way of clearing.
    #[derive(Copy, Eq)]
    pub enum IdleWhy {
        /// The person paused all clearing.
        Paused,
        /// The person paused it on this tally.
        TallyPaused,
        /// We signed no permission on this tally.
        YouTakeNoPart,
        /// The partner signed none.
        TheyTakeNoPart,
        /// The two copies do not match.
        CopiesDiffer,
        /// The tally closes.
        Closing,
        /// The partner's wallet cannot be reached.
        PartnerAway,
        /// Fewer than two tallies take part.
        TooFewTallies,
        /// Our settings let nothing more come in or go out where it could.
        YourSettings,
        /// On no two tallies is enough owed, the one to us, the other by us.
        NoRoom,
        /// Nobody is known who decides.
        NoReferee,
        /// It looked often enough for this hour.
        Resting,
        /// It looked, and found no circle.
        NoCircle,
    }

    /// What settings would do, told before they are signed.
    #[derive(Copy, Eq)]
    pub struct Simulated {
        /// The rule they break, if any: all else is then what is in force.
        pub broken: Option<SettingsRule>,
        /// How much could come in free of charge: what the partner owes us more.
        #[cfg_attr(feature = "bindings", ts(type = "number"))]
        pub may_come: Milli,
        /// How much could go out free of charge: what they owe us less, or we owe them.
        #[cfg_attr(feature = "bindings", ts(type = "number"))]
        pub may_go: Milli,
        /// What a circle that asks for so much would move over this tally, coming in and going out.
        pub asked: Option<SimulatedMove>,
        /// The most that a circle of ours could move over this tally and another, were nothing paused: it moves what is
        /// owed, and no more, whatever else could come and go.
        #[cfg_attr(feature = "bindings", ts(type = "number"))]
        pub next_circle: Milli,
        /// What we owe on this tally: it can always be paid down free of charge, whatever is set.
        #[cfg_attr(feature = "bindings", ts(type = "number"))]
        pub owed: Milli,
    }

    /// What a circle would move.
    #[derive(Copy, Eq)]
    pub struct SimulatedMove {
        /// The amount the circle asks for.
        #[cfg_attr(feature = "bindings", ts(type = "number"))]
        pub amount: Milli,
        /// Of it, what comes in if it comes this way.
        #[cfg_attr(feature = "bindings", ts(type = "number"))]
        pub coming: Milli,
        /// Of it, what goes out if it goes this way.
        #[cfg_attr(feature = "bindings", ts(type = "number"))]
        pub going: Milli,
    }

    /// Who decides a lift.
    pub struct RefereeView {
        /// `agent@host:port`.
        pub address: String,
        /// What they are to us.
        pub who: RefereeWho,
        /// Their name, if they are a partner.
        pub name: Option<String>,
    }

    /// What a referee is to us.
    #[derive(Copy, Eq)]
    pub enum RefereeWho {
        /// This wallet itself.
        Ourselves,
        /// A partner.
        Partner,
        /// One the person trusts.
        Trusted,
        /// Nobody we know: for small amounts only.
        Stranger,
    }
}
