//! The protocol of mutual credit as values and machines.
//!
//! Nothing in this crate touches a socket, a file, a clock or a source of randomness: callers bring time and fresh
//! identifiers in, and carry effects out.

pub mod canonical;
mod certificate;
mod chad;
pub mod chit;
mod date;
mod field;
mod ids;
mod percent;
mod signature;
mod strict;
pub mod tally;
mod terms;
mod units;

pub use certificate::{BadCertificate, Certificate, ComposeCert, MAX_CERTIFICATE, MAX_DISPLAY_NAME, Name};
pub use chad::{BadChad, Chad};
pub use date::{BadDate, Date};
pub use field::{BadField, MAX_MEMO};
pub use ids::{AgentId, BadText, ChitId, Digest, Half, TallyId};
pub use signature::{BadKey, BadSignature, NotASignature, Signature, UserKey};
pub use terms::{BadTerms, Terms};
pub use units::{OutOfRange, Units};
