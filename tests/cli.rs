//! The whole first tally through `tallystick-node`: verbs, exit codes and JSON, as scripts meet them.
#![cfg(unix)]

#[path = "../src-tauri/crates/cli/tests/support/mod.rs"]
mod support;

use std::io::{Read as _, Write as _};
use std::os::unix::fs::PermissionsExt as _;

use serde_json::Value;
use support::{Home, alter, eventually, own_address, said};

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("a text, not {value}"))
}

fn matching(home: &Home, entries: u64) -> Value {
    let id = eventually("matching copies", || {
        let row = home.tallies().into_iter().find(|row| row["phase"] == "open")?;
        let copies = &row["copies"];
        (copies["state"] == "match" && copies["entries"] == entries).then(|| text(&row["id"]).to_owned())
    });
    home.verb(&["tally", "show", &id]).good()
}

#[test]
fn two_nodes_go_from_a_picture_of_a_ticket_to_a_paid_chit() {
    let folder = tempfile::tempdir().expect("a folder");
    let (ana, ben) = (Home::new(folder.path(), "ana"), Home::new(folder.path(), "ben"));
    assert_eq!(ana.init("Ana Ruiz")["name"], "Ana Ruiz");
    ben.init("Ben Ode");
    let (node_a, ready) = ana.run();
    let (node_b, _) = ben.run();
    assert_eq!(text(&ready["listening"]), ana.address.to_string());
    let socket = std::fs::metadata(ana.folder.join("control.sock")).expect("the control socket");
    assert_eq!(socket.permissions().mode() & 0o777, 0o600);

    let picture = folder.path().join("ticket.png");
    let path = picture.to_str().expect("UTF-8");
    let terms = ["--they-may-owe", "20", "--notice", "14", "--good-for", "15m", "--note", "market day"];
    let new = ana.verb(&[&["ticket", "new", "--qr", "--png", path][..], &terms[..]].concat());
    assert!(new.err.contains('▀'), "no code on the terminal");
    let ticket = new.good();
    let id = text(&ticket["id"]);
    assert_eq!((&ticket["terms"]["limit"], &ticket["state"]), (&Value::from(20_000), &Value::from("live")));
    assert_eq!(ana.verb(&["ticket", "show", id]).good()["link"], ticket["link"]);
    assert_eq!(ana.verb(&["ticket", "list"]).good()[0]["id"], ticket["id"]);

    let code = format!("@{path}");
    let card = ben.verb(&["ticket", "inspect", &code]).good();
    assert_eq!((text(&card["name"]), &card["problem"]), ("Ana Ruiz", &Value::Null));
    assert_eq!(card["words"], ticket["words"]);
    let unsure = ben.verb(&["ticket", "use", &code]);
    assert_eq!(unsure.failure(), ("nobodyAgrees".to_owned(), Some(1)));
    assert!(ben.tallies().is_empty(), "nothing is sent before somebody agrees");
    let used = ben.verb(&["ticket", "use", &code, "--yes", "--wait", "20"]).good();
    assert_eq!(used["arrived"], true);
    let again = ben.verb(&["ticket", "use", &code, "--yes"]);
    assert_eq!(
        (again.failure(), &again.json()["problem"]),
        (("badCode".to_owned(), Some(1)), &Value::from("usedHere"))
    );

    let drafted = ana.tally_in("partnerDraft");
    assert_eq!(ana.verb(&["tally", "offer", &drafted]).failure(), ("nobodyAgrees".to_owned(), Some(1)));
    let offered = ana.verb(&["tally", "offer", &drafted, "--yes", "--wait", "20"]).good();
    assert_eq!(
        (&offered["preview"]["kind"], &offered["arrived"]),
        (&Value::from("offer"), &Value::from(true))
    );
    let tally = ben.tally_in("offeredToUs");
    assert_eq!(tally, drafted);
    ben.verb(&["tally", "accept", &tally, "--yes", "--wait", "20"]).good();
    matching(&ana, 0);

    let timid = ben.verb(&["chit", "pay", &tally, "12.500", "--show"]);
    assert_eq!(timid.failure(), ("nobodyAgrees".to_owned(), Some(1)));
    assert!(timid.err.contains("You promise Ana Ruiz 12.500 CHIP.") && timid.err.contains("\"units\":12500"));
    assert_eq!(ben.verb(&["chit", "list", &tally]).good()["total"], 0);
    let pay = ["chit", "pay", &tally, "12.500", "--memo", "bike tube", "--yes", "--wait", "20"];
    let paid = ben.verb(&pay).good();
    assert_eq!(
        (&paid["preview"]["after"]["balance"], &paid["arrived"]),
        (&Value::from(-12_500), &Value::from(true))
    );

    let (of_ana, of_ben) = (matching(&ana, 1), matching(&ben, 1));
    assert_eq!(of_ana["proof"]["digest"], of_ben["proof"]["digest"]);
    assert_eq!(of_ana["proof"]["headHash"], of_ben["proof"]["headHash"]);
    assert_eq!(
        (&of_ana["row"]["balance"], &of_ben["row"]["balance"]),
        (&Value::from(12_500), &Value::from(-12_500))
    );
    let entries = ana.verb(&["chit", "list", &tally]).good();
    assert_eq!((&entries["total"], text(&entries["entries"][0]["memo"])), (&Value::from(1), "bike tube"));
    for home in [&ana, &ben] {
        let verified = home.verb(&["verify"]).good();
        assert_eq!((&verified["chits"], &verified["wrong"]), (&Value::from(1), &Value::Array(Vec::new())));
        let status = home.verb(&["status"]).good();
        assert_eq!(
            (text(&status["connection"]["state"]), &status["connection"]["clock"]),
            ("online", &Value::Null)
        );
        let counted = |name: &str| status["metrics"][name].as_u64().unwrap_or_default();
        assert!(counted("linksIn") + counted("linksOut") > 0 && counted("storeBytes") > 0, "{status}");
        assert!(counted("messagesIn") >= 2 && counted("messagesOut") >= 2 && counted("up") > 0, "{status}");
        assert_eq!((counted("letters"), &status["metrics"]["oldestLetter"]), (0, &Value::Null));
        let log = std::fs::read_to_string(home.folder.join("logs/tallystick.log")).expect("a log");
        assert!(log.contains("started"), "{log}");
    }
    assert_eq!((node_a.end(), node_b.end()), (Some(0), Some(0)));
    assert!(!ana.folder.join("control.sock").exists());

    // Without a node the same verbs open the profile themselves.
    assert_eq!(ana.verb(&["chit", "list", &tally]).good(), entries);
    assert_eq!(ana.verb(&["verify"]).good()["chits"], 1);

    alter(&ana, "update chit set balance_after = balance_after + 1000");
    let altered = ana.verb(&["verify"]);
    assert_eq!(altered.failure(), ("wrong".to_owned(), Some(4)));
    assert_eq!(altered.json()["findings"]["wrong"][0]["index"], 1);
    assert!(altered.err.contains("the copy was damaged from here on"));
}

#[test]
fn a_ticket_can_be_revoked_and_an_offer_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let (ana, ben) = (Home::new(folder.path(), "ana"), Home::new(folder.path(), "ben"));
    ana.init("Ana Ruiz");
    ben.init("Ben Ode");
    let (_a, _) = ana.run();
    let (_b, _) = ben.run();
    let first = ana.verb(&["ticket", "new"]).good();
    let revoked = ana.verb(&["ticket", "revoke", text(&first["id"])]).good();
    assert_eq!((&revoked["state"], &revoked["link"]), (&Value::from("revoked"), &Value::Null));

    let second = ana.verb(&["ticket", "new", "--template", "customer", "--they-may-owe", "0.001"]).good();
    let link = text(&second["link"]);
    let cut = ben.verb(&["ticket", "use", &link[..link.len() - 12], "--yes"]);
    assert_eq!((cut.failure().0, text(&cut.json()["problem"])), ("badCode".to_owned(), "truncated"));
    ben.verb(&["ticket", "use", link, "--yes"]).good();
    let tally = ana.tally_in("partnerDraft");
    ana.verb(&["tally", "offer", &tally, "--yes"]).good();
    ben.tally_in("offeredToUs");
    ben.verb(&["tally", "refuse", &tally, "--reason", "not now", "--wait", "20"]).good();
    ana.tally_in("void");

    assert_eq!(text(&ana.verb(&["tally", "show", &tally]).good()["reason"]), "not now");
    assert_eq!(ben.verb(&["tally", "accept", &tally, "--yes"]).failure(), ("outOfTurn".to_owned(), Some(1)));
}

#[test]
fn letters_leave_from_a_verb_that_opens_the_profile_itself() {
    let folder = tempfile::tempdir().expect("a folder");
    let (ana, ben) = (Home::new(folder.path(), "ana"), Home::new(folder.path(), "ben"));
    ana.init("Ana Ruiz");
    ben.init("Ben Ode");
    let (_a, _) = ana.run();
    let ticket = ana.verb(&["ticket", "new"]).good();

    let used = ben.verb(&["ticket", "use", text(&ticket["link"]), "--yes", "--wait", "20"]).good();

    assert_eq!(used["arrived"], true);
    ana.tally_in("partnerDraft");
}

#[test]
fn exit_codes_tell_what_went_wrong() {
    let folder = tempfile::tempdir().expect("a folder");
    let ana = Home::new(folder.path(), "ana");
    assert_eq!(ana.verb(&["status"]).failure(), ("noWallet".to_owned(), Some(1)));
    assert!(!ana.folder.exists(), "looking makes nothing");
    assert_eq!(ana.verb(&["init", "--name", " "]).failure(), ("badName".to_owned(), Some(1)));
    let weak = said(ana.command().args(["init", "--name", "Ana"]).env("TALLYSTICK_PASSPHRASE", "short"));
    assert_eq!(
        (weak.failure(), text(&weak.json()["reason"])),
        (("weakPassphrase".to_owned(), Some(1)), "tooShort")
    );
    let bare = said(ana.command().args(["init", "--name", "Ana"]).env_remove("TALLYSTICK_PASSPHRASE"));
    assert_eq!(bare.failure(), ("noProtector".to_owned(), Some(2)));
    ana.init("Ana Ruiz");
    assert_eq!(
        ana.verb(&["init", "--name", "Ana", "--kdf-memory", "19"]).failure(),
        ("alreadySetUp".to_owned(), Some(1))
    );

    for wrong in [
        &["init", "--name", "Ana", "--kdf-memory", "18"][..],
        &["chit", "pay", "x", "1,5"],
        &["chit", "pay", "x", "1.0005"],
        &["ticket", "new", "--good-for", "15"],
        &["--log", "=[", "status"],
        &["dance"],
    ] {
        assert_eq!(ana.verb(wrong).code, Some(2), "{wrong:?}");
    }
    let unknown = "0b0f6c1e-93a4-4f8f-a9a6-0a5d3b1f2c4d";
    for missing in [
        &["tally", "show", unknown][..],
        &["ticket", "show", unknown],
        &["chit", "list", unknown],
        &["chit", "pay", unknown, "1", "--yes"],
    ] {
        assert_eq!(ana.verb(missing).failure(), ("notFound".to_owned(), Some(1)), "{missing:?}");
    }
    let missing = ana.verb(&["ticket", "inspect", "@/nowhere/at/all.png"]);
    assert_eq!(missing.failure(), ("file".to_owned(), Some(1)));

    let mistyped = said(ana.command().arg("status").env("TALLYSTICK_PASSPHRASE", "not the passphrase"));
    assert_eq!(mistyped.failure(), ("wrongPassphrase".to_owned(), Some(1)));
    let silent = said(ana.command().arg("status").env_remove("TALLYSTICK_PASSPHRASE"));
    assert_eq!(silent.failure(), ("locked".to_owned(), Some(1)));
    let file = folder.path().join("passphrase");
    std::fs::write(&file, format!("{}\n", support::PASSPHRASE)).expect("written");
    let from_file = said(
        ana.command().arg("status").arg("--passphrase-file").arg(&file).env_remove("TALLYSTICK_PASSPHRASE"),
    );
    assert_eq!(text(&from_file.good()["identity"]["name"]), "Ana Ruiz");
}

#[test]
fn a_profile_and_a_port_have_one_user() {
    let folder = tempfile::tempdir().expect("a folder");
    let (ana, mut ben) = (Home::new(folder.path(), "ana"), Home::new(folder.path(), "ben"));
    ana.init("Ana Ruiz");
    ben.init("Ben Ode");
    let (mut node, _) = ana.run();
    assert_eq!(ana.verb(&["run"]).failure(), ("inUse".to_owned(), Some(3)));
    ben.address = ana.address;
    assert_eq!(ben.verb(&["run"]).failure(), ("cannotListen".to_owned(), Some(1)));
    ben.address = own_address();

    // Somebody holds the profile and cannot be asked.
    std::fs::remove_file(ana.folder.join("control.sock")).expect("removed");
    assert_eq!(ana.verb(&["status"]).failure(), ("inUse".to_owned(), Some(3)));
    // A socket that others may write to is not ours.
    let (_b, _) = ben.run();
    let socket = ben.folder.join("control.sock");
    std::fs::set_permissions(&socket, std::fs::Permissions::from_mode(0o666)).expect("changed");
    assert_eq!(ben.verb(&["status"]).failure(), ("foreignControlSocket".to_owned(), Some(3)));

    // A node that was killed leaves its lock and its socket, and neither is in the way.
    node.kill();
    let (_again, _) = ana.run();
    assert_eq!(text(&ana.verb(&["status"]).good()["identity"]["name"]), "Ana Ruiz");
}

#[test]
fn strangers_at_the_control_socket_get_nothing() {
    use std::io::{Read as _, Write as _};
    use std::os::unix::net::UnixStream;
    let folder = tempfile::tempdir().expect("a folder");
    let ana = Home::new(folder.path(), "ana");
    ana.init("Ana Ruiz");
    let (_a, _) = ana.run();
    for noise in [b"{\"verb\":\"dance\"}\n".to_vec(), b"\xff\xfe\n".to_vec(), vec![b'a'; 2_000_000]] {
        let mut stream = UnixStream::connect(ana.folder.join("control.sock")).expect("connects");
        // The node may hang up before it has read everything.
        let _ = stream.write_all(&noise);
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        assert!(answer.is_empty());
    }
    assert!(ana.verb(&["tally", "list"]).good().as_array().is_some());
}

#[test]
fn who_is_turned_away_is_said_and_forgiven() {
    let folder = tempfile::tempdir().expect("a folder");
    let ana = Home::new(folder.path(), "ana");
    ana.init("Ana Ruiz");
    let (node, _) = ana.run();
    for _ in 0..6 {
        let mut stream = std::net::TcpStream::connect(ana.address).expect("she listens");
        let _ = stream.write_all(b"GET / HTTP/1.1\r\n\r\n");
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        assert_eq!(answer, b"");
    }

    let doors = ana.verb(&["doors"]).good();
    let address = text(&doors["turnedAway"][0]["address"]).to_owned();
    assert_eq!(
        (text(&doors["turnedAway"][0]["why"]), doors["turnedAwayCount"].as_u64()),
        ("nonsense", Some(1))
    );
    assert_eq!(node.end(), Some(0));
    let words = ana.words(&["doors"]);
    assert!(words.starts_with(&address) && words.contains("does not speak the protocol"), "{words}");
    assert_eq!(ana.verb(&["doors", "forgive", "192.0.2.1"]).failure(), ("notFound".to_owned(), Some(1)));
    assert_eq!(ana.verb(&["doors", "forgive"]).code, Some(2));

    let left = ana.verb(&["doors", "forgive", &address]).good();
    assert_eq!(left["turnedAwayCount"].as_u64(), Some(0));
    assert!(ana.words(&["doors"]).starts_with("nobody is turned away"));
    assert!(
        ana.verb(&["doors", "forgive", "--all"]).good()["turnedAway"].as_array().is_some_and(Vec::is_empty)
    );
}
