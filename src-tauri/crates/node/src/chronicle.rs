//! What happened, for the person to look back on: told from what a step has changed, in the transaction of that step.
//!
//! A step that changes nothing tells nothing, so whatever is repeated is told once.

use std::collections::BTreeSet;

use tallystick_core::chit::{ChitObject, Kind};
use tallystick_core::effect::{Change, Effect};
use tallystick_core::lift::{Aim, Part, Record};
use tallystick_core::request::{Request, RequestState};
use tallystick_core::tally::{Phase, Tally};
use tallystick_core::{ChitId, Half, Units};
use tallystick_store::{NewEvent, Rows, StoreError};
use uuid::Uuid;

use crate::view::ActivityKind;

/// The words the ledger keeps for what happened.
const WORDS: [(ActivityKind, &str); 18] = [
    (ActivityKind::TallyOpened, "tallyOpened"),
    (ActivityKind::TallyRefused, "tallyRefused"),
    (ActivityKind::TallyWithdrawn, "tallyWithdrawn"),
    (ActivityKind::TallyClosed, "tallyClosed"),
    (ActivityKind::Paid, "paid"),
    (ActivityKind::Received, "received"),
    (ActivityKind::SettingsMine, "settingsMine"),
    (ActivityKind::SettingsTheirs, "settingsTheirs"),
    (ActivityKind::RequestRefused, "requestRefused"),
    (ActivityKind::RequestPaid, "requestPaid"),
    (ActivityKind::RequestRanOut, "requestRanOut"),
    (ActivityKind::RequestWithdrawn, "requestWithdrawn"),
    (ActivityKind::EntryCancelled, "entryCancelled"),
    (ActivityKind::DisputeBegan, "disputeBegan"),
    (ActivityKind::DisputeEnded, "disputeEnded"),
    (ActivityKind::Cleared, "cleared"),
    (ActivityKind::PaidThrough, "paidThrough"),
    (ActivityKind::ReceivedThrough, "receivedThrough"),
];

/// The ledger's word for a kind of event; nothing for what is only ever needed or waited for.
pub(crate) fn word(kind: ActivityKind) -> Option<&'static str> {
    WORDS.iter().find(|(known, _)| *known == kind).map(|(_, word)| *word)
}

/// The kind of event that the ledger has this word for.
pub(crate) fn kind(word: &str) -> Option<ActivityKind> {
    WORDS.iter().find(|(_, known)| *known == word).map(|(kind, _)| *kind)
}

/// Writes down what a step did. Must run before the step's own effects are written: it compares with what was.
///
/// Gives whether anything changed that belongs on the page of activity.
pub(crate) fn tell(
    rows: &Rows<'_>,
    before: Option<&Tally>,
    after: &Tally,
    effects: &[Effect],
    now: i64,
) -> Result<bool, StoreError> {
    let page = Page { rows, after, now };
    let was = before.map(Tally::phase);
    let passage = was.and_then(|was| passage(was, after.phase()));
    let opened = passage.filter(|(kind, _)| *kind == ActivityKind::TallyOpened);
    let mut told = page.passed(opened)?;
    let requests = page.requests(effects)?;
    // What comes back into a damaged copy was told when it came the first time.
    if !before.is_some_and(Tally::is_mending) {
        told |= page.entries(before, effects, &requests)?;
    }
    for (request, kind) in &requests {
        // One that was paid is told with its entry.
        if *kind != ActivityKind::RequestPaid {
            told |= page.request(request, *kind)?;
        }
    }
    told |= page.passed(passage.filter(|(kind, _)| *kind != ActivityKind::TallyOpened))?;
    told |= page.dispute(before)?;
    let stirred = |effect: &Effect| match effect {
        Effect::Save(change) => match change {
            Change::Linked { .. } | Change::Unlinked(_) | Change::Request(_) | Change::Matched { .. } => true,
            Change::Tally | Change::Evidence { .. } | Change::Delivered(_) => false,
        },
        Effect::Send(_) | Effect::Settle(_) | Effect::Tell(_) => false,
    };
    Ok(told || was != Some(after.phase()) || effects.iter().any(stirred))
}

/// Writes down that whoever made a ticket we used does not want a tally with us.
pub(crate) fn contact_refused(rows: &Rows<'_>, contact: Uuid, now: i64) -> Result<(), StoreError> {
    let Some(kind) = word(ActivityKind::TallyRefused) else { return Ok(()) };
    let tally = contact.to_string();
    rows.happened(&NewEvent { kind, tally, ..NewEvent::default() }, now)
}

/// Writes down that a lift came to count: one thing, whatever entries it made. What merely passes through here is no news.
pub(crate) fn lifted(rows: &Rows<'_>, record: &Record, now: i64) -> Result<(), StoreError> {
    let (kind, mine, sign) = match (record.core.aim(), record.part) {
        (Aim::Clear, _) => (ActivityKind::Cleared, true, 1),
        (Aim::Pay, Part::Originator) => (ActivityKind::PaidThrough, true, -1),
        (Aim::Pay, Part::Payee) => (ActivityKind::ReceivedThrough, false, 1),
        (Aim::Pay, Part::Relay) => return Ok(()),
    };
    let (Some(kind), Some(leg)) = (word(kind), record.legs().next()) else { return Ok(()) };
    let event = NewEvent {
        kind,
        mine,
        tally: leg.tally().to_string(),
        entry: Some(leg.promise.chit().uuid()),
        units: Units::new(sign * record.core.units().milli()).ok(),
        reason: Some(record.lift().to_string()),
        ..NewEvent::default()
    };
    rows.happened(&event, now)
}

/// What a change of phase means to a person, and whether it was ours.
fn passage(was: Phase, is: Phase) -> Option<(ActivityKind, bool)> {
    use Phase::{
        Accepting, Closed, Closing, Draft, Offered, OfferedToUs, Offering, Open, PartnerDraft, Refusing,
        Revising, Void,
    };
    match (was, is) {
        (Offering | Offered | OfferedToUs | Accepting, Open | Closing | Closed) => {
            Some((ActivityKind::TallyOpened, false))
        }
        (Open | Closing, Closed) => Some((ActivityKind::TallyClosed, false)),
        (Offering | Offered, Refusing) => Some((ActivityKind::TallyWithdrawn, true)),
        (OfferedToUs | PartnerDraft | Revising, Refusing) => Some((ActivityKind::TallyRefused, true)),
        (Offering | Offered, Void) => Some((ActivityKind::TallyRefused, false)),
        (OfferedToUs | PartnerDraft | Revising | Accepting, Void) => {
            Some((ActivityKind::TallyWithdrawn, false))
        }
        (Draft | Open | Closing | Closed | Refusing | Void, _)
        | (Offering | Offered | OfferedToUs | PartnerDraft | Revising | Accepting, _) => None,
    }
}

/// Where it is written down.
struct Page<'a> {
    rows: &'a Rows<'a>,
    after: &'a Tally,
    now: i64,
}

impl Page<'_> {
    fn passed(&self, passage: Option<(ActivityKind, bool)>) -> Result<bool, StoreError> {
        let Some((kind, mine)) = passage else { return Ok(false) };
        let reason = match kind {
            ActivityKind::TallyRefused | ActivityKind::TallyWithdrawn => {
                self.after.reason().map(str::to_owned)
            }
            _ => None,
        };
        self.write(kind, mine, NewEvent { reason, ..self.blank() })
    }

    /// Requests that are not any more what they were, and what became of them.
    fn requests(&self, effects: &[Effect]) -> Result<Vec<(Request, ActivityKind)>, StoreError> {
        let mut changed = Vec::new();
        for effect in effects {
            let Effect::Save(Change::Request(request)) = effect else { continue };
            let kind = match request.state {
                RequestState::Waiting => continue,
                RequestState::Granted => ActivityKind::RequestPaid,
                RequestState::Refused => ActivityKind::RequestRefused,
                RequestState::Lapsed => ActivityKind::RequestRanOut,
                RequestState::Withdrawn => ActivityKind::RequestWithdrawn,
            };
            let known = self.rows.request(self.after.id(), request.id())?;
            // One that was taken back before it came was never seen.
            if known.is_some_and(|known| known.request.state != request.state) {
                changed.push((Request::clone(request), kind));
            }
        }
        Ok(changed)
    }

    fn request(&self, request: &Request, kind: ActivityKind) -> Result<bool, StoreError> {
        let asked_by_us = request.asked_by == self.after.mine();
        let mine = match kind {
            ActivityKind::RequestRefused => !asked_by_us,
            ActivityKind::RequestWithdrawn => asked_by_us,
            _ => false,
        };
        let units = self.toward_us(&request.chit);
        let reason = if kind == ActivityKind::RequestRefused { request.reason.clone() } else { None };
        let memo = request.chit.memo().map(str::to_owned);
        self.write(kind, mine, NewEvent { request: Some(request.id()), units, memo, reason, ..self.blank() })
    }

    /// Entries that were not here before, and those that were taken back.
    fn entries(
        &self,
        before: Option<&Tally>,
        effects: &[Effect],
        requests: &[(Request, ActivityKind)],
    ) -> Result<bool, StoreError> {
        let links = effects.iter().filter_map(|effect| match effect {
            Effect::Save(Change::Linked { linked, .. }) => Some(linked),
            _ => None,
        });
        let mut fresh: Vec<_> = links.collect();
        if !fresh.is_empty() {
            let linked: BTreeSet<ChitId> = fresh.iter().map(|linked| linked.chit.uuid()).collect();
            let held = tail(before).map(|linked| linked.chit.uuid()).filter(|chit| linked.contains(chit));
            let moved: BTreeSet<ChitId> = held.collect();
            fresh.retain(|linked| !moved.contains(&linked.chit.uuid()));
        }
        fresh.sort_by_key(|linked| linked.index);
        let mut told = false;
        for linked in fresh {
            let paid = |(request, kind): &(Request, ActivityKind)| {
                *kind == ActivityKind::RequestPaid && request.id() == linked.chit.uuid()
            };
            told |= self.entry(&linked.chit, requests.iter().any(paid))?;
        }
        for effect in effects {
            let Effect::Save(Change::Unlinked(id)) = effect else { continue };
            if let Some(linked) = tail(before).find(|linked| linked.chit.uuid() == *id) {
                told |= self.write(ActivityKind::EntryCancelled, true, self.about(&linked.chit))?;
            }
        }
        Ok(told)
    }

    fn entry(&self, chit: &ChitObject, answers: bool) -> Result<bool, StoreError> {
        let mine = chit.by() == self.after.mine();
        let kind = match (chit.kind(), mine) {
            (Kind::Tran, _) if answers => ActivityKind::RequestPaid,
            (Kind::Tran, true) => ActivityKind::Paid,
            (Kind::Tran, false) => ActivityKind::Received,
            (Kind::Set, true) => ActivityKind::SettingsMine,
            (Kind::Set, false) => ActivityKind::SettingsTheirs,
            // Clearing has a page of its own.
            (Kind::Lift, _) => return Ok(false),
        };
        let request = answers.then(|| chit.uuid());
        self.write(kind, mine, NewEvent { request, ..self.about(chit) })
    }

    fn dispute(&self, before: Option<&Tally>) -> Result<bool, StoreError> {
        match (before.is_some_and(Tally::is_frozen), self.after.is_frozen()) {
            (false, true) => self.write(ActivityKind::DisputeBegan, false, self.blank()),
            (true, false) => self.write(ActivityKind::DisputeEnded, false, self.blank()),
            (true, true) | (false, false) => Ok(false),
        }
    }

    fn write(&self, kind: ActivityKind, mine: bool, event: NewEvent) -> Result<bool, StoreError> {
        let Some(kind) = word(kind) else { return Ok(false) };
        self.rows.happened(&NewEvent { kind, mine, ..event }, self.now)?;
        Ok(true)
    }

    fn about(&self, chit: &ChitObject) -> NewEvent {
        let units = self.toward_us(chit);
        NewEvent { entry: Some(chit.uuid()), units, memo: chit.memo().map(str::to_owned), ..self.blank() }
    }

    /// How much a chit moves toward us, or would; nothing for settings.
    fn toward_us(&self, chit: &ChitObject) -> Option<Units> {
        let mine: Half = self.after.mine();
        chit.units().and_then(|_| chit.change_for(mine))
    }

    fn blank(&self) -> NewEvent {
        NewEvent { tally: self.after.id().to_string(), ..NewEvent::default() }
    }
}

fn tail(tally: Option<&Tally>) -> impl Iterator<Item = &tallystick_core::chain::Linked> {
    tally.and_then(Tally::chain).map(|chain| chain.tail().iter()).into_iter().flatten()
}
