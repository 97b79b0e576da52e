//! What a person does: inviting, making contact, signing, refusing, comparing.

#[cfg(feature = "bench")]
mod bench;
mod card;
mod contact;
mod contract;
mod counter;
mod dispute;
mod invite;
mod refuse;
mod sign;

pub(crate) use contact::Inspected;
pub use contract::MAX_CONTRACT;
pub(crate) use invite::link;
pub(crate) use sign::Slot;
