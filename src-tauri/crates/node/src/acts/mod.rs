//! What a person does: inviting, making contact, signing, refusing.

pub(crate) mod contact;
pub(crate) mod invite;
mod refuse;
pub(crate) mod sign;

pub(crate) use contact::Inspected;
pub(crate) use invite::link;
pub(crate) use sign::Slot;
