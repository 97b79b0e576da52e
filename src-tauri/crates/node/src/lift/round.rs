//! Clearing by itself: within what the person signed, seldom, and only where it costs nothing.

use tallystick_core::lift::bucket::{Flow, OWN_ROUNDS};
use tallystick_core::lift::probe::Way;
use tallystick_core::lift::{Aim, Line, Part, RefereeAddress, Stage};
use tallystick_core::{TallyId, Units};
use tallystick_store::{Rows, StoreError};
use uuid::Uuid;

use super::known::{Neighbour, accepted, all_lines};
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
    let mut to = all_lines(rows, host, now)?;
    to.iter_mut().for_each(|to| to.line.only_debts = true);
    let lines: Vec<Line> = to.iter().map(|to| to.line.clone()).collect();
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
    // Six an hour where circles are thought of every minute; tests think faster.
    let flow = Flow { every: OWN_ROUNDS.every.min(every.saturating_mul(LONGEST_PAUSE)), ..OWN_ROUNDS };
    if !has_whom_to_ask(host, &to, least, now) {
        return Ok((NotCleared::Resting, Vec::new()));
    }
    if !is_time(host, sight(rows, &lines)?, (every, now)) || !rows.take_tokens("rounds", 1, flow, now)? {
        return Ok((NotCleared::Resting, Vec::new()));
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

/// Whether a look could begin over two tallies on which it was not in vain just now.
fn has_whom_to_ask(host: &Host, to: &[Neighbour], least: i64, now: i64) -> bool {
    let fits = |units: Units| units.milli() >= least;
    let may = |to: &&Neighbour, way| host.may_ask(to, way, now);
    let mut out = to.iter().filter(|to| fits(to.line.give().free) && may(to, Way::Round));
    out.any(|out| {
        let mut back = to.iter().filter(|to| fits(to.line.gain().free) && may(to, Way::Back));
        back.any(|back| back.line.tally != out.line.tally)
    })
}

/// What a look for a circle would start from: while nothing of it changes, looking again soon is in vain.
fn sight(rows: &Rows<'_>, lines: &[Line]) -> Result<Vec<(TallyId, i64)>, StoreError> {
    let mut seen: Vec<_> = lines.iter().map(|line| (line.tally, line.stance.net.milli())).collect();
    // A try that came to nothing is one of the things that change.
    if let Some((row, line)) = rows.lifts(1)?.first().zip(lines.first()) {
        seen.push((line.tally, row.made_at));
    }
    Ok(seen)
}

/// Whether to look now. What changes is given time to settle first, since a look in the middle of it finds half a circle;
/// looks from where nothing changes come at pauses that double.
fn is_time(host: &Host, seen: Vec<(TallyId, i64)>, (every, now): (i64, i64)) -> bool {
    let mut kept = held(&host.sight);
    let known = kept.take().filter(|sight| sight.seen == seen);
    let due = known.as_ref().is_some_and(|sight| now >= sight.next_at);
    let looks = known.as_ref().map_or(0, |sight| sight.looks + u32::from(due));
    let pause = every.saturating_mul(1 << looks.min(10)).min(every.saturating_mul(LONGEST_PAUSE));
    let next_at = match known {
        Some(sight) if !due => sight.next_at,
        Some(_) => now.saturating_add(pause),
        None => now.saturating_add(every / 2),
    };
    *kept = Some(Sight { seen, looks, next_at });
    due
}

/// The longest pause between two looks from where nothing has changed, in times of the usual one: ten minutes.
const LONGEST_PAUSE: i64 = 10;

/// The most that could come in over one tally and go out over another, in milli-CHIPs; of lines on which only debts move,
/// the largest circle that this wallet would begin by itself.
pub(crate) fn widest(lines: &[Line]) -> Option<i64> {
    let pairs = lines.iter().flat_map(|one| lines.iter().map(move |other| (one, other)));
    let apart = pairs.filter(|(one, other)| one.tally != other.tally);
    apart.map(|(one, other)| one.gain().free.min(other.give().free).milli()).max()
}
