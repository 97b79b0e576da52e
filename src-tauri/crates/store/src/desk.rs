//! What the writer's thread keeps in hand between acts, so that a message does not cost a tally's whole reading.
//!
//! A tally's machine in hand is exactly the one on disk: it is put here when it was read or written, inside the
//! transaction, and everything is laid down again when any part of that transaction is undone.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use tallystick_core::{AgentId, TallyId};

use crate::tally::TallyRow;

/// Tallies and chits in hand, together: a few megabytes at most.
const ROOM: usize = 16_384;

/// What the writer's thread keeps in hand.
#[derive(Debug, Default)]
pub(crate) struct Desk {
    tallies: RefCell<BTreeMap<TallyId, TallyRow>>,
    addressed: RefCell<BTreeSet<AgentId>>,
}

impl Desk {
    /// The tally, if it is in hand.
    pub(crate) fn tally(&self, id: TallyId) -> Option<TallyRow> {
        self.tallies.borrow().get(&id).cloned()
    }

    /// Takes a tally in hand as it stands on disk now.
    pub(crate) fn keep(&self, row: &TallyRow) {
        let mut tallies = self.tallies.borrow_mut();
        let weight = |row: &TallyRow| 1 + row.tally.chain().map_or(0, |chain| chain.tail().len());
        if tallies.values().map(weight).sum::<usize>() + weight(row) > ROOM {
            tallies.clear();
        }
        tallies.insert(row.tally.id(), row.clone());
    }

    /// Changes a tally in hand as it was changed on disk.
    pub(crate) fn change(&self, id: TallyId, change: impl FnOnce(&mut TallyRow)) {
        if let Some(row) = self.tallies.borrow_mut().get_mut(&id) {
            change(row);
        }
    }

    /// Notes that a letter to this partner was queued.
    pub(crate) fn address(&self, partner: AgentId) {
        self.addressed.borrow_mut().insert(partner);
    }

    /// To whom letters were queued since this was last asked.
    pub(crate) fn take_addressed(&self) -> BTreeSet<AgentId> {
        self.addressed.take()
    }

    /// Something was undone: nothing in hand is known to be as it is on disk.
    pub(crate) fn lay_down(&self) {
        self.tallies.borrow_mut().clear();
    }
}
