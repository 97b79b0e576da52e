//! How much of what could be cleared wallets clear by themselves, beside somebody who sees everything.

use std::time::Instant;

use tallystick_core::Units;
use tallystick_core::lift::Capacity;
use tallystick_core::lift::probe::Way;

use crate::grow::Shape;
use crate::large::{Large, as_usize};
use crate::market::{Market, settle};
use crate::optimum::optimum;
use crate::scale::question;

/// What is tried.
#[derive(Clone, Copy, Debug)]
pub struct Trial {
    /// The shape of the network.
    pub shape: Shape,
    /// So many wallets.
    pub nodes: usize,
    /// So many days of trade.
    pub days: u32,
    /// The last of them are measured.
    pub measured: usize,
    /// So many hours of each day wallets look for circles.
    pub hours: u32,
    /// So many of 1,000 wallets are away in every hour.
    pub offline: u32,
    /// Whoever stands so much better than a partner, in milli-CHIPs, makes nearly all the payments between them.
    pub ease: i64,
    /// Questions on each side of a look, if fewer than wallets ask.
    pub budget: Option<u32>,
    /// Whether the solver of the optimum clears a twin of the network.
    pub beside: bool,
    /// Where chance begins.
    pub seed: u64,
}

impl Trial {
    /// What is tried unless it is asked for otherwise.
    pub const fn new(shape: Shape, nodes: usize, seed: u64) -> Self {
        Self {
            shape,
            nodes,
            days: 40,
            measured: 20,
            hours: 24,
            offline: 300,
            ease: 1_000_000,
            budget: None,
            beside: true,
            seed,
        }
    }
}

/// How much debt was cleared, in milli-CHIPs.
#[derive(Clone, Debug, Default)]
pub struct Cleared {
    /// On every day measured, by the wallets, and in the twin.
    pub days: Vec<(i64, i64)>,
    /// Owed at the beginning of the last night.
    pub owed: i64,
    /// What could still be cleared at its end, where the solver can say.
    pub left: i64,
    /// Circles on the last day.
    pub circles: u64,
    /// Messages on the last day.
    pub messages: u64,
    /// The most that one look cost.
    pub most: u32,
    /// Seconds.
    pub seconds: f64,
}

impl Cleared {
    /// What the wallets cleared, what was cleared in the twin, and the share in per cent.
    #[allow(clippy::as_conversions, reason = "a share for people to read")]
    pub fn share(&self) -> (i64, i64, f64) {
        let sum = |(ours, best), day: &(i64, i64)| (ours + day.0, best + day.1);
        let (ours, best) = self.days.iter().fold((0_i64, 0_i64), sum);
        (ours, best, 100.0 * ours as f64 / best.max(1) as f64)
    }

    /// The share in either half of the days: a state is steady if it does not matter where it is cut.
    pub fn halves(&self) -> [f64; 2] {
        let (early, late) = self.days.split_at(self.days.len() / 2);
        [early, late].map(|days| Self { days: days.to_vec(), ..Self::default() }.share().2)
    }
}

/// Days on which people trade and their wallets clear, beside a twin in which somebody who sees everything clears every night
/// what can be cleared. Both live through the same payments.
pub fn clear(trial: Trial) -> Cleared {
    let begin = Instant::now();
    let mut net = Large::grow(trial.shape, trial.nodes, trial.seed);
    let mut twin = net.edges.clone();
    let mut market = Market::new(trial.nodes, trial.ease, trial.seed);
    let mut told = Cleared::default();
    for day in 0..trial.days {
        let deals = market.day(&net.edges);
        settle(&mut net.edges, &deals);
        let best = if trial.beside {
            settle(&mut twin, &deals);
            optimum(trial.nodes, &mut twin)
        } else {
            0
        };
        let owed = net.owed();
        (told.circles, told.messages) = night(&mut net, trial, &mut told.most);
        told.owed = owed;
        if as_usize(trial.days - day) <= trial.measured {
            told.days.push((owed - net.owed(), best));
        }
    }
    if trial.beside {
        told.left = optimum(trial.nodes, &mut net.edges);
    }
    told.seconds = begin.elapsed().as_secs_f64();
    told
}

/// Hours in which every wallet that is on looks for circles, as often as wallets do.
fn night(net: &mut Large, trial: Trial, most: &mut u32) -> (u64, u64) {
    let (mut circles, mut messages) = (0, 0);
    for _ in 0..trial.hours {
        net.put_offline(trial.offline);
        let (found, asked) = hour(net, trial.budget, most);
        circles += found;
        messages += asked;
    }
    (circles, messages)
}

/// An hour of that, with everybody on or away as they are; gives circles and messages.
fn hour(net: &mut Large, budget: Option<u32>, most: &mut u32) -> (u64, u64) {
    let (mut circles, mut messages) = (0, 0);
    for _ in 0..AN_HOUR {
        net.memory.now += 1;
        for node in 0..u32::try_from(net.around.len()).unwrap_or(0) {
            if !net.online[as_usize(node)] || !may_begin(net, node) {
                continue;
            }
            let sid = net.dice.uuid();
            let ask = |way| (node, question(sid, way, Units::MAX, budget));
            let went = net.search(&[Way::Back, Way::Round].map(ask), LEAST);
            messages += u64::from(went.messages);
            *most = went.messages.max(*most);
            circles += u64::from(went.path.is_some_and(|path| net.lift(node, &path, went.units)));
        }
    }
    (circles, messages)
}

/// Whether enough could come in over one tally and go out over another, as far as a wallet knows. What it is owed and what it
/// owes are never on the same tally here.
fn may_begin(net: &Large, node: u32) -> bool {
    let around = || net.around[as_usize(node)].iter().map(|edge| (*edge, net.capacity(*edge, node)));
    let back = |(edge, (gain, _)): (u32, (Capacity, Capacity))| {
        gain.free.milli() >= LEAST && net.may_ask(edge, node, Way::Back)
    };
    let ahead = |(edge, (_, give)): (u32, (Capacity, Capacity))| {
        give.free.milli() >= LEAST && net.may_ask(edge, node, Way::Round)
    };
    around().any(back) && around().any(ahead)
}

/// Looks that one wallet begins in an hour (lifts.md 7).
const AN_HOUR: u32 = 6;

/// Less is not worth a lift: 10 CHIP.
const LEAST: i64 = 10_000;

#[cfg(test)]
mod tests {
    use super::*;

    /// A few days of a small network.
    fn few(shape: Shape, seed: u64) -> Trial {
        Trial { days: 6, measured: 4, hours: 6, ..Trial::new(shape, 150, seed) }
    }

    #[test]
    fn few_tallies_say_what_all_would() {
        for seed in 0..3 {
            for shape in [Shape::Villages, Shape::ScaleFree] {
                let cleared = clear(Trial { days: 2, hours: 2, beside: false, ..few(shape, seed) });

                assert!(cleared.circles > 0 && cleared.most <= 128);
            }
        }
    }

    #[test]
    fn whoever_asks_little_clears_less() {
        for shape in [Shape::Villages, Shape::ScaleFree] {
            let share = |budget| clear(Trial { budget, ..few(shape, 1) }).share().2;

            assert!(share(Some(4)) + 5.0 < share(None), "{shape:?}");
        }
    }

    #[test]
    fn nobody_clears_more_than_whoever_sees_everything() {
        for shape in [Shape::Villages, Shape::ScaleFree] {
            // On the first day both have the same debts before them.
            let cleared = clear(Trial { days: 1, measured: 1, ..few(shape, 2) });
            let (ours, best, _) = cleared.share();

            assert!(0 < ours && ours <= best, "{ours} {best}");
            assert!(cleared.left <= best);
        }
    }
}
