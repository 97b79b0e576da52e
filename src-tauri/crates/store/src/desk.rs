//! What the writer's thread keeps in hand between acts, so that a message does not cost a tally's whole reading.
//!
//! A tally's machine in hand is exactly the one on disk: it is put here when it was read or written, inside the
//! transaction, and everything is laid down again when any part of that transaction is undone.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::mem;
use std::rc::Rc;

use tallystick_core::TallyId;
use tallystick_core::mutant::{self, Mutant};
use tallystick_core::tally::Tally;

use crate::outbox::NewLetter;

/// Tallies and chits in hand, together: a few megabytes at most.
const ROOM: usize = 16_384;

/// What the writer's thread keeps in hand.
#[derive(Debug, Default)]
pub(crate) struct Desk {
    tallies: RefCell<BTreeMap<TallyId, Tally>>,
    mail: RefCell<Mail>,
    /// The last row of the outbox that was given to a letter. Rows are not used again while the program runs: whoever
    /// holds one must not meet another letter in it.
    last_row: Cell<Option<i64>>,
}

/// Letters of one act.
#[derive(Clone, Debug, Default)]
pub(crate) struct Mail {
    /// Rows of those that are in the outbox.
    pub(crate) posted: Vec<i64>,
    /// Those that leave only once, before anybody knows whether they have to wait for it.
    pub(crate) loose: Vec<Rc<Loose>>,
}

/// A letter that is not in the outbox yet.
#[derive(Clone, Debug)]
pub(crate) struct Loose {
    pub(crate) row: i64,
    pub(crate) letter: NewLetter,
    /// When it was queued.
    pub(crate) at: i64,
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

    /// The next row of the outbox, if it is known by now.
    pub(crate) fn next_row(&self) -> Option<i64> {
        let next = self.last_row.get()?.checked_add(1)?;
        self.last_row.set(Some(next));
        Some(next)
    }

    /// Says which row was used last.
    pub(crate) fn count_rows_from(&self, last: i64) {
        self.last_row.set(Some(last));
    }

    /// Changes the letters of the present act.
    pub(crate) fn mail<T>(&self, change: impl FnOnce(&mut Mail) -> T) -> T {
        change(&mut self.mail.borrow_mut())
    }

    /// The letters as they are now, to put them back should what follows be undone.
    pub(crate) fn mail_so_far(&self) -> Mail {
        self.mail.borrow().clone()
    }

    /// Hands over all letters, and is ready for the next act.
    pub(crate) fn clear_mail(&self) -> Mail {
        mem::take(&mut self.mail.borrow_mut())
    }

    /// Something was undone: nothing in hand is known to be as it is on disk.
    pub(crate) fn lay_down(&self) {
        if mutant::is(Mutant::KeepInHand) {
            return;
        }
        self.tallies.borrow_mut().clear();
    }
}
