//! Partners on one local network who have lost each other's addresses, and a stranger who listens: three namespaces
//! on a bridge in a fourth.
//!
//! Needs the right to make network namespaces (root on Linux, `ip`) and Python for the stranger. Where that is missing,
//! the test says so and proves nothing; `TALLYSTICK_NAMESPACES=must` makes that a failure.
#![cfg(target_os = "linux")]

use std::collections::BTreeSet;
use std::path::PathBuf;

use serde_json::Value;

use crate::networks::{Home, Networks, Running, ip};

mod networks;

fn networks() -> Option<Networks> {
    Networks::new("l", &["b", "a", "n", "s"], |networks| {
        let (bridge, hub) = (networks.name("0"), networks.name("b"));
        ip(&["-n", &hub, "link", "add", &bridge, "type", "bridge", "mcast_snooping", "0"])?;
        ip(&["-n", &hub, "link", "set", &bridge, "up"])?;
        for (end, port, which, address) in [
            ("1", "4", "a", "192.168.78.1"),
            ("2", "5", "n", "192.168.78.2"),
            ("3", "6", "s", "192.168.78.9"),
        ] {
            networks.cable([(end, which), (port, "b")])?;
            ip(&["-n", &hub, "link", "set", &networks.name(port), "master", &bridge])?;
            networks.address(end, which, &format!("{address}/24"))?;
        }
        Ok(())
    })
}

fn text(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}

/// What the stranger has heard so far: sender, bytes in hex, tags in hex.
fn heard(stranger: &Running) -> Vec<(String, String, Vec<String>)> {
    stranger
        .lines
        .try_iter()
        .filter_map(|line| {
            let mut words = line.strip_prefix("heard ")?.split(' ').map(str::to_owned);
            Some((words.next()?, words.next()?, words.collect()))
        })
        .collect()
}

fn matching(home: &Home<'_>, balance: i64) {
    home.until(&["tally", "list"], |tallies| {
        tallies[0]["copies"]["state"] == "match" && tallies[0]["balance"] == balance
    });
}

/// Memory that a process holds, in KiB.
fn resident(pid: u64) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).expect("a process");
    let line = status.lines().find(|line| line.starts_with("VmRSS")).expect("its memory");
    line.split_whitespace().nth(1).and_then(|number| number.parse().ok()).expect("a number")
}

#[test]
fn partners_find_each_other_again_and_a_stranger_learns_nothing() {
    let Some(networks) = networks() else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let home = |which, name: &str, common: &[&'static str]| Home {
        networks: &networks,
        which,
        folder: PathBuf::from(folder.path()).join(name),
        listen: "0.0.0.0:7001",
        common: common.to_vec(),
    };
    let (ana, ben) = (home("a", "ana", &[]), home("n", "ben", &[]));
    ana.init("Ana Ruiz");
    ben.init("Ben Ode");
    let stranger = networks.script("s", "listener.py", &["hear", "192.168.78.9"]);
    let (at_anas, at_bens) = (ana.run(), ben.run());
    let link = text(&ana.verb(&["ticket", "new"])["link"]);
    ben.verb(&["ticket", "use", &link, "--yes", "--wait", "30"]);
    let drafted = ana.until(&["tally", "list"], |tallies| tallies[0]["phase"] == "partnerDraft");
    let tally = text(&drafted[0]["id"]);
    ana.verb(&["tally", "offer", &tally, "--yes", "--wait", "30"]);
    ben.until(&["tally", "list"], |tallies| tallies[0]["phase"] == "offeredToUs");
    ben.verb(&["tally", "accept", &tally, "--yes", "--wait", "30"]);
    matching(&ana, 0);
    drop((at_anas.end(), at_bens.end()));

    // Both have moved while neither was there, and neither will try again before this test has lost its patience.
    networks.address("1", "a", "192.168.78.21/24").expect("an address");
    networks.address("2", "n", "192.168.78.22/24").expect("an address");
    let patient = ["--retry-first-ms", "300000"];
    let (ana, ben) = (home("a", "ana", &patient), home("n", "ben", &patient));
    let (at_anas, _at_bens) = (ana.run(), ben.run());
    ben.verb(&["chit", "pay", &tally, "12.500", "--yes"]);
    // Where nobody is, the system's own search for a neighbour takes some seconds to end.
    let tried = |status: &Value| status["metrics"]["unsentWhy"]["nobody answers"].as_u64() >= Some(1);
    let waiting = ben.until(&["status"], tried);
    assert_eq!((&waiting["connection"]["links"], &waiting["metrics"]["letters"]), (&0.into(), &1.into()));
    assert_eq!(ben.verb(&["reach"])["nearby"]["answer"], "off");
    assert_eq!(heard(&stranger), [], "something was said that nobody had chosen");

    ana.verb(&["reach", "--lan", "on"]);
    ben.verb(&["reach", "--lan", "on"]);
    matching(&ana, 12_500);
    matching(&ben, -12_500);
    for home in [&ana, &ben] {
        let reach = home.until(&["reach"], |reach| reach["nearby"]["seen"] == 1);
        assert_eq!(reach["nearby"]["answer"], "looking");
    }

    let first = heard(&stranger);
    let secrets: Vec<String> = [&ana, &ben]
        .iter()
        .flat_map(|home| {
            let status = home.verb(&["status"]);
            let address = text(&status["identity"]["address"]);
            let agent = address.split(['@', '/']).map(str::to_owned).filter(|part| part.len() > 8);
            agent.chain([text(&status["identity"]["name"])]).collect::<Vec<_>>()
        })
        .chain([
            tally.clone(),
            std::fs::read_to_string("/proc/sys/kernel/hostname").expect("a name").trim().to_owned(),
        ])
        .collect();
    assert!(secrets.len() >= 6, "{secrets:?}");
    for (sender, bytes, _) in &first {
        for secret in &secrets {
            assert!(!bytes.contains(&hex::encode(secret)), "{sender} said {secret}");
        }
        assert!(!bytes.contains(&tally.replace('-', "")), "{sender} said the tally's number");
    }
    let tags = |said: &[(String, String, Vec<String>)], sender: &str| -> BTreeSet<String> {
        said.iter().filter(|(from, ..)| from == sender).flat_map(|(.., tags)| tags.clone()).collect()
    };
    let of_ana = tags(&first, "192.168.78.21");
    assert_eq!(of_ana.len(), 8, "one partner among seven that are none, and always the same ones");

    // An hour later nothing of it is there any more: neither a tag nor a name.
    at_anas.end();
    let ana_later = home("a", "ana", &["--clock-ahead-ms", "3600000"]);
    let later = ana_later.run();
    ana_later.until(&["reach"], |reach| reach["nearby"]["seen"] == 1);
    let second = heard(&stranger);
    let of_ana_later = tags(&second, "192.168.78.21");
    assert_eq!((of_ana_later.len(), of_ana.intersection(&of_ana_later).count()), (8, 0));

    // The stranger says it all again, and a great deal besides.
    let again: Vec<&str> = first.iter().chain(&second).map(|(_, bytes, _)| bytes.as_str()).collect();
    networks.script("s", "listener.py", &[&["replay", "192.168.78.9"][..], &again].concat()).until("done");
    let pid = ben.verb(&["status"])["pid"].as_u64().expect("a pid");
    let before = resident(pid);
    networks.script("s", "listener.py", &["flood", "192.168.78.9", "30000"]).until("done");
    ben.verb(&["chit", "pay", &tally, "1.000", "--yes", "--wait", "30"]);
    let grown = resident(pid).saturating_sub(before);
    assert!(grown < 8 * 1_024, "{grown} KiB more after a flood");
    let log = std::fs::read_to_string(ben.folder.join("logs/tallystick.log")).expect("a log");
    assert!(
        log.contains("a partner was seen on the local network") && !log.contains("192.168.78.9"),
        "{log}"
    );

    // And when it is chosen no more, not a word is said.
    ana_later.verb(&["reach", "--lan", "off"]);
    ben.verb(&["reach", "--lan", "off"]);
    for home in [&ana_later, &ben] {
        home.until(&["reach"], |reach| reach["nearby"]["answer"] == "off");
    }
    heard(&stranger);
    networks.script("s", "listener.py", &["flood", "192.168.78.9", "8"]).until("done");
    ben.verb(&["chit", "pay", &tally, "1.000", "--yes", "--wait", "30"]);
    let silent = heard(&stranger);
    assert_eq!(silent.iter().filter(|(sender, ..)| sender != "192.168.78.9").count(), 0, "{silent:?}");
    drop(later);
}
