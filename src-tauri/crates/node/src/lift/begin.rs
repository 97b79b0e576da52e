//! Beginning a lift of our own: a payment the person signed, or a circle that was found.

use tallystick_core::lift::timer::{CLEARING, PAYMENT};
use tallystick_core::lift::{
    Aim, ComposeCore, Core, Lift, Next, Part, Purpose, RefereeAddress, Refusal, SMALL, Signer as _, Stage,
    Why,
};
use tallystick_core::{Date, Units};
use tallystick_store::{InvoiceRow, Rows};
use uuid::Uuid;

use super::known::{Read, trust};
use super::perform::perform;
use super::{Host, Step, Undone, least};
use crate::view::NotCleared;
use crate::wallet::held;

/// How long what the person signed may look for its way, in ms.
pub(crate) const SIGNED_FOR: i64 = 20_000;

/// A way was found: on it goes, if it is known what for.
pub(super) fn found(rows: &Rows<'_>, host: &Host, session: Uuid, next: Next, units: Units, now: i64) -> Step {
    if let Some(row) = rows.invoice(session)? {
        let signed = !row.mine && row.units.is_some() && row.shown_until.is_some_and(|until| now < until);
        if !signed {
            return Ok(Vec::new());
        }
        return quietly(begin_payment(rows, host, &row, next, now));
    }
    let round = held(&host.rounds).remove(&session).filter(|round| now < round.until);
    let least = least(rows)?;
    let modest = now < *held(&host.modest_until);
    let units = if modest { units.min(Units::new(SMALL).unwrap_or(Units::ZERO)) } else { units };
    let Some(round) = round.filter(|_| units >= least) else { return Ok(Vec::new()) };
    *held(&host.last_round) = NotCleared::Begun;
    quietly(begin_round(rows, host, session, next, (units, round.referee), now))
}

/// What was found and cannot be begun is left alone: the way stays known.
fn quietly(begun: Step) -> Step {
    match begun {
        Err(Undone::Refused(refusal)) => {
            tracing::debug!(%refusal, "a lift whose way was found cannot be begun");
            Ok(Vec::new())
        }
        begun => begun,
    }
}

fn begin_round(
    rows: &Rows<'_>,
    host: &Host,
    session: Uuid,
    next: Next,
    (units, referee): (Units, RefereeAddress),
    now: i64,
) -> Step {
    let parts = ComposeCore {
        session,
        aim: Aim::Clear,
        units,
        made: Date::from_millis(now),
        exp: Date::from_millis(now.saturating_add(CLEARING)),
        claim: host.keys.key(Purpose::Claim(session)),
        cancel: host.keys.key(Purpose::Cancel(session)),
        referee,
        payh: None,
        salt: *Uuid::new_v4().as_bytes(),
    };
    begin(rows, host, parts, next, now)
}

/// Begins the payment that the person signed.
///
/// # Errors
/// [`Refusal::Unfit`] if no referee of the invoice's is accepted here, or if an earlier try may still come to pass.
pub(crate) fn begin_payment(rows: &Rows<'_>, host: &Host, row: &InvoiceRow, next: Next, now: i64) -> Step {
    let (invoice, unfit) = (&row.invoice, |why| Undone::Refused(Refusal::Unfit(why)));
    let units = row.units.ok_or(unfit(Why::Terms))?;
    let session = invoice.session();
    // Nobody pays again before the last try was given up in writing.
    let mut tries = rows.lifts_of_session(session)?.into_iter().map(|lift| lift.record);
    if tries.any(|lift| lift.part == Part::Originator && lift.stage() != Stage::Waived) {
        return Err(unfit(Why::Full));
    }
    let trust = trust(rows)?;
    let referee = invoice.referees().iter().find(|referee| trust.accepts(referee, units));
    let parts = ComposeCore {
        session,
        aim: Aim::Pay,
        units,
        made: Date::from_millis(now),
        exp: Date::from_millis(now.saturating_add(PAYMENT)),
        claim: *invoice.claim(),
        cancel: host.keys.key(Purpose::Cancel(session)),
        referee: referee.cloned().ok_or(unfit(Why::Referee))?,
        payh: Some(invoice.payh()),
        salt: *Uuid::new_v4().as_bytes(),
    };
    begin(rows, host, parts, next, now)
}

fn begin(rows: &Rows<'_>, host: &Host, parts: ComposeCore, next: Next, now: i64) -> Step {
    let session = parts.session;
    let core = Core::compose(parts).map_err(|_| Refusal::Unfit(Why::Other))?;
    let ours = core.aim() == Aim::Clear;
    let read = Read::of(rows, host, session, &[next.tally], now)?.only_debts(ours);
    let (_, effects) = Lift::begin(core, next, &read.known(host), Date::from_millis(now))?;
    perform(rows, host, effects, now)
}
