//! Looking for paths: questions from both ends, pointers, and what is found.

use std::cmp::Reverse;

use tallystick_core::lift::bucket::Flow;
use tallystick_core::lift::probe::{Match, Probe, Way, rounded};
use tallystick_core::lift::{Heard, LiftInvoice, Line, Message, Road, Say, Search, Spread, by_reach, turn};
use tallystick_core::{AgentId, Date, Units};
use tallystick_store::{How, InvoiceRow, Rows, StoreError};
use uuid::Uuid;

use super::begin::found;
use super::known::{all_lines, tally_with};
use super::perform::carried;
use super::{Host, Step, least};
use crate::view::Happening;
use crate::wallet::held;

/// How long a search lasts (lifts.md 5).
pub(super) const SESSION: i64 = 60_000;

/// Nobody's question is kept longer than this.
const LONGEST: i64 = 2 * SESSION;

/// Messages about searches that one partner may make us send: a shop behind one partner is paid every few seconds.
const FROM_PARTNER: Flow = Flow { most: 4_096, every: 50 };

/// Questions a payer may cost, and a payee; with at most one match for each of the former they are 256 messages.
const FORWARD: u32 = 78;
const REVERSE: u32 = 100;

fn probe(sid: Uuid, way: Way, units: Units, (ttl, fan, budget): (u32, u32, u32), now: i64) -> Probe {
    let exp = Date::from_millis(now.saturating_add(SESSION));
    Probe { sid, way, units, ttl, fan, budget, hops: 0, exp }
}

/// Looks for a way to whoever shows this invoice.
pub(crate) fn look_for(rows: &Rows<'_>, host: &Host, invoice: &LiftInvoice, units: Units, now: i64) -> Step {
    let probe = probe(invoice.session(), Way::Forward, rounded(units), (4, 8, FORWARD), now);
    begin(rows, host, probe, now)
}

/// Shows the way to an invoice of ours, for as long as one search lasts.
pub(crate) fn show_way(rows: &Rows<'_>, host: &Host, row: &InvoiceRow, now: i64) -> Step {
    // Whoever pays an open amount finds out on the way whether it fits.
    let units = row.invoice.units().map_or_else(|| Units::new(1).unwrap_or(Units::ZERO), rounded);
    let probe = probe(row.invoice.session(), Way::Reverse, units, (4, 8, REVERSE), now);
    begin(rows, host, probe, now)
}

/// Looks for a circle, both ways round.
pub(super) fn look_around(rows: &Rows<'_>, host: &Host, sid: Uuid, units: Units, now: i64) -> Step {
    let mut happenings = Vec::new();
    let Spread { ttl, fan, budget } = Spread::of(sid);
    for way in [Way::Back, Way::Round] {
        happenings.extend(begin(rows, host, probe(sid, way, units, (ttl, fan, budget), now), now)?);
    }
    Ok(happenings)
}

fn begin(rows: &Rows<'_>, host: &Host, probe: Probe, now: i64) -> Step {
    let search = rows.search_of(probe.sid, now)?.unwrap_or_else(|| Search::new(probe.sid, probe.exp));
    go_on(rows, host, search, Heard::Begin(probe), probe.way.is_open(), now)
}

/// A partner asks.
pub(super) fn asked(rows: &Rows<'_>, host: &Host, agent: AgentId, probe: Probe, now: i64) -> Step {
    let exp = probe.exp.millis();
    if exp <= now || exp > now.saturating_add(LONGEST) {
        return Ok(Vec::new());
    }
    let Some(line) = tally_with(rows, host, agent, now)? else { return Ok(Vec::new()) };
    // What a question may cost us further on is paid for by whoever asks it.
    if !rows.take_tokens(&format!("partner:{agent}"), 1 + probe.budget, FROM_PARTNER, now)? {
        return Ok(Vec::new());
    }
    let search = rows.search_of(probe.sid, now)?.unwrap_or_else(|| Search::new(probe.sid, probe.exp));
    go_on(rows, host, search, Heard::Probe(line.tally, probe), probe.way.is_open(), now)
}

/// A partner answers.
pub(super) fn matched(rows: &Rows<'_>, host: &Host, agent: AgentId, found: Match, now: i64) -> Step {
    let (Some(search), Some(line)) = (rows.search_of(found.sid, now)?, tally_with(rows, host, agent, now)?)
    else {
        return Ok(Vec::new());
    };
    go_on(rows, host, search, Heard::Match(line.tally, found), false, now)
}

fn go_on(rows: &Rows<'_>, host: &Host, mut search: Search, heard: Heard, circle: bool, now: i64) -> Step {
    let least = if circle { least(rows)? } else { Units::ZERO };
    let mut lines = all_lines(rows, host, now)?;
    if held(&host.rounds).contains_key(&search.sid) {
        lines.iter_mut().for_each(|(line, _)| line.only_debts = true);
    }
    let mut roads = roads(lines, least);
    if circle && !by_reach(search.sid) {
        roads.sort_by_cached_key(|road| turn(search.sid, road.tally));
    }
    let before = search.clone();
    let says = search.handle(heard, &roads, Date::from_millis(now));
    if (search != before || rows.search_of(search.sid, now)?.is_none()) && !rows.put_search(&search)? {
        return Ok(Vec::new());
    }
    let mut happenings = Vec::new();
    for say in says {
        match say {
            Say::Probe(tally, probe) => {
                let key = format!("l1-probe:{}:{:?}:{tally}", probe.sid, probe.way);
                post(rows, tally, key, Message::Probe(probe), now)?;
            }
            Say::Match(tally, found) => {
                let key = format!("l1-match:{}:{tally}", found.sid);
                post(rows, tally, key, Message::Match(found), now)?;
            }
            Say::Found(next, units) => {
                happenings.push(Happening::LiftChanged { session: search.sid.to_string() });
                happenings.extend(found(rows, host, search.sid, next, units, now)?);
            }
        }
    }
    Ok(happenings)
}

fn post(
    rows: &Rows<'_>,
    tally: tallystick_core::TallyId,
    key: String,
    message: Message,
    now: i64,
) -> Result<(), StoreError> {
    let Some(row) = rows.tally(tally)? else { return Ok(()) };
    let (object, mine) = (row.tally.object(), row.tally.mine());
    let chad = |half| object.cert(half).map(|cert| cert.chad().clone());
    let Some((to, from)) = chad(mine.other()).zip(chad(mine)) else { return Ok(()) };
    rows.queue(&carried(to, from, key, How::Once, message), now)
}

/// The tallies over which a search could go on: those whose partners reach far first, then those with the most room.
fn roads(lines: Vec<(Line, Option<u32>)>, least: Units) -> Vec<Road> {
    let worth = |units: Units| if units < least { Units::ZERO } else { units };
    let mut roads: Vec<(u32, i64, Road)> = lines
        .into_iter()
        .map(|(line, reach)| {
            let (gain, give) = (worth(line.gain().free), worth(line.give().free));
            let room = gain.milli().max(give.milli());
            (reach.unwrap_or(0), room, Road { tally: line.tally, gain, give })
        })
        .collect();
    roads.sort_by_key(|(reach, room, _)| Reverse((*reach, *room)));
    roads.into_iter().map(|(_, _, road)| road).collect()
}
