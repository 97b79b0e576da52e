//! Writing down what a lift's machine decided, in the transaction it was decided in.

use tallystick_core::lift::{
    Aim, Cert, Change, Effect, Happening as Lifted, Input, Keep, Lift, LiftHash, Message, Outgoing, Part,
    Promise, Stage, To, Told, Why,
};
use tallystick_core::message::{Body, Envelope};
use tallystick_core::tally::Input as Booked;
use tallystick_core::{Chad, Date, Half};
use tallystick_store::{How, NewLetter, Rows, StoreError};

use super::judge::{decide, query};
use super::known::Read;
use super::{Host, Step, Undone};
use crate::chronicle;
use crate::step::step;
use crate::view::{Failure, Happening};
use crate::wallet::held;

/// Performs the effects of one step, and of those that follow from it because we are the referee ourselves.
pub(super) fn perform(rows: &Rows<'_>, host: &Host, effects: Vec<Effect>, now: i64) -> Step {
    let (mut happenings, mut asked) = (Vec::new(), Vec::new());
    for effect in effects {
        match effect {
            Effect::Save(Change::Lift(record)) => {
                let was_final = rows.lift_final_at(record.lift())?.is_some();
                rows.put_lift(&record, now)?;
                let session = record.core.session().to_string();
                note(&mut happenings, Happening::LiftChanged { session });
                if !was_final && record.stage() == Stage::Good {
                    chronicle::lifted(rows, &record, now)?;
                    note(&mut happenings, Happening::ActivityChanged);
                }
                host.bell.notify_one();
            }
            Effect::Save(Change::Book { promise, cert }) => {
                let booked = book(rows, &promise, &cert, now)?;
                booked.into_iter().for_each(|happening| note(&mut happenings, happening));
            }
            Effect::Send(outgoing) => {
                if let Some(letter) = letter(rows, host, &outgoing)? {
                    rows.queue(&letter, now)?;
                } else {
                    asked.extend(query(&outgoing.message));
                }
            }
            Effect::Settle(subject) => rows.settle(&subject.to_string())?,
            Effect::Tell(Lifted::Failed(lift, why)) => {
                rows.lift_failed(lift, why)?;
                if why == Why::Referee {
                    *held(&host.modest_until) = now.saturating_add(MODEST_FOR);
                }
            }
            Effect::Tell(Lifted::Lift(_) | Lifted::Stale(_)) => {}
        }
    }
    for query in asked {
        if let Some(cert) = decide(rows, host, &query, now)? {
            let told = Told { cert, tally: None, promise: None };
            let lift = query.core().hash();
            let further = go_on(rows, host, lift, Input::Decision(told), now)?;
            further.into_iter().for_each(|happening| note(&mut happenings, happening));
        }
    }
    Ok(happenings)
}

/// Feeds one input to a lift that is known here.
pub(super) fn go_on(rows: &Rows<'_>, host: &Host, hash: LiftHash, input: Input, now: i64) -> Step {
    let row = rows.lift(hash)?.ok_or(tallystick_core::lift::Refusal::Misfit)?;
    let mut lift = Lift::restore(row.record);
    let mut tallies: Vec<_> = lift.record().legs().map(tallystick_core::lift::Leg::tally).collect();
    match &input {
        Input::Promise(promise) => tallies.push(promise.chit().tally()),
        Input::Decision(told) => tallies.extend(told.tally),
        _ => {}
    }
    let record = lift.record();
    let ours = record.part == Part::Originator && record.core.aim() == Aim::Clear;
    let read = Read::of(rows, host, record.core.session(), &tallies, now)?.only_debts(ours);
    let effects = lift.handle(input, &read.known(host), Date::from_millis(now))?;
    perform(rows, host, effects, now)
}

/// Enters a committed chit into its tally's chain, unless the partner's copy has brought it before: the tally's machine
/// holds only what may still move.
fn book(rows: &Rows<'_>, promise: &Promise, cert: &Cert, now: i64) -> Step {
    let (tally, chit) = (promise.chit().tally(), promise.proven(cert));
    match rows.chit(tally, chit.uuid())? {
        // The partner's copy may have brought another copy of the same promise, signed as well: it is worth the same.
        Some(held) if held.linked.chit.is_worth(&chit) => Ok(Vec::new()),
        Some(_) => Err(Undone::Booking(Failure::internal("another entry stands under a lift's name"))),
        None => {
            let [of_stock, of_foil] = rows.lift_keys(tally)?;
            let keys = if chit.by() == Half::Stock { of_stock } else { of_foil };
            step(rows, tally, Booked::Lifted { chit, keys }, now).map_err(Undone::Booking)
        }
    }
}

/// After somebody did not accept our referee, circles stay small for so long, in ms.
const MODEST_FOR: i64 = 3_600_000;

fn note(happenings: &mut Vec<Happening>, happening: Happening) {
    if !happenings.contains(&happening) {
        happenings.push(happening);
    }
}

/// The letter that carries a message; nothing if it is for ourselves.
fn letter(rows: &Rows<'_>, host: &Host, outgoing: &Outgoing) -> Result<Option<NewLetter>, StoreError> {
    let (to, from) = match &outgoing.to {
        To::Partner(tally) => {
            let row = rows.tally(*tally)?.ok_or(StoreError::Corrupt { what: "tally" })?;
            let (object, mine) = (row.tally.object(), row.tally.mine());
            let chad = |half| object.cert(half).map(|cert| cert.chad().clone());
            let both = chad(mine.other()).zip(chad(mine));
            both.ok_or(StoreError::Corrupt { what: "tally" })?
        }
        To::Referee(address) if address.key.agent() == host.agent() => return Ok(None),
        To::Referee(address) => {
            let to = Chad::new("referee", address.key.agent(), &address.host, address.port);
            (to.map_err(|_| StoreError::Corrupt { what: "referee" })?, host.me.chad().clone())
        }
    };
    let how = match outgoing.keep {
        Keep::UntilAnswered => How::UntilAnswered,
        Keep::Once => How::Once,
    };
    Ok(Some(carried(to, from, outgoing.subject.to_string(), how, outgoing.message.clone())))
}

/// A letter about a lift. It names no tally: what it tells of is no chit that could be taken back.
pub(super) fn carried(to: Chad, from: Chad, key: String, how: How, message: Message) -> NewLetter {
    let partner = to.agent();
    let envelope = Envelope::new(to, from, Body::Lift(Box::new(message)));
    NewLetter { partner, key, tally: None, how, message: envelope.to_value().to_string() }
}
