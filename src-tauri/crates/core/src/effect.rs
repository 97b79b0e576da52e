//! What must follow from one step of a machine, as data.
//!
//! The node performs all [`Effect::Save`], [`Effect::Send`] and [`Effect::Settle`] of one step in a single transaction
//! and touches the network only after it is committed (protocol.md 12).

use std::fmt;

use serde_json::Value;

use crate::chain::Linked;
use crate::ids::{ChitId, TallyId};
use crate::message::Envelope;
use crate::request::Request;
use crate::units::Units;

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
    /// The tally's own record: phase, agreement, heads, balance.
    Tally,
    /// A chit stands at this place of the chain now: a new one, or one beyond the agreed part that moved.
    Linked {
        /// The chit and its place.
        linked: Linked,
        /// What it adds to our balance.
        change: Units,
        /// Our balance after it.
        balance_after: Units,
    },
    /// A chit of ours that had never left was taken back: it stands nowhere any more.
    Unlinked(ChitId),
    /// A request stands like this now.
    Request(Box<Request>),
    /// The partner's wallet said what cannot be: kept for whoever must judge.
    Evidence {
        /// What is wrong with it.
        kind: EvidenceKind,
        /// At which index of the chain, where it concerns one.
        index: Option<u64>,
        /// What they said, as it came.
        said: Value,
    },
    /// A chit of ours was handed to the partner's wallet.
    Delivered(ChitId),
    /// Every chit up to this index is known to be the same on both sides.
    Matched {
        /// The highest agreed index.
        through: u64,
    },
}

/// What is wrong with something a partner said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EvidenceKind {
    /// A chit whose name stands here with other content, signed by its pledger.
    Conflict,
    /// Another chain hash where both had agreed.
    Chain,
    /// A lift that they had given up in writing stands in their copy as good. Their waive is kept with it.
    Waived,
    /// Nothing they said: our own copy was damaged on its disk, and theirs has to mend it.
    Damaged,
}

impl EvidenceKind {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Conflict, Self::Chain, Self::Waived, Self::Damaged];

    /// The word the ledger keeps.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Conflict => "conflict",
            Self::Chain => "chain",
            Self::Waived => "waived",
            Self::Damaged => "damaged",
        }
    }
}

/// A message on its way out.
#[derive(Clone, Debug, PartialEq)]
pub struct Outgoing {
    /// What it is about; a newer one about the same takes its place.
    pub subject: Subject,
    /// How long to keep sending it.
    pub keep: Keep,
    /// The message itself.
    pub envelope: Envelope,
}

/// How long a message stays in the outbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keep {
    /// Sent again with growing pauses until the protocol's own answer settles it.
    UntilAnswered,
    /// Sent a handful of times: nothing answers it, and it only tells what can be asked again.
    Few,
    /// Gone once it was handed to an open link: the partner's repetition brings it back if it was lost.
    Once,
}

/// What a message is about. Its text form is the outbox's key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Subject {
    /// Our signed offer of a tally.
    Offer(TallyId),
    /// Our `open` or `void`.
    Answer(TallyId),
    /// A chit of ours.
    Chit(TallyId, ChitId),
    /// The hash we stand at.
    Ack(TallyId),
    /// Chits the partner lacks.
    Update(TallyId),
    /// A hash we cannot reproduce.
    Nak(TallyId),
    /// What we ask the partner's copy for.
    Ask(TallyId),
    /// The page of our copy the partner asked for.
    Copy(TallyId),
    /// A request: that we make it, refuse it, or take it back.
    Request(TallyId, ChitId),
}

impl Subject {
    /// The tally it is about.
    pub const fn tally(&self) -> TallyId {
        match self {
            Self::Offer(tally)
            | Self::Answer(tally)
            | Self::Chit(tally, _)
            | Self::Ack(tally)
            | Self::Update(tally)
            | Self::Nak(tally)
            | Self::Ask(tally)
            | Self::Copy(tally)
            | Self::Request(tally, _) => *tally,
        }
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Offer(tally) => write!(f, "offer:{tally}"),
            Self::Answer(tally) => write!(f, "answer:{tally}"),
            Self::Chit(tally, chit) => write!(f, "chit:{tally}:{chit}"),
            Self::Ack(tally) => write!(f, "ack:{tally}"),
            Self::Update(tally) => write!(f, "upd:{tally}"),
            Self::Nak(tally) => write!(f, "nak:{tally}"),
            Self::Ask(tally) => write!(f, "req:{tally}"),
            Self::Copy(tally) => write!(f, "copy:{tally}"),
            Self::Request(tally, chit) => write!(f, "pend:{tally}:{chit}"),
        }
    }
}

impl std::str::FromStr for Subject {
    type Err = NotASubject;

    fn from_str(text: &str) -> Result<Self, NotASubject> {
        let (kind, rest) = text.split_once(':').ok_or(NotASubject)?;
        let tally = |text: &str| text.parse::<TallyId>().map_err(|_| NotASubject);
        match kind {
            "offer" => tally(rest).map(Self::Offer),
            "answer" => tally(rest).map(Self::Answer),
            "ack" => tally(rest).map(Self::Ack),
            "upd" => tally(rest).map(Self::Update),
            "nak" => tally(rest).map(Self::Nak),
            "req" => tally(rest).map(Self::Ask),
            "copy" => tally(rest).map(Self::Copy),
            "chit" | "pend" => {
                let (first, second) = rest.split_once(':').ok_or(NotASubject)?;
                let (tally, chit) = (tally(first)?, second.parse().map_err(|_| NotASubject)?);
                Ok(if kind == "chit" { Self::Chit(tally, chit) } else { Self::Request(tally, chit) })
            }
            _ => Err(NotASubject),
        }
    }
}

/// Text that names no subject.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not the name of a message")]
pub struct NotASubject;

/// What the person may want to look at again: names only, never the new state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Happening {
    /// A tally, its phase, balance or entries.
    Tally(TallyId),
}
