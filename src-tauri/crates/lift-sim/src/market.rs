//! What people pay each other, whatever is cleared: two networks live through the same days.

use tallystick_testkit::Dice;

use crate::large::{Edge, as_usize};

/// One thing that somebody does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Deal {
    /// A payment over a tally: what the second owes the first changes by so many milli-CHIPs.
    Pay(usize, i64),
    /// A tally ends, its debt paid in some other way, and a new one begins between the same two.
    Renew(usize),
}

/// All people, and how they stand.
///
/// Whoever sold more than they bought buys rather than sells, and the other way round: nobody piles up debts or claims for
/// ever, so that there is a steady state at all. Without that every balance is a random walk, and what is owed grows from
/// day to day whatever is cleared.
pub(crate) struct Market {
    dice: Dice,
    /// What everybody received less what they paid, in milli-CHIPs. A circle changes nothing of it, so nobody pays
    /// otherwise because something was cleared.
    worth: Vec<i64>,
    /// Whoever stands so much better than a partner makes nearly all the payments between them.
    ease: i64,
}

impl Market {
    pub(crate) fn new(nodes: usize, ease: i64, seed: u64) -> Self {
        Self { dice: Dice::new(seed), worth: vec![0; nodes], ease }
    }

    /// A day: about as many payments as there are tallies, each over one of them; one tally in a hundred is renewed.
    pub(crate) fn day(&mut self, edges: &[Edge]) -> Vec<Deal> {
        let mut deals: Vec<_> = (0..edges.len()).map(|_| self.pay(edges)).collect();
        deals.extend((0..edges.len() / 100).map(|_| Deal::Renew(self.dice.below(edges.len()))));
        deals
    }

    fn pay(&mut self, edges: &[Edge]) -> Deal {
        let (at, units) = (self.dice.below(edges.len()), self.dice.between(0, LARGEST_PAYMENT));
        let [first, second] = edges[at].ends.map(as_usize);
        // Of 1,000 payments so many more are made by the first, by how much better it stands.
        let lean = ((self.worth[first] - self.worth[second]) * 500 / self.ease).clamp(-450, 450);
        let change = if self.dice.between(0, 999) < 500 + lean { -units } else { units };
        self.worth[first] += change;
        self.worth[second] -= change;
        Deal::Pay(at, change)
    }
}

/// Puts a day's deals into a network's tallies.
pub(crate) fn settle(edges: &mut [Edge], deals: &[Deal]) {
    for deal in deals {
        match *deal {
            Deal::Pay(at, change) => edges[at].net += change,
            Deal::Renew(at) => edges[at].net = 0,
        }
    }
}

/// The largest payment, in milli-CHIPs: 200 CHIP, half of that on average.
const LARGEST_PAYMENT: i64 = 200_000;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grow::Shape;
    use crate::large::Large;

    fn spread(ease: i64) -> i64 {
        let mut net = Large::grow(Shape::Villages, 200, 1);
        let mut market = Market::new(200, ease, 1);
        for _ in 0..60 {
            let deals = market.day(&net.edges);
            settle(&mut net.edges, &deals);
        }
        assert_eq!(market.worth.iter().sum::<i64>(), 0);
        market.worth.iter().map(|worth| worth.abs()).sum::<i64>() / 200
    }

    #[test]
    fn nobody_piles_up_debts_where_books_balance() {
        assert!(spread(1_000_000) * 2 < spread(i64::MAX));
    }
}
