//! The chit: one signed promise inside a tally (protocol.md 8).

mod object;
mod parts;
mod plain;

pub use object::{ChitObject, MAX_REF};
pub use parts::{BadChit, ChitLink, ComposeChit, Kind};
pub use plain::Plain;
