//! What the person chose about lifts, beside what is signed in settings.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use tallystick_core::lift::timer::STALE;
use tallystick_core::lift::{LiftKey, RefereeAddress};
use tallystick_core::{TallyId, Units};
use tallystick_store::{Rows, StoreError};

const SERVES: &str = "lift-referee";
const TRUSTED: &str = "lift-trusted";
const PAUSED: &str = "lift-paused";
const LEAST: &str = "lift-least";
const ALONE: &str = "lift-joins-not";

#[derive(Serialize, Deserialize)]
struct Kept {
    key: LiftKey,
    host: String,
    port: u16,
}

/// Whether this wallet decides lifts for whoever asks.
pub(crate) fn is_referee(rows: &Rows<'_>) -> Result<bool, StoreError> {
    Ok(rows.choice(SERVES)?.is_some())
}

/// Whether this wallet decides for its partners: whoever takes part does, unless they joined by hand and never said so.
pub(crate) fn serves_partners(rows: &Rows<'_>) -> Result<bool, StoreError> {
    Ok(is_referee(rows)? || joins(rows)?)
}

/// Whether strangers may ask for decisions: of a referee for everybody, and of whoever lately began a lift, since those
/// far off in its circle know nobody else to ask.
pub(crate) fn hears_strangers(rows: &Rows<'_>, now: i64) -> Result<bool, StoreError> {
    if is_referee(rows)? || !joins(rows)? {
        return is_referee(rows);
    }
    let Some(me) = rows.me()? else { return Ok(false) };
    rows.began_lift_since(now.saturating_sub(STALE), &me.certificate.chad().agent().into())
}

/// Lets this wallet decide lifts, or not any more.
pub(crate) fn serve(rows: &Rows<'_>, wanted: bool) -> Result<(), StoreError> {
    if wanted { rows.set_choice(SERVES, "on") } else { rows.forget_choice(SERVES) }
}

/// Whether the person lets no lift go through at the moment.
pub(crate) fn is_paused(rows: &Rows<'_>) -> Result<bool, StoreError> {
    Ok(rows.choice(PAUSED)?.is_some())
}

/// Lets no lift go through, or lets them again.
pub(crate) fn pause(rows: &Rows<'_>, wanted: bool) -> Result<(), StoreError> {
    if wanted { rows.set_choice(PAUSED, "on") } else { rows.forget_choice(PAUSED) }
}

/// The referees that the person trusts, the best first.
pub(crate) fn referees(rows: &Rows<'_>) -> Result<Vec<RefereeAddress>, StoreError> {
    let kept: Vec<Kept> =
        rows.choice(TRUSTED)?.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
    Ok(kept.into_iter().map(|Kept { key, host, port }| RefereeAddress { key, host, port }).collect())
}

/// Trusts these referees and no others.
pub(crate) fn trust_also(rows: &Rows<'_>, referees: &[RefereeAddress]) -> Result<(), StoreError> {
    let kept: Vec<Kept> = referees
        .iter()
        .map(|referee| Kept { key: referee.key, host: referee.host.clone(), port: referee.port })
        .collect();
    let text = serde_json::to_string(&kept).map_err(|_| StoreError::Corrupt { what: "referee" })?;
    rows.set_choice(TRUSTED, &text)
}

/// Where the person lets no lift go through for now.
pub(crate) struct Paused {
    everywhere: bool,
    tallies: BTreeSet<TallyId>,
}

impl Paused {
    pub(crate) fn of(rows: &Rows<'_>) -> Result<Self, StoreError> {
        Ok(Self { everywhere: is_paused(rows)?, tallies: rows.lifts_paused()? })
    }

    /// Whether no lift goes over this tally.
    pub(crate) fn holds(&self, tally: TallyId) -> bool {
        self.everywhere || self.tallies.contains(&tally)
    }
}

/// The smallest circle that is worth its while here.
pub(crate) fn least(rows: &Rows<'_>) -> Result<Units, StoreError> {
    let chosen = rows.choice(LEAST)?.and_then(|text| text.parse().ok());
    Ok(Units::new(chosen.unwrap_or(LEAST_CIRCLE)).unwrap_or(Units::ZERO))
}

/// Leaves smaller circles alone.
pub(crate) fn set_least(rows: &Rows<'_>, least: Units) -> Result<(), StoreError> {
    rows.set_choice(LEAST, &least.milli().to_string())
}

/// Whether tallies that come into force take part by themselves.
pub(crate) fn joins(rows: &Rows<'_>) -> Result<bool, StoreError> {
    Ok(rows.choice(ALONE)?.is_none())
}

/// Has tallies that come into force take part by themselves, or not.
pub(crate) fn join(rows: &Rows<'_>, wanted: bool) -> Result<(), StoreError> {
    if wanted { rows.forget_choice(ALONE) } else { rows.set_choice(ALONE, "on") }
}

/// Circles of less than this are not worth anybody's while, unless the person says otherwise: ten CHIP (lifts.md 7).
const LEAST_CIRCLE: i64 = 10_000;
