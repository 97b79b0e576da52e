//! Asking to be paid, asking again, taking it back, saying no; and letting it run out.

use tallystick_core::chit::{ChitObject, ComposeChit};
use tallystick_core::request::{MAX_WAITING, Request, RequestState};
use tallystick_core::tally::Input;
use tallystick_core::{ChitId, Date, TallyId, Units};
use tallystick_store::{RequestRow, Rows, StoreError};
use uuid::Uuid;

use super::{amount, words};
use crate::step::step;
use crate::view::{Failure, FailureCode, Happening};
use crate::wallet::Wallet;

const DAY: i64 = 24 * 60 * 60 * 1_000;

/// How long a request may be good for, in days: up to ten years.
const LIFE: std::ops::RangeInclusive<u32> = 1..=3_650;

/// What is asked for.
struct Wish {
    units: Units,
    memo: Option<String>,
    days: u32,
}

impl Wallet {
    /// Asks a partner to be paid so many milli-CHIPs within so many days. Nothing is signed by it. Gives its name.
    ///
    /// # Errors
    /// [`FailureCode::BadAmount`] (days too: 1 to 3650), [`FailureCode::TooLong`], [`FailureCode::OutOfTurn`] on a tally
    /// not in force, [`FailureCode::CopiesDiffer`], [`FailureCode::TooManyWaiting`].
    pub async fn request(
        &self,
        tally: &str,
        units: i64,
        memo: Option<String>,
        days: u32,
    ) -> Result<String, Failure> {
        let wish = wish(units, memo, days)?;
        let (id, now) = (tally_id(tally)?, self.inner.now());
        let name = ChitId::new(Uuid::new_v4());
        self.inner.act(move |rows| Ok(((), ask(rows, id, name, None, wish, now)?))).await?;
        Ok(name.to_string())
    }

    /// Asks again under the same name with other words: after a refusal, after its time, or while it waits.
    ///
    /// # Errors
    /// Like [`Wallet::request`]; [`FailureCode::OutOfTurn`] too if it was paid, or is not ours.
    pub async fn request_again(
        &self,
        tally: &str,
        request: &str,
        units: i64,
        memo: Option<String>,
        days: u32,
    ) -> Result<(), Failure> {
        let wish = wish(units, memo, days)?;
        let now = self.inner.now();
        self.about(tally, request, move |rows, id, before| {
            if !before.mine || before.request.state == RequestState::Granted {
                return Err(Failure::plain(FailureCode::OutOfTurn));
            }
            ask(rows, id, before.request.id(), Some(before.request), wish, now)
        })
        .await
    }

    /// Takes a request of ours back.
    ///
    /// # Errors
    /// [`FailureCode::OutOfTurn`] if it was paid, or is not ours.
    pub async fn request_withdraw(&self, tally: &str, request: &str) -> Result<(), Failure> {
        let now = self.inner.now();
        self.about(tally, request, move |rows, id, before| {
            if !before.mine {
                return Err(Failure::plain(FailureCode::OutOfTurn));
            }
            step(rows, id, Input::Unask(before.request), now)
        })
        .await
    }

    /// Says no to a partner's request, perhaps saying why.
    ///
    /// # Errors
    /// [`FailureCode::RanOut`] if its time is over, [`FailureCode::OutOfTurn`] if it does not wait for us,
    /// [`FailureCode::TooLong`] for a long reason.
    pub async fn request_refuse(
        &self,
        tally: &str,
        request: &str,
        reason: Option<String>,
    ) -> Result<(), Failure> {
        let (reason, now) = (words(reason)?, self.inner.now());
        self.about(tally, request, move |rows, id, before| {
            if !before.mine && before.request.state == RequestState::Refused {
                return Ok(Vec::new());
            }
            let request = to_answer(rows, id, before.request.id(), now)?;
            step(rows, id, Input::Decline { request, reason }, now)
        })
        .await
    }

    async fn about(
        &self,
        tally: &str,
        request: &str,
        act: impl FnOnce(&Rows<'_>, TallyId, RequestRow) -> Result<Vec<Happening>, Failure> + Send + 'static,
    ) -> Result<(), Failure> {
        let missing = || Failure::plain(FailureCode::NotFound);
        let (id, name) = (tally_id(tally)?, request.parse().map_err(|_| missing())?);
        self.inner
            .act(move |rows| {
                let before = rows.request(id, name)?.ok_or_else(missing)?;
                Ok(((), act(rows, id, before)?))
            })
            .await
    }
}

/// A partner's request that our person can still answer at this instant.
pub(crate) fn to_answer(rows: &Rows<'_>, tally: TallyId, name: ChitId, now: i64) -> Result<Request, Failure> {
    let found = rows.request(tally, name)?.ok_or(Failure::plain(FailureCode::NotFound))?;
    let request = found.request;
    let over = request.until.is_some_and(|until| until.millis() <= now);
    match request.state {
        _ if found.mine => Err(Failure::plain(FailureCode::OutOfTurn)),
        RequestState::Lapsed => Err(Failure::plain(FailureCode::RanOut)),
        RequestState::Waiting if over => Err(Failure::plain(FailureCode::RanOut)),
        RequestState::Waiting => Ok(request),
        RequestState::Granted | RequestState::Refused | RequestState::Withdrawn => {
            Err(Failure::plain(FailureCode::OutOfTurn))
        }
    }
}

/// Lets requests run out whose time is over, ours and others'.
pub(crate) fn lapse(rows: &Rows<'_>, now: i64) -> Result<Vec<Happening>, Failure> {
    let mut happenings = Vec::new();
    for over in rows.requests_over(now)? {
        let tally = over.request.chit.tally();
        // What hangs on a damaged tally must not keep the others waiting.
        if !matches!(rows.tally(tally), Err(StoreError::Corrupt { .. })) {
            happenings.extend(step(rows, tally, Input::Lapse(over.request), now)?);
        }
    }
    Ok(happenings)
}

fn ask(
    rows: &Rows<'_>,
    id: TallyId,
    name: ChitId,
    before: Option<Request>,
    wish: Wish,
    now: i64,
) -> Result<Vec<Happening>, Failure> {
    let waits = before.as_ref().is_some_and(|before| before.state == RequestState::Waiting);
    if !waits && rows.requests_asked(id)? >= MAX_WAITING {
        return Err(Failure::again(FailureCode::TooManyWaiting));
    }
    let row = rows.tally(id)?.ok_or(Failure::plain(FailureCode::NotFound))?;
    // The latest date counts, so it must be a later one even where the clock was set back.
    let after = before.as_ref().map_or(now, |before| before.chit.date().millis().saturating_add(1));
    let chit = ChitObject::compose_tran(ComposeChit {
        uuid: name,
        tally: id,
        by: row.tally.mine().other(),
        date: Date::from_millis(now.max(after)),
        units: Some(wish.units),
        memo: wish.memo,
        reference: None,
    })
    .map_err(Failure::internal)?;
    let until = Some(Date::from_millis(now.saturating_add(DAY.saturating_mul(wish.days.into()))));
    step(rows, id, Input::Ask { before, chit, until }, now)
}

fn wish(units: i64, memo: Option<String>, days: u32) -> Result<Wish, Failure> {
    if !LIFE.contains(&days) {
        return Err(Failure::plain(FailureCode::BadAmount));
    }
    Ok(Wish { units: amount(units)?, memo: words(memo)?, days })
}

fn tally_id(text: &str) -> Result<TallyId, Failure> {
    text.parse().map_err(|_| Failure::plain(FailureCode::NotFound))
}
