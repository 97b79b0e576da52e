//! Saying no to an offer, of theirs or of ours.

use tallystick_core::TallyId;
use tallystick_core::tally::Input;

use super::words;
use crate::step::step;
use crate::view::{Failure, FailureCode};
use crate::wallet::Wallet;

impl Wallet {
    /// Refuses what a partner offers, perhaps saying why.
    ///
    /// # Errors
    /// [`FailureCode::OutOfTurn`] if there is nothing to refuse, [`FailureCode::TooLong`] for a long reason.
    pub async fn refuse(&self, tally: &str, reason: Option<String>) -> Result<(), Failure> {
        let id: TallyId = tally.parse().map_err(|_| Failure::plain(FailureCode::NotFound))?;
        let reason = words(reason)?;
        let now = self.inner.now();
        self.inner.act(move |rows| Ok(((), step(rows, id, Input::Refuse(reason), now)?))).await
    }

    /// Takes back an offer of ours that nobody has answered.
    ///
    /// # Errors
    /// [`FailureCode::OutOfTurn`] if no offer of ours waits for an answer.
    pub async fn withdraw(&self, tally: &str) -> Result<(), Failure> {
        let id: TallyId = tally.parse().map_err(|_| Failure::plain(FailureCode::NotFound))?;
        let now = self.inner.now();
        self.inner.act(move |rows| Ok(((), step(rows, id, Input::Withdraw, now)?))).await
    }
}
