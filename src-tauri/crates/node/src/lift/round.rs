//! Clearing by itself: within what the person signed, seldom, and only where it costs nothing.

use tallystick_core::lift::bucket::OWN_ROUNDS;
use tallystick_core::lift::{Aim, Line, Part, RefereeAddress, Stage};
use tallystick_core::{TallyId, Units};
use tallystick_store::{Rows, StoreError};
use uuid::Uuid;

use super::known::{accepted, all_lines};
use super::search::{SESSION, look_around};
use super::{Host, Round, Sight, Undone, is_paused, least};
use crate::view::{Happening, NotCleared};
use crate::wallet::held;

/// Circles under way that we began.
const LOOKED_AT: u32 = 64;

/// Looks for a circle if there may be one; says what keeps it from looking.
pub(super) fn try_round(
    rows: &Rows<'_>,
    host: &Host,
    own: RefereeAddress,
    (every, now): (i64, i64),
) -> Result<(NotCleared, Vec<Happening>), Undone> {
    if is_paused(rows)? {
        return Ok((NotCleared::Paused, Vec::new()));
    }
    let lines: Vec<Line> = all_lines(rows, now)?.into_iter().map(|(line, _)| line).collect();
    if lines.len() < 2 {
        return Ok((NotCleared::TooFewTallies, Vec::new()));
    }
    let least = least(rows)?.milli();
    let Some(most) = widest(&lines).filter(|most| *most >= least) else {
        return Ok((NotCleared::NothingFits, Vec::new()));
    };
    let under_way = rows.lifts(LOOKED_AT)?.into_iter().any(|lift| {
        let (part, aim) = (lift.record.part, lift.record.core.aim());
        part == Part::Originator && aim == Aim::Clear && lift.record.stage() == Stage::Open
    });
    if under_way {
        return Ok((NotCleared::Begun, Vec::new()));
    }
    let Some(referee) = accepted(rows, Some(own))?.into_iter().next() else {
        return Ok((NotCleared::NoReferee, Vec::new()));
    };
    let seen = sight(rows, &lines)?;
    if held(&host.sight).as_ref().is_some_and(|sight| sight.seen == seen && now < sight.next_at)
        || !rows.take_tokens("rounds", 1, OWN_ROUNDS, now)?
    {
        return Ok((NotCleared::Resting, Vec::new()));
    }
    {
        let mut sight = held(&host.sight);
        let looks = sight.as_ref().filter(|sight| sight.seen == seen).map_or(0, |sight| sight.looks + 1);
        let pause = every.saturating_mul(1 << looks.min(10)).min(LONGEST_PAUSE);
        *sight = Some(Sight { seen, looks, next_at: now.saturating_add(pause) });
    }
    let session = Uuid::new_v4();
    {
        let mut rounds = held(&host.rounds);
        rounds.retain(|_, round| now < round.until);
        rounds.insert(session, Round { referee, most, until: now.saturating_add(SESSION) });
    }
    let units = Units::new(most).unwrap_or(Units::ZERO);
    Ok((NotCleared::NoneFound, look_around(rows, host, session, units, now)?))
}

/// What a look for a circle would start from: while nothing of it changes, looking again soon is in vain.
fn sight(rows: &Rows<'_>, lines: &[Line]) -> Result<Vec<(TallyId, i64)>, StoreError> {
    let mut seen: Vec<_> = lines.iter().map(|line| (line.tally, line.stance.net.milli())).collect();
    // A try that came to nothing is one of the things that change.
    let last = rows.lifts(1)?.first().map(|row| row.changed_at);
    seen.extend(lines.first().zip(last).map(|(line, at)| (line.tally, at)));
    Ok(seen)
}

/// The longest pause between two looks from where nothing has changed, in ms.
const LONGEST_PAUSE: i64 = 600_000;

/// The most that could come in over one tally and go out over another, in milli-CHIPs.
pub(crate) fn widest(lines: &[Line]) -> Option<i64> {
    let pairs = lines.iter().flat_map(|one| lines.iter().map(move |other| (one, other)));
    let apart = pairs.filter(|(one, other)| one.tally != other.tally);
    apart.map(|(one, other)| one.gain().free.min(other.give().free).milli()).max()
}
