//! The whole job between two nodes, from two fresh profiles to one paid chit on both sides.
//!
//! Its driver may be interrupted anywhere: each round looks at both wallets and does what is still missing.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard};
use std::thread::sleep;
use std::time::{Duration, Instant, SystemTime};

use serde_json::Value;

use crate::support::{Home, Node, Said, eventually};
use crate::wire::Wire;

/// A job that takes longer will never end.
const JOB_PATIENCE: Duration = Duration::from_secs(90);

/// What is paid, in CHIP and as both sides must see it.
const AMOUNT: (&str, i64) = ("12.500", 12_500);

/// Ana invites and is paid, Ben pays.
const NAMES: [&str; 2] = ["Ana Ruiz", "Ben Ode"];

/// One job: two homes, their nodes, and how far they have come.
pub(crate) struct Job {
    homes: [Home; 2],
    pub(crate) nodes: [Mutex<Option<Node>>; 2],
    /// Whether each node has said so.
    ready: [AtomicBool; 2],
    pub(crate) phase: Mutex<&'static str>,
    pub(crate) done: AtomicBool,
    pub(crate) wire: Wire,
    began: Instant,
}

pub(crate) fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().expect("nobody panics with it")
}

impl Job {
    pub(crate) fn new(folder: &Path) -> Self {
        let mut homes = ["ana", "ben"].map(|name| Home::new(folder, name));
        let wire = Wire::between(&mut homes);
        for (home, name) in homes.iter_mut().zip(NAMES) {
            home.level = "warn,tallystick_node=debug".to_owned();
            home.init(name);
        }
        Self {
            homes,
            nodes: Default::default(),
            ready: Default::default(),
            phase: Mutex::new("starting"),
            done: AtomicBool::new(false),
            wire,
            began: Instant::now(),
        }
    }

    fn enter(&self, phase: &'static str) {
        *held(&self.phase) = phase;
    }

    /// Starts whichever node does not run. A start may end in another kill: then the next round starts it again.
    pub(crate) fn keep_up(&self, rest: Duration) {
        for side in [0, 1] {
            if held(&self.nodes[side]).as_mut().is_some_and(Node::lives) {
                continue;
            }
            self.ready[side].store(false, Ordering::SeqCst);
            sleep(rest);
            let (node, ready) = self.homes[side].start();
            *held(&self.nodes[side]) = Some(node);
            if ready.wait().is_some() {
                self.ready[side].store(true, Ordering::SeqCst);
            }
        }
    }

    pub(crate) fn both_ready(&self) -> bool {
        self.ready.iter().all(|ready| ready.load(Ordering::SeqCst))
    }

    /// Kills a node, if it runs.
    pub(crate) fn kill(&self, victim: usize) -> bool {
        let mut slot = held(&self.nodes[victim]);
        let Some(mut node) = slot.take() else { return false };
        self.ready[victim].store(false, Ordering::SeqCst);
        let lived = node.lives();
        node.kill();
        lived
    }

    /// Looks at both wallets and does what is still missing. True once nothing is.
    fn step(&self) -> bool {
        let [ana, ben] = &self.homes;
        let (Some(of_ana), Some(of_ben)) = (tallies(ana), tallies(ben)) else { return false };
        let Some(bens) = of_ben.first() else {
            self.invite();
            return false;
        };
        let anas = of_ana.iter().find(|row| row["phase"] != "draft");
        match (anas.map_or("draft", |row| text(&row["phase"])), text(&bens["phase"])) {
            ("draft", _) => self.enter("ticket on its way"),
            ("partnerDraft", _) => {
                self.enter("offering");
                ana.verb(&["tally", "offer", text(&anas.expect("just seen")["id"]), "--yes"]);
                self.enter("offer on its way");
            }
            (_, "contacted") => self.enter("offer on its way"),
            (_, "offeredToUs") => {
                self.enter("accepting");
                ben.verb(&["tally", "accept", text(&bens["id"]), "--yes"]);
                self.enter("acceptance on its way");
            }
            (_, "accepting" | "open") => return self.pay(anas.expect("not a draft"), bens),
            (_, phase) => panic!("Ben's tally is {phase}"),
        }
        false
    }

    fn pay(&self, anas: &Value, bens: &Value) -> bool {
        let ben = &self.homes[1];
        let id = text(&bens["id"]);
        // Whatever became of a verb that was cut short: only the ledger knows whether there was a payment.
        let Some(entries) = result(&ben.verb(&["chit", "list", id])) else { return false };
        if entries["total"] == 0 {
            if bens["phase"] == "open" {
                self.enter("paying");
                ben.verb(&["chit", "pay", id, AMOUNT.0, "--memo", "bike tube", "--yes"]);
                self.enter("payment on its way");
            } else {
                self.enter("acceptance on its way");
            }
            return false;
        }
        self.enter("payment on its way");
        let whole = |row: &Value| {
            row["phase"] == "open" && row["copies"]["state"] == "match" && row["copies"]["entries"] == 1
        };
        whole(anas) && whole(bens)
    }

    /// A ticket that was made before a crash is still good; a second one would be a second tally.
    fn invite(&self) {
        let [ana, ben] = &self.homes;
        self.enter("making the ticket");
        let Some(tickets) = result(&ana.verb(&["ticket", "list"])) else { return };
        let live =
            tickets.as_array().expect("a list").iter().find(|ticket| ticket["state"] == "live").cloned();
        let ticket = live.or_else(|| result(&ana.verb(&["ticket", "new"])));
        let Some(ticket) = ticket else { return };
        self.enter("using the ticket");
        ben.verb(&["ticket", "use", text(&ticket["link"]), "--yes"]);
        self.enter("ticket on its way");
    }

    /// Drives the job to its end.
    pub(crate) fn drive(&self, dice: &mut Dice) {
        loop {
            self.keep_up(Duration::from_micros(dice.below(60_000)));
            if self.step() {
                return;
            }
            assert!(self.began.elapsed() < JOB_PATIENCE, "stuck at {}\n{}", held(&self.phase), self.tails());
            sleep(Duration::from_millis(5));
        }
    }

    /// What must hold in the end.
    pub(crate) fn check(&self) {
        while !self.both_ready() {
            assert!(self.began.elapsed() < JOB_PATIENCE, "no two nodes\n{}", self.tails());
            self.keep_up(Duration::ZERO);
        }
        let views = self.homes.each_ref().map(|home| {
            let rows = home.tallies();
            let agreed: Vec<_> = rows.iter().filter(|row| row["phase"] == "open").collect();
            assert_eq!(agreed.len(), 1, "{rows:?}");
            let id = text(&agreed[0]["id"]).to_owned();
            let entries = home.verb(&["chit", "list", &id]).good();
            assert_eq!(entries["total"], 1, "{entries}");
            let verified = home.verb(&["verify"]).good();
            assert_eq!(
                (&verified["wrong"], &verified["chits"]),
                (&Value::Array(Vec::new()), &Value::from(1))
            );
            eventually("the last letter's answer", || {
                (home.verb(&["status"]).good()["connection"]["waiting"] == 0).then_some(())
            });
            (home.verb(&["tally", "show", &id]).good(), entries)
        });
        let [(ana, of_ana), (ben, of_ben)] = views;
        for part in ["digest", "headHash", "head", "agreed"] {
            assert!(!ana["proof"][part].is_null());
            assert_eq!(ana["proof"][part], ben["proof"][part], "{part}");
        }
        assert_eq!(of_ana["entries"][0]["id"], of_ben["entries"][0]["id"]);
        assert_eq!((&ana["row"]["balance"], &ben["row"]["balance"]), (&AMOUNT.1.into(), &(-AMOUNT.1).into()));
        for slot in &self.nodes {
            let node = held(slot).take().expect("a node");
            assert_eq!(node.end(), Some(0), "{}", self.tails());
        }
    }

    fn tails(&self) -> String {
        self.homes.iter().map(|home| format!("--- {}\n{}\n", home.log.display(), home.tail())).collect()
    }

    /// How often the victim's ledger was written, as far as one can see from outside.
    pub(crate) fn log_of(&self, side: usize) -> Option<(u64, SystemTime)> {
        let about = std::fs::metadata(self.homes[side].folder.join("ledger.db-wal")).ok()?;
        Some((about.len(), about.modified().ok()?))
    }
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

/// SplitMix64: dice that a seed repeats.
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.roll() % end.max(1)
    }
}
