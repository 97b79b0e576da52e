//! What a replay found.

use std::fmt;

/// Checks that held, checks that did not, and what could not be checked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    passed: usize,
    failed: Vec<String>,
    skipped: Vec<String>,
}

impl Report {
    /// How many checks held.
    pub const fn passed(&self) -> usize {
        self.passed
    }

    /// Every check that did not hold, in words.
    pub fn failed(&self) -> &[String] {
        &self.failed
    }

    /// What nothing in the folder allows to check: a chain hash whose predecessor is not recorded, say.
    pub fn skipped(&self) -> &[String] {
        &self.skipped
    }

    /// Whether there was something to check and all of it held.
    pub fn is_good(&self) -> bool {
        self.passed > 0 && self.failed.is_empty()
    }

    pub(super) fn check(&mut self, place: &str, held: bool, what: &str) {
        if held {
            self.passed += 1;
        } else {
            self.failed.push(format!("{place}: {what}"));
        }
    }

    pub(super) fn same<T: PartialEq + fmt::Debug>(&mut self, place: &str, ours: &T, theirs: &T, what: &str) {
        if ours == theirs {
            self.passed += 1;
        } else {
            self.failed.push(format!("{place}: {what}: ours {ours:?}, recorded {theirs:?}"));
        }
    }

    pub(super) fn count(&mut self, passed: usize) {
        self.passed += passed;
    }

    pub(super) fn skip(&mut self, place: &str, what: &str) {
        self.skipped.push(format!("{place}: {what}"));
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for skipped in &self.skipped {
            writeln!(f, "not checkable  {skipped}")?;
        }
        for failed in &self.failed {
            writeln!(f, "FAILED  {failed}")?;
        }
        if self.passed == 0 && self.failed.is_empty() {
            writeln!(f, "nothing found to check")?;
        }
        write!(f, "{} passed, {} failed", self.passed, self.failed.len())
    }
}
