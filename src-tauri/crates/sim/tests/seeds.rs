//! A first look at many lives, and every life that once ended badly.
//!
//! The long run is `cargo xtask sim protocol --seeds 20000`.

use std::fmt::Write as _;

use tallystick_sim::{Outcome, play_each, play_many};

/// Lives of which nothing special is known.
const SEEDS: u64 = 96;

/// Lives that once broke a promise, or never ended, and what they found.
const REMEMBERED: &str = include_str!("remembered.txt");

#[test]
fn lives_keep_every_promise() {
    let sum = play_many(0, SEEDS, 3);

    assert!(sum.broken.is_empty(), "{}", told(&sum.broken));
    // A simulator in which nothing happens would keep every promise, too.
    assert!(
        sum.counts.chits > SEEDS && sum.counts.crashes > SEEDS && sum.counts.forgeries > 0,
        "{:?}",
        sum.counts
    );
    assert!(sum.in_memory > 0 && sum.on_disk > 0);
}

#[test]
fn what_was_found_once_stays_mended() {
    let words = REMEMBERED.lines().map(|line| line.split_whitespace().next());
    let seeds: Option<Vec<u64>> = words.map(|word| word?.parse().ok()).collect();
    let seeds = seeds.expect("a seed at the beginning of every line");

    let sum = play_each(&seeds);

    assert!(!seeds.is_empty());
    assert_eq!(usize::try_from(sum.in_memory + sum.on_disk), Ok(seeds.len()));
    assert!(sum.broken.is_empty(), "{}", told(&sum.broken));
}

fn told(broken: &[Outcome]) -> String {
    broken.iter().fold(String::new(), |mut text, outcome| {
        let what = outcome.broken.as_ref().map(|broken| broken.what.as_str()).unwrap_or_default();
        let _ = writeln!(text, "seed {}: {what} (cargo xtask sim protocol --from {0} --trace)", outcome.seed);
        text
    })
}
