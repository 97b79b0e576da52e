//! The gate (protocol.md 3) and what lies behind it: one message of a peer, in one transaction.

use sha2::{Digest as _, Sha256};
use tallystick_core::chain::Chain;
use tallystick_core::effect::Subject;
use tallystick_core::message::{Body, ChainCmd, Envelope, TallyAction};
use tallystick_core::tally::{Input, Known, Tally};
use tallystick_core::{AgentId, Certificate, ChitId, Refusal, TallyId, TokenText};
use tallystick_noise::StaticKey;
use tallystick_store::{ContactPhase, Letter, Rows, Spent, StoreError, TallyNotes};

use crate::step::{perform, step};
use crate::view::{Failure, Happening};

/// What became of a message.
#[derive(Debug)]
pub(crate) enum Taken {
    /// It was kept, or had been before.
    Kept(Vec<Happening>),
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
    me: &Certificate,
    agent: AgentId,
    envelope: Envelope,
    now: i64,
) -> Result<Taken, StoreError> {
    if envelope.from.agent() != agent || envelope.to.agent() != me.chad().agent() {
        return Ok(drop_it("the message is not from this link's agent to us"));
    }
    let id: TallyId = match &envelope.body {
        Body::Ticket { token, cert } => return use_ticket(rows, agent, token, cert, now),
        Body::Unknown { .. } => {
            return Ok(Taken::Dropped { why: "an unknown kind of message", strike: false });
        }
        Body::Tally { object, .. } => object.uuid(),
        Body::Chit { object, .. } => object.tally(),
        Body::Chain(chain) => chain.tally,
    };
    let Some(mut row) = rows.tally(id)? else {
        return match envelope.body {
            Body::Tally { action: TallyAction::Offer, object, .. } => first_offer(rows, agent, object, now),
            Body::Tally { action: TallyAction::Void, .. } => answered_no(rows, agent),
            _ => Ok(drop_it("a tally we do not share")),
        };
    };
    if row.tally.partner() != Some(agent) {
        return Ok(drop_it("a tally we do not share"));
    }
    let known = known(rows, &row.tally, &envelope.body)?;
    let answer =
        matches!(&envelope.body, Body::Chain(chain) if matches!(chain.cmd, ChainCmd::Ack | ChainCmd::Upd));
    match row.tally.handle(Input::Received { body: envelope.body, known }) {
        Ok(effects) => {
            let happenings = perform(rows, &row.tally, None, effects, now)?;
            if answer {
                rows.compared(id, now)?;
            }
            // The link it came by is open: what was decided just now leaves at once.
            rows.release(agent, now)?;
            Ok(Taken::Kept(happenings))
        }
        Err(refusal) => Ok(refused(id, &refusal)),
    }
}

/// Chits of the agreed part in one page of a copy: more than a message ever holds.
const PAGE: u32 = 256;

/// What the ledger knows of the things a message names.
pub(crate) fn known(rows: &Rows<'_>, tally: &Tally, body: &Body) -> Result<Known, StoreError> {
    let id = tally.id();
    let agreed = tally.chain().and_then(Chain::agreed).unwrap_or(0);
    let mut known = Known::default();
    let name = |known: &mut Known, chit: ChitId| -> Result<(), StoreError> {
        if let Some(held) = rows.chit(id, chit)?
            && held.linked.index <= agreed
        {
            known.chits.push(held.linked);
        }
        known.requests.extend(rows.request(id, chit)?.map(|row| row.request));
        Ok(())
    };
    match body {
        Body::Chit { object, .. } => {
            name(&mut known, object.uuid())?;
            known.waiting = rows.requests_waiting(id)?;
        }
        Body::Chain(chain) => {
            for chit in &chain.chits {
                name(&mut known, chit.uuid())?;
            }
            if let Some(index) = chain.index.filter(|index| (1..=agreed).contains(index)) {
                let many = if chain.cmd == ChainCmd::Req { PAGE } else { 1 };
                known.chits.extend(rows.from_index(id, index, agreed, many)?);
            }
        }
        Body::Ticket { .. } | Body::Tally { .. } | Body::Unknown { .. } => {}
    }
    Ok(known)
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
    let Some(contact) = rows.contact_awaiting(agent)? else {
        // Nor would a partner be to blame who has not heard that we gave up.
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
    let mut happenings = perform(rows, &tally, Some(&notes), effects, now)?;
    rows.set_contact(contact.id, ContactPhase::Offered, Some(tally.id()))?;
    rows.settle(&ticket_key(contact.id))?;
    happenings.push(Happening::TallyChanged { tally: contact.id.to_string() });
    Ok(Taken::Kept(happenings))
}

/// The other answer to a ticket we used: whoever made it does not want a tally with us.
fn answered_no(rows: &Rows<'_>, agent: AgentId) -> Result<Taken, StoreError> {
    let awaiting = rows.contact_awaiting(agent)?.filter(|contact| contact.phase != ContactPhase::Lapsed);
    let Some(contact) = awaiting else {
        return Ok(Taken::Dropped { why: "a refusal of what nobody asked for", strike: false });
    };
    rows.set_contact(contact.id, ContactPhase::Lapsed, None)?;
    rows.settle(&ticket_key(contact.id))?;
    Ok(Taken::Kept(vec![Happening::TallyChanged { tally: contact.id.to_string() }]))
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
        Taken::Kept(happenings) => Some((agent, happenings)),
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
    if cert.chad().agent() != agent || ticket.bound.is_some_and(|bound| bound != agent) {
        return Ok(drop_it("the ticket is for somebody else"));
    }
    let certificate = certificate_hash(cert);
    if let Some(spent) = &ticket.spent {
        // The same caller again: its first use was kept, only our answer was lost.
        let repeated = spent.agent == agent && spent.certificate == certificate;
        return Ok(if repeated { Taken::Kept(Vec::new()) } else { drop_it("the ticket was used") });
    }
    if !ticket.is_live(now) {
        return Ok(drop_it("the ticket is not good any more"));
    }
    let Some(mut row) = rows.tally(ticket.tally)? else {
        return Ok(drop_it("the ticket's draft is gone"));
    };
    let effects = match row.tally.handle(Input::Answered(cert.clone())) {
        Ok(effects) => effects,
        Err(refusal) => return Ok(refused(ticket.tally, &refusal)),
    };
    if !rows.spend_ticket(ticket.id, &Spent { at: now, agent, certificate })? {
        return Ok(drop_it("the ticket is not good any more"));
    }
    let mut happenings = perform(rows, &row.tally, None, effects, now)?;
    rows.set_peer(agent, cert.chad().host(), cert.chad().port())?;
    rows.heard(agent, now)?;
    happenings.push(Happening::TicketChanged { ticket: ticket.id.to_string() });
    Ok(Taken::Kept(happenings))
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

fn certificate_hash(cert: &Certificate) -> String {
    Sha256::digest(cert.raw().to_string()).iter().map(|byte| format!("{byte:02x}")).collect()
}
