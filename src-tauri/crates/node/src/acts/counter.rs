//! Changing an offer and sending it back (protocol.md 7).

use tallystick_core::MAX_MEMO;
use tallystick_core::tally::{Phase, Revision, Tally};

use super::invite::{bounded, grants};
use super::sign::Draft;
use crate::view::{CounterTerms, Failure, FailureCode, SignKind, SignPreview};
use crate::wallet::Wallet;

impl Wallet {
    /// What changing our side of a tally and offering that would sign.
    ///
    /// A draft that somebody answered is offered for the first time with these terms; anything offered before, by them
    /// or by us, is answered with the next version.
    ///
    /// # Errors
    /// [`FailureCode::OutOfTurn`] unless an offer is being talked about, [`FailureCode::BadAmount`] or
    /// [`FailureCode::TooLong`] for terms out of range.
    pub async fn counter_preview(&self, tally: &str, terms: CounterTerms) -> Result<SignPreview, Failure> {
        let ours = grants(terms.limit, terms.notice_days)?;
        let memo = bounded(terms.memo, MAX_MEMO)?;
        self.preview(tally, move |row, _| {
            let (kind, number) = next(&row.tally)?;
            let half = row.tally.mine();
            let revision = Revision { number, memo, half, terms: ours, cert: None };
            let object = row.tally.object().revised(revision).map_err(Failure::internal)?;
            Ok((kind, Draft::Offer(object)))
        })
        .await
    }
}

/// Of which kind a changed offer is now, and which version.
fn next(tally: &Tally) -> Result<(SignKind, u32), Failure> {
    let revision = tally.object().revision();
    match tally.phase() {
        Phase::PartnerDraft => Ok((SignKind::Offer, revision)),
        Phase::Revising => Ok((SignKind::Counter, revision)),
        Phase::OfferedToUs | Phase::Offering | Phase::Offered => {
            let number = revision.checked_add(1).ok_or(Failure::plain(FailureCode::OutOfTurn))?;
            Ok((SignKind::Counter, number))
        }
        Phase::Draft
        | Phase::Accepting
        | Phase::Refusing
        | Phase::Open
        | Phase::Closing
        | Phase::Closed
        | Phase::Void => Err(Failure::plain(FailureCode::OutOfTurn)),
    }
}
