//! One tally, seen from our half: a machine (protocol.md 7–9).
//!
//! [`Tally::handle`] takes one input and says what must follow. It never reads a clock, never draws a random number and
//! never signs: whoever calls it brings identifiers, dates and signatures. A repeated input changes nothing, so callers
//! and partners may retry freely.

mod ledger;
mod negotiation;
mod object;
mod phase;

pub use object::{BadTally, ComposeTally, Side, TallyObject, Unsigned};
pub use phase::Phase;

use crate::certificate::Certificate;
use crate::chad::Chad;
use crate::chain::{Chain, Linked};
use crate::chit::ChitObject;
use crate::effect::{Change, Effect, Happening, Keep, Outgoing, Subject};
use crate::ids::{AgentId, Half, TallyId};
use crate::message::{Body, Envelope};
use crate::refusal::Refusal;
use crate::units::Units;

/// One side's copy of a tally.
#[derive(Clone, Debug, PartialEq)]
pub struct Tally {
    id: TallyId,
    mine: Half,
    phase: Phase,
    object: TallyObject,
    chain: Option<Chain>,
    balance: Units,
    reason: Option<String>,
}

/// What the ledger keeps of a tally, apart from its chits.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    /// Its name.
    pub id: TallyId,
    /// The half we hold.
    pub mine: Half,
    /// Where it stands.
    pub phase: Phase,
    /// The agreement itself, as last signed or drafted.
    pub object: TallyObject,
    /// Its chain, once it was opened.
    pub chain: Option<Chain>,
    /// Sum of all good chits; positive when the partner owes us.
    pub balance: Units,
    /// Why it was refused, in the words of whoever refused.
    pub reason: Option<String>,
}

/// Everything that can happen to a tally.
#[derive(Clone, Debug, PartialEq)]
pub enum Input {
    /// A ticket of ours was used: this is the partner's certificate.
    Answered(Certificate),
    /// The person signed the draft: offer it.
    Offer(TallyObject),
    /// The person signed what the partner offers.
    Accept(TallyObject),
    /// The person refuses what the partner offers, perhaps saying why.
    Refuse(Option<String>),
    /// The person signed a payment.
    Pay(ChitObject),
    /// A message of the partner's, over a link proven to be theirs.
    Received {
        /// The message.
        body: Body,
        /// Chits named in the message that stand in the agreed part already.
        known: Vec<Linked>,
    },
    /// A message about this was handed to the partner's wallet.
    Delivered(Subject),
}

impl Input {
    /// A short name, for errors.
    fn name(&self) -> &'static str {
        match self {
            Self::Answered(_) => "an answer to its ticket",
            Self::Offer(_) => "an offer of ours",
            Self::Accept(_) => "an acceptance of ours",
            Self::Refuse(_) => "a refusal of ours",
            Self::Pay(_) => "a payment of ours",
            Self::Received { .. } => "a message",
            Self::Delivered(_) => "a delivery",
        }
    }
}

impl Tally {
    /// A fresh draft of ours.
    pub fn draft(mine: Half, object: TallyObject) -> Self {
        Self {
            id: object.uuid(),
            mine,
            phase: Phase::Draft,
            object,
            chain: None,
            balance: Units::ZERO,
            reason: None,
        }
    }

    /// Puts a stored tally together again.
    pub fn restore(record: Record) -> Self {
        let Record { id, mine, phase, object, chain, balance, reason } = record;
        Self { id, mine, phase, object, chain, balance, reason }
    }

    /// What the ledger keeps of it.
    pub fn record(&self) -> Record {
        let Self { id, mine, phase, object, chain, balance, reason } = self.clone();
        Record { id, mine, phase, object, chain, balance, reason }
    }

    /// Its name.
    pub fn id(&self) -> TallyId {
        self.id
    }

    /// The half we hold.
    pub fn mine(&self) -> Half {
        self.mine
    }

    /// Where it stands.
    pub fn phase(&self) -> Phase {
        self.phase
    }

    /// The agreement, as last signed or drafted.
    pub fn object(&self) -> &TallyObject {
        &self.object
    }

    /// Its chain, once it was opened.
    pub fn chain(&self) -> Option<&Chain> {
        self.chain.as_ref()
    }

    /// Sum of all good chits, in milli-CHIPs; positive when the partner owes us.
    pub fn balance(&self) -> Units {
        self.balance
    }

    /// The part of the balance that the partner's wallet has not accepted yet: our own chits beyond the agreed index.
    pub fn waiting(&self) -> Units {
        let tail = self.chain.as_ref().map_or(&[][..], Chain::tail);
        let ours = tail.iter().filter(|linked| linked.chit.by() == self.mine);
        ours.filter_map(|linked| linked.chit.change_for(self.mine))
            .fold(Units::ZERO, |sum, change| sum.checked_add(change).unwrap_or(sum))
    }

    /// Why it was refused, in the words of whoever refused.
    pub fn reason(&self) -> Option<&str> {
        self.reason.as_deref()
    }

    /// The partner's agent, once their certificate is in.
    pub fn partner(&self) -> Option<AgentId> {
        self.object.side(self.mine.other()).cert.as_ref().map(|cert| cert.chad().agent())
    }

    /// Takes one input and says what must follow.
    ///
    /// # Errors
    /// A [`Refusal`] says who is to blame; the tally is then exactly what it was.
    pub fn handle(&mut self, input: Input) -> Result<Vec<Effect>, Refusal> {
        let mut next = self.clone();
        let effects = next.step(input)?;
        *self = next;
        Ok(effects)
    }

    fn step(&mut self, input: Input) -> Result<Vec<Effect>, Refusal> {
        match input {
            Input::Answered(cert) => self.answered(cert),
            Input::Offer(object) => self.offer(object),
            Input::Accept(object) => self.accept(object),
            Input::Refuse(reason) => self.refuse(reason),
            Input::Pay(chit) => self.pay(chit),
            Input::Delivered(subject) => Ok(self.delivered(subject)),
            Input::Received { body, known } => match body {
                Body::Tally { action, object, reason } => self.negotiate(action, object, reason),
                Body::Chit { action, object } => self.chit(action, object, &known),
                Body::Chain(chain) => self.consent(chain, &known),
                Body::Ticket { .. } | Body::Unknown { .. } => Err(Refusal::Misfit("not about a tally")),
            },
        }
    }

    fn out_of_turn<T>(&self, input: &Input) -> Result<T, Refusal> {
        Err(Refusal::OutOfTurn { phase: self.phase.as_str(), input: input.name() })
    }

    fn delivered(&mut self, subject: Subject) -> Vec<Effect> {
        match (subject, self.phase) {
            (Subject::Offer(_), Phase::Offering) => self.enter(Phase::Offered),
            (Subject::Answer(_), Phase::Accepting) => self.enter(Phase::Open),
            (Subject::Answer(_), Phase::Refusing) => self.enter(Phase::Void),
            (Subject::Chit(_, chit), _) => vec![Effect::Save(Change::Delivered(chit)), self.told()],
            _ => Vec::new(),
        }
    }

    fn enter(&mut self, phase: Phase) -> Vec<Effect> {
        self.phase = phase;
        vec![Effect::Save(Change::Tally), self.told()]
    }

    fn told(&self) -> Effect {
        Effect::Tell(Happening::Tally(self.id))
    }

    fn cert(&self, half: Half) -> Option<&Certificate> {
        self.object.side(half).cert.as_ref()
    }

    /// A message to the partner; both addresses come from the certificates inside the tally.
    fn send(&self, subject: Subject, keep: Keep, body: Body) -> Result<Effect, Refusal> {
        let chad = |half: Half| -> Result<Chad, Refusal> {
            self.cert(half).map(|cert| cert.chad().clone()).ok_or(Refusal::Misfit("a certificate is missing"))
        };
        let envelope = Envelope::new(chad(self.mine.other())?, chad(self.mine)?, body);
        Ok(Effect::Send(Box::new(Outgoing { subject, keep, envelope })))
    }
}
