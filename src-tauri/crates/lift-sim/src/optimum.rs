//! The most debt that could be cleared, by a min-cost flow over the same tallies.
//!
//! Every debt is an arc from creditor to debtor; what can be cleared is a circulation. Begin with all of it cleared:
//! then some wallets have received too much and others too little, and putting that right by taking back as little as
//! possible is a flow from the one to the other over the arcs turned round, at a cost of one each.

use ac_library::MinCostFlowGraph;

use crate::large::{Edge, as_usize};

/// Clears as much debt as circles can clear at all, and says how much that was.
pub(crate) fn optimum(nodes: usize, edges: &mut [Edge]) -> i64 {
    let mut flow = MinCostFlowGraph::new(nodes + 2);
    let mut excess = vec![0_i64; nodes];
    let mut all = 0;
    for edge in edges.iter().filter(|edge| edge.net != 0) {
        let [first, second] = edge.ends.map(as_usize);
        let (creditor, debtor) = if edge.net > 0 { (first, second) } else { (second, first) };
        let debt = edge.net.abs();
        excess[debtor] += debt;
        excess[creditor] -= debt;
        all += debt;
        flow.add_edge(debtor, creditor, debt, 1);
    }
    let mut wanted = 0;
    for (node, excess) in excess.into_iter().enumerate() {
        if excess > 0 {
            flow.add_edge(nodes, node, excess, 0);
            wanted += excess;
        } else if excess < 0 {
            flow.add_edge(node, nodes + 1, -excess, 0);
        }
    }
    let (_, taken_back) = flow.flow(nodes, nodes + 1, wanted);
    for (edge, arc) in edges.iter_mut().filter(|edge| edge.net != 0).zip(flow.edges()) {
        // What is taken back stays owed; the rest is cleared.
        edge.net = edge.net.signum() * arc.flow;
    }
    all - taken_back
}

#[cfg(test)]
mod tests {
    use super::*;

    fn owes(debtor: u32, creditor: u32, net: i64) -> Edge {
        Edge { ends: [creditor, debtor], net, target: [0, 0], said: [0, 0] }
    }

    #[test]
    fn a_circle_clears_its_smallest_debt_all_the_way_round() {
        assert_eq!(optimum(3, &mut [owes(0, 1, 5), owes(1, 2, 7), owes(2, 0, 9)]), 15);
        assert_eq!(optimum(3, &mut [owes(0, 1, 5), owes(1, 2, 7)]), 0);
    }

    #[test]
    fn of_two_circles_over_one_debt_the_longer_counts_more() {
        let mut edges =
            [owes(0, 1, 5), owes(1, 0, 0), owes(1, 2, 5), owes(2, 0, 5), owes(2, 3, 5), owes(3, 0, 5)];

        assert_eq!(optimum(4, &mut edges), 20);
    }
}
