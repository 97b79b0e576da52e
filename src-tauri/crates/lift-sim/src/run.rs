//! One seed, from its first event to rest, and what was seen.

use crate::liar::Liar;
use crate::plan::{HEALED_AFTER, world};
use crate::world::World;

/// What a seed came to.
#[derive(Clone, Debug, Default)]
pub struct Life {
    /// Lifts begun.
    pub begun: u64,
    /// Lifts that moved value.
    pub good: u64,
    /// Steps committed.
    pub steps: u64,
    /// Times the power went.
    pub crashes: u64,
    /// Messages sent.
    pub messages: u64,
    /// Receipts that had to be shown: a lying referee told the payer and not the payee, and a liar between kept it back.
    pub shown: u64,
    /// Whether somebody lied.
    pub liars: bool,
    /// Whether the referee lied.
    pub lying_referee: bool,
    /// Lives in which a bound was passed, when lives are added up.
    pub passed: u64,
    /// By how much a bound was passed at most, in milli-CHIPs: only a lying referee can do that.
    pub overshoot: i64,
    /// What was broken, if anything.
    pub faults: Vec<String>,
    /// Every step, if it was asked for.
    pub trace: Vec<String>,
}

/// The first of many seeds that breaks a rule, and which.
pub fn hunt(from: u64, seeds: u64) -> Option<(u64, String)> {
    (from..from + seeds)
        .find_map(|seed| live(seed, false).faults.into_iter().next().map(|fault| (seed, fault)))
}

/// Lives a seed.
pub fn live(seed: u64, trace: bool) -> Life {
    life(world(seed, true), trace)
}

/// Lives a seed as it was lived before chains were: what was found then is looked for still.
pub fn live_without_chains(seed: u64, trace: bool) -> Life {
    life(world(seed, false), trace)
}

fn life(mut world: World, trace: bool) -> Life {
    world.trace = trace.then(Vec::new);
    world.note(|| "begin".to_owned());
    let (plan, liars) = (world.plan, world.liars.clone());
    world.note(|| format!("{plan:?} {liars:?}"));
    let end = world.now + HEALED_AFTER + QUIET;
    world.run(end);
    let shown = world.show_receipts();
    if shown > 0 {
        world.run(end + SHOWN);
    }
    if world.faults.is_empty() {
        world.look_at_rest();
    }
    if world.faults.is_empty() {
        world.look_at_echoes();
    }
    let good = world.deals.iter().map(|deal| {
        let lifts = deal.lifts.iter().filter(|lift| {
            let lift = world.wallets[deal.path[0]].disk.lifts.get(lift);
            lift.is_some_and(|lift| lift.record().stage() == tallystick_core::lift::Stage::Good)
        });
        u64::try_from(lifts.count()).unwrap_or(0)
    });
    Life {
        good: good.sum(),
        begun: world.deals.iter().map(|deal| u64::try_from(deal.lifts.len()).unwrap_or(0)).sum(),
        steps: world.steps,
        crashes: world.crashes,
        messages: world.messages,
        shown,
        liars: world.liars.iter().any(|liar: &Option<Liar>| liar.is_some()),
        lying_referee: world.plan.lying_referee,
        passed: u64::from(world.overshoot > 0),
        overshoot: world.overshoot,
        faults: world.faults,
        trace: world.trace.unwrap_or_default(),
    }
}

/// Time for what a receipt sets going.
const SHOWN: i64 = 400_000;

/// After everything works: two of the longest pauses between questions, and a little.
const QUIET: i64 = 7_400_000;
