//! Our own check of a lift: its papers, its entries, and whether it is within what the person had signed then.
//!
//! Nothing the machines remember of their reasons is believed: settings and balance are added up again from the chain.

use serde_json::{Value, json};
use tallystick_core::lift::timer::STALE;
use tallystick_core::lift::{Aim, Decision, Leg, LegState, Part, Room, Stance, proof};
use tallystick_core::settings::Settings;
use tallystick_core::tally::Tally;
use tallystick_core::{Half, TallyId, Units};
use tallystick_store::{LiftRow, Rows, StoreError};

use crate::view::{Audit, AuditFault, AuditFinding, AuditVerdict, Millis};

/// Checks a lift again.
pub(crate) fn audit(rows: &Rows<'_>, row: &LiftRow, now: Millis) -> Result<Audit, StoreError> {
    let record = &row.record;
    let mut findings = Vec::new();
    let mut found = |what, tally: Option<TallyId>| {
        findings.push(AuditFinding { what, tally: tally.map(|tally| tally.to_string()) });
    };
    if record.cert.as_ref().is_some_and(|cert| cert.verify(&record.core).is_err()) {
        found(AuditFault::Certificate, None);
    }
    for leg in record.legs() {
        if let Some(what) = papers(rows, row, leg)? {
            found(what, Some(leg.tally()));
        }
    }
    // What came in late was given by its giver alone: it cost us nothing, whatever our settings were.
    let live = |leg: &&Leg| leg.state.is_open() || leg.state == LegState::Good;
    for (leg, coming) in
        record.incoming.iter().map(|leg| (leg, true)).chain(record.outgoing.iter().map(|leg| (leg, false)))
    {
        if let Some(what) = live(&leg).then(|| limits(rows, row, leg, coming)).transpose()?.flatten() {
            found(what, Some(leg.tally()));
        }
    }
    let goes = record.outgoing.as_ref().is_some_and(|leg| leg.state == LegState::Good);
    let came = record.incoming.iter().chain(&record.late).any(|leg| leg.state == LegState::Good);
    if goes && !came && (record.part == Part::Relay || record.core.aim() == Aim::Clear) {
        found(AuditFault::Uncovered, None);
    }
    let verdict = if findings.is_empty() { AuditVerdict::Within } else { AuditVerdict::Outside };
    Ok(Audit { verdict, findings, checked_at: now })
}

/// Whether one leg is signed by a delegated key, for the lift's amount, and booked exactly if it counts.
fn papers(rows: &Rows<'_>, row: &LiftRow, leg: &Leg) -> Result<Option<AuditFault>, StoreError> {
    let (tally, chit) = (leg.tally(), leg.promise.chit());
    let booked = rows.chit(tally, chit.uuid())?;
    let [of_stock, of_foil] = rows.lift_keys(tally)?;
    let keys = if chit.by() == Half::Stock { of_stock } else { of_foil };
    if !keys.iter().any(|key| leg.promise.verify(key).is_ok()) {
        return Ok(Some(AuditFault::Signature));
    }
    Ok(match (&booked, leg.state) {
        (Some(booked), LegState::Good) => {
            let proven = keys.iter().any(|key| proof::check(&booked.linked.chit, key).is_ok());
            let decided = row.record.decision() == Some(Decision::Commit);
            (!proven || !decided).then_some(AuditFault::Certificate)
        }
        (None, LegState::Good) => Some(AuditFault::NotBooked),
        (_, LegState::Held | LegState::Acked) | (None, LegState::Waived | LegState::Void) => None,
        (Some(_), LegState::Waived | LegState::Void) => Some(AuditFault::BookedAnyway),
    })
}

/// Whether one leg was within our own settings when we took it on.
fn limits(rows: &Rows<'_>, row: &LiftRow, leg: &Leg, coming: bool) -> Result<Option<AuditFault>, StoreError> {
    let lift = row.record.lift();
    // Lifts of before this was noted are not judged by a guess.
    let Some(at) = rows.lift_held_at(lift, leg.tally(), coming)? else { return Ok(None) };
    let found = limits_at(rows, row, leg, (coming, at, at))?;
    match found {
        // What was written in the same millisecond may have come after it.
        Some(_) => limits_at(rows, row, leg, (coming, at, at - 1)),
        None => Ok(None),
    }
}

fn limits_at(
    rows: &Rows<'_>,
    row: &LiftRow,
    leg: &Leg,
    (coming, at, seen): (bool, i64, i64),
) -> Result<Option<AuditFault>, StoreError> {
    let tally = leg.tally();
    let (mine, signed, mut net) = rows.stood_at(tally, true, seen)?;
    if mine.delegation().is_none() {
        return Ok(Some(AuditFault::NotAllowed));
    }
    drop(signed);
    // The entry itself, where it was decided in the same instant.
    if let Some(own) = rows.chit(tally, leg.promise.chit().uuid())?.filter(|own| own.recorded_at <= seen) {
        net = net.checked_sub(own.change).unwrap_or(net);
    }
    let open = rows.lifts_open_at(tally, row.record.lift(), at)?;
    let fresh = open.iter().filter(|held| held.coming == coming && at - held.at < STALE);
    let held = fresh.map(|held| held.units.milli()).sum::<i64>();
    let stance = stance(&mine, net, Units::new(held).unwrap_or(Units::MAX));
    let units = row.record.core.units();
    Ok(if coming {
        (stance.gain().free < units).then_some(AuditFault::AboveTarget)
    } else {
        (stance.give().free < units).then_some(AuditFault::BelowTarget)
    })
}

/// What we allow, our partner's part left out: that is for their own check.
fn stance(mine: &Settings, net: Units, held: Units) -> Stance {
    let trading = mine.trading();
    let theirs = Room { target: Units::MAX, bound: Units::MAX };
    Stance { net, hin: held, hout: held, mine: trading.into(), theirs, clings: trading.clutch > 0 }
}

/// Everything that the verdict rests on, for somebody else to check: the lift's record, the entries, and our signed
/// settings on each of its tallies.
pub(crate) fn evidence(rows: &Rows<'_>, row: &LiftRow, now: Millis) -> Result<Value, StoreError> {
    let audit = audit(rows, row, now)?;
    let mut tallies = Vec::new();
    for leg in row.record.legs() {
        let found = rows.tally(leg.tally())?;
        let coming = row.record.outgoing.as_ref() != Some(leg);
        let at = rows.lift_held_at(row.record.lift(), leg.tally(), coming)?;
        let (_, signed, net) = rows.stood_at(leg.tally(), true, at.unwrap_or(now))?;
        let mut settings = Vec::new();
        for id in signed {
            settings.extend(rows.chit(leg.tally(), id)?.map(|chit| chit.linked.chit.raw().clone()));
        }
        let entry = rows.chit(leg.tally(), leg.promise.chit().uuid())?;
        tallies.push(json!({
            "tally": found.as_ref().map(|found: &tallystick_store::TallyRow| object(&found.tally)),
            "coming": coming,
            "held": at,
            "balance": net.milli(),
            "settings": settings,
            "entry": entry.map(|entry| entry.linked.chit.raw().clone()),
        }));
    }
    Ok(json!({
        "evidence": {
            "v": 1,
            "lift": row.record.lift().to_string(),
            "record": serde_json::to_value(&row.record).unwrap_or_default(),
            "tallies": tallies,
            "findings": serde_json::to_value(&audit.findings).unwrap_or_default(),
            "checked": now,
        }
    }))
}

fn object(tally: &Tally) -> Value {
    tally.object().raw().clone()
}
