//! What wallets in a large network remember of earlier questions: the same as `DeadEnds` and absences in a wallet, in one list.

use tallystick_core::lift::probe::Way;

/// Time in steps of ten minutes, and what is remembered until when.
#[derive(Default)]
pub(crate) struct Memory {
    pub(crate) now: u32,
    /// For every tally, and for the wallet at either end.
    until: Vec<[Until; 2]>,
}

/// Until when asking over a tally is in vain.
#[derive(Clone, Copy, Default)]
struct Until {
    ahead: u32,
    back: u32,
    away: u32,
}

/// A dead end is believed for twenty minutes.
const REST: u32 = 2;

/// An absence for an hour, since whoever comes back is heard of.
const AWAY: u32 = 6;

impl Memory {
    pub(crate) fn of(tallies: usize) -> Self {
        Self { now: 1, until: vec![[Until::default(); 2]; tallies] }
    }

    /// Whether the partner could not be called lately.
    pub(crate) fn is_away(&self, edge: usize, side: usize) -> bool {
        self.until[edge][side].away > self.now
    }

    /// Whether a question may be asked here: for a payment always, for a circle not where it was in vain lately.
    pub(crate) fn may_ask(&self, edge: usize, side: usize, way: Way) -> bool {
        let until = self.until[edge][side];
        let vain = if way.is_ahead() { until.ahead } else { until.back };
        !way.is_open() || vain.max(until.away) <= self.now
    }

    /// The partner says that a question goes no further.
    pub(crate) fn note_dead_end(&mut self, edge: usize, side: usize, way: Way) {
        let until = &mut self.until[edge][side];
        *(if way.is_ahead() { &mut until.ahead } else { &mut until.back }) = self.now + REST;
    }

    /// The partner cannot be called.
    pub(crate) fn note_absence(&mut self, edge: usize, side: usize) {
        self.until[edge][side].away = self.now + AWAY;
    }

    /// Something has come over a tally: both are there.
    pub(crate) fn note_presence(&mut self, edge: usize) {
        self.until[edge].iter_mut().for_each(|until| until.away = 0);
    }
}
