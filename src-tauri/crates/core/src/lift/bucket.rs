//! Token buckets: how often somebody may ask (lifts.md 7).

use serde::{Deserialize, Serialize};

use crate::date::Date;
use crate::lift::mutant::{self, Mutant};

/// How much a bucket holds, and how fast it fills.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Flow {
    /// At most so many at once.
    pub most: u32,
    /// One comes back after so many milliseconds.
    pub every: i64,
}

/// Rounds that one wallet begins: six an hour, two at once.
pub const OWN_ROUNDS: Flow = Flow { most: 2, every: 600_000 };

/// Messages about searches that one partner may make us take.
pub const FROM_PARTNER: Flow = Flow { most: 512, every: 1_000 };

/// A bucket of tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bucket {
    left: u32,
    /// Since when it fills.
    since: Date,
}

impl Bucket {
    /// A full one.
    pub const fn full(flow: Flow, now: Date) -> Self {
        Self { left: flow.most, since: now }
    }

    /// Takes so many tokens, if they are there.
    pub fn take(&mut self, tokens: u32, flow: Flow, now: Date) -> bool {
        self.fill(flow, now);
        if mutant::is(Mutant::BottomlessBucket) {
            self.left = self.left.saturating_sub(tokens);
            return true;
        }
        match self.left.checked_sub(tokens) {
            Some(left) => {
                self.left = left;
                true
            }
            None => false,
        }
    }

    /// How many are there.
    pub const fn left(&self) -> u32 {
        self.left
    }

    /// A clock that was set back fills nothing.
    fn fill(&mut self, flow: Flow, now: Date) {
        let passed = now.millis().saturating_sub(self.since.millis()).max(0);
        let come = u32::try_from(passed / flow.every.max(1)).unwrap_or(u32::MAX);
        if come > 0 {
            self.left = self.left.saturating_add(come).min(flow.most);
            let rest = passed % flow.every.max(1);
            self.since = Date::from_millis(now.millis() - rest);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_gives_what_it_has_and_fills_with_time() {
        let at = |seconds: i64| Date::from_millis(seconds * 1_000);
        let flow = Flow { most: 3, every: 10_000 };
        let mut bucket = Bucket::full(flow, at(0));

        assert!(bucket.take(3, flow, at(0)) && !bucket.take(1, flow, at(9)));
        assert!(bucket.take(1, flow, at(10)) && !bucket.take(1, flow, at(19)));
        assert!(!bucket.take(1, flow, at(0)), "a clock set back");
        assert!(bucket.take(3, flow, at(1_000)) && bucket.left() == 0, "never more than it holds");
    }
}
