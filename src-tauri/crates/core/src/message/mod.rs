//! Envelopes: what one wallet says to another, parsed once at the border (protocol.md 4).

mod read;
#[cfg(test)]
mod tests;
mod write;

use crate::canonical::ParseError;
use crate::certificate::{BadCertificate, Certificate};
use crate::chad::{BadChad, Chad};
use crate::chit::{BadChit, ChitObject};
use crate::date::Date;
use crate::field::BadField;
use crate::ids::{ChitId, Digest, TallyId};
use crate::lift::{self, BadPaper};
use crate::places::SignedPlaces;
use crate::tally::{BadTally, TallyObject};
use crate::ticket::TokenText;

/// One message: who speaks to whom, and what.
#[derive(Clone, Debug, PartialEq)]
pub struct Envelope {
    /// Whom it is for.
    pub to: Chad,
    /// Who says so; believed only if the link agrees.
    pub from: Chad,
    /// What is said.
    pub body: Body,
    /// How often it was sent, from 1.
    pub try_count: Option<u32>,
    /// When it was last sent.
    pub last: Option<Date>,
}

/// What a message says.
#[derive(Clone, Debug, PartialEq)]
pub enum Body {
    /// First contact: the token of a ticket, and who uses it.
    Ticket {
        /// The secret from the ticket.
        token: TokenText,
        /// Who uses it.
        cert: Certificate,
    },
    /// A step in agreeing on a tally.
    Tally {
        /// Which step.
        action: TallyAction,
        /// The whole tally.
        object: TallyObject,
        /// Why, in the sender's words: a member of ours that the reference ignores.
        reason: Option<String>,
    },
    /// A chit.
    Chit {
        /// What becomes of it.
        action: ChitAction,
        /// The chit.
        object: ChitObject,
        /// Why it is refused, in the sender's words: a member of ours that the reference ignores.
        reason: Option<String>,
        /// Until when a request may be granted: a member of ours that the reference ignores.
        until: Option<Date>,
    },
    /// Agreement about the order of chits.
    Chain(ChainMessage),
    /// Where the sender can be called from now on: a message of ours that the reference drops.
    Places(SignedPlaces),
    /// The answer to it: the number of the newest list that the sender knows.
    Noted {
        /// Of the receiver's list.
        number: u64,
    },
    /// About a lift (lifts.md 5): to the partner of a tally, or to a referee.
    Lift(Box<lift::Message>),
    /// Something that later versions may say; counted and dropped.
    Unknown {
        /// Its target, cut to a line.
        target: String,
        /// Its action, cut to a line.
        action: String,
    },
}

/// The steps in agreeing on a tally (protocol.md 7).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TallyAction {
    /// I have signed this: sign it too.
    Offer,
    /// I am changing your offer.
    Draft,
    /// I have signed yours: it is open.
    Open,
    /// I will not sign this.
    Void,
}

/// What becomes of a chit (protocol.md 8).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ChitAction {
    /// It is signed and counts.
    Good,
    /// Please sign it.
    Pend,
    /// I will not sign it.
    Void,
}

/// A message about the chain (protocol.md 9).
#[derive(Clone, Debug, PartialEq)]
pub struct ChainMessage {
    /// Which tally's chain.
    pub tally: TallyId,
    /// What is said.
    pub cmd: ChainCmd,
    /// The place spoken of.
    pub index: Option<u64>,
    /// The sender's chain hash there.
    pub hash: Option<Digest>,
    /// The chit spoken of.
    pub uuid: Option<ChitId>,
    /// Chits of an `upd`, in order.
    pub chits: Vec<ChitObject>,
}

/// The words of the chain's consensus (protocol.md 9).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ChainCmd {
    /// I linked this.
    New,
    /// My hash there is this.
    Ack,
    /// Here are chits.
    Upd,
    /// I do not get that hash.
    Nak,
    /// Send me chits from there.
    Req,
}

/// Why bytes are not a message: the peer's doing, all of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadMessage {
    /// More than [`MAX_MESSAGE`] bytes.
    #[error("the message is too large")]
    TooLarge,
    /// Not JSON, or JSON that could be read in two ways.
    #[error("the message cannot be read")]
    Json(#[from] ParseError),
    /// Not an object, or its object is none.
    #[error("the message is not an object")]
    Form,
    /// A member is missing or out of its limits.
    #[error(transparent)]
    Field(#[from] BadField),
    /// `to` is no address.
    #[error("the receiver's address is wrong")]
    To(#[source] BadChad),
    /// `from` is no address.
    #[error("the sender's address is wrong")]
    From(#[source] BadChad),
    /// The token is no token.
    #[error("the ticket's token is wrong")]
    Token,
    /// The ticket's certificate is wrong.
    #[error("the ticket's certificate is wrong")]
    Certificate(#[from] BadCertificate),
    /// The tally is wrong.
    #[error("the tally is wrong")]
    Tally(#[from] BadTally),
    /// A chit is wrong.
    #[error("a chit is wrong")]
    Chit(#[from] BadChit),
    /// What is said about a lift is wrong.
    #[error("what is said about a lift is wrong")]
    Lift(#[from] BadPaper),
}

impl Body {
    /// A good chit: signed, and in force.
    pub const fn good(object: ChitObject) -> Self {
        Self::Chit { action: ChitAction::Good, object, reason: None, until: None }
    }
}

impl Envelope {
    /// A message that was never sent.
    pub const fn new(to: Chad, from: Chad, body: Body) -> Self {
        Self { to, from, body, try_count: None, last: None }
    }
}

impl TallyAction {
    /// The word used on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Offer => "offer",
            Self::Draft => "draft",
            Self::Open => "open",
            Self::Void => "void",
        }
    }
}

impl ChitAction {
    /// The word used on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Pend => "pend",
            Self::Void => "void",
        }
    }
}

impl ChainCmd {
    /// The word used on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Ack => "ack",
            Self::Upd => "upd",
            Self::Nak => "nak",
            Self::Req => "req",
        }
    }
}

/// The largest message: a Noise message of 65,535 bytes less its authentication tag (protocol.md 2).
pub const MAX_MESSAGE: usize = 65_519;
