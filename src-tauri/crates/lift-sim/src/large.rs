//! Networks of a hundred thousand wallets: tallies in one list, and the real search at every wallet a question reaches.

use std::collections::{HashMap, VecDeque};

use tallystick_core::lift::probe::{Match, Probe};
use tallystick_core::lift::{Capacity, Heard, Next, Road, Room, Say, Search, Stance};
use tallystick_core::{Date, TallyId, Units};
use uuid::Uuid;

use crate::dice::Dice;

/// A tally between two wallets.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Edge {
    pub(crate) ends: [u32; 2],
    /// What the second owes the first, in milli-CHIPs.
    pub(crate) net: i64,
    /// What each side likes of the other's credit.
    pub(crate) target: [i64; 2],
}

/// The shape of a network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// Villages of some 150, with shops that many deal with; shops deal with shops of other villages.
    Villages,
    /// Whoever has many gets more.
    ScaleFree,
}

/// A large network.
pub(crate) struct Large {
    pub(crate) edges: Vec<Edge>,
    pub(crate) around: Vec<Vec<u32>>,
    pub(crate) online: Vec<bool>,
    pub(crate) dice: Dice,
}

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
}

impl Large {
    pub(crate) fn grow(shape: Shape, nodes: usize, seed: u64) -> Self {
        let dice = Dice::new(seed);
        let mut net =
            Self { edges: Vec::new(), around: vec![Vec::new(); nodes], online: vec![true; nodes], dice };
        match shape {
            Shape::ScaleFree => net.attach(0, nodes, 4),
            Shape::Villages => net.villages(nodes),
        }
        net
    }

    /// Everybody who comes ties some tallies, rather with those who have many.
    fn attach(&mut self, from: usize, to: usize, ties: usize) {
        let mut ends: Vec<usize> = vec![from];
        for node in from + 1..to {
            for _ in 0..ties.min(node - from) {
                let other = ends[self.dice.below(ends.len())];
                if other != node && self.tie(node, other) {
                    ends.extend([node, other]);
                }
            }
        }
    }

    fn villages(&mut self, nodes: usize) {
        let mut shops: Vec<usize> = Vec::new();
        let mut from = 0;
        while from < nodes {
            let to = (from + 100 + self.dice.below(100)).min(nodes);
            self.attach(from, to, 3);
            let mut here: Vec<usize> = (from..to).collect();
            here.sort_by_key(|node| std::cmp::Reverse(self.around[*node].len()));
            for shop in here.into_iter().take(1 + (to - from) / 12) {
                for _ in 0..4 {
                    if let Some(other) = self.dice.pick(&shops) {
                        self.tie(shop, other);
                        shops.push(other);
                    }
                }
                shops.push(shop);
            }
            from = to;
        }
    }

    fn tie(&mut self, a: usize, b: usize) -> bool {
        let [one, two] = [a, b].map(|node| u32::try_from(node).unwrap_or(0));
        let knows = |edge: &u32| self.edges[as_usize(*edge)].ends.contains(&two);
        if self.around[a].iter().any(knows) {
            return false;
        }
        let edge = u32::try_from(self.edges.len()).unwrap_or(0);
        self.edges.push(Edge { ends: [one, two], net: 0, target: [0, 0] });
        self.around[a].push(edge);
        self.around[b].push(edge);
        true
    }

    fn side(&self, edge: u32, node: u32) -> usize {
        usize::from(self.edges[as_usize(edge)].ends[0] != node)
    }

    pub(crate) fn other(&self, edge: u32, node: u32) -> u32 {
        self.edges[as_usize(edge)].ends[1 - self.side(edge, node)]
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

    /// The tallies of a wallet: those whose partners reach far first, or at random.
    fn roads(&mut self, node: u32, ranked: bool, least: i64) -> Vec<Road> {
        let around = self.around[as_usize(node)].clone();
        let mut roads: Vec<(u64, Road)> = Vec::with_capacity(around.len());
        for edge in around {
            if !self.online[as_usize(self.other(edge, node))] {
                continue;
            }
            let (gain, give) = self.capacity(edge, node);
            let tally = TallyId::new(Uuid::from_u128(u128::from(edge) + 1));
            // What a partner says of its reach: about how many tallies it has, as a power of two.
            let other = as_usize(self.other(edge, node));
            let reach = u64::from(self.around[other].len().ilog2());
            let rank = if ranked { reach << 8 | self.dice.draw() & 0xFF } else { self.dice.draw() };
            let worth = |units: Units| if units.milli() < least { Units::ZERO } else { units };
            roads.push((rank, Road { tally, gain: worth(gain.free), give: worth(give.free) }));
        }
        roads.sort_unstable_by_key(|(rank, _)| std::cmp::Reverse(*rank));
        roads.into_iter().map(|(_, road)| road).collect()
    }

    /// Lets questions run until nobody has anything to say.
    pub(crate) fn search(&mut self, begins: &[(u32, Probe)], ranked: bool, least: i64) -> Went {
        let mut went = Went::default();
        let mut found: Option<(u32, Next)> = None;
        let mut searches: HashMap<u32, Search> = HashMap::new();
        for (node, probe) in begins {
            let mut queue: VecDeque<(u32, u32, Said)> = VecDeque::new();
            let begin = Heard::Begin(*probe);
            self.hear(
                *node,
                begin,
                *probe,
                (ranked, least),
                (&mut searches, &mut queue, &mut found, &mut went),
            );
            while let Some((to, edge, said)) = queue.pop_front() {
                went.messages += 1;
                let tally = TallyId::new(Uuid::from_u128(u128::from(edge) + 1));
                let heard = match said {
                    Said::Probe(probe) => Heard::Probe(tally, probe),
                    Said::Match(found) => Heard::Match(tally, found),
                };
                self.hear(
                    to,
                    heard,
                    *probe,
                    (ranked, least),
                    (&mut searches, &mut queue, &mut found, &mut went),
                );
            }
        }
        went.path = found.and_then(|(node, next)| self.follow(node, next, &searches));
        went
    }

    #[allow(clippy::type_complexity, reason = "the parts of one search")]
    fn hear(
        &mut self,
        node: u32,
        heard: Heard,
        first: Probe,
        (ranked, least): (bool, i64),
        (searches, queue, found, went): (
            &mut HashMap<u32, Search>,
            &mut VecDeque<(u32, u32, Said)>,
            &mut Option<(u32, Next)>,
            &mut Went,
        ),
    ) {
        let roads = self.roads(node, ranked, least);
        let search = searches.entry(node).or_insert_with(|| Search::new(first.sid, first.exp));
        for say in search.handle(heard, &roads, Date::from_millis(0)) {
            let (tally, said) = match say {
                Say::Probe(tally, probe) => (tally, Said::Probe(probe)),
                Say::Match(tally, matched) => (tally, Said::Match(matched)),
                Say::Found(next, units) => {
                    found.get_or_insert((node, next));
                    went.units = units.milli();
                    continue;
                }
            };
            let edge = edge_of(tally);
            queue.push_back((self.other(edge, node), edge, said));
        }
    }

    /// The path that the pointers make, if it is one.
    fn follow(&self, from: u32, next: Next, searches: &HashMap<u32, Search>) -> Option<Vec<u32>> {
        let mut path = vec![edge_of(next.tally)];
        let mut at = self.other(path[0], from);
        while path.len() <= 16 && at != from {
            let search = searches.get(&at)?;
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

fn edge_of(tally: TallyId) -> u32 {
    u32::try_from(tally.uuid().as_u128() - 1).unwrap_or(0)
}

pub(crate) fn as_usize(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}
