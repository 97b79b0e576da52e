//! Deliberate faults are found by random scripts, and each shows in a script of a few lines.

mod town;

use proptest::test_runner::{RngAlgorithm, TestRng, TestRunner};
use tallystick_core::mutant::{Mutant, choose};
use town::search::{Found, Search, config, makes_sense};
use town::stage::play;

/// Faults that are tried here, and how many lines are enough to show each. The simulator itself looks for all of them.
const TRIED: &[(Mutant, usize)] = &[
    (Mutant::CountTwice, 6),
    (Mutant::ForgetGrant, 6),
    (Mutant::CloseWithDebt, 6),
    (Mutant::ClosingTakesAll, 6),
    (Mutant::WrongSign, 6),
    (Mutant::ForgetSentLetters, 6),
];

fn find(mutant: Mutant) -> Option<Found> {
    choose(Some(mutant));
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let search = Search { people: 2..=3, longest: 40, on_disk: false };
    let found = search.run(&mut TestRunner::new_with_rng(config(300), rng));
    choose(None);
    found
}

/// One test, because a fault is switched on for the whole process.
#[test]
#[allow(clippy::print_stdout, reason = "the scripts that were found are worth reading")]
fn a_fault_shows_in_a_few_lines() {
    for (mutant, enough) in TRIED {
        let found = find(*mutant).unwrap_or_else(|| panic!("{mutant:?} is not found"));
        println!("{mutant:?}: {found:?}");
        assert!(found.script.len() <= *enough, "{mutant:?} needs {} lines: {found:?}", found.script.len());
        assert!(makes_sense(&found.town, &found.script), "{found:?}");
        let without = play(&found.town, &found.script, false);
        assert_eq!(without, Ok(()), "{mutant:?} is not to blame for {found:?}");
    }
}
