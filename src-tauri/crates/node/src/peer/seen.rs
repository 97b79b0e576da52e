//! First packets that were accepted once, so that nobody who recorded one gets an answer for playing it again.
//!
//! Noise cannot tell a replayed first packet from a fresh one. It begins with a key that its sender made for this one
//! call: whoever honestly tries again makes another.

use std::collections::{BTreeSet, VecDeque};
use std::sync::Mutex;

use crate::wallet::held;

/// What tells one first packet from every other: half of its key is enough.
type Mark = [u8; 16];

/// How many are remembered, while the wallet is open: weeks of calls. Only those with a good ticket, or from partners,
/// are among them, so strangers cannot push them out.
const KEPT: usize = 16_384;

/// First packets that were accepted.
#[derive(Debug, Default)]
pub(crate) struct Seen(Mutex<(BTreeSet<Mark>, VecDeque<Mark>)>);

impl Seen {
    /// Whether this packet was accepted before.
    pub(crate) fn knows(&self, mark: &Mark) -> bool {
        held(&self.0).0.contains(mark)
    }

    /// Remembers a packet that is accepted. False if it was accepted before.
    pub(crate) fn accept(&self, mark: Mark) -> bool {
        let (marks, order) = &mut *held(&self.0);
        if !marks.insert(mark) {
            return false;
        }
        order.push_back(mark);
        if order.len() > KEPT
            && let Some(oldest) = order.pop_front()
        {
            marks.remove(&oldest);
        }
        true
    }
}

/// The mark of a packet; one too short to be any has none.
pub(crate) fn mark(body: &[u8]) -> Option<Mark> {
    body.first_chunk().copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_packet_is_accepted_once_and_the_oldest_is_forgotten() {
        let seen = Seen::default();
        let mark = |number: usize| u128::try_from(number).expect("a number").to_be_bytes();

        assert!(seen.accept(mark(0)) && seen.knows(&mark(0)) && !seen.accept(mark(0)));
        for number in 1..=KEPT {
            assert!(seen.accept(mark(number)));
        }

        assert!(!seen.knows(&mark(0)) && seen.knows(&mark(1)));
        assert_eq!(held(&seen.0).0.len(), KEPT);
    }
}
