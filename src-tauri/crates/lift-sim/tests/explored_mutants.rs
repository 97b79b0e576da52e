//! An explorer that finds nothing proves nothing by it either. Alone in its process: a fault is switched on for all of it.
#![allow(clippy::unwrap_used, reason = "a test")]

use tallystick_core::lift::mutant::{Mutant, choose};
use tallystick_lift_sim::{explore, scenes};

#[test]
fn deliberate_faults_are_found_by_exploring() {
    let quick = [
        (Mutant::WaiveWhileOut, "row3-one-lift"),
        (Mutant::VoidAlone, "row3-one-lift"),
        (Mutant::BookTwice, "row3-one-lift"),
        (Mutant::DecideAgain, "row3-one-lift"),
        (Mutant::ForgetHolds, "row3-room-for-one"),
        (Mutant::ForgetWaive, "ring3-room-for-one"),
    ];
    for (mutant, name) in quick {
        let scenes = scenes();
        let scene = scenes.iter().find(|scene| scene.name == name).unwrap();
        choose(Some(mutant));
        let told = explore(scene, 400_000);
        choose(None);
        let (_, way) = told.broken.unwrap_or_else(|| panic!("{mutant:?} was not found"));
        assert!(!way.is_empty());
    }
}
