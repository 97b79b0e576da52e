//! The whole life of a tally between two nodes, from two fresh profiles to its last entry.
//!
//! The people may be interrupted anywhere: each look at both wallets says what is still missing.

use std::fs;
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::support::{Home, Node, Said, eventually};

/// A life that takes longer will never end.
const PATIENCE: Duration = Duration::from_secs(120);

/// Ana invites, Ben is invited.
pub(crate) const NAMES: [&str; 2] = ["Ana", "Ben"];

/// Payments are made in rounds: within one, both people pay without waiting for each other.
const ROUNDS: usize = 7;

/// Payments of each person in a round.
const EACH: usize = 2;

/// Where a life is cut.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cut {
    pub(crate) victim: usize,
    pub(crate) when: When,
    /// At which commit of the victim's first run, from 1.
    pub(crate) at: u64,
}

/// How a commit ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum When {
    /// It is durable, and nobody was told.
    After,
    /// It was written and is lost.
    Lost,
}

/// Two homes, their nodes, and how far they have come.
pub(crate) struct Life {
    homes: [Home; 2],
    nodes: [Option<Node>; 2],
    counts: [PathBuf; 2],
    cut: Option<Cut>,
    starts: [u32; 2],
    began: Instant,
}

impl Life {
    pub(crate) fn new(folder: &Path, cut: Option<Cut>) -> Self {
        let mut homes = ["ana", "ben"].map(|name| Home::new(folder, name));
        for (home, name) in homes.iter_mut().zip(NAMES) {
            home.level = "warn,tallystick_node=debug".to_owned();
            home.init(name);
        }
        Self {
            homes,
            nodes: Default::default(),
            counts: ["ana.commits", "ben.commits"].map(|name| folder.join(name)),
            cut,
            starts: [0; 2],
            began: Instant::now(),
        }
    }

    /// Whether the victim had such a commit.
    pub(crate) fn was_cut(&self) -> bool {
        self.cut.is_some_and(|cut| self.starts[cut.victim] > 1)
    }

    /// Commits of each node, if nothing was cut.
    pub(crate) fn commits(&self) -> [u64; 2] {
        self.counts.each_ref().map(|file| fs::metadata(file).map_or(0, |about| about.len()))
    }

    /// Plays it to the end.
    pub(crate) fn live(&mut self) {
        loop {
            self.keep_up();
            if self.step() {
                return;
            }
            self.assert_alive("a life");
            sleep(Duration::from_millis(3));
        }
    }

    fn assert_alive(&self, what: &str) {
        let late = self.began.elapsed() >= PATIENCE;
        assert!(!late, "{what} is stuck, {:?}\n{}", self.cut, self.tails());
    }

    /// Starts whichever node does not run; the victim's first start has the cut in it.
    fn keep_up(&mut self) {
        for side in [0, 1] {
            if self.nodes[side].as_mut().is_some_and(Node::lives) {
                continue;
            }
            let first = self.starts[side] == 0;
            self.starts[side] += 1;
            let library = library();
            let library = library.to_str().expect("a path in UTF-8");
            let count = self.counts[side].to_str().expect("a path in UTF-8").to_owned();
            let plan = self
                .cut
                .filter(|cut| first && cut.victim == side)
                .map(|cut| format!("{}:{}", if cut.when == When::After { "after" } else { "lost" }, cut.at));
            let mut more = vec![("LD_PRELOAD", library), ("TALLYSTICK_POWERCUT_COUNT", &count)];
            more.extend(plan.as_deref().map(|plan| ("TALLYSTICK_POWERCUT", plan)));
            let (node, ready) = self.homes[side].start_with(if first { &more } else { &[] });
            self.nodes[side] = Some(node);
            ready.wait();
        }
    }

    /// Looks at both wallets and does what is still missing. True once nothing is.
    fn step(&mut self) -> bool {
        let [ana, ben] = &self.homes;
        let (Some(of_ana), Some(of_ben)) = (tallies(ana), tallies(ben)) else { return false };
        let Some(bens) = of_ben.first() else {
            self.invite();
            return false;
        };
        let Some(anas) = of_ana.iter().find(|row| row["phase"] != "draft") else { return false };
        match (text(&anas["phase"]), text(&bens["phase"])) {
            ("partnerDraft", _) => drop(ana.verb(&["tally", "offer", text(&anas["id"]), "--yes"])),
            (_, "offeredToUs") => drop(ben.verb(&["tally", "accept", text(&bens["id"]), "--yes"])),
            ("open", "open") => return self.pay(text(&bens["id"]), [anas, bens]),
            _ => {}
        }
        false
    }

    /// A ticket that was made before a cut is still good; a second one would be a second tally.
    fn invite(&self) {
        let [ana, ben] = &self.homes;
        let Some(tickets) = result(&ana.verb(&["ticket", "list"])) else { return };
        let live =
            tickets.as_array().expect("a list").iter().find(|ticket| ticket["state"] == "live").cloned();
        let Some(ticket) = live.or_else(|| result(&ana.verb(&["ticket", "new"]))) else { return };
        ben.verb(&["ticket", "use", text(&ticket["link"]), "--yes"]);
    }

    /// Pays what is missing of the first round that is not whole.
    fn pay(&self, id: &str, rows: [&Value; 2]) -> bool {
        let mut lists = Vec::new();
        for home in &self.homes {
            // Whatever became of a verb that was cut short: only the ledger knows what was paid.
            let Some(page) = result(&home.verb(&["chit", "list", id])) else { return false };
            let memos: Vec<String> = page["entries"]
                .as_array()
                .expect("a list")
                .iter()
                .map(|entry| text(&entry["memo"]).to_owned())
                .collect();
            lists.push(memos);
        }
        for round in 0..ROUNDS {
            let mut missing = false;
            for (side, home) in self.homes.iter().enumerate() {
                for number in 0..EACH {
                    let memo = format!("round {round}, {} {number}", NAMES[side]);
                    if lists[side].contains(&memo) {
                        continue;
                    }
                    missing = true;
                    home.verb(&["chit", "pay", id, amount(round, side, number), "--memo", &memo, "--yes"]);
                }
            }
            if missing {
                return false;
            }
            let so_far = Value::from((round + 1) * EACH * 2);
            let whole = |row: &Value| row["copies"]["state"] == "match" && row["copies"]["entries"] == so_far;
            let beyond = lists.iter().all(|list| list.len() > (round + 1) * EACH * 2);
            if !beyond && !rows.into_iter().all(whole) {
                return false;
            }
        }
        true
    }

    /// What must hold in the end.
    pub(crate) fn check(&mut self) {
        self.keep_up();
        let entries = u64::try_from(ROUNDS * EACH * 2).expect("a small number");
        let views = self.homes.each_ref().map(|home| {
            let id = home.tally_in("open");
            let verified = home.verb(&["verify"]).good();
            assert_eq!(verified["wrong"], Value::Array(Vec::new()), "{:?}", self.cut);
            assert_eq!(verified["chits"], entries, "{:?}", self.cut);
            eventually("the last letter's answer", || {
                (home.verb(&["status"]).good()["connection"]["waiting"] == 0).then_some(())
            });
            (home.verb(&["tally", "show", &id]).good(), home.verb(&["chit", "list", &id]).good())
        });
        let [(ana, of_ana), (ben, of_ben)] = views;
        for part in ["digest", "headHash", "head", "agreed"] {
            assert!(!ana["proof"][part].is_null());
            assert_eq!(ana["proof"][part], ben["proof"][part], "{part}, {:?}", self.cut);
        }
        assert_eq!(names(&of_ana), names(&of_ben), "{:?}", self.cut);
        let owes = |view: &Value| view["row"]["balance"].as_i64().expect("a balance");
        let paid = |side| {
            (0..ROUNDS).flat_map(|round| (0..EACH).map(move |number| milli(round, side, number))).sum::<i64>()
        };
        assert_eq!((owes(&ana), owes(&ben)), (paid(1) - paid(0), paid(0) - paid(1)), "{:?}", self.cut);
        for side in [0, 1] {
            let ended = self.nodes[side].take().expect("a node").end();
            let last_cut = self.cut.filter(|cut| cut.victim == side && self.starts[side] == 1);
            if ended.is_none() && last_cut.is_some() {
                // Its last commit was that of closing the ledger.
                self.starts[side] += 1;
                let verified = self.homes[side].verb(&["verify"]).good();
                assert_eq!(
                    (&verified["wrong"], &verified["chits"]),
                    (&Value::Array(Vec::new()), &entries.into())
                );
                continue;
            }
            assert_eq!(ended, Some(0), "{:?}\n{}", self.cut, self.tails());
        }
    }

    fn tails(&self) -> String {
        self.homes.iter().map(|home| format!("--- {}\n{}\n", home.log.display(), home.tail())).collect()
    }
}

/// Every entry's name, in order.
fn names(page: &Value) -> Vec<&str> {
    page["entries"].as_array().expect("a list").iter().map(|entry| text(&entry["id"])).collect()
}

/// No two payments are alike, so that one booked twice or lost shows in the sum.
fn milli(round: usize, side: usize, number: usize) -> i64 {
    AMOUNTS[(round * 2 + side) * EACH + number].1
}

fn amount(round: usize, side: usize, number: usize) -> &'static str {
    AMOUNTS[(round * 2 + side) * EACH + number].0
}

/// Powers of two, in CHIP and in milli-CHIPs.
const AMOUNTS: [(&str, i64); ROUNDS * EACH * 2] = [
    ("0.001", 1),
    ("0.002", 2),
    ("0.004", 4),
    ("0.008", 8),
    ("0.016", 16),
    ("0.032", 32),
    ("0.064", 64),
    ("0.128", 128),
    ("0.256", 256),
    ("0.512", 512),
    ("1.024", 1_024),
    ("2.048", 2_048),
    ("4.096", 4_096),
    ("8.192", 8_192),
    ("16.384", 16_384),
    ("32.768", 32_768),
    ("65.536", 65_536),
    ("131.072", 131_072),
    ("262.144", 262_144),
    ("524.288", 524_288),
    ("1048.576", 1_048_576),
    ("2097.152", 2_097_152),
    ("4194.304", 4_194_304),
    ("8388.608", 8_388_608),
    ("16777.216", 16_777_216),
    ("33554.432", 33_554_432),
    ("67108.864", 67_108_864),
    ("134217.728", 134_217_728),
];

/// The library that cuts, built beside this test.
fn library() -> PathBuf {
    let own = std::env::current_exe().expect("a path of our own");
    let library = own.with_file_name("libtallystick_powercut.so");
    assert!(library.is_file(), "no {}", library.display());
    library
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("a text, not {value}"))
}

/// What a verb gave; nothing if it was cut short, or refused because its time has passed.
fn result(said: &Said) -> Option<Value> {
    (said.code == Some(0)).then(|| said.json())
}

fn tallies(home: &Home) -> Option<Vec<Value>> {
    result(&home.verb(&["tally", "list"]))?.as_array().cloned()
}
