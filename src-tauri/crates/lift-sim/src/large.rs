//! Networks of a hundred thousand wallets: tallies in one list, and the real search at every wallet a question reaches.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

use tallystick_core::lift::probe::{Match, Probe, Way};
use tallystick_core::lift::{
    Capacity, DeadEnd, Heard, Next, Road, Room, Say, Search, Stance, by_reach, turn,
};
use tallystick_core::{Date, TallyId, Units};
use tallystick_testkit::Dice;
use uuid::Uuid;

use crate::memory::Memory;
use crate::order::Order;

/// A tally between two wallets.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Edge {
    pub(crate) ends: [u32; 2],
    /// What the second owes the first, in milli-CHIPs.
    pub(crate) net: i64,
    /// What each side likes of the other's credit.
    pub(crate) target: [i64; 2],
    /// What each side said of its reach when the tally was made, as a power of two.
    pub(crate) said: [u32; 2],
}

/// A large network.
pub(crate) struct Large {
    pub(crate) edges: Vec<Edge>,
    pub(crate) around: Vec<Vec<u32>>,
    pub(crate) online: Vec<bool>,
    pub(crate) dice: Dice,
    /// The tallies of every wallet without rank, and by how far their partners reach.
    pub(crate) orders: [Order; 2],
    pub(crate) air: Air,
    pub(crate) memory: Memory,
}

/// What is said in one search, kept for the next one: a search allocates nothing.
#[derive(Default)]
pub(crate) struct Air {
    /// In which search a wallet was last asked something, and where that stands in `searches`.
    asked: Vec<(u32, u32)>,
    epoch: u32,
    searches: Vec<Search>,
    queue: VecDeque<(u32, u32, Said)>,
    found: Option<(u32, Next)>,
    roads: Vec<Road>,
    turns: Vec<Turn>,
}

impl Air {
    pub(crate) fn among(wallets: usize) -> Self {
        Self { asked: vec![(0, 0); wallets], ..Self::default() }
    }
}

/// When a tally is asked in a session: the least comes first.
type Turn = Reverse<(u64, u32)>;

/// How a search went.
#[derive(Clone, Debug, Default)]
pub(crate) struct Went {
    pub(crate) messages: u32,
    /// The edges of the path, in order.
    pub(crate) path: Option<Vec<u32>>,
    pub(crate) units: i64,
}

enum Said {
    Probe(Probe),
    Match(Match),
    DeadEnd(DeadEnd),
}

impl Large {
    fn side(&self, edge: u32, node: u32) -> usize {
        usize::from(self.edges[as_usize(edge)].ends[0] != node)
    }

    pub(crate) fn other(&self, edge: u32, node: u32) -> u32 {
        self.edges[as_usize(edge)].ends[1 - self.side(edge, node)]
    }

    /// What a wallet's partner said of its reach.
    pub(crate) fn said(&self, edge: u32, node: u32) -> u32 {
        self.edges[as_usize(edge)].said[1 - self.side(edge, node)]
    }

    /// What a wallet can still take and give over a tally, as the design has it.
    pub(crate) fn capacity(&self, edge: u32, node: u32) -> (Capacity, Capacity) {
        let (tally, side) = (&self.edges[as_usize(edge)], self.side(edge, node));
        let units = |milli: i64| Units::new(milli).unwrap_or(Units::ZERO);
        let room = |side: usize| Room { target: units(tally.target[side]), bound: units(tally.target[side]) };
        let stance = Stance {
            net: units(if side == 0 { tally.net } else { -tally.net }),
            mine: room(side),
            theirs: room(1 - side),
            ..Stance::default()
        };
        (stance.gain(), stance.give())
    }

    /// Moves value from a wallet over a tally.
    pub(crate) fn give(&mut self, edge: u32, node: u32, units: i64) {
        let side = self.side(edge, node);
        self.edges[as_usize(edge)].net += if side == 0 { -units } else { units };
    }

    pub(crate) fn owed(&self) -> i64 {
        self.edges.iter().map(|edge| edge.net.abs()).sum()
    }

    pub(crate) fn put_offline(&mut self, per_mille: u32) {
        for node in 0..self.online.len() {
            self.online[node] = !self.dice.chance(per_mille);
        }
    }

    fn road(&self, node: u32, edge: u32, least: i64) -> Road {
        let (gain, give) = self.capacity(edge, node);
        let worth = |units: Units| if units.milli() < least { Units::ZERO } else { units };
        let away = self.is_away(edge, node);
        Road { tally: tally_of(edge), gain: worth(gain.free), give: worth(give.free), away }
    }

    /// Those tallies of a wallet that matter for a question: the one over which it came, and the first over which it could
    /// go on, as many as it may. With all the others beside them the search would say the same: a test compares.
    fn roads(
        &self,
        (node, from): (u32, Option<u32>),
        heard: &Heard,
        least: i64,
        (roads, turns): (&mut Vec<Road>, &mut Vec<Turn>),
    ) {
        roads.clear();
        let (Heard::Begin(probe) | Heard::Probe(_, probe) | Heard::Lost(_, probe)) = heard else { return };
        if let Some(from) = from {
            roads.push(self.road(node, from, least));
        }
        let most = as_usize(probe.fan) + roads.len();
        // Whoever is away counts only for a payment, and only if there is nobody else.
        let whoever: &[bool] = if probe.way.is_open() { &[false] } else { &[false, true] };
        for away in whoever {
            for group in self.orders[usize::from(by_reach(probe.way))].groups(node) {
                let to =
                    group.iter().filter(|edge| Some(**edge) != from && self.is_away(**edge, node) == *away);
                turns.clear();
                turns.extend(to.map(|edge| Reverse((turn(probe.sid, tally_of(*edge)), *edge))));
                // Only the first few are wanted of what may be a thousand.
                let mut later = BinaryHeap::from(std::mem::take(turns));
                while roads.len() < most
                    && let Some(Reverse((_, edge))) = later.pop()
                {
                    let road = self.road(node, edge, least);
                    let room = if probe.way.is_ahead() { road.give } else { road.gain };
                    let fits = room.is_positive() && (probe.way.is_open() || room >= probe.units);
                    if fits && self.may_ask(edge, node, probe.way) {
                        roads.push(road);
                    }
                }
                *turns = later.into_vec();
                if roads.len() >= most {
                    return;
                }
            }
        }
    }

    fn is_away(&self, edge: u32, node: u32) -> bool {
        self.memory.is_away(as_usize(edge), self.side(edge, node))
    }

    pub(crate) fn may_ask(&self, edge: u32, node: u32, way: Way) -> bool {
        self.memory.may_ask(as_usize(edge), self.side(edge, node), way)
    }

    /// Lets questions run until nobody has anything to say.
    pub(crate) fn search(&mut self, begins: &[(u32, Probe)], least: i64) -> Went {
        let mut went = Went::default();
        let mut air = std::mem::take(&mut self.air);
        air.epoch += 1;
        air.searches.clear();
        air.found = None;
        for (node, probe) in begins {
            self.hear((*node, None), Heard::Begin(*probe), *probe, least, (&mut air, &mut went));
            while let Some((to, edge, said)) = air.queue.pop_front() {
                if !self.online[as_usize(to)] {
                    self.memory.note_absence(as_usize(edge), 1 - self.side(edge, to));
                    if let Said::Probe(lost) = said {
                        let heard = Heard::Lost(tally_of(edge), lost);
                        self.hear((self.other(edge, to), None), heard, *probe, least, (&mut air, &mut went));
                    }
                    continue;
                }
                went.messages += 1;
                self.memory.note_presence(as_usize(edge));
                let heard = match said {
                    Said::Probe(probe) => Heard::Probe(tally_of(edge), probe),
                    Said::Match(found) => Heard::Match(tally_of(edge), found),
                    Said::DeadEnd(end) => {
                        self.memory.note_dead_end(as_usize(edge), self.side(edge, to), end.way);
                        continue;
                    }
                };
                self.hear((to, Some(edge)), heard, *probe, least, (&mut air, &mut went));
            }
        }
        went.path = air.found.and_then(|(node, next)| self.follow(node, next, &air));
        self.air = air;
        went
    }

    fn hear(
        &mut self,
        (node, from): (u32, Option<u32>),
        heard: Heard,
        first: Probe,
        least: i64,
        (air, went): (&mut Air, &mut Went),
    ) {
        let asked = &mut air.asked[as_usize(node)];
        if asked.0 != air.epoch {
            *asked = (air.epoch, u32::try_from(air.searches.len()).unwrap_or(0));
            air.searches.push(Search::new(first.sid, first.exp));
        }
        let search = &mut air.searches[as_usize(asked.1)];
        let from = match &heard {
            Heard::Lost(_, probe) => {
                let slot = if probe.way.is_ahead() { search.forward } else { search.reverse };
                slot.and_then(|asked| asked.from).map(edge_of)
            }
            _ => from,
        };
        self.roads((node, from), &heard, least, (&mut air.roads, &mut air.turns));
        #[cfg(test)]
        self.compare((node, from), &heard, least, search, &air.roads);
        for say in search.handle(heard, &air.roads, Date::from_millis(0)) {
            let (tally, said) = match say {
                Say::Probe(tally, probe) => (tally, Said::Probe(probe)),
                Say::Match(tally, matched) => (tally, Said::Match(matched)),
                Say::DeadEnd(tally, end) => (tally, Said::DeadEnd(end)),
                Say::Found(next, units) => {
                    air.found.get_or_insert((node, next));
                    went.units = units.milli();
                    continue;
                }
            };
            let edge = edge_of(tally);
            air.queue.push_back((self.other(edge, node), edge, said));
        }
    }

    /// With all tallies of the wallet, in the order in which the node puts them, the search says the same.
    #[cfg(test)]
    fn compare(
        &self,
        (node, from): (u32, Option<u32>),
        heard: &Heard,
        least: i64,
        search: &Search,
        few: &[Road],
    ) {
        use tallystick_core::lift::standing;

        let mut all = self.around[as_usize(node)].clone();
        if let Heard::Begin(probe) | Heard::Probe(_, probe) | Heard::Lost(_, probe) = heard {
            all.retain(|edge| Some(*edge) == from || self.may_ask(*edge, node, probe.way));
            all.sort_by_key(|edge| {
                let reach = Some(self.said(*edge, node));
                standing(probe.sid, probe.way, reach, tally_of(*edge))
            });
        }
        let all: Vec<Road> = all.into_iter().map(|edge| self.road(node, edge, least)).collect();
        let [mut one, mut other] = [search.clone(), search.clone()];
        let said = one.handle(*heard, few, Date::from_millis(0));

        assert_eq!(said, other.handle(*heard, &all, Date::from_millis(0)));
        assert_eq!(one, other);
    }

    /// The path that the pointers make, if it is one.
    fn follow(&self, from: u32, next: Next, air: &Air) -> Option<Vec<u32>> {
        let mut path = vec![edge_of(next.tally)];
        let mut at = self.other(path[0], from);
        while path.len() <= 16 && at != from {
            let (epoch, rank) = air.asked[as_usize(at)];
            let search = air.searches.get(as_usize(rank)).filter(|_| epoch == air.epoch)?;
            if search.reverse.is_some_and(|pointer| pointer.from.is_none()) {
                return Some(path);
            }
            let edge = edge_of(search.next()?.tally);
            path.push(edge);
            at = self.other(edge, at);
        }
        (at == from).then_some(path)
    }

    /// Lifts along a path, if every tally on it still has room: what the machines would agree on.
    pub(crate) fn lift(&mut self, from: u32, path: &[u32], units: i64) -> bool {
        let mut at = from;
        for edge in path {
            let (_, give) = self.capacity(*edge, at);
            if give.free.milli() < units {
                return false;
            }
            at = self.other(*edge, at);
        }
        at = from;
        for edge in path {
            self.give(*edge, at, units);
            at = self.other(*edge, at);
        }
        true
    }

    /// Whether a payee can be reached within so many hops at all.
    pub(crate) fn reaches(&self, from: u32, to: u32, units: i64, hops: u32) -> bool {
        let mut seen = vec![false; self.around.len()];
        let mut ring = vec![from];
        seen[as_usize(from)] = true;
        for _ in 0..hops {
            let mut next = Vec::new();
            for node in ring {
                for edge in &self.around[as_usize(node)] {
                    let other = self.other(*edge, node);
                    let open = self.online[as_usize(other)] && !seen[as_usize(other)];
                    if open && self.capacity(*edge, node).1.free.milli() >= units {
                        if other == to {
                            return true;
                        }
                        seen[as_usize(other)] = true;
                        next.push(other);
                    }
                }
            }
            ring = next;
        }
        false
    }
}

fn tally_of(edge: u32) -> TallyId {
    TallyId::new(Uuid::from_u128(u128::from(edge) + 1))
}

fn edge_of(tally: TallyId) -> u32 {
    u32::try_from(tally.uuid().as_u128() - 1).unwrap_or(0)
}

pub(crate) fn as_usize(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}
