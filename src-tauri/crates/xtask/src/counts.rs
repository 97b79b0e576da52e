//! Counting tests from what test programs print.

use std::ops::AddAssign;

/// How many passed, how many did not.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Counts {
    /// Did what they claim.
    pub(crate) passed: u64,
    /// Did not.
    pub(crate) failed: u64,
}

impl Counts {
    /// One check that passed or not.
    pub(crate) fn one(passed: bool) -> Self {
        Self { passed: u64::from(passed), failed: u64::from(!passed) }
    }

    /// A program that failed without counting a failure (it crashed, it did not compile) counts as one.
    pub(crate) fn ended(mut self, ok: bool) -> Self {
        if !ok && self.failed == 0 {
            self.failed = 1;
        }
        self
    }
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
    }
}

/// `test result: ok. 12 passed; 0 failed; …`, one line for each test program of `cargo test`. A test that runs itself again
/// under other circumstances prints such a line of its own, with everything else filtered out; its parent counts it.
pub(crate) fn of_cargo(line: &str) -> Option<Counts> {
    (line.starts_with("test result:") && line.contains("; 0 filtered out")).then(|| numbers(line))
}

/// `      Tests  1 failed | 41 passed (42)`, one line for a run of vitest.
pub(crate) fn of_vitest(line: &str) -> Option<Counts> {
    line.trim_start().strip_prefix("Tests ").map(numbers)
}

/// `12 passed, 0 failed`, the last line of our own programs.
pub(crate) fn of_ours(line: &str) -> Option<Counts> {
    let (passed, failed) = line.strip_suffix(" failed")?.split_once(" passed, ")?;
    Some(Counts { passed: passed.parse().ok()?, failed: failed.parse().ok()? })
}

/// The number before each of the words.
fn numbers(line: &str) -> Counts {
    let words: Vec<&str> = line.split_whitespace().collect();
    let before = |what: &str| {
        let at = words.iter().position(|word| word.trim_end_matches([';', ',']) == what)?;
        words.get(at.checked_sub(1)?)?.parse().ok()
    };
    Counts { passed: before("passed").unwrap_or(0), failed: before("failed").unwrap_or(0) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_program_is_understood() {
        let cargo = "test result: FAILED. 12 passed; 3 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.00s";

        assert_eq!(of_cargo(cargo), Some(Counts { passed: 12, failed: 3 }));
        assert_eq!(
            of_vitest("      Tests  1 failed | 41 passed (42)"),
            Some(Counts { passed: 41, failed: 1 })
        );
        assert_eq!(of_vitest("      Tests  42 passed (42)"), Some(Counts { passed: 42, failed: 0 }));
        assert_eq!(of_ours("300 passed, 2 failed"), Some(Counts { passed: 300, failed: 2 }));
    }

    #[test]
    fn a_test_that_runs_itself_again_counts_once() {
        let again =
            "test result: ok. 1 passed; 0 failed; 0 ignored; 0 measured; 2 filtered out; finished in 0.66s";

        assert_eq!(of_cargo(again), None);
    }

    #[test]
    fn other_lines_count_nothing() {
        assert_eq!(of_cargo("test a_claim ... ok"), None);
        assert_eq!(of_vitest(" Test Files  4 passed (4)"), None);
        assert_eq!(of_ours("something passed, something failed"), None);
    }

    #[test]
    fn a_crash_counts_as_one_failure() {
        assert_eq!(Counts { passed: 4, failed: 0 }.ended(false), Counts { passed: 4, failed: 1 });
        assert_eq!(Counts { passed: 4, failed: 2 }.ended(false), Counts { passed: 4, failed: 2 });
        assert_eq!(Counts { passed: 4, failed: 0 }.ended(true), Counts { passed: 4, failed: 0 });
    }
}
