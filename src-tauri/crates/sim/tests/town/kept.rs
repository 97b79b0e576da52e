//! Scripts that once showed something, each as short as it got. They are played on every run.

use super::Act::*;
use super::{ANA, Act, BEN, Line, Town};

/// A script that is kept.
pub(crate) struct Kept {
    /// What it is about.
    pub(crate) about: &'static str,
    pub(crate) town: Town,
    pub(crate) script: Vec<Line>,
}

fn kept(about: &'static str, town: Town, script: &[Act]) -> Kept {
    Kept { about, town, script: script.iter().copied().map(Line).collect() }
}

/// All of them.
pub(crate) fn all() -> Vec<Kept> {
    vec![
        kept(
            "whoever grants once more has granted once",
            Town::new(2, 6, 20),
            &[
                Befriends(ANA, BEN),
                Pass(9_027),
                Asks(ANA, BEN, 2, None),
                Calm,
                Grants(BEN, ANA, 0),
                Grants(BEN, ANA, 0),
            ],
        ),
        kept(
            "granting once more while closing",
            Town::new(2, 733, 20),
            &[
                Befriends(BEN, ANA),
                Pass(1_605),
                Asks(ANA, BEN, 1, None),
                Calm,
                Grants(BEN, ANA, 0),
                Closes(BEN, ANA),
                Grants(BEN, ANA, 0),
            ],
        ),
        kept(
            "an entry is taken back only once",
            Town::new(2, 463, 20),
            &[
                Befriends(ANA, BEN),
                Pass(14_548),
                Pays(ANA, BEN, 1),
                Cancels(ANA, BEN, 0),
                Cancels(ANA, BEN, 0),
            ],
        ),
        kept(
            "declining crosses the taking back",
            Town::new(2, 565, 3_000),
            &[
                Befriends(BEN, ANA),
                Double(1),
                Pass(1_344),
                Asks(BEN, ANA, 9_222, Some(34_641)),
                Calm,
                Unasks(BEN, ANA, 0),
                Declines(ANA, BEN, 0),
            ],
        ),
        kept(
            "a request runs out by two clocks",
            Town::new(2, 888, 20_000),
            &[Befriends(ANA, BEN), Pass(113_146), Asks(ANA, BEN, 1, Some(1_000)), Pass(869)],
        ),
    ]
}
