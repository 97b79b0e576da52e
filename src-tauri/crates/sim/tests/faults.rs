//! Deliberate faults are found: a sample, of those that are found soonest. All of them: `cargo xtask sim protocol
//! --mutants`.

use tallystick_core::mutant::{Mutant, choose};
use tallystick_sim::{hush_panics, play_many};

/// Faults that a few dozen lives are enough for.
const SOON: [Mutant; 12] = [
    Mutant::DropUpdate,
    Mutant::CountTwice,
    Mutant::WrongSign,
    Mutant::ConfirmOneTooFar,
    Mutant::ForgetGrant,
    Mutant::ClosingTakesAll,
    Mutant::CloseWithDebt,
    Mutant::TheirSettingsAreOurs,
    Mutant::ForgetSentLetters,
    Mutant::ForgetWhatLeft,
    Mutant::KeepInHand,
    Mutant::TicketForAnybody,
];

/// Lives in which each must be found.
const SEEDS: u64 = 60;

#[test]
fn faults_are_found_soon() {
    hush_panics();
    let overlooked: Vec<Mutant> = SOON
        .into_iter()
        .filter(|mutant| {
            choose(Some(*mutant));
            let found = !play_many(0, SEEDS, 1).broken.is_empty();
            choose(None);
            !found
        })
        .collect();

    assert!(overlooked.is_empty(), "{overlooked:?}");
}
