//! Times of a lift (lifts.md 5), all in milliseconds.

/// A payment is claimed within this.
pub const PAYMENT: i64 = 60_000;

/// A circle is claimed within this.
pub const CLEARING: i64 = 120_000;

/// Nothing may be held longer than this before it can be decided.
pub const LONGEST: i64 = 600_000;

/// What has to be left for the claim itself.
pub const CLAIM_MARGIN: i64 = 20_000;

/// What has to be left for every hop still to go.
pub const HOP_MARGIN: i64 = 4_000;

/// After this without a decision the person is told.
pub const STALE: i64 = 24 * 3_600_000;

/// The first pause between two questions to the referee; each is twice the last.
const FIRST_POLL: i64 = 2_000;

/// The longest pause between two questions.
const LONGEST_POLL: i64 = 3_600_000;

/// How long to wait after the nth question.
pub fn pause(asked: u32) -> i64 {
    FIRST_POLL.checked_shl(asked.min(20)).unwrap_or(LONGEST_POLL).min(LONGEST_POLL)
}
