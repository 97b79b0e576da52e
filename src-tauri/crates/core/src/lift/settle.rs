//! How a lift ends here: waives, decisions, and asking for them (lifts.md 4, 5).

use crate::date::Date;
use crate::ids::TallyId;
use crate::lift::effect::{Change, Effect, Happening, Keep, Subject, To};
use crate::lift::key::{Purpose, Tag};
use crate::lift::known::Known;
use crate::lift::machine::{Lift, Refusal, send, send_waive};
use crate::lift::message::{Arrived, Message, Told};
use crate::lift::mutant::{self, Mutant};
use crate::lift::paper::{Cert, Decision, Waive, Why};
use crate::lift::plea::Plea;
use crate::lift::promise::Promise;
use crate::lift::record::{Leg, LegState, Part};
use crate::lift::timer;

impl Lift {
    /// A promise came again: say again what became of it.
    pub(super) fn repeat(&self, leg: &Leg) -> Vec<Effect> {
        match (leg.state, &leg.waive, &self.0.cert) {
            (LegState::Waived, Some(waive), _) => vec![send_waive(waive.clone())],
            (LegState::Good | LegState::Void, _, Some(cert)) => {
                vec![self.ack(leg.tally(), Arrived::Promise), self.tell(cert, leg.tally())]
            }
            _ => vec![self.ack(leg.tally(), Arrived::Promise)],
        }
    }

    /// The receiver of our promise gave it up in writing.
    pub(super) fn waived(&mut self, waive: &Waive, known: &Known<'_>) -> Result<Vec<Effect>, Refusal> {
        let tally = waive.tally();
        let Some(leg) = self.0.outgoing.as_mut().filter(|leg| leg.tally() == tally) else {
            return Err(Refusal::Misfit);
        };
        let key = known.line(tally).and_then(|line| line.their_key).ok_or(Refusal::Line)?;
        if waive.lift() != self.0.core.hash() {
            return Err(Refusal::Misfit);
        }
        if !mutant::is(Mutant::SkipWaiveSignature) {
            waive.verify(&key).map_err(|_| Refusal::Signature)?;
        }
        let was = leg.state;
        if matches!(was, LegState::Good | LegState::Waived) {
            // Good is good; and a waive that comes again needs its answer again.
            return Ok(vec![self.ack(tally, Arrived::Waive)]);
        }
        leg.state = LegState::Waived;
        leg.waive = Some(waive.clone());
        let further = self.give_up(known);
        let mut effects = vec![
            self.save(),
            self.told(),
            Effect::Settle(Subject::Promise(self.lift(), tally)),
            self.ack(tally, Arrived::Waive),
        ];
        effects.extend(further);
        if self.0.part == Part::Originator {
            effects.push(Effect::Tell(Happening::Failed(self.lift(), waive.why())));
        }
        Ok(effects)
    }

    /// With nothing promised any more, a relay gives up what it was promised: so a path backs out fast.
    fn give_up(&mut self, known: &Known<'_>) -> Vec<Effect> {
        let lift = self.lift();
        match self.0.incoming.as_mut().filter(|leg| leg.state.is_open()) {
            Some(leg) if self.0.part == Part::Relay => {
                let waive = Waive::sign(lift, leg.tally(), Why::Beyond, known.signer);
                leg.state = LegState::Waived;
                leg.waive = Some(waive.clone());
                vec![send_waive(waive)]
            }
            _ => Vec::new(),
        }
    }

    pub(super) fn acked(&mut self, tally: TallyId, what: Arrived) -> Vec<Effect> {
        let lift = self.lift();
        match what {
            Arrived::Waive => vec![Effect::Settle(Subject::Waive(lift, tally))],
            Arrived::Decision(decision) => vec![Effect::Settle(Subject::Decision(lift, tally, decision))],
            Arrived::Promise => {
                let settled = Effect::Settle(Subject::Promise(lift, tally));
                match self.0.outgoing.as_mut().filter(|leg| leg.tally() == tally) {
                    Some(leg) if leg.state == LegState::Held => {
                        leg.state = LegState::Acked;
                        vec![self.save(), settled]
                    }
                    Some(_) => vec![settled],
                    None => Vec::new(),
                }
            }
        }
    }

    /// Somebody shows what the referee decided. A commit binds whatever was seen before it.
    pub(super) fn decided(&mut self, cert: Cert, from: Option<TallyId>) -> Result<Vec<Effect>, Refusal> {
        cert.verify(&self.0.core).map_err(|_| Refusal::Signature)?;
        let decision = cert.decision();
        let mut effects: Vec<Effect> =
            from.iter().map(|tally| self.ack(*tally, Arrived::Decision(decision))).collect();
        if let Some(tally) = from {
            // Whoever tells us knows it, and needs not be told.
            effects.push(Effect::Settle(Subject::Decision(self.lift(), tally, decision)));
        }
        match (self.0.decision(), decision) {
            (Some(Decision::Commit), Decision::Void) => {
                let better = self.0.cert.clone().zip(from);
                effects.extend(better.map(|(commit, tally)| self.tell(&commit, tally)));
                return Ok(effects);
            }
            (Some(Decision::Void), Decision::Commit) if mutant::is(Mutant::VoidIsFinal) => {
                return Ok(effects);
            }
            (Some(known), told) if known == told && !mutant::is(Mutant::BookTwice) => return Ok(effects),
            _ => {}
        }
        self.0.cert = Some(cert.clone());
        let next = match decision {
            Decision::Commit => LegState::Good,
            Decision::Void => LegState::Void,
        };
        let mut told = Vec::new();
        for leg in self.0.incoming.iter_mut().chain(&mut self.0.outgoing) {
            let again = mutant::is(Mutant::BookTwice) && leg.state == LegState::Good;
            if leg.state.is_open() || (leg.state == LegState::Void && next == LegState::Good) || again {
                leg.state = next;
                if next == LegState::Good {
                    let (promise, cert) = (Box::new(leg.promise.clone()), Box::new(cert.clone()));
                    effects.push(Effect::Save(Change::Book { promise, cert }));
                }
            }
            if leg.state == next && Some(leg.tally()) != from {
                told.push(leg.tally());
            }
        }
        let lift = self.lift();
        effects.insert(0, self.save());
        effects.push(self.told());
        effects
            .extend([Subject::Claim(lift), Subject::Abort(lift), Subject::Status(lift)].map(Effect::Settle));
        effects.extend(self.0.outgoing.iter().map(|leg| Effect::Settle(Subject::Promise(lift, leg.tally()))));
        if next == LegState::Good {
            let void = |tally: &TallyId| Effect::Settle(Subject::Decision(lift, *tally, Decision::Void));
            effects.extend(told.iter().map(void));
        } else if self.0.part == Part::Originator {
            effects.push(Effect::Tell(Happening::Failed(lift, Why::Time)));
        }
        effects.extend(told.into_iter().map(|tally| self.tell(&cert, tally)));
        Ok(effects)
    }

    /// The giver itself shows its chit as good: a promise that never got here, or one that we gave up in a letter that
    /// came too late. Value comes in, and none goes out for it; so we take it, and both copies stay the same.
    pub(super) fn given(&mut self, promise: &Promise, cert: &Cert) -> Vec<Effect> {
        let tally = promise.chit().tally();
        let mut legs = self.0.late.iter_mut().chain(&mut self.0.incoming);
        match legs.find(|leg| leg.tally() == tally) {
            Some(leg) if leg.state == LegState::Waived && leg.promise == *promise => {
                leg.state = LegState::Good
            }
            Some(_) => return Vec::new(),
            None => {
                let leg = Leg { promise: promise.clone(), state: LegState::Good, waive: None };
                self.0.late.push(leg);
            }
        }
        let subject = Subject::Waive(self.lift(), tally);
        let (promise, cert) = (Box::new(promise.clone()), Box::new(cert.clone()));
        let book = Effect::Save(Change::Book { promise, cert });
        vec![book, self.told(), self.save(), Effect::Settle(subject)]
    }

    /// The chain says that it counts. What was decided here before no longer matters: a commit binds.
    pub(super) fn chained(&mut self, promise: &Promise, cert: &Cert) -> Result<Vec<Effect>, Refusal> {
        let tally = promise.chit().tally();
        if *promise.core() != self.0.core {
            return Err(Refusal::Misfit);
        }
        let ours = self.0.outgoing.as_ref().is_some_and(|leg| leg.tally() == tally);
        if ours && self.0.given_up(tally).is_some() {
            return Err(Refusal::Misfit);
        }
        let mut effects = self.decided(cert.clone(), Some(tally))?;
        if !ours {
            // The giver's own word.
            effects.extend(self.given(promise, cert));
        }
        Ok(effects)
    }

    /// The originator asks for an end.
    pub(super) fn abort(&self, known: &Known<'_>) -> Result<Vec<Effect>, Refusal> {
        let core = &self.0.core;
        let session = core.session();
        if self.0.part != Part::Originator || *core.cancel() != known.signer.key(Purpose::Cancel(session)) {
            return Err(Refusal::NotOurs);
        }
        if !self.0.is_open() {
            return Ok(Vec::new());
        }
        let plea = Plea::sign(core.clone(), Purpose::Cancel(session), Tag::Abort, known.signer);
        let to = To::Referee(core.referee().clone());
        Ok(vec![send(Subject::Abort(self.lift()), Keep::UntilAnswered, to, Message::Abort(plea))])
    }

    /// The time has run out and nothing is known: ask, at growing intervals, for ever.
    pub(super) fn wake(&mut self, known: &Known<'_>, now: Date) -> Vec<Effect> {
        if self.0.wake_at().is_none_or(|at| now < at) {
            return Vec::new();
        }
        if mutant::is(Mutant::VoidAlone) {
            for leg in self.0.incoming.iter_mut().filter(|leg| leg.state.is_open()) {
                leg.state = LegState::Void;
            }
        }
        let mut effects = Vec::new();
        if mutant::is(Mutant::WaiveWhileOut) {
            effects.extend(self.give_up(known));
        }
        self.0.ask_at = Some(Date::from_millis(now.millis().saturating_add(timer::pause(self.0.asked))));
        self.0.asked = self.0.asked.saturating_add(1);
        if self.0.is_stale(now) && !self.0.stale {
            self.0.stale = true;
            effects.push(Effect::Tell(Happening::Stale(self.lift())));
        }
        effects.push(self.save());
        let (core, to) = (self.0.core.clone(), To::Referee(self.0.core.referee().clone()));
        effects.push(send(Subject::Status(self.lift()), Keep::Once, to, Message::Status(core)));
        effects
    }

    fn tell(&self, cert: &Cert, tally: TallyId) -> Effect {
        let subject = Subject::Decision(self.lift(), tally, cert.decision());
        let ours = self.0.outgoing.as_ref().filter(|leg| leg.tally() == tally && leg.state == LegState::Good);
        let promise = ours.map(|leg| Box::new(leg.promise.clone()));
        let message = Message::Decision(Told { cert: cert.clone(), tally: Some(tally), promise });
        send(subject, Keep::UntilAnswered, To::Partner(tally), message)
    }
}
