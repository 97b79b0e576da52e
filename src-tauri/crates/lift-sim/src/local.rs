//! What single wallets do, computed once: the same wallet meets the same message in very many states of the whole.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::Arc;

use tallystick_core::Date;
use tallystick_core::lift::{Decision, LiftHash, Message, Next, Part};

use crate::check::{is_covered, over};
use crate::scene::Start;
use crate::tell;
use crate::wallet::{Disk, Step, Wallet};

/// Something that one wallet meets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Meets {
    Message(u32),
    Begin(usize),
    Wake(LiftHash),
}

/// What becomes of a wallet.
#[derive(Clone, Debug)]
pub(crate) struct Becomes {
    pub(crate) disk: u32,
    /// What it sends, by number.
    pub(crate) sends: Vec<u32>,
}

/// A message in the air.
#[derive(Clone, Debug)]
pub(crate) struct Flying {
    pub(crate) from: usize,
    pub(crate) to: usize,
    pub(crate) text: String,
    pub(crate) message: Arc<Message>,
}

/// Disks and messages by number, and all steps between them that were ever asked for.
pub(crate) struct Local {
    pub(crate) people: Vec<Wallet>,
    pub(crate) starts: Vec<Start>,
    pub(crate) disks: Vec<Disk>,
    pub(crate) messages: Vec<Flying>,
    pub(crate) broken: Option<String>,
    disk_numbers: HashMap<(usize, u128), u32>,
    message_numbers: HashMap<(usize, usize, String), u32>,
    steps: HashMap<(usize, u32, i64, Meets), Option<Becomes>>,
}

impl Local {
    pub(crate) fn new(people: Vec<Wallet>, starts: Vec<Start>) -> Self {
        Self {
            people,
            starts,
            disks: Vec::new(),
            messages: Vec::new(),
            broken: None,
            disk_numbers: HashMap::new(),
            message_numbers: HashMap::new(),
            steps: HashMap::new(),
        }
    }

    /// How many steps of single wallets there were.
    pub(crate) fn steps(&self) -> usize {
        self.steps.len()
    }

    /// Every disk that a wallet ever had.
    pub(crate) fn kept(&self) -> impl Iterator<Item = (usize, u32)> {
        self.disk_numbers.iter().map(|((node, _), disk)| (*node, *disk))
    }

    /// Every step that was ever asked for, and what became of it.
    pub(crate) fn taken(&self) -> impl Iterator<Item = ((usize, u32, i64, Meets), Option<&Becomes>)> {
        self.steps.iter().map(|(key, becomes)| (*key, becomes.as_ref()))
    }

    /// Forgets disks and steps, not messages.
    pub(crate) fn forget(&mut self) {
        self.disks.clear();
        self.disk_numbers.clear();
        self.steps.clear();
    }

    /// What becomes of a wallet that meets something; `None` if nothing.
    pub(crate) fn meet(&mut self, node: usize, disk: u32, now: i64, meets: Meets) -> Option<Becomes> {
        let key = (node, disk, now, meets);
        if let Some(known) = self.steps.get(&key) {
            return known.clone();
        }
        let kept = self.disks[as_index(disk)].clone();
        let wallet = Wallet { disk: kept, ..self.people[node].clone() };
        let becomes = self.step(&wallet, now, meets).map(|step| self.after(node, wallet, &step));
        self.steps.insert(key, becomes.clone());
        becomes
    }

    fn step(&self, wallet: &Wallet, now: i64, meets: Meets) -> Option<Step> {
        let now = Date::from_millis(now);
        match meets {
            Meets::Message(number) => {
                let flying = &self.messages[as_index(number)];
                wallet.receive(flying.from, &flying.message, now)
            }
            Meets::Begin(rank) => {
                let start = &self.starts[rank];
                wallet.begin(start.core.clone(), Next { tally: start.tally, hops: start.hops }, now).ok()
            }
            Meets::Wake(lift) => wallet.wake(lift, now),
        }
    }

    fn after(&mut self, node: usize, mut wallet: Wallet, step: &Step) -> Becomes {
        if let Some(cert) = &step.decided {
            let before = wallet.disk.decided.get(&cert.lift());
            if before.is_some_and(|before| before.decision() != cert.decision()) {
                self.broken.get_or_insert("I5: the referee decided twice".to_owned());
            }
            let core = self.starts.iter().map(|start| &start.core).find(|core| core.hash() == cert.lift());
            let late = core.is_some_and(|core| cert.at() >= core.exp());
            if late && cert.decision() == Decision::Commit {
                self.broken.get_or_insert("I5: the referee committed too late".to_owned());
            }
        }
        wallet.disk.commit(step);
        self.judge(node, &wallet);
        let rows = step.rows.iter().map(|(_, to, message)| (*to, message.clone()));
        let sends: Vec<_> = rows.chain(step.once.iter().cloned()).collect();
        let sends = sends.into_iter().map(|(to, message)| self.number(node, to, message)).collect();
        Becomes { disk: self.keep(node, wallet.disk), sends }
    }

    fn judge(&mut self, node: usize, wallet: &Wallet) {
        for lift in wallet.disk.lifts.values() {
            let record = lift.record();
            let out = record.outgoing.as_ref().filter(|_| record.part == Part::Relay);
            if out.is_some_and(|leg| !is_covered(record, leg.state)) {
                self.broken.get_or_insert(format!("I4: {node} has promised what it was not promised"));
            }
        }
        if over(wallet).iter().any(|(_, by)| *by > 0) {
            self.broken.get_or_insert(format!("I6: {node} is over a bound"));
        }
    }

    /// Whether a message only says that something has come.
    pub(crate) fn is_ack(&self, number: u32) -> bool {
        matches!(self.messages[as_index(number)].message.as_ref(), Message::Ack(_))
    }

    /// The number of a message.
    pub(crate) fn number(&mut self, from: usize, to: usize, message: Arc<Message>) -> u32 {
        let text = tell::message(&message);
        let next = u32::try_from(self.messages.len()).unwrap_or(u32::MAX);
        let number = *self.message_numbers.entry((from, to, text.clone())).or_insert(next);
        if number == next {
            self.messages.push(Flying { from, to, text, message });
        }
        number
    }

    /// The number of a disk.
    pub(crate) fn keep(&mut self, node: usize, disk: Disk) -> u32 {
        let next = u32::try_from(self.disks.len()).unwrap_or(u32::MAX);
        let number = *self.disk_numbers.entry((node, mark(&disk))).or_insert(next);
        if number == next {
            self.disks.push(disk);
        }
        number
    }
}

pub(crate) fn as_index(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

/// 128 bits that stand for everything on a disk that matters.
pub(crate) fn mark(disk: &Disk) -> u128 {
    let half = |salt: u64| {
        let mut hash = DefaultHasher::new();
        salt.hash(&mut hash);
        for (name, lift) in &disk.lifts {
            let record = lift.record();
            name.hash(&mut hash);
            for leg in [record.incoming.as_ref(), record.outgoing.as_ref()] {
                leg.map(|leg| (leg.tally(), leg.state)).hash(&mut hash);
            }
            (record.part, record.decision(), record.asked, record.ask_at).hash(&mut hash);
            (record.refused.len(), record.late.len()).hash(&mut hash);
        }
        for account in disk.accounts.values() {
            (account.net, account.booked.len()).hash(&mut hash);
        }
        for subject in disk.outbox.keys() {
            subject.hash(&mut hash);
        }
        for (lift, cert) in &disk.decided {
            (lift, cert.decision()).hash(&mut hash);
        }
        hash.finish()
    };
    u128::from(half(1)) << 64 | u128::from(half(2))
}
