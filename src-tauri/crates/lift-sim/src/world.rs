//! Wallets, a referee, a bad network and liars, in virtual time; all chance comes from one seed.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use tallystick_core::lift::probe::Way;
use tallystick_core::lift::{Decision, Happening, Lift, LiftHash, LiftSignature, Message, Subject, Why};
use tallystick_core::{Date, TallyId};
use tallystick_testkit::Dice;
use uuid::Uuid;

use crate::liar::Liar;
use crate::plan::Plan;
use crate::wallet::{Entry, Step, Wallet};

/// One thing to happen.
#[derive(Clone, Debug)]
pub(crate) enum Event {
    Deliver {
        from: usize,
        to: usize,
        message: Arc<Message>,
    },
    Retry {
        node: usize,
        subject: Subject,
        tries: u32,
    },
    Wake {
        node: usize,
        lift: LiftHash,
    },
    Begin {
        deal: usize,
    },
    Lie {
        node: usize,
    },
    Tidy,
    /// A copy of a chain is shown to the partner.
    Chain {
        from: usize,
        to: usize,
        entry: Arc<Entry>,
    },
    Abort {
        node: usize,
        lift: LiftHash,
    },
    Cut {
        nodes: Vec<usize>,
    },
    Stop {
        node: usize,
        back: i64,
    },
    Start {
        node: usize,
    },
    Heal,
}

/// What two wallets want from each other, or one from a circle.
#[derive(Clone, Debug)]
pub(crate) struct Deal {
    pub(crate) session: Uuid,
    pub(crate) path: Vec<usize>,
    pub(crate) units: i64,
    pub(crate) searched: bool,
    pub(crate) tries: u32,
    pub(crate) lifts: Vec<LiftHash>,
}

/// The whole of it.
pub(crate) struct World {
    pub(crate) dice: Dice,
    /// Chance of what was not always lived: seeds of before keep their fate.
    pub(crate) side: Dice,
    pub(crate) plan: Plan,
    pub(crate) now: i64,
    pub(crate) wallets: Vec<Wallet>,
    pub(crate) liars: Vec<Option<Liar>>,
    pub(crate) deals: Vec<Deal>,
    pub(crate) traffic: Vec<(usize, usize, Arc<Message>)>,
    pub(crate) decisions: BTreeMap<LiftHash, BTreeSet<Decision>>,
    pub(crate) waived: BTreeSet<(usize, LiftHash, TallyId)>,
    pub(crate) probes: BTreeMap<(Uuid, u8), u32>,
    pub(crate) claims: BTreeMap<LiftHash, LiftSignature>,
    pub(crate) spent: BTreeMap<(usize, TallyId), i64>,
    /// Lifts that wallets have forgotten.
    pub(crate) forgotten: BTreeMap<usize, Vec<Arc<Lift>>>,
    pub(crate) faults: Vec<String>,
    pub(crate) trace: Option<Vec<String>>,
    pub(crate) overshoot: i64,
    pub(crate) steps: u64,
    pub(crate) crashes: u64,
    pub(crate) messages: u64,
    pub(crate) healed: bool,
    up: Vec<bool>,
    cut: BTreeSet<usize>,
    muted: BTreeSet<(usize, String)>,
    queue: BTreeMap<(i64, u64), Event>,
    serial: u64,
}

impl World {
    pub(crate) fn new(dice: Dice, plan: Plan, wallets: Vec<Wallet>, liars: Vec<Option<Liar>>) -> Self {
        let up = vec![true; wallets.len()];
        Self {
            side: dice.clone(),
            dice,
            plan,
            now: BEGIN,
            wallets,
            liars,
            deals: Vec::new(),
            traffic: Vec::new(),
            decisions: BTreeMap::new(),
            waived: BTreeSet::new(),
            probes: BTreeMap::new(),
            claims: BTreeMap::new(),
            spent: BTreeMap::new(),
            forgotten: BTreeMap::new(),
            faults: Vec::new(),
            trace: None,
            overshoot: 0,
            steps: 0,
            crashes: 0,
            messages: 0,
            healed: false,
            up,
            cut: BTreeSet::new(),
            muted: BTreeSet::new(),
            queue: BTreeMap::new(),
            serial: 0,
        }
    }

    pub(crate) fn date(&self) -> Date {
        Date::from_millis(self.now)
    }

    pub(crate) fn after(&mut self, pause: i64, event: Event) {
        self.serial += 1;
        self.queue.insert((self.now + pause, self.serial), event);
    }

    pub(crate) fn note(&mut self, line: impl FnOnce() -> String) {
        let now = self.now - BEGIN;
        if let Some(trace) = &mut self.trace {
            trace.push(format!("{:>6}.{:03} {}", now / 1_000, now % 1_000, line()));
        }
    }

    /// Lets everything happen until nothing is left, or until this instant.
    pub(crate) fn run(&mut self, until: i64) {
        while let Some((&(at, serial), _)) = self.queue.first_key_value() {
            if at > until || !self.faults.is_empty() {
                break;
            }
            let Some(event) = self.queue.remove(&(at, serial)) else { break };
            self.now = at;
            self.happen(event);
        }
        self.now = self.now.max(until);
    }

    fn happen(&mut self, event: Event) {
        match event {
            Event::Deliver { from, to, message } => self.deliver(from, to, &message),
            Event::Retry { node, subject, tries } => self.retry(node, subject, tries),
            Event::Wake { node, lift } => self.wake(node, lift),
            Event::Begin { deal } => self.begin(deal),
            Event::Lie { node } => self.lie(node),
            Event::Tidy => self.tidy(),
            Event::Chain { from, to, entry } => self.show_chain(from, to, &entry),
            Event::Abort { node, lift } => {
                let step = self.wallets[node].abort(lift, self.date());
                self.perform(node, step);
            }
            Event::Cut { nodes } => self.cut = nodes.into_iter().collect(),
            Event::Stop { node, back } => self.stop(node, back),
            Event::Start { node } => self.start(node),
            Event::Heal => self.heal(),
        }
    }

    fn deliver(&mut self, from: usize, to: usize, message: &Message) {
        let silent = self.liars[to] == Some(Liar::Silent) && !self.wallets[to].referee;
        if !self.up[to] || silent {
            return;
        }
        self.note(|| format!("{from} → {to}  {}", crate::tell::message(message)));
        if let Message::Claim(plea) = message
            && plea.verify_claim().is_ok()
        {
            self.claims.insert(plea.core.hash(), plea.signature());
        }
        let step = self.wallets[to].receive(from, message, self.date());
        self.perform(to, step);
    }

    /// Commits a step, or pulls the plug right before or right after.
    pub(crate) fn perform(&mut self, node: usize, step: Option<Step>) {
        let Some(mut step) = step else { return };
        self.steps += 1;
        let crash = !self.healed && self.dice.chance(self.plan.crash);
        if crash && self.dice.chance(500) {
            self.note(|| format!("{node} loses power before its commit"));
            self.crash(node);
            return;
        }
        self.equivocate(node, &mut step);
        self.wallets[node].disk.commit(&step);
        self.witness(node, &step);
        self.chain(node, &step);
        for lift in &step.lifts {
            if let Some(at) = lift.record().wake_at() {
                let pause = (at.millis() - self.now).max(0);
                self.after(pause, Event::Wake { node, lift: lift.record().lift() });
            }
        }
        if crash {
            self.note(|| format!("{node} loses power after its commit"));
            self.crash(node);
        } else {
            for (subject, _, _) in &step.rows {
                self.retry(node, *subject, 0);
            }
            for (to, message) in &step.once {
                self.send(node, *to, message);
            }
        }
        for happening in &step.told {
            self.hear(node, happening);
        }
        if let Some((session, next, _)) = step.found {
            self.begin_found(session, node, next);
        }
    }

    fn hear(&mut self, node: usize, happening: &Happening) {
        if let Happening::Failed(lift, why) = happening
            && *why != Why::Time
            && let Some(deal) = self.deals.iter().position(|deal| deal.lifts.contains(lift))
            && self.deals[deal].path[0] == node
            && self.deals[deal].tries < 3
        {
            let pause = self.dice.between(100, 20_000);
            self.after(pause, Event::Begin { deal });
        }
    }

    fn retry(&mut self, node: usize, subject: Subject, tries: u32) {
        let Some(row) = self.wallets[node].disk.outbox.get_mut(&subject) else { return };
        if row.tries != tries || !self.up[node] {
            return;
        }
        row.tries += 1;
        let (to, message) = (row.to, row.message.clone());
        let pause = 1_000 * (1_i64 << tries.min(6)).min(60);
        let jitter = self.dice.between(-pause / 5, pause / 5);
        self.after(pause + jitter, Event::Retry { node, subject, tries: tries + 1 });
        self.send(node, to, &message);
    }

    pub(crate) fn send(&mut self, from: usize, to: usize, message: &Arc<Message>) {
        if let Message::Probe(probe) = message.as_ref() {
            let way = match probe.way {
                Way::Forward => 0,
                Way::Reverse => 1,
                Way::Round => 2,
                Way::Back => 3,
            };
            let asked = self.probes.entry((probe.sid, way)).or_default();
            *asked += 1;
        }
        if self.withholds(from, message) || self.smuggles(from, message) || from == to {
            return;
        }
        self.messages += 1;
        self.traffic.push((from, to, message.clone()));
        if self.cut.contains(&from) != self.cut.contains(&to) {
            return;
        }
        let copies = 1 + usize::from(!self.healed && self.dice.chance(self.plan.double));
        for _ in 0..copies {
            if self.healed || !self.dice.chance(self.plan.loss) {
                let slow = self.dice.chance(20);
                let pause = self.dice.between(2, if slow { 30_000 } else { 300 });
                self.after(pause, Event::Deliver { from, to, message: message.clone() });
            }
        }
    }

    /// A withholding liar never sends half of what it should, and never changes its mind about it.
    fn withholds(&mut self, from: usize, message: &Message) -> bool {
        if self.liars[from] != Some(Liar::Withholder) || self.wallets[from].referee {
            return false;
        }
        let key = (from, crate::tell::message(message));
        if self.muted.contains(&key) {
            return true;
        }
        let mute = self.dice.chance(300);
        if mute {
            self.muted.insert(key);
        }
        mute
    }

    fn wake(&mut self, node: usize, lift: LiftHash) {
        if self.up[node] {
            let step = self.wallets[node].wake(lift, self.date());
            self.perform(node, step);
        }
    }

    pub(crate) fn is_up(&self, node: usize) -> bool {
        self.up[node]
    }

    fn crash(&mut self, node: usize) {
        self.crashes += 1;
        let back = self.dice.between(50, 20_000);
        self.stop(node, back);
    }

    fn stop(&mut self, node: usize, back: i64) {
        if std::mem::replace(&mut self.up[node], false) {
            self.after(back, Event::Start { node });
        }
    }

    /// Everything a wallet has to do follows from its disk.
    fn start(&mut self, node: usize) {
        if std::mem::replace(&mut self.up[node], true) {
            return;
        }
        let rows: Vec<(Subject, u32)> =
            self.wallets[node].disk.outbox.iter().map(|(subject, row)| (*subject, row.tries)).collect();
        for (subject, tries) in rows {
            let pause = self.dice.between(1, 2_000);
            self.after(pause, Event::Retry { node, subject, tries });
        }
        let wakes: Vec<(LiftHash, i64)> = self.wallets[node]
            .disk
            .lifts
            .values()
            .filter_map(|lift| lift.record().wake_at().map(|at| (lift.record().lift(), at.millis())))
            .collect();
        for (lift, at) in wakes {
            let pause = (at - self.now).max(0);
            self.after(pause, Event::Wake { node, lift });
        }
    }

    /// From now on the network and everybody's power are good. Liars stay liars.
    fn heal(&mut self) {
        self.healed = true;
        self.cut.clear();
        for node in 0..self.wallets.len() {
            self.start(node);
        }
    }
}

/// When every world begins.
pub(crate) const BEGIN: i64 = 1_000_000_000_000;
