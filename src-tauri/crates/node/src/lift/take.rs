//! Messages about lifts: the gate, and which machine each is for.

use tallystick_core::chit::{ChitObject, Kind};
use tallystick_core::effect::{Change, Effect as Changed};
use tallystick_core::lift::{
    Arrived, Cert, Decision, Input, LegState, Lift, Message, Promise, Told, Waive, ack_unknown, proof,
};
use tallystick_core::tally::Tally;
use tallystick_core::{AgentId, Chad, Date, TallyId};
use tallystick_store::{Rows, StoreError};

use super::judge::{answer, query};
use super::known::Read;
use super::perform::{go_on, perform};
use super::search::{asked, matched, no_further};
use super::{Host, Step, Undone};
use crate::receive::Taken;
use crate::view::Happening;

/// Takes one message over a link proven to be `agent`'s. Whatever it brings about stands or falls as a whole.
pub(crate) fn take(
    rows: &Rows<'_>,
    host: &Host,
    (agent, from): (AgentId, &Chad),
    message: Message,
    now: i64,
) -> Result<Taken, StoreError> {
    if let Some(query) = query(&message) {
        return answer(rows, host, from, &query, now);
    }
    match rows.apart(|rows| one(rows, host, agent, message, now))? {
        Ok(happenings) if happenings.is_empty() => Ok(Taken::Answered(happenings)),
        Ok(happenings) => Ok(Taken::Kept(happenings)),
        Err(Undone::Ledger(error)) => Err(error),
        Err(Undone::Refused(refusal)) => {
            tracing::debug!(%agent, %refusal, "a message about a lift was refused");
            Ok(Taken::Dropped { why: "the lift's machine refused it", strike: false })
        }
        Err(Undone::Booking(failure)) => {
            // Their commit stands, and they say it again; so it is not lost.
            tracing::error!(%agent, %failure, "a lift cannot be booked");
            Ok(Taken::Dropped { why: "the tally cannot take the lift", strike: false })
        }
    }
}

/// Lifts that a step entered into the chain, each with its commit.
pub(crate) fn committed(effects: &[Changed]) -> Vec<(Promise, Cert)> {
    let entered = effects.iter().filter_map(|effect| match effect {
        Changed::Save(Change::Linked { linked, .. }) => proof::promised(&linked.chit),
        _ => None,
    });
    entered.collect()
}

/// The partner's word that it gave up our promise that a chit stands for.
pub(crate) fn given_up(
    rows: &Rows<'_>,
    tally: &Tally,
    chit: &ChitObject,
) -> Result<Option<Waive>, StoreError> {
    if chit.kind() == Kind::Lift && chit.by() == tally.mine() {
        rows.given_up(tally.id(), chit)
    } else {
        Ok(None)
    }
}

/// The chain brought a lift: what that means for the lift itself, if it is known here. The entry stands in any case.
pub(crate) fn chained(
    rows: &Rows<'_>,
    host: Option<&Host>,
    promise: Promise,
    cert: Cert,
    now: i64,
) -> Result<Vec<Happening>, StoreError> {
    let Some(host) = host else { return Ok(Vec::new()) };
    let Some(row) = rows.lift(promise.lift())? else { return Ok(Vec::new()) };
    let tally = promise.chit().tally();
    let counts = row.record.legs().any(|leg| leg.tally() == tally && leg.state == LegState::Good);
    if counts && row.record.decision() == Some(Decision::Commit) {
        return Ok(Vec::new());
    }
    let input = Input::Chained(Box::new(promise), Box::new(cert));
    match rows.apart(|rows| go_on(rows, host, row.record.lift(), input, now))? {
        Ok(happenings) => Ok(happenings),
        Err(Undone::Ledger(error)) => Err(error),
        Err(error) => {
            tracing::error!(%error, "a lift does not take what the chain says of it");
            Ok(Vec::new())
        }
    }
}

fn one(rows: &Rows<'_>, host: &Host, agent: AgentId, message: Message, now: i64) -> Step {
    let shares = |tally: TallyId| -> Result<(), Undone> {
        match rows.tally(tally)?.and_then(|row| row.tally.partner()) {
            Some(partner) if partner == agent => Ok(()),
            _ => Err(tallystick_core::lift::Refusal::Line.into()),
        }
    };
    match message {
        Message::Promise(promise) => {
            shares(promise.chit().tally())?;
            match rows.lift(promise.lift())? {
                Some(_) => go_on(rows, host, promise.lift(), Input::Promise(promise), now),
                None => meet(rows, host, promise, now),
            }
        }
        Message::Waive(waive) => {
            shares(waive.tally())?;
            go_on(rows, host, waive.lift(), Input::Waive(waive), now)
        }
        Message::Ack(ack) => {
            shares(ack.tally)?;
            go_on(rows, host, ack.lift, Input::Acked(ack.tally, ack.what), now)
        }
        Message::Decision(told) => {
            let lift = told.cert.lift();
            if let Some(tally) = told.tally {
                shares(tally)?;
                if rows.lift(lift)?.is_none() {
                    return learn(rows, host, told, tally, now);
                }
            }
            go_on(rows, host, lift, Input::Decision(told), now)
        }
        Message::Probe(probe) => asked(rows, host, agent, probe, now),
        Message::Match(found) => matched(rows, host, agent, found, now),
        Message::DeadEnd(end) => no_further(rows, host, agent, end, now),
        Message::Claim(_) | Message::Abort(_) | Message::Status(_) => {
            Err(tallystick_core::lift::Refusal::Misfit.into())
        }
    }
}

fn meet(rows: &Rows<'_>, host: &Host, promise: Promise, now: i64) -> Step {
    let read = Read::of(rows, host, promise.core().session(), &[promise.chit().tally()], now)?;
    let (_, effects) = Lift::meet(promise, &read.known(host), Date::from_millis(now))?;
    perform(rows, host, effects, now)
}

fn learn(rows: &Rows<'_>, host: &Host, told: Told, tally: TallyId, now: i64) -> Step {
    let session = told.promise.as_ref().map(|promise| promise.core().session()).unwrap_or_default();
    let read = Read::of(rows, host, session, &[tally], now)?;
    let (lift, decision) = (told.cert.lift(), told.cert.decision());
    let effects = match Lift::learn(told, &read.known(host)) {
        Ok((_, effects)) => effects,
        // Nothing in it for us; but whoever says it may stop.
        Err(_) => vec![ack_unknown(lift, tally, Arrived::Decision(decision))],
    };
    perform(rows, host, effects, now)
}
