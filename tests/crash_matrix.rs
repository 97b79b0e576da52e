//! Money survives a power cut at every commit: the whole life of a tally is played between two nodes once for each
//! commit of each of them, and there the process ends. Once with the commit durable and nobody told; once with the
//! commit written and lost, as when the power goes before the disk has it. All of them, not a sample.
//!
//! However it ends, the node is started again, the people go on where they find their wallets, and at the end of life
//! both copies are the same, every promise stands exactly once, and every signature and hash checks.
#![cfg(target_os = "linux")]

#[path = "../src-tauri/crates/cli/tests/support/mod.rs"]
mod support;

#[path = "../src-tauri/crates/cli/tests/support/life.rs"]
mod life;

use std::io::Write as _;
use std::thread;
use std::time::Instant;

use life::{Cut, Life, When};

/// Past the harness, which keeps to itself what a passing test says.
fn say(line: &str) {
    drop(writeln!(std::io::stderr(), "{line}"));
}

/// What one row of the matrix saw.
struct Row {
    victim: usize,
    when: When,
    cuts: u64,
}

/// Cuts one victim at its first commit, its second, and so on, until a life has no such commit any more.
fn row(victim: usize, when: When) -> Row {
    let (mut cuts, mut whole) = (0, 0);
    for at in 1.. {
        let folder = tempfile::tempdir().expect("a folder");
        let mut life = Life::new(folder.path(), Some(Cut { victim, when, at }));
        life.live();
        life.check();
        if life.was_cut() {
            cuts += 1;
            whole = 0;
        } else {
            whole += 1;
        }
        // Commits are grouped as they come, so a life has a few more or fewer: twice past its end is past its end.
        if whole == 2 {
            break;
        }
    }
    Row { victim, when, cuts }
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

    let rows: Vec<Row> = thread::scope(|scope| {
        let rows = [(0, When::After), (1, When::After), (0, When::Lost), (1, When::Lost)];
        let rows = rows.map(|(victim, when)| scope.spawn(move || row(victim, when)));
        rows.into_iter()
            .map(|row| row.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
            .collect()
    });

    for row in &rows {
        say(&format!("{:?} cut {:?} each commit: {} cuts", life::NAMES[row.victim], row.when, row.cuts));
        // A lane that ended far too early cut nothing where it should have.
        assert!(row.cuts * 10 >= commits[row.victim] * 7, "{} cuts of {commits:?}", row.cuts);
    }
    let cuts: u64 = rows.iter().map(|row| row.cuts).sum();
    say(&format!("{cuts} cuts, all of them survived, {:.0?}", began.elapsed()));
}
