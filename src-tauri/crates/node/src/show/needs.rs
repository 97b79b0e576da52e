//! What waits for the person: one list for the first screen and for the page of activity.

use std::collections::BTreeMap;

use tallystick_core::chit::ChitObject;
use tallystick_core::tally::{Phase, Tally};
use tallystick_core::{Date, TallyId};
use tallystick_store::{RequestRow, Rows, StoreError, TallyRow as Stored};

use super::{partner, request};
use crate::chronicle;
use crate::view::{ActivityKind, Millis, Person, RequestView};
use crate::wallet::Inner;

/// Settings chits of a partner that are looked through for the one that asks for something.
const LOOKED_THROUGH: u32 = 16;

/// Something that waits for the person.
pub(crate) struct Needed {
    pub(crate) kind: ActivityKind,
    pub(crate) tally: TallyId,
    pub(crate) partner: Person,
    pub(crate) since: Millis,
    pub(crate) until: Option<Millis>,
    /// The request that waits, when it is one.
    pub(crate) request: Option<RequestView>,
}

/// Everything that waits for the person, most urgent first: deadlines before the rest, and then the oldest.
pub(crate) fn needs(inner: &Inner, rows: &Rows<'_>, tallies: &[Stored]) -> Result<Vec<Needed>, StoreError> {
    let mut asked: BTreeMap<TallyId, Vec<RequestRow>> = BTreeMap::new();
    for row in rows.requests_unanswered()?.into_iter().filter(|row| !row.mine) {
        asked.entry(row.request.chit.tally()).or_default().push(row);
    }
    let mut needs = Vec::new();
    for stored in tallies {
        let tally = &stored.tally;
        let partner = match partner(inner, rows, tally) {
            Ok(Some(partner)) => partner,
            // A damaged tally is listed as such; what it needs first is to be looked at there.
            Ok(None) | Err(StoreError::Corrupt { .. }) => continue,
            Err(error) => return Err(error),
        };
        let mut need = |kind, since, until, request| {
            let (tally, partner) = (tally.id(), partner.clone());
            needs.push(Needed { kind, tally, partner, since, until, request });
        };
        match tally.phase() {
            Phase::PartnerDraft => need(ActivityKind::ReviewAnswer, stored.changed_at, None, None),
            Phase::OfferedToUs | Phase::Revising => {
                need(ActivityKind::ReviewOffer, stored.changed_at, None, None);
            }
            _ => {}
        }
        if tally.is_frozen() {
            let word = chronicle::word(ActivityKind::DisputeBegan).unwrap_or_default();
            let began = rows.last_happened(tally.id(), word)?.unwrap_or(stored.changed_at);
            need(ActivityKind::Mismatch, began, None, None);
        }
        if !tally.phase().is_in_force() {
            continue;
        }
        for row in asked.remove(&tally.id()).unwrap_or_default() {
            let until = row.request.until.map(Date::millis);
            let view = request::view(&row, partner.clone());
            need(ActivityKind::PayRequest, row.changed_at, until, Some(view));
        }
        if let Some(since) = wants_to_close(rows, tally, stored.changed_at)? {
            need(ActivityKind::CloseAsked, since, None, None);
        }
        if let Some((since, until)) = called(rows, tally)? {
            need(ActivityKind::Called, since, Some(until), None);
        }
    }
    needs.sort_by_key(|need| (need.until.unwrap_or(Millis::MAX), need.since));
    Ok(needs)
}

/// Since when the partner wants to close and we have not said that we do too.
fn wants_to_close(rows: &Rows<'_>, tally: &Tally, changed_at: Millis) -> Result<Option<Millis>, StoreError> {
    let mine = tally.mine();
    if !tally.settings(mine.other()).close() || tally.settings(mine).close() {
        return Ok(None);
    }
    let says = |chit: &ChitObject| chit.reference().is_some_and(|said| said["close"] == true);
    let newest = rows.newest_settings(tally.id(), false, LOOKED_THROUGH)?;
    let chit = newest.iter().find(|chit| says(&chit.linked.chit));
    Ok(Some(chit.map_or(changed_at, |chit| chit.recorded_at)))
}

/// Since when and until when the partner asks us to settle what we owe. Once it was settled the call is answered.
fn called(rows: &Rows<'_>, tally: &Tally) -> Result<Option<(Millis, Millis)>, StoreError> {
    let Some(until) = tally.settings(tally.mine().other()).call() else { return Ok(None) };
    if !tally.balance().is_negative() {
        return Ok(None);
    }
    let says = |chit: &ChitObject| chit.reference().is_some_and(|said| said["call"].is_string());
    let newest = rows.newest_settings(tally.id(), false, LOOKED_THROUGH)?;
    let Some(chit) = newest.iter().find(|chit| says(&chit.linked.chit)).or(newest.last()) else {
        return Ok(None);
    };
    if rows.was_even_since(tally.id(), chit.linked.index)? {
        return Ok(None);
    }
    Ok(Some((chit.recorded_at, until.millis())))
}
