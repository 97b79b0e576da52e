//! What it costs to find a way for a payment, and how often it is found, in networks large and small.

use std::time::Instant;

use tallystick_core::lift::Spread;
use tallystick_core::lift::probe::{Probe, Way, rounded};
use tallystick_core::{Date, Units};
use uuid::Uuid;

use crate::grow::Shape;
use crate::large::Large;
use crate::memory::Memory;

/// How payments found their way.
#[derive(Clone, Debug, Default)]
pub struct Paid {
    /// Pairs tried, both online.
    pub tried: u64,
    /// Of those, reachable within eight hops at all.
    pub reachable: u64,
    /// Of those, found.
    pub found: u64,
    /// Messages, matches included.
    pub messages: u64,
    /// The most that one search cost.
    pub most: u32,
    /// Seconds.
    pub seconds: f64,
}

/// Payments between wallets chosen at random. Payees whose invoices are `shown` ask for ways too; the others only wait.
pub fn pay(shape: Shape, nodes: usize, tries: u64, offline: u32, (shown, seed): (bool, u64)) -> Paid {
    let begin = Instant::now();
    let mut net = Large::grow(shape, nodes, seed);
    for at in 0..net.edges.len() {
        let target = [0, 1].map(|_| net.dice.between(0, 100) * 1_000);
        net.edges[at].target = target;
        net.edges[at].net = net.dice.between(-target[1] / 2, target[0] / 2);
    }
    let mut paid = Paid::default();
    for round in 0..tries {
        if round % 1_000 == 0 {
            // Who is away nobody knows before they are asked.
            net.put_offline(offline);
            net.memory = Memory::of(net.edges.len());
        }
        let [payer, payee] = [0, 1].map(|_| online(&mut net));
        if payer == payee {
            continue;
        }
        let units = net.dice.between(100, 10_000);
        let asked = rounded(Units::new(units).unwrap_or(Units::ZERO));
        let sid = net.dice.uuid();
        let waits = (!shown).then_some(0);
        let begins = [(payee, Way::Reverse, waits), (payer, Way::Forward, None)];
        let begins = begins.map(|(node, way, most)| (node, question(sid, way, asked, most)));
        let went = net.search(&begins, 1);
        if let Some(path) = &went.path {
            net.lift(payer, path, units);
        }
        paid.tried += 1;
        paid.messages += u64::from(went.messages);
        paid.most = paid.most.max(went.messages);
        let found = went.path.is_some();
        let reachable = found || net.reaches(payer, payee, asked.milli(), 8);
        paid.found += u64::from(found);
        paid.reachable += u64::from(reachable);
    }
    paid.seconds = begin.elapsed().as_secs_f64();
    paid
}

/// A question as a wallet asks it; with a budget at most so large, where one is given.
pub(crate) fn question(sid: Uuid, way: Way, units: Units, most: Option<u32>) -> Probe {
    let Spread { ttl, fan, budget } = Spread::of(way);
    let budget = most.map_or(budget, |most| budget.min(most));
    Probe { sid, way, units, ttl, fan, budget, hops: 0, exp: Date::from_millis(60_000) }
}

fn online(net: &mut Large) -> u32 {
    loop {
        let node = net.dice.below(net.around.len());
        if net.online[node] {
            return u32::try_from(node).unwrap_or(0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn payments_find_their_way_whether_few_or_all_tallies_are_looked_at() {
        for seed in 0..4 {
            for shape in [Shape::Villages, Shape::ScaleFree] {
                let paid = pay(shape, 120, 150, 300, (seed % 2 == 0, seed));

                assert!(paid.found > 0 && paid.most <= 256);
            }
        }
    }
}
