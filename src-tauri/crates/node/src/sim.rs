//! The synchronous inside of the node, for simulations: no runtime, no network, no clock and no randomness.
//!
//! Everything here is what [`crate::Wallet`] and its links do, one transaction at a time, with the instant and all
//! fresh names brought in by the caller. Nothing shipped is built with this.

use tallystick_core::message::{Body, Envelope};
use tallystick_core::tally::Input;
use tallystick_core::{AgentId, Certificate, Half, TallyId, Terms, Ticket, Token, TokenText, Units};
use tallystick_noise::StaticKey;
use tallystick_store::{Letter, Rows, StoreError, TicketRow};
use uuid::Uuid;

use crate::acts::{Inspected, contact as contacts, invite as invites, sign};
use crate::config::Retry;
use crate::receive::{self as gate, Taken};
use crate::step::step;
use crate::view::{Failure, FailureCode};

/// What became of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heard {
    /// It was kept, or had been before.
    Kept,
    /// It has no business here: nothing was changed, nothing is answered.
    Dropped {
        /// For the log.
        why: &'static str,
        /// The sender broke the protocol.
        strike: bool,
    },
}

impl From<Taken> for Heard {
    fn from(taken: Taken) -> Self {
        match taken {
            Taken::Kept(_) => Self::Kept,
            Taken::Dropped { why, strike } => Self::Dropped { why, strike },
        }
    }
}

/// An invitation with every fresh name in it.
#[derive(Clone, Debug)]
pub struct Invitation {
    /// The draft's name.
    pub tally: TallyId,
    /// The ticket's name here.
    pub ticket: Uuid,
    /// The ticket's secret.
    pub token: Token,
    /// The half we would hold.
    pub mine: Half,
    /// What we would grant.
    pub limit: Units,
    /// Days of notice.
    pub notice_days: u32,
    /// How long the ticket is good for, in ms.
    pub life: i64,
    /// Only this agent may use it.
    pub bound: Option<AgentId>,
}

/// Whether a caller who claims to be this agent may prove it.
///
/// # Errors
/// Only faults of the disk, as of every function here unless it says more.
pub fn knows(rows: &Rows<'_>, agent: AgentId) -> Result<bool, StoreError> {
    gate::knows(rows, agent)
}

/// Takes one message that came over a link proven to be `agent`'s.
#[allow(clippy::missing_errors_doc, reason = "said above")]
pub fn receive(
    rows: &Rows<'_>,
    me: &Certificate,
    agent: AgentId,
    envelope: Envelope,
    now: i64,
) -> Result<Heard, StoreError> {
    gate::receive(rows, me, agent, envelope, now).map(Heard::from)
}

/// What the machine of its tally has against a message, in words.
pub fn objection(rows: &Rows<'_>, envelope: Envelope) -> Option<String> {
    let id = match &envelope.body {
        Body::Tally { object, .. } => object.uuid(),
        Body::Chit { object, .. } => object.tally(),
        Body::Chain(chain) => chain.tally,
        Body::Ticket { .. } | Body::Unknown { .. } => return None,
    };
    let mut tally = rows.tally(id).ok()??.tally;
    let known = gate::known(rows, &tally, &envelope.body).ok()?;
    let refusal = tally.handle(Input::Received { body: envelope.body, known }).err()?;
    Some(format!("{refusal} (it is {})", tally.phase().as_str()))
}

/// Judges a first packet that brings a ticket, from whoever holds this agent's key. Gives whether to answer.
#[allow(clippy::missing_errors_doc, reason = "said above")]
pub fn judge_ticket(
    rows: &Rows<'_>,
    me: &Certificate,
    caller: AgentId,
    envelope: &Envelope,
    now: i64,
) -> Result<bool, StoreError> {
    let Ok(key) = StaticKey::of(&caller) else { return Ok(false) };
    Ok(gate::judge_ticket(rows, me, &key, envelope, now)?.is_some())
}

/// Feeds what a person decided to its tally; `open` if a link to the partner is, so that it leaves at once.
///
/// # Errors
/// What the tally's machine refuses; nothing is to be committed then.
pub fn book(rows: &Rows<'_>, id: TallyId, input: Input, open: bool, now: i64) -> Result<(), Failure> {
    if let Input::Cancel { chit, .. } = &input
        && !rows.is_still_here(id, *chit)?
    {
        return Err(Failure::plain(FailureCode::OutOfTurn));
    }
    let signs = matches!(input, Input::Sign(_) | Input::Grant { .. });
    sign::book(rows, id, input, now)?;
    if signs && open {
        let partner = rows.tally(id)?.and_then(|row| row.tally.partner());
        if let Some(partner) = partner {
            rows.release(partner, now)?;
        }
    }
    Ok(())
}

/// Drafts a tally and writes its ticket down.
///
/// # Errors
/// Terms that cannot be written.
pub fn invite(
    rows: &Rows<'_>,
    me: &Certificate,
    invitation: &Invitation,
    now: i64,
) -> Result<(), Failure> {
    let grants =
        Terms::compose(Some(invitation.limit), Some(invitation.notice_days)).map_err(Failure::internal)?;
    let tally = invites::draft(me, invitation.tally, invitation.mine, grants, now)?;
    let ticket = TicketRow {
        id: invitation.ticket,
        token_hash: invitation.token.sha256(),
        token: Some(invitation.token.expose()),
        tally: tally.id(),
        template: "friend".to_owned(),
        bound: invitation.bound,
        note: None,
        made_at: now,
        expires_at: now.saturating_add(invitation.life),
        spent: None,
        revoked_at: None,
    };
    invites::add(rows, &tally, &ticket, now)?;
    Ok(())
}

/// Makes first contact with whoever made this ticket.
///
/// # Errors
/// If it was used here before, or ran out.
pub fn contact(
    rows: &Rows<'_>,
    me: &Certificate,
    ticket: &Ticket,
    id: Uuid,
    now: i64,
) -> Result<(), Failure> {
    let inspected = Inspected {
        chad: ticket.chad.clone(),
        token: TokenText::from(&ticket.token),
        name: ticket.name.clone(),
        limit: ticket.limit,
        expires_at: i64::try_from(ticket.expires).unwrap_or(i64::MAX).saturating_mul(1_000),
        seen_at: now,
    };
    if now >= inspected.expires_at {
        return Err(Failure::plain(FailureCode::NotContactable));
    }
    let (contact, letter) = contacts::compose(me, &inspected, id, now);
    contacts::make(rows, &contact, &letter, now).map(drop)
}

/// Whether anything has run out.
#[allow(clippy::missing_errors_doc, reason = "said above")]
pub fn anything_lapses(rows: &Rows<'_>, now: i64) -> Result<bool, StoreError> {
    Ok(rows.anything_lapses(now)? || !rows.requests_over(now)?.is_empty())
}

/// Lets run out what has run out.
///
/// # Errors
/// What a tally's machine refuses; that is a fault of ours.
pub fn lapse(rows: &Rows<'_>, now: i64) -> Result<(), Failure> {
    contacts::lapsed(rows, now)?;
    for row in rows.requests_over(now)? {
        step(rows, row.request.chit.tally(), Input::Lapse(row.request), now)?;
    }
    Ok(())
}

/// Counts the try of each letter that left, and lets its tally know.
///
/// # Errors
/// What the tally's machine refuses; that is a fault of ours.
pub fn noted(
    rows: &Rows<'_>,
    sent: &[Letter],
    answered: bool,
    retry: Retry,
    dice: impl FnMut() -> u32,
    now: i64,
) -> Result<(), Failure> {
    crate::peer::noted(rows, sent, answered, retry, dice, now).map(drop)
}

/// The bytes of a letter on this try of it; nothing if the letter cannot be read.
pub fn stamped(letter: &Letter, now: i64) -> Option<Vec<u8>> {
    crate::peer::stamped(letter, now).ok()
}

/// Lets go of whatever waits for a partner: none of it can be taken back from here on. Gives those of the letters that
/// still wait.
#[allow(clippy::missing_errors_doc, reason = "said above")]
pub fn released(
    rows: &Rows<'_>,
    partner: AgentId,
    letters: Vec<Letter>,
    now: i64,
) -> Result<Vec<Letter>, StoreError> {
    crate::peer::released(rows, partner, letters, now)
}
