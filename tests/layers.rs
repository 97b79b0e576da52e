//! The arrow of dependency is the order of the rooms, and `core` stays free of the world.
#![allow(clippy::unwrap_used, reason = "a test")]

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use serde_json::Value;

/// From the ground up. A room knows only rooms before it in this list.
const ROOMS: [&str; 9] = [
    "tallystick-core",
    "tallystick-noise",
    "tallystick-store",
    "tallystick-vault",
    "tallystick-node",
    "tallystick-scan",
    "tallystick-scan-worker",
    "tallystick-cli",
    "tallystick",
];

/// Beside the house: nothing that is shipped is built on them.
const WORKSHOP: [&str; 10] = [
    "tallystick-testkit",
    "tallystick-camera-shim",
    "tallystick-fake-camera",
    "tallystick-powercut",
    "tallystick-sim",
    "tallystick-lift-sim",
    "tallystick-soak",
    "tallystick-fuzz",
    "tallystick-e2e",
    "xtask",
];

/// What `core` may not have anywhere below it: the network, the disk, the window, threads, the clock's driver.
const WORLDLY: [&str; 14] = [
    "async-io",
    "async-std",
    "mio",
    "polling",
    "rusqlite",
    "smol",
    "snow",
    "socket2",
    "tauri",
    "tokio",
    "tracing",
    "wry",
    "zbus",
    "keyring-core",
];

/// Rooms the window is not needed for; they build and test on a machine without WebKit.
const WINDOWLESS: [&str; 8] = [
    "tallystick-core",
    "tallystick-noise",
    "tallystick-store",
    "tallystick-vault",
    "tallystick-node",
    "tallystick-scan",
    "tallystick-scan-worker",
    "tallystick-cli",
];

#[test]
fn every_package_has_its_place_in_the_house() {
    let house = House::look();

    let known: BTreeSet<&str> = ROOMS.into_iter().chain(WORKSHOP).collect();
    let there: BTreeSet<&str> = house.members().map(|package| text(&package["name"])).collect();

    assert_eq!(there, known);
}

#[test]
fn no_room_knows_a_higher_one() {
    let house = House::look();

    for (height, room) in ROOMS.iter().enumerate() {
        for needed in house.direct(room, &[Kind::Shipped, Kind::Build]) {
            if let Some(other) = ROOMS.iter().position(|name| *name == needed) {
                assert!(other < height, "{room} may not depend on {needed}");
            }
        }
    }
}

#[test]
fn tests_of_a_room_do_not_reach_up_either() {
    let house = House::look();

    for (height, room) in ROOMS.iter().enumerate() {
        for needed in house.direct(room, &[Kind::Tests]) {
            if let Some(other) = ROOMS.iter().position(|name| *name == needed) {
                // A room may name itself: that is how its tests switch its features on.
                assert!(other <= height, "the tests of {room} may not depend on {needed}");
            }
        }
    }
}

#[test]
fn nothing_shipped_is_built_on_the_workshop() {
    let house = House::look();

    for room in ROOMS {
        for needed in house.direct(room, &[Kind::Shipped, Kind::Build]) {
            assert!(!WORKSHOP.contains(&needed), "{room} may depend on {needed} only for its tests");
        }
    }
}

#[test]
fn the_protocol_is_free_of_the_world() {
    let house = House::look();

    let below = house.all_below("tallystick-core");

    let worldly: Vec<&str> = WORLDLY.into_iter().filter(|name| below.contains(*name)).collect();
    assert!(worldly.is_empty(), "tallystick-core has below it: {worldly:?}");
    assert!(below.iter().all(|name| !ROOMS.contains(name)), "tallystick-core is the ground");
}

#[test]
fn only_the_app_opens_windows_and_only_the_store_speaks_sql() {
    let house = House::look();

    for room in WINDOWLESS {
        assert!(!house.all_below(room).contains("tauri"), "{room} must build without WebKit");
    }
    for room in ROOMS.into_iter().filter(|room| *room != "tallystick-store") {
        let direct = house.direct(room, &[Kind::Shipped]);
        assert!(!direct.contains("rusqlite"), "{room} may not speak SQL");
    }
}

/// What cargo says about this workspace: its whole answer, read where needed. (A crate that gives it types also gives the
/// whole workspace's serde_json other features, and rebuilds the window for it.)
struct House {
    metadata: Value,
}

/// Why one package needs another.
#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Shipped,
    Build,
    Tests,
}

impl Kind {
    fn of(dependency: &Value) -> Self {
        match dependency["kind"].as_str() {
            None => Self::Shipped,
            Some("build") => Self::Build,
            Some(_) => Self::Tests,
        }
    }
}

impl House {
    fn look() -> Self {
        // This machine's crates are all here, or this test could not have been built; others' would be downloaded.
        let options = ["metadata", "--format-version=1", "--locked", "--filter-platform", &host()];
        let told = Command::new(env!("CARGO")).args(options).output().unwrap();
        assert!(told.status.success(), "{}", String::from_utf8_lossy(&told.stderr));
        Self { metadata: serde_json::from_slice(&told.stdout).unwrap() }
    }

    fn members(&self) -> impl Iterator<Item = &Value> {
        let members = list(&self.metadata["workspace_members"]);
        list(&self.metadata["packages"]).iter().filter(|package| members.contains(&package["id"]))
    }

    fn member(&self, name: &str) -> &Value {
        self.members()
            .find(|package| package["name"] == name)
            .unwrap_or_else(|| panic!("there is no package {name}"))
    }

    /// What a package names in its own manifest.
    fn direct(&self, name: &str, kinds: &[Kind]) -> BTreeSet<&str> {
        let dependencies = list(&self.member(name)["dependencies"]).iter();
        dependencies
            .filter(|needed| kinds.contains(&Kind::of(needed)))
            .map(|needed| text(&needed["name"]))
            .collect()
    }

    /// Everything that ends up in a package, through any number of steps; tests and build scripts apart.
    fn all_below(&self, name: &str) -> BTreeSet<&str> {
        let nodes = list(&self.metadata["resolve"]["nodes"]).iter();
        let nodes: BTreeMap<&str, &Value> = nodes.map(|node| (text(&node["id"]), node)).collect();
        let mut found = BTreeSet::new();
        let mut open = vec![text(&self.member(name)["id"])];
        while let Some(id) = open.pop() {
            for needed in list(&nodes[id]["deps"]) {
                let is_shipped =
                    list(&needed["dep_kinds"]).iter().any(|kind| Kind::of(kind) == Kind::Shipped);
                if is_shipped && found.insert(text(&needed["pkg"])) {
                    open.push(text(&needed["pkg"]));
                }
            }
        }
        let packages = list(&self.metadata["packages"]).iter();
        packages
            .filter(|package| found.contains(text(&package["id"])))
            .map(|package| text(&package["name"]))
            .collect()
    }
}

fn list(value: &Value) -> &[Value] {
    value.as_array().unwrap()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

fn host() -> String {
    let told = Command::new("rustc").arg("-vV").output().unwrap().stdout;
    let told = String::from_utf8(told).unwrap();
    told.lines().find_map(|line| line.strip_prefix("host: ")).unwrap().to_owned()
}

#[test]
fn nothing_is_built_with_plain_links_unless_somebody_asks() {
    let house = House::look();

    let nodes = house.metadata["resolve"]["nodes"].as_array().unwrap();
    let plain: Vec<&str> = nodes
        .iter()
        .filter(|node| node["features"].as_array().unwrap().iter().any(|feature| feature == "plain-link"))
        .map(|node| text(&node["id"]))
        .collect();

    assert!(nodes.iter().any(|node| text(&node["id"]).contains("crates/noise")));
    assert_eq!(plain, Vec::<&str>::new());
}

#[test]
fn what_people_get_has_nothing_in_it_that_is_for_tests() {
    let tree =
        ["tree", "--offline", "-p", "tallystick", "-p", "tallystick-cli", "-e", "normal", "--prefix", "none"];
    let told = Command::new(env!("CARGO")).args(tree).args(["--format", "{p} [{f}]"]).output().unwrap();
    let told = String::from_utf8(told.stdout).unwrap();
    let ours: Vec<&str> = told.lines().filter(|line| line.starts_with("tallystick")).collect();

    assert!(ours.iter().any(|line| line.starts_with("tallystick-core ")), "{told}");
    for line in ours {
        let features = line.rsplit('[').next().unwrap().split([']', ',']);
        let for_tests: Vec<&str> = features
            .filter(|feature| {
                ["sim", "mutants", "plain-link", "bench", "testing", "vectors"].contains(feature)
            })
            .collect();
        assert_eq!(for_tests, Vec::<&str>::new(), "{line}");
        assert!(
            !["testkit", "sim", "powercut", "e2e", "camera-shim", "fake-camera"]
                .iter()
                .any(|part| line.starts_with(&format!("tallystick-{part} ")))
        );
    }
}
