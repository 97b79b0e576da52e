//! The arrow of dependency is the order of the rooms, and `core` stays free of the world.
#![allow(clippy::unwrap_used, reason = "a test")]

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, Package};

/// From the ground up. A room knows only rooms before it in this list.
const ROOMS: [&str; 8] = [
    "tallystick-core",
    "tallystick-noise",
    "tallystick-store",
    "tallystick-vault",
    "tallystick-node",
    "tallystick-scan",
    "tallystick-cli",
    "tallystick",
];

/// Beside the house: nothing that is shipped is built on them.
const WORKSHOP: [&str; 3] = ["tallystick-testkit", "tallystick-e2e", "xtask"];

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
const WINDOWLESS: [&str; 7] = [
    "tallystick-core",
    "tallystick-noise",
    "tallystick-store",
    "tallystick-vault",
    "tallystick-node",
    "tallystick-scan",
    "tallystick-cli",
];

#[test]
fn every_package_has_its_place_in_the_house() {
    let house = House::look();

    let known: BTreeSet<&str> = ROOMS.into_iter().chain(WORKSHOP).collect();
    let there: BTreeSet<&str> = house.members().map(|package| package.name.as_str()).collect();

    assert_eq!(there, known);
}

#[test]
fn no_room_knows_a_higher_one() {
    let house = House::look();

    for (height, room) in ROOMS.iter().enumerate() {
        for needed in house.direct(room, &[DependencyKind::Normal, DependencyKind::Build]) {
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
        for needed in house.direct(room, &[DependencyKind::Development]) {
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
        for needed in house.direct(room, &[DependencyKind::Normal, DependencyKind::Build]) {
            assert!(!WORKSHOP.contains(&needed.as_str()), "{room} may depend on {needed} only for its tests");
        }
    }
}

#[test]
fn the_protocol_is_free_of_the_world() {
    let house = House::look();

    let below = house.all_below("tallystick-core");

    let worldly: Vec<&str> = WORLDLY.into_iter().filter(|name| below.contains(*name)).collect();
    assert!(worldly.is_empty(), "tallystick-core has below it: {worldly:?}");
    assert!(below.iter().all(|name| !ROOMS.contains(&name.as_str())), "tallystick-core is the ground");
}

#[test]
fn only_the_app_opens_windows_and_only_the_store_speaks_sql() {
    let house = House::look();

    for room in WINDOWLESS {
        assert!(!house.all_below(room).contains("tauri"), "{room} must build without WebKit");
    }
    for room in ROOMS.into_iter().filter(|room| *room != "tallystick-store") {
        let direct = house.direct(room, &[DependencyKind::Normal]);
        assert!(!direct.contains("rusqlite"), "{room} may not speak SQL");
    }
}

/// What cargo says about this workspace.
struct House {
    metadata: Metadata,
}

impl House {
    fn look() -> Self {
        // This machine's crates are all here, or this test could not have been built; others' would be downloaded.
        let options = ["--locked", "--filter-platform", &host()].map(str::to_owned);
        Self { metadata: MetadataCommand::new().other_options(options).exec().unwrap() }
    }

    fn members(&self) -> impl Iterator<Item = &Package> {
        self.metadata.workspace_packages().into_iter()
    }

    fn member(&self, name: &str) -> &Package {
        self.members()
            .find(|package| package.name == name)
            .unwrap_or_else(|| panic!("there is no package {name}"))
    }

    /// What a package names in its own manifest.
    fn direct(&self, name: &str, kinds: &[DependencyKind]) -> BTreeSet<String> {
        let dependencies = self.member(name).dependencies.iter();
        dependencies.filter(|needed| kinds.contains(&needed.kind)).map(|needed| needed.name.clone()).collect()
    }

    /// Everything that ends up in a package, through any number of steps; tests and build scripts apart.
    fn all_below(&self, name: &str) -> BTreeSet<String> {
        let resolve = self.metadata.resolve.as_ref().unwrap();
        let nodes: BTreeMap<_, _> = resolve.nodes.iter().map(|node| (&node.id, node)).collect();
        let mut found = BTreeSet::new();
        let mut open = vec![&self.member(name).id];
        while let Some(id) = open.pop() {
            for needed in &nodes[id].deps {
                let is_shipped = needed.dep_kinds.iter().any(|kind| kind.kind == DependencyKind::Normal);
                if is_shipped && found.insert(&needed.pkg) {
                    open.push(&needed.pkg);
                }
            }
        }
        found.into_iter().map(|id| self.metadata[id].name.to_string()).collect()
    }
}

fn host() -> String {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let told = Command::new(rustc).arg("-vV").output().unwrap().stdout;
    let told = String::from_utf8(told).unwrap();
    told.lines().find_map(|line| line.strip_prefix("host: ")).unwrap().to_owned()
}
