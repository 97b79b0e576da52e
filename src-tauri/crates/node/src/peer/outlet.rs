//! What is on its way out of one link: bytes not yet with the operating system, and the letters inside them.

use std::collections::{BTreeSet, VecDeque};
use std::mem;
use std::time::Duration;

use bytes::{Buf as _, BytesMut};
use tallystick_store::{How, Letter};
use tokio::time::Instant;

/// Bytes that may wait: above this no letter is fetched, the outbox holds it as well as we do.
const ROOM: usize = 256 * 1024;

/// A peer that takes no bytes for this long is gone.
const PATIENCE: Duration = Duration::from_secs(10);

/// A peer that takes a letter and says nothing at all for this long is gone, whatever the operating system believes: a
/// router that has forgotten a connection tells nobody, and resending would go on for a quarter of an hour. A letter
/// that waits for a person over there ends its link like that too; the link would be closed for idleness soon after.
const SILENCE: Duration = Duration::from_secs(20);

/// How soon it is written down that letters have left, if nothing else is to be written before. Should the program end
/// within that time, they leave once more, which a partner's wallet must bear anyway.
const NOTE_AFTER: Duration = Duration::from_millis(15);

/// What is on its way out of one link.
#[derive(Debug, Default)]
pub(super) struct Outlet {
    bytes: BytesMut,
    /// Bytes ever handed to the operating system.
    written: u64,
    /// Letters not wholly handed over, and how many bytes must be written until they are.
    leaving: VecDeque<(u64, Letter)>,
    tried: Vec<Tried>,
    progress: Option<Instant>,
    /// When the first letter left to which nothing has been said since.
    unanswered: Option<Instant>,
    note_at: Option<Instant>,
}

/// A letter that somebody tried to send.
#[derive(Debug)]
pub(crate) struct Tried {
    pub(crate) letter: Letter,
    /// All of it is with the operating system.
    pub(crate) sent: bool,
}

impl Outlet {
    /// Appends bytes that are no letter.
    pub(super) fn put(&mut self, bytes: &[u8], now: Instant) {
        if self.bytes.is_empty() {
            self.progress = Some(now);
        }
        self.bytes.extend_from_slice(bytes);
    }

    /// Appends the frame of a letter.
    pub(super) fn post(&mut self, frame: &[u8], letter: Letter, now: Instant) {
        self.put(frame, now);
        self.leaving.push_back((self.end(), letter));
    }

    /// A letter that cannot be made into a frame: tried, in vain.
    pub(super) fn cannot(&mut self, letter: Letter, now: Instant) {
        self.tried.push(Tried { letter, sent: false });
        self.note_at.get_or_insert(now + NOTE_AFTER);
    }

    /// The bytes to write next.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// So many bytes were handed to the operating system.
    pub(super) fn wrote(&mut self, count: usize, now: Instant) {
        self.bytes.advance(count);
        self.written = self.written.saturating_add(u64::try_from(count).unwrap_or(u64::MAX));
        while let Some((_, letter)) = self.leaving.pop_front_if(|(end, _)| *end <= self.written) {
            if letter.how == How::UntilAnswered {
                self.unanswered.get_or_insert(now);
            }
            self.tried.push(Tried { letter, sent: true });
        }
        self.progress = (!self.bytes.is_empty()).then_some(now);
        if !self.tried.is_empty() {
            self.note_at.get_or_insert(now + NOTE_AFTER);
        }
        if self.bytes.is_empty() && self.bytes.capacity() > ROOM {
            self.bytes = BytesMut::new();
        }
    }

    /// Whether letters may be fetched.
    pub(super) fn has_room(&self) -> bool {
        self.bytes.len() < ROOM
    }

    /// The peer has said something.
    pub(super) fn heard(&mut self) {
        self.unanswered = None;
    }

    /// When the peer counts as gone, unless it takes bytes before, or says something.
    pub(super) fn deadline(&self) -> Option<Instant> {
        let stuck = self.progress.map(|since| since + PATIENCE);
        let silent = self.unanswered.map(|since| since + SILENCE);
        stuck.into_iter().chain(silent).min()
    }

    /// When it should be written down what was tried.
    pub(super) fn note_at(&self) -> Option<Instant> {
        self.note_at
    }

    /// Hands over what was tried, to be written down.
    pub(super) fn take_tried(&mut self) -> Vec<Tried> {
        self.note_at = None;
        mem::take(&mut self.tried)
    }

    /// Rows of letters that are not wholly handed over: they wait in the outbox still, and must not leave twice.
    pub(super) fn in_hand(&self) -> BTreeSet<i64> {
        self.leaving.iter().map(|(_, letter)| letter.row).collect()
    }

    fn end(&self) -> u64 {
        self.written.saturating_add(u64::try_from(self.bytes.len()).unwrap_or(u64::MAX))
    }
}

#[cfg(test)]
mod tests {
    use tallystick_core::AgentId;

    use super::*;

    fn letter(row: i64) -> Letter {
        let partner = AgentId::from_bytes([1; 32]);
        let (key, message) = (row.to_string(), "{}".to_owned());
        Letter {
            row,
            partner,
            key,
            how: How::UntilAnswered,
            message,
            tries: 0,
            next_at: 0,
            left: true,
            tally: None,
        }
    }

    fn rows(tried: &[Tried]) -> Vec<i64> {
        tried.iter().filter(|tried| tried.sent).map(|tried| tried.letter.row).collect()
    }

    #[test]
    fn a_letter_has_left_with_its_last_byte_and_not_before() {
        let now = Instant::now();
        let mut outlet = Outlet::default();
        outlet.put(b"hello", now);
        outlet.post(b"12345", letter(1), now);
        outlet.post(b"123", letter(2), now);

        outlet.wrote(9, now);
        assert_eq!((rows(&outlet.take_tried()), outlet.in_hand()), (vec![], BTreeSet::from([1, 2])));
        outlet.wrote(2, now);
        assert_eq!((rows(&outlet.take_tried()), outlet.in_hand()), (vec![1], BTreeSet::from([2])));
        outlet.wrote(2, now);

        assert_eq!((rows(&outlet.take_tried()), outlet.in_hand()), (vec![2], BTreeSet::new()));
        outlet.heard();
        assert_eq!((outlet.bytes(), outlet.deadline(), outlet.note_at()), (&b""[..], None, None));
    }

    #[test]
    fn a_peer_that_takes_letters_and_never_says_a_word_is_gone() {
        let now = Instant::now();
        let mut outlet = Outlet::default();
        outlet.post(b"1", letter(1), now);
        outlet.post(b"2", Letter { how: How::Once, ..letter(2) }, now);
        outlet.wrote(2, now);
        outlet.post(b"3", letter(3), now);
        outlet.wrote(1, now + SILENCE / 2);
        assert_eq!(outlet.deadline(), Some(now + SILENCE));

        outlet.heard();
        outlet.post(b"4", Letter { how: How::Once, ..letter(4) }, now);
        outlet.wrote(1, now + SILENCE);

        assert_eq!(outlet.deadline(), None);
    }

    #[test]
    fn patience_begins_anew_with_every_byte_taken_and_only_then() {
        let now = Instant::now();
        let later = now + PATIENCE / 2;
        let mut outlet = Outlet::default();
        outlet.put(b"hello", now);
        outlet.put(b"more", later);
        assert_eq!(outlet.deadline(), Some(now + PATIENCE));

        outlet.wrote(1, later);

        assert_eq!(outlet.deadline(), Some(later + PATIENCE));
    }

    #[test]
    fn notes_wait_for_the_first_that_left_and_no_longer() {
        let now = Instant::now();
        let mut outlet = Outlet::default();
        outlet.post(b"1", letter(1), now);
        outlet.post(b"2", letter(2), now);
        outlet.wrote(1, now);

        outlet.wrote(1, now + NOTE_AFTER / 2);

        assert_eq!(outlet.note_at(), Some(now + NOTE_AFTER));
        assert_eq!(rows(&outlet.take_tried()), [1, 2]);
        assert_eq!(outlet.note_at(), None);
    }
}
