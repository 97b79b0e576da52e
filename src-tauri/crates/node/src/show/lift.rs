//! Lifts, invoices and payments for the skins.

use serde_json::{Value, json};
use tallystick_core::Units;
use tallystick_core::canonical::digest;
use tallystick_core::lift::{Aim, Leg, LegState, LiftInvoice, Part, Record, RefereeAddress, Stage, Why};
use tallystick_core::words::fingerprint;
use tallystick_store::{InvoiceRow, LiftRow, Rows, StoreError};

use super::audit::audit;
use super::{hex, partner, words};
use crate::lift::referees;
use crate::view::{
    AuditVerdict, InvoiceState, InvoiceView, LiftAim, LiftLeg, LiftPart, LiftStage, LiftState, LiftView,
    LiftWhy, Millis, PaymentState, PaymentView, RefereeView, RefereeWho,
};
use crate::wallet::Inner;

/// The text of an invoice: a link, or the reference's form with our member in it where no link has room for it.
pub(crate) fn invoice_code(invoice: &LiftInvoice) -> String {
    invoice.to_link().unwrap_or_else(|| json!({ "pay": invoice.raw() }).to_string())
}

/// An address of a referee in one line.
pub(crate) fn referee(address: &RefereeAddress) -> String {
    let host = if address.host.contains(':') { format!("[{}]", address.host) } else { address.host.clone() };
    format!("{}@{host}:{}", address.key, address.port)
}

fn reference(invoice: &LiftInvoice) -> Option<String> {
    invoice.reference().map(|reference| match reference {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    })
}

/// An invoice of ours.
pub(crate) fn invoice(rows: &Rows<'_>, row: &InvoiceRow, now: i64) -> Result<InvoiceView, StoreError> {
    let invoice = &row.invoice;
    let lifts = rows.lifts_of_session(invoice.session())?;
    let claimed =
        lifts.iter().find(|lift| lift.record.part == Part::Payee && lift.record.stage() != Stage::Waived);
    let state = match claimed.map(|lift| lift.record.stage()) {
        Some(Stage::Good) => InvoiceState::Paid,
        Some(Stage::Open) => InvoiceState::Coming,
        Some(Stage::Void | Stage::Waived) => InvoiceState::Spent,
        None if now >= invoice.exp().millis() => InvoiceState::Expired,
        None => InvoiceState::Waiting,
    };
    Ok(InvoiceView {
        id: invoice.session().to_string(),
        code: invoice_code(invoice),
        units: invoice.units().map(Units::milli),
        memo: invoice.memo().map(str::to_owned),
        reference: reference(invoice),
        expires_at: invoice.exp().millis(),
        made_at: row.made_at,
        svg: None,
        modules: None,
        now,
        state,
        lift: claimed.map(|lift| lift.record.lift().to_string()),
    })
}

/// An invoice of somebody else's.
pub(crate) fn payment(
    inner: &Inner,
    rows: &Rows<'_>,
    row: &InvoiceRow,
    now: i64,
) -> Result<PaymentView, StoreError> {
    let invoice = &row.invoice;
    let lifts = rows.lifts_of_session(invoice.session())?;
    let ours = lifts.iter().find(|lift| lift.record.part == Part::Originator);
    let way = rows.search_of(invoice.session(), now)?.and_then(|search| search.next()).map(|next| next.tally);
    // A try that came to nothing says nothing of where the next one would begin.
    let signed = ours.filter(|lift| lift.record.stage() != Stage::Waived);
    let first = signed.and_then(|lift| lift.record.outgoing.as_ref()).map(Leg::tally).or(way);
    let via = match first {
        Some(tally) => rows.tally(tally)?.map(|row| partner(inner, rows, &row.tally)).transpose()?.flatten(),
        None => None,
    };
    let print = fingerprint(&invoice.payee().agent());
    let state = match ours.map(|lift| lift.record.stage()) {
        Some(Stage::Open) => PaymentState::UnderWay,
        Some(Stage::Good) => PaymentState::Paid,
        Some(Stage::Void) => PaymentState::Void,
        Some(Stage::Waived) => PaymentState::Failed,
        None if way.is_some() => PaymentState::Reachable,
        None => PaymentState::NoWay,
    };
    Ok(PaymentView {
        id: invoice.session().to_string(),
        payee: invoice.payee().to_uri(),
        fingerprint: hex(&print),
        words: words(print),
        via,
        units: row.units.or(invoice.units()).map(Units::milli),
        cost: 0,
        memo: invoice.memo().map(str::to_owned),
        reference: reference(invoice),
        expires_at: invoice.exp().millis(),
        deadline: ours
            .filter(|_| state == PaymentState::UnderWay)
            .map(|lift| lift.record.core.exp().millis()),
        state,
        lift: ours.map(|lift| lift.record.lift().to_string()),
        why: ours.and_then(|lift| lift.why).map(why),
    })
}

/// One lift.
pub(crate) fn lift(
    inner: &Inner,
    rows: &Rows<'_>,
    row: &LiftRow,
    now: Millis,
) -> Result<LiftView, StoreError> {
    let record = &row.record;
    let mut legs = Vec::new();
    let coming = record.incoming.iter().chain(&record.late).map(|leg| (leg, true));
    for (each, coming) in coming.chain(record.outgoing.iter().map(|leg| (leg, false))) {
        legs.push(leg(inner, rows, row, each, coming)?);
    }
    let audit = audit(rows, row, now)?;
    let stage = stage_of(record.stage());
    let counts = |leg: &&LiftLeg| matches!(leg.stage, LiftStage::Open | LiftStage::Good);
    Ok(LiftView {
        id: record.lift().to_string(),
        aim: aim(record.core.aim()),
        part: match record.part {
            Part::Originator => LiftPart::Began,
            Part::Relay => LiftPart::Through,
            Part::Payee => LiftPart::Payee,
        },
        session: record.core.session().to_string(),
        stage,
        state: state(stage, record),
        overdue: stage == LiftStage::Open && now >= record.core.exp().millis(),
        units: record.core.units().milli(),
        net_change: legs.iter().filter(counts).map(|leg| leg.change).sum(),
        legs,
        referee: referee(record.core.referee()),
        referee_view: referee_view(inner, rows, record.core.referee())?,
        decided_at: record.cert.as_ref().map(|cert| cert.at().millis()),
        expires_at: record.core.exp().millis(),
        made_at: row.made_at,
        final_at: rows.lift_final_at(record.lift())?,
        proof: record
            .cert
            .as_ref()
            .and_then(|cert| digest(&cert.to_value()).ok())
            .map(|proof| proof.to_string()),
        stale: record.stale,
        why: row.why.map(why),
        sound: audit.verdict == AuditVerdict::Within,
        audit,
    })
}

fn leg(
    inner: &Inner,
    rows: &Rows<'_>,
    row: &LiftRow,
    leg: &Leg,
    coming: bool,
) -> Result<LiftLeg, StoreError> {
    let (id, chit) = (leg.tally(), leg.promise.chit());
    let found = rows.tally(id)?;
    let change = found.as_ref().and_then(|found| chit.change_for(found.tally.mine())).map_or(0, Units::milli);
    let booked = rows.chit(id, chit.uuid())?;
    let stage = match leg.state {
        LegState::Held | LegState::Acked => LiftStage::Open,
        LegState::Good => LiftStage::Good,
        LegState::Waived => LiftStage::GivenUp,
        LegState::Void => LiftStage::Void,
    };
    let after = booked.as_ref().map(|booked| booked.balance_after.milli());
    let before = after.map(|after| after - change);
    let balance =
        found.as_ref().filter(|_| stage == LiftStage::Open).map(|found| found.tally.balance().milli());
    Ok(LiftLeg {
        tally: id.to_string(),
        entry: chit.uuid().to_string(),
        change,
        stage,
        state: state(stage, &row.record),
        partner: found.as_ref().map(|found| partner(inner, rows, &found.tally)).transpose()?.flatten(),
        signed_at: chit.date().millis(),
        held_at: rows.lift_held_at(row.record.lift(), id, coming)?,
        final_at: booked.as_ref().map(|booked| booked.recorded_at),
        matched_at: booked.as_ref().and_then(|booked| booked.matched_at),
        before: before.or(balance),
        after: after.or(balance.map(|balance| balance + change)),
    })
}

pub(crate) const fn aim(aim: Aim) -> LiftAim {
    match aim {
        Aim::Pay => LiftAim::Pay,
        Aim::Clear => LiftAim::Clear,
    }
}

const fn stage_of(stage: Stage) -> LiftStage {
    match stage {
        Stage::Open => LiftStage::Open,
        Stage::Good => LiftStage::Good,
        Stage::Void => LiftStage::Void,
        Stage::Waived => LiftStage::GivenUp,
    }
}

/// In people's words: what ended because nobody claimed it in time is told from what was called off.
fn state(stage: LiftStage, record: &Record) -> LiftState {
    let late = record.cert.as_ref().is_some_and(|cert| cert.at() >= record.core.exp());
    match stage {
        LiftStage::Open => LiftState::Promised,
        LiftStage::Good => LiftState::Final,
        LiftStage::Void if late => LiftState::TimedOut,
        LiftStage::Void | LiftStage::GivenUp => LiftState::Cancelled,
    }
}

/// Who decides, and what they are to us.
fn referee_view(inner: &Inner, rows: &Rows<'_>, address: &RefereeAddress) -> Result<RefereeView, StoreError> {
    let agent = address.key.agent();
    let tally = rows.open_tallies(Some(agent))?.into_iter().next();
    let person = match tally {
        Some(tally) => rows.tally(tally)?.map(|row| partner(inner, rows, &row.tally)).transpose()?.flatten(),
        None => None,
    };
    let who = if agent == inner.agent() {
        RefereeWho::Ourselves
    } else if person.is_some() {
        RefereeWho::Partner
    } else if referees(rows)?.iter().any(|known| known.key == address.key) {
        RefereeWho::Trusted
    } else {
        RefereeWho::Stranger
    };
    Ok(RefereeView { address: referee(address), who, name: person.map(|person| person.name) })
}

fn why(why: Why) -> LiftWhy {
    match why {
        Why::Shut => LiftWhy::Shut,
        Why::Time => LiftWhy::Time,
        Why::Referee => LiftWhy::Referee,
        Why::Gain | Why::Give => LiftWhy::Room,
        Why::Route => LiftWhy::Route,
        Why::Full => LiftWhy::Busy,
        Why::Loop | Why::Other => LiftWhy::Other,
        Why::Terms => LiftWhy::Terms,
        Why::Beyond => LiftWhy::Beyond,
    }
}
