//! Every order of events in a small network: what the dice would need for ever to throw.
//!
//! A state is what is on the disks and what was ever said. What was once said may arrive at any moment, any number of
//! times, or never: so every loss, every doubling and every power cut after a commit is among the ways (a step whose
//! messages never leave), however many of them there are. (Power lost before a commit is a message lost.) At any moment
//! the time may run out.
//!
//! From every state the network is then thought to be good from now on: what waits in the outboxes is sent, the referee is
//! asked, and everything has to come to rest with the same books on both sides.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::hash::{BuildHasherDefault, DefaultHasher, Hash as _, Hasher};

use tallystick_core::lift::{LiftHash, Stage};

use crate::apart::explore_apart;
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
    /// Of how many states of both lifts together that is a proof, if each was explored alone.
    pub stands_for: Option<u64>,
    /// Ways from one to another.
    pub ways: u64,
    /// Steps of single wallets they are made of.
    pub steps: u64,
    /// States from which a good network was followed to the end.
    pub healed: u64,
    /// Different states at which everything had come to rest.
    pub ends: u64,
    /// Of those: in how many so many lifts were good.
    pub good: BTreeMap<usize, u64>,
    /// What was broken, with the way there.
    pub broken: Option<(String, Vec<String>)>,
    /// It was not looked at to the end.
    pub cut: bool,
}

/// The most wallets of a scene, the referee among them.
const WALLETS: usize = 5;

/// The most messages that are ever said in a scene, by sixty-fours.
const SAID: usize = 6;

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct State {
    disks: [u32; WALLETS],
    /// Numbers of messages, one bit each.
    said: [u64; SAID],
    /// The lifts that were begun, one bit each.
    begun: u8,
    now: i64,
}

/// What happened between two states.
#[derive(Clone, Copy)]
enum What {
    Arrives(u32),
    Begins(usize),
    Asks(usize, LiftHash),
    TimeOut,
}

#[derive(Default)]
struct Same(u64);

impl Hasher for Same {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, _: &[u8]) {}

    fn write_u64(&mut self, mark: u64) {
        self.0 = mark;
    }
}

type Marks = HashSet<u64, BuildHasherDefault<Same>>;

pub(crate) struct Explorer {
    local: Local,
    seen: Marks,
    healed: Marks,
    ends: Marks,
    stack: Vec<State>,
    /// How every state was reached: kept only if something was broken, and then on a second walk.
    ways: Option<HashMap<u64, (u64, What)>>,
    told: Explored,
    exp: i64,
}

/// Tries everything in a scene, up to so many states.
pub fn explore(scene: &Scene, most: u64) -> Explored {
    if scene.apart { explore_apart(scene, most) } else { explore_jointly(scene, most) }
}

pub(crate) fn explore_jointly(scene: &Scene, most: u64) -> Explored {
    let (told, _) = Explorer::new(scene).walk(most, false);
    if told.broken.is_some() { Explorer::new(scene).walk(most, true).0 } else { told }
}

impl Explorer {
    pub(crate) fn new(scene: &Scene) -> Self {
        let exp = scene.starts.iter().map(|start| start.core.exp().millis()).max().unwrap_or(0);
        Self {
            local: Local::new(scene.wallets.clone(), scene.starts.clone()),
            seen: Marks::default(),
            healed: Marks::default(),
            ends: Marks::default(),
            stack: Vec::new(),
            ways: None,
            told: Explored { name: scene.name, ..Explored::default() },
            exp,
        }
    }

    pub(crate) fn walk(mut self, most: u64, traced: bool) -> (Explored, Local) {
        self.ways = traced.then(HashMap::new);
        let mut first = State { disks: [0; WALLETS], said: [0; SAID], begun: 0, now: BEGIN };
        for (node, wallet) in self.local.people.clone().into_iter().enumerate() {
            first.disks[node] = self.local.keep(node, wallet.disk);
        }
        self.seen.insert(first.mark());
        self.stack.push(first);
        while let Some(state) = self.stack.pop() {
            self.told.states += 1;
            if self.told.states > most {
                self.told.cut = true;
                break;
            }
            self.go_on(&state);
            let wrong = self.local.broken.take().or_else(|| self.heal(state));
            if let Some(wrong) = wrong {
                let way = self.way(&state);
                self.told.broken = Some((wrong, way));
                break;
            }
        }
        self.told.steps = u64::try_from(self.local.steps()).unwrap_or(0);
        (self.told, self.local)
    }

    fn reach(&mut self, before: &State, what: What, state: State) {
        if state == *before {
            return;
        }
        self.told.ways += 1;
        let mark = state.mark();
        if self.seen.insert(mark) {
            self.stack.push(state);
            if let Some(ways) = &mut self.ways {
                ways.insert(mark, (before.mark(), what));
            }
        }
    }

    fn go_on(&mut self, state: &State) {
        // An ack only strikes a letter and marks a leg: nothing else depends on when it comes, so it comes first.
        for number in state.said().filter(|number| self.local.is_ack(*number)).collect::<Vec<_>>() {
            if let Some(next) = self.arrive(state, number).filter(|next| next != state) {
                return self.reach(state, What::Arrives(number), next);
            }
        }
        for number in state.said() {
            if let Some(next) = self.arrive(state, number) {
                self.reach(state, What::Arrives(number), next);
            }
        }
        for rank in 0..self.local.starts.len() {
            if state.begun & (1 << rank) == 0 && state.now == BEGIN {
                let node = self.local.starts[rank].node;
                let mut next = *state;
                next.begun |= 1 << rank;
                if let Some(becomes) = self.local.meet(node, state.disks[node], state.now, Meets::Begin(rank))
                {
                    next.take(node, &becomes);
                }
                self.reach(state, What::Begins(node), next);
            }
        }
        if state.now < self.exp {
            self.reach(state, What::TimeOut, State { now: self.exp + 1, ..*state });
        } else {
            for (node, lift) in self.due(state) {
                if let Some(next) = self.wake(state, node, lift) {
                    self.reach(state, What::Asks(node, lift), next);
                }
            }
        }
    }

    fn arrive(&mut self, state: &State, number: u32) -> Option<State> {
        let to = self.local.messages[as_index(number)].to;
        let becomes = self.local.meet(to, state.disks[to], state.now, Meets::Message(number))?;
        let mut next = *state;
        next.take(to, &becomes);
        Some(next)
    }

    /// Whose time has come.
    fn due(&self, state: &State) -> Vec<(usize, LiftHash)> {
        let mut due = Vec::new();
        for node in 0..self.local.people.len() {
            for lift in self.local.disks[as_index(state.disks[node])].lifts.values() {
                if lift.record().wake_at().is_some_and(|at| at.millis() <= state.now) {
                    due.push((node, lift.record().lift()));
                }
            }
        }
        due
    }

    fn wake(&mut self, state: &State, node: usize, lift: LiftHash) -> Option<State> {
        let becomes = self.local.meet(node, state.disks[node], state.now, Meets::Wake(lift))?;
        let mut next = *state;
        next.take(node, &becomes);
        Some(next)
    }

    /// From here on nothing is lost: says what does not come to rest, or not as it should. What was said before, and waits
    /// in no outbox, is forgotten.
    fn heal(&mut self, state: State) -> Option<String> {
        let mut state = State { said: [0; SAID], ..state };
        for _ in 0..HOURS {
            if !self.healed.insert(state.mark()) {
                return None;
            }
            self.told.healed += 1;
            self.settle(&mut state);
            let disks = self.disks(&state);
            if !disks.into_iter().flat_map(|disk| disk.lifts.values()).any(|lift| lift.record().is_open()) {
                return self.end(&state);
            }
            state.now = if state.now < self.exp { self.exp + 1 } else { state.now + 3_600_000 };
            for (node, lift) in self.due(&state) {
                state = self.wake(&state, node, lift).unwrap_or(state);
            }
            // What was said in answer is heard before anything else; the letters that wait come after it.
            self.hear(&mut state);
            state.said = [0; SAID];
        }
        Some("I7: it does not come to rest".to_owned())
    }

    /// Sends what waits, until nothing changes any more.
    fn settle(&mut self, state: &mut State) {
        loop {
            let before = state.disks;
            for node in 0..self.local.people.len() {
                let disk = &self.local.disks[as_index(state.disks[node])];
                let rows: Vec<_> = disk.outbox.values().cloned().collect();
                for row in rows {
                    state.say(self.local.number(node, row.to, row.message));
                }
            }
            self.hear(state);
            state.said = [0; SAID];
            if state.disks == before {
                return;
            }
        }
    }

    /// Everything that is said arrives once, and what is said in answer to it.
    fn hear(&mut self, state: &mut State) {
        let mut heard = [0; SAID];
        while let Some(number) = state.said().find(|number| !has(&heard, *number)) {
            set(&mut heard, number);
            *state = self.arrive(state, number).unwrap_or(*state);
        }
    }

    fn disks(&self, state: &State) -> Vec<&crate::wallet::Disk> {
        let many = self.local.people.len();
        state.disks.iter().take(many).map(|disk| &self.local.disks[as_index(*disk)]).collect()
    }

    fn end(&mut self, state: &State) -> Option<String> {
        if !self.ends.insert(state.mark()) {
            return None;
        }
        self.told.ends += 1;
        let mut good = 0;
        let disks = self.disks(state);
        for start in &self.local.starts {
            let changes: Vec<i64> = disks.iter().map(|disk| change(disk, start)).collect();
            let units = start.core.units().milli();
            let begun = disks[start.node].lifts.get(&start.core.hash());
            let is_good = begun.is_some_and(|lift| lift.record().stage() == Stage::Good);
            good += usize::from(is_good);
            let wanted = |node: usize| match (is_good, node == start.node, node == start.payee) {
                (true, true, false) => -units,
                (true, false, true) => units,
                _ => 0,
            };
            if changes.iter().enumerate().any(|(node, change)| *change != wanted(node)) {
                return Some(format!("I1–I3: {changes:?} were booked of {units}"));
            }
        }
        for disk in &disks {
            for (tally, account) in &disk.accounts {
                let theirs = disks[account.partner].accounts.get(tally);
                if theirs.is_some_and(|other| account.net.milli() + other.net.milli() != 0) {
                    return Some("I12: two halves of a tally differ".to_owned());
                }
            }
        }
        *self.told.good.entry(good).or_default() += 1;
        None
    }

    fn way(&self, state: &State) -> Vec<String> {
        let mut way = Vec::new();
        let mut at = state.mark();
        while let Some((before, what)) = self.ways.as_ref().and_then(|ways| ways.get(&at)) {
            way.push(self.tell(*what));
            at = *before;
        }
        way.reverse();
        way
    }

    fn tell(&self, what: What) -> String {
        match what {
            What::Arrives(number) => {
                let flying = &self.local.messages[as_index(number)];
                format!("{} → {}  {}", flying.from, flying.to, flying.text)
            }
            What::Begins(node) => format!("{node} begins"),
            What::Asks(node, lift) => format!("{node} asks about {}", tell::short(lift)),
            What::TimeOut => "the time runs out".to_owned(),
        }
    }
}

/// What a lift changed for a wallet.
fn change(disk: &crate::wallet::Disk, start: &Start) -> i64 {
    let changes = disk.accounts.iter().flat_map(|(tally, account)| {
        let chit = start.core.hash().chit(*tally);
        account.booked.iter().filter(move |(name, _)| *name == chit).map(|(_, change)| *change)
    });
    changes.sum()
}

impl State {
    fn take(&mut self, node: usize, becomes: &Becomes) {
        self.disks[node] = becomes.disk;
        becomes.sends.iter().for_each(|number| self.say(*number));
    }

    fn say(&mut self, number: u32) {
        set(&mut self.said, number);
    }

    fn said(&self) -> impl Iterator<Item = u32> + use<> {
        let said = self.said;
        (0_u32..).take(64 * SAID).filter(move |number| has(&said, *number))
    }

    /// 64 bits that stand for all of it: among a hundred million states two are taken for one with a chance of 1 in
    /// 3,000.
    fn mark(&self) -> u64 {
        let mut hash = DefaultHasher::new();
        self.hash(&mut hash);
        hash.finish()
    }
}

fn has(bits: &[u64; SAID], number: u32) -> bool {
    bits[as_index(number / 64)] & (1 << (number % 64)) != 0
}

fn set(bits: &mut [u64; SAID], number: u32) {
    bits[as_index(number / 64)] |= 1 << (number % 64);
}

/// Longer than this nothing may take to come to rest, in hours.
const HOURS: usize = 20;
