//! The tallies of all wallets in one list, drawn from the best downwards without sorting them each time.

use crate::dice::Dice;
use crate::large::as_usize;

/// The tallies of every wallet, those of equal rank side by side in a random order that changes as they are drawn.
#[derive(Default)]
pub(crate) struct Order {
    /// Where the tallies of each wallet begin; one more at the end.
    begins: Vec<u32>,
    pub(crate) edges: Vec<u32>,
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

    pub(crate) fn begin(&self, node: u32) -> usize {
        as_usize(self.begins[as_usize(node)])
    }

    pub(crate) fn end(&self, node: u32) -> usize {
        as_usize(self.begins[as_usize(node) + 1])
    }

    /// Draws the tally at this place: one of those of the same rank that were not drawn before it.
    pub(crate) fn draw(&mut self, at: usize, dice: &mut Dice) -> u32 {
        let other = at + dice.below(as_usize(self.equals[at]) - at);
        self.edges.swap(at, other);
        self.edges[at]
    }
}

fn place(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}
