//! What a person can sign in an open tally, as previews: paying, settings, closing, asking to settle, forgiving.

use serde_json::{Value, json};
use tallystick_core::chit::{ChitObject, ComposeChit, Kind};
use tallystick_core::settings::Trading;
use tallystick_core::tally::{Phase, Tally};
use tallystick_core::{ChitId, Date, Units};
use tallystick_store::TallyRow;
use uuid::Uuid;

use super::request::to_answer;
use super::sign::Draft;
use super::{amount, words};
use crate::view::{Failure, FailureCode, Millis, SettingsDraft, SignKind, SignPreview};
use crate::wallet::Wallet;

const DAY: i64 = 24 * 60 * 60 * 1_000;

/// Days of notice where the terms name none: the contract's own.
const NOTICE: u32 = 30;

impl Wallet {
    /// What paying this much would sign. `units` are milli-CHIPs.
    ///
    /// # Errors
    /// [`FailureCode::BadAmount`], [`FailureCode::TooLong`], [`FailureCode::OutOfTurn`] on a tally not in force,
    /// [`FailureCode::OnlyTowardZero`] while it closes, [`FailureCode::CopiesDiffer`].
    pub async fn pay_preview(
        &self,
        tally: &str,
        units: i64,
        memo: Option<String>,
    ) -> Result<SignPreview, Failure> {
        let (units, memo) = (amount(units)?, words(memo)?);
        self.promise(tally, SignKind::Pay, move |row, now| {
            let parts = ComposeChit { units: Some(units), memo, ..blank(row, now) };
            ChitObject::compose_tran(parts).map_err(Failure::internal)
        })
        .await
    }

    /// What paying a partner's request would sign: exactly what they ask for.
    ///
    /// # Errors
    /// [`FailureCode::RanOut`] if its time is over, [`FailureCode::OutOfTurn`] if it does not wait for us, and what
    /// paying itself refuses.
    pub async fn grant_preview(&self, tally: &str, request: &str) -> Result<SignPreview, Failure> {
        let request: ChitId = request.parse().map_err(|_| Failure::plain(FailureCode::NotFound))?;
        self.preview_in(tally, move |rows, row, now| {
            let asked = to_answer(rows, row.tally.id(), request, now)?;
            may_sign(&row.tally, &asked.chit)?;
            Ok((SignKind::Pay, Draft::Grant(asked.chit)))
        })
        .await
    }

    /// What changing our settings for clearing would sign.
    ///
    /// # Errors
    /// [`FailureCode::BadSettings`] names the rule they break; [`FailureCode::OutOfTurn`] on a tally not in force.
    pub async fn settings_preview(&self, tally: &str, draft: SettingsDraft) -> Result<SignPreview, Failure> {
        let units = |milli| Units::new(milli).map_err(|_| Failure::plain(FailureCode::BadAmount));
        let trading = Trading {
            target: units(draft.target)?,
            bound: units(draft.bound)?,
            reward: draft.reward_ppm,
            clutch: draft.clutch_ppm,
        };
        let reference = trading.to_reference()?;
        self.set(tally, SignKind::Settings, move |_, _| Ok(reference)).await
    }

    /// What asking to close would sign.
    ///
    /// # Errors
    /// [`FailureCode::OutOfTurn`] on a tally not in force, or if we have asked already.
    pub async fn close_preview(&self, tally: &str) -> Result<SignPreview, Failure> {
        self.set(tally, SignKind::Close, |tally, _| wish(tally, true)).await
    }

    /// What taking our wish to close back would sign.
    ///
    /// # Errors
    /// [`FailureCode::OutOfTurn`] if we do not want to close, or the tally is closed.
    pub async fn keep_open_preview(&self, tally: &str) -> Result<SignPreview, Failure> {
        self.set(tally, SignKind::KeepOpen, |tally, _| wish(tally, false)).await
    }

    /// What asking to be paid by an instant, ms since the Unix epoch, would sign.
    ///
    /// # Errors
    /// [`FailureCode::TooEarly`] if our own terms promise longer notice, [`FailureCode::OutOfTurn`] if nothing is owed
    /// to us.
    pub async fn call_preview(&self, tally: &str, by: Millis) -> Result<SignPreview, Failure> {
        self.set(tally, SignKind::Call, move |tally, now| {
            if !tally.balance().is_positive() {
                return Err(Failure::plain(FailureCode::OutOfTurn));
            }
            let days = tally.object().terms(tally.mine()).call().unwrap_or(NOTICE);
            let earliest = now.saturating_add(DAY.saturating_mul(days.into()));
            if by < earliest {
                return Err(Failure::plain(FailureCode::TooEarly { earliest }));
            }
            Ok(json!({ "call": Date::from_millis(by).to_string() }))
        })
        .await
    }

    /// What forgiving the rest that is still owed to us would sign, while the tally closes.
    ///
    /// # Errors
    /// [`FailureCode::OutOfTurn`] if the tally does not close, or nothing is owed to us.
    pub async fn forgive_preview(&self, tally: &str) -> Result<SignPreview, Failure> {
        self.promise(tally, SignKind::Forgive, |row, now| {
            let rest = row.tally.balance();
            if row.tally.phase() != Phase::Closing || !rest.is_positive() {
                return Err(Failure::plain(FailureCode::OutOfTurn));
            }
            let parts = ComposeChit { units: Some(rest), ..blank(row, now) };
            ChitObject::compose_tran(parts).map_err(Failure::internal)
        })
        .await
    }

    pub(super) async fn set(
        &self,
        tally: &str,
        kind: SignKind,
        say: impl FnOnce(&Tally, i64) -> Result<Value, Failure> + Send + 'static,
    ) -> Result<SignPreview, Failure> {
        self.promise(tally, kind, move |row, now| {
            let reference = Some(say(&row.tally, now)?);
            ChitObject::compose(Kind::Set, ComposeChit { reference, ..blank(row, now) })
                .map_err(Failure::internal)
        })
        .await
    }

    async fn promise(
        &self,
        tally: &str,
        kind: SignKind,
        make: impl FnOnce(&TallyRow, i64) -> Result<ChitObject, Failure> + Send + 'static,
    ) -> Result<SignPreview, Failure> {
        self.preview_in(tally, move |_, row, now| {
            if !row.tally.phase().is_in_force() {
                return Err(Failure::plain(FailureCode::OutOfTurn));
            }
            let chit = make(row, now)?;
            may_sign(&row.tally, &chit)?;
            Ok((kind, Draft::Chit(chit)))
        })
        .await
    }
}

/// A chit of ours that says nothing yet.
fn blank(row: &TallyRow, now: i64) -> ComposeChit {
    ComposeChit {
        uuid: ChitId::new(Uuid::new_v4()),
        tally: row.tally.id(),
        by: row.tally.mine(),
        date: Date::from_millis(now),
        units: None,
        memo: None,
        reference: None,
    }
}

fn wish(tally: &Tally, close: bool) -> Result<Value, Failure> {
    if tally.settings(tally.mine()).close() == close {
        return Err(Failure::plain(FailureCode::OutOfTurn));
    }
    Ok(json!({ "close": close }))
}

/// A sheet shows nothing that would be refused once it is signed.
fn may_sign(tally: &Tally, chit: &ChitObject) -> Result<(), Failure> {
    tally.may_sign(chit).map_err(|refusal| Failure::of(refusal, tally))
}
