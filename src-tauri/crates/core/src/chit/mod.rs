//! The chit: one signed promise inside a tally (protocol.md 8).

mod object;

pub use object::{BadChit, ChitLink, ChitObject, ComposeChit, Kind, MAX_REF};
