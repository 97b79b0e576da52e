//! Processor time, where the system tells it: steadier than the clock on a machine that others use as well.

use std::fs;
use std::time::Duration;

use crate::report::{Report, millis};

/// Processor time spent by this process so far.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Spent {
    whole: Duration,
    /// By the two threads that write the ledgers.
    ledgers: Duration,
}

impl Spent {
    /// Until now. Nothing where the system has no `/proc`.
    pub(crate) fn so_far() -> Self {
        let mut spent = Self { whole: Duration::ZERO, ledgers: Duration::ZERO };
        // Threads that end take their share with them; those of a runtime that is busy do not.
        for thread in fs::read_dir("/proc/self/task").into_iter().flatten().flatten() {
            let read = |name: &str| fs::read_to_string(thread.path().join(name)).unwrap_or_default();
            let nanos = read("schedstat").split(' ').next().and_then(|nanos| nanos.parse().ok()).unwrap_or(0);
            spent.whole += Duration::from_nanos(nanos);
            if read("comm").trim() == "ledger" {
                spent.ledgers += Duration::from_nanos(nanos);
            }
        }
        spent
    }

    /// Adds what was spent since for each of so many chits.
    pub(crate) fn report(self, section: &'static str, chits: u32, report: &mut Report) {
        let now = Self::so_far();
        let whole = millis(now.whole.saturating_sub(self.whole)) / f64::from(chits);
        let ledgers = millis(now.ledgers.saturating_sub(self.ledgers)) / f64::from(chits);
        if whole > 0.0 {
            report.add(section, "processor time a chit, both wallets", whole, "ms");
            report.add(section, "of it the two ledgers' threads", ledgers, "ms");
        }
    }
}
