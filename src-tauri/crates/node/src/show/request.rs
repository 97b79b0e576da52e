//! Requests to be paid, ours and others'.

use std::collections::BTreeMap;

use tallystick_core::chit::ChitObject;
use tallystick_core::{Date, TallyId, Units, request};
use tallystick_store::{RequestRow, Rows, StoreError};

use super::partner;
use crate::view::{Failure, FailureCode, Person, RequestState, RequestView};
use crate::wallet::{Inner, Wallet};

impl Wallet {
    /// Requests of one tally, or of all, the one that changed last first.
    ///
    /// # Errors
    /// [`FailureCode::NotFound`] for what is no tally's name.
    pub async fn requests(&self, tally: Option<&str>) -> Result<Vec<RequestView>, Failure> {
        let tally: Option<TallyId> = match tally {
            Some(id) => Some(id.parse().map_err(|_| Failure::plain(FailureCode::NotFound))?),
            None => None,
        };
        self.ask(move |inner, rows| {
            let mut people = People::default();
            let mut views = Vec::new();
            for row in rows.requests(tally)?.into_iter().filter(was_seen) {
                let partner = people.of(inner, rows, row.request.chit.tally())?;
                views.extend(partner.map(|partner| view(&row, partner)));
            }
            Ok(views)
        })
        .await
    }
}

/// One that was taken back before it came is remembered, and nobody's business.
fn was_seen(row: &RequestRow) -> bool {
    let withdrawn = row.request.state == request::RequestState::Withdrawn;
    row.mine || !withdrawn || row.changed_at > row.made_at
}

/// A request as it is shown.
pub(crate) fn view(row: &RequestRow, partner: Person) -> RequestView {
    let chit = &row.request.chit;
    RequestView {
        id: row.request.id().to_string(),
        tally: chit.tally().to_string(),
        partner,
        mine: row.mine,
        units: chit.units().map_or(0, Units::milli),
        memo: chit.memo().map(str::to_owned),
        at: ChitObject::date(chit).millis(),
        until: row.request.until.map(Date::millis),
        state: match row.request.state {
            request::RequestState::Waiting => RequestState::Waiting,
            request::RequestState::Granted => RequestState::Paid,
            request::RequestState::Refused => RequestState::Refused,
            request::RequestState::Lapsed => RequestState::RanOut,
            request::RequestState::Withdrawn => RequestState::Withdrawn,
        },
        reason: row.request.reason.clone(),
        changed_at: row.changed_at,
        times: row.request.times,
    }
}

/// Partners of tallies, each looked up once.
#[derive(Default)]
pub(crate) struct People(BTreeMap<TallyId, Option<Person>>);

impl People {
    /// Who is on the other side of a tally.
    pub(crate) fn of(
        &mut self,
        inner: &Inner,
        rows: &Rows<'_>,
        tally: TallyId,
    ) -> Result<Option<Person>, StoreError> {
        if let Some(known) = self.0.get(&tally) {
            return Ok(known.clone());
        }
        let look = || match rows.tally(tally)? {
            Some(row) => partner(inner, rows, &row.tally),
            None => Ok(None),
        };
        let found = match look() {
            // Who it was cannot be read; what happened can.
            Err(StoreError::Corrupt { .. }) => None,
            found => found?,
        };
        self.0.insert(tally, found.clone());
        Ok(found)
    }
}
