//! One search at one node: who asked, who answered, and where the value could go on (lifts.md 7).
//!
//! A node keeps only pointers to neighbours: over which tally a question came, and over which a match. Payments are
//! asked for from both ends, circles from their one beginning both ways; where the two questions meet, there is a path.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::date::Date;
use crate::ids::TallyId;
use crate::lift::dead_end::DeadEnd;
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
    /// The partner could not be called lately: asked only if there is nobody else, and not about circles.
    pub away: bool,
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
    /// So many tallies it was passed on over.
    #[serde(default)]
    pub asked: u32,
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
    /// Nobody was there to be asked this over this tally.
    Lost(TallyId, Probe),
}

/// What follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Say {
    /// Ask on.
    Probe(TallyId, Probe),
    /// Answer.
    Match(TallyId, Match),
    /// Answer that it goes no further this way.
    DeadEnd(TallyId, DeadEnd),
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
            Heard::Lost(tally, probe) => self.lost(tally, probe, roads),
        }
    }

    /// Asks somebody else what could not be asked: the first of those who are there were asked, all but one as many as at first.
    /// A circle is looked for again soon.
    fn lost(&self, tally: TallyId, probe: Probe, roads: &[Road]) -> Vec<Say> {
        let slot = if probe.way.is_ahead() { self.forward } else { self.reverse };
        let Some(asked) = slot.filter(|_| !probe.way.is_open()) else { return Vec::new() };
        let may = |road: &&Road| !road.away && Some(road.tally) != asked.from && road.tally != tally;
        let others = roads.iter().filter(may);
        let next = usize::try_from(asked.asked.saturating_sub(1)).unwrap_or(usize::MAX);
        let next = others.filter(|road| room(road, probe.way) >= probe.units).nth(next);
        next.map(|road| Say::Probe(road.tally, probe)).into_iter().collect()
    }

    fn asked(&mut self, from: Option<TallyId>, probe: Probe, roads: &[Road]) -> Vec<Say> {
        let slot = if probe.way.is_ahead() { &mut self.forward } else { &mut self.reverse };
        // Whoever began and had nobody to ask, or only waited, may begin again.
        let again = |old: Pointer| from.is_none() && old.from.is_none() && old.asked == 0;
        if slot.is_some_and(|old| !again(old)) {
            return Vec::new();
        }
        let (hops, units) = (probe.hops, probe.units);
        *slot = Some(Pointer { from, hops, units, asked: 0 });
        match (self.forward, self.reverse) {
            // Whoever looks for a circle asks both ways; and over one tally there is no circle.
            (Some(ahead), Some(behind)) if ahead.from != behind.from => self.met(ahead, behind),
            _ => self.go_on(from, probe, roads),
        }
    }

    /// Asks on, or says that there is nobody to ask.
    fn go_on(&mut self, from: Option<TallyId>, probe: Probe, roads: &[Road]) -> Vec<Say> {
        let may = probe.ttl > 0 && probe.fan > 0 && probe.budget > 0;
        let says = pass_on(from, probe, roads);
        let slot = if probe.way.is_ahead() { &mut self.forward } else { &mut self.reverse };
        if let Some(pointer) = slot {
            pointer.asked = u32::try_from(says.len()).unwrap_or(u32::MAX);
        }
        match from {
            Some(from) if may && says.is_empty() && probe.way.is_open() => {
                vec![Say::DeadEnd(from, DeadEnd { way: probe.way })]
            }
            _ => says,
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

/// What a tally could take the way a question asks.
const fn room(road: &Road, way: Way) -> Units {
    if way.is_ahead() { road.give } else { road.gain }
}

/// Asks on: over at most `fan` of the best tallies, with the budget split among them.
fn pass_on(from: Option<TallyId>, probe: Probe, roads: &[Road]) -> Vec<Say> {
    if probe.ttl == 0 {
        return Vec::new();
    }
    let fits = |road: &&Road| {
        let room = room(road, probe.way);
        room.is_positive() && (probe.way.is_open() || room >= probe.units)
    };
    let others = || roads.iter().filter(|road| Some(road.tally) != from).filter(fits);
    let most = usize::try_from(probe.fan.min(probe.budget)).unwrap_or(usize::MAX);
    let mut chosen: Vec<&Road> = others().filter(|road| !road.away).take(most).collect();
    if chosen.is_empty() && !probe.way.is_open() {
        chosen = others().take(most).collect();
    }
    let many = u32::try_from(chosen.len()).unwrap_or(u32::MAX);
    let left = probe.budget.saturating_sub(many);
    let share = |rank: u32| match mutant::is(Mutant::BudgetForAll) {
        true => probe.budget,
        false => left / many + u32::from(rank < left % many),
    };
    (0..many)
        .zip(chosen)
        .map(|(rank, road)| {
            let units =
                if probe.way.is_open() { probe.units.min(room(road, probe.way)) } else { probe.units };
            let (ttl, hops, budget) = (probe.ttl - 1, probe.hops + 1, share(rank));
            Say::Probe(road.tally, Probe { units, ttl, hops, budget, ..probe })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tally(number: u128) -> TallyId {
        TallyId::new(Uuid::from_u128(number))
    }

    /// A tally over which so much may come in, and so much go out.
    fn road(number: u128, gain: i64, give: i64) -> Road {
        let units = |milli| Units::new(milli).expect("an amount");
        Road { tally: tally(number), gain: units(gain), give: units(give), away: false }
    }

    fn asks(way: Way, ttl: u32, budget: u32) -> Heard {
        let (sid, units) = (Uuid::nil(), Units::new(5).expect("an amount"));
        let exp = Date::from_millis(1_000);
        Heard::Probe(tally(1), Probe { sid, way, units, ttl, fan: 2, budget, hops: 1, exp })
    }

    fn says(heard: Heard, roads: &[Road]) -> Vec<Say> {
        Search::new(Uuid::nil(), Date::from_millis(1_000)).handle(heard, roads, Date::from_millis(0))
    }

    #[test]
    fn whoever_has_nobody_to_ask_for_a_circle_says_so() {
        for (way, onward) in [(Way::Round, road(2, 9, 0)), (Way::Back, road(2, 0, 9))] {
            let roads = [road(1, 9, 9), onward];
            assert_eq!(says(asks(way, 3, 9), &roads), [Say::DeadEnd(tally(1), DeadEnd { way })], "{way:?}");
            // Neither the last hop nor an empty budget is a dead end.
            assert_eq!(says(asks(way, 0, 9), &roads), []);
            assert_eq!(says(asks(way, 3, 0), &roads), []);
            let both = [road(1, 9, 9), road(2, 9, 9)];
            assert!(matches!(says(asks(way, 3, 9), &both)[..], [Say::Probe(..)]));
        }
        for way in [Way::Forward, Way::Reverse] {
            assert_eq!(says(asks(way, 3, 9), &[road(1, 9, 9)]), []);
        }
    }

    #[test]
    fn instead_of_somebody_who_is_away_the_next_one_is_asked() {
        let roads: Vec<Road> = (1..=6).map(|number| road(number, 9, 9)).collect();
        for way in [Way::Forward, Way::Reverse] {
            let mut search = Search::new(Uuid::nil(), Date::from_millis(1_000));
            let asked = search.handle(asks(way, 3, 9), &roads, Date::from_millis(0));
            let [Say::Probe(two, first), Say::Probe(three, second)] = asked[..] else { panic!("{asked:?}") };
            assert_eq!([two, three], [2, 3].map(tally));

            let mut lost = |gone, probe, here: &[u128]| {
                let away =
                    |road: &Road| Road { away: !here.iter().any(|here| tally(*here) == road.tally), ..*road };
                let roads: Vec<Road> = roads.iter().map(away).collect();
                search.handle(Heard::Lost(gone, probe), &roads, Date::from_millis(0))
            };
            assert_eq!(lost(two, first, &[1, 3, 4, 5, 6]), [Say::Probe(tally(4), first)]);
            assert_eq!(lost(three, second, &[1, 4, 5, 6]), [Say::Probe(tally(5), second)]);
            assert_eq!(lost(tally(4), first, &[1, 5]), []);
        }
        let mut circle = Search::new(Uuid::nil(), Date::from_millis(1_000));
        let asked = circle.handle(asks(Way::Round, 3, 9), &roads, Date::from_millis(0));
        let Some(Say::Probe(gone, probe)) = asked.first() else { panic!("{asked:?}") };
        assert_eq!(circle.handle(Heard::Lost(*gone, *probe), &roads, Date::from_millis(0)), []);
    }

    #[test]
    fn whoever_was_away_is_asked_if_there_is_nobody_else_and_never_about_circles() {
        let away = |number| Road { away: true, ..road(number, 9, 9) };
        for (way, alone) in [(Way::Forward, 1), (Way::Reverse, 1), (Way::Round, 0), (Way::Back, 0)] {
            let asked = says(asks(way, 3, 9), &[away(2), road(1, 9, 9), road(3, 9, 9)]);
            assert!(matches!(asked[..], [Say::Probe(to, _)] if to == tally(3)), "{asked:?}");
            let asked = says(asks(way, 3, 9), &[road(1, 9, 9), away(2)]);
            assert_eq!(asked.iter().filter(|say| matches!(say, Say::Probe(..))).count(), alone, "{asked:?}");
        }
    }

    #[test]
    fn whoever_only_waited_can_still_ask_and_whoever_asked_does_not_ask_twice() {
        let (roads, now) = ([road(1, 9, 9), road(2, 9, 9)], Date::from_millis(0));
        let Heard::Probe(_, probe) = asks(Way::Reverse, 3, 9) else { panic!("a question") };
        let begin = Heard::Begin(probe);
        let mut payee = Search::new(Uuid::nil(), Date::from_millis(1_000));

        assert_eq!(payee.handle(Heard::Begin(Probe { ttl: 0, budget: 0, ..probe }), &roads, now), []);
        let asked = payee.handle(begin, &roads, now);
        assert!(matches!(asked[..], [Say::Probe(..), Say::Probe(..)]), "{asked:?}");
        assert_eq!(payee.handle(begin, &roads, now), []);
    }

    #[test]
    fn whoever_waits_answers_the_payer_and_asks_nobody() {
        let roads = [road(1, 9, 9), road(2, 9, 9)];
        let Heard::Probe(_, probe) = asks(Way::Reverse, 0, 0) else { panic!("a question") };
        let mut payee = Search::new(Uuid::nil(), Date::from_millis(1_000));
        payee.handle(Heard::Begin(probe), &roads, Date::from_millis(0));

        let said = payee.handle(asks(Way::Forward, 3, 9), &roads, Date::from_millis(0));
        assert!(matches!(said[..], [Say::Match(to, _)] if to == tally(1)), "{said:?}");
    }

    #[test]
    fn what_was_never_asked_is_not_asked_again() {
        let Heard::Probe(_, probe) = asks(Way::Forward, 3, 9) else { panic!("a question") };
        assert_eq!(says(Heard::Lost(tally(2), probe), &[road(3, 9, 9), road(4, 9, 9)]), []);
    }

    #[test]
    fn a_dead_end_is_said_once() {
        let roads = [road(1, 9, 9), road(2, 9, 0)];
        let mut search = Search::new(Uuid::nil(), Date::from_millis(1_000));
        assert_eq!(search.handle(asks(Way::Round, 3, 9), &roads, Date::from_millis(0)).len(), 1);
        assert_eq!(search.handle(asks(Way::Round, 3, 9), &roads, Date::from_millis(1)), []);
    }
}
