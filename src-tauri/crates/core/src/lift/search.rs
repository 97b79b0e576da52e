//! One search at one node: who asked, who answered, and where the value could go on (lifts.md 7).
//!
//! A node keeps only pointers to neighbours: over which tally a question came, and over which a match. Payments are
//! asked for from both ends, circles from their one beginning both ways; where the two questions meet, there is a path.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::date::Date;
use crate::ids::TallyId;
use crate::lift::known::Next;
use crate::lift::mutant::{self, Mutant};
use crate::lift::probe::{MAX_HOPS, Match, Probe};
use crate::units::Units;

/// A tally over which a search could go on: what it could take, at no charge. Best first is up to the host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Road {
    /// The tally.
    pub tally: TallyId,
    /// What the partner may give us.
    pub gain: Units,
    /// What we may give.
    pub give: Units,
}

/// Where a question came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Pointer {
    /// Over this tally; `None` if we asked ourselves.
    pub from: Option<TallyId>,
    /// So many hops from where it began.
    pub hops: u32,
    /// How much it asked for, or how much fitted so far.
    pub units: Units,
}

/// What a node keeps of one search.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Search {
    /// The session.
    pub sid: Uuid,
    /// The question of the payer.
    pub forward: Option<Pointer>,
    /// The question of the payee.
    pub reverse: Option<Pointer>,
    /// Over which tally, and how far, the value could go on.
    pub next: Option<(TallyId, u32)>,
    /// When to forget all this.
    pub exp: Date,
}

/// What can happen to a search.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heard {
    /// We ask.
    Begin(Probe),
    /// A partner asks over this tally.
    Probe(TallyId, Probe),
    /// A partner answers over this tally.
    Match(TallyId, Match),
}

/// What follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Say {
    /// Ask on.
    Probe(TallyId, Probe),
    /// Answer.
    Match(TallyId, Match),
    /// What we asked for is found: begin with this tally.
    Found(Next, Units),
}

impl Search {
    /// A search that nothing is known of.
    pub const fn new(sid: Uuid, exp: Date) -> Self {
        Self { sid, forward: None, reverse: None, next: None, exp }
    }

    /// Where the value goes on from here.
    pub fn next(&self) -> Option<Next> {
        // Whoever was asked by the payee's side knows the way by that, unless it leads back to where the value comes from.
        let back = self.forward.and_then(|pointer| pointer.from);
        let reverse = self.reverse.filter(|pointer| pointer.from != back);
        let reverse = reverse.and_then(|pointer| pointer.from.map(|tally| (tally, pointer.hops)));
        reverse.or(self.next).map(|(tally, hops)| Next { tally, hops })
    }

    /// Takes what was heard and says what follows. What comes again, late or where it does not fit, is dropped.
    pub fn handle(&mut self, heard: Heard, roads: &[Road], now: Date) -> Vec<Say> {
        if now >= self.exp {
            return Vec::new();
        }
        match heard {
            Heard::Begin(probe) => self.asked(None, probe, roads),
            Heard::Probe(from, probe) => {
                let Some(road) = roads.iter().find(|road| road.tally == from) else { return Vec::new() };
                // Whoever asks along the value would give to us; whoever asks against it would get from us.
                let room = if probe.way.is_ahead() { road.gain } else { road.give };
                let units = if probe.way.is_open() { probe.units.min(room) } else { probe.units };
                let fits = units.is_positive() && units <= room;
                if fits { self.asked(Some(from), Probe { units, ..probe }, roads) } else { Vec::new() }
            }
            Heard::Match(from, found) => self.matched(from, found),
        }
    }

    fn asked(&mut self, from: Option<TallyId>, probe: Probe, roads: &[Road]) -> Vec<Say> {
        let slot = if probe.way.is_ahead() { &mut self.forward } else { &mut self.reverse };
        if slot.is_some() {
            return Vec::new();
        }
        *slot = Some(Pointer { from, hops: probe.hops, units: probe.units });
        match (self.forward, self.reverse) {
            // Whoever looks for a circle asks both ways; and over one tally there is no circle.
            (Some(ahead), Some(behind)) if ahead.from != behind.from => self.met(ahead, behind),
            _ => pass_on(from, probe, roads),
        }
    }

    /// Both questions are here: the answer runs back to the payer.
    fn met(&self, ahead: Pointer, behind: Pointer) -> Vec<Say> {
        let units = ahead.units.min(behind.units);
        match (ahead.from, behind.from) {
            (Some(back), _) => vec![Say::Match(back, Match { sid: self.sid, units, hops: behind.hops })],
            (None, Some(tally)) => vec![Say::Found(Next { tally, hops: behind.hops }, units)],
            (None, None) => Vec::new(),
        }
    }

    fn matched(&mut self, from: TallyId, found: Match) -> Vec<Say> {
        let hops = found.hops + 1;
        let Some(asked) = self.forward else { return Vec::new() };
        if self.next.is_some() || hops > MAX_HOPS || asked.from == Some(from) {
            return Vec::new();
        }
        self.next = Some((from, hops));
        match asked.from {
            Some(back) => vec![Say::Match(back, Match { hops, ..found })],
            None => vec![Say::Found(Next { tally: from, hops }, found.units)],
        }
    }
}

/// Asks on: over at most `fan` of the best tallies, with the budget split among them.
fn pass_on(from: Option<TallyId>, probe: Probe, roads: &[Road]) -> Vec<Say> {
    if probe.ttl == 0 {
        return Vec::new();
    }
    let room = |road: &Road| if probe.way.is_ahead() { road.give } else { road.gain };
    let fits = |road: &&Road| {
        let room = room(road);
        room.is_positive() && (probe.way.is_open() || room >= probe.units)
    };
    let chosen = roads.iter().filter(|road| Some(road.tally) != from).filter(fits);
    let most = usize::try_from(probe.fan.min(probe.budget)).unwrap_or(usize::MAX);
    let chosen: Vec<&Road> = chosen.take(most).collect();
    let many = u32::try_from(chosen.len()).unwrap_or(u32::MAX);
    let left = probe.budget.saturating_sub(many);
    let share = |rank: u32| match mutant::is(Mutant::BudgetForAll) {
        true => probe.budget,
        false => left / many + u32::from(rank < left % many),
    };
    (0..many)
        .zip(chosen)
        .map(|(rank, road)| {
            let units = if probe.way.is_open() { probe.units.min(room(road)) } else { probe.units };
            let (ttl, hops, budget) = (probe.ttl - 1, probe.hops + 1, share(rank));
            Say::Probe(road.tally, Probe { units, ttl, hops, budget, ..probe })
        })
        .collect()
}
