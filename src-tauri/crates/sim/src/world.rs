//! A run: wallets, their people, and the time that passes for all of them.
//!
//! Everything that happens stands in one queue, ordered by its instant; what is decided on the way is decided by the
//! dice. So a seed is a whole life, and the same one every time.

use std::collections::{BTreeMap, BTreeSet};

use tallystick_core::ChitId;
use tallystick_store::sim::SimLedger;
use tallystick_store::{Letter, StoreError};
use tallystick_testkit::Dice;
use tempfile::TempDir;

use crate::book::Book;
use crate::cast::{DAWN, cast};
use crate::net::{Packet, Weather};
use crate::script::Fates;
use crate::wallet::Wallet;

/// What kind of life a run is.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Wallets of honest people, 2 to 5.
    pub wallets: usize,
    /// One more wallet, of somebody who means harm.
    pub hostile: bool,
    /// Every ledger is an encrypted file.
    pub on_disk: bool,
    /// Tallies that were opened before the storm.
    pub old_tallies: usize,
    /// How often anybody does anything.
    pub acts: u64,
    /// The network.
    pub weather: Weather,
}

/// A promise that was broken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Violation(pub String);

impl From<StoreError> for Violation {
    fn from(error: StoreError) -> Self {
        Self(format!("a ledger fails: {error:?}"))
    }
}

/// What was counted in a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Things that happened.
    pub steps: u64,
    /// Messages that left a wallet.
    pub messages: u64,
    /// Messages that reached one.
    pub arrived: u64,
    /// Processes killed.
    pub crashes: u64,
    /// Things people did.
    pub acts: u64,
    /// Chits signed.
    pub chits: u64,
    /// Tallies that two honest people ended with in force.
    pub tallies: u64,
    /// Forged messages that reached somebody.
    pub forgeries: u64,
}

/// What can happen next.
#[derive(Debug)]
pub(crate) enum Event {
    /// Somebody does something.
    Act,
    /// The network hands a packet over.
    Arrive(Packet),
    /// A call has waited long enough.
    GiveUp { wallet: usize, life: u32, partner: usize, call: u64 },
    /// A wallet looks at its outbox.
    Post { wallet: usize, life: u32 },
    /// A link takes its turn in the ledger.
    Turn { wallet: usize, life: u32, partner: usize },
    /// A link gets to the letters that were handed to it.
    Handed { wallet: usize, life: u32, partner: usize },
    /// A link ends.
    End { wallet: usize, life: u32, partner: usize, until: i64 },
    /// A wallet tries to connect to another.
    Connect { wallet: usize, life: u32, partner: usize },
    /// It has connected, and calls with this letter.
    Connected { wallet: usize, life: u32, partner: usize, letter: Box<Letter> },
    /// A wallet looks what has run out.
    House { wallet: usize },
    /// A killed process is started again.
    Wake { wallet: usize, life: u32 },
    /// The way from one wallet to another opens or closes.
    Way { from: usize, to: usize, open: bool },
}

/// A run.
#[derive(Debug)]
pub struct World {
    pub(crate) dice: Dice,
    pub(crate) now: i64,
    pub(crate) plan: Plan,
    pub(crate) wallets: Vec<Wallet>,
    pub(crate) book: Book,
    /// Ways that are closed.
    pub(crate) cut: BTreeSet<(usize, usize)>,
    /// The storm is over: nothing is lost, nobody is killed, nobody does anything.
    pub(crate) quiet: bool,
    /// Events since anybody did anything.
    pub(crate) idle_steps: u64,
    /// A fraud that is silent until somebody does something.
    pub(crate) tired: Option<usize>,
    /// The partner whose link is about to open, and fetches its letters then.
    pub(crate) opening: Option<usize>,
    /// The chit that is being taken back at this moment.
    pub(crate) cancelling: Option<String>,
    /// What a script has in store for wallets and packets.
    pub(crate) fates: Fates,
    /// Packets in the queue.
    pub(crate) flying: usize,
    pub(crate) counts: Counts,
    queue: BTreeMap<(i64, u64), Event>,
    serial: u64,
    trace: Option<Vec<String>>,
    _folders: Vec<TempDir>,
}

/// Events after which a run goes round in circles.
const LONGEST: u64 = 150_000;

/// Events without anybody doing anything after which a fraud falls silent: one that contradicts itself is answered for
/// as long as it speaks, once for each thing it says, and days of that would teach nothing new.
const LISTEN: u64 = 3_000;

/// Events after which a quiet run should long have come to rest.
const PATIENCE: u64 = 8_000;

/// Time after which a quiet run should long have come to rest, in ms: no ticket is good for as long.
const DAYS: i64 = 4 * 24 * 3_600 * 1_000;

impl World {
    /// A world in which nobody knows anybody.
    ///
    /// # Errors
    /// If a ledger cannot be made.
    pub fn new(seed: u64, plan: Plan, traced: bool) -> Result<Self, Violation> {
        let mut wallets = Vec::new();
        let mut folders = Vec::new();
        let people = cast();
        let size = plan.wallets.clamp(2, people.len() - 1) + usize::from(plan.hostile);
        for place in 0..size {
            let hostile = plan.hostile && place + 1 == size;
            let person = if hostile { people.last() } else { people.get(place) };
            let person = person.ok_or_else(|| Violation("nobody to play".to_owned()))?;
            let ledger = if plan.on_disk {
                let folder = tempfile::tempdir().map_err(|error| Violation(format!("no folder: {error}")))?;
                let ledger = SimLedger::on_disk(folder.path())?;
                folders.push(folder);
                ledger
            } else {
                SimLedger::in_memory()?
            };
            wallets.push(Wallet::new(person, hostile, ledger, size));
        }
        Ok(Self {
            dice: Dice::new(seed),
            now: DAWN,
            plan,
            wallets,
            book: Book::default(),
            cut: BTreeSet::new(),
            quiet: false,
            idle_steps: 0,
            tired: None,
            opening: None,
            cancelling: None,
            fates: Fates::default(),
            flying: 0,
            counts: Counts::default(),
            queue: BTreeMap::new(),
            serial: 0,
            trace: traced.then(Vec::new),
            _folders: folders,
        })
    }

    /// The whole life: perhaps some tallies from better times, a storm in which people act, the calm after it and the
    /// look at what is left; and perhaps everybody's last word, and another look.
    ///
    /// # Errors
    /// The first promise that was broken.
    pub fn live(&mut self) -> Result<(), Violation> {
        for _ in 0..self.plan.old_tallies {
            self.befriend()?;
        }
        self.schedule(0, Event::Act);
        while self.counts.acts < self.plan.acts && self.step()? {}
        // What was done last has a while to go wrong, too.
        let while_longer = self.dice.between(0, 60_000);
        self.pass(while_longer)?;
        self.settle()?;
        if self.dice.chance(400) { self.last_words() } else { Ok(()) }
    }

    /// Heals everything, lets time pass until nobody has anything to say, and looks at what is left.
    ///
    /// # Errors
    /// The first promise that was broken.
    pub fn settle(&mut self) -> Result<(), Violation> {
        self.quiet = true;
        self.cut.clear();
        self.fates = Fates::default();
        self.tell(|| "the storm is over".to_owned());
        for wallet in 0..self.wallets.len() {
            if !self.wallets[wallet].awake {
                self.wake(wallet)?;
            }
        }
        let (end, steps) = (self.now + DAYS, self.counts.steps + PATIENCE);
        // A fraud is heard for a while longer and then no more: nobody need ever come to rest with one.
        let tired = self.now + self.dice.between(0, 600_000);
        while !self.is_at_rest()? {
            if self.now > tired
                && let Some(fraud) = self.wallets.iter().position(|wallet| wallet.hostile && wallet.awake)
            {
                self.wallets[fraud].forget();
            }
            if !self.step()? {
                break;
            }
            if self.now > end || self.counts.steps > steps {
                return Err(Violation(format!("they never come to rest; {}", self.who_waits()?)));
            }
        }
        self.check_rest()
    }

    /// Lets the next thing happen. Gives `false` once nothing is left.
    ///
    /// # Errors
    /// The first promise that was broken.
    pub fn step(&mut self) -> Result<bool, Violation> {
        let Some(((at, _), event)) = self.queue.pop_first() else { return Ok(false) };
        self.now = self.now.max(at);
        self.counts.steps += 1;
        if self.counts.steps > LONGEST {
            return Err(Violation("it never ends".to_owned()));
        }
        self.idle_steps += 1;
        if self.idle_steps > LISTEN
            && self.tired.is_none()
            && let Some(fraud) = self.wallets.iter().position(|wallet| wallet.hostile && wallet.awake)
        {
            self.tell_of(fraud, "falls silent until somebody does something");
            self.wallets[fraud].forget();
            self.tired = Some(fraud);
        }
        match event {
            Event::Act => self.somebody_acts()?,
            Event::Arrive(packet) => self.arrive(packet)?,
            Event::GiveUp { wallet, life, partner, call } => self.give_up(wallet, life, partner, call)?,
            Event::Post { wallet, life } => self.post(wallet, life, at)?,
            Event::Turn { wallet, life, partner } => self.turn(wallet, life, partner, at)?,
            Event::Handed { wallet, life, partner } => self.give_out(wallet, life, partner)?,
            Event::End { wallet, life, partner, until } => self.link_ends(wallet, life, partner, until)?,
            Event::Connect { wallet, life, partner } => self.connect(wallet, life, partner)?,
            Event::Connected { wallet, life, partner, letter } => {
                self.connected(wallet, life, partner, *letter)?;
            }
            Event::House { wallet } => self.keep_house(wallet)?,
            // Once somebody else started it, or it fell silent since, this start is of no concern any more.
            Event::Wake { wallet, life } if self.wallets[wallet].life == life => self.wake(wallet)?,
            Event::Wake { .. } => {}
            Event::Way { from, to, open } => self.turn_way(from, to, open),
        }
        Ok(!self.queue.is_empty())
    }

    /// Lets so much time pass.
    ///
    /// # Errors
    /// The first promise that was broken.
    pub fn pass(&mut self, millis: i64) -> Result<(), Violation> {
        let end = self.now + millis;
        while self.queue.first_key_value().is_some_and(|((at, _), _)| *at <= end) {
            self.step()?;
        }
        self.now = end;
        Ok(())
    }

    /// What was counted so far.
    pub fn counts(&self) -> Counts {
        self.counts
    }

    /// What happened, if it was to be written down.
    pub fn trace(&self) -> &[String] {
        self.trace.as_deref().unwrap_or_default()
    }

    /// How all ledgers stand, a line for each tally.
    pub fn picture(&self) -> Vec<String> {
        let mut lines = Vec::new();
        for wallet in &self.wallets {
            for seen in wallet.seen.values() {
                let glance = &seen.glance;
                let places: Vec<String> = seen
                    .places
                    .iter()
                    .map(|place| {
                        format!("{}{}@{}", if place.mine { "+" } else { "-" }, &place.uuid[..6], place.index)
                    })
                    .collect();
                lines.push(format!(
                    "{} {} {} {} agreed {:?} of {} balance {} [{}]",
                    wallet.person.name,
                    &glance.id[..8],
                    glance.mine,
                    glance.phase,
                    glance.agreed,
                    glance.head,
                    glance.balance,
                    places.join(" ")
                ));
            }
        }
        lines
    }

    pub(crate) fn schedule(&mut self, after: i64, event: Event) {
        self.serial += 1;
        self.queue.insert((self.now.saturating_add(after.max(0)), self.serial), event);
    }

    /// Whether a wallet's chit of this name is on its way to somebody.
    pub(crate) fn flies(&self, wallet: usize, name: ChitId) -> bool {
        self.queue.values().any(|event| match event {
            Event::Arrive(packet) if packet.from == wallet => packet.carries(name),
            _ => false,
        })
    }

    pub(crate) fn fresh_serial(&mut self) -> u64 {
        self.serial += 1;
        self.serial
    }

    pub(crate) fn tell(&mut self, what: impl FnOnce() -> String) {
        if let Some(trace) = &mut self.trace {
            let since = self.now - DAWN;
            let (step, seconds, millis) = (self.counts.steps, since / 1_000, since % 1_000);
            trace.push(format!("{step:>6} {seconds:>8}.{millis:03} s  {}", what()));
        }
    }

    pub(crate) fn name(&self, wallet: usize) -> &'static str {
        self.wallets[wallet].person.name
    }

    /// The wallet of this agent, if it is one of the run's.
    pub(crate) fn whose(&self, agent: tallystick_core::AgentId) -> Option<usize> {
        self.wallets.iter().position(|wallet| wallet.person.agent == agent)
    }
}
