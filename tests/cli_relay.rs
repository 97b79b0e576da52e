//! `tallystick-node relay` beside two wallets that take no calls: verbs, words and real processes.
#![cfg(unix)]

#[path = "../src-tauri/crates/cli/tests/support/mod.rs"]
mod support;

use serde_json::Value;
use support::{Home, eventually};

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("a text, not {value}"))
}

fn takes_no_calls(home: Home) -> Home {
    Home { listens: false, ..home }
}

#[test]
fn two_wallets_that_take_no_calls_meet_through_a_relay_that_may_be_killed() {
    let folder = tempfile::tempdir().expect("a folder");
    let [ana, ben] = ["ana", "ben"].map(|name| takes_no_calls(Home::new(folder.path(), name)));
    ana.init("Ana Ruiz");
    let own = ben.init("Ben Ode")["address"].clone();
    let relay = Home::new(folder.path(), "relay");
    assert_eq!(relay.verb(&["relay", "list"]).good()["wallets"], Value::Array(Vec::new()));
    let port = (relay.address.port() + 1).to_string();
    let allowed = relay.verb(&["relay", "allow", text(&own), "--port", &port]).good();
    assert_eq!(allowed["wallets"][0]["port"].to_string(), port);
    let other = relay.verb(&["relay", "allow", text(&allowed["agent"]), "--port", &port]);
    assert_eq!(other.failure(), ("relay".to_owned(), Some(1)));
    let nobody = relay.verb(&["relay", "allow", "nobody"]);
    assert_eq!(nobody.code, Some(2));
    let nowhere = takes_no_calls(relay.clone()).verb(&["relay"]);
    assert_eq!(nowhere.failure(), ("nowhereToListen".to_owned(), Some(2)));

    let (mut running, ready) = relay.start_as("relay", &[]);
    let address = text(&ready.wait().expect("a relay")["relay"]).to_owned();
    let (_node_a, _) = ana.run();
    let (_node_b, _) = ben.run();
    assert_eq!(
        ben.verb(&["relay", "use", "relay.example.org:1"]).failure(),
        ("badAddress".to_owned(), Some(1))
    );
    ben.verb(&["relay", "use", &address]).good();
    let reachable = || {
        let state = ben.verb(&["relay", "show"]).good();
        state["reachableAt"].as_str().map(str::to_owned)
    };
    let at = eventually("a way through the relay", reachable);
    assert_eq!(at, format!("{}:{port}", relay.advertise));
    assert!(ben.words(&["relay", "show"]).contains(&at));

    let ticket = ben.verb(&["ticket", "new", "--they-may-owe", "20"]).good();
    ana.verb(&["ticket", "use", text(&ticket["link"]), "--yes", "--wait", "20"]).good();
    let drafted = ben.tally_in("partnerDraft");
    ben.verb(&["tally", "offer", &drafted, "--yes"]).good();
    let tally = ana.tally_in("offeredToUs");
    ana.verb(&["tally", "accept", &tally, "--yes", "--wait", "20"]).good();
    running.kill();
    let late = ana.verb(&["chit", "pay", &tally, "7", "--yes"]).good();
    assert_ne!(late["arrived"], true);
    eventually("the relay is missed", || reachable().is_none().then_some(()));

    let (_running, ready) = relay.start_as("relay", &[]);
    ready.wait().expect("the relay again");

    // The list of a relay that runs is changed, and it does as it says.
    relay.verb(&["relay", "forbid", text(&own)]).good();
    eventually("the wallet is struck off", || reachable().is_none().then_some(()));
    relay.verb(&["relay", "allow", text(&own), "--port", &port]).good();
    assert_eq!(eventually("a way through the relay again", reachable), at);

    eventually("the payment", || (ben.tallies()[0]["balance"] == 7_000).then_some(()));
    for home in [&ana, &ben] {
        assert_eq!(home.verb(&["verify"]).good()["wrong"], Value::Array(Vec::new()));
    }
    assert_eq!(ben.verb(&["relay", "use", "off"]).good()["relay"], Value::Null);
}
