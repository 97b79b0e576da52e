//! One tally, seen from our half: a machine (protocol.md 7–10).
//!
//! [`Tally::handle`] takes one input and says what must follow. It never reads a clock, never draws a random number and
//! never signs: whoever calls it brings identifiers, dates and signatures. A repeated input changes nothing, so callers
//! and partners may retry freely.

mod accounts;
mod asking;
mod consensus;
mod difference;
mod dispute;
mod ledger;
mod mending;
mod negotiation;
mod object;
mod phase;

pub use difference::{Difference, differences};
pub use dispute::Dispute;
pub use object::{BadTally, ComposeTally, Revision, Side, TallyObject, Unsigned};
pub use phase::Phase;

use crate::certificate::Certificate;
use crate::chad::Chad;
use crate::chain::{Chain, Linked};
use crate::chit::ChitObject;
use crate::date::Date;
use crate::effect::{Change, Effect, Happening, Keep, Outgoing, Subject};
use crate::ids::{AgentId, ChitId, Digest, Half, TallyId};
use crate::lift::{LiftKey, Waive};
use crate::message::{Body, Envelope};
use crate::refusal::Refusal;
use crate::request::Request;
use crate::settings::Settings;
use crate::units::Units;

/// One side's copy of a tally.
#[derive(Clone, Debug, PartialEq)]
pub struct Tally(Record);

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
    /// The version before this one, once somebody has changed an offer.
    pub previous: Option<TallyObject>,
    /// The partner says that they are changing what we offered.
    pub revising: bool,
    /// Its chain, once it was opened.
    pub chain: Option<Chain>,
    /// Sum of all good chits; positive when the partner owes us.
    pub balance: Units,
    /// The settings of both sides as they stand at the agreed index; those of the tail come on top.
    pub settings: Settled,
    /// What keeps the two copies from matching, if anything does.
    pub dispute: Option<Dispute>,
    /// Why it was refused, in the words of whoever refused.
    pub reason: Option<String>,
}

/// Settings of both sides, kept apart.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Settled {
    /// Ours.
    pub mine: Settings,
    /// The partner's.
    pub theirs: Settings,
}

/// What the ledger knows already about things a message names; the machine holds only what may still change.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Known {
    /// Chits of the agreed part: those a message names, the one at the index it speaks of, and for a `req` those from
    /// that index on, as many as a page may hold.
    pub chits: Vec<Linked>,
    /// Requests of the names in the message.
    pub requests: Vec<Request>,
    /// How many requests of the partner's wait for our person.
    pub waiting: usize,
    /// The partner's waives of our own promises that a message shows as good, each checked when it came.
    pub waived: Vec<Waive>,
}

/// Everything that can happen to a tally.
#[derive(Clone, Debug, PartialEq)]
pub enum Input {
    /// A ticket of ours was used: this is the partner's certificate.
    Answered(Certificate),
    /// The person signed a draft or a counter-offer: offer it.
    Offer(TallyObject),
    /// The person begins to change what the partner offers.
    Revise,
    /// The person signed what the partner offers.
    Accept(TallyObject),
    /// The person refuses what the partner offers, perhaps saying why.
    Refuse(Option<String>),
    /// The person takes back an offer that nobody has answered.
    Withdraw,
    /// The person signed a payment or new settings.
    Sign(ChitObject),
    /// A lift was committed: its chit, whoever gives, with its certificate beside it.
    Lifted {
        /// The chit.
        chit: ChitObject,
        /// Every key that its giver delegated in this chain, now or before: a lift that was held under one binds, whatever
        /// its giver signs afterwards.
        keys: Vec<LiftKey>,
    },
    /// The person signed what the partner asked for.
    Grant {
        /// The request as it stands.
        request: Request,
        /// The same chit, signed.
        chit: ChitObject,
    },
    /// The person takes back a payment or settings that have not left this wallet. Whoever calls must be sure of it.
    Cancel {
        /// Which.
        chit: ChitId,
        /// The request it was to answer, if it was.
        request: Option<Request>,
    },
    /// The person asks to be paid, for the first time or again with other words.
    Ask {
        /// The request under this name as it stands, if there is one.
        before: Option<Request>,
        /// What the partner is to sign.
        chit: ChitObject,
        /// Until when.
        until: Option<Date>,
    },
    /// The person refuses to pay what the partner asks for.
    Decline {
        /// The request as it stands.
        request: Request,
        /// Why, in their words.
        reason: Option<String>,
    },
    /// The person takes back a request.
    Unask(Request),
    /// A request has run out.
    Lapse(Request),
    /// The person wants the two copies compared, and gets whatever ours lacks.
    Compare,
    /// Our copy was found damaged. This tally is what is sound of it; up to this index both had agreed, at this hash.
    Mend {
        /// The highest index that had been agreed.
        index: u64,
        /// Our chain hash there.
        hash: Digest,
    },
    /// Our copy is whole again: these chits had been laid aside, each signed by its pledger, oldest first.
    PutBack {
        /// The chits.
        kept: Vec<ChitObject>,
        /// What the ledger knows of their names.
        known: Known,
    },
    /// A message of the partner's, over a link proven to be theirs.
    Received {
        /// The message.
        body: Body,
        /// What the ledger knows of what it names.
        known: Known,
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
            Self::Revise => "a revision of ours",
            Self::Accept(_) => "an acceptance of ours",
            Self::Refuse(_) => "a refusal of ours",
            Self::Withdraw => "a withdrawal of ours",
            Self::Sign(_) => "an entry of ours",
            Self::Lifted { .. } => "a lift",
            Self::Grant { .. } => "a granted request",
            Self::Cancel { .. } => "a cancelled entry",
            Self::Ask { .. } => "a request of ours",
            Self::Decline { .. } => "a refused request",
            Self::Unask(_) => "a request taken back",
            Self::Lapse(_) => "a request run out",
            Self::Compare => "a comparison",
            Self::Mend { .. } => "a damaged copy",
            Self::PutBack { .. } => "what was laid aside",
            Self::Received { .. } => "a message",
            Self::Delivered(_) => "a delivery",
        }
    }
}

impl Tally {
    /// A fresh draft of ours.
    pub fn draft(mine: Half, object: TallyObject) -> Self {
        Self(Record {
            id: object.uuid(),
            mine,
            phase: Phase::Draft,
            object,
            previous: None,
            revising: false,
            chain: None,
            balance: Units::ZERO,
            settings: Settled::default(),
            dispute: None,
            reason: None,
        })
    }

    /// Puts a stored tally together again.
    pub const fn restore(record: Record) -> Self {
        Self(record)
    }

    /// What the ledger keeps of it.
    pub const fn record(&self) -> &Record {
        &self.0
    }

    /// Its name.
    pub const fn id(&self) -> TallyId {
        self.0.id
    }

    /// The half we hold.
    pub const fn mine(&self) -> Half {
        self.0.mine
    }

    /// Where it stands.
    pub const fn phase(&self) -> Phase {
        self.0.phase
    }

    /// The agreement, as last signed or drafted.
    pub const fn object(&self) -> &TallyObject {
        &self.0.object
    }

    /// The version before, once an offer was changed.
    pub const fn previous(&self) -> Option<&TallyObject> {
        self.0.previous.as_ref()
    }

    /// Whether the partner says that they are changing our offer.
    pub const fn is_revised_by_partner(&self) -> bool {
        self.0.revising
    }

    /// Its chain, once it was opened.
    pub const fn chain(&self) -> Option<&Chain> {
        self.0.chain.as_ref()
    }

    /// Sum of all good chits, in milli-CHIPs; positive when the partner owes us.
    pub const fn balance(&self) -> Units {
        self.0.balance
    }

    /// What keeps the two copies from matching, if anything does.
    pub const fn dispute(&self) -> Option<&Dispute> {
        self.0.dispute.as_ref()
    }

    /// The part of the balance that the partner's wallet has not accepted yet: our own chits beyond the agreed index.
    pub fn waiting(&self) -> Units {
        let ours = self.tail().iter().filter(|linked| linked.chit.by() == self.0.mine);
        ours.filter_map(|linked| linked.chit.change_for(self.0.mine))
            .fold(Units::ZERO, |sum, change| sum.checked_add(change).unwrap_or(sum))
    }

    /// Why it was refused, in the words of whoever refused.
    pub fn reason(&self) -> Option<&str> {
        self.0.reason.as_deref()
    }

    /// The partner's agent, once their certificate is in.
    pub fn partner(&self) -> Option<AgentId> {
        self.cert(self.0.mine.other()).map(|cert| cert.chad().agent())
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
            Input::Revise => self.revise(),
            Input::Accept(object) => self.accept(object),
            Input::Refuse(reason) => self.refuse(reason),
            Input::Withdraw => self.withdraw(),
            Input::Sign(chit) => self.sign(chit),
            Input::Lifted { chit, keys } => self.lifted(chit, &keys),
            Input::Grant { request, chit } => self.grant(request, chit),
            Input::Cancel { chit, request } => self.cancel(chit, request),
            Input::Ask { before, chit, until } => self.ask(before, chit, until),
            Input::Decline { request, reason } => self.decline(request, reason),
            Input::Unask(request) => self.unask(request),
            Input::Lapse(request) => Ok(self.lapse(request)),
            Input::Compare => self.compare(),
            Input::Mend { index, hash } => self.mend(index, hash),
            Input::PutBack { kept, known } => self.put_back(kept, &known),
            Input::Delivered(subject) => Ok(self.delivered(subject)),
            Input::Received { body, known } => match body {
                Body::Tally { action, object, reason } => self.negotiate(action, object, reason),
                Body::Chit { action, object, reason, until } => {
                    self.receive_chit(action, object, reason, until, &known)
                }
                Body::Chain(chain) => self.consent(chain, &known),
                Body::Ticket { .. }
                | Body::Places(_)
                | Body::Noted { .. }
                | Body::Lift(_)
                | Body::Unknown { .. } => Err(Refusal::Misfit("not about a tally")),
            },
        }
    }

    fn out_of_turn<T>(&self, input: &Input) -> Result<T, Refusal> {
        Err(self.untimely(input.name()))
    }

    const fn untimely(&self, input: &'static str) -> Refusal {
        Refusal::OutOfTurn { phase: self.0.phase.as_str(), input }
    }

    fn delivered(&mut self, subject: Subject) -> Vec<Effect> {
        match (subject, self.0.phase) {
            (Subject::Offer(_), Phase::Offering) => self.enter(Phase::Offered),
            (Subject::Answer(_), Phase::Refusing) => self.enter(Phase::Void),
            (Subject::Answer(_), Phase::Revising) => self.enter(Phase::PartnerDraft),
            (Subject::Chit(_, chit), _) => vec![Effect::Save(Change::Delivered(chit)), self.told()],
            _ => Vec::new(),
        }
    }

    fn enter(&mut self, phase: Phase) -> Vec<Effect> {
        self.0.phase = phase;
        vec![Effect::Save(Change::Tally), self.told()]
    }

    const fn told(&self) -> Effect {
        Effect::Tell(Happening::Tally(self.0.id))
    }

    fn cert(&self, half: Half) -> Option<&Certificate> {
        self.0.object.cert(half)
    }

    /// The part of the chain that may still move.
    fn tail(&self) -> &[Linked] {
        self.0.chain.as_ref().map_or(&[], Chain::tail)
    }

    /// A message to the partner; both addresses come from the certificates inside the tally.
    fn send(&self, subject: Subject, keep: Keep, body: Body) -> Result<Effect, Refusal> {
        let chad = |half: Half| -> Result<Chad, Refusal> {
            self.cert(half).map(|cert| cert.chad().clone()).ok_or(Refusal::Misfit("a certificate is missing"))
        };
        let envelope = Envelope::new(chad(self.0.mine.other())?, chad(self.0.mine)?, body);
        Ok(Effect::Send(Box::new(Outgoing { subject, keep, envelope })))
    }
}
