//! Every order of events in the smallest networks, and two lifts apart that were also looked at together.
#![allow(clippy::unwrap_used, reason = "a test")]

use tallystick_lift_sim::{Explored, explore, scenes};

fn explored(name: &str) -> Explored {
    let told = explore(scenes().iter().find(|scene| scene.name == name).unwrap(), 1_000_000);
    assert_eq!((&told.broken, told.cut), (&None, false), "cargo xtask sim lifts --explore --only {name}");
    told
}

#[test]
fn no_order_of_events_breaks_a_lift() {
    for name in ["row3-one-lift", "ring3-one-lift"] {
        let told = explored(name);

        assert!(told.good[&0] > 0 && told.good[&1] > 0, "{name}: {:?}", told.good);
    }
}

#[test]
fn no_order_of_events_breaks_two_that_want_the_same_room() {
    let told = explored("row3-room-for-one");

    assert!(told.good[&1] > 0 && !told.good.contains_key(&2), "{:?}", told.good);
}

#[test]
fn two_that_have_room_are_explored_apart() {
    let (one, both) = (explored("row3-one-lift"), explored("row3-same-way"));

    assert_eq!(both.stands_for, Some(one.states * one.states));
}
