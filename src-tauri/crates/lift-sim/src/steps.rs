//! What a wallet does when something happens: the host's part, between the wire and the machines.

use std::sync::Arc;

use tallystick_core::lift::bucket::FROM_PARTNER;
use tallystick_core::lift::mutant::{self, Mutant};
use tallystick_core::lift::probe::Probe;
use tallystick_core::lift::referee::{Query, Verdict, judge};
use tallystick_core::lift::{
    Arrived, Core, Heard, Input, Lift, LiftHash, Message, Next, Purpose, Refusal, Road, Say, Search, Signer,
    Told, ack_unknown, proof,
};
use tallystick_core::{Date, TallyId};

use crate::wallet::{Entry, Step, Wallet};

impl Wallet {
    /// Begins a lift of its own.
    pub(crate) fn begin(&self, core: Core, next: Next, now: Date) -> Result<Step, Refusal> {
        let lines = self.lines(now);
        let known = self.known(&lines, core.session());
        let (_, effects) = Lift::begin(core, next, &known, now)?;
        let mut step = Step::default();
        self.gather(&mut step, effects);
        Ok(step)
    }

    /// Takes a message; nothing follows from what is not for it.
    pub(crate) fn receive(&self, from: usize, message: &Message, now: Date) -> Option<Step> {
        let shares = |tally: &TallyId| self.disk.accounts.get(tally).is_some_and(|a| a.partner == from);
        match message {
            Message::Promise(promise) => {
                let input = Input::Promise(promise.clone());
                let known_lift = self.disk.lifts.contains_key(&promise.lift());
                match shares(&promise.chit().tally()) {
                    true if known_lift => self.go_on(promise.lift(), input, now),
                    true => self.meet(promise.clone(), now),
                    false => None,
                }
            }
            Message::Waive(waive) if shares(&waive.tally()) => {
                self.go_on(waive.lift(), Input::Waive(waive.clone()), now)
            }
            Message::Ack(ack) if shares(&ack.tally) => {
                self.go_on(ack.lift, Input::Acked(ack.tally, ack.what), now)
            }
            Message::Decision(told) => {
                if told.tally.is_some_and(|tally| !shares(&tally)) {
                    return None;
                }
                let lift = told.cert.lift();
                match told.tally {
                    Some(tally) if !self.disk.lifts.contains_key(&lift) => self.learn(told, tally, now),
                    _ => self.go_on(lift, Input::Decision(told.clone()), now),
                }
            }
            Message::Claim(plea) => self.judge(from, &Query::Claim(plea.clone()), now),
            Message::Abort(plea) => self.judge(from, &Query::Abort(plea.clone()), now),
            Message::Status(core) => self.judge(from, &Query::Status(core.clone()), now),
            Message::Probe(probe) => self.searched(from, |tally| Heard::Probe(tally, *probe), *probe, now),
            Message::Match(found) => {
                let search = self.disk.searches.get(&found.sid)?.clone();
                let tally = self.tally_with(from)?;
                Some(self.search(search, Heard::Match(tally, *found), now))
            }
            // A dead end only saves questions: here they are asked all the same.
            Message::Waive(_) | Message::Ack(_) | Message::DeadEnd(_) => None,
        }
    }

    /// The partner's copy of the chain has a committed lift in it that ours has not: either of us gives by it.
    pub(crate) fn chained(&self, from: usize, entry: &Entry, now: Date) -> Option<Step> {
        let chit = entry.promise.chit();
        let (tally, name) = (chit.tally(), chit.uuid());
        let account = self.disk.accounts.get(&tally).filter(|account| account.partner == from)?;
        if account.booked.iter().any(|(booked, _)| *booked == name) {
            return None;
        }
        let gives = chit.by() == account.half;
        let key = if gives { self.keys.key(Purpose::Delegate) } else { account.their_key };
        proof::check(&entry.promise.proven(&entry.cert), &key).ok()?;
        let lift = self.disk.lifts.get(&entry.promise.lift());
        let known = lift.map(|lift| lift.record());
        let unread = mutant::is(Mutant::WaiveUnread);
        let given_up = known.is_some_and(|record| record.given_up(tally).is_some());
        if gives && !unread && (given_up || self.disk.waived.contains_key(&name)) {
            // They gave it up in writing: the copies differ from here on, and ours is right.
            return None;
        }
        let mut step = Step { chained: Some((tally, name)), ..Step::default() };
        self.book(&mut step, entry.clone());
        if let Some(lift) = lift.filter(|_| !mutant::is(Mutant::ChainUnheard)) {
            let mut lift = Lift::clone(lift);
            let lines = self.lines(now);
            let input = Input::Chained(Box::new(entry.promise.clone()), Box::new(entry.cert.clone()));
            let known = self.known(&lines, lift.record().core.session());
            if let Ok(effects) = lift.handle(input, &known, now) {
                self.gather(&mut step, effects);
            }
        }
        Some(step)
    }

    /// Its time has come.
    pub(crate) fn wake(&self, lift: LiftHash, now: Date) -> Option<Step> {
        self.go_on(lift, Input::Wake, now)
    }

    /// The person gives it up.
    pub(crate) fn abort(&self, lift: LiftHash, now: Date) -> Option<Step> {
        self.go_on(lift, Input::Abort, now)
    }

    /// Begins a search of its own.
    pub(crate) fn ask(&self, probe: Probe, now: Date) -> Step {
        let known = self.disk.searches.get(&probe.sid).cloned();
        let search = known.unwrap_or_else(|| Search::new(probe.sid, probe.exp));
        self.search(search, Heard::Begin(probe), now)
    }

    fn meet(&self, promise: tallystick_core::lift::Promise, now: Date) -> Option<Step> {
        let lines = self.lines(now);
        let known = self.known(&lines, promise.core().session());
        let (_, effects) = Lift::meet(promise, &known, now).ok()?;
        let mut step = Step::default();
        self.gather(&mut step, effects);
        Some(step)
    }

    fn learn(&self, told: &Told, tally: TallyId, now: Date) -> Option<Step> {
        let lines = self.lines(now);
        let session = told.promise.as_ref().map(|promise| promise.core().session()).unwrap_or_default();
        let effects = match Lift::learn(told.clone(), &self.known(&lines, session)) {
            Ok((_, effects)) => effects,
            // Nothing in it for us; but whoever says it may stop.
            Err(_) => vec![ack_unknown(told.cert.lift(), tally, Arrived::Decision(told.cert.decision()))],
        };
        let mut step = Step::default();
        self.gather(&mut step, effects);
        Some(step)
    }

    fn go_on(&self, hash: LiftHash, input: Input, now: Date) -> Option<Step> {
        let mut lift = Lift::clone(self.disk.lifts.get(&hash)?);
        let lines = self.lines(now);
        let known = self.known(&lines, lift.record().core.session());
        let effects = lift.handle(input, &known, now).ok()?;
        let mut step = Step::default();
        self.gather(&mut step, effects);
        Some(step)
    }

    fn judge(&self, from: usize, query: &Query, now: Date) -> Option<Step> {
        if !self.referee {
            return None;
        }
        let known = self.disk.decided.get(&query.core().hash());
        let mut step = Step::default();
        let cert = match judge(query, known, self.keys.as_ref(), now).ok()? {
            Verdict::Stands(cert) => cert,
            Verdict::Decided(cert) => {
                step.decided = Some(cert.clone());
                cert
            }
            Verdict::Open => return None,
        };
        step.once.push((from, Arc::new(Message::Decision(Told { cert, tally: None, promise: None }))));
        Some(step)
    }

    fn searched(
        &self,
        from: usize,
        heard: impl FnOnce(TallyId) -> Heard,
        probe: Probe,
        now: Date,
    ) -> Option<Step> {
        let tally = self.tally_with(from)?;
        let mut bucket = self.disk.accounts.get(&tally)?.bucket;
        // What a question may cost us further on is paid for by whoever asks it.
        if !bucket.take(1 + probe.budget, FROM_PARTNER, now) {
            return None;
        }
        let known = self.disk.searches.get(&probe.sid).cloned();
        let search = known.unwrap_or_else(|| Search::new(probe.sid, probe.exp));
        let mut step = self.search(search, heard(tally), now);
        step.bucket = Some((tally, bucket, 1 + probe.budget));
        Some(step)
    }

    fn search(&self, mut search: Search, heard: Heard, now: Date) -> Step {
        let says = search.handle(heard, &self.roads(now), now);
        let mut step = Step::default();
        for say in says {
            let (tally, message) = match say {
                Say::Probe(tally, probe) => (tally, Message::Probe(probe)),
                Say::Match(tally, found) => (tally, Message::Match(found)),
                Say::DeadEnd(tally, end) => (tally, Message::DeadEnd(end)),
                Say::Found(next, units) => {
                    step.found = Some((search.sid, next, units));
                    continue;
                }
            };
            if let Some(account) = self.disk.accounts.get(&tally) {
                step.once.push((account.partner, Arc::new(message)));
            }
        }
        step.search = Some(search);
        step
    }

    fn roads(&self, now: Date) -> Vec<Road> {
        let lines = self.lines(now);
        let roads = lines.iter().map(|line| Road {
            tally: line.tally,
            gain: line.gain().free,
            give: line.give().free,
            away: false,
        });
        roads.collect()
    }

    /// In the small worlds two wallets share one tally.
    pub(crate) fn tally_with(&self, partner: usize) -> Option<TallyId> {
        let mut shared = self.disk.accounts.iter().filter(|(_, account)| account.partner == partner);
        shared.next().map(|(tally, _)| *tally)
    }
}
