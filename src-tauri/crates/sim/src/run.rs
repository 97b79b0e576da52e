//! Runs by the thousand.

use tallystick_testkit::Dice;

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;

use crate::net::Weather;
use crate::world::{Counts, Plan, World};

/// How one run ended.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// Its seed.
    pub seed: u64,
    /// Its ledgers were files.
    pub on_disk: bool,
    /// What was counted.
    pub counts: Counts,
    /// The promise that was broken, if one was.
    pub broken: Option<Broken>,
    /// What happened, if it was to be written down.
    pub trace: Vec<String>,
    /// How the ledgers stood at the end, if it was to be written down.
    pub picture: Vec<String>,
}

/// A broken promise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    /// At which step of the run.
    pub step: u64,
    /// Which.
    pub what: String,
}

/// Many runs together.
#[derive(Clone, Debug, Default)]
pub struct Sum {
    /// Runs in memory.
    pub in_memory: u64,
    /// Runs on files.
    pub on_disk: u64,
    /// What was counted in all.
    pub counts: Counts,
    /// Runs that ended badly, by seed.
    pub broken: Vec<Outcome>,
}

/// Which runs have their ledgers in encrypted files. The life is the same; files only make it slower, and can fail.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnDisk {
    /// One seed in sixteen.
    #[default]
    Some,
    /// So many seeds of every hundred, spread evenly; above 100 it is all of them.
    Percent(u8),
}

/// One run in so many has its ledgers in files, unless it is said otherwise.
const ON_DISK: u64 = 16;

impl OnDisk {
    /// Whether this seed's ledgers are files.
    pub fn holds(self, seed: u64) -> bool {
        match self {
            Self::Some => seed.is_multiple_of(ON_DISK),
            Self::Percent(share) => (seed % 100) * u64::from(share) % 100 < u64::from(share),
        }
    }
}

impl Plan {
    /// The life that belongs to a seed. Where its ledgers are is no part of that, and throws no dice.
    pub fn of_seed(seed: u64, on_disk: bool) -> Self {
        let mut dice = Dice::new(seed ^ 0xA5A5_A5A5);
        let wallets = 2 + [0, 0, 0, 0, 1, 1, 2, 3][dice.below(8)];
        let hostile = dice.chance(300);
        let acts = [12, 20, 30, 45][dice.below(4)] + [0, 0, 16, 24, 32, 40][wallets.min(5)];
        let loss = if dice.chance(850) { 200 } else { [0, 50, 400][dice.below(3)] };
        let weather = Weather {
            loss,
            double: [0, 100, 100, 300][dice.below(4)],
            slow: [50, 500, 3_000, 20_000][dice.below(4)],
            kill: [0, 5, 10, 30][dice.below(4)],
            cut: [0, 50, 100, 200][dice.below(4)],
        };
        let old_tallies = [0, 0, 1, 1, 2, 3][dice.below(6)];
        Self { wallets, hostile, on_disk, old_tallies, acts, weather }
    }
}

/// Plays one seed to its end, with its ledgers where most runs have them.
pub fn play(seed: u64, traced: bool) -> Outcome {
    play_on(seed, OnDisk::default().holds(seed), traced)
}

/// Plays one seed to its end, with its ledgers in files or in memory.
pub fn play_on(seed: u64, on_disk: bool, traced: bool) -> Outcome {
    let plan = Plan::of_seed(seed, on_disk);
    let mut world = match World::new(seed, plan, traced) {
        Ok(world) => world,
        Err(violation) => {
            let broken = Some(Broken { step: 0, what: violation.0 });
            return Outcome {
                seed,
                on_disk,
                counts: Counts::default(),
                broken,
                trace: Vec::new(),
                picture: Vec::new(),
            };
        }
    };
    let ended = catch_unwind(AssertUnwindSafe(|| world.live()));
    let what = match ended {
        Ok(Ok(())) => None,
        Ok(Err(violation)) => Some(violation.0),
        Err(panic) => {
            let told = LAST_PANIC.with(|last| last.borrow_mut().take());
            Some(format!("a panic: {}", told.as_deref().unwrap_or(message(panic.as_ref()))))
        }
    };
    let counts = world.counts();
    let broken = what.map(|what| Broken { step: counts.steps, what });
    Outcome {
        seed,
        on_disk,
        counts,
        broken,
        trace: world.trace().to_vec(),
        picture: if traced { world.picture() } else { Vec::new() },
    }
}

/// Plays seeds on all cores, until `stop_after` have ended badly.
pub fn play_many(from: u64, seeds: u64, stop_after: usize) -> Sum {
    play_many_on(from, seeds, stop_after, OnDisk::default())
}

/// The same, with this share of the ledgers in files.
pub fn play_many_on(from: u64, seeds: u64, stop_after: usize, on_disk: OnDisk) -> Sum {
    play_all(|nth| (nth < seeds).then(|| from.checked_add(nth)).flatten(), stop_after, on_disk)
}

/// Plays these seeds on all cores, all of them.
pub fn play_each(seeds: &[u64]) -> Sum {
    let seed = |nth| seeds.get(usize::try_from(nth).ok()?).copied();
    play_all(seed, usize::MAX, OnDisk::default())
}

/// Plays the first seed, the second and so on, until there are no more or enough have ended badly.
fn play_all(seed: impl Fn(u64) -> Option<u64> + Sync, stop_after: usize, on_disk: OnDisk) -> Sum {
    let next = AtomicU64::new(0);
    let enough = AtomicBool::new(false);
    let sum = Mutex::new(Sum::default());
    let cores = thread::available_parallelism().map_or(1, std::num::NonZero::get);
    // The cast's keys are made before anybody is in a hurry.
    crate::cast::cast();
    thread::scope(|scope| {
        for _ in 0..cores {
            scope.spawn(|| {
                while !enough.load(Ordering::Relaxed) {
                    let Some(seed) = seed(next.fetch_add(1, Ordering::Relaxed)) else { return };
                    let outcome = play_on(seed, on_disk.holds(seed), false);
                    let Ok(mut sum) = sum.lock() else { return };
                    sum.add(outcome);
                    if sum.broken.len() >= stop_after {
                        enough.store(true, Ordering::Relaxed);
                    }
                }
            });
        }
    });
    let mut sum = sum.into_inner().unwrap_or_default();
    sum.broken.sort_by_key(|outcome| outcome.seed);
    sum
}

impl Sum {
    fn add(&mut self, outcome: Outcome) {
        if outcome.on_disk {
            self.on_disk += 1;
        } else {
            self.in_memory += 1;
        }
        let (sum, more) = (&mut self.counts, outcome.counts);
        sum.steps += more.steps;
        sum.messages += more.messages;
        sum.arrived += more.arrived;
        sum.crashes += more.crashes;
        sum.acts += more.acts;
        sum.chits += more.chits;
        sum.tallies += more.tallies;
        sum.forgeries += more.forgeries;
        if outcome.broken.is_some() {
            self.broken.push(outcome);
        }
    }
}

thread_local! {
    static LAST_PANIC: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Panics inside a run are violations: they are told with it, and not by themselves.
pub fn hush_panics() {
    std::panic::set_hook(Box::new(|info| {
        let text = info.to_string();
        LAST_PANIC.with(|last| *last.borrow_mut() = Some(text));
    }));
}

fn message(panic: &(dyn std::any::Any + Send)) -> &str {
    panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("without a word")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_that_many_of_every_hundred() {
        for share in [0, 1, 7, 25, 50, 99, 100] {
            let on_disk = OnDisk::Percent(share);
            let held = (300..400).filter(|seed| on_disk.holds(*seed)).count();
            assert_eq!(held, usize::from(share));
        }
        assert_eq!((0..400).filter(|seed| OnDisk::Some.holds(*seed)).count(), 25);
    }

    #[test]
    fn a_life_in_files_is_the_life_in_memory() {
        for seed in [3, 11] {
            let (memory, files) = (play_on(seed, false, true), play_on(seed, true, true));

            assert!(files.on_disk && !memory.on_disk && memory.counts.acts > 0);
            assert_eq!(memory.trace, files.trace, "seed {seed}");
            assert_eq!(memory.picture, files.picture, "seed {seed}");
        }
    }
}
