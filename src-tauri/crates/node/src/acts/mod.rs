//! What a person does: inviting, making contact, signing, refusing.

#[cfg(feature = "bench")]
mod bench;
mod contact;
mod invite;
mod refuse;
mod sign;

pub(crate) use contact::Inspected;
pub(crate) use invite::link;
pub(crate) use sign::Slot;
