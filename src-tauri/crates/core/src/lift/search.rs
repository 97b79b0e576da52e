//! One search at one node: who asked, who answered, and where the value could go on (lifts.md 7).
//!
//! A node keeps only pointers to neighbours: over which tally a question came, and over which a match. Payments are
//! asked for from both ends and meet; a round comes home to where it began.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::date::Date;
use crate::ids::TallyId;
use crate::lift::known::Next;
use crate::lift::mutant::{self, Mutant};
use crate::lift::probe::{MAX_HOPS, Match, Probe, Way};
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
    /// The question of whoever looks for a circle.
    pub round: Option<Pointer>,
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
        Self { sid, forward: None, reverse: None, round: None, next: None, exp }
    }

    /// Where the value goes on from here.
    pub fn next(&self) -> Option<Next> {
        // Whoever was asked by the payee's side knows the way by that.
        let reverse = self.reverse.and_then(|pointer| pointer.from.map(|tally| (tally, pointer.hops)));
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
                let room = if probe.way == Way::Reverse { road.give } else { road.gain };
                if probe.way == Way::Round {
                    let units = probe.units.min(room);
                    return match units.is_positive() {
                        true => self.asked(Some(from), Probe { units, ..probe }, roads),
                        false => Vec::new(),
                    };
                }
                if room < probe.units { Vec::new() } else { self.asked(Some(from), probe, roads) }
            }
            Heard::Match(from, found) => self.matched(from, found),
        }
    }

    fn asked(&mut self, from: Option<TallyId>, probe: Probe, roads: &[Road]) -> Vec<Say> {
        let pointer = Pointer { from, hops: probe.hops };
        let slot = match probe.way {
            Way::Forward => &mut self.forward,
            Way::Reverse => &mut self.reverse,
            Way::Round => &mut self.round,
        };
        if let Some(known) = *slot {
            let home = probe.way == Way::Round && known.from.is_none() && self.next.is_none();
            return match from.filter(|_| home) {
                Some(tally) => self.home(tally, probe),
                None => Vec::new(),
            };
        }
        *slot = Some(pointer);
        if let (Some(ahead), Some(behind)) = (self.forward, self.reverse) {
            return self.met(ahead, behind, probe.units);
        }
        pass_on(from, probe, roads)
    }

    /// Both questions are here: the answer runs back to the payer.
    fn met(&self, ahead: Pointer, behind: Pointer, units: Units) -> Vec<Say> {
        match (ahead.from, behind.from) {
            (Some(back), _) => vec![Say::Match(back, Match { sid: self.sid, units, hops: behind.hops })],
            (None, Some(tally)) => vec![Say::Found(Next { tally, hops: behind.hops }, units)],
            (None, None) => Vec::new(),
        }
    }

    /// Our round came home: whoever brought it learns that it did.
    fn home(&mut self, tally: TallyId, probe: Probe) -> Vec<Say> {
        // One circle a round: a second one would meet the first at its holds.
        self.next = Some((tally, 0));
        vec![Say::Match(tally, Match { sid: self.sid, units: probe.units, hops: 0 })]
    }

    fn matched(&mut self, from: TallyId, found: Match) -> Vec<Say> {
        let hops = found.hops + 1;
        let (asked, is_round) = match (self.forward, self.round) {
            (Some(pointer), None) => (pointer, false),
            (None, Some(pointer)) => (pointer, true),
            _ => return Vec::new(),
        };
        let begun = asked.from.is_none();
        let known = self.next.is_some() && !(is_round && begun);
        if known || hops > MAX_HOPS || asked.from == Some(from) {
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
    let room = |road: &Road| if probe.way == Way::Reverse { road.gain } else { road.give };
    let fits = |road: &&Road| match probe.way {
        Way::Round => room(road).is_positive(),
        Way::Forward | Way::Reverse => room(road) >= probe.units,
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
            let units = if probe.way == Way::Round { probe.units.min(room(road)) } else { probe.units };
            let (ttl, hops, budget) = (probe.ttl - 1, probe.hops + 1, share(rank));
            Say::Probe(road.tally, Probe { units, ttl, hops, budget, ..probe })
        })
        .collect()
}
