//! Talking about a tally through `tallystick-node`: changed offers, contracts, cards, tickets for several, evidence.
#![cfg(unix)]

#[path = "../src-tauri/crates/cli/tests/support/mod.rs"]
mod support;

use std::path::Path;

use serde_json::{Value, json};
use support::{Home, alter, eventually};

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("a text, not {value}"))
}

fn two(folder: &Path) -> (Home, Home) {
    let (ana, ben) = (Home::new(folder, "ana"), Home::new(folder, "ben"));
    ana.init("Ana Ruiz");
    ben.init("Ben Ode");
    (ana, ben)
}

/// Ana invites with these words, Ben answers with those; gives the drafted tally.
fn answered(ana: &Home, ben: &Home, invite: &[&str], answer: &[&str]) -> String {
    let ticket = ana.verb(&[&["ticket", "new"][..], invite].concat()).good();
    let used = [&["ticket", "use", text(&ticket["link"]), "--yes", "--wait", "20"][..], answer].concat();
    ben.verb(&used).good();
    ana.tally_in("partnerDraft")
}

fn open(home: &Home) -> Value {
    let id = home.tally_in("open");
    eventually("matching copies", || {
        let tally = home.verb(&["tally", "show", &id]).good();
        (tally["row"]["copies"]["state"] == "match").then_some(tally)
    })
}

#[test]
fn an_offer_is_changed_told_apart_and_agreed_on() {
    let folder = tempfile::tempdir().expect("a folder");
    let (ana, ben) = two(folder.path());
    let (_a, _) = ana.run();
    let (_b, _) = ben.run();
    let set = ben.verb(&["card", "set", "--email", "ben@example.org", "--phone", "555 222"]).good();
    assert_eq!((text(&set["name"]), text(&set["phone"])), ("Ben Ode", "555 222"));
    let set = ben.verb(&["card", "set", "--phone", "", "--place", "The mill"]).good();
    assert_eq!((text(&set["email"]), &set["phone"]), ("ben@example.org", &Value::Null));
    assert_eq!(ben.verb(&["card", "show"]).good(), set);
    let untold = ana.verb(&["ticket", "new", "--disclose", "email"]);
    assert_eq!(untold.failure(), ("notFound".to_owned(), Some(1)));

    let tally = answered(&ana, &ben, &["--memo", "bikes"], &["--disclose", "email,place"]);
    let draft = ana.verb(&["tally", "show", &tally]).good();
    assert_eq!(
        draft["theirCard"],
        json!({
            "name": "Ben Ode", "email": "ben@example.org", "phone": null, "place": "The mill",
        })
    );
    let timid = ana.verb(&["tally", "counter", &tally, "--they-may-owe", "30"]);
    assert_eq!(timid.failure(), ("nobodyAgrees".to_owned(), Some(1)));
    assert!(timid.err.contains("limit (yours): 20.000 CHIP -> 30.000 CHIP"), "{}", timid.err);
    let first =
        ana.verb(&["tally", "counter", &tally, "--they-may-owe", "30", "--yes", "--wait", "20"]).good();
    assert_eq!((text(&first["preview"]["kind"]), &first["arrived"]), ("offer", &Value::from(true)));
    ben.tally_in("offeredToUs");
    assert_eq!(ben.verb(&["tally", "differences", &tally]).good(), json!([]));

    let words = ["--they-may-owe", "5", "--notice", "7", "--memo", "", "--yes", "--wait", "20"];
    let second = ben.verb(&[&["tally", "counter", &tally][..], &words].concat()).good();
    assert_eq!(text(&second["preview"]["kind"]), "counter");
    ana.tally_in("offeredToUs");
    let found = ana.verb(&["tally", "differences", &tally]).good();
    let fields: Vec<_> = found
        .as_array()
        .expect("a list")
        .iter()
        .map(|one| (text(&one["field"]), text(&one["whose"])))
        .collect();
    assert_eq!(fields, [("limit", "theirs"), ("notice", "theirs"), ("memo", "both")]);
    assert_eq!(
        (&found[0]["newUnits"], &found[1]["newDays"], text(&found[2]["oldText"])),
        (&5_000.into(), &7.into(), "bikes")
    );
    let shown = ana.command().args(["tally", "show", &tally]).output().expect("runs");
    assert!(shown.status.success());
    ana.verb(&["tally", "accept", &tally, "--yes", "--wait", "20"]).good();
    let (of_ana, of_ben) = (open(&ana), open(&ben));
    assert_eq!(of_ana["proof"]["digest"], of_ben["proof"]["digest"]);
    assert_eq!((&of_ana["memo"], &of_ben["disclosed"]), (&Value::Null, &json!(["email", "place"])));

    let compared = ben.verb(&["tally", "compare", &tally, "--wait", "20"]).good();
    assert_eq!((&compared["compared"], text(&compared["copies"]["state"])), (&Value::from(true), "match"));
    let file = folder.path().join("evidence.json");
    let path = file.to_str().expect("UTF-8");
    let written = ben.verb(&["tally", "evidence", &tally, "--out", path]).good();
    let said = std::fs::read_to_string(&file).expect("a file");
    assert_eq!((text(&written["file"]), &written["bytes"]), (path, &Value::from(said.len())));
    let said: Value = serde_json::from_str(&said).expect("JSON");
    assert_eq!(said["agreement"]["digest"], of_ben["proof"]["digest"]);
    assert!(!said.to_string().contains("555 222"), "what was not told is nowhere");
    let mut again = ben.verb(&["tally", "evidence", &tally, "--out", "-"]).good();
    again["tallystick"]["written"] = said["tallystick"]["written"].clone();
    assert_eq!(again, said);
}

#[test]
fn an_offer_is_taken_back() {
    let folder = tempfile::tempdir().expect("a folder");
    let (ana, ben) = two(folder.path());
    let (_a, _) = ana.run();
    let (_b, _) = ben.run();
    let tally = answered(&ana, &ben, &[], &[]);
    assert_eq!(ana.verb(&["tally", "withdraw", &tally]).failure(), ("outOfTurn".to_owned(), Some(1)));
    ana.verb(&["tally", "offer", &tally, "--yes", "--wait", "20"]).good();

    let done = ana.verb(&["tally", "withdraw", &tally]).good();

    assert_eq!((text(&done["withdrawn"]), &done["arrived"]), (tally.as_str(), &Value::Null));
    ana.tally_in("void");
    ben.tally_in("void");
    assert_eq!(ben.verb(&["tally", "accept", &tally, "--yes"]).failure(), ("outOfTurn".to_owned(), Some(1)));
}

#[test]
fn a_contract_is_brought_in_and_a_ticket_for_two_is_used_up() {
    let folder = tempfile::tempdir().expect("a folder");
    let (ana, ben) = two(folder.path());
    let carol = Home::new(folder.path(), "carol");
    carol.init("Carol Fay");
    let (_a, _) = ana.run();
    let file = folder.path().join("loans.md");
    std::fs::write(&file, "# Loans\x1b[2J").expect("written");
    let path = file.to_str().expect("UTF-8");
    assert_eq!(ana.verb(&["contract", "import", path]).failure(), ("notAContract".to_owned(), Some(1)));
    std::fs::write(&file, "x".repeat(128 * 1024 + 1)).expect("written");
    assert_eq!(ana.verb(&["contract", "import", path]).failure(), ("notAContract".to_owned(), Some(1)));
    std::fs::write(&file, "# Loans\n\nWe trust each other.\n").expect("written");
    let loans = ana.verb(&["contract", "import", path]).good();
    let hash = text(&loans["hash"]);
    assert_eq!((text(&loans["title"]), &loans["builtin"]), ("Loans", &Value::from(false)));
    assert_eq!(ana.verb(&["contract", "show", hash]).good(), loans);
    let listed = ana.verb(&["contract", "list"]).good();
    assert_eq!((&listed[0]["builtin"], &listed[1]), (&Value::from(true), &loans));
    assert_eq!(ben.verb(&["contract", "show", hash]).failure(), ("contractMissing".to_owned(), Some(1)));
    assert_eq!(ana.verb(&["contract", "import", "/nowhere.md"]).failure(), ("file".to_owned(), Some(1)));

    assert_eq!(ana.verb(&["ticket", "new", "--uses", "0"]).code, Some(2));
    let bound = ana.verb(&["ticket", "new", "--only-for", "Ben"]);
    assert_eq!(bound.failure(), ("badAddress".to_owned(), Some(1)));
    let address = text(&ben.verb(&["status"]).good()["identity"]["address"]).to_owned();
    let bound = ana.verb(&["ticket", "new", "--only-for", &address]).good();
    assert_eq!(text(&bound["onlyFor"]), address);
    let strange = carol.verb(&["ticket", "use", text(&bound["link"]), "--yes"]);
    assert_eq!(text(&strange.json()["problem"]), "forAnother");

    let ticket = ana.verb(&["ticket", "new", "--uses", "2", "--contract", hash]).good();
    for (guest, used) in [(&ben, 1), (&carol, 2)] {
        guest.verb(&["ticket", "use", text(&ticket["link"]), "--yes", "--wait", "20"]).good();
        let now = ana.verb(&["ticket", "show", text(&ticket["id"])]).good();
        assert_eq!((&now["used"], &now["uses"]), (&Value::from(used), &Value::from(2)));
    }
    let spent = ana.verb(&["ticket", "show", text(&ticket["id"])]).good();
    assert_eq!((text(&spent["state"]), &spent["link"]), ("used", &Value::Null));
    let drafts = ana.tallies().into_iter().filter(|row| row["phase"] == "partnerDraft").count();
    assert_eq!(drafts, 2);

    // Ben cannot sign under a text he does not have.
    let tally = ana.tallies().into_iter().find(|row| row["partner"]["name"] == "Ben Ode").expect("Ben's");
    let tally = text(&tally["id"]).to_owned();
    let (_b, _) = ben.run();
    ana.verb(&["tally", "offer", &tally, "--yes", "--wait", "20"]).good();
    ben.tally_in("offeredToUs");
    let refused = ben.verb(&["tally", "accept", &tally, "--yes"]);
    assert_eq!(refused.failure(), ("contractMissing".to_owned(), Some(1)));
    ben.verb(&["contract", "import", path]).good();
    ben.verb(&["tally", "accept", &tally, "--yes", "--wait", "20"]).good();
    assert_eq!(text(&open(&ben)["contractTitle"]), "Loans");
}

#[test]
fn a_tally_that_cannot_be_read_is_still_listed_beside_the_others() {
    let folder = tempfile::tempdir().expect("a folder");
    let (ana, ben) = two(folder.path());
    let (_b, _) = ben.run();
    let (node, _) = ana.run();
    let tally = answered(&ana, &ben, &[], &[]);
    ana.verb(&["tally", "offer", &tally, "--yes", "--wait", "20"]).good();
    ben.verb(&["tally", "accept", &ben.tally_in("offeredToUs"), "--yes", "--wait", "20"]).good();
    ben.verb(&["chit", "pay", &tally, "12.5", "--yes", "--wait", "20"]).good();
    let other = text(&ana.verb(&["ticket", "new"]).good()["tally"]).to_owned();
    assert_eq!(node.end(), Some(0));

    alter(&ana, &format!("update tally set object = '{{}}' where id = '{tally}'"));

    let rows = ana.tallies();
    let row = |id: &str| rows.iter().find(|row| row["id"] == id).expect("a row");
    assert_eq!((&row(&tally)["balance"], text(&row(&tally)["unreadable"])), (&12_500.into(), "tally"));
    assert_eq!((text(&row(&tally)["phase"]), &row(&tally)["partner"]), ("open", &Value::Null));
    assert!(row(&other).get("unreadable").is_none());
    assert_eq!(ana.verb(&["tally", "show", &tally]).failure().0, "internal");
    assert_eq!(ana.verb(&["verify"]).failure(), ("wrong".to_owned(), Some(4)));
}

#[test]
fn a_damaged_copy_is_repaired() {
    let folder = tempfile::tempdir().expect("a folder");
    let (ana, ben) = two(folder.path());
    let (bens, _) = ben.run();
    let (node, _) = ana.run();
    let tally = answered(&ana, &ben, &[], &[]);
    ana.verb(&["tally", "offer", &tally, "--yes", "--wait", "20"]).good();
    ben.verb(&["tally", "accept", &ben.tally_in("offeredToUs"), "--yes", "--wait", "20"]).good();
    ben.verb(&["chit", "pay", &tally, "12.5", "--memo", "tube", "--yes", "--wait", "20"]).good();
    open(&ana);
    let whole = ana.verb(&["tally", "repair", &tally]).good();
    assert_eq!((text(&whole["state"]), &whole["sound"]), ("whole", &Value::from(1)));
    assert_eq!(node.end(), Some(0));
    alter(&ana, "update chit set object = replace(object, 'tube', 'tuba')");
    assert_eq!(bens.end(), Some(0));
    assert_eq!(ana.verb(&["verify"]).failure(), ("wrong".to_owned(), Some(4)));

    let words = ana.words(&["tally", "repair", &tally]);
    assert!(words.contains("damaged after 0 entries"), "{words}");
    assert!(ana.words(&["tally", "show", &tally]).contains("our copy was damaged on this disk"));

    let (_a, _) = ana.run();
    let (_b, _) = ben.run();
    eventually("a whole copy", || {
        let view = ana.verb(&["tally", "show", &tally]).good();
        (view["row"]["copies"]["state"] == "match" && view["row"]["copies"]["entries"] == 1).then_some(())
    });
    assert_eq!(ana.verb(&["verify"]).good()["wrong"], json!([]));
    assert_eq!(ana.verb(&["chit", "list", &tally]).good()["entries"][0]["memo"], "tube");
    assert_eq!(
        ana.verb(&["tally", "repair", &tally]).good(),
        json!({
            "state": "whole", "sound": 1, "kept": 0, "unreadable": 1,
        })
    );
}
