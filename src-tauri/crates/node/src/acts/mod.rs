//! What a person does: inviting, making contact, signing, asking, refusing, comparing, taking back.

#[cfg(feature = "bench")]
mod bench;
pub(crate) mod cancel;
mod card;
pub(crate) mod contact;
mod contract;
mod counter;
mod dispute;
mod doors;
pub(crate) mod hand_over;
pub(crate) mod invite;
mod invoice;
mod lift;
mod promise;
mod refuse;
pub(crate) mod repair;
pub(crate) mod request;
mod sign;

use tallystick_core::{MAX_MEMO, Units};

use crate::view::{Failure, FailureCode};

pub(crate) use contact::Inspected;
pub use contract::MAX_CONTRACT;
pub(crate) use invite::link;
pub(crate) use sign::Slot;

/// Words that both sides will see; nothing for none.
fn words(text: Option<String>) -> Result<Option<String>, Failure> {
    let text = text.filter(|text| !text.is_empty());
    if text.as_ref().is_some_and(|text| text.chars().count() > MAX_MEMO) {
        return Err(Failure::plain(FailureCode::TooLong));
    }
    Ok(text)
}

/// An amount somebody is to pay.
fn amount(milli: i64) -> Result<Units, Failure> {
    let units = Units::new(milli).ok().filter(|units| units.is_positive());
    units.ok_or(Failure::plain(FailureCode::BadAmount))
}
