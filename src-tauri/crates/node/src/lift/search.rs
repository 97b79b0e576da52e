//! Looking for paths: questions from both ends, pointers, and what is found.

use tallystick_core::lift::bucket::Flow;
use tallystick_core::lift::probe::{Match, Probe, Way, rounded};
use tallystick_core::lift::{DeadEnd, Heard, LiftInvoice, Message, Road, Say, Search, Spread, standing};
use tallystick_core::message::{Body, Envelope};
use tallystick_core::{AgentId, Date, TallyId, Units};
use tallystick_store::{How, InvoiceRow, Rows, StoreError};
use uuid::Uuid;

use super::begin::found;
use super::known::{Neighbour, all_lines, due, tally_with};
use super::perform::carried;
use super::{Host, Step, Undone, least};
use crate::view::Happening;
use crate::wallet::held;

/// How long a search lasts (lifts.md 5).
pub(super) const SESSION: i64 = 60_000;

/// Nobody's question is kept longer than this.
const LONGEST: i64 = 2 * SESSION;

/// Messages about searches that one partner may make us send: a shop behind one partner is paid every few seconds.
const FROM_PARTNER: Flow = Flow { most: 4_096, every: 50 };

fn probe(sid: Uuid, way: Way, units: Units, now: i64) -> Probe {
    let Spread { ttl, fan, budget } = Spread::of(way);
    let exp = Date::from_millis(now.saturating_add(SESSION));
    Probe { sid, way, units, ttl, fan, budget, hops: 0, exp }
}

/// Looks for a way to whoever shows this invoice.
pub(crate) fn look_for(rows: &Rows<'_>, host: &Host, invoice: &LiftInvoice, units: Units, now: i64) -> Step {
    let probe = probe(invoice.session(), Way::Forward, rounded(units), now);
    begin(rows, host, probe, now)
}

/// Shows the way to an invoice of ours, for as long as one search lasts.
pub(crate) fn show_way(rows: &Rows<'_>, host: &Host, row: &InvoiceRow, now: i64) -> Step {
    begin(rows, host, way_to(row, now), now)
}

/// The same without asking anybody: an invoice that is not on show is found where the payer's question gets here by itself.
fn wait_for_payer(rows: &Rows<'_>, host: &Host, session: Uuid, now: i64) -> Step {
    let row = rows.invoice(session)?.filter(|row| row.mine && now < row.invoice.exp().millis());
    let Some((row, _)) = row.zip(due(rows, session)?) else { return Ok(Vec::new()) };
    begin(rows, host, Probe { ttl: 0, budget: 0, ..way_to(&row, now) }, now)
}

fn way_to(row: &InvoiceRow, now: i64) -> Probe {
    // Whoever pays an open amount finds out on the way whether it fits.
    let units = row.invoice.units().map_or_else(|| Units::new(1).unwrap_or(Units::ZERO), rounded);
    probe(row.invoice.session(), Way::Reverse, units, now)
}

/// Looks for a circle, both ways round.
pub(super) fn look_around(rows: &Rows<'_>, host: &Host, sid: Uuid, units: Units, now: i64) -> Step {
    let mut happenings = Vec::new();
    for way in [Way::Back, Way::Round] {
        happenings.extend(begin(rows, host, probe(sid, way, units, now), now)?);
    }
    Ok(happenings)
}

fn begin(rows: &Rows<'_>, host: &Host, probe: Probe, now: i64) -> Step {
    let search = rows.search_of(probe.sid, now)?.unwrap_or_else(|| Search::new(probe.sid, probe.exp));
    go_on(rows, host, search, Heard::Begin(probe), Some(probe.way), now)
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
    let mut happenings = Vec::new();
    if probe.way == Way::Forward {
        happenings.extend(wait_for_payer(rows, host, probe.sid, now)?);
    }
    let search = rows.search_of(probe.sid, now)?.unwrap_or_else(|| Search::new(probe.sid, probe.exp));
    happenings.extend(go_on(rows, host, search, Heard::Probe(line.tally, probe), Some(probe.way), now)?);
    Ok(happenings)
}

/// A partner says that over it a question for a circle goes no further.
pub(super) fn no_further(rows: &Rows<'_>, host: &Host, agent: AgentId, end: DeadEnd, now: i64) -> Step {
    if !rows.take_tokens(&format!("partner:{agent}"), 1, FROM_PARTNER, now)? {
        return Ok(Vec::new());
    }
    if let Some(line) = tally_with(rows, host, agent, now)? {
        let until = Date::from_millis(now.saturating_add(host.rest));
        held(&host.dead_ends).note(line.tally, end.way, until, Date::from_millis(now));
    }
    Ok(Vec::new())
}

/// A partner cannot be called: what it was to be asked for a payment, another is.
pub(crate) fn unasked(rows: &Rows<'_>, host: &Host, agent: AgentId, now: i64) -> Step {
    let mut happenings = Vec::new();
    let messages = rows.take_unasked(agent)?;
    let Some(line) = tally_with(rows, host, agent, now)? else { return Ok(happenings) };
    for message in messages {
        let read = Envelope::parse(message.as_bytes()).ok().map(|envelope| envelope.body);
        let Some(Body::Lift(message)) = read else { continue };
        let Message::Probe(probe) = *message else { continue };
        if let Some(search) = rows.search_of(probe.sid, now)? {
            let lost = Heard::Lost(line.tally, probe);
            let (said, more) = said(rows, host, search, lost, Some(probe.way), now)?;
            happenings.extend(more);
            if said == 0 && !probe.way.is_open() {
                // There is nobody else: they may come back while it is worth asking.
                ask(rows, line.tally, probe, now)?;
            }
        }
    }
    Ok(happenings)
}

/// A partner answers.
pub(super) fn matched(rows: &Rows<'_>, host: &Host, agent: AgentId, found: Match, now: i64) -> Step {
    let (Some(search), Some(line)) = (rows.search_of(found.sid, now)?, tally_with(rows, host, agent, now)?)
    else {
        return Ok(Vec::new());
    };
    go_on(rows, host, search, Heard::Match(line.tally, found), None, now)
}

fn go_on(rows: &Rows<'_>, host: &Host, search: Search, heard: Heard, way: Option<Way>, now: i64) -> Step {
    said(rows, host, search, heard, way, now).map(|(_, happenings)| happenings)
}

/// The same, and how much was said.
fn said(
    rows: &Rows<'_>,
    host: &Host,
    mut search: Search,
    heard: Heard,
    way: Option<Way>,
    now: i64,
) -> Result<(usize, Vec<Happening>), Undone> {
    let mut lines = all_lines(rows, host, now)?;
    if held(&host.rounds).contains_key(&search.sid) {
        lines.iter_mut().for_each(|to| to.line.only_debts = true);
    }
    // A match is passed on over the tally of the question that it answers: the others do not matter.
    if let Some(way) = way {
        let from = if let Heard::Probe(from, _) = heard { Some(from) } else { None };
        lines.retain(|to| Some(to.line.tally) == from || !way.is_open() || host.may_ask(to, way, now));
        lines.sort_by_cached_key(|to| standing(search.sid, way, to.reach, to.line.tally));
    }
    let least = if way.is_some_and(Way::is_open) { least(rows)? } else { Units::ZERO };
    let roads = roads(&lines, least, |partner| host.is_away(partner, now));
    let before = search.clone();
    let says = search.handle(heard, &roads, Date::from_millis(now));
    if (search != before || rows.search_of(search.sid, now)?.is_none()) && !rows.put_search(&search)? {
        return Ok((0, Vec::new()));
    }
    let (many, mut happenings) = (says.len(), Vec::new());
    for say in says {
        match say {
            Say::Probe(tally, probe) => ask(rows, tally, probe, now)?,
            Say::Match(tally, found) => {
                let key = format!("l1-match:{}:{tally}", found.sid);
                post(rows, tally, key, Message::Match(found), now)?;
            }
            Say::DeadEnd(tally, end) => {
                post(rows, tally, format!("l1-end:{:?}:{tally}", end.way), Message::DeadEnd(end), now)?;
            }
            Say::Found(next, units) => {
                happenings.push(Happening::LiftChanged { session: search.sid.to_string() });
                happenings.extend(found(rows, host, search.sid, next, units, now)?);
            }
        }
    }
    Ok((many, happenings))
}

fn ask(rows: &Rows<'_>, tally: TallyId, probe: Probe, now: i64) -> Result<(), StoreError> {
    let key = format!("l1-probe:{}:{:?}:{tally}", probe.sid, probe.way);
    post(rows, tally, key, Message::Probe(probe), now)
}

fn post(rows: &Rows<'_>, tally: TallyId, key: String, message: Message, now: i64) -> Result<(), StoreError> {
    let Some(row) = rows.tally(tally)? else { return Ok(()) };
    let (object, mine) = (row.tally.object(), row.tally.mine());
    let chad = |half| object.cert(half).map(|cert| cert.chad().clone());
    let Some((to, from)) = chad(mine.other()).zip(chad(mine)) else { return Ok(()) };
    rows.queue(&carried(to, from, key, How::Once, message), now)
}

/// What these tallies could take; less than is worth a lift is nothing.
fn roads(lines: &[Neighbour], least: Units, away: impl Fn(AgentId) -> bool) -> Vec<Road> {
    let worth = |units: Units| if units < least { Units::ZERO } else { units };
    let road = |to: &Neighbour| Road {
        tally: to.line.tally,
        gain: worth(to.line.gain().free),
        give: worth(to.line.give().free),
        away: away(to.partner),
    };
    lines.iter().map(road).collect()
}
