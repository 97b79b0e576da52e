//! Taking back what was signed and has not left.

use tallystick_core::request::RequestState;
use tallystick_core::tally::Input;
use tallystick_core::{ChitId, TallyId};
use tallystick_store::Rows;

use crate::step::step;
use crate::view::{Failure, FailureCode, Happening};
use crate::wallet::Wallet;

impl Wallet {
    /// Takes an entry of ours back that nobody else can know of yet. A request it was to pay waits again.
    ///
    /// # Errors
    /// [`FailureCode::CannotCancel`] once it may have left, or if it is not ours.
    pub async fn entry_cancel(&self, tally: &str, entry: &str) -> Result<(), Failure> {
        let missing = || Failure::plain(FailureCode::NotFound);
        let tally: TallyId = tally.parse().map_err(|_| missing())?;
        let chit: ChitId = entry.parse().map_err(|_| missing())?;
        let now = self.inner.now();
        self.inner.act(move |rows| Ok(((), take_back(rows, tally, chit, now)?))).await
    }
}

/// Takes an entry back, if it is certain that nobody else can know of it.
pub(crate) fn take_back(
    rows: &Rows<'_>,
    tally: TallyId,
    chit: ChitId,
    now: i64,
) -> Result<Vec<Happening>, Failure> {
    if rows.chit(tally, chit)?.is_none() {
        return Err(Failure::plain(FailureCode::NotFound));
    }
    // Looked at in the transaction that takes it out: letters leave only after they were released in one.
    if !rows.is_still_here(tally, chit)? {
        return Err(Failure::plain(FailureCode::CannotCancel));
    }
    let granted = rows.request(tally, chit)?.map(|row| row.request);
    let request = granted.filter(|request| request.state == RequestState::Granted);
    step(rows, tally, Input::Cancel { chit, request }, now)
}
