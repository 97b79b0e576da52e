//! Who does what in the life of a tally.

/// Ana invites, Ben is invited.
pub(crate) const NAMES: [&str; 2] = ["Ana", "Ben"];

/// Payments are made in rounds: within one, both people pay without waiting for each other.
pub(crate) const ROUNDS: usize = 3;

/// Payments of each person in a round.
pub(crate) const EACH: usize = 2;

/// What Ana asks Ben for, in CHIP and milli-CHIPs, and what becomes of it.
pub(crate) const WISHES: [(&str, &str, i64, &str); 3] = [
    ("asked and granted", "8.192", 8_192, "paid"),
    ("asked and refused", "16.384", 16_384, "refused"),
    ("asked and taken back", "32.768", 32_768, "withdrawn"),
];

/// What Ana signs while Ben is away, and takes back.
pub(crate) const REGRETTED: &str = "regretted";

/// What Ana pays with Ben's promises once the tally closes.
pub(crate) const TOWARD_ZERO: &str = "toward zero";

/// What Ana forgives in the end, in milli-CHIPs.
pub(crate) const REST: i64 = 7;

/// What each entry that moves something moves toward Ana, and its words, sorted.
pub(crate) fn script() -> Vec<(i64, String)> {
    let mut meant = vec![(REST - owed(), TOWARD_ZERO.to_owned()), (-REST, String::new())];
    for (memo, _, units, _) in WISHES.into_iter().filter(|(.., end)| *end == "paid") {
        meant.push((units, memo.to_owned()));
    }
    for round in 0..ROUNDS {
        for (side, sign) in [(0, -1), (1, 1)] {
            let name = |number| format!("round {round}, {} {number}", NAMES[side]);
            meant.extend((0..EACH).map(|number| (sign * milli(round, side, number), name(number))));
        }
    }
    meant.sort();
    meant
}

/// What Ben owes when the tally begins to close.
pub(crate) fn owed() -> i64 {
    let paid = |side| {
        (0..ROUNDS).flat_map(|round| (0..EACH).map(move |number| milli(round, side, number))).sum::<i64>()
    };
    paid(1) - paid(0) + WISHES[0].2
}

/// Payments of the rounds.
pub(crate) const PAYMENTS: usize = ROUNDS * EACH * 2;

/// Entries in the end: settings of two, a request paid, the wish to close, what was paid then, and what was forgiven.
pub(crate) const ENTRIES: usize = PAYMENTS + 6;

/// No two payments are alike, so that one booked twice or lost shows in the sum.
pub(crate) fn milli(round: usize, side: usize, number: usize) -> i64 {
    AMOUNTS[(round * 2 + side) * EACH + number].1
}

pub(crate) fn amount(round: usize, side: usize, number: usize) -> &'static str {
    AMOUNTS[(round * 2 + side) * EACH + number].0
}

/// Powers of two, in CHIP and in milli-CHIPs.
const AMOUNTS: [(&str, i64); PAYMENTS] = [
    ("0.001", 1),
    ("0.002", 2),
    ("0.004", 4),
    ("0.008", 8),
    ("0.016", 16),
    ("0.032", 32),
    ("0.064", 64),
    ("0.128", 128),
    ("0.256", 256),
    ("0.512", 512),
    ("1.024", 1_024),
    ("2.048", 2_048),
];

/// Parts of a life, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// A ticket, an offer, a counter-offer, and its acceptance.
    Talk,
    /// Payments both ways.
    Round(usize),
    /// Settings of both, at once.
    Settings,
    /// Requests.
    Wishes,
    /// An entry taken back while the partner is away.
    Regret,
    /// Ben wants to close.
    Close,
    /// Ana pays with nearly all she is owed.
    Settle,
    /// Ana forgives the rest.
    Forgive,
    Over,
}

impl Part {
    pub(crate) const fn next(self) -> Self {
        match self {
            Self::Talk => Self::Round(0),
            Self::Round(round) if round + 1 < ROUNDS => Self::Round(round + 1),
            Self::Round(_) => Self::Settings,
            Self::Settings => Self::Wishes,
            Self::Wishes => Self::Regret,
            Self::Regret => Self::Close,
            Self::Close => Self::Settle,
            Self::Settle => Self::Forgive,
            Self::Forgive | Self::Over => Self::Over,
        }
    }
}
