//! A simulator that finds nothing proves nothing by it: some deliberate faults, found. All of them: `--mutants`.
#![allow(clippy::unwrap_used, reason = "a test")]

use tallystick_core::lift::mutant::{Mutant, choose};
use tallystick_lift_sim::hunt;

#[test]
fn deliberate_faults_are_found() {
    let quick = [
        Mutant::HashUnread,
        Mutant::SkipGain,
        Mutant::WaiveWhileOut,
        Mutant::CommitUnclaimed,
        Mutant::DecideAgain,
        Mutant::VoidAlone,
        Mutant::NeverAsk,
        Mutant::BookTwice,
        Mutant::TakeAnyAmount,
        Mutant::ForwardUnheld,
        Mutant::BudgetForAll,
        Mutant::BottomlessBucket,
        Mutant::WaiveUnread,
        Mutant::ChainUnheard,
        Mutant::WaiveForgotten,
        Mutant::VoidForgotten,
    ];
    for mutant in quick {
        choose(Some(mutant));
        let found = hunt(0, 250);
        choose(None);
        assert!(found.is_some(), "{mutant:?} was not found");
    }
}
