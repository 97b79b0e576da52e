//! Some dozens of lives, and every one that ever ended badly.
#![allow(clippy::unwrap_used, reason = "a test")]

use tallystick_lift_sim::{live, live_without_chains};

fn whole(seed: u64) {
    let life = live(seed, false);
    assert_eq!(life.faults, Vec::<String>::new(), "cargo xtask sim lifts --from {seed} --trace");
}

#[test]
fn lives_among_liars_keep_every_rule() {
    (0..60).for_each(whole);
}

#[test]
fn what_once_went_wrong_goes_well() {
    let remembered = include_str!("remembered.txt").lines().filter(|line| !line.starts_with('#'));
    for line in remembered {
        let mut words = line.split_whitespace();
        let seed = words.next().unwrap().parse().unwrap();
        whole(seed);
        // Most went wrong before chains were lived as well.
        let life = live_without_chains(seed, false);
        assert_eq!(life.faults, Vec::<String>::new(), "{seed} --without-chains");
    }
}

#[test]
fn a_seed_is_one_life() {
    assert_eq!(live(7, true).trace, live(7, true).trace);
}

#[test]
fn lives_are_about_something() {
    let lives: Vec<_> = (0..60).map(|seed| live(seed, false)).collect();

    assert!(lives.iter().map(|life| life.good).sum::<u64>() > 40);
    assert!(lives.iter().map(|life| life.crashes).sum::<u64>() > 20);
    assert!(lives.iter().any(|life| life.liars) && lives.iter().any(|life| life.lying_referee));
}
