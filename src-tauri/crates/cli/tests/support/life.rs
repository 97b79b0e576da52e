//! The whole life of a tally between two nodes, from two fresh profiles to its last entry.
//!
//! The people may be interrupted anywhere: each look at both wallets says what is still missing.

use std::fs;
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::read::{library, memos, moved, names, result, tallies, text, whole};
use crate::script::{
    EACH, ENTRIES, NAMES, PAYMENTS, Part, REGRETTED, REST, TOWARD_ZERO, WISHES, amount, owed, script,
};
use crate::support::{Home, Node};

/// A life that takes longer will never end.
const PATIENCE: Duration = Duration::from_secs(120);

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
    /// The cut was made.
    died: bool,
    /// Ben's computer is off.
    away: bool,
    part: Part,
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
            died: false,
            away: false,
            part: Part::Talk,
            began: Instant::now(),
        }
    }

    /// Whether the victim had such a commit.
    pub(crate) fn was_cut(&self) -> bool {
        self.died
    }

    /// Commits of each node so far.
    pub(crate) fn commits(&self) -> [u64; 2] {
        self.counts.each_ref().map(|file| fs::metadata(file).map_or(0, |about| about.len()))
    }

    /// Plays it to the end.
    pub(crate) fn live(&mut self) {
        while self.part != Part::Over {
            self.keep_up();
            if self.step() {
                self.part = self.part.next();
                continue;
            }
            let late = self.began.elapsed() >= PATIENCE;
            assert!(!late, "a life is stuck at {:?}, {:?}\n{}", self.part, self.cut, self.tails());
            sleep(Duration::from_millis(3));
        }
    }

    /// Starts whichever node should run and does not; the victim's starts have the cut in them until it was made.
    fn keep_up(&mut self) {
        for side in [0, 1] {
            if self.nodes[side].as_mut().is_some_and(Node::lives) {
                continue;
            }
            if self.nodes[side].take().is_some() {
                self.dies(side);
            }
            if side == 1 && self.away {
                continue;
            }
            let library = library();
            let library = library.to_str().expect("a path in UTF-8");
            let count = self.counts[side].to_str().expect("a path in UTF-8").to_owned();
            let so_far = self.commits()[side];
            let plan = self.cut.filter(|cut| !self.died && cut.victim == side).map(|cut| {
                let word = if cut.when == When::After { "after" } else { "lost" };
                format!("{word}:{}", cut.at.saturating_sub(so_far))
            });
            let mut more = vec![("LD_PRELOAD", library), ("TALLYSTICK_POWERCUT_COUNT", &count)];
            more.extend(plan.as_deref().map(|plan| ("TALLYSTICK_POWERCUT", plan)));
            let (node, ready) = self.homes[side].start_with(&more);
            self.nodes[side] = Some(node);
            ready.wait();
        }
    }

    /// A node has ended that nobody asked to.
    fn dies(&mut self, side: usize) {
        let meant = !self.died && self.cut.is_some_and(|cut| cut.victim == side);
        assert!(meant, "{} died of something else, {:?}\n{}", NAMES[side], self.cut, self.tails());
        self.died = true;
    }

    /// Looks at both wallets and does what is still missing of this part. True once nothing is.
    fn step(&mut self) -> bool {
        if self.part == Part::Regret {
            return self.regret().unwrap_or(false);
        }
        let done = match self.part {
            Part::Talk => self.talk(),
            Part::Round(round) => self.pay(round),
            Part::Settings => self.settings(),
            Part::Wishes => self.wishes(),
            Part::Close => self.close(),
            Part::Settle => self.settle(),
            Part::Forgive => self.forgive(),
            Part::Regret | Part::Over => Some(true),
        };
        // Nothing where a verb was cut short: whatever became of it, only the ledger knows.
        done.unwrap_or(false)
    }

    fn talk(&self) -> Option<bool> {
        let [ana, ben] = &self.homes;
        let (of_ana, of_ben) = (tallies(ana)?, tallies(ben)?);
        let Some(bens) = of_ben.first() else {
            self.invite();
            return None;
        };
        let anas = of_ana.iter().find(|row| row["phase"] != "draft")?;
        match (text(&anas["phase"]), text(&bens["phase"])) {
            ("partnerDraft", _) => drop(ana.verb(&["tally", "offer", text(&anas["id"]), "--yes"])),
            (_, "offeredToUs") => {
                let terms = ["--they-may-owe", "5", "--memo", "on second thoughts", "--yes"];
                drop(ben.verb(&[&["tally", "counter", text(&bens["id"])][..], &terms].concat()));
            }
            ("offeredToUs", _) => drop(ana.verb(&["tally", "accept", text(&anas["id"]), "--yes"])),
            ("open", "open") => return Some(true),
            _ => {}
        }
        None
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

    /// The only tally that came about, as each side sees it.
    fn rows(&self) -> Option<[Value; 2]> {
        let [ana, ben] = &self.homes;
        let row = |home| tallies(home)?.into_iter().find(|row| row["phase"] != "draft");
        Some([row(ana)?, row(ben)?])
    }

    /// Pages of history as each side sees them, of one kind.
    fn pages(&self, id: &str, kind: &str) -> Option<[Value; 2]> {
        let [ana, ben] = &self.homes;
        let page = |home: &Home| result(&home.verb(&["chit", "list", id, "--kind", kind]));
        Some([page(ana)?, page(ben)?])
    }

    /// Pays what is missing of a round.
    fn pay(&self, round: usize) -> Option<bool> {
        let rows = self.rows()?;
        let id = text(&rows[0]["id"]);
        let pages = self.pages(id, "all")?;
        let mut missing = false;
        for (side, home) in self.homes.iter().enumerate() {
            for number in 0..EACH {
                let memo = format!("round {round}, {} {number}", NAMES[side]);
                if !memos(&pages[side]).any(|written| written == memo) {
                    missing = true;
                    home.verb(&["chit", "pay", id, amount(round, side, number), "--memo", &memo, "--yes"]);
                }
            }
        }
        Some(!missing && whole(&rows, (round + 1) * EACH * 2))
    }

    /// Both set what they like to hold, without waiting for each other.
    fn settings(&self) -> Option<bool> {
        let rows = self.rows()?;
        let id = text(&rows[0]["id"]);
        let mut missing = false;
        for (home, bound) in self.homes.iter().zip(["20", "30"]) {
            let own = result(&home.verb(&["chit", "list", id, "--kind", "settings", "--who", "mine"]))?;
            if own["shown"] == 0 {
                missing = true;
                home.verb(&["tally", "settings", "set", id, "--target", "10", "--bound", bound, "--yes"]);
            }
        }
        Some(!missing && whole(&rows, PAYMENTS + 2))
    }

    /// Ana asks three times; Ben grants one and refuses one, and one she takes back.
    fn wishes(&self) -> Option<bool> {
        let [ana, ben] = &self.homes;
        let rows = self.rows()?;
        let id = text(&rows[0]["id"]);
        let list = |home: &Home| result(&home.verb(&["chit", "requests", id]));
        let (of_ana, of_ben) = (list(ana)?, list(ben)?);
        let find = |list: &Value, memo: &str| {
            let requests = list.as_array().expect("a list");
            let mut named = requests.iter().filter(|request| request["memo"] == memo).cloned();
            let found = named.next();
            assert_eq!(named.next(), None, "asked twice, {:?}", self.cut);
            found
        };
        let mut open = false;
        for (memo, amount, _, end) in WISHES {
            let (anas, bens) = (find(&of_ana, memo), find(&of_ben, memo));
            let Some(anas) = anas else {
                open = true;
                ana.verb(&["chit", "request", id, amount, "--memo", memo]);
                continue;
            };
            let waiting = |wish: &Value| wish["state"] == "waiting";
            open |= anas["state"] != end || !bens.as_ref().is_some_and(|wish| wish["state"] == end);
            // Ben does his part once he sees it, and Ana hers once he has.
            if bens.as_ref().is_some_and(waiting) {
                let name = text(&anas["id"]);
                match end {
                    "paid" => drop(ben.verb(&["chit", "grant", id, name, "--yes"])),
                    "refused" => drop(ben.verb(&["chit", "refuse", id, name, "--reason", "not now"])),
                    _ if waiting(&anas) => drop(ana.verb(&["chit", "withdraw", id, name])),
                    _ => {}
                }
            }
        }
        Some(!open && whole(&rows, PAYMENTS + 3))
    }

    /// While Ben's computer is off Ana signs something, and takes it back.
    fn regret(&mut self) -> Option<bool> {
        let id = tallies(&self.homes[0])?.into_iter().find(|row| row["phase"] != "draft")?;
        let id = text(&id["id"]);
        let page = result(&self.homes[0].verb(&["chit", "list", id]))?;
        if !page["cancelled"].as_array().expect("a list").is_empty() {
            self.away = false;
            return Some(true);
        }
        if !self.away {
            self.away = true;
            if self.nodes[1].take().and_then(Node::end) != Some(0) {
                // Its last commit was that of closing the ledger.
                self.dies(1);
            }
        }
        let ana = &self.homes[0];
        let written =
            page["entries"].as_array().expect("a list").iter().find(|entry| entry["memo"] == REGRETTED);
        match written {
            Some(entry) => {
                assert_eq!(entry["cancellable"], true, "{:?}\n{}", self.cut, self.tails());
                ana.verb(&["chit", "cancel", id, text(&entry["id"])]);
            }
            // A letter that was handed to a link may have arrived.
            None if result(&ana.verb(&["status"]))?["connection"]["links"] == 0 => {
                ana.verb(&["chit", "pay", id, "1000", "--memo", REGRETTED, "--yes"]);
            }
            None => {}
        }
        None
    }

    fn close(&self) -> Option<bool> {
        let rows = self.rows()?;
        match (text(&rows[0]["phase"]), text(&rows[1]["phase"])) {
            (_, "open") => drop(self.homes[1].verb(&["tally", "close", text(&rows[0]["id"]), "--yes"])),
            ("closing", "closing") => return Some(whole(&rows, PAYMENTS + 4)),
            _ => {}
        }
        None
    }

    fn settle(&self) -> Option<bool> {
        let rows = self.rows()?;
        let id = text(&rows[0]["id"]);
        let [of_ana, _] = self.pages(id, "payments")?;
        if !memos(&of_ana).any(|written| written == TOWARD_ZERO) {
            let amount = owed() - REST;
            let amount = format!("{}.{:03}", amount / 1_000, amount % 1_000);
            self.homes[0].verb(&["chit", "pay", id, &amount, "--memo", TOWARD_ZERO, "--yes"]);
            return None;
        }
        Some(whole(&rows, PAYMENTS + 5))
    }

    fn forgive(&self) -> Option<bool> {
        let rows = self.rows()?;
        match (text(&rows[0]["phase"]), text(&rows[1]["phase"])) {
            ("closing", _) => drop(self.homes[0].verb(&["tally", "forgive", text(&rows[0]["id"]), "--yes"])),
            ("closed", "closed") => return Some(whole(&rows, ENTRIES)),
            _ => {}
        }
        None
    }

    /// Waits until nothing is on its way any more, and gives each side's tally and its entries. The cut may still come.
    fn rest(&mut self) -> [(Value, Value); 2] {
        loop {
            self.keep_up();
            let [ana, ben] = &self.homes;
            if let (Some(of_ana), Some(of_ben)) = (self.at_rest(ana), self.at_rest(ben)) {
                return [of_ana, of_ben];
            }
            let late = self.began.elapsed() >= PATIENCE;
            assert!(!late, "a life finds no rest, {:?}\n{}", self.cut, self.tails());
            sleep(Duration::from_millis(3));
        }
    }

    fn at_rest(&self, home: &Home) -> Option<(Value, Value)> {
        if result(&home.verb(&["status"]))?["connection"]["waiting"] != 0 {
            return None;
        }
        let verified = home.verb(&["verify"]);
        assert_ne!(verified.code, Some(4), "{:?}: {verified:?}", self.cut);
        assert_eq!(result(&verified)?["chits"], ENTRIES, "{:?}", self.cut);
        let row = tallies(home)?.into_iter().find(|row| row["phase"] == "closed")?;
        let id = text(&row["id"]);
        Some((result(&home.verb(&["tally", "show", id]))?, result(&home.verb(&["chit", "list", id]))?))
    }

    /// What must hold in the end.
    pub(crate) fn check(&mut self) {
        let [(ana, of_ana), (ben, of_ben)] = self.rest();
        for part in ["digest", "headHash", "head", "agreed"] {
            assert!(!ana["proof"][part].is_null());
            assert_eq!(ana["proof"][part], ben["proof"][part], "{part}, {:?}", self.cut);
        }
        assert_eq!(ana["memo"], "on second thoughts", "what was countered is what was signed");
        assert_eq!(names(&of_ana), names(&of_ben), "{:?}", self.cut);
        assert_eq!(moved(&of_ana, 1), script(), "{:?}", self.cut);
        assert_eq!(moved(&of_ben, -1), script(), "{:?}", self.cut);
        let cancelled = |page: &Value| page["cancelled"].as_array().expect("a list").len();
        assert_eq!((cancelled(&of_ana), cancelled(&of_ben)), (1, 0), "{:?}", self.cut);
        assert_eq!(
            (&ana["row"]["balance"], &ben["row"]["balance"]),
            (&0.into(), &0.into()),
            "{:?}",
            self.cut
        );
        for side in [0, 1] {
            let ended = self.nodes[side].take().expect("a node").end();
            if ended.is_none() {
                // Its last commit came after all of this, or was that of closing the ledger.
                self.dies(side);
                let verified = self.homes[side].verb(&["verify"]).good();
                assert_eq!(verified["wrong"], Value::Array(Vec::new()), "{:?}", self.cut);
                assert_eq!(verified["chits"], ENTRIES, "{:?}", self.cut);
                continue;
            }
            assert_eq!(ended, Some(0), "{:?}\n{}", self.cut, self.tails());
        }
    }

    fn tails(&self) -> String {
        self.homes.iter().map(|home| format!("--- {}\n{}\n", home.log.display(), home.tail())).collect()
    }
}
