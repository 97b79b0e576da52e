//! What chits are made of, and what can be wrong with them.

use serde_json::Value;

use crate::date::Date;
use crate::field::BadField;
use crate::ids::{ChitId, Digest, Half, TallyId};
use crate::units::Units;

/// What a chit does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// Moves value: a payment, or the request for one.
    Tran,
    /// Sets the signer's trading settings.
    Set,
    /// Moves value as part of a lift.
    Lift,
}

impl Kind {
    /// The word used on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Tran => "tran",
            Self::Set => "set",
            Self::Lift => "lift",
        }
    }
}

/// Where the sender says the chit lies in the chain: the member `chain` of a chit (protocol.md 8, 9).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChitLink {
    /// Whether it announces itself (`cmd:"new"`), as against being listed in an `upd`.
    pub new: bool,
    /// Its place; the tally itself lies at 0.
    pub index: u64,
    /// Its chain hash at that place.
    pub hash: Digest,
    /// The highest place both are known to agree on.
    pub conf: Option<u64>,
}

/// The parts of a chit of our own making; it starts unsigned and unlinked.
#[derive(Clone, Debug)]
pub struct ComposeChit {
    /// A fresh name.
    pub uuid: ChitId,
    /// The tally it belongs to.
    pub tally: TallyId,
    /// Who pledges the value, and signs.
    pub by: Half,
    /// When it is made.
    pub date: Date,
    /// How much; at least one milli-CHIP, and nothing for settings.
    pub units: Option<Units>,
    /// What is written on it.
    pub memo: Option<String>,
    /// What it refers to: an invoice, or the settings.
    pub reference: Option<Value>,
}

/// Why something is not a chit object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadChit {
    /// Not an object.
    #[error("the chit is not an object")]
    Form,
    /// A type other than `tran`, `set` and `lift`.
    #[error("the chit is of an unknown type")]
    Kind,
    /// A member is missing or out of its limits.
    #[error(transparent)]
    Field(#[from] BadField),
    /// Less than one, more than 2^53−1, or present where there must be none.
    #[error("the chit's amount is wrong")]
    Units,
    /// A number that cannot be signed over.
    #[error("a number in the chit cannot be signed")]
    Number,
}
