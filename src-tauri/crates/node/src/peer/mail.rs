//! Letters on their way from the act that wrote them to the link that carries them.
//!
//! What an act writes to a partner with an open link is read back inside the act's own transaction and handed to that
//! link as soon as the transaction is durable, on the writer's thread: so letters reach a link in the order of their
//! commits, and nobody has to search the outbox for what has just been put there. The outbox keeps them all the same,
//! and a link that ends before they have left leaves them to the next one; but for those that leave only once: what the
//! partner repeats, we answer again.

use std::collections::{BTreeMap, BTreeSet};

use tallystick_core::AgentId;
use tallystick_store::{How, Letter, Rows, StoreError};

use crate::wallet::Inner;

/// What one act has written.
#[derive(Debug, Default)]
pub(crate) struct Mail {
    /// For links that are open.
    pub(crate) parcels: BTreeMap<AgentId, Vec<Letter>>,
    /// Partners for whom letters lie in the outbox.
    pub(crate) waiting: BTreeSet<AgentId>,
}

impl Mail {
    /// Makes ready what an act has written; `takes` tells whether a partner has a link that takes letters. Inside the
    /// act's transaction, at its end.
    pub(crate) fn pack(
        rows: &Rows<'_>,
        takes: impl Fn(AgentId) -> bool,
        now: i64,
    ) -> Result<Self, StoreError> {
        let mut mail = Self::default();
        let mut leaving = rows.take_loose(&takes);
        for letter in rows.take_posted()? {
            // One that leaves only once and is in the outbox by now waits for a link.
            if letter.how != How::Once && takes(letter.partner) {
                leaving.push(letter);
            } else {
                mail.waiting.insert(letter.partner);
            }
        }
        // They leave right after this commit: one flush to disk, not two.
        rows.depart(&leaving, now)?;
        leaving.sort_by_key(|letter| letter.row);
        for letter in leaving {
            mail.parcels.entry(letter.partner).or_default().push(letter);
        }
        Ok(mail)
    }

    /// Leaves alone what waits for this partner: their link is about to open, and fetches it then.
    pub(super) fn leave_to_opening(&mut self, partner: AgentId) {
        self.waiting.remove(&partner);
    }
}

impl Inner {
    /// Makes ready what an act has written. Inside its transaction, at its end.
    pub(crate) fn pack(&self, rows: &Rows<'_>) -> Result<Mail, StoreError> {
        Mail::pack(rows, |partner| self.roster.takes(partner), self.now())
    }

    /// Lets it leave, once the act is durable. Never waits: this runs on the writer's thread.
    pub(crate) fn dispatch(&self, mail: Mail) {
        let Mail { parcels, mut waiting } = mail;
        for (partner, letters) in parcels {
            if !self.roster.hand(partner, letters) {
                waiting.insert(partner);
            }
        }
        for partner in waiting {
            self.summon(partner);
        }
    }

    /// Lets whatever waits for a partner leave: by the link there is, or else by a call.
    pub(super) fn summon(&self, partner: AgentId) {
        if !self.roster.ring(partner) {
            self.post.ring();
        }
    }
}

/// Notes that an open link is given a letter. One that leaves only once is done with: at once, so that the same answer
/// to the same message of the next moment is not taken for one that still waits.
pub(super) fn give(rows: &Rows<'_>, letter: &Letter, now: i64) -> Result<(), StoreError> {
    if letter.how == How::Once { rows.tried(letter.row, true, now) } else { Ok(()) }
}
