//! The protocol of mutual credit as values and machines.
//!
//! Nothing in this crate touches a socket, a file, a clock or a source of randomness: callers bring time and fresh
//! identifiers in, and carry effects out.

mod ids;

pub use ids::{AgentId, BadText, ChitId, Digest, Half, TallyId};
