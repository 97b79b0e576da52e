//! The parts of a test run, and the table at its end.

use std::time::{Duration, Instant};

use crate::counts::Counts;
use crate::trouble::Trouble;

/// Parts run one after the other; a failed one does not keep the others from telling what they know.
#[derive(Debug, Default)]
pub(crate) struct Parts {
    done: Vec<Part>,
}

#[derive(Debug)]
struct Part {
    name: &'static str,
    counts: Counts,
    took: Duration,
}

impl Parts {
    /// Runs one part under a heading and keeps what it counted; trouble counts as one failure.
    pub(crate) fn run(&mut self, name: &'static str, part: impl FnOnce() -> Result<Counts, Trouble>) -> bool {
        println!("\n── {name} ──");
        let start = Instant::now();
        let counts = part().unwrap_or_else(|trouble| {
            eprintln!("xtask: {trouble}");
            Counts::one(false)
        });
        self.done.push(Part { name, counts, took: start.elapsed() });
        counts.failed == 0
    }

    /// All parts together.
    pub(crate) fn total(&self) -> Counts {
        let mut total = Counts::default();
        for part in &self.done {
            total += part.counts;
        }
        total
    }

    /// The table: a line for each part, and a last line with nothing but the sums.
    pub(crate) fn table(&self) -> String {
        let mut table = format!("\n{:<24}{:>8}{:>8}{:>10}\n", "part", "passed", "failed", "time");
        for part in &self.done {
            let Counts { passed, failed } = part.counts;
            table += &format!("{:<24}{passed:>8}{failed:>8}{:>10}\n", part.name, clock(part.took));
        }
        let took = self.done.iter().map(|part| part.took).sum();
        let Counts { passed, failed } = self.total();
        table += &format!("{:<24}{passed:>8}{failed:>8}{:>10}\n\n", "together", clock(took));
        table + &format!("{passed} passed, {failed} failed")
    }
}

/// Minutes and seconds.
fn clock(time: Duration) -> String {
    let seconds = time.as_secs();
    if seconds < 60 {
        return format!("{seconds}.{} s", time.subsec_millis() / 100);
    }
    format!("{}:{:02} min", seconds / 60, seconds % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trouble_in_one_part_is_a_failure_and_not_the_end() {
        let mut parts = Parts::default();

        assert!(parts.run("good", || Ok(Counts { passed: 3, failed: 0 })));
        assert!(!parts.run("bad", || Err(Trouble::new("something broke"))));
        assert!(parts.run("good again", || Ok(Counts { passed: 4, failed: 0 })));

        assert_eq!(parts.table().lines().last(), Some("7 passed, 1 failed"));
    }

    #[test]
    fn long_times_are_read_in_minutes() {
        assert_eq!(clock(Duration::from_millis(1_250)), "1.2 s");
        assert_eq!(clock(Duration::from_secs(125)), "2:05 min");
    }
}
