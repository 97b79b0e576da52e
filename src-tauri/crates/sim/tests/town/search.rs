//! Looks for a script that fails, and makes it short.

use std::cell::RefCell;
use std::fmt;

use proptest::strategy::BoxedStrategy;
use proptest::test_runner::{Config, TestCaseError, TestRunner};
use proptest_state_machine::{ReferenceStateMachine, Sequential};

use super::stage::play;
use super::{Line, Town, towns};

/// A script that fails.
#[derive(Clone)]
pub(crate) struct Found {
    pub(crate) town: Town,
    pub(crate) script: Vec<Line>,
    /// Why.
    pub(crate) what: String,
}

impl fmt::Debug for Found {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(out, "{}\n{:?}", self.what, self.town)?;
        self.script.iter().try_for_each(|line| writeln!(out, "    {line:?},"))
    }
}

/// What to look through.
#[derive(Clone, Debug)]
pub(crate) struct Search {
    /// People of a town.
    pub(crate) people: std::ops::RangeInclusive<usize>,
    /// The longest script.
    pub(crate) longest: usize,
    /// Ledgers are encrypted files.
    pub(crate) on_disk: bool,
}

type Scripts = Sequential<Town, Line, BoxedStrategy<Town>, BoxedStrategy<Line>>;

impl Search {
    fn scripts(&self) -> Scripts {
        let people = self.people.clone();
        let towns = move || towns(people.clone());
        Sequential::new(
            (1..=self.longest).into(),
            towns,
            Town::preconditions,
            <Town as ReferenceStateMachine>::transitions,
            Town::apply,
        )
    }

    /// The first script that fails, as short as it gets.
    pub(crate) fn run(&self, runner: &mut TestRunner) -> Option<Found> {
        let shortest: RefCell<Option<Found>> = RefCell::new(None);
        let outcome = runner.run(&self.scripts(), |(town, script, seen)| {
            if let Some(seen) = seen {
                // It tells how far a script got; the look at the end concerns all of it.
                seen.store(script.len(), std::sync::atomic::Ordering::SeqCst);
            }
            play(&town, &script, self.on_disk).map_err(|what| {
                let mut shortest = shortest.borrow_mut();
                let longer = shortest.as_ref().is_none_or(|found| found.script.len() >= script.len());
                if longer {
                    *shortest = Some(Found { town, script, what: what.clone() });
                }
                TestCaseError::fail(what)
            })
        });
        let found = shortest.into_inner();
        assert_eq!(outcome.is_err(), found.is_some(), "the search itself failed: {outcome:?}");
        found.map(|found| self.shorten(found))
    }

    /// Leaves out what need not be there. What was found is tried line by line, until no line can be spared: leaving
    /// one out moves all chance after it, so one that could not be spared at first may be later.
    fn shorten(&self, mut found: Found) -> Found {
        let mut at = found.script.len();
        while at > 0 {
            at -= 1;
            let mut script = found.script.clone();
            script.remove(at);
            if makes_sense(&found.town, &script)
                && let Err(what) = play(&found.town, &script, self.on_disk)
            {
                found = Found { what, script, town: found.town };
                at = found.script.len();
            }
        }
        found
    }
}

/// Whether every line of a script can happen where it stands.
pub(crate) fn makes_sense(town: &Town, script: &[Line]) -> bool {
    let mut town = town.clone();
    script.iter().all(|line| {
        let can = Town::preconditions(&town, line);
        town = Town::apply(town.clone(), line);
        can
    })
}

/// A runner for so many scripts.
pub(crate) fn config(cases: u32) -> Config {
    Config { cases, failure_persistence: None, max_shrink_iters: 400, ..Config::default() }
}
