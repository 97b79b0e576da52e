//! What must hold (lifts.md 8), judged from outside: signatures are checked afresh, sums are made from what was booked.

use std::collections::BTreeSet;

use tallystick_core::lift::{
    Decision, LegState, LiftKey, Message, Part, Promise, Purpose, Record, Signer, Tag, Told,
};
use tallystick_core::{ChitId, TallyId};

use crate::wallet::{Account, Step, Wallet};
use crate::world::World;

impl World {
    pub(crate) fn fault(&mut self, rule: &str, what: String) {
        self.note(|| format!("BROKEN {rule}: {what}"));
        self.faults.push(format!("{rule}: {what}"));
    }

    fn honest(&self, node: usize) -> bool {
        self.liars[node].is_none()
    }

    /// Looks at a step that was committed.
    pub(crate) fn witness(&mut self, node: usize, step: &Step) {
        for message in step.once.iter().map(|(_, message)| message).chain(step.rows.iter().map(|row| &row.2))
        {
            if let Message::Waive(waive) = message.as_ref() {
                self.waived.insert((node, waive.lift(), waive.tally()));
            }
            if let (Message::Decision(Told { cert, tally: None, .. }), true) =
                (message.as_ref(), self.wallets[node].referee)
            {
                self.decisions.entry(cert.lift()).or_default().insert(cert.decision());
                if !self.plan.lying_referee && self.decisions[&cert.lift()].len() > 1 {
                    self.fault("I5", "the referee decided twice".to_owned());
                }
            }
        }
        if let Some(cert) = step.decided.as_ref().filter(|cert| cert.decision() == Decision::Commit) {
            let core = self.wallets.iter().find_map(|wallet| wallet.disk.lifts.get(&cert.lift()));
            let late = core.is_some_and(|lift| cert.at() >= lift.record().core.exp());
            if late {
                self.fault("I5", "the referee committed after the time had run out".to_owned());
            }
        }
        if let Some((tally, _, cost)) = step.bucket {
            self.look_at_buckets(node, tally, cost);
            let further = step.once.iter().map(|(_, message)| match message.as_ref() {
                Message::Probe(probe) => 1 + probe.budget,
                _ => 0,
            });
            let further: u32 = further.sum();
            if further >= cost {
                self.fault("I10", format!("{node} asks on for {further} when {} were left", cost - 1));
            }
        }
        if !self.honest(node) {
            return;
        }
        for lift in &step.lifts {
            self.look_at(node, lift.record());
        }
        if !step.books.is_empty() || !step.lifts.is_empty() {
            self.look_at_bounds(node);
        }
    }

    /// One lift of one honest wallet.
    fn look_at(&mut self, node: usize, record: &Record) {
        let lift = record.lift();
        if let Some(outgoing) = &record.outgoing
            && record.part == Part::Relay
        {
            let covered = is_covered(record, outgoing.state);
            if !covered {
                self.fault("I4", format!("{node} has promised what it was not promised"));
            }
        }
        if let Some(leg) = &record.incoming {
            if self.waived.contains(&(node, lift, leg.tally())) && leg.state.is_open() {
                self.fault("I4", format!("{node} holds what it gave up in writing"));
            }
            let key = self.wallets[node].disk.accounts.get(&leg.tally()).map(|account| account.their_key);
            if !leg.state_is_waived() && !key.is_some_and(|key| is_sound(&leg.promise, &key)) {
                self.fault("I11", format!("{node} holds a promise that nobody made"));
            }
        }
        if let Some(leg) = record.outgoing.as_ref().filter(|leg| leg.state_is_waived()) {
            let key = self.wallets[node].disk.accounts.get(&leg.tally()).map(|account| account.their_key);
            let waive = leg.waive.as_ref().map(|waive| waive.to_value());
            let fresh = waive.and_then(|value| tallystick_core::lift::Waive::parse(&value).ok());
            let sound = fresh.zip(key).is_some_and(|(waive, key)| waive.verify(&key).is_ok());
            if !sound {
                self.fault("I11", format!("{node} believes a waive that nobody signed"));
            }
        }
        let decided = record.legs().any(|leg| matches!(leg.state, LegState::Good | LegState::Void));
        if decided && !self.is_decided(record) {
            self.fault("I11", format!("{node} believes a decision that the referee never made"));
        }
        if record.part == Part::Payee
            && record.incoming.as_ref().is_some_and(|leg| !leg.state_is_waived())
            && let Some(due) = self.wallets[node].disk.dues.get(&record.core.session())
            && due.units.is_some_and(|units| units != record.core.units())
        {
            self.fault("I3", format!("{node} claims another amount than it asked for"));
        }
    }

    /// The certificate, read and checked from its bytes, by the key that the core names.
    fn is_decided(&self, record: &Record) -> bool {
        let Some(cert) = &record.cert else { return false };
        let value = cert.to_value();
        let named = value["ref"].as_str().map(str::to_owned);
        let referee = self.wallets[self.wallets.len() - 1].keys.key(Purpose::Referee);
        let mut members = value.clone();
        let sign = value["sign"].as_str().and_then(|text| text.parse().ok());
        if let Some(members) = members.as_object_mut() {
            members.remove("sign");
        }
        let bytes = tallystick_core::canonical::signing(&members).unwrap_or_default();
        let claimed = cert
            .claim()
            .is_some_and(|claim| record.core.claim().verify(Tag::Claim, &record.core.bytes(), claim).is_ok());
        named == Some(referee.to_string())
            && (claimed || cert.decision() == Decision::Void)
            && cert.lift() == record.lift()
            && sign.is_some_and(|sign| referee.verify(Tag::Cert, &bytes, &sign).is_ok())
    }

    /// With an honest referee nothing passes a bound, whatever is decided.
    fn look_at_bounds(&mut self, node: usize) {
        let over = over(&self.wallets[node]);
        for (tally, by) in over.into_iter().filter(|(_, by)| *by > 0) {
            if self.plan.lying_referee {
                self.overshoot = self.overshoot.max(by);
            } else {
                self.fault("I6", format!("{node} is {by} over the bound of {tally}"));
            }
        }
    }

    /// Counts what a partner made us spend on searches.
    pub(crate) fn look_at_buckets(&mut self, node: usize, tally: TallyId, cost: u32) {
        let spent = self.spent.entry((node, tally)).or_default();
        *spent += i64::from(cost);
        let spent = *spent;
        let flow = tallystick_core::lift::bucket::FROM_PARTNER;
        let allowed = i64::from(flow.most) + (self.now - crate::world::BEGIN) / flow.every + 1;
        if self.honest(node) && spent > allowed {
            self.fault("I10", format!("{node} spent {spent} for one partner, {allowed} were allowed"));
        }
    }

    /// Everything came to rest.
    pub(crate) fn look_at_rest(&mut self) {
        let many = self.wallets.len();
        let mut found = Vec::new();
        for node in (0..many).filter(|node| self.honest(*node)) {
            let wallet = &self.wallets[node];
            // A lying referee may answer nonsense for ever: then the stale rule is what is left.
            let held =
                wallet.disk.lifts.values().filter(|lift| lift.record().is_open() && !self.plan.lying_referee);
            for lift in held {
                found
                    .push(("I7", format!("{node} still holds {}", crate::tell::short(lift.record().lift()))));
            }
            for (tally, account) in &wallet.disk.accounts {
                let names: BTreeSet<ChitId> = account.booked.iter().map(|(chit, _)| *chit).collect();
                if names.len() != account.booked.len() {
                    found.push(("I5", format!("{node} booked a chit twice")));
                }
                let other = &self.wallets[account.partner].disk.accounts[tally];
                let theirs: BTreeSet<ChitId> = other.booked.iter().map(|(chit, _)| *chit).collect();
                if self.honest(account.partner) && names != theirs {
                    found.push(("I1", format!("{node} and {} booked different lifts", account.partner)));
                }
                let sums = account.net.milli() + other.net.milli();
                if self.honest(account.partner) && sums != 0 {
                    found.push(("I2", format!("{node} and {} differ by {sums}", account.partner)));
                }
            }
            found.extend(self.gains(node));
        }
        if !self.liars.contains(&Some(crate::liar::Liar::Echo)) {
            for asked in self.probes.values() {
                // A flooder's own question, and what it may cost.
                if *asked > 65 {
                    found.push(("I10", format!("a search cost {asked} messages")));
                }
            }
        }
        for (rule, what) in found {
            self.fault(rule, what);
        }
    }

    /// Nobody loses by a lift but who pays, and who pays loses no more than was meant, once.
    fn gains(&self, node: usize) -> Vec<(&'static str, String)> {
        let wallet = &self.wallets[node];
        let mut found = Vec::new();
        for lift in wallet.disk.lifts.values().chain(self.forgotten.get(&node).into_iter().flatten()) {
            let record = lift.record();
            let change: i64 = self.changed(node, record);
            let units = record.core.units().milli();
            let payer =
                record.part == Part::Originator && record.core.aim() == tallystick_core::lift::Aim::Pay;
            let least = if payer { -units } else { 0 };
            if change < least {
                found.push(("I2", format!("{node} lost {change} by {}", crate::tell::short(record.lift()))));
            }
            // A liar may pay twice, at its own cost.
            let twice = change > units && self.plan.liars;
            if record.part == Part::Payee && change != 0 && change != units && !twice {
                found.push(("I3", format!("{node} was paid {change} of {units}")));
            }
        }
        for deal in self.deals.iter().filter(|deal| deal.path[0] == node && !deal.is_circle()) {
            let paid: i64 = self.session_change(node, deal);
            let payee = deal.payee();
            if paid < -deal.units {
                found.push(("I3", format!("{node} paid {paid} for {}", deal.units)));
            }
            if paid < 0 && self.honest(payee) && self.session_change(payee, deal) != -paid {
                found.push(("I3", format!("{node} paid, and {payee} was not paid")));
            }
        }
        found
    }

    fn changed(&self, node: usize, record: &Record) -> i64 {
        let accounts = &self.wallets[node].disk.accounts;
        let on = |(tally, account): (&TallyId, &Account)| -> i64 {
            let chit = record.lift().chit(*tally);
            account.booked.iter().filter(|(name, _)| *name == chit).map(|(_, change)| change).sum()
        };
        accounts.iter().map(on).sum()
    }

    fn session_change(&self, node: usize, deal: &crate::world::Deal) -> i64 {
        let records = self.wallets[node].disk.lifts.values().map(|lift| lift.record());
        let own = records.filter(|record| deal.lifts.contains(&record.lift()));
        own.map(|record| self.changed(node, record)).sum()
    }

    /// Says everything again that was ever said: nothing may change.
    pub(crate) fn look_at_echoes(&mut self) {
        let before: Vec<Vec<i64>> = self.nets();
        let mut traffic = std::mem::take(&mut self.traffic);
        for at in (1..traffic.len()).rev() {
            let other = self.dice.below(at + 1);
            traffic.swap(at, other);
        }
        for (from, to, message) in traffic {
            if self.liars[to].is_some() || self.wallets[to].referee {
                continue;
            }
            if let Some(step) = self.wallets[to].receive(from, &message, self.date()) {
                self.wallets[to].disk.commit(&step);
                self.witness(to, &step);
            }
        }
        // What a liar kept back may be the first that is heard of a lying referee's commit.
        if self.nets() != before && !self.plan.lying_referee {
            self.fault("I9", "old messages moved value".to_owned());
        }
        let honest = (0..self.wallets.len()).filter(|node| self.honest(*node));
        let open =
            honest.filter(|node| self.wallets[*node].disk.lifts.values().any(|lift| lift.record().is_open()));
        if open.count() > 0 && !self.plan.lying_referee {
            self.fault("I9", "old messages made a hold".to_owned());
        }
    }

    fn nets(&self) -> Vec<Vec<i64>> {
        let of = |wallet: &Wallet| wallet.disk.accounts.values().map(|a| a.net.milli()).collect();
        self.wallets.iter().map(of).collect()
    }
}

/// Whether what a relay was promised covers what it promised (I4).
pub(crate) fn is_covered(record: &Record, out: LegState) -> bool {
    use LegState::{Acked, Good, Held, Void, Waived};
    match (record.incoming.as_ref().map(|leg| leg.state), out) {
        (Some(Held | Acked), Held | Acked | Void | Waived) => true,
        (Some(Good), Good | Waived) | (Some(Void), Void | Waived) | (Some(Waived), Waived) => true,
        (Some(_), _) | (None, _) => false,
    }
}

/// By how much each bound of a wallet is passed, or could be by what is held (I6); below zero there is room.
pub(crate) fn over(wallet: &Wallet) -> Vec<(TallyId, i64)> {
    let by = |(tally, account): (&TallyId, &Account)| {
        let (mut hin, mut hout) = (0, 0);
        for lift in wallet.disk.lifts.values() {
            let (gain, give) = lift.record().holds(*tally);
            hin += gain.milli();
            hout += give.milli();
        }
        let begun = account.net.milli() - account.booked.iter().map(|(_, change)| change).sum::<i64>();
        let up = (account.net.milli() + hin) - account.mine.most().milli().max(begun);
        let down = (hout - account.net.milli()) - account.theirs.most().milli().max(-begun);
        (*tally, up.max(down))
    };
    wallet.disk.accounts.iter().map(by).collect()
}

/// A promise, judged from its bytes.
fn is_sound(promise: &Promise, key: &LiftKey) -> bool {
    let (chit, core) = (promise.chit(), promise.core());
    chit.uuid() == core.hash().chit(chit.tally())
        && chit.units() == Some(core.units())
        && chit
            .lift_signature()
            .is_some_and(|sign| key.verify(Tag::Chit, &chit.signing_bytes(), sign).is_ok())
}

trait IsWaived {
    fn state_is_waived(&self) -> bool;
}

impl IsWaived for tallystick_core::lift::Leg {
    fn state_is_waived(&self) -> bool {
        self.state == LegState::Waived
    }
}
