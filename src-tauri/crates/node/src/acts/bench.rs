//! Paying without a person to look at it first: for measurements, which would otherwise measure the sheet.

use tallystick_core::chit::{ChitObject, ComposeChit};
use tallystick_core::{ChitId, Date, Half, TallyId, Units};
use uuid::Uuid;

use super::sign::Draft;
use crate::view::{Failure, FailureCode, Signed};
use crate::wallet::Wallet;

impl Wallet {
    /// Has the engine of lifts not heed what the person charges for letting go, as a tampered one might.
    pub fn heed_nothing(&self) {
        self.inner.lifts.heedless.store(true, std::sync::atomic::Ordering::Relaxed);
    }

    /// The half we hold of a tally.
    ///
    /// # Errors
    /// [`FailureCode::NotFound`].
    pub async fn half_of(&self, tally: &str) -> Result<Half, Failure> {
        let not_found = || Failure::plain(FailureCode::NotFound);
        let id: TallyId = tally.parse().map_err(|_| not_found())?;
        let row = self.inner.book.read::<_, Failure>(move |rows| Ok(rows.tally(id)?)).await?;
        row.map(|row| row.tally.mine()).ok_or_else(not_found)
    }

    /// How many entries a tally has, and whether the newest is known to be the same on both sides.
    ///
    /// # Errors
    /// [`FailureCode::NotFound`].
    pub async fn newest(&self, tally: &str) -> Result<(u64, bool), Failure> {
        let id: TallyId = tally.parse().map_err(|_| Failure::plain(FailureCode::NotFound))?;
        let page = self.inner.book.read::<_, Failure>(move |rows| Ok(rows.page(id, None, 1)?)).await?;
        Ok((page.total, page.chits.first().is_some_and(|chit| chit.matched_at.is_some())))
    }

    /// Signs and keeps a payment by this half: all of [`Wallet::sign`], and nothing of the preview before it.
    ///
    /// # Errors
    /// What [`Wallet::pay_preview`] and [`Wallet::sign`] refuse.
    pub async fn pay_unseen(&self, tally: &str, mine: Half, milli: i64) -> Result<Signed, Failure> {
        let id: TallyId = tally.parse().map_err(|_| Failure::plain(FailureCode::NotFound))?;
        let now = self.inner.now();
        let chit = ChitObject::compose_tran(ComposeChit {
            uuid: ChitId::new(Uuid::new_v4()),
            tally: id,
            by: mine,
            date: Date::from_millis(now),
            units: Units::new(milli).ok(),
            memo: Some("bike tube".to_owned()),
            reference: None,
        })
        .map_err(Failure::internal)?;
        self.sign_draft(Draft::Chit(chit), now).await
    }
}
