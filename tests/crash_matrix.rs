//! Money survives a power cut at every commit: the whole life of a tally (an offer and a counter-offer, payments both
//! ways, settings, requests, an entry taken back, and the end) is played between two nodes once for each commit of each
//! of them, and there the process ends. Once with the commit durable and nobody told; once with the
//! commit written and lost, as when the power goes before the disk has it. All of them, not a sample.
//!
//! However it ends, the node is started again, the people go on where they find their wallets, and at the end of life
//! both copies are the same, every promise stands exactly once, and every signature and hash checks.
#![cfg(target_os = "linux")]

#[path = "../src-tauri/crates/cli/tests/support/mod.rs"]
mod support;

#[path = "../src-tauri/crates/cli/tests/support/life.rs"]
mod life;

#[path = "../src-tauri/crates/cli/tests/support/read.rs"]
mod read;

#[path = "../src-tauri/crates/cli/tests/support/script.rs"]
mod script;

use std::collections::BTreeSet;
use std::io::Write as _;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Instant;

use life::{Cut, Life, When};

/// Past the harness, which keeps to itself what a passing test says.
fn say(line: &str) {
    drop(writeln!(std::io::stderr(), "{line}"));
}

/// One row of the matrix: each commit of one victim, ending in one way.
struct Row {
    victim: usize,
    when: When,
    /// Commits whose lives are being played, or were.
    begun: AtomicU64,
    /// Commits that a life did not have.
    past: Mutex<BTreeSet<u64>>,
    cuts: AtomicU64,
}

impl Row {
    const fn new(victim: usize, when: When) -> Self {
        let past = Mutex::new(BTreeSet::new());
        Self { victim, when, begun: AtomicU64::new(0), past, cuts: AtomicU64::new(0) }
    }

    /// Commits are grouped as they come, so a life has a few more or fewer: twice past its end is past its end.
    fn is_over(&self) -> bool {
        let past = self.past.lock().expect("nobody panics with it");
        past.iter().any(|at| past.contains(&(at + 1)))
    }

    /// Plays the next life of this row. False if there is none.
    fn play(&self) -> bool {
        if self.is_over() {
            return false;
        }
        let at = self.begun.fetch_add(1, Ordering::SeqCst) + 1;
        let folder = tempfile::tempdir().expect("a folder");
        let mut life = Life::new(folder.path(), Some(Cut { victim: self.victim, when: self.when, at }));
        life.live();
        life.check();
        if life.was_cut() {
            self.cuts.fetch_add(1, Ordering::SeqCst);
        } else {
            self.past.lock().expect("nobody panics with it").insert(at);
        }
        true
    }
}

/// Lives played at once: most of a life is waiting.
fn lanes() -> usize {
    2 * thread::available_parallelism().map_or(1, usize::from)
}

#[test]
fn a_power_cut_at_any_commit_costs_nobody_anything() {
    let began = Instant::now();
    let folder = tempfile::tempdir().expect("a folder");
    let mut undisturbed = Life::new(folder.path(), None);
    undisturbed.live();
    undisturbed.check();
    let commits = undisturbed.commits();
    say(&format!("an undisturbed life: {commits:?} commits, {:.1?}", began.elapsed()));
    assert!(commits.iter().all(|commits| *commits >= 40), "too short a life: {commits:?}");

    let rows = [(0, When::After), (1, When::After), (0, When::Lost), (1, When::Lost)];
    let rows = rows.map(|(victim, when)| Row::new(victim, when));
    thread::scope(|scope| {
        for _ in 0..lanes() {
            scope.spawn(|| while rows.iter().any(Row::play) {});
        }
    });

    for row in &rows {
        let cuts = row.cuts.load(Ordering::SeqCst);
        say(&format!("{:?} cut {:?} each commit: {cuts} cuts", script::NAMES[row.victim], row.when));
        // A row that ended far too early cut nothing where it should have.
        assert!(cuts * 10 >= commits[row.victim] * 7, "{cuts} cuts of {commits:?}");
    }
    let cuts: u64 = rows.iter().map(|row| row.cuts.load(Ordering::SeqCst)).sum();
    say(&format!("{cuts} cuts, all of them survived, {:.0?}", began.elapsed()));
}
