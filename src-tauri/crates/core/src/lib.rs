//! The protocol of mutual credit as values and machines.
//!
//! Nothing in this crate touches a socket, a file, a clock or a source of randomness: callers bring time and fresh
//! identifiers in, and carry effects out.

#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod animated;
pub mod canonical;
mod card;
#[cfg(test)]
mod cast;
mod certificate;
mod chad;
pub mod chain;
pub mod chit;
pub mod code;
mod contract;
mod date;
pub mod effect;
mod field;
mod ids;
pub mod lift;
mod link;
pub mod message;
pub mod mutant;
mod percent;
mod places;
mod refusal;
pub mod request;
pub mod settings;
mod signature;
mod strict;
pub mod tally;
mod terms;
mod ticket;
mod units;
pub mod words;
#[cfg(test)]
mod wycheproof_tests;

pub use card::{BadCard, Card, MAX_CARD_FIELD};
pub use certificate::{BadCertificate, Certificate, ComposeCert, MAX_CERTIFICATE, MAX_DISPLAY_NAME, Name};
pub use chad::{BadChad, Chad};
pub use contract::Contract;
pub use date::{BadDate, Date};
pub use field::{BadField, MAX_MEMO};
pub use ids::{AgentId, BadText, ChitId, Digest, Half, TallyId};
pub use places::{MAX_PLACES, NotTheirs, SignedPlaces};
pub use refusal::Refusal;
pub use signature::{BadKey, BadSignature, NotASignature, Signature, UserKey};
pub use terms::{BadTerms, Terms};
pub use ticket::{EASY_LINK, MAX_ALTERNATIVES, Ticket, Token, TokenText};
pub use units::{OutOfRange, Units};
