//! Lifts, invoices and payments for the skins.

use serde_json::{Value, json};
use tallystick_core::lift::{
    Aim, Decision, Leg, LegState, LiftInvoice, Part, RefereeAddress, Stage, Why, proof,
};
use tallystick_core::{Half, Units};
use tallystick_store::{InvoiceRow, LiftRow, Rows, StoreError};

use crate::view::{
    InvoiceState, InvoiceView, LiftAim, LiftLeg, LiftPart, LiftStage, LiftView, LiftWhy, PaymentState,
    PaymentView,
};

/// The text of an invoice: the reference's form, with our member in it.
pub(crate) fn invoice_code(invoice: &LiftInvoice) -> String {
    json!({ "pay": invoice.raw() }).to_string()
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
        state,
        lift: claimed.map(|lift| lift.record.lift().to_string()),
    })
}

/// An invoice of somebody else's.
pub(crate) fn payment(rows: &Rows<'_>, row: &InvoiceRow, now: i64) -> Result<PaymentView, StoreError> {
    let invoice = &row.invoice;
    let lifts = rows.lifts_of_session(invoice.session())?;
    let ours = lifts.iter().find(|lift| lift.record.part == Part::Originator);
    let way = rows.search_of(invoice.session(), now)?.is_some_and(|search| search.next().is_some());
    let state = match ours.map(|lift| lift.record.stage()) {
        Some(Stage::Open) => PaymentState::UnderWay,
        Some(Stage::Good) => PaymentState::Paid,
        Some(Stage::Void) => PaymentState::Void,
        Some(Stage::Waived) => PaymentState::Failed,
        None if way => PaymentState::Reachable,
        None => PaymentState::NoWay,
    };
    Ok(PaymentView {
        id: invoice.session().to_string(),
        payee: invoice.payee().to_uri(),
        units: row.units.or(invoice.units()).map(Units::milli),
        cost: 0,
        memo: invoice.memo().map(str::to_owned),
        reference: reference(invoice),
        expires_at: invoice.exp().millis(),
        state,
        lift: ours.map(|lift| lift.record.lift().to_string()),
        why: ours.and_then(|lift| lift.why).map(why),
    })
}

/// One lift.
pub(crate) fn lift(rows: &Rows<'_>, row: &LiftRow) -> Result<LiftView, StoreError> {
    let record = &row.record;
    let mut legs = Vec::new();
    let mut sound = record.cert.as_ref().is_none_or(|cert| cert.verify(&record.core).is_ok());
    for leg in record.legs() {
        let (shown, holds) = audit(rows, row, leg)?;
        sound &= holds;
        legs.push(shown);
    }
    Ok(LiftView {
        id: record.lift().to_string(),
        aim: match record.core.aim() {
            Aim::Pay => LiftAim::Pay,
            Aim::Clear => LiftAim::Clear,
        },
        part: match record.part {
            Part::Originator => LiftPart::Began,
            Part::Relay => LiftPart::Through,
            Part::Payee => LiftPart::Payee,
        },
        stage: match record.stage() {
            Stage::Open => LiftStage::Open,
            Stage::Good => LiftStage::Good,
            Stage::Void => LiftStage::Void,
            Stage::Waived => LiftStage::GivenUp,
        },
        units: record.core.units().milli(),
        legs,
        referee: referee(record.core.referee()),
        decided_at: record.cert.as_ref().map(|cert| cert.at().millis()),
        expires_at: record.core.exp().millis(),
        made_at: row.made_at,
        stale: record.stale,
        why: row.why.map(why),
        sound,
    })
}

/// One leg, and whether what is kept of it holds: signed by the delegated key, for the lift's amount, and booked exactly
/// if it counts.
fn audit(rows: &Rows<'_>, row: &LiftRow, leg: &Leg) -> Result<(LiftLeg, bool), StoreError> {
    let (tally, chit) = (leg.tally(), leg.promise.chit());
    let found = rows.tally(tally)?;
    let mine = found.as_ref().map(|found| found.tally.mine());
    let change = mine.and_then(|mine| chit.change_for(mine)).map_or(0, Units::milli);
    let booked = rows.chit(tally, chit.uuid())?;
    let [of_stock, of_foil] = rows.lift_keys(tally)?;
    let keys = if chit.by() == Half::Stock { of_stock } else { of_foil };
    let signed = keys.iter().any(|key| leg.promise.verify(key).is_ok());
    let counts = match (&booked, leg.state) {
        (Some(booked), LegState::Good) => {
            let proven = keys.iter().any(|key| proof::check(&booked.linked.chit, key).is_ok());
            proven && row.record.decision() == Some(Decision::Commit)
        }
        (None, LegState::Good) => false,
        (_, LegState::Held | LegState::Acked) | (None, LegState::Waived | LegState::Void) => true,
        (Some(_), LegState::Waived | LegState::Void) => false,
    };
    let stage = match leg.state {
        LegState::Held | LegState::Acked => LiftStage::Open,
        LegState::Good => LiftStage::Good,
        LegState::Waived => LiftStage::GivenUp,
        LegState::Void => LiftStage::Void,
    };
    let shown = LiftLeg { tally: tally.to_string(), entry: chit.uuid().to_string(), change, stage };
    Ok((shown, signed && counts))
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
