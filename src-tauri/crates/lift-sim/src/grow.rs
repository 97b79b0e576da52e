//! How the large networks come about: villages with shops, and networks in which whoever has many ties gets more.

use std::cmp::Reverse;

use tallystick_testkit::Dice;

use crate::large::{Air, Edge, Large, as_usize};
use crate::memory::Memory;
use crate::order::Order;

/// The shape of a network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// Villages of some 150, with shops that many deal with; shops deal with shops of other villages.
    Villages,
    /// Whoever has many gets more.
    ScaleFree,
}

impl Large {
    pub(crate) fn grow(shape: Shape, nodes: usize, seed: u64) -> Self {
        let dice = Dice::new(seed);
        let mut net = Self {
            edges: Vec::new(),
            around: vec![Vec::new(); nodes],
            online: vec![true; nodes],
            dice,
            orders: Default::default(),
            air: Air::among(nodes),
            memory: Memory::default(),
        };
        match shape {
            Shape::ScaleFree => net.attach(0, nodes, 4),
            Shape::Villages => net.villages(nodes),
        }
        net.memory = Memory::of(net.edges.len());
        let reach = |node: u32, edge: u32| net.said(edge, node);
        net.orders = [Order::of(&net.around, |_, _| 0), Order::of(&net.around, reach)];
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
            here.sort_by_key(|node| Reverse(self.around[*node].len()));
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
        let said = [a, b].map(|node| self.around[node].len().checked_ilog2().unwrap_or(0));
        self.edges.push(Edge { ends: [one, two], net: 0, target: [0, 0], said });
        self.around[a].push(edge);
        self.around[b].push(edge);
        true
    }
}
