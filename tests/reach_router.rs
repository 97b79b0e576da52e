//! A wallet at home, behind a router that lets callers in if it is asked: three networks in namespaces of their own.
//!
//! Needs the right to make network namespaces (root on Linux, `ip`) and Python for the router's stand-in. Where that is
//! missing, the tests say so and prove nothing; `TALLYSTICK_NAMESPACES=must` makes that a failure.
#![cfg(target_os = "linux")]

use serde_json::Value;

use crate::networks::{Home, Networks, Running, ip};

mod networks;

const INNER: &str = "192.168.77.1";
const OUTER: &str = "203.0.113.1";

/// A home, a router and the world outside.
fn networks(tag: &str) -> Option<Networks> {
    Networks::new(tag, &["h", "g", "f"], |networks| {
        networks.cable([("0", "h"), ("1", "g")])?;
        networks.cable([("2", "g"), ("3", "f")])?;
        networks.address("0", "h", "192.168.77.2/24")?;
        networks.address("1", "g", &format!("{INNER}/24"))?;
        networks.address("2", "g", &format!("{OUTER}/24"))?;
        networks.address("3", "f", "203.0.113.9/24")?;
        // The way out ends at the router, which forwards nothing: who is at home can only be called.
        ip(&["-n", &networks.name("h"), "route", "add", "default", "via", INNER])
    })
}

fn router(networks: &Networks, means: &str) -> Running {
    networks.script("g", "router.py", &[means, INNER, OUTER])
}

/// Ana at home has her router asked; Ben from outside uses her ticket.
fn a_partner_comes_in(tag: &str, means: &str) {
    let Some(networks) = networks(tag) else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let home = |which, name: &str, listen| Home {
        networks: &networks,
        which,
        folder: folder.path().join(name),
        listen,
        common: vec!["--retry-first-ms", "50"],
    };
    let (ana, ben) = (home("h", "ana", "0.0.0.0:7001"), home("f", "ben", "off"));
    ana.init("Ana Ruiz");
    ben.init("Ben Ode");
    let router = router(&networks, &means.to_lowercase());
    let at_home = ana.run();
    assert_eq!(ana.verb(&["reach"])["verdict"], "sameNetwork");

    ana.verb(&["reach", "--open-router"]);
    let reach = ana.until(&["reach"], |reach| reach["router"]["answer"] == "opened");
    let outside = format!("{OUTER}:7001");
    assert_eq!(
        (&reach["router"]["at"], &reach["router"]["means"]),
        (&Value::from(outside.clone()), &Value::from(means))
    );
    assert_eq!(
        (&reach["places"][0], &reach["verdict"]),
        (&Value::from(outside), &Value::from("routerOpened"))
    );
    assert!(router.until("open").starts_with("open 7001 to 192.168.77.2:7001 for 7200"));

    let link = ana.verb(&["ticket", "new"])["link"].as_str().expect("a link").to_owned();
    assert!(link.contains("@203.0.113.1:7001?"), "{link}");
    let away = ben.run();
    ben.verb(&["ticket", "use", &link, "--yes", "--wait", "30"]);
    let drafted = ana.until(&["tally", "list"], |tallies| tallies[0]["phase"] == "partnerDraft");
    ana.verb(&["tally", "offer", drafted[0]["id"].as_str().expect("an id"), "--yes", "--wait", "30"]);
    ben.until(&["tally", "list"], |tallies| tallies[0]["phase"] == "offeredToUs");

    // A wallet that closes leaves no door open behind it.
    drop(at_home.end());
    assert_eq!(router.until("close"), "close 7001");
    drop(away);
}

#[test]
fn a_partner_comes_in_by_pcp() {
    a_partner_comes_in("p", "pcp");
}

#[test]
fn a_partner_comes_in_by_nat_pmp() {
    a_partner_comes_in("n", "natPmp");
}

#[test]
fn a_partner_comes_in_by_upnp() {
    a_partner_comes_in("u", "upnp");
}

#[test]
fn a_router_that_says_no_and_one_that_says_nothing_are_told_apart() {
    for (tag, means, answer) in [("r", "refuse", "refused"), ("s", "silent", "noAnswer")] {
        let Some(networks) = networks(tag) else { return };
        let folder = tempfile::tempdir().expect("a folder");
        let folder = folder.path().join("ana");
        let ana =
            Home { networks: &networks, which: "h", folder, listen: "0.0.0.0:7001", common: Vec::new() };
        ana.init("Ana Ruiz");
        let _router = router(&networks, means);
        let _node = ana.run();

        ana.verb(&["reach", "--open-router"]);
        let reach = ana.until(&["reach"], |reach| {
            !["unasked", "asking"].contains(&reach["router"]["answer"].as_str().expect("an answer"))
        });

        assert_eq!(
            (&reach["router"]["answer"], &reach["verdict"]),
            (&Value::from(answer), &Value::from("sameNetwork"))
        );
    }
}
