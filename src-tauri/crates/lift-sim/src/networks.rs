//! Large networks, 30 % of the wallets away: what searches cost and find, and what is cleared.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use tallystick_lift_sim::{Cleared, Shape, Trial, clear, pay};

/// What is asked of the networks in which a twin is cleared by a solver that sees everything.
#[derive(Clone, Debug)]
pub(crate) struct Networks {
    /// Sizes that were asked for; else [`BESIDE`].
    pub(crate) beside: Vec<usize>,
    /// Days of trade; the second half of them is measured.
    pub(crate) days: u32,
    /// Whoever stands so much better than a partner, in milli-CHIPs, makes nearly all the payments between them.
    pub(crate) ease: i64,
    /// Questions on each side of a look, if fewer than wallets ask: to see that the measure sees it.
    pub(crate) budget: Option<u32>,
}

impl Default for Networks {
    fn default() -> Self {
        Self { beside: Vec::new(), days: 40, ease: 1_000_000, budget: None }
    }
}

/// So many wallets are beside a twin, and with these seeds: for more, the solver of the optimum takes too long.
const BESIDE: [(usize, &[u64]); 2] = [(3_000, &[1]), (1_000, &[1, 2, 3])];

/// Among so many wallets it is told besides how often the payer's questions alone get to the payee.
const WAITING: [usize; 2] = [300, 3_000];

const SHAPES: [Shape; 2] = [Shape::Villages, Shape::ScaleFree];

/// Wallets that are away, of 1,000.
const AWAY: u32 = 300;

/// Runs all that, tells it, and says whether it is within the limits.
pub(crate) fn tell(nodes: usize, asked: &Networks) -> bool {
    let mut good = thread::scope(|scope| {
        let whole = SHAPES.map(|shape| scope.spawn(move || whole(shape, nodes)));
        let paid = SHAPES.map(|shape| scope.spawn(move || payments(shape, nodes)));
        let good = paid.map(|paid| paid.join().unwrap_or(false));
        whole.into_iter().all(|whole| whole.join().is_ok()) && good == [true; 2]
    });
    for (trial, cleared) in all(&trials(nodes, asked)) {
        good &= beside(trial, &cleared);
    }
    println!("{}", if good { "within all limits" } else { "NOT within all limits" });
    good
}

fn payments(shape: Shape, nodes: usize) -> bool {
    for size in WAITING.into_iter().chain([nodes]) {
        let paid = pay(shape, size.min(nodes), 2_000, AWAY, (false, 1));
        let share = 100.0 * paid.found as f64 / paid.reachable.max(1) as f64;
        println!(
            "{shape:?}, {size} wallets, invoices that nobody looks at: {share:.1} % of the reachable payees found"
        );
    }
    let paid = pay(shape, nodes, 2_000, AWAY, (true, 1));
    let mean = paid.messages as f64 / paid.tried.max(1) as f64;
    let share = 100.0 * paid.found as f64 / paid.reachable.max(1) as f64;
    println!(
        "{shape:?}, {nodes} wallets, payments: {} of {} reachable payees found ({share:.1} %), {mean:.0} messages on average, {} at most, {:.0} s",
        paid.found, paid.reachable, paid.most, paid.seconds,
    );
    share >= 95.0 && mean <= 200.0 && paid.most <= 256
}

/// The whole network for some hours after a day of trade: too large for the solver.
fn whole(shape: Shape, nodes: usize) {
    let trial = Trial { days: 1, measured: 1, hours: 6, beside: false, ..Trial::new(shape, nodes, 1) };
    let cleared = clear(trial);
    let (ours, ..) = cleared.share();
    println!(
        "{shape:?}, {nodes} wallets, the first {} hours: {} of {} CHIP cleared, {} for each 1,000 wallets; {} circles, {} messages, {:.0} s",
        trial.hours,
        ours / 1_000,
        cleared.owed / 1_000,
        ours / i64::try_from(nodes).unwrap_or(1).max(1),
        cleared.circles,
        cleared.messages,
        cleared.seconds,
    );
}

fn trials(nodes: usize, asked: &Networks) -> Vec<Trial> {
    let sizes: Vec<(usize, &[u64])> = match asked.beside.as_slice() {
        [] => BESIDE.to_vec(),
        sizes => sizes.iter().map(|size| (*size, [1].as_slice())).collect(),
    };
    let mut trials = Vec::new();
    for (size, seeds) in sizes {
        for shape in SHAPES {
            trials.extend(seeds.iter().map(|seed| Trial {
                days: asked.days,
                measured: usize::try_from(asked.days / 2).unwrap_or(1),
                offline: AWAY,
                ease: asked.ease,
                budget: asked.budget,
                ..Trial::new(shape, size.min(nodes), *seed)
            }));
        }
    }
    trials
}

/// Runs the trials side by side, the largest first.
fn all(trials: &[Trial]) -> Vec<(Trial, Cleared)> {
    let (next, told) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                while let Some(trial) = trials.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let cleared = clear(*trial);
                    if let Ok(mut told) = told.lock() {
                        told.push((*trial, cleared));
                    }
                }
            });
        }
    });
    let mut told = told.into_inner().unwrap_or_default();
    told.sort_by_key(|(trial, _)| {
        (trial.nodes, SHAPES.iter().position(|shape| *shape == trial.shape), trial.seed)
    });
    told
}

fn beside(trial: Trial, cleared: &Cleared) -> bool {
    let (ours, best, share) = cleared.share();
    let [early, late] = cleared.halves();
    let looked = f64::from(trial.hours) * trial.nodes as f64;
    println!(
        "{:?}, {} wallets, seed {}, the last {} of {} days: {} CHIP cleared, {} in a twin that sees everything: {share:.1} % ({early:.1} and {late:.1} in its halves); {} of {} could still be cleared; {} circles on the last day, {:.0} messages a wallet and hour, {} at most in a look, {:.0} s",
        trial.shape,
        trial.nodes,
        trial.seed,
        cleared.days.len(),
        trial.days,
        ours / 1_000,
        best / 1_000,
        cleared.left / 1_000,
        cleared.owed / 1_000,
        cleared.circles,
        cleared.messages as f64 / looked.max(1.0),
        cleared.most,
        cleared.seconds,
    );
    share >= 85.0 && cleared.most <= 128
}
