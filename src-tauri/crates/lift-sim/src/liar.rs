//! Wallets that lie, with keys of their own; and a referee that says one thing here and another there.

use std::sync::Arc;

use serde_json::Value;
use tallystick_core::lift::probe::{Probe, Way};
use tallystick_core::lift::{
    Aim, Cert, ComposeCore, Core, Decision, Message, Plea, Promise, Purpose, RefereeAddress, Signer, Tag,
    Told, Waive, Why,
};
use tallystick_core::{Date, TallyId, Units};
use uuid::Uuid;

use crate::wallet::Step;
use crate::world::World;

/// A way of lying.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Liar {
    /// Hears nothing and says little.
    Silent,
    /// Signs for others, alters what others signed.
    Forger,
    /// Keeps back what it should pass on.
    Withholder,
    /// Promises the same thing twice, and gives up what it passed on.
    Doubler,
    /// Promises what it has no room for, or less than was asked.
    Boaster,
    /// Says old things again.
    Echo,
    /// Asks and asks.
    Flooder,
    /// Gives up in writing what it was promised, claims it all the same, and shows the commit in the chain.
    Retractor,
    /// Tells nobody of a commit; enters it into the chain, when it likes.
    Smuggler,
}

impl Liar {
    pub(crate) const ALL: [Self; 7] = [
        Self::Silent,
        Self::Forger,
        Self::Withholder,
        Self::Doubler,
        Self::Boaster,
        Self::Echo,
        Self::Flooder,
    ];

    /// Those who lie by what they have in their copy of a chain.
    pub(crate) const OF_CHAINS: [Self; 2] = [Self::Retractor, Self::Smuggler];
}

impl World {
    /// A liar gets an idea.
    pub(crate) fn lie(&mut self, node: usize) {
        if self.healed {
            return;
        }
        match self.liars[node] {
            None | Some(Liar::Silent | Liar::Withholder | Liar::Retractor | Liar::Smuggler) => {}
            Some(Liar::Forger) => self.forge(node),
            Some(Liar::Doubler) => self.double(node),
            Some(Liar::Boaster) => self.boast(node),
            Some(Liar::Echo) => self.echo(node),
            Some(Liar::Flooder) => self.flood(node),
        }
    }

    /// A lying referee shows whoever asks what it likes.
    pub(crate) fn equivocate(&mut self, node: usize, step: &mut Step) {
        if !self.plan.lying_referee || !self.wallets[node].referee {
            return;
        }
        for (_, message) in &mut step.once {
            if let Message::Decision(Told { cert, tally: None, .. }) = message.as_ref()
                && self.dice.chance(500)
            {
                let other = match cert.decision() {
                    Decision::Commit => Decision::Void,
                    Decision::Void => Decision::Commit,
                };
                let keys = self.wallets[node].keys.clone();
                // Without a claim it has none to show; it tries all the same.
                let claim = self.claims.get(&cert.lift()).copied().filter(|_| other == Decision::Commit);
                let cert = Cert::sign(cert.lift(), other, cert.at(), claim, keys.as_ref());
                *message = Arc::new(Message::Decision(Told { cert, tally: None, promise: None }));
            }
        }
    }

    fn neighbour(&mut self, node: usize) -> Option<(TallyId, usize)> {
        let around: Vec<(TallyId, usize)> = self.wallets[node]
            .disk
            .accounts
            .iter()
            .map(|(tally, account)| (*tally, account.partner))
            .collect();
        self.dice.pick(&around)
    }

    /// A core that looks like any other; for a session that somebody waits for, if there is one.
    fn made_up(&mut self, node: usize, units: i64) -> Option<Core> {
        let at = self.dice.below(self.deals.len());
        let (session, payee) =
            self.deals.get(at).map(|deal| (deal.session, deal.path[deal.path.len() - 1]))?;
        let keys = self.wallets[node].keys.clone();
        let claimer = if self.dice.chance(700) { payee } else { node };
        let salt = self.dice.secret();
        self.core(session, Aim::Pay, units, 60_000, (claimer, keys.key(Purpose::Cancel(session))), salt)
    }

    pub(crate) fn core(
        &self,
        session: Uuid,
        aim: Aim,
        units: i64,
        lasts: i64,
        (claimer, cancel): (usize, tallystick_core::lift::LiftKey),
        salt: [u8; 16],
    ) -> Option<Core> {
        let referee = self.wallets.len() - 1;
        let payh = tallystick_core::Digest::from_bytes([7; 32]);
        Core::compose(ComposeCore {
            session,
            aim,
            units: Units::new(units.max(1)).ok()?,
            made: self.date(),
            exp: Date::from_millis(self.now + lasts),
            claim: self.wallets[claimer].keys.key(Purpose::Claim(session)),
            cancel,
            referee: RefereeAddress {
                key: self.wallets[referee].keys.key(Purpose::Referee),
                host: "referee".to_owned(),
                port: u16::try_from(referee).ok()?,
            },
            payh: (aim == Aim::Pay).then_some(payh),
            salt,
        })
        .ok()
    }

    fn promise_of(&mut self, node: usize, tally: TallyId, core: Core, by: usize) -> Option<Promise> {
        let half = self.wallets[node].disk.accounts.get(&tally)?.half;
        let keys = self.wallets[by].keys.clone();
        Promise::sign(core, tally, half, self.date(), keys.as_ref()).ok()
    }

    /// What comes over the wire is read as any wallet reads it; what cannot be read is dropped.
    pub(crate) fn slip(&mut self, from: usize, to: usize, action: &str, object: &Value) {
        if let Ok(Some(message)) = Message::read(action, object) {
            self.note(|| format!("{from} lies to {to}: {}", crate::tell::message(&message)));
            self.send(from, to, &Arc::new(message));
        }
    }

    fn forge(&mut self, node: usize) {
        let Some((tally, partner)) = self.neighbour(node) else { return };
        let units = self.dice.between(1, 5_000);
        let Some(core) = self.made_up(node, units) else { return };
        match self.dice.below(6) {
            0 => {
                // Signed by somebody else.
                let other = self.dice.below(self.wallets.len());
                if let Some(promise) = self.promise_of(node, tally, core, other) {
                    self.slip(node, partner, "l1.promise", &promise.to_value());
                }
            }
            1 => {
                // The chit belongs to another core.
                let Some(promise) = self.promise_of(node, tally, core.clone(), node) else { return };
                let mut object = promise.to_value();
                object["core"]["salt"] = Value::from("other");
                self.slip(node, partner, "l1.promise", &object);
            }
            2 => self.forge_amount(node, (tally, partner), &core),
            3 => self.forge_cert(node),
            4 => {
                // Gives up what its partner promised, in somebody else's name.
                let open = self.wallets[partner].disk.lifts.values().find(|lift| {
                    lift.record()
                        .outgoing
                        .as_ref()
                        .is_some_and(|leg| leg.tally() == tally && leg.state.is_open())
                });
                let Some(lift) = open.map(|lift| lift.record().lift()) else { return };
                let other = self.wallets[self.wallets.len() - 1].keys.clone();
                let waive = Waive::sign(lift, tally, Why::Other, other.as_ref());
                self.slip(node, partner, "l1.waive", &waive.to_value());
            }
            _ => {
                // Claims what is not its own.
                let seen = self.wallets[node].disk.lifts.values().next_back();
                let Some(core) = seen.map(|lift| lift.record().core.clone()) else { return };
                let keys = self.wallets[node].keys.clone();
                let plea = Plea::sign(core, Purpose::Delegate, Tag::Claim, keys.as_ref());
                let referee = self.wallets.len() - 1;
                self.slip(node, referee, "l1.claim", &plea.to_value());
            }
        }
    }

    /// The chit says more than the core, and is signed like that.
    fn forge_amount(&mut self, node: usize, (tally, partner): (TallyId, usize), core: &Core) {
        let Some(promise) = self.promise_of(node, tally, core.clone(), node) else { return };
        let mut raw = promise.chit().raw().clone();
        raw["units"] = Value::from(core.units().milli() * 3);
        let Ok(chit) = tallystick_core::chit::ChitObject::parse(raw) else { return };
        let sign = self.wallets[node].keys.sign(Purpose::Delegate, Tag::Chit, &chit.signing_bytes());
        let chit = chit.with_lift_signature(sign);
        let object = serde_json::json!({"chit": chit.raw(), "core": core.raw()});
        self.slip(node, partner, "l1.promise", &object);
    }

    /// A commit of its own making, for a lift that is open somewhere.
    fn forge_cert(&mut self, node: usize) {
        let open: Vec<(usize, tallystick_core::lift::LiftHash)> = self
            .wallets
            .iter()
            .flat_map(|wallet| wallet.disk.lifts.values().map(move |lift| (wallet.me, lift.record())))
            .filter(|(_, record)| record.is_open())
            .map(|(me, record)| (me, record.lift()))
            .collect();
        let Some((victim, lift)) = self.dice.pick(&open) else { return };
        let keys = self.wallets[node].keys.clone();
        let decision = if self.dice.chance(700) { Decision::Commit } else { Decision::Void };
        let cert = Cert::sign(lift, decision, self.date(), None, keys.as_ref());
        let mut object = cert.to_value();
        if self.dice.chance(500) {
            let referee = self.wallets[self.wallets.len() - 1].keys.key(Purpose::Referee);
            object["ref"] = Value::from(referee.to_string());
        }
        self.slip(node, victim, "l1.decision", &serde_json::json!({"cert": object}));
    }

    fn double(&mut self, node: usize) {
        let forwarded = self.wallets[node].disk.lifts.values().find_map(|lift| {
            let record = lift.record();
            let open = record.incoming.as_ref().filter(|leg| leg.state.is_open());
            open.filter(|_| record.outgoing.is_some()).map(|leg| (record.lift(), leg.tally()))
        });
        if let Some((lift, tally)) = forwarded.filter(|_| self.dice.chance(500)) {
            // Gives up what it has passed on: its own loss.
            let keys = self.wallets[node].keys.clone();
            let waive = Waive::sign(lift, tally, Why::Beyond, keys.as_ref());
            if let Some(partner) = self.wallets[node].disk.accounts.get(&tally).map(|account| account.partner)
            {
                self.slip(node, partner, "l1.waive", &waive.to_value());
            }
            return;
        }
        let units = self.dice.between(1, 5_000);
        let Some(core) = self.made_up(node, units) else { return };
        let around: Vec<(TallyId, usize)> = self.wallets[node]
            .disk
            .accounts
            .iter()
            .map(|(tally, account)| (*tally, account.partner))
            .collect();
        for (tally, partner) in around {
            if let Some(promise) = self.promise_of(node, tally, core.clone(), node) {
                self.slip(node, partner, "l1.promise", &promise.to_value());
            }
        }
    }

    fn boast(&mut self, node: usize) {
        let Some((tally, partner)) = self.neighbour(node) else { return };
        let asked = self.deals.first().map_or(1_000, |deal| deal.units);
        let units = match self.dice.below(3) {
            0 => asked / 2,
            1 => asked,
            _ => self.dice.between(10_000, 80_000),
        };
        let Some(core) = self.made_up(node, units) else { return };
        if let Some(promise) = self.promise_of(node, tally, core, node) {
            self.slip(node, partner, "l1.promise", &promise.to_value());
        }
    }

    fn echo(&mut self, node: usize) {
        for _ in 0..6 {
            let at = self.dice.below(self.traffic.len());
            let Some((_, to, message)) = self.traffic.get(at).cloned() else { return };
            self.send(node, to, &message);
        }
    }

    fn flood(&mut self, node: usize) {
        let around: Vec<usize> =
            self.wallets[node].disk.accounts.values().map(|account| account.partner).collect();
        for _ in 0..40 {
            let Some(to) = self.dice.pick(&around) else { return };
            let probe = Probe {
                sid: self.dice.uuid(),
                way: [Way::Forward, Way::Reverse, Way::Round][self.dice.below(3)],
                units: Units::new(1).unwrap_or(Units::ZERO),
                ttl: 8,
                fan: 8,
                budget: 64,
                hops: 0,
                exp: Date::from_millis(self.now + 60_000),
            };
            self.slip(node, to, "l1.probe", &probe.to_value());
        }
    }
}
