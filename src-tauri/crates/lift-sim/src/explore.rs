//! Every order of events in a small network: what the dice would need for ever to throw.
//!
//! A state is what is on the disks and in the air. From each, everything that could happen next is tried: any message
//! arrives, is lost, or arrives and stays for a second time; a wallet loses power right after a commit, so that nothing
//! of that step leaves; the time runs out. (Power lost before a commit is a message lost.) What waits in an outbox is
//! sent again once nothing is in the air. States that were seen are known by a hash.

use std::collections::{BTreeMap, HashSet};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::Arc;

use tallystick_core::lift::{LiftHash, Message, Stage};

use crate::local::{Becomes, Local, Meets, as_index};
use crate::scene::{Scene, Start};
use crate::tell;
use crate::world::BEGIN;

/// What a scene came to.
#[derive(Clone, Debug, Default)]
pub struct Explored {
    /// Its name.
    pub name: &'static str,
    /// States seen.
    pub states: u64,
    /// Ways from one to another.
    pub ways: u64,
    /// Steps of single wallets they are made of.
    pub steps: u64,
    /// States at which everything had come to rest.
    pub ends: u64,
    /// Of those: in how many so many lifts were good.
    pub good: BTreeMap<usize, u64>,
    /// What was broken, with the way there.
    pub broken: Option<(String, Vec<String>)>,
    /// It was not looked at to the end.
    pub cut: bool,
}

#[derive(Clone)]
struct State {
    disks: Vec<u32>,
    /// Numbers of messages, sorted.
    air: Vec<u32>,
    begun: usize,
    now: i64,
    left: [u8; 4],
    way: Option<Arc<Way>>,
}

/// How a state was reached, last step first.
struct Way {
    what: What,
    before: Option<Arc<Way>>,
}

#[derive(Clone, Copy)]
enum What {
    Arrives(u32),
    Lost(u32),
    Stays(u32),
    Dark(usize),
    Begins(usize),
    Asks(usize, LiftHash),
    TimeOut,
    Again,
    Hour,
}

const DROP: usize = 0;
const DOUBLE: usize = 1;
const CRASH: usize = 2;
const ANY: usize = 3;

struct Explorer {
    local: Local,
    seen: HashSet<u64>,
    stack: Vec<State>,
    told: Explored,
}

/// Tries everything in a scene, up to so many states.
pub fn explore(scene: Scene, most: u64) -> Explored {
    let mut local = Local::new(scene.wallets.clone(), scene.starts);
    let disks = scene.wallets.into_iter().enumerate().map(|(node, wallet)| local.keep(node, wallet.disk));
    let disks = disks.collect();
    let first = State { disks, air: Vec::new(), begun: 0, now: BEGIN, left: scene.faults, way: None };
    let told = Explored { name: scene.name, ..Explored::default() };
    let mut explorer = Explorer { local, seen: HashSet::new(), stack: Vec::new(), told };
    explorer.reach(first);
    while let Some(state) = explorer.stack.pop() {
        if explorer.told.states >= most {
            explorer.told.cut = true;
            break;
        }
        explorer.go_on(&state);
        if let Some(what) = explorer.local.broken.take() {
            explorer.broken(&state, what);
        }
        if explorer.told.broken.is_some() {
            break;
        }
    }
    explorer.told.steps = u64::try_from(explorer.local.steps()).unwrap_or(0);
    explorer.told
}

impl Explorer {
    fn reach(&mut self, state: State) {
        self.told.ways += 1;
        if self.seen.insert(state.mark()) {
            self.told.states += 1;
            self.stack.push(state);
        }
    }

    fn go_on(&mut self, state: &State) {
        // An ack only strikes a letter and marks a leg: nothing else depends on when it comes, so it comes first.
        let is_ack = |number: &&u32| {
            matches!(self.local.messages[as_index(**number)].message.as_ref(), Message::Ack(_))
        };
        if let Some(ack) = state.air.iter().find(is_ack).copied() {
            return self.arrive(state, ack);
        }
        for number in state.air.clone() {
            self.arrive(state, number);
        }
        if state.begun < self.local.starts.len() {
            self.begin(state);
        }
        let exp = self.local.starts.iter().map(|start| start.core.exp().millis()).max().unwrap_or(0);
        if state.now < exp {
            // At any moment the time may have run out.
            let next = state.step(What::TimeOut);
            self.reach(State { now: exp + 1, begun: self.local.starts.len(), ..next });
        } else {
            self.wake(state);
        }
        if state.air.is_empty() {
            self.rest(state, exp);
        }
    }

    fn arrive(&mut self, state: &State, number: u32) {
        let to = self.local.messages[as_index(number)].to;
        let becomes = self.local.meet(to, state.disks[to], state.now, Meets::Message(number));
        let without = |mut next: State| {
            next.air.retain(|other| *other != number);
            next
        };
        if let Some(lost) = state.fault(DROP, What::Lost(number)) {
            self.reach(without(lost));
        }
        let gone = without(state.step(What::Arrives(number)));
        let Some(becomes) = becomes else { return self.reach(gone) };
        self.perform(&gone, to, &becomes);
        if let Some(twice) = state.fault(DOUBLE, What::Stays(number)) {
            self.perform(&twice, to, &becomes);
        }
    }

    fn begin(&mut self, state: &State) {
        let node = self.local.starts[state.begun].node;
        let becomes = self.local.meet(node, state.disks[node], state.now, Meets::Begin(state.begun));
        let mut after = state.step(What::Begins(node));
        after.begun += 1;
        match becomes {
            Some(becomes) => self.perform(&after, node, &becomes),
            None => self.reach(after),
        }
    }

    fn wake(&mut self, state: &State) {
        for (node, disk) in state.disks.iter().enumerate() {
            let lifts = self.local.disks[as_index(*disk)].lifts.values().map(|lift| lift.record());
            let due = lifts.filter(|record| record.wake_at().is_some_and(|at| at.millis() <= state.now));
            for lift in due.map(|record| record.lift()).collect::<Vec<_>>() {
                if let Some(becomes) = self.local.meet(node, *disk, state.now, Meets::Wake(lift)) {
                    self.perform(&state.step(What::Asks(node, lift)), node, &becomes);
                }
            }
        }
    }

    /// Nothing is in the air: what waits is sent again, or time goes on, or this is the end.
    fn rest(&mut self, state: &State, exp: i64) {
        let mut again = state.step(What::Again);
        for (node, disk) in state.disks.iter().enumerate() {
            let rows: Vec<_> = self.local.disks[as_index(*disk)].outbox.values().cloned().collect();
            for row in rows {
                again.fly(self.local.number(node, row.to, row.message));
            }
        }
        if !again.air.is_empty() {
            return self.reach(again);
        }
        let disks = state.disks.iter().map(|disk| &self.local.disks[as_index(*disk)]);
        let open = disks.flat_map(|disk| disk.lifts.values()).any(|lift| lift.record().is_open());
        if open && state.now > exp {
            let later = state.step(What::Hour);
            return self.reach(State { now: state.now + 3_600_000, ..later });
        }
        if !open && state.begun == self.local.starts.len() {
            self.end(state);
        }
    }

    fn perform(&mut self, state: &State, node: usize, becomes: &Becomes) {
        let mut next = state.clone();
        next.disks[node] = becomes.disk;
        if let Some(dark) = next.fault(CRASH, What::Dark(node)) {
            self.reach(dark);
        }
        for number in &becomes.sends {
            next.fly(*number);
        }
        self.reach(next);
    }

    fn end(&mut self, state: &State) {
        self.told.ends += 1;
        let mut good = 0;
        let mut wrong = None;
        for start in &self.local.starts {
            let changes: Vec<i64> = state.disks.iter().map(|disk| self.change(*disk, start)).collect();
            let units = start.core.units().milli();
            let begun = self.local.disks[as_index(state.disks[start.node])].lifts.get(&start.core.hash());
            let is_good = begun.is_some_and(|lift| lift.record().stage() == Stage::Good);
            good += usize::from(is_good);
            let wanted = |node: usize| match (is_good, node == start.node, node == start.payee) {
                (true, true, false) => -units,
                (true, false, true) => units,
                _ => 0,
            };
            if changes.iter().enumerate().any(|(node, change)| *change != wanted(node)) {
                wrong = Some(format!("I1–I3: {changes:?} were booked of {units}"));
            }
        }
        *self.told.good.entry(good).or_default() += 1;
        if let Some(wrong) = wrong {
            self.broken(state, wrong);
        }
    }

    /// What a lift changed for a wallet.
    fn change(&self, disk: u32, start: &Start) -> i64 {
        let accounts = self.local.disks[as_index(disk)].accounts.iter();
        let changes = accounts.flat_map(|(tally, account)| {
            let chit = start.core.hash().chit(*tally);
            account.booked.iter().filter(move |(name, _)| *name == chit).map(|(_, change)| *change)
        });
        changes.sum()
    }

    fn broken(&mut self, state: &State, what: String) {
        let mut way = Vec::new();
        let mut at = state.way.clone();
        while let Some(step) = at {
            way.push(self.tell(step.what));
            at = step.before.clone();
        }
        way.reverse();
        self.told.broken.get_or_insert((what, way));
    }

    fn tell(&self, what: What) -> String {
        let message = |number: u32| {
            let flying = &self.local.messages[as_index(number)];
            format!("{} → {}  {}", flying.from, flying.to, flying.text)
        };
        match what {
            What::Arrives(number) => message(number),
            What::Lost(number) => format!("{}: lost", message(number)),
            What::Stays(number) => format!("{}, and will come again", message(number)),
            What::Dark(node) => format!("{node} loses power after its commit"),
            What::Begins(node) => format!("{node} begins"),
            What::Asks(node, lift) => format!("{node} asks about {}", tell::short(lift)),
            What::TimeOut => "the time runs out".to_owned(),
            What::Again => "what waits is sent again".to_owned(),
            What::Hour => "an hour goes by".to_owned(),
        }
    }
}

impl State {
    fn step(&self, what: What) -> Self {
        let way = Some(Arc::new(Way { what, before: self.way.clone() }));
        Self { way, ..self.clone() }
    }

    fn fault(&self, kind: usize, what: What) -> Option<Self> {
        if self.left[kind] == 0 || self.left[ANY] == 0 {
            return None;
        }
        let mut next = self.step(what);
        next.left[kind] -= 1;
        next.left[ANY] -= 1;
        Some(next)
    }

    /// The same message twice in the air is one that stays for a second time: that is tried on its own.
    fn fly(&mut self, number: u32) {
        if let Err(at) = self.air.binary_search(&number) {
            self.air.insert(at, number);
        }
    }

    /// 64 bits that stand for all of it: among a hundred million states two are taken for one with a chance of 1 in
    /// 3,000.
    fn mark(&self) -> u64 {
        let mut hash = DefaultHasher::new();
        (&self.disks, &self.air, self.begun, self.now, self.left).hash(&mut hash);
        hash.finish()
    }
}
