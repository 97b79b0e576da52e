//! The three lanes: what needs the person, what waits for others, what happened.

use tallystick_core::chit::ChitObject;
use tallystick_core::tally::{Phase, Tally};
use tallystick_core::{Date, TallyId, Units};
use tallystick_store::{ContactPhase, EventRow, Found, Rows, StoreError, TallyRow as Stored};

use super::needs::{Needed, needs};
use super::request::People;
use super::tally::contact_person;
use crate::chronicle;
use crate::view::{Activity, ActivityItem, ActivityKind, Failure, FailureCode, Happening, Millis};
use crate::wallet::{Inner, Wallet};

/// Things that happened, on a page.
const PAGE: u32 = 50;

/// Items that wait for others, in all: more are not read.
const MOST_WAITING: usize = 500;

/// The choice that remembers how far the log was read.
const READ: &str = "activity.read";

impl Wallet {
    /// What needs the person, what waits for others, and a page of what happened before a place in the log.
    ///
    /// # Errors
    /// Only faults of the disk.
    pub async fn activity(&self, before: Option<i64>) -> Result<Activity, Failure> {
        let now = self.inner.now();
        self.ask(move |inner, rows| Ok(activity(inner, rows, before, now)?)).await
    }

    /// Remembers that everything up to this thing that happened was seen.
    ///
    /// # Errors
    /// [`FailureCode::NotFound`] if no such thing happened.
    pub async fn activity_read(&self, through: &str) -> Result<(), Failure> {
        let missing = || Failure::plain(FailureCode::NotFound);
        let row: i64 = through.parse().map_err(|_| missing())?;
        self.inner
            .act(move |rows| {
                if !rows.has_event(row)? {
                    return Err(missing());
                }
                if row <= read_through(rows)? {
                    return Ok(((), Vec::new()));
                }
                rows.set_choice(READ, &row.to_string())?;
                Ok(((), vec![Happening::ActivityChanged]))
            })
            .await
    }
}

fn activity(
    inner: &Inner,
    rows: &Rows<'_>,
    before: Option<i64>,
    now: Millis,
) -> Result<Activity, StoreError> {
    let read = read_through(rows)?;
    let mut people = People::default();
    let (mut needed, mut waiting) = (Vec::new(), Vec::new());
    if before.is_none() {
        let tallies: Vec<_> = rows.tallies()?.into_iter().filter_map(Found::whole).collect();
        needed = needs(inner, rows, &tallies)?.into_iter().map(need).collect();
        waiting = waits(inner, rows, &tallies, &mut people, now)?;
    }
    let mut events = rows.events(before, PAGE + 1)?;
    let page = usize::try_from(PAGE).unwrap_or(usize::MAX);
    let more = events.len() > page;
    events.truncate(page);
    let next = events.last().filter(|_| more).map(|event| event.row);
    let mut happened = Vec::new();
    for event in events {
        if let Some(item) = item(inner, rows, &mut people, event, read)? {
            grouped(&mut happened, item);
        }
    }
    Ok(Activity { needs: needed, waiting, happened, next, unread: rows.events_since(read)? })
}

/// Circles of one day that follow each other are one item: nobody has to do anything about any of them.
fn grouped(happened: &mut Vec<ActivityItem>, item: ActivityItem) {
    let same_day = |other: &ActivityItem| other.at.div_euclid(DAY) == item.at.div_euclid(DAY);
    match happened.last_mut() {
        Some(last)
            if (last.kind, item.kind) == (ActivityKind::Cleared, ActivityKind::Cleared) && same_day(last) =>
        {
            last.count += item.count;
            last.units = last.units.zip(item.units).map(|(one, other)| one.saturating_add(other));
            last.partner = None;
            last.read &= item.read;
        }
        _ => happened.push(item),
    }
}

/// A day, in ms.
const DAY: i64 = 24 * 3_600 * 1_000;

fn read_through(rows: &Rows<'_>) -> Result<i64, StoreError> {
    Ok(rows.choice(READ)?.and_then(|text| text.parse().ok()).unwrap_or(0))
}

/// Something that happened; nothing for a word of a later version.
fn item(
    inner: &Inner,
    rows: &Rows<'_>,
    people: &mut People,
    event: EventRow,
    read: i64,
) -> Result<Option<ActivityItem>, StoreError> {
    let Some(kind) = chronicle::kind(&event.kind) else { return Ok(None) };
    let by_lift =
        matches!(kind, ActivityKind::Cleared | ActivityKind::PaidThrough | ActivityKind::ReceivedThrough);
    let partner = match event.tally.parse::<TallyId>() {
        Ok(id) => match people.of(inner, rows, id)? {
            Some(person) => Some(person),
            None => rows.contact(id.uuid())?.map(|contact| contact_person(inner, &contact)),
        },
        Err(_) => None,
    };
    Ok(Some(ActivityItem {
        id: event.row.to_string(),
        kind,
        tally: event.tally,
        partner,
        entry: event.entry.filter(|_| !by_lift),
        request: event.request,
        lift: event.reason.clone().filter(|_| by_lift),
        count: 1,
        units: event.units.map(Units::milli),
        memo: event.memo,
        reason: event.reason.filter(|_| !by_lift),
        at: event.at,
        until: None,
        read: event.mine || event.row <= read,
    }))
}

fn need(needed: Needed) -> ActivityItem {
    let request = needed.request;
    let name = request.as_ref().map_or_else(|| needed.tally.to_string(), |request| request.id.clone());
    ActivityItem {
        id: id(needed.kind, &name),
        partner: Some(needed.partner),
        // Paying makes us owe more.
        units: request.as_ref().map(|request| -request.units),
        memo: request.as_ref().and_then(|request| request.memo.clone()),
        request: request.map(|request| request.id),
        until: needed.until,
        ..blank(needed.kind, needed.tally.to_string(), needed.since)
    }
}

/// What waits for others, newest first.
fn waits(
    inner: &Inner,
    rows: &Rows<'_>,
    tallies: &[Stored],
    people: &mut People,
    now: Millis,
) -> Result<Vec<ActivityItem>, StoreError> {
    let mut items = Vec::new();
    for stored in tallies {
        let tally = &stored.tally;
        if matches!(tally.phase(), Phase::Offering | Phase::Offered) {
            let name = tally.id().to_string();
            let partner = people.of(inner, rows, tally.id())?;
            let blank = blank(ActivityKind::OfferSent, name, stored.changed_at);
            items.push(ActivityItem { partner, ..blank });
        }
        for chit in queued(tally).take(MOST_WAITING) {
            let partner = people.of(inner, rows, tally.id())?;
            items.push(ActivityItem {
                id: id(ActivityKind::EntryQueued, &chit.uuid().to_string()),
                partner,
                entry: Some(chit.uuid().to_string()),
                units: chit.units().map(|units| -units.milli()),
                memo: chit.memo().map(str::to_owned),
                ..blank(ActivityKind::EntryQueued, tally.id().to_string(), chit.date().millis())
            });
        }
    }
    for row in rows.requests_unanswered()?.into_iter().filter(|row| row.mine) {
        let (chit, name) = (&row.request.chit, row.request.id().to_string());
        items.push(ActivityItem {
            id: id(ActivityKind::RequestSent, &name),
            partner: people.of(inner, rows, chit.tally())?,
            units: chit.units().map(Units::milli),
            memo: chit.memo().map(str::to_owned),
            request: Some(name),
            until: row.request.until.map(Date::millis),
            ..blank(ActivityKind::RequestSent, chit.tally().to_string(), row.changed_at)
        });
    }
    for ticket in rows.tickets()?.into_iter().filter(|ticket| ticket.is_live(now)) {
        items.push(ActivityItem {
            id: id(ActivityKind::TicketShown, &ticket.id.to_string()),
            until: Some(ticket.expires_at),
            ..blank(ActivityKind::TicketShown, ticket.tally.to_string(), ticket.made_at)
        });
    }
    let waits = |phase| matches!(phase, ContactPhase::Calling | ContactPhase::Waiting);
    for contact in rows.contacts_unanswered()?.into_iter().filter(|contact| waits(contact.phase)) {
        items.push(ActivityItem {
            partner: Some(contact_person(inner, &contact)),
            until: Some(contact.expires_at).filter(|_| contact.phase == ContactPhase::Calling),
            ..blank(ActivityKind::Contacted, contact.id.to_string(), contact.made_at)
        });
    }
    items.sort_by_key(|item| std::cmp::Reverse(item.at));
    items.truncate(MOST_WAITING);
    Ok(items)
}

/// Our entries that are not known to be in both copies.
fn queued(tally: &Tally) -> impl Iterator<Item = &ChitObject> {
    let tail = tally.chain().map_or(&[][..], |chain| chain.tail());
    tail.iter().map(|linked| &linked.chit).filter(|chit| chit.by() == tally.mine())
}

fn id(kind: ActivityKind, name: &str) -> String {
    let word = match kind {
        ActivityKind::ReviewAnswer | ActivityKind::ReviewOffer => "review",
        ActivityKind::PayRequest => "pay",
        ActivityKind::Mismatch => "mismatch",
        ActivityKind::CloseAsked => "close",
        ActivityKind::Called => "called",
        ActivityKind::OfferSent => "offer",
        ActivityKind::RequestSent => "request",
        ActivityKind::EntryQueued => "entry",
        ActivityKind::TicketShown => "ticket",
        ActivityKind::Contacted => "contact",
        _ => "happened",
    };
    format!("{word}:{name}")
}

fn blank(kind: ActivityKind, tally: String, at: Millis) -> ActivityItem {
    ActivityItem {
        id: id(kind, &tally),
        kind,
        tally,
        partner: None,
        entry: None,
        request: None,
        lift: None,
        count: 1,
        units: None,
        memo: None,
        reason: None,
        at,
        until: None,
        read: true,
    }
}
