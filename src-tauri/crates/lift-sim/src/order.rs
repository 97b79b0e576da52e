//! The tallies of all wallets in one list, for each wallet from the best downwards.

use crate::large::as_usize;

/// The tallies of every wallet, those of equal rank side by side.
#[derive(Default)]
pub(crate) struct Order {
    /// Where the tallies of each wallet begin; one more at the end.
    begins: Vec<u32>,
    edges: Vec<u32>,
    /// For every place, where those of the same rank end.
    equals: Vec<u32>,
}

impl Order {
    /// The highest rank first.
    pub(crate) fn of(around: &[Vec<u32>], rank: impl Fn(u32, u32) -> u32) -> Self {
        let mut order = Self { begins: vec![0], ..Self::default() };
        for (node, around) in (0_u32..).zip(around) {
            let mut here: Vec<(u32, u32)> = around.iter().map(|edge| (rank(node, *edge), *edge)).collect();
            here.sort_by_key(|(rank, _)| std::cmp::Reverse(*rank));
            for group in here.chunk_by(|one, other| one.0 == other.0) {
                order.edges.extend(group.iter().map(|(_, edge)| *edge));
                order.equals.resize(order.edges.len(), place(order.edges.len()));
            }
            order.begins.push(place(order.edges.len()));
        }
        order
    }

    /// A wallet's tallies of each rank, the highest first.
    pub(crate) fn groups(&self, node: u32) -> impl Iterator<Item = &[u32]> {
        let [mut at, end] = [node, node + 1].map(|node| as_usize(self.begins[as_usize(node)]));
        std::iter::from_fn(move || {
            let from = at;
            at = if from < end { as_usize(self.equals[from]) } else { end };
            (from < end).then(|| &self.edges[from..at])
        })
    }
}

fn place(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}
