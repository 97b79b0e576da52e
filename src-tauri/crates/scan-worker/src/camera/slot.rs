//! A place for the newest of something: what came before is forgotten, and who is late sees only what is now.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Holds the newest value, and how it ended if it did.
#[derive(Debug)]
pub(super) struct Slot<T, E> {
    inside: Mutex<Inside<T, E>>,
    changed: Condvar,
}

#[derive(Debug)]
struct Inside<T, E> {
    newest: Option<Arc<T>>,
    turn: u64,
    end: Option<E>,
}

/// What waiting for a newer value gives.
#[derive(Debug)]
pub(super) enum Next<T, E> {
    /// A newer one, and its turn.
    Newer(Arc<T>, u64),
    /// None yet.
    NotYet,
    /// There will be none.
    End(E),
}

impl<T, E: Clone> Slot<T, E> {
    pub(super) fn new() -> Self {
        Self { inside: Mutex::new(Inside { newest: None, turn: 0, end: None }), changed: Condvar::new() }
    }

    pub(super) fn put(&self, value: T) {
        let mut inside = self.lock();
        inside.newest = Some(Arc::new(value));
        inside.turn += 1;
        drop(inside);
        self.changed.notify_all();
    }

    pub(super) fn end(&self, why: E) {
        self.lock().end = Some(why);
        self.changed.notify_all();
    }

    /// Waits so long for a value newer than the one of this turn.
    pub(super) fn after(&self, turn: u64, patience: Duration) -> Next<T, E> {
        let waiting = |inside: &mut Inside<T, E>| inside.turn == turn && inside.end.is_none();
        let waited = self.changed.wait_timeout_while(self.lock(), patience, waiting);
        let (inside, _) = waited.unwrap_or_else(PoisonError::into_inner);
        match (&inside.end, &inside.newest) {
            (Some(end), _) => Next::End(end.clone()),
            (None, Some(newest)) if inside.turn != turn => Next::Newer(Arc::clone(newest), inside.turn),
            (None, _) => Next::NotYet,
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inside<T, E>> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_late_sees_the_newest_only() {
        let slot: Slot<u8, ()> = Slot::new();
        slot.put(1);
        slot.put(2);

        let Next::Newer(value, turn) = slot.after(0, Duration::ZERO) else { panic!("there is one") };

        assert_eq!((*value, turn), (2, 2));
        assert!(matches!(slot.after(turn, Duration::ZERO), Next::NotYet));
    }

    #[test]
    fn an_end_is_seen_by_everybody() {
        let slot: Slot<u8, &str> = Slot::new();
        slot.put(1);
        slot.end("over");

        assert!(matches!(slot.after(0, Duration::ZERO), Next::End("over")));
        assert!(matches!(slot.after(0, Duration::ZERO), Next::End("over")));
    }
}
