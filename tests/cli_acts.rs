//! Asking, answering, setting, closing and taking back through `tallystick-node`, as scripts meet them.
#![cfg(unix)]

#[path = "../src-tauri/crates/cli/tests/support/mod.rs"]
mod support;

use serde_json::{Value, json};
use support::{Home, Node, eventually};
use tempfile::TempDir;

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("a text, not {value}"))
}

fn list(value: &Value) -> &[Value] {
    value.as_array().unwrap_or_else(|| panic!("a list, not {value}"))
}

/// Ana and Ben with running nodes and an open tally between them.
struct Pair {
    _folder: TempDir,
    ana: Home,
    ben: Home,
    node_a: Option<Node>,
    _node_b: Node,
    tally: String,
}

impl Pair {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let (ana, ben) = (Home::new(folder.path(), "ana"), Home::new(folder.path(), "ben"));
        ana.init("Ana Ruiz");
        ben.init("Ben Ode");
        let ((node_a, _), (node_b, _)) = (ana.run(), ben.run());
        let ticket = ana.verb(&["ticket", "new"]).good();
        ben.verb(&["ticket", "use", text(&ticket["link"]), "--yes"]).good();
        let tally = ana.tally_in("partnerDraft");
        ana.verb(&["tally", "offer", &tally, "--yes"]).good();
        ben.tally_in("offeredToUs");
        ben.verb(&["tally", "accept", &tally, "--yes", "--wait", "20"]).good();
        let pair = Self { _folder: folder, ana, ben, node_a: Some(node_a), _node_b: node_b, tally };
        pair.matching(0);
        pair
    }

    fn matching(&self, entries: u64) {
        for home in [&self.ana, &self.ben] {
            eventually("matching copies", || {
                let row = home.verb(&["tally", "show", &self.tally]).good()["row"].clone();
                (row["copies"]["state"] == "match" && row["copies"]["entries"] == entries).then_some(())
            });
        }
    }

    fn request(home: &Home, state: &str) -> Value {
        eventually(state, || {
            let all = home.verb(&["chit", "requests"]).good();
            list(&all).iter().find(|request| request["state"] == state).cloned()
        })
    }
}

#[test]
fn a_request_is_refused_asked_again_and_paid() {
    let Pair { ana, ben, tally, .. } = &Pair::new();
    let ask = ["chit", "request", tally, "12.500", "--memo", "bike tube", "--days", "7"];
    let id = text(&ana.verb(&ask).good()["request"]).to_owned();
    let asked = Pair::request(ben, "waiting");
    assert_eq!((&asked["id"], &asked["units"], &asked["mine"]), (&json!(id), &json!(12_500), &json!(false)));
    let words = ben.words(&["chit", "requests", tally]);
    assert!(words.contains("Ana Ruiz asks you for 12.500 CHIP  \"bike tube\"  waiting until 20"), "{words}");

    let no = ben.verb(&["chit", "refuse", tally, &id, "--reason", "we said 10", "--wait", "20"]).good();
    assert_eq!((&no["refused"], &no["arrived"]), (&json!(id), &json!(true)));
    assert_eq!(text(&Pair::request(ana, "refused")["reason"]), "we said 10");
    ana.verb(&["chit", "again", tally, &id, "10", "--memo", "as we said"]).good();
    assert_eq!(Pair::request(ben, "waiting")["times"], 2);

    let timid = ben.verb(&["chit", "grant", tally, &id, "--show"]);
    assert_eq!(timid.failure(), ("nobodyAgrees".to_owned(), Some(1)));
    assert!(
        timid.err.contains("You promise Ana Ruiz 10.000 CHIP.") && timid.err.contains(&id),
        "{}",
        timid.err
    );
    let paid = ben.verb(&["chit", "grant", tally, &id, "--yes", "--wait", "20"]).good();
    assert_eq!((&paid["preview"]["answers"], &paid["arrived"]), (&json!(id), &json!(true)));
    assert_eq!(Pair::request(ana, "paid")["id"], json!(id));
    let again = ben.verb(&["chit", "grant", tally, &id, "--yes"]);
    assert_eq!(again.failure(), ("outOfTurn".to_owned(), Some(1)));

    let second = text(&ana.verb(&["chit", "request", tally, "1"]).good()["request"]).to_owned();
    Pair::request(ben, "waiting");
    assert_eq!(ana.verb(&["chit", "withdraw", tally, &second]).good()["withdrawn"], json!(second));
    Pair::request(ben, "withdrawn");
    let late = ben.verb(&["chit", "grant", tally, &second, "--yes"]);
    assert_eq!(late.failure(), ("outOfTurn".to_owned(), Some(1)));
}

#[test]
fn settings_are_set_one_by_one_and_their_rules_are_named() {
    let pair = Pair::new();
    let Pair { ana, ben, tally, .. } = &pair;
    let set = |args: &[&str]| ana.verb(&[&["tally", "settings", "set", tally][..], args].concat());
    set(&["--target", "3", "--bound", "7", "--reward", "2.5", "--yes", "--wait", "20"]).good();
    let outcome = set(&["--clutch", "-0.25", "--yes", "--wait", "20"]).good();
    let change = &outcome["preview"]["settings"];
    assert_eq!((&change["before"]["clutchPpm"], &change["after"]["clutchPpm"]), (&json!(0), &json!(-2_500)));

    let theirs = &ben.verb(&["tally", "settings", "show", tally]).good()["theirs"];
    assert_eq!(
        (&theirs["target"], &theirs["bound"], &theirs["rewardPpm"]),
        (&json!(3_000), &json!(7_000), &json!(25_000))
    );
    let words = ben.words(&["tally", "settings", "show", tally]);
    assert!(
        words.contains("they   hold 3.000 CHIP, at most 7.000, charge 2.5 % to take and -0.25 % to let go"),
        "{words}"
    );
    let broken = set(&["--target", "8", "--yes"]);
    assert_eq!(
        (broken.failure(), text(&broken.json()["rule"])),
        (("badSettings".to_owned(), Some(1)), "targetAboveBound")
    );
    for wrong in [&["--yes"][..], &["--reward", "2,5"], &["--clutch", "0.00001"], &["--target", "-1"]] {
        assert_eq!(set(wrong).code, Some(2), "{wrong:?}");
    }
    pair.matching(2);
    let listed = ben.verb(&["chit", "list", tally, "--kind", "settings", "--who", "theirs"]).good();
    assert_eq!((&listed["shown"], list(&listed["entries"]).len()), (&json!(2), 2));
}

#[test]
fn a_tally_is_called_closed_and_forgiven() {
    let pair = Pair::new();
    let Pair { ana, ben, tally, .. } = &pair;
    ben.verb(&["chit", "pay", tally, "5", "--yes", "--wait", "20"]).good();
    pair.matching(1);
    let early = ana.verb(&["tally", "call", tally, "--by", "13d", "--yes"]);
    assert_eq!(early.failure(), ("tooEarly".to_owned(), Some(1)));
    assert!(early.json()["earliest"].is_i64());
    assert_eq!(ana.verb(&["tally", "call", tally, "--by", "soon", "--yes"]).code, Some(2));
    ana.verb(&["tally", "call", tally, "--by", "15d", "--yes", "--wait", "20"]).good();
    pair.matching(2);
    let needs = ben.verb(&["activity"]).good()["needs"].clone();
    assert_eq!((list(&needs).len(), &needs[0]["kind"]), (1, &json!("called")));

    ben.verb(&["tally", "close", tally, "--yes", "--wait", "20"]).good();
    assert_eq!(ana.tally_in("closing"), *tally);
    let deeper = ben.verb(&["chit", "pay", tally, "1", "--yes"]);
    assert_eq!((deeper.failure().0, &deeper.json()["rest"]), ("onlyTowardZero".to_owned(), &json!(0)));
    ben.verb(&["tally", "keep-open", tally, "--yes", "--wait", "20"]).good();
    assert_eq!(ana.tally_in("open"), *tally);
    assert_eq!(ana.verb(&["tally", "forgive", tally, "--yes"]).failure().0, "outOfTurn");
    ben.verb(&["tally", "close", tally, "--yes", "--wait", "20"]).good();
    ana.tally_in("closing");
    let words = ana.words(&["tally", "show", tally]);
    assert!(words.contains("they want to close; 5.000 CHIP to go"), "{words}");

    let forgiven = ana.verb(&["tally", "forgive", tally, "--yes", "--wait", "20"]).good();
    assert_eq!(
        (&forgiven["preview"]["kind"], &forgiven["preview"]["units"]),
        (&json!("forgive"), &json!(5_000))
    );
    for home in [ana, ben] {
        assert_eq!(home.tally_in("closed"), *tally);
        assert_eq!(home.verb(&["chit", "list", tally]).good()["total"], 6);
        assert_eq!(home.verb(&["verify"]).good()["wrong"], json!([]));
    }
}

#[test]
fn what_has_not_left_can_be_taken_back_and_what_happened_is_listed() {
    let mut pair = Pair::new();
    let node = pair.node_a.take().expect("a node");
    assert_eq!(node.end(), Some(0));
    let Pair { ana, ben, tally, .. } = &pair;
    eventually("the end of all links", || {
        (ben.verb(&["status"]).good()["connection"]["links"] == 0).then_some(())
    });
    let first = ben.verb(&["chit", "pay", tally, "1", "--memo", "Brot", "--yes"]).good();
    let second = ben.verb(&["chit", "pay", tally, "2", "--memo", "Milch", "--yes"]).good();
    let entry = text(&second["signed"]["entry"]);
    assert_eq!(ben.verb(&["chit", "cancel", tally, entry]).good()["cancelled"], json!(entry));
    assert_eq!(ben.verb(&["chit", "cancel", tally, entry]).failure(), ("notFound".to_owned(), Some(1)));
    let page = ben.verb(&["chit", "list", tally]).good();
    assert_eq!((&page["total"], &page["cancelled"][0]["units"]), (&json!(1), &json!(2_000)));

    let (_a, _) = ana.run();
    pair.matching(1);
    let entry = text(&first["signed"]["entry"]);
    assert_eq!(ben.verb(&["chit", "cancel", tally, entry]).failure(), ("cannotCancel".to_owned(), Some(1)));
    let found = ana.verb(&["chit", "list", tally, "--text", "BROT", "--who", "theirs"]).good();
    assert_eq!((&found["shown"], &found["hidden"]), (&json!(1), &json!(0)));
    let none = ana.verb(&["chit", "list", tally, "--who", "mine"]).good();
    assert_eq!((&none["shown"], &none["hidden"], &none["hiddenSum"]), (&json!(0), &json!(1), &json!(1_000)));
    let words = ana.words(&["chit", "list", tally, "--who", "mine"]);
    assert!(words.contains("1 entry, 1 of them hidden"), "{words}");

    let activity = ana.verb(&["activity", "--read"]).good();
    let kinds: Vec<&str> = list(&activity["happened"]).iter().map(|item| text(&item["kind"])).collect();
    assert_eq!((kinds, &activity["unread"]), (vec!["received", "tallyOpened"], &json!(2)));
    assert_eq!(ana.verb(&["activity"]).good()["unread"], 0);
    let words = ben.words(&["activity"]);
    assert!(words.contains("you took an entry for Ana Ruiz back: 2.000 CHIP  \"Milch\""), "{words}");
    let before = activity["happened"][0]["id"].as_str().expect("a place");
    let earlier = ana.verb(&["activity", "--before", before]).good();
    assert_eq!(list(&earlier["happened"]).len(), 1);
}
