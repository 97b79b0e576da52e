//! The synchronous inside of the node, for simulations: no runtime, no network, no clock and no randomness.
//!
//! Everything here is what [`crate::Wallet`] and its links do, one transaction at a time, with the instant and all
//! fresh names brought in by the caller. Nothing shipped is built with this.
#![allow(clippy::missing_errors_doc, reason = "faults of the disk, unless it says more")]

use std::collections::BTreeSet;

use tallystick_core::message::{Body, Envelope};
use tallystick_core::tally::Input;
use tallystick_core::{
    AgentId, Certificate, Chad, ChitId, Contract, Half, TallyId, Terms, Ticket, Token, TokenText, Units,
};
use tallystick_noise::StaticKey;
use tallystick_store::{Letter, Rows, StoreError, TicketRow};
use uuid::Uuid;

use crate::acts::{Inspected, cancel, contact as contacts, invite as invites, request};
use crate::config::Retry;
use crate::peer::{self, Ours, Tried, Turn};
use crate::receive as gate;
use crate::step::step;
use crate::view::{Failure, FailureCode};

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
    /// How often it may be used.
    pub uses: u32,
    /// Only this agent may use it.
    pub bound: Option<Chad>,
}

/// What a link brings to its turn in the ledger.
#[derive(Clone, Debug)]
pub struct LinkTurn {
    /// Who is at the other end.
    pub agent: AgentId,
    /// Messages that came, in order.
    pub said: Vec<Envelope>,
    /// The link has just opened.
    pub opening: bool,
    /// The letter that opened it: the other wallet has confirmed it.
    pub opener: Option<Letter>,
    /// Letters that left.
    pub sent: Vec<Letter>,
    /// The link looks for letters in the outbox.
    pub looks: bool,
}

/// What came of a turn.
#[derive(Debug, Default)]
pub struct LinkTurned {
    /// Letters found in the outbox, to leave now.
    pub letters: Vec<Letter>,
    /// More are due than these.
    pub more: bool,
    /// When the first of the letters noted in this turn is due again.
    pub again: Option<i64>,
    /// Messages that had no business here: why, and whether their sender is to blame.
    pub dropped: Vec<(&'static str, bool)>,
    /// What the ledger or a machine could not take, and should have.
    pub faults: Vec<Failure>,
}

/// What one act has written to partners.
#[derive(Debug, Default)]
pub struct Mail {
    /// For links that are open.
    pub parcels: Vec<(AgentId, Vec<Letter>)>,
    /// Partners for whom letters lie in the outbox.
    pub waiting: Vec<AgentId>,
}

/// Letters that one link may put on their way, in the order of their writing.
#[derive(Debug, Default)]
pub struct Ready(peer::Ready);

impl Ready {
    /// Takes in letters that were handed over.
    pub fn handed(&mut self, letters: Vec<Letter>) {
        self.0.lying().fetch_add(letters.len(), std::sync::atomic::Ordering::Relaxed);
        self.0.handed(letters);
    }

    /// Takes in letters that were found in the outbox; `more` if there were more than these.
    pub fn fetched(&mut self, letters: Vec<Letter>, more: bool) {
        self.0.fetched(letters, more);
    }

    /// The next to leave.
    pub fn next_letter(&mut self) -> Option<Letter> {
        self.0.next()
    }
}

/// Makes ready what an act has written, inside its transaction and at its end.
pub fn pack(rows: &Rows<'_>, linked: &dyn Fn(AgentId) -> bool, now: i64) -> Result<Mail, StoreError> {
    let mail = peer::Mail::pack(rows, linked, now)?;
    Ok(Mail { parcels: mail.parcels.into_iter().collect(), waiting: mail.waiting.into_iter().collect() })
}

/// Whether a caller who claims to be this agent may prove it.
pub fn knows(rows: &Rows<'_>, agent: AgentId) -> Result<bool, StoreError> {
    gate::knows(rows, agent)
}

/// What the machine of its tally has against a message, in words.
pub fn objection(rows: &Rows<'_>, envelope: Envelope) -> Option<String> {
    let id = match &envelope.body {
        Body::Tally { object, .. } => object.uuid(),
        Body::Chit { object, .. } => object.tally(),
        Body::Chain(chain) => chain.tally,
        Body::Ticket { .. } | Body::Places(_) | Body::Noted { .. } | Body::Lift(_) | Body::Unknown { .. } => {
            return None;
        }
    };
    let mut tally = rows.tally(id).ok()??.tally;
    let known = gate::known(rows, &tally, &envelope.body).ok()?;
    let refusal = tally.handle(Input::Received { body: envelope.body, known }).err()?;
    Some(format!("{refusal} (it is {})", tally.phase().as_str()))
}

/// One turn of a link: what came, what has left, and what leaves next, in one transaction.
///
/// # Errors
/// A fault of the ledger.
pub fn turn(
    rows: &Rows<'_>,
    me: &Certificate,
    turn: LinkTurn,
    dice: &dyn Fn() -> u32,
    now: i64,
) -> Result<LinkTurned, Failure> {
    let LinkTurn { agent, said, opening, opener, sent, looks } = turn;
    let heard = opening || !said.is_empty();
    let tried = sent.into_iter().map(|letter| Tried { letter, sent: true }).collect();
    let in_hand = looks.then(BTreeSet::new);
    let (reached, proven, hint) = (None, None, None);
    let turn = Turn { agent, now, said, reached, proven, hint, heard, opening, opener, tried, in_hand };
    let turned = turn.take(rows, &Ours { me, told: None, lifts: None, retry: Retry::default(), dice })?;
    Ok(LinkTurned {
        letters: turned.letters,
        more: turned.more,
        again: turned.again,
        dropped: turned.dropped,
        faults: turned.failed.into_iter().chain(turned.unnoted).collect(),
    })
}

/// Judges a first packet that brings a ticket, from whoever holds this agent's key. Gives whether to answer.
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

/// Feeds what a person decided to its tally.
///
/// # Errors
/// What the tally's machine refuses; nothing is to be committed then.
pub fn book(rows: &Rows<'_>, id: TallyId, input: Input, now: i64) -> Result<(), Failure> {
    let signed = match &input {
        Input::Sign(chit) | Input::Grant { chit, .. } => Some(chit.uuid()),
        _ => None,
    };
    if let Some(chit) = signed
        && rows.chit(id, chit)?.is_some()
    {
        return Ok(());
    }
    let input = match input {
        // As the ledger has it at this moment, which need not be when the sheet was opened.
        Input::Grant { request, chit } => {
            Input::Grant { request: request::to_answer(rows, id, request.id(), now)?, chit }
        }
        input => input,
    };
    step(rows, id, input, now).map(drop)
}

/// Takes an entry back.
///
/// # Errors
/// If it may have left.
pub fn take_back(rows: &Rows<'_>, id: TallyId, chit: ChitId, now: i64) -> Result<(), Failure> {
    cancel::take_back(rows, id, chit, now).map(drop)
}

/// Drafts a tally and writes its ticket down.
///
/// # Errors
/// Terms that cannot be written.
pub fn invite(rows: &Rows<'_>, me: &Certificate, invitation: Invitation, now: i64) -> Result<(), Failure> {
    let grants = Terms::compose(Some(invitation.limit), Some(invitation.notice_days));
    let contract = Contract::builtin().first().ok_or(Failure::plain(FailureCode::ContractMissing))?;
    let draft = invites::Draft {
        mine: invitation.mine,
        grants: grants.map_err(Failure::internal)?,
        memo: None,
        agree: contract.hash(),
    };
    let ticket = TicketRow {
        id: invitation.ticket,
        token_hash: invitation.token.sha256(),
        token: Some(invitation.token.expose()),
        tally: invitation.tally,
        template: "friend".to_owned(),
        bound: invitation.bound,
        note: None,
        made_at: now,
        expires_at: now.saturating_add(invitation.life),
        uses: invitation.uses,
        used: 0,
        spent: None,
        revoked_at: None,
    };
    invites::add(rows, draft, me.clone(), ticket, now).map(drop)
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
        alternatives: ticket.alternatives.clone(),
    };
    if now >= inspected.expires_at {
        return Err(Failure::plain(FailureCode::NotContactable));
    }
    contacts::make(rows, inspected, id, |_| Ok(me.clone()), now).map(drop)
}

/// Lets run out what has run out.
///
/// # Errors
/// What a tally's machine refuses; that is a fault of ours.
pub fn lapse(rows: &Rows<'_>, now: i64) -> Result<(), Failure> {
    contacts::lapsed(rows, now).map(drop)
}

/// The bytes of a letter on this try of it; nothing if the letter cannot be read.
pub fn stamped(letter: &Letter, now: i64) -> Option<Vec<u8>> {
    peer::stamped(letter, now).ok()
}

/// Lets go of whatever waits for a letter's partner: none of it can be taken back from here on. Gives the letter if it
/// still waits.
pub fn released(rows: &Rows<'_>, letter: Letter, now: i64) -> Result<Option<Letter>, StoreError> {
    peer::released(rows, letter, now)
}
