//! What a host brings to a step: what the ledger knows of the tallies concerned, read in the same transaction.

use std::collections::BTreeSet;

use crate::date::Date;
use crate::ids::{Digest, Half, TallyId};
use crate::lift::capacity::{Capacity, Room, Stance, counted};
use crate::lift::key::{LiftKey, Purpose, Signer};
use crate::lift::mutant::{self, Mutant};
use crate::lift::object::RefereeAddress;
use crate::lift::record::Record;
use crate::units::Units;

/// A tally, as far as lifts depend on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Its name.
    pub tally: TallyId,
    /// The half we hold.
    pub half: Half,
    /// In force, matching, not closing, and not paused by its person.
    pub open: bool,
    /// Balance, holds, settings.
    pub stance: Stance,
    /// Only what is owed may move: so in circles that we begin ourselves, unasked. What somebody likes to hold is a reason
    /// to let a circle through, and none to send one round.
    pub only_debts: bool,
    /// Lifts of this tally that are kept and not final.
    pub kept: usize,
    /// The key we delegated on it.
    pub my_key: Option<LiftKey>,
    /// The key the partner delegated on it.
    pub their_key: Option<LiftKey>,
}

impl Line {
    /// What the partner may still give us.
    pub fn gain(&self) -> Capacity {
        let stance = match mutant::is(Mutant::TheirSettingsAreOurs) {
            true => Stance { mine: self.stance.theirs, ..self.stance },
            false => self.stance,
        };
        if self.only_debts { Capacity { free: stance.repays(), ..stance.gain() } } else { stance.gain() }
    }

    /// What we may still give.
    pub fn give(&self) -> Capacity {
        let give = self.stance.give();
        if self.only_debts { Capacity { free: self.stance.redeems(), ..give } } else { give }
    }

    /// Whether both sides take part with keys.
    pub fn takes_part(&self) -> bool {
        self.open && self.my_key.is_some() && self.their_key.is_some()
    }
}

/// Adds up what is held on a tally by lifts, and how many of them are kept.
pub fn holds<'a>(
    records: impl Iterator<Item = &'a Record>,
    tally: TallyId,
    (mine, theirs): (Room, Room),
    now: Date,
) -> (Units, Units, usize) {
    let (mut fresh, mut stale, mut kept) = ((0_i64, 0_i64), (0_i64, 0_i64), 0);
    for record in records {
        let (gain, give) = record.holds(tally);
        let into = if record.is_stale(now) { &mut stale } else { &mut fresh };
        into.0 = into.0.saturating_add(gain.milli());
        into.1 = into.1.saturating_add(give.milli());
        kept += usize::from(record.legs().any(|leg| leg.tally() == tally) && record.is_kept(now));
    }
    if mutant::is(Mutant::ForgetHolds) {
        return (Units::ZERO, Units::ZERO, kept);
    }
    let sum = |milli: i64| Units::new(milli).unwrap_or(Units::MAX);
    let count = |fresh, stale, room: Room| counted(sum(fresh), sum(stale), room.most());
    (count(fresh.0, stale.0, mine), count(fresh.1, stale.1, theirs), kept)
}

/// Whose decisions are accepted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trust {
    /// Referees on the person's list, and direct partners.
    pub trusted: BTreeSet<LiftKey>,
    /// Up to this amount anybody may decide.
    pub small: Units,
}

impl Trust {
    /// Whether this referee may decide about this amount.
    pub fn accepts(&self, referee: &RefereeAddress, units: Units) -> bool {
        units <= self.small || self.trusted.contains(&referee.key)
    }
}

/// Where a session goes on from here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Next {
    /// Over this tally.
    pub tally: TallyId,
    /// So many hops are left, that one included.
    pub hops: u32,
}

/// What this wallet waits for in a session: its own invoice, shown and not yet claimed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Due {
    /// How much; `None` if the payer chooses.
    pub units: Option<Units>,
    /// The hash of invoice and memo.
    pub payh: Digest,
    /// Until when.
    pub exp: Date,
}

/// What a step may know.
#[derive(Clone, Copy)]
pub struct Known<'a> {
    /// The tallies concerned.
    pub lines: &'a [Line],
    /// Our keys.
    pub signer: &'a dyn Signer,
    /// Whose decisions we accept.
    pub trust: &'a Trust,
    /// Where the session goes on.
    pub next: Option<Next>,
    /// What we wait for in the session.
    pub due: Option<Due>,
}

impl Known<'_> {
    pub(crate) fn line(&self, tally: TallyId) -> Option<&Line> {
        self.lines.iter().find(|line| line.tally == tally)
    }

    /// A line on which our key is the delegated one, so that what we sign counts.
    pub(crate) fn ours(&self, tally: TallyId) -> Option<&Line> {
        let key = self.signer.key(Purpose::Delegate);
        self.line(tally).filter(|line| line.my_key == Some(key))
    }
}

impl std::fmt::Debug for Known<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Known").field("lines", &self.lines).finish_non_exhaustive()
    }
}

/// The default cap under which any referee may decide: 10 CHIP.
pub const SMALL: i64 = 10_000;

/// The most lifts that one partner may make us keep on a tally.
pub const MAX_KEPT: usize = 64;
