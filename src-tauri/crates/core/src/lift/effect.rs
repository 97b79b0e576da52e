//! What must follow from a step of a lift, as data.
//!
//! The host writes every [`Effect::Save`], queues every [`Effect::Send`] and strikes every [`Effect::Settle`] of one
//! step in a single transaction, and lets nothing leave before it is committed.

use std::fmt;

use crate::ids::TallyId;
use crate::lift::message::Message;
use crate::lift::object::{LiftHash, RefereeAddress};
use crate::lift::paper::{Cert, Decision, Why};
use crate::lift::promise::Promise;
use crate::lift::record::Record;

/// One consequence of a step.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Write this down.
    Save(Change),
    /// Let this leave once the transaction is committed.
    Send(Box<Outgoing>),
    /// Whatever waits in the outbox about this is answered, or obsolete.
    Settle(Subject),
    /// Say that this changed.
    Tell(Happening),
}

/// What a step changes on disk.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// The lift stands like this now. Its timer follows from it: [`Record::wake_at`].
    Lift(Box<Record>),
    /// This chit is good: it enters the tally's chain in the same transaction, its certificate beside it.
    Book {
        /// The chit with its core.
        promise: Box<Promise>,
        /// The commit.
        cert: Box<Cert>,
    },
}

/// A message on its way out.
#[derive(Clone, Debug, PartialEq)]
pub struct Outgoing {
    /// What it is about; a newer one about the same takes its place.
    pub subject: Subject,
    /// Whether it is sent until it is settled, or once.
    pub keep: Keep,
    /// Whom it is for.
    pub to: To,
    /// What it says.
    pub message: Message,
}

/// Whom a message is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum To {
    /// The partner of a tally.
    Partner(TallyId),
    /// The one who decides.
    Referee(RefereeAddress),
}

/// How long a message stays in the outbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Keep {
    /// Sent again after 1, 2, 4 … 60 s ± 20 % until it is settled.
    UntilAnswered,
    /// Sent once: asked again, it is said again.
    Once,
}

/// What a message is about. Its text form is the outbox's key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Subject {
    /// Our promise on a tally.
    Promise(LiftHash, TallyId),
    /// That we give up a promise of the partner's.
    Waive(LiftHash, TallyId),
    /// What was decided, told to a partner.
    Decision(LiftHash, TallyId, Decision),
    /// Our claim.
    Claim(LiftHash),
    /// Our abort.
    Abort(LiftHash),
    /// Our question what was decided.
    Status(LiftHash),
    /// An answer that is said again when it is asked for again.
    Ack(LiftHash, TallyId),
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Promise(lift, tally) => write!(f, "l1-promise:{lift}:{tally}"),
            Self::Waive(lift, tally) => write!(f, "l1-waive:{lift}:{tally}"),
            Self::Decision(lift, tally, Decision::Commit) => write!(f, "l1-commit:{lift}:{tally}"),
            Self::Decision(lift, tally, Decision::Void) => write!(f, "l1-void:{lift}:{tally}"),
            Self::Claim(lift) => write!(f, "l1-claim:{lift}"),
            Self::Abort(lift) => write!(f, "l1-abort:{lift}"),
            Self::Status(lift) => write!(f, "l1-status:{lift}"),
            Self::Ack(lift, tally) => write!(f, "l1-ack:{lift}:{tally}"),
        }
    }
}

/// What the person may want to look at again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Happening {
    /// A lift, its legs or its end.
    Lift(LiftHash),
    /// A lift of ours came to nothing, and why.
    Failed(LiftHash, Why),
    /// For a day nobody could say what was decided.
    Stale(LiftHash),
}
