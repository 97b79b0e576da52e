//! A ring of three wallets with nothing but what a wallet comes with clears what it owes, whoever of them loses power at
//! whichever commit: once with the commit durable and nobody told, once with it written and lost.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::{self, sleep};
use std::time::{Duration, Instant};

use crate::read::{library, result, text};
use crate::support::{Home, Node, eventually};
use crate::{Cut, PATIENCE, copy, lanes, say};

const NAMES: [&str; 3] = ["Ana Ruiz", "Ben Ode", "Cleo Asch"];

/// What everybody owes the next, in CHIP.
const OWED: &str = "12.5";

/// Circles are thought of so often, in ms; and sought at most ten times as seldom.
const EVERY: &str = "300";

struct Stage {
    homes: [Home; 3],
    folder: PathBuf,
}

impl Stage {
    fn new(folder: &Path) -> Self {
        let homes = ["ana", "ben", "cleo"].map(|name| Home::new(folder, name));
        for (home, name) in homes.iter().zip(NAMES) {
            home.init(name);
        }
        let nodes: Vec<Node> = homes.iter().map(|home| home.run().0).collect();
        for home in &homes {
            home.verb(&["lift", "pause"]).good();
        }
        for (one, other) in [(0, 1), (1, 2), (2, 0)] {
            owe(&homes[one], &homes[other]);
        }
        for node in nodes {
            node.end();
        }
        let stage = Self { homes, folder: folder.to_path_buf() };
        for home in &stage.homes {
            copy(&home.folder, &stage.kept(home));
        }
        stage
    }

    fn kept(&self, home: &Home) -> PathBuf {
        self.folder.join("kept").join(home.folder.file_name().expect("a name"))
    }

    fn reset(&self) {
        for home in &self.homes {
            fs::remove_dir_all(&home.folder).expect("removed");
            copy(&self.kept(home), &home.folder);
        }
    }
}

/// A tally, signed as it comes, and a debt in it.
fn owe(one: &Home, other: &Home) {
    let ticket = one.verb(&["ticket", "new"]).good();
    let id = text(&ticket["tally"]).to_owned();
    other.verb(&["ticket", "use", text(&ticket["link"]), "--yes"]).good();
    let in_phase = |home: &Home, phase: &str| {
        eventually("a phase", || {
            home.tallies().into_iter().find(|row| row["id"] == *id && row["phase"] == phase)
        })
    };
    in_phase(one, "partnerDraft");
    one.verb(&["tally", "offer", &id, "--yes"]).good();
    in_phase(other, "offeredToUs");
    other.verb(&["tally", "accept", &id, "--yes"]).good();
    in_phase(one, "open");
    one.verb(&["chit", "pay", &id, OWED, "--yes"]).good();
    for home in [one, other] {
        eventually("copies that match", || {
            let row = home.tallies().into_iter().find(|row| row["id"] == *id)?;
            (row["copies"]["state"] == "match" && row["copies"]["entries"] == 1).then_some(())
        });
    }
}

struct Life<'a> {
    stage: &'a Stage,
    nodes: [Option<Node>; 3],
    cut: Option<Cut>,
    died: bool,
    began: Instant,
}

impl<'a> Life<'a> {
    fn new(stage: &'a Stage, cut: Option<Cut>) -> Self {
        stage.reset();
        Self { stage, nodes: Default::default(), cut, died: false, began: Instant::now() }
    }

    fn count_of(&self, side: usize) -> PathBuf {
        self.stage.folder.join(format!("{side}.commits"))
    }

    fn commits(&self) -> [u64; 3] {
        [0, 1, 2].map(|side| fs::metadata(self.count_of(side)).map_or(0, |about| about.len()))
    }

    fn tails(&self) -> String {
        self.stage.homes.iter().map(Home::tail).collect::<Vec<_>>().join("\n----\n")
    }

    fn keep_up(&mut self) {
        for (side, name) in NAMES.into_iter().enumerate() {
            if self.nodes[side].as_mut().is_some_and(Node::lives) {
                continue;
            }
            if self.nodes[side].take().is_some() {
                let meant = !self.died && self.cut.is_some_and(|cut| cut.victim == side);
                assert!(meant, "{name} died of something else, {:?}\n{}", self.cut, self.tails());
                self.died = true;
            }
            let library = library();
            let count = self.count_of(side);
            let plan = self.cut.filter(|cut| !self.died && cut.victim == side);
            let plan = plan.map(|cut| format!("{}:{}", cut.word, cut.at));
            let mut more = vec![
                ("LD_PRELOAD", library.to_str().expect("a path in UTF-8")),
                ("TALLYSTICK_POWERCUT_COUNT", count.to_str().expect("a path in UTF-8")),
                ("TALLYSTICK_CLEARING_EVERY_MS", EVERY),
            ];
            more.extend(plan.as_deref().map(|plan| ("TALLYSTICK_POWERCUT", plan)));
            let (node, ready) = self.stage.homes[side].start_with(&more);
            self.nodes[side] = Some(node);
            ready.wait();
        }
    }

    /// Lets lifts go through again, and waits until nobody owes anybody anything.
    fn live(&mut self) {
        for side in 0..3 {
            let _ = fs::remove_file(self.count_of(side));
        }
        let mut resumed = [false; 3];
        loop {
            self.keep_up();
            for (home, resumed) in self.stage.homes.iter().zip(&mut resumed).filter(|(_, resumed)| !**resumed)
            {
                *resumed = result(&home.verb(&["lift", "resume"])).is_some();
            }
            if resumed == [true; 3] && self.is_over().unwrap_or(false) {
                return;
            }
            let late = self.began.elapsed() >= PATIENCE;
            assert!(!late, "a life is stuck, {:?}\n{}", self.cut, self.tails());
            sleep(Duration::from_millis(20));
        }
    }

    fn is_over(&self) -> Option<bool> {
        for home in &self.stage.homes {
            let rows = result(&home.verb(&["tally", "list"]))?;
            let even = |row: &serde_json::Value| row["balance"] == 0 && row["copies"]["state"] == "match";
            let lifts = result(&home.verb(&["lift", "list"]))?;
            if !rows.as_array()?.iter().all(even)
                || lifts.as_array()?.iter().any(|lift| lift["stage"] == "open")
                || result(&home.verb(&["status"]))?["connection"]["waiting"] != 0
            {
                return Some(false);
            }
        }
        Some(true)
    }

    /// Everybody cleared as much, every paper holds, and every ledger.
    fn check(&self) {
        for (home, name) in self.stage.homes.iter().zip(NAMES) {
            let lifts = home.verb(&["lift", "list"]).good();
            let lifts = lifts.as_array().expect("a list");
            assert!(lifts.iter().all(|lift| lift["sound"] == true), "{name}, {:?}: {lifts:?}", self.cut);
            let good = lifts.iter().filter(|lift| lift["stage"] == "good");
            let sum: i64 = good.map(|lift| lift["units"].as_i64().expect("an amount")).sum();
            assert_eq!(sum, 12_500, "{name}, {:?}", self.cut);
            let found = home.verb(&["verify"]);
            assert_eq!(found.code, Some(0), "{name}, {:?}: {found:?}", self.cut);
        }
    }
}

#[test]
fn a_power_cut_at_any_commit_of_a_circle_costs_nobody_anything() {
    let began = Instant::now();
    let folders: Vec<_> = (0..lanes()).map(|_| tempfile::tempdir().expect("a folder")).collect();
    let stages: Vec<Stage> = thread::scope(|scope| {
        let made: Vec<_> = folders.iter().map(|folder| scope.spawn(|| Stage::new(folder.path()))).collect();
        made.into_iter().map(|stage| stage.join().expect("a stage")).collect()
    });
    let mut undisturbed = Life::new(&stages[0], None);
    undisturbed.live();
    undisturbed.check();
    let commits = undisturbed.commits();
    drop(undisturbed);
    say(&format!("an undisturbed circle: {commits:?} commits, {:.1?}", began.elapsed()));
    assert!(commits.iter().all(|commits| *commits >= 3), "too short a life: {commits:?}");

    // No two circles take the same commits: a row is played to well beyond what the undisturbed one took.
    let most = commits.iter().max().expect("three") * 3 / 2;
    let cuts: Vec<Cut> = (1..=most)
        .flat_map(|at| (0..3).flat_map(move |victim| ["after", "lost"].map(|word| Cut { victim, word, at })))
        .collect();
    let (left, cut) = (Mutex::new(cuts.into_iter()), AtomicU64::new(0));
    thread::scope(|scope| {
        for stage in &stages {
            scope.spawn(|| {
                loop {
                    let Some(plan) = left.lock().expect("nobody panics with it").next() else { return };
                    let mut life = Life::new(stage, Some(plan));
                    life.live();
                    life.check();
                    cut.fetch_add(u64::from(life.died), Ordering::SeqCst);
                }
            });
        }
    });
    let cut = cut.load(Ordering::SeqCst);
    say(&format!("{cut} circles cut and cleared all the same, {:.0?}", began.elapsed()));
    assert!(cut >= commits.iter().sum::<u64>(), "{cut} cuts of {commits:?}");
}
