//! Writing down what a machine decided: all effects of one step, in the transaction they were decided in.

use std::collections::BTreeMap;

use tallystick_core::chain::Linked;
use tallystick_core::effect::{Change, Effect, Keep, Outgoing, Subject};
use tallystick_core::mutant::{self, Mutant};
use tallystick_core::tally::{Input, Tally};
use tallystick_core::{ChitId, TallyId, Units};
use tallystick_store::{How, NewLetter, Rows, StoreError, TallyNotes};

use crate::chronicle;
use crate::view::{Failure, FailureCode, Happening};

/// Feeds one input to a stored tally and performs what follows.
pub(crate) fn step(rows: &Rows<'_>, id: TallyId, input: Input, now: i64) -> Result<Vec<Happening>, Failure> {
    let mut row = rows.tally(id)?.ok_or(Failure::plain(FailureCode::NotFound))?;
    let before = row.tally.clone();
    let effects = row.tally.handle(input).map_err(|refusal| Failure::of(refusal, &before))?;
    Ok(perform(rows, Some(&before), &row.tally, None, effects, now)?)
}

/// Performs the effects of one step of this tally, which was `before`, if it was here at all.
pub(crate) fn perform(
    rows: &Rows<'_>,
    before: Option<&Tally>,
    tally: &Tally,
    notes: Option<&TallyNotes>,
    effects: Vec<Effect>,
    now: i64,
) -> Result<Vec<Happening>, StoreError> {
    let stirred = chronicle::tell(rows, before, tally, &effects, now)?;
    let mut happenings = write_down(rows, tally, notes, effects, now)?;
    if stirred {
        happenings.push(Happening::ActivityChanged);
    }
    Ok(happenings)
}

/// Performs the effects of a step that the person needs not be told of.
pub(crate) fn write_down(
    rows: &Rows<'_>,
    tally: &Tally,
    notes: Option<&TallyNotes>,
    effects: Vec<Effect>,
    now: i64,
) -> Result<Vec<Happening>, StoreError> {
    let links_more = effects.iter().any(|effect| matches!(effect, Effect::Save(Change::Linked { .. })));
    let forgets = links_more && mutant::is(Mutant::ForgetRecord);
    if effects.contains(&Effect::Save(Change::Tally)) && !forgets {
        rows.put_tally(tally, notes, now)?;
    }
    // A chit that moves twice in one step stands where it came to rest.
    let mut links: BTreeMap<ChitId, (Linked, Units, Units)> = BTreeMap::new();
    let mut marks = Vec::new();
    let mut mail = Vec::new();
    let mut happenings = Vec::new();
    for effect in effects {
        match effect {
            Effect::Save(Change::Tally) => {}
            Effect::Save(Change::Linked { linked, change, balance_after }) => {
                links.insert(linked.chit.uuid(), (linked, change, balance_after));
            }
            // Its place must be free before the others move up.
            Effect::Save(Change::Unlinked(chit)) => rows.unlink(tally.id(), chit, now)?,
            Effect::Save(Change::Request(request)) => rows.put_request(tally.mine(), &request, now)?,
            Effect::Save(Change::Evidence { kind, index, said }) => {
                rows.keep_evidence(tally.id(), kind, index, &said, now)?;
            }
            Effect::Save(mark @ (Change::Delivered(_) | Change::Matched { .. })) => marks.push(mark),
            Effect::Send(outgoing) => mail.push(Mail::Queue(outgoing)),
            Effect::Settle(subject) => mail.push(Mail::Settle(subject)),
            Effect::Tell(happening) => {
                let happening = Happening::from(happening);
                if !happenings.contains(&happening) {
                    happenings.push(happening);
                }
            }
        }
    }
    let mut links: Vec<_> = links.into_values().collect();
    links.sort_by_key(|(linked, ..)| linked.index);
    rows.link(tally.mine(), &links, now)?;
    for mark in marks {
        match mark {
            Change::Delivered(chit) => rows.delivered(tally.id(), chit, now)?,
            Change::Matched { through } => rows.matched(tally.id(), through, now)?,
            Change::Tally
            | Change::Linked { .. }
            | Change::Unlinked(_)
            | Change::Request(_)
            | Change::Evidence { .. } => {}
        }
    }
    for item in mail {
        match item {
            Mail::Queue(outgoing) => rows.queue(&letter(tally.id(), &outgoing), now)?,
            Mail::Settle(_) if mutant::is(Mutant::ForgetToSettle) => {}
            Mail::Settle(subject) => rows.settle(&subject.to_string())?,
        }
    }
    Ok(happenings)
}

/// Letters and settlements in the order they were decided: one may take back the other.
enum Mail {
    Queue(Box<Outgoing>),
    Settle(Subject),
}

fn letter(tally: TallyId, outgoing: &Outgoing) -> NewLetter {
    NewLetter {
        partner: outgoing.envelope.to.agent(),
        key: outgoing.subject.to_string(),
        tally: Some(tally),
        how: match outgoing.keep {
            Keep::UntilAnswered => How::UntilAnswered,
            Keep::Few => How::Few,
            Keep::Once => How::Once,
        },
        message: outgoing.envelope.to_value().to_string(),
    }
}
