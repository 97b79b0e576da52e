//! Letters that one link may put on their way, in the order of their writing.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tallystick_store::Letter;

/// Letters ready to leave, by their row in the outbox.
///
/// They come in two ways: handed over as they are written, and fetched from the outbox. One that is fetched had been
/// handed over before, if it ever was, so whoever takes in both in turn meets no letter twice.
#[derive(Debug, Default)]
pub(crate) struct Ready {
    letters: BTreeMap<i64, (Letter, Way)>,
    /// Older letters than those beyond this row wait in the outbox still.
    horizon: Option<i64>,
    /// How many were handed over and have not left from here.
    lying: Arc<AtomicUsize>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Handed,
    Fetched,
}

impl Ready {
    /// The count that whoever hands letters over raises.
    pub(crate) fn lying(&self) -> &Arc<AtomicUsize> {
        &self.lying
    }

    /// Takes in letters that were handed over.
    pub(crate) fn handed(&mut self, letters: Vec<Letter>) {
        for letter in letters {
            self.letters.insert(letter.row, (letter, Way::Handed));
        }
    }

    /// Takes in letters that were fetched; `more` if there were more than these.
    pub(crate) fn fetched(&mut self, letters: Vec<Letter>, more: bool) {
        self.horizon = letters.last().map(|letter| letter.row).filter(|_| more);
        for letter in letters {
            self.letters.entry(letter.row).or_insert((letter, Way::Fetched));
        }
    }

    /// The next to leave.
    pub(crate) fn next(&mut self) -> Option<Letter> {
        let first = self.letters.first_entry()?;
        if self.horizon.is_some_and(|horizon| *first.key() > horizon) {
            return None;
        }
        let (letter, way) = first.remove();
        if way == Way::Handed {
            self.lying.fetch_sub(1, Ordering::Relaxed);
        }
        Some(letter)
    }
}

#[cfg(test)]
mod tests {
    use tallystick_core::AgentId;
    use tallystick_store::How;

    use super::*;

    fn letters(rows: &[i64]) -> Vec<Letter> {
        let letter = |row: i64| Letter {
            row,
            partner: AgentId::from_bytes([1; 32]),
            key: row.to_string(),
            how: How::UntilAnswered,
            message: "{}".to_owned(),
            tries: 0,
            next_at: 0,
            left: true,
            tally: None,
        };
        rows.iter().map(|row| letter(*row)).collect()
    }

    fn hand(ready: &mut Ready, rows: &[i64]) {
        ready.lying().fetch_add(rows.len(), Ordering::Relaxed);
        ready.handed(letters(rows));
    }

    fn leaving(ready: &mut Ready) -> Vec<i64> {
        std::iter::from_fn(|| ready.next()).map(|letter| letter.row).collect()
    }

    #[test]
    fn letters_leave_in_order_and_once_whichever_way_they_came() {
        let mut ready = Ready::default();
        hand(&mut ready, &[4]);
        hand(&mut ready, &[6, 7]);
        ready.fetched(letters(&[2, 4, 6]), false);

        assert_eq!(leaving(&mut ready), [2, 4, 6, 7]);
        assert_eq!(ready.lying().load(Ordering::Relaxed), 0);
    }

    #[test]
    fn nothing_leaves_before_older_letters_that_wait_in_the_outbox() {
        let mut ready = Ready::default();
        hand(&mut ready, &[9]);
        ready.fetched(letters(&[1, 2]), true);
        assert_eq!(leaving(&mut ready), [1, 2]);
        assert_eq!(ready.lying().load(Ordering::Relaxed), 1);

        ready.fetched(letters(&[3, 9]), false);

        assert_eq!(leaving(&mut ready), [3, 9]);
        assert_eq!(ready.lying().load(Ordering::Relaxed), 0);
    }
}
