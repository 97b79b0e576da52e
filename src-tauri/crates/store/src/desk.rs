//! What the writer's thread keeps in hand between acts, so that a message does not cost a tally's whole reading.
//!
//! A tally's machine in hand is exactly the one on disk: it is put here when it was read or written, inside the
//! transaction, and everything is laid down again when any part of that transaction is undone.

use std::cell::RefCell;
use std::collections::BTreeMap;

use tallystick_core::TallyId;
use tallystick_core::mutant::{self, Mutant};
use tallystick_core::tally::Tally;

/// Tallies and chits in hand, together: a few megabytes at most.
const ROOM: usize = 16_384;

/// What the writer's thread keeps in hand.
#[derive(Debug, Default)]
pub(crate) struct Desk {
    tallies: RefCell<BTreeMap<TallyId, Tally>>,
    posted: RefCell<Vec<i64>>,
}

impl Desk {
    /// The tally's machine, if it is in hand.
    pub(crate) fn tally(&self, id: TallyId) -> Option<Tally> {
        self.tallies.borrow().get(&id).cloned()
    }

    /// Asks a machine in hand something, without taking it.
    pub(crate) fn ask<T>(&self, id: TallyId, question: impl FnOnce(&Tally) -> T) -> Option<T> {
        self.tallies.borrow().get(&id).map(question)
    }

    /// Takes a machine in hand as it stands on disk now.
    pub(crate) fn keep(&self, tally: &Tally) {
        let mut tallies = self.tallies.borrow_mut();
        tallies.remove(&tally.id());
        let weight = |tally: &Tally| 1 + tally.chain().map_or(0, |chain| chain.tail().len());
        if tallies.values().map(weight).sum::<usize>() + weight(tally) > ROOM {
            tallies.clear();
        }
        tallies.insert(tally.id(), tally.clone());
    }

    /// Notes that a letter was queued in this row.
    pub(crate) fn post(&self, row: i64) {
        self.posted.borrow_mut().push(row);
    }

    /// The rows in which letters were queued since this was last asked.
    pub(crate) fn take_posted(&self) -> Vec<i64> {
        self.posted.take()
    }

    /// Something was undone: nothing in hand is known to be as it is on disk.
    pub(crate) fn lay_down(&self) {
        if mutant::is(Mutant::KeepInHand) {
            return;
        }
        self.tallies.borrow_mut().clear();
    }
}
