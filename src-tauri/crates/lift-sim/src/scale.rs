//! What searching costs and finds, and how much of the debt is cleared, in networks large and small.

use std::time::Instant;

use tallystick_core::lift::probe::{Probe, Way, rounded};
use tallystick_core::lift::{Spread, by_reach};
use tallystick_core::{Date, Units};
use uuid::Uuid;

use crate::dice::Dice;
use crate::large::{How, Large, Shape, as_usize};
use crate::optimum::optimum;

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

/// How much debt was cleared.
#[derive(Clone, Debug, Default)]
pub struct Cleared {
    /// For every day, what was cleared, and what was cleared in the twin.
    pub days: Vec<(i64, Option<i64>)>,
    /// Debt at the beginning of the last day.
    pub owed: i64,
    /// What could still be cleared at the end, where the solver could say.
    pub left: Option<i64>,
    /// Circles that day.
    pub circles: u64,
    /// Messages that day.
    pub messages: u64,
    /// Seconds.
    pub seconds: f64,
}

/// Payments between wallets chosen at random.
pub fn pay(shape: Shape, nodes: usize, tries: u64, offline: u32, seed: u64) -> Paid {
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
            net.put_offline(offline);
        }
        let [payer, payee] = [0, 1].map(|_| online(&mut net));
        if payer == payee {
            continue;
        }
        let units = net.dice.between(100, 10_000);
        let asked = rounded(Units::new(units).unwrap_or(Units::ZERO));
        let probe = |way, budget| Probe {
            sid: Uuid::from_u128(u128::from(round) + 1),
            way,
            units: asked,
            ttl: 4,
            fan: FAN,
            budget,
            hops: 0,
            exp: Date::from_millis(60_000),
        };
        let begins = [(payee, probe(Way::Reverse, REVERSE)), (payer, probe(Way::Forward, FORWARD))];
        let went = net.search(&begins, How { ranked: true, least: 1 });
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

/// Days on which people trade and their wallets clear; the last of them is measured, beside a twin in which somebody who
/// sees everything clears what can be cleared every night.
pub fn clear(
    shape: Shape,
    nodes: usize,
    days: u32,
    offline: u32,
    seed: u64,
    beside: bool,
    hours: u32,
) -> Cleared {
    let begin = Instant::now();
    let mut net = Large::grow(shape, nodes, seed);
    let mut twin = Large::grow(shape, if beside { nodes } else { 0 }, seed);
    let mut told = Cleared::default();
    for day in 0..days {
        trade(&mut net, seed + u64::from(day));
        let owed = net.owed();
        let best = beside.then(|| {
            trade(&mut twin, seed + u64::from(day));
            optimum(nodes, &mut twin.edges)
        });
        let (circles, messages) = night(&mut net, offline, hours);
        let cleared = owed - net.owed();
        told.days.push((cleared, best));
        (told.owed, told.circles, told.messages) = (owed, circles, messages);
    }
    told.left = beside.then(|| optimum(nodes, &mut net.edges.clone()));
    told.seconds = begin.elapsed().as_secs_f64();
    told
}

/// A day's trade: about as many payments as there are tallies, each over one tally, as far as the two trust each other;
/// some tallies are new, some go.
///
/// Whoever is owed more than they owe buys rather than sells, and the other way round: nobody piles up debts or claims for
/// ever, so that there is a steady state at all. Without that every balance is a random walk, and what is owed grows from
/// day to day whatever is cleared.
fn trade(net: &mut Large, seed: u64) {
    let (edges, mut dice) = (net.edges.len(), Dice::new(seed));
    let mut worth = vec![0_i64; net.around.len()];
    for edge in &net.edges {
        let [first, second] = edge.ends.map(as_usize);
        worth[first] += edge.net;
        worth[second] -= edge.net;
    }
    for _ in 0..edges {
        let (at, units, coin) = (dice.below(edges), dice.between(0, LARGEST_PAYMENT), dice.between(0, 999));
        let edge = &mut net.edges[at];
        let [first, second] = edge.ends.map(as_usize);
        // Of 1,000 payments so many more are made by the first, by how much better it stands.
        let lean = ((worth[first] - worth[second]) * 500 / EASE).clamp(-450, 450);
        let change = if coin < 500 + lean { -units } else { units };
        let net = edge.net + change;
        if net.abs() > LIMIT && net.abs() > edge.net.abs() {
            continue;
        }
        edge.net = net;
        worth[first] += change;
        worth[second] -= change;
    }
    for _ in 0..edges / 100 {
        let at = dice.below(edges);
        net.edges[at].net = 0;
    }
}

/// Hours in which every wallet that is on looks for circles; who found nothing asks farther and less widely.
fn night(net: &mut Large, offline: u32, hours: u32) -> (u64, u64) {
    let (mut circles, mut messages) = (0, 0);
    let mut failed = vec![0_u8; net.around.len()];
    for _ in 0..hours {
        net.put_offline(offline);
        for node in 0..u32::try_from(net.around.len()).unwrap_or(0) {
            let index = as_usize(node);
            if !net.online[index] || (failed[index] > 60 && net.dice.chance(800)) {
                continue;
            }
            for _ in 0..AN_HOUR {
                if best_pair(net, node) < LEAST {
                    break;
                }
                let sid = net.dice.uuid();
                let Spread { ttl, fan, budget } = Spread::of(sid);
                let probe = |way| Probe {
                    sid,
                    way,
                    units: Units::MAX,
                    ttl,
                    fan,
                    budget,
                    hops: 0,
                    exp: Date::from_millis(60_000),
                };
                let begins = [(node, probe(Way::Back)), (node, probe(Way::Round))];
                let went = net.search(&begins, How { ranked: by_reach(sid), least: LEAST });
                messages += u64::from(went.messages);
                let good = went.path.is_some_and(|path| net.lift(node, &path, went.units));
                circles += u64::from(good);
                failed[index] = if good { 0 } else { failed[index].saturating_add(1) };
            }
        }
    }
    (circles, messages)
}

/// What the best pair of a wallet's tallies could take round a circle.
fn best_pair(net: &Large, node: u32) -> i64 {
    let open = net.around[as_usize(node)].iter().filter(|edge| net.online[as_usize(net.other(**edge, node))]);
    let best = open.fold((0, 0), |(gain, give), edge| {
        let (in_, out) = net.capacity(*edge, node);
        (in_.free.milli().max(gain), out.free.milli().max(give))
    });
    best.0.min(best.1)
}

fn online(net: &mut Large) -> u32 {
    loop {
        let node = net.dice.below(net.around.len());
        if net.online[node] {
            return u32::try_from(node).unwrap_or(0);
        }
    }
}

/// Both questions and every match together stay within 256: each question of the payer's brings one match at most.
const FAN: u32 = 4;
const FORWARD: u32 = 78;
const REVERSE: u32 = 100;

/// Rounds that one wallet begins in an hour, as long as it finds something.
const AN_HOUR: u32 = 6;

/// The largest payment, in milli-CHIPs: 200 CHIP, half of that on average.
const LARGEST_PAYMENT: i64 = 200_000;

/// The most that one may owe the other: ten payments.
const LIMIT: i64 = 1_000_000;

/// Whoever stands so much better than a partner makes nearly all the payments between them: ten payments.
const EASE: i64 = 1_000_000;

/// Less is not worth a lift: 10 CHIP.
const LEAST: i64 = 10_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_tallies_say_what_all_would() {
        for seed in 0..4 {
            for shape in [Shape::Villages, Shape::ScaleFree] {
                let paid = pay(shape, 120, 150, 300, seed);
                let cleared = clear(shape, 120, 2, 300, seed, false, 2);

                assert!(paid.found > 0 && cleared.circles > 0);
            }
        }
    }
}
