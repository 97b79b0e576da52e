//! The gate (protocol.md 3) and what lies behind it: one message of a peer, in one transaction.

use sha2::{Digest as _, Sha256};
use tallystick_core::chain::Chain;
use tallystick_core::chit::{ChitObject, Kind};
use tallystick_core::effect::{Change, Effect, Subject};
use tallystick_core::lift::{Cert, Promise, Waive, proof};
use tallystick_core::message::{Body, ChainCmd, Envelope, TallyAction};
use tallystick_core::mutant::{self, Mutant};
use tallystick_core::tally::{Input, Known, Tally};
use tallystick_core::{AgentId, Certificate, ChitId, Date, Half, Refusal, TallyId, TokenText};
use tallystick_noise::StaticKey;
use tallystick_store::{
    ContactPhase, ContactRow, How, Letter, NewLetter, Rows, Source, Spent, StoreError, TallyNotes, TallyRow,
    TicketRow, Use,
};
use uuid::Uuid;

use crate::acts::repair::put_back;
use crate::chronicle;
use crate::lift;
use crate::peer::{is_about_places, take_noted, take_places};
use crate::step::{perform, step};
use crate::view::{Failure, Happening};

/// What became of a message.
#[derive(Debug)]
pub(crate) enum Taken {
    /// It was kept, or had been before.
    Kept(Vec<Happening>),
    /// It was answered, and led nowhere.
    Answered(Vec<Happening>),
    /// It has no business here. Nothing was changed and nothing is answered.
    Dropped {
        /// For the log.
        why: &'static str,
        /// The sender broke the protocol.
        strike: bool,
    },
}

fn drop_it(why: &'static str) -> Taken {
    Taken::Dropped { why, strike: true }
}

/// Whether a caller who claims to be this agent may prove it (rule 2).
pub(crate) fn knows(rows: &Rows<'_>, agent: AgentId) -> Result<bool, StoreError> {
    Ok(rows.is_partner(agent)? || rows.contact_awaiting(agent)?.is_some())
}

/// Takes one message that came over a link proven to be `agent`'s (rule 3).
pub(crate) fn receive(
    rows: &Rows<'_>,
    (me, lifts): (&Certificate, Option<&lift::Host>),
    agent: AgentId,
    envelope: Envelope,
    now: i64,
) -> Result<Taken, StoreError> {
    let agent = if mutant::is(Mutant::BelieveFrom) { envelope.from.agent() } else { agent };
    if envelope.from.agent() != agent || envelope.to.agent() != me.chad().agent() {
        return Ok(drop_it("the message is not from this link's agent to us"));
    }
    if let Body::Lift(message) = envelope.body {
        return match lifts {
            Some(host) => lift::take(rows, host, (agent, &envelope.from), *message, now),
            None => Ok(Taken::Dropped { why: "no lifts here", strike: false }),
        };
    }
    let id: TallyId = match &envelope.body {
        Body::Ticket { token, cert } => return ticket_said(rows, me, agent, (token, cert), now),
        Body::Places(list) => {
            return take_places(rows, (agent, &envelope.from, me.chad()), list, now);
        }
        Body::Noted { number } => return take_noted(rows, agent, *number),
        Body::Lift(_) | Body::Unknown { .. } => {
            return Ok(Taken::Dropped { why: "an unknown kind of message", strike: false });
        }
        Body::Tally { object, .. } => object.uuid(),
        Body::Chit { object, .. } => object.tally(),
        Body::Chain(chain) => chain.tally,
    };
    let Some(mut row) = rows.tally(id)? else {
        return match envelope.body {
            Body::Tally { action: TallyAction::Offer, object, .. } => first_offer(rows, agent, object, now),
            Body::Tally { action: TallyAction::Void, .. } => answered_no(rows, agent, now),
            _ => Ok(drop_it("a tally we do not share")),
        };
    };
    if row.tally.partner() != Some(agent) && !mutant::is(Mutant::AnybodyMaySpeak) {
        return Ok(drop_it("a tally we do not share"));
    }
    let (known, before) = (known(rows, &row.tally, &envelope.body)?, row.tally.clone());
    let answer =
        matches!(&envelope.body, Body::Chain(chain) if matches!(chain.cmd, ChainCmd::Ack | ChainCmd::Upd));
    match row.tally.handle(Input::Received { body: envelope.body, known }) {
        Ok(effects) => {
            let idle = leads_nowhere(&effects);
            let committed = committed(&effects);
            let mut happenings = perform(rows, Some(&before), &row.tally, None, effects, now)?;
            for (promise, cert) in committed {
                happenings.extend(lift::chained(rows, lifts, promise, cert, now)?);
            }
            if before.is_mending() && !row.tally.is_mending() {
                happenings.extend(put_back(rows, &mut row.tally, now)?);
            }
            if answer {
                rows.compared(id, now)?;
                // Somebody may be waiting for just this.
                if happenings.is_empty() {
                    happenings.push(Happening::TallyChanged { tally: id.to_string() });
                }
            }
            Ok(if idle { Taken::Answered(happenings) } else { Taken::Kept(happenings) })
        }
        Err(refusal) => Ok(refused(id, &refusal)),
    }
}

/// Lifts that a step entered into the chain, each with its commit.
fn committed(effects: &[Effect]) -> Vec<(Promise, Cert)> {
    let entered = effects.iter().filter_map(|effect| match effect {
        Effect::Save(Change::Linked { linked, .. }) => proof::promised(&linked.chit),
        _ => None,
    });
    entered.collect()
}

/// Whether a message is only answered: nothing of the chain, no request and no other thing has come any further by it.
/// What is merely suspected, or kept as evidence, leads nowhere either.
fn leads_nowhere(effects: &[Effect]) -> bool {
    let answered = effects.iter().any(|effect| matches!(effect, Effect::Send(_)));
    let advanced = |effect: &Effect| match effect {
        Effect::Save(change) => !matches!(change, Change::Tally | Change::Evidence { .. }),
        Effect::Settle(_) | Effect::Send(_) | Effect::Tell(_) => false,
    };
    answered && !effects.iter().any(advanced)
}

/// A ticket on an open link (protocol.md 6). Nothing of the link itself says that it was kept, as the answer to an `I`
/// does; so whoever takes it says the token back, and whoever hears their own token from where they sent it knows.
fn ticket_said(
    rows: &Rows<'_>,
    me: &Certificate,
    agent: AgentId,
    (token, cert): (&TokenText, &Certificate),
    now: i64,
) -> Result<Taken, StoreError> {
    if let Some(contact) = rows.contact_by_token(&token.sha256())?
        && contact.chad.agent() == agent
    {
        if contact.phase != ContactPhase::Calling {
            return Ok(Taken::Kept(Vec::new()));
        }
        rows.set_contact(contact.id, ContactPhase::Waiting, None)?;
        rows.settle(&ticket_key(contact.id))?;
        let changed = Happening::TallyChanged { tally: contact.id.to_string() };
        return Ok(Taken::Kept(vec![changed, Happening::ActivityChanged]));
    }
    let taken = use_ticket(rows, agent, token, cert, now)?;
    if let Taken::Kept(_) = &taken {
        let body = Body::Ticket { token: token.clone(), cert: me.clone() };
        let answer = Envelope::new(cert.chad().clone(), me.chad().clone(), body);
        let letter = NewLetter {
            partner: agent,
            key: format!(
                "{TAKEN}{}",
                token.sha256().iter().map(|byte| format!("{byte:02x}")).collect::<String>()
            ),
            tally: None,
            how: How::Once,
            message: answer.to_value().to_string(),
        };
        rows.queue(&letter, now)?;
    }
    Ok(taken)
}

/// Chits of the agreed part in one page of a copy: more than a message ever holds.
const PAGE: u32 = 256;

/// What the ledger knows of the things a message names.
pub(crate) fn known(rows: &Rows<'_>, tally: &Tally, body: &Body) -> Result<Known, StoreError> {
    let id = tally.id();
    let agreed = tally.chain().and_then(Chain::agreed).unwrap_or(0);
    let mut known = Known::default();
    match body {
        Body::Chit { object, .. } => {
            name(rows, id, agreed, object.uuid(), &mut known)?;
            known.waived.extend(given_up(rows, tally, object)?);
            known.waiting = rows.requests_waiting(id)?;
        }
        Body::Chain(chain) => {
            for chit in &chain.chits {
                name(rows, id, agreed, chit.uuid(), &mut known)?;
                known.waived.extend(given_up(rows, tally, chit)?);
            }
            // Who asks, and who does not know what both had agreed on, is sent a page of it.
            let paged = matches!(chain.cmd, ChainCmd::Req | ChainCmd::Nak);
            let first =
                chain.index.map(|index| if chain.cmd == ChainCmd::Nak { index.max(1) } else { index });
            if let Some(index) = first.filter(|index| (1..=agreed).contains(index)) {
                known.chits.extend(rows.from_index(id, index, agreed, if paged { PAGE } else { 1 })?);
            }
        }
        Body::Ticket { .. }
        | Body::Tally { .. }
        | Body::Places(_)
        | Body::Noted { .. }
        | Body::Lift(_)
        | Body::Unknown { .. } => {}
    }
    Ok(known)
}

/// The partner's word that it gave up our promise that a chit stands for.
fn given_up(rows: &Rows<'_>, tally: &Tally, chit: &ChitObject) -> Result<Option<Waive>, StoreError> {
    if chit.kind() == Kind::Lift && chit.by() == tally.mine() {
        rows.given_up(tally.id(), chit)
    } else {
        Ok(None)
    }
}

/// What the ledger knows of a name.
pub(crate) fn name(
    rows: &Rows<'_>,
    id: TallyId,
    agreed: u64,
    chit: ChitId,
    known: &mut Known,
) -> Result<(), StoreError> {
    if let Some(held) = rows.chit(id, chit)?
        && held.linked.index <= agreed
    {
        known.chits.push(held.linked);
    }
    known.requests.extend(rows.request(id, chit)?.map(|row| row.request));
    Ok(())
}

fn refused(tally: TallyId, refusal: &Refusal) -> Taken {
    tracing::debug!(%tally, %refusal, "a message was refused");
    Taken::Dropped { why: "the tally's machine refused it", strike: refusal.blames_peer() }
}

/// The answer to a ticket we used: an offer of a tally that we have not seen before.
fn first_offer(
    rows: &Rows<'_>,
    agent: AgentId,
    object: tallystick_core::tally::TallyObject,
    now: i64,
) -> Result<Taken, StoreError> {
    // With several tickets of theirs in use, the offer answers the one with which they were told what it says of us.
    let awaiting = rows.contacts_awaiting(agent)?;
    let says = |contact: &ContactRow| {
        [Half::Stock, Half::Foil].into_iter().any(|half| object.cert(half) == Some(&contact.certificate))
    };
    let Some(contact) = awaiting.iter().find(|contact| says(contact)).or(awaiting.first()) else {
        // No fault of a partner's who has not heard that we gave up.
        return Ok(Taken::Dropped { why: "an offer that nobody asked for", strike: false });
    };
    let (tally, effects) = match Tally::offered(object, &contact.certificate, agent) {
        Ok(offered) => offered,
        Err(refusal) => {
            tracing::debug!(%refusal, "an offer was refused");
            return Ok(Taken::Dropped { why: "the offer does not hold", strike: refusal.blames_peer() });
        }
    };
    let notes = TallyNotes { template: None, claimed_limit: contact.claimed_limit };
    let mut happenings = perform(rows, None, &tally, Some(&notes), effects, now)?;
    rows.set_contact(contact.id, ContactPhase::Offered, Some(tally.id()))?;
    rows.settle(&ticket_key(contact.id))?;
    happenings.push(Happening::TallyChanged { tally: contact.id.to_string() });
    Ok(Taken::Kept(happenings))
}

/// The other answer to a ticket we used: whoever made it does not want a tally with us.
fn answered_no(rows: &Rows<'_>, agent: AgentId, now: i64) -> Result<Taken, StoreError> {
    let awaiting = rows.contact_awaiting(agent)?.filter(|contact| contact.phase != ContactPhase::Lapsed);
    let Some(contact) = awaiting else {
        return Ok(Taken::Dropped { why: "a refusal of what nobody asked for", strike: false });
    };
    rows.set_contact(contact.id, ContactPhase::Lapsed, None)?;
    rows.settle(&ticket_key(contact.id))?;
    chronicle::contact_refused(rows, contact.id, now)?;
    let changed = Happening::TallyChanged { tally: contact.id.to_string() };
    Ok(Taken::Kept(vec![changed, Happening::ActivityChanged]))
}

/// Judges a first packet that brings a ticket (rule 1). Gives the agent to accept, or nothing: silence.
pub(crate) fn judge_ticket(
    rows: &Rows<'_>,
    me: &Certificate,
    caller: &StaticKey,
    envelope: &Envelope,
    now: i64,
) -> Result<Option<(AgentId, Vec<Happening>)>, StoreError> {
    let Body::Ticket { token, cert } = &envelope.body else {
        return Ok(None);
    };
    let agent = envelope.from.agent();
    if !caller.is_agent(&agent) || envelope.to.agent() != me.chad().agent() {
        return Ok(None);
    }
    Ok(match use_ticket(rows, agent, token, cert, now)? {
        Taken::Kept(happenings) | Taken::Answered(happenings) => Some((agent, happenings)),
        Taken::Dropped { why, .. } => {
            tracing::debug!(why, "a ticket was refused");
            None
        }
    })
}

/// Uses a ticket: marks it used, attaches the certificate, or changes nothing at all (protocol.md 6).
fn use_ticket(
    rows: &Rows<'_>,
    agent: AgentId,
    token: &TokenText,
    cert: &Certificate,
    now: i64,
) -> Result<Taken, StoreError> {
    // Found by the hash of what only its holder can know; no secret is compared byte by byte.
    let Some(ticket) = rows.ticket_by_token(&token.sha256())? else {
        return Ok(drop_it("no such ticket"));
    };
    let bound = ticket.bound.as_ref().filter(|_| !mutant::is(Mutant::TicketForAnybody));
    if cert.chad().agent() != agent || bound.is_some_and(|bound| bound.agent() != agent) {
        return Ok(drop_it("the ticket is for somebody else"));
    }
    let used = Spent { at: now, agent, certificate: certificate_hash(cert) };
    let before = if ticket.uses == 1 {
        ticket.spent.clone()
    } else {
        rows.ticket_use(ticket.id, agent)?.map(|one| one.by)
    };
    if let Some(spent) = before {
        // The same caller again: its first use was kept, only our answer was lost.
        let repeated = spent.agent == agent && spent.certificate == used.certificate;
        return Ok(if repeated { Taken::Kept(Vec::new()) } else { drop_it("the ticket was used") });
    }
    if !ticket.is_live(now) {
        return Ok(drop_it("the ticket is not good any more"));
    }
    let Some(draft) = rows.tally(ticket.tally)? else {
        return Ok(drop_it("the ticket's draft is gone"));
    };
    let (mut tally, notes) =
        if ticket.uses == 1 { (draft.tally, None) } else { copied(&ticket, &draft, agent, now)? };
    let before = tally.clone();
    let effects = match tally.handle(Input::Answered(cert.clone())) {
        Ok(effects) => effects,
        Err(refusal) => return Ok(refused(ticket.tally, &refusal)),
    };
    if ticket.uses == 1 && !rows.spend_ticket(ticket.id, &used)? {
        return Ok(drop_it("the ticket is not good any more"));
    }
    let mut happenings = perform(rows, Some(&before), &tally, notes.as_ref(), effects, now)?;
    if ticket.uses != 1 {
        rows.use_ticket_once(ticket.id, &Use { by: used, tally: tally.id() })?;
    }
    let place = (cert.chad().host().to_owned(), cert.chad().port());
    rows.learn(agent, &[place], Source::Card, now)?;
    rows.heard(agent, now)?;
    happenings.push(Happening::TicketChanged { ticket: ticket.id.to_string() });
    Ok(Taken::Kept(happenings))
}

/// The draft of a ticket that may be used more than once, as a tally of its own for whoever uses it now.
/// It is named after both, so that it is the same one however often they come.
fn copied(
    ticket: &TicketRow,
    draft: &TallyRow,
    agent: AgentId,
    now: i64,
) -> Result<(Tally, Option<TallyNotes>), StoreError> {
    let id = TallyId::new(Uuid::new_v5(&ticket.id, agent.as_bytes()));
    let object = draft.tally.object().again(id, Date::from_millis(now));
    let object = object.map_err(|_| StoreError::Corrupt { what: "draft" })?;
    let notes = TallyNotes { template: Some(ticket.template.clone()), claimed_limit: None };
    Ok((Tally::draft(draft.tally.mine(), object), Some(notes)))
}

/// Writes down that a letter was handed to its partner's wallet; `answered` if that wallet has confirmed it.
pub(crate) fn delivered(
    rows: &Rows<'_>,
    letter: &Letter,
    answered: bool,
    now: i64,
) -> Result<Vec<Happening>, Failure> {
    if let Some(contact) = letter.key.strip_prefix(TICKET).and_then(|id| id.parse().ok()) {
        if answered {
            rows.set_contact(contact, ContactPhase::Waiting, None)?;
            rows.settle(&letter.key)?;
        }
        return Ok(vec![Happening::TallyChanged { tally: contact.to_string() }]);
    }
    if is_about_places(&letter.key) || letter.key.starts_with(TAKEN) || letter.key.starts_with(LIFTED) {
        return Ok(Vec::new());
    }
    let Ok(subject) = letter.key.parse::<Subject>() else {
        return Err(Failure::internal("a letter about nothing"));
    };
    step(rows, subject.tally(), Input::Delivered(subject), now)
}

/// The outbox key of a ticket on its way.
pub(crate) fn ticket_key(contact: uuid::Uuid) -> String {
    format!("{TICKET}{contact}")
}

const TICKET: &str = "ticket:";

/// Begins the outbox keys of letters about lifts: their own answers settle them.
const LIFTED: &str = "l1-";

/// Begins the outbox key of a ticket said back to whoever used it.
const TAKEN: &str = "taken:";

fn certificate_hash(cert: &Certificate) -> String {
    Sha256::digest(cert.raw().to_string()).iter().map(|byte| format!("{byte:02x}")).collect()
}
