//! Entries, as a person looks for them.

use tallystick_core::chit::Kind;
use tallystick_core::{TallyId, Units};
use tallystick_store::{CancelledRow, ChitRow, Rows, Sieve, StoreError};

use super::settings::set_by;
use super::tally::notch;
use crate::view::{
    CancelledView, EntryView, Failure, FailureCode, HistoryFilter, HistoryKind, HistoryPage, HistoryWho,
};
use crate::wallet::Wallet;

/// Entries on a page of history.
const PAGE: u32 = 50;

/// The longest text looked for, in characters.
const MAX_TEXT: usize = 200;

impl Wallet {
    /// A page of entries that pass a filter, newest first; `before` is an index of the chain. A filter hides entries
    /// and changes no balance.
    ///
    /// # Errors
    /// [`FailureCode::NotFound`] for an unknown tally, [`FailureCode::TooLong`] for a long text.
    pub async fn history(
        &self,
        tally: &str,
        before: Option<u64>,
        filter: HistoryFilter,
    ) -> Result<HistoryPage, Failure> {
        let missing = || Failure::plain(FailureCode::NotFound);
        let id: TallyId = tally.parse().map_err(|_| missing())?;
        let sieve = sieve(filter)?;
        self.ask(move |_, rows| {
            let Some(found) = rows.sift(id, &sieve, before, PAGE)? else {
                // Whoever was only contacted has no entries yet.
                let contact = rows.contact(id.uuid())?;
                return contact.map(|_| blank()).ok_or_else(missing);
            };
            let cancelled = if before.is_none() { rows.cancelled(id)? } else { Vec::new() };
            Ok(HistoryPage {
                entries: found.chits.iter().map(|chit| entry(rows, chit)).collect::<Result<_, _>>()?,
                next: found.chits.last().filter(|_| found.more).map(|chit| chit.linked.index),
                total: found.total,
                shown: found.shown,
                hidden: found.total.saturating_sub(found.shown),
                hidden_sum: found.hidden_sum.milli(),
                cancelled: cancelled.iter().map(taken_back).collect(),
            })
        })
        .await
    }
}

/// An entry as it is shown.
pub(crate) fn entry(rows: &Rows<'_>, chit: &ChitRow) -> Result<EntryView, StoreError> {
    let (notch, object) = (notch(chit), &chit.linked.chit);
    let asked = match object.kind() {
        Kind::Tran => rows.request(object.tally(), object.uuid())?,
        Kind::Set | Kind::Lift => None,
    };
    Ok(EntryView {
        id: object.uuid().to_string(),
        index: chit.linked.index,
        at: notch.at,
        kind: notch.kind,
        direction: notch.direction,
        units: notch.units,
        memo: object.memo().map(str::to_owned),
        balance_after: chit.balance_after.milli(),
        stage: notch.stage,
        recorded_at: chit.recorded_at,
        delivered_at: chit.delivered_at,
        matched_at: chit.matched_at,
        cancellable: chit.mine && chit.left_at.is_none() && chit.matched_at.is_none(),
        answers: asked.map(|asked| asked.request.id().to_string()),
        settings: set_by(chit),
    })
}

fn sieve(filter: HistoryFilter) -> Result<Sieve, Failure> {
    let text = filter.text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
    if text.as_ref().is_some_and(|text| text.chars().count() > MAX_TEXT) {
        return Err(Failure::plain(FailureCode::TooLong));
    }
    Ok(Sieve {
        kind: match filter.kind {
            HistoryKind::All => None,
            HistoryKind::Payments => Some(Kind::Tran),
            HistoryKind::Settings => Some(Kind::Set),
            HistoryKind::Clearing => Some(Kind::Lift),
        },
        mine: match filter.who {
            HistoryWho::All => None,
            HistoryWho::Mine => Some(true),
            HistoryWho::Theirs => Some(false),
        },
        text,
    })
}

fn taken_back(row: &CancelledRow) -> CancelledView {
    CancelledView {
        id: row.chit.uuid().to_string(),
        units: row.chit.units().map_or(0, Units::milli),
        memo: row.chit.memo().map(str::to_owned),
        at: row.chit.date().millis(),
        cancelled_at: row.cancelled_at,
    }
}

fn blank() -> HistoryPage {
    HistoryPage {
        entries: Vec::new(),
        next: None,
        total: 0,
        shown: 0,
        hidden: 0,
        hidden_sum: 0,
        cancelled: Vec::new(),
    }
}
