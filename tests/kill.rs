//! Money survives SIGKILL: two nodes go from a ticket to a paid chit while one or the other is killed at random
//! instants. However often, the job completes, exactly one chit exists, and both ledgers agree and hold.
//!
//! Each job follows one of three clocks, because the windows in which a crash could hurt are of three kinds: the time
//! both nodes have been up, the bytes that went over the wire (the kill comes in the middle of a frame), and the writes
//! to the victim's ledger. The points are uniform over what a job needs: twice what an undisturbed one does, since each
//! restart repeats a part. Now and then a node is killed again while it starts.
//!
//! `TALLYSTICK_SEED` repeats the dice of an earlier run; how the machine schedules the processes it cannot repeat.
//! `TALLYSTICK_KILLS` asks for more than the usual number.
#![cfg(target_os = "linux")]

#[path = "../src-tauri/crates/cli/tests/support/mod.rs"]
mod support;

#[path = "../src-tauri/crates/cli/tests/support/wire.rs"]
mod wire;

#[path = "../src-tauri/crates/cli/tests/support/job.rs"]
mod job;

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::thread::{self, sleep};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use job::{Dice, Job, held};

/// So many kills in all, unless `TALLYSTICK_KILLS` says otherwise.
const KILLS: usize = 200;

/// At most so many in one job.
const KILLS_A_JOB: usize = 5;

/// Jobs at once: two nodes and a verb each.
const AT_ONCE: usize = 4;

/// What an undisturbed job takes.
#[derive(Clone, Copy, Debug)]
struct Measure {
    micros: u64,
    bytes: u64,
    writes: u64,
}

/// What a job's kills are timed by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Clock {
    Time,
    Bytes,
    Writes,
}

const CLOCKS: [Clock; 3] = [Clock::Time, Clock::Bytes, Clock::Writes];

/// A kill that happened.
#[derive(Clone, Copy, Debug)]
struct Kill {
    phase: &'static str,
    victim: usize,
    starting: bool,
    clock: Clock,
}

/// Kills along one clock, for as long as the job goes on.
struct Killer<'a> {
    job: &'a Job,
    clock: Clock,
    measure: Measure,
    kills: Vec<Kill>,
}

impl Killer<'_> {
    fn work(&mut self, dice: &mut Dice, budget: &AtomicUsize) {
        let whole = match self.clock {
            Clock::Time => self.measure.micros,
            Clock::Bytes => self.measure.bytes,
            Clock::Writes => self.measure.writes,
        };
        let mut points: Vec<u64> = (0..KILLS_A_JOB).map(|_| dice.below(2 * whole)).collect();
        points.sort_unstable();
        let mut passed = 0;
        let mut again = None;
        for point in points {
            let (victim, starting) = match again.take() {
                Some(victim) => (victim, true),
                None => (usize::from(dice.below(2) == 1), false),
            };
            let reached = if starting {
                self.during_start(victim, dice)
            } else {
                self.until(point, victim, &mut passed, dice)
            };
            let allowed = || {
                budget.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_ok()
            };
            if !reached || !allowed() {
                break;
            }
            let phase = *held(&self.job.phase);
            if self.job.kill(victim) {
                self.kills.push(Kill { phase, victim, starting, clock: self.clock });
            } else {
                budget.fetch_add(1, Ordering::SeqCst);
            }
            self.job.wire.pass();
            again = (dice.below(5) == 0).then_some(victim);
        }
        self.job.wire.pass();
    }

    fn over(&self) -> bool {
        self.job.done.load(Ordering::SeqCst)
    }

    /// Waits until the clock has reached a point; false if the job was done before.
    fn until(&self, point: u64, victim: usize, passed: &mut u64, dice: &mut Dice) -> bool {
        if self.clock == Clock::Bytes {
            self.job.wire.stop_at(point);
        }
        let mut before = Instant::now();
        let mut log = self.job.log_of(victim);
        let jitter = Duration::from_micros(dice.below(2_000));
        loop {
            if self.over() {
                return false;
            }
            let now = Instant::now();
            match self.clock {
                Clock::Time if self.job.both_ready() => *passed += micros(now - before),
                Clock::Writes if self.job.both_ready() => {
                    let seen = self.job.log_of(victim);
                    *passed += u64::from(seen != log);
                    log = seen;
                }
                Clock::Time | Clock::Bytes | Clock::Writes => {}
            }
            before = now;
            let reached = match self.clock {
                Clock::Time => *passed >= point,
                // A wire that is quiet for good reaches no point; the next job tries again.
                Clock::Bytes => self.job.wire.is_stopped(),
                Clock::Writes => *passed >= point && self.job.both_ready(),
            };
            if reached {
                if self.clock == Clock::Writes {
                    sleep(jitter);
                }
                return !self.over();
            }
            sleep(Duration::from_micros(100));
        }
    }

    /// Waits until the victim was started again, and then a little.
    fn during_start(&self, victim: usize, dice: &mut Dice) -> bool {
        while held(&self.job.nodes[victim]).is_none() {
            if self.over() {
                return false;
            }
            sleep(Duration::from_micros(100));
        }
        sleep(Duration::from_micros(dice.below(150_000)));
        !self.over()
    }
}

/// One job from two fresh profiles to two agreeing ledgers.
fn one_job(
    folder: &Path,
    seed: u64,
    plan: Option<(Clock, Measure)>,
    budget: &AtomicUsize,
) -> (Vec<Kill>, Measure) {
    let job = Job::new(folder);
    let mut dice = Dice(seed);
    let mut driver = Dice(dice.roll());
    let writes = AtomicU64::new(0);
    job.keep_up(Duration::ZERO);
    let began = Instant::now();
    let (kills, took) = thread::scope(|scope| {
        let killer = plan.map(|(clock, measure)| {
            let mut killer = Killer { job: &job, clock, measure, kills: Vec::new() };
            scope.spawn(move || {
                killer.work(&mut dice, budget);
                killer.kills
            })
        });
        if killer.is_none() {
            scope.spawn(|| {
                let mut log = None;
                while !job.done.load(Ordering::SeqCst) {
                    let seen = job.log_of(1);
                    writes.fetch_add(u64::from(seen != log), Ordering::SeqCst);
                    log = seen;
                    sleep(Duration::from_micros(100));
                }
            });
        }
        let driven = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| job.drive(&mut driver)));
        let took = began.elapsed();
        job.done.store(true, Ordering::SeqCst);
        job.wire.pass();
        let kills = killer.map(|killer| killer.join().expect("the killer lives")).unwrap_or_default();
        if let Err(panic) = driven {
            std::panic::resume_unwind(panic);
        }
        (kills, took)
    });
    job.check();
    let bytes = job.wire.bytes();
    (kills, Measure { micros: micros(took), bytes, writes: writes.load(Ordering::SeqCst) })
}

#[test]
fn two_hundred_kills_cost_no_money_and_make_none() {
    let fresh = SystemTime::now().duration_since(UNIX_EPOCH).map_or(1, micros);
    let seed = number("TALLYSTICK_SEED").unwrap_or(fresh);
    let wanted = number("TALLYSTICK_KILLS").and_then(|kills| usize::try_from(kills).ok()).unwrap_or(KILLS);
    // Past the harness, which keeps to itself what a passing test says.
    let say = |line: &str| drop(writeln!(std::io::stderr(), "{line}"));
    say(&format!("TALLYSTICK_SEED={seed}"));
    let began = Instant::now();
    let none = AtomicUsize::new(0);
    let folder = tempfile::tempdir().expect("a folder");
    let (_, measure) = one_job(folder.path(), seed, None, &none);
    say(&format!("an undisturbed job: {measure:?}"));

    let budget = AtomicUsize::new(wanted);
    let (next, runs) = (AtomicU64::new(0), AtomicUsize::new(0));
    let kills = Mutex::new(Vec::new());
    thread::scope(|scope| {
        let workers: Vec<_> = (0..AT_ONCE)
            .map(|_| {
                scope.spawn(|| {
                    while budget.load(Ordering::SeqCst) > 0 {
                        let number = next.fetch_add(1, Ordering::SeqCst);
                        let clock = CLOCKS[usize::try_from(number % 3).expect("small")];
                        let folder = tempfile::tempdir().expect("a folder");
                        let seed = seed.wrapping_add(number.wrapping_mul(0x5851_f42d_4c95_7f2d));
                        let (of_job, _) = one_job(folder.path(), seed, Some((clock, measure)), &budget);
                        held(&kills).extend(of_job);
                        runs.fetch_add(1, Ordering::SeqCst);
                    }
                })
            })
            .collect();
        for worker in workers {
            if let Err(panic) = worker.join() {
                budget.store(0, Ordering::SeqCst);
                say(&format!("TALLYSTICK_SEED={seed}"));
                std::panic::resume_unwind(panic);
            }
        }
    });

    let kills = held(&kills);
    say(&table(&kills));
    say(&format!("{} kills in {} jobs, {:.0?}", kills.len(), runs.load(Ordering::SeqCst), began.elapsed()));
    assert!(kills.len() >= wanted);
}

/// Kills by phase, victim and clock.
fn table(kills: &[Kill]) -> String {
    let mut rows: BTreeMap<&str, [usize; 6]> = BTreeMap::new();
    for kill in kills {
        let row = rows.entry(kill.phase).or_default();
        row[kill.victim] += 1;
        row[match kill.clock {
            _ if kill.starting => 5,
            Clock::Time => 2,
            Clock::Bytes => 3,
            Clock::Writes => 4,
        }] += 1;
    }
    let mut table = format!(
        "{:<24}{:>6}{:>6}{:>9}{:>9}{:>9}{:>10}",
        "killed while", "Ana", "Ben", "by time", "bytes", "writes", "starting"
    );
    for (phase, [ana, ben, time, bytes, writes, starting]) in rows {
        table.push_str(&format!("\n{phase:<24}{ana:>6}{ben:>6}{time:>9}{bytes:>9}{writes:>9}{starting:>10}"));
    }
    table
}

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok()?.parse().ok()
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}
