//! A payment along two tallies survives a power cut at every commit: of the payer, of the relay, of the payee, and of a
//! referee who has no tally with any of them. Once with the commit durable and nobody told; once with the commit written
//! and lost. However it ends, the node is started again, everything resolves by itself, and nobody has lost anything: it
//! is paid everywhere, or nowhere.
#![cfg(target_os = "linux")]

#[path = "../src-tauri/crates/cli/tests/support/mod.rs"]
mod support;

#[allow(dead_code, reason = "this test reads a part of it")]
#[path = "../src-tauri/crates/cli/tests/support/read.rs"]
mod read;

#[path = "lift_matrix/ring.rs"]
mod ring;

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::{self, sleep};
use std::time::{Duration, Instant};

use read::{library, result, text};
use serde_json::Value;
use support::{Home, Node, eventually};

const NAMES: [&str; 4] = ["Ana Ruiz", "Ben Ode", "Cleo Asch", "Dora Lenz"];

/// Who pays, who is paid, who decides; the one between is Ben.
const ANA: usize = 0;
const CLEO: usize = 2;
const DORA: usize = 3;

/// More than what anybody may decide about whom nobody trusts.
const UNITS: i64 = 12_500;

/// A life that takes longer will never end: what is promised runs for a minute, and is asked about soon after.
const PATIENCE: Duration = Duration::from_secs(150);

/// Past the harness, which keeps to itself what a passing test says.
fn say(line: &str) {
    drop(writeln!(std::io::stderr(), "{line}"));
}

/// Where a life is cut.
#[derive(Clone, Copy, Debug)]
struct Cut {
    victim: usize,
    /// `after` the commit was durable, or `lost`.
    word: &'static str,
    at: u64,
}

/// Four homes in which everything is agreed, and a copy of each as it was then.
struct Stage {
    homes: [Home; 4],
    folder: PathBuf,
}

impl Stage {
    fn new(folder: &Path) -> Self {
        let homes = ["ana", "ben", "cleo", "dora"].map(|name| Home::new(folder, name));
        for (home, name) in homes.iter().zip(NAMES) {
            home.init(name);
        }
        let nodes: Vec<Node> = homes.iter().map(|home| home.run().0).collect();
        homes[DORA].verb(&["referee", "on"]).good();
        let who = homes[DORA].verb(&["status"]).good();
        let address = text(&who["identity"]["address"]);
        let agent = address.rsplit_once('@').and_then(|(name, _)| name.rsplit(':').next()).expect("an agent");
        let referee = format!("{agent}@{}", homes[DORA].address);
        for home in &homes[..DORA] {
            home.verb(&["referee", "trust", &referee]).good();
        }
        for pair in homes[..DORA].windows(2) {
            join(&pair[0], &pair[1]);
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

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    fs::set_permissions(to, fs::metadata(from).expect("a folder").permissions()).expect("as private");
    for entry in fs::read_dir(from).expect("a folder") {
        let entry = entry.expect("an entry");
        if entry.file_type().expect("a type").is_file() {
            fs::copy(entry.path(), to.join(entry.file_name())).expect("copied");
        }
    }
}

/// A tally over which both take a good deal, and lifts.
fn join(one: &Home, other: &Home) {
    let ticket = one.verb(&["ticket", "new"]).good();
    other.verb(&["ticket", "use", text(&ticket["link"]), "--yes"]).good();
    let id = one.tally_in("partnerDraft");
    one.verb(&["tally", "offer", &id, "--yes"]).good();
    eventually("an offer", || {
        other.tallies().into_iter().find(|row| row["id"] == *id && row["phase"] == "offeredToUs")
    });
    other.verb(&["tally", "accept", &id, "--yes"]).good();
    for home in [one, other] {
        eventually("an open tally", || {
            home.tallies().into_iter().find(|row| row["id"] == *id && row["phase"] == "open")
        });
        home.verb(&["tally", "settings", "set", &id, "--target", "100", "--bound", "100", "--yes"]).good();
        home.verb(&["lift", "on", &id, "--yes"]).good();
    }
    for home in [one, other] {
        eventually("copies that match", || {
            let row = home.tallies().into_iter().find(|row| row["id"] == *id)?;
            (row["copies"]["state"] == "match" && row["copies"]["entries"] == 4).then_some(())
        });
    }
}

/// One payment, cut somewhere.
struct Life<'a> {
    stage: &'a Stage,
    nodes: [Option<Node>; 4],
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

    fn commits(&self) -> [u64; 4] {
        [0, 1, 2, 3].map(|side| fs::metadata(self.count_of(side)).map_or(0, |about| about.len()))
    }

    /// Starts whoever should run and does not.
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
            let library = library.to_str().expect("a path in UTF-8");
            let count = self.count_of(side);
            let plan = self.cut.filter(|cut| !self.died && cut.victim == side);
            let plan = plan.map(|cut| format!("{}:{}", cut.word, cut.at));
            let mut more = vec![
                ("LD_PRELOAD", library),
                ("TALLYSTICK_POWERCUT_COUNT", count.to_str().expect("a path in UTF-8")),
            ];
            more.extend(plan.as_deref().map(|plan| ("TALLYSTICK_POWERCUT", plan)));
            let (node, ready) = self.stage.homes[side].start_with(&more);
            self.nodes[side] = Some(node);
            ready.wait();
        }
    }

    fn tails(&self) -> String {
        self.stage.homes.iter().map(Home::tail).collect::<Vec<_>>().join("\n----\n")
    }

    /// Pays once, as far as the cut lets it, and waits until nothing is open any more.
    fn live(&mut self) {
        for side in 0..4 {
            let _ = fs::remove_file(self.count_of(side));
        }
        self.keep_up();
        let mut paid = false;
        loop {
            self.keep_up();
            if !paid && let Some(invoice) = self.invoice() {
                paid = self.pay(&invoice);
            }
            if paid && self.is_over().unwrap_or(false) {
                return;
            }
            let late = self.began.elapsed() >= PATIENCE;
            assert!(!late, "a life is stuck, {:?}\n{}", self.cut, self.tails());
            sleep(Duration::from_millis(20));
        }
    }

    /// The invoice; one that was made before a cut is still good, and only one is ever made.
    fn invoice(&self) -> Option<Value> {
        let cleo = &self.stage.homes[CLEO];
        let all = result(&cleo.verb(&["lift", "invoices"]))?;
        let known = all.as_array().and_then(|all| all.first().cloned());
        let known =
            known.or_else(|| result(&cleo.verb(&["lift", "invoice", "--units", "12.5", "--memo", "bread"])));
        let id = known?["id"].as_str()?.to_owned();
        result(&cleo.verb(&["lift", "invoice-show", &id]))
    }

    /// Pays until it is under way, or further. A try that was cut short is looked at again.
    fn pay(&self, invoice: &Value) -> bool {
        let ana = &self.stage.homes[ANA];
        let known = result(&ana.verb(&["lift", "payment", text(&invoice["id"])]));
        let begun =
            |payment: &Value| ["underWay", "paid", "void", "failed"].contains(&text(&payment["state"]));
        if known.as_ref().is_some_and(begun) {
            return true;
        }
        let said = ana.verb(&["lift", "pay", text(&invoice["code"]), "--yes"]);
        result(&said).as_ref().is_some_and(begun)
    }

    /// Whether nobody holds anything, and nothing waits to be said.
    fn is_over(&self) -> Option<bool> {
        let mut over = true;
        for home in &self.stage.homes {
            let lifts = result(&home.verb(&["lift", "list"]))?;
            over &= lifts.as_array()?.iter().all(|lift| lift["stage"] != "open");
            over &= result(&home.verb(&["status"]))?["connection"]["waiting"] == 0;
            let rows = result(&home.verb(&["tally", "list"]))?;
            over &= rows.as_array()?.iter().all(|row| row["copies"]["state"] == "match");
        }
        Some(over)
    }

    /// Paid everywhere or nowhere, and every paper holds.
    fn check(&mut self) -> bool {
        let homes = &self.stage.homes;
        let nets: Vec<i64> = homes
            .iter()
            .map(|home| home.tallies().iter().map(|row| row["balance"].as_i64().expect("a balance")).sum())
            .collect();
        let paid = nets[CLEO] != 0;
        let moved = if paid { UNITS } else { 0 };
        assert_eq!(nets, [-moved, 0, moved, 0], "{:?}\n{}", self.cut, self.tails());
        let invoices = homes[CLEO].verb(&["lift", "invoices"]).good();
        let invoice = &invoices[0];
        let payment = homes[ANA].verb(&["lift", "payment", text(&invoice["id"])]).good();
        let words = (text(&invoice["state"]), text(&payment["state"]));
        let fits = if paid { words == ("paid", "paid") } else { words.0 != "paid" && words.1 != "paid" };
        assert!(fits, "{words:?}, {:?}", self.cut);
        for (home, name) in homes.iter().zip(NAMES) {
            let lifts = home.verb(&["lift", "list"]).good();
            assert!(lifts.as_array().expect("a list").iter().all(|lift| lift["sound"] == true), "{lifts}");
            let found = home.verb(&["verify"]);
            assert_eq!(found.code, Some(0), "{name}, {:?}: {found:?}", self.cut);
        }
        paid
    }
}

/// One row of the matrix: each commit of one victim, ending in one way.
struct Row {
    victim: usize,
    word: &'static str,
    begun: AtomicU64,
    over: Mutex<bool>,
    cuts: AtomicU64,
    paid: AtomicU64,
}

impl Row {
    /// Plays the next life of this row. False if there is none.
    fn play(&self, stage: &Stage) -> bool {
        if *self.over.lock().expect("nobody panics with it") {
            return false;
        }
        let at = self.begun.fetch_add(1, Ordering::SeqCst) + 1;
        let mut life = Life::new(stage, Some(Cut { victim: self.victim, word: self.word, at }));
        life.live();
        self.paid.fetch_add(u64::from(life.check()), Ordering::SeqCst);
        if life.died {
            self.cuts.fetch_add(1, Ordering::SeqCst);
        } else {
            *self.over.lock().expect("nobody panics with it") = true;
        }
        true
    }
}

#[test]
fn a_power_cut_at_any_commit_of_a_lift_costs_nobody_anything() {
    let began = Instant::now();
    let folders: Vec<_> = (0..lanes()).map(|_| tempfile::tempdir().expect("a folder")).collect();
    let stages: Vec<Stage> = thread::scope(|scope| {
        let made: Vec<_> = folders.iter().map(|folder| scope.spawn(|| Stage::new(folder.path()))).collect();
        made.into_iter().map(|stage| stage.join().expect("a stage")).collect()
    });
    let mut undisturbed = Life::new(&stages[0], None);
    undisturbed.live();
    assert!(undisturbed.check(), "undisturbed it is paid");
    let commits = undisturbed.commits();
    drop(undisturbed);
    say(&format!("an undisturbed payment: {commits:?} commits, {:.1?}", began.elapsed()));
    assert!(commits.iter().all(|commits| *commits >= 3), "too short a life: {commits:?}");

    let rows: Vec<Row> = (0..4)
        .flat_map(|victim| ["after", "lost"].map(|word| (victim, word)))
        .map(|(victim, word)| Row {
            victim,
            word,
            begun: AtomicU64::new(0),
            over: Mutex::default(),
            cuts: AtomicU64::new(0),
            paid: AtomicU64::new(0),
        })
        .collect();
    thread::scope(|scope| {
        for stage in &stages {
            scope.spawn(|| while rows.iter().any(|row| row.play(stage)) {});
        }
    });

    let sum =
        |of: fn(&Row) -> &AtomicU64| -> u64 { rows.iter().map(|row| of(row).load(Ordering::SeqCst)).sum() };
    for row in &rows {
        let (cuts, paid) = (row.cuts.load(Ordering::SeqCst), row.paid.load(Ordering::SeqCst));
        say(&format!("{:<10} cut {:<5}: {cuts} cuts, {paid} paid", NAMES[row.victim], row.word));
        // A row that ended far too early cut nothing where it should have.
        assert!(cuts * 10 >= commits[row.victim] * 5, "{cuts} cuts of {commits:?}");
    }
    say(&format!(
        "{} cuts, {} payments came to pass all the same, {:.0?}",
        sum(|row| &row.cuts),
        sum(|row| &row.paid),
        began.elapsed()
    ));
}

/// Lives played at once: most of a life is waiting.
fn lanes() -> usize {
    thread::available_parallelism().map_or(1, usize::from) * 3
}
