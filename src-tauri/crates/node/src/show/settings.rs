//! What each side allows for clearing, and how closing stands.

use tallystick_core::chit::{ChitObject, Kind};
use tallystick_core::settings::Settings;
use tallystick_core::tally::{Phase, Tally};
use tallystick_core::{Date, TallyId};
use tallystick_store::{ChitRow, Rows, StoreError};

use crate::view::{ClosingView, Failure, FailureCode, SettingsChange, SettingsPage, SettingsView};
use crate::wallet::Wallet;

impl Wallet {
    /// The settings of both sides of a tally.
    ///
    /// # Errors
    /// [`FailureCode::NotFound`].
    pub async fn settings(&self, tally: &str) -> Result<SettingsPage, Failure> {
        let id: TallyId = tally.parse().map_err(|_| Failure::plain(FailureCode::NotFound))?;
        self.ask(move |_, rows| {
            let row = rows.tally(id)?.ok_or(Failure::plain(FailureCode::NotFound))?;
            Ok(SettingsPage {
                tally: id.to_string(),
                mine: standing(rows, &row.tally, true)?,
                theirs: standing(rows, &row.tally, false)?,
                // Charges are signed and kept; no clearing applies them yet.
                charges_applied: false,
            })
        })
        .await
    }
}

/// What a settings chit of ours would change.
pub(crate) fn settings_change(
    rows: &Rows<'_>,
    tally: &Tally,
    chit: &ChitObject,
) -> Result<SettingsChange, StoreError> {
    let mut after = tally.settings(tally.mine());
    if let Some(reference) = chit.reference() {
        after.take(reference);
    }
    Ok(SettingsChange { before: standing(rows, tally, true)?, after: view(&after, Some(chit.date()), true) })
}

/// What a settings chit set, if that can be said of it alone: it wants to close, asks to settle, or names all values.
pub(crate) fn set_by(chit: &ChitRow) -> Option<SettingsView> {
    let object = &chit.linked.chit;
    let reference = object.reference().filter(|_| object.kind() == Kind::Set)?;
    let mut set = Settings::default();
    set.take(reference);
    let whole = ["target", "bound", "reward", "clutch"].iter().all(|name| set.kept().contains_key(*name));
    let said = set.close() || set.call().is_some() || whole;
    said.then(|| view(&set, Some(object.date()), chit.matched_at.is_none()))
}

/// How closing stands, while anybody wants to close and after it.
pub(crate) fn closing(tally: &Tally) -> Option<ClosingView> {
    if !matches!(tally.phase(), Phase::Closing | Phase::Closed) {
        return None;
    }
    let mine = tally.mine();
    Some(ClosingView {
        by_me: tally.settings(mine).close(),
        by_them: tally.settings(mine.other()).close(),
        rest: tally.balance().abs().milli(),
        i_am_creditor: tally.balance().is_positive(),
    })
}

fn standing(rows: &Rows<'_>, tally: &Tally, mine: bool) -> Result<SettingsView, StoreError> {
    let half = if mine { tally.mine() } else { tally.mine().other() };
    let newest = rows.newest_settings(tally.id(), mine, 1)?;
    let since = newest.first().map(|chit| chit.linked.chit.date());
    let pending = newest.first().is_some_and(|chit| chit.matched_at.is_none());
    Ok(view(&tally.settings(half), since, pending))
}

fn view(settings: &Settings, since: Option<Date>, pending: bool) -> SettingsView {
    let trading = settings.trading();
    SettingsView {
        target: trading.target.milli(),
        bound: trading.bound.milli(),
        reward_ppm: trading.reward,
        clutch_ppm: trading.clutch,
        call: settings.call().map(Date::millis),
        close: settings.close(),
        since: since.map(Date::millis),
        pending,
    }
}
