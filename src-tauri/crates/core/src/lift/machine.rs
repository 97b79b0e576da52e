//! One lift on one wallet: a machine (lifts.md 4, 5).
//!
//! [`Lift::begin`] and [`Lift::meet`] make one, [`Lift::handle`] takes it on. Nothing here reads a clock, draws a random
//! number or touches a disk; a repeated input changes nothing.

use crate::date::Date;
use crate::ids::TallyId;
use crate::lift::effect::{Change, Effect, Happening, Keep, Outgoing, Subject, To};
use crate::lift::key::{Purpose, Tag};
use crate::lift::known::{Known, Next};
use crate::lift::message::{Ack, Arrived, Message, Told};
use crate::lift::mutant::{self, Mutant};
use crate::lift::object::{Aim, Core, LiftHash};
use crate::lift::paper::{Cert, Decision, Waive, Why};
use crate::lift::plea::Plea;
use crate::lift::promise::Promise;
use crate::lift::record::{Leg, LegState, Part, Record};
use crate::lift::timer;

/// One lift on one wallet.
#[derive(Clone, Debug, PartialEq)]
pub struct Lift(pub(super) Record);

/// What can happen to a lift that is known here.
#[derive(Clone, Debug, PartialEq)]
pub enum Input {
    /// A partner promises.
    Promise(Promise),
    /// A partner gives our promise up.
    Waive(Waive),
    /// A partner says that it has something.
    Acked(TallyId, Arrived),
    /// Somebody shows a decision: the partner of a tally, or else the referee.
    Decision(Told),
    /// The chain of a tally has a chit of this lift in it, whoever gives, with the commit beside it; signature and commit
    /// were checked there. Whoever only shows it there tells us all the same.
    Chained(Box<Promise>, Box<Cert>),
    /// The originator gives it up, as far as the referee has not decided.
    Abort,
    /// Its time has come: [`Record::wake_at`].
    Wake,
}

/// A step that is not taken. It changed nothing; a stranger hears nothing of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// No tally here takes part like this.
    #[error("not over this tally")]
    Line,
    /// A signature does not check.
    #[error("a signature does not check")]
    Signature,
    /// It contradicts what is kept here.
    #[error("it does not fit what was promised")]
    Misfit,
    /// Ours: it cannot be begun like this.
    #[error("it cannot be begun: {0:?}")]
    Unfit(Why),
    /// One partner has too much going on here.
    #[error("too much is kept already")]
    Full,
    /// Ours: only who began it can end it.
    #[error("it was not begun here")]
    NotOurs,
}

type Step = Result<Vec<Effect>, Refusal>;

impl Lift {
    /// Puts a stored lift together again.
    pub const fn restore(record: Record) -> Self {
        Self(record)
    }

    /// What the ledger keeps.
    pub const fn record(&self) -> &Record {
        &self.0
    }

    /// Begins a lift of our own: the first promise goes out.
    ///
    /// # Errors
    /// [`Refusal::Unfit`] says which check it would fail.
    pub fn begin(
        core: Core,
        next: Next,
        known: &Known<'_>,
        now: Date,
    ) -> Result<(Self, Vec<Effect>), Refusal> {
        let session = core.session();
        let claims = *core.claim() == known.signer.key(Purpose::Claim(session));
        if *core.cancel() != known.signer.key(Purpose::Cancel(session))
            || claims != (core.aim() == Aim::Clear)
        {
            return Err(Refusal::NotOurs);
        }
        let way = Next { hops: next.hops + 1, ..next };
        fits_time(&core, way.hops, now).map_err(Refusal::Unfit)?;
        if !known.trust.accepts(core.referee(), core.units()) {
            return Err(Refusal::Unfit(Why::Referee));
        }
        let mut lift = Self(Record::new(core, Part::Originator));
        let out = lift.promise(next.tally, known, now).map_err(Refusal::Unfit)?;
        let mut effects = vec![lift.save(), lift.told()];
        effects.extend(out);
        Ok((lift, effects))
    }

    /// Takes the first promise of a lift that is not known here.
    ///
    /// # Errors
    /// [`Refusal`] for what deserves no answer. What is merely not wanted is waived in writing.
    pub fn meet(promise: Promise, known: &Known<'_>, now: Date) -> Result<(Self, Vec<Effect>), Refusal> {
        let core = promise.core().clone();
        let part = if known.due.is_some() && is_claimed_by(&core, known) { Part::Payee } else { Part::Relay };
        let mut lift = Self(Record::new(core, part));
        let effects = lift.take(promise, known, now)?;
        Ok((lift, effects))
    }

    /// Takes a commit with the promise it makes good, of a lift that is not known here: the promise itself was lost.
    ///
    /// # Errors
    /// [`Refusal`] if there is nothing in it for us, or it is not signed as it must be.
    pub fn learn(told: Told, known: &Known<'_>) -> Result<(Self, Vec<Effect>), Refusal> {
        let promise = told.promise.clone().ok_or(Refusal::Misfit)?;
        let mut lift = Self(Record::new(promise.core().clone(), Part::Relay));
        let effects = lift.shown(told, known)?;
        Ok((lift, effects))
    }

    fn shown(&mut self, told: Told, known: &Known<'_>) -> Step {
        let mut effects = self.decided(told.cert.clone(), told.tally)?;
        if let Some(promise) = told.promise
            && told.cert.decision() == Decision::Commit
            && Some(promise.chit().tally()) == told.tally
            && *promise.core() == self.0.core
        {
            self.check_line(&promise, known)?;
            effects.extend(self.given(&promise, &told.cert));
        }
        Ok(effects)
    }

    /// Takes one input at one instant and says what must follow.
    ///
    /// # Errors
    /// [`Refusal`]; the lift is then exactly what it was.
    pub fn handle(&mut self, input: Input, known: &Known<'_>, now: Date) -> Step {
        let mut next = self.clone();
        let effects = match input {
            Input::Promise(promise) => next.promised(promise, known, now)?,
            Input::Waive(waive) => next.waived(&waive, known)?,
            Input::Acked(tally, what) => next.acked(tally, what),
            Input::Decision(told) => next.shown(told, known)?,
            Input::Chained(promise, cert) => next.chained(&promise, &cert)?,
            Input::Abort => next.abort(known)?,
            Input::Wake => next.wake(known, now),
        };
        *self = next;
        Ok(effects)
    }

    /// A promise for a lift that is known here: a repetition, the end of our circle, or a loop.
    fn promised(&mut self, promise: Promise, known: &Known<'_>, now: Date) -> Step {
        let tally = promise.chit().tally();
        if let Some(leg) = self.0.incoming.clone().filter(|leg| leg.tally() == tally) {
            let forgets = mutant::is(Mutant::ForgetWaive) && leg.state == LegState::Waived;
            if forgets && known.next.is_some() {
                self.0.incoming = None;
                return self.take(promise, known, now);
            }
            return if leg.promise == promise { Ok(self.repeat(&leg)) } else { Err(Refusal::Misfit) };
        }
        if let Some(waive) = self.0.refused.iter().find(|waive| waive.tally() == tally) {
            return Ok(vec![send_waive(waive.clone())]);
        }
        let circle = self.0.part == Part::Originator && self.0.core.aim() == Aim::Clear;
        if circle && self.0.incoming.is_none() {
            return self.take(promise, known, now);
        }
        self.check_line(&promise, known)?;
        if self.0.refused.len() >= MAX_REFUSED {
            return Err(Refusal::Full);
        }
        let waive = Waive::sign(self.lift(), tally, Why::Loop, known.signer);
        self.0.refused.push(waive.clone());
        Ok(vec![self.save(), send_waive(waive)])
    }

    /// Takes a promise in, passes it on or claims it; or waives it with a reason.
    fn take(&mut self, promise: Promise, known: &Known<'_>, now: Date) -> Step {
        self.check_line(&promise, known)?;
        let tally = promise.chit().tally();
        let mut leg = Leg::new(promise);
        match self.proceed(tally, known, now) {
            Ok(further) => {
                let unheld = mutant::is(Mutant::ForwardUnheld) && self.0.part == Part::Relay;
                self.0.incoming = (!unheld).then_some(leg);
                let mut effects = vec![self.save(), self.told(), self.ack(tally, Arrived::Promise)];
                effects.extend(further);
                Ok(effects)
            }
            Err(why) => {
                let waive = Waive::sign(self.lift(), tally, why, known.signer);
                leg.state = LegState::Waived;
                leg.waive = Some(waive.clone());
                self.0.incoming = Some(leg);
                Ok(vec![self.save(), send_waive(waive)])
            }
        }
    }

    /// What deserves no answer: a tally that is not ours, a signature that is not the partner's.
    fn check_line(&self, promise: &Promise, known: &Known<'_>) -> Result<(), Refusal> {
        let chit = promise.chit();
        let line = known.ours(chit.tally()).ok_or(Refusal::Line)?;
        let key = line.their_key.ok_or(Refusal::Line)?;
        let is_back = self.0.outgoing.as_ref().is_some_and(|leg| leg.tally() == chit.tally());
        if chit.by() != line.half.other() || is_back {
            return Err(Refusal::Misfit);
        }
        if !mutant::is(Mutant::SkipPromiseSignature) {
            promise.verify(&key).map_err(|_| Refusal::Signature)?;
        }
        if line.kept >= crate::lift::known::MAX_KEPT { Err(Refusal::Full) } else { Ok(()) }
    }

    /// The checks, in the order of lifts.md 5; then the next promise, or the claim.
    fn proceed(&mut self, tally: TallyId, known: &Known<'_>, now: Date) -> Result<Vec<Effect>, Why> {
        let core = self.0.core.clone();
        let line = known.ours(tally).filter(|line| line.takes_part()).ok_or(Why::Shut)?;
        let ends_here = self.0.part != Part::Relay;
        let hops = if ends_here { 0 } else { known.next.map_or(1, |next| next.hops) };
        fits_time(&core, hops, now)?;
        if !known.trust.accepts(core.referee(), core.units()) {
            return Err(Why::Referee);
        }
        if line.gain().free < core.units() && !mutant::is(Mutant::SkipGain) {
            return Err(Why::Gain);
        }
        if ends_here {
            return self.claim(known, now);
        }
        let next = known.next.filter(|next| next.tally != tally).ok_or(Why::Route)?;
        self.promise(next.tally, known, now)
    }

    /// Our own promise on a tally.
    fn promise(&mut self, tally: TallyId, known: &Known<'_>, now: Date) -> Result<Vec<Effect>, Why> {
        let line = known.ours(tally).filter(|line| line.takes_part()).ok_or(Why::Shut)?;
        if line.give().free < self.0.core.units() {
            return Err(Why::Give);
        }
        if line.kept >= crate::lift::known::MAX_KEPT {
            return Err(Why::Full);
        }
        let signed = Promise::sign(self.0.core.clone(), tally, line.half, now, known.signer);
        let promise = signed.map_err(|_| Why::Other)?;
        self.0.outgoing = Some(Leg::new(promise.clone()));
        let subject = Subject::Promise(self.lift(), tally);
        Ok(vec![send(subject, Keep::UntilAnswered, To::Partner(tally), Message::Promise(promise))])
    }

    /// The promise that reached us is what the invoice, or the circle, is about: claim it.
    fn claim(&self, known: &Known<'_>, now: Date) -> Result<Vec<Effect>, Why> {
        let core = &self.0.core;
        let is_due = match (self.0.part, known.due) {
            (Part::Originator, _) => true,
            (Part::Relay, _) | (Part::Payee, None) => false,
            (Part::Payee, Some(due)) => {
                let amount = due.units.is_none_or(|units| units == core.units());
                (amount || mutant::is(Mutant::TakeAnyAmount))
                    && core.aim() == Aim::Pay
                    && core.payh() == Some(&due.payh)
                    && now < due.exp
            }
        };
        if !is_due || !is_claimed_by(core, known) {
            return Err(Why::Terms);
        }
        let plea = Plea::sign(core.clone(), Purpose::Claim(core.session()), Tag::Claim, known.signer);
        let to = To::Referee(core.referee().clone());
        Ok(vec![send(Subject::Claim(self.lift()), Keep::UntilAnswered, to, Message::Claim(plea))])
    }

    pub(super) fn lift(&self) -> LiftHash {
        self.0.core.hash()
    }

    pub(super) fn save(&self) -> Effect {
        Effect::Save(Change::Lift(Box::new(self.0.clone())))
    }

    pub(super) fn told(&self) -> Effect {
        Effect::Tell(Happening::Lift(self.lift()))
    }

    pub(super) fn ack(&self, tally: TallyId, what: Arrived) -> Effect {
        let lift = self.lift();
        let message = Message::Ack(Ack { lift, tally, what });
        send(Subject::Ack(lift, tally), Keep::Once, To::Partner(tally), message)
    }
}

/// Saying that something arrived to whoever goes on saying it, about a lift that is not known here.
pub fn ack_unknown(lift: LiftHash, tally: TallyId, what: Arrived) -> Effect {
    let message = Message::Ack(Ack { lift, tally, what });
    send(Subject::Ack(lift, tally), Keep::Once, To::Partner(tally), message)
}

fn is_claimed_by(core: &Core, known: &Known<'_>) -> bool {
    *core.claim() == known.signer.key(Purpose::Claim(core.session()))
}

/// Enough time must be left for the hops still to go and the claim, and not more than anybody should hold for.
fn fits_time(core: &Core, hops: u32, now: Date) -> Result<(), Why> {
    let left = core.exp().millis() - now.millis();
    let wanted = timer::CLAIM_MARGIN + timer::HOP_MARGIN * i64::from(hops);
    if left < wanted || left > timer::LONGEST { Err(Why::Time) } else { Ok(()) }
}

pub(super) fn send(subject: Subject, keep: Keep, to: To, message: Message) -> Effect {
    Effect::Send(Box::new(Outgoing { subject, keep, to, message }))
}

pub(super) fn send_waive(waive: Waive) -> Effect {
    let (lift, tally) = (waive.lift(), waive.tally());
    send(Subject::Waive(lift, tally), Keep::UntilAnswered, To::Partner(tally), Message::Waive(waive))
}

/// A lift that keeps coming round over other tallies is refused so many times in writing.
const MAX_REFUSED: usize = 8;
