//! What the soak and its nodes say to each other: one line of JSON asks, one answers.

use serde::{Deserialize, Serialize};

/// What a node is asked to do.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) enum Ask {
    /// Make a ticket.
    Invite,
    /// Use somebody's ticket.
    Contact { link: String },
    /// Sign whatever waits to be offered or accepted; with `answer`, also pay (true) or refuse what others ask for.
    Agree { answer: Option<bool>, all: bool },
    /// Pay.
    Pay { tally: String, units: i64 },
    /// Pay all that we owe.
    Settle { tally: String },
    /// Sign other settings.
    Set { tally: String, target: i64 },
    /// Ask to be paid.
    Request { tally: String, units: i64 },
    /// Take the oldest request of ours that waits back.
    Withdraw { tally: String },
    /// Take an entry back that has not left.
    Cancel { tally: String, entry: String },
    /// How things stand.
    Glance,
    /// Everything there is.
    Whole,
    /// Close the wallet and end.
    Leave,
}

/// What it says to that.
#[derive(Debug, Deserialize, Serialize)]
pub(super) enum Said {
    /// The wallet is open; the first line of every run.
    Ready,
    /// Done; the ticket's link, or the entry that was signed.
    Done(Option<String>),
    /// Not possible now, and why.
    Refused(String),
    /// How things stand.
    Glance(Glance),
    /// Everything there is.
    Whole(Box<Whole>),
}

/// How things stand with one node.
#[derive(Debug, Default, Deserialize, Serialize)]
pub(super) struct Glance {
    /// Letters in the outbox.
    pub(super) waiting: u32,
    /// Tallies in force.
    pub(super) open: Vec<String>,
    /// Tallies on their way to being in force, and requests of others that nobody has answered.
    pub(super) undecided: u32,
    /// Tallies whose newest entry is not known to be in both copies.
    pub(super) behind: u32,
}

/// Everything one node knows.
#[derive(Debug, Deserialize, Serialize)]
pub(super) struct Whole {
    pub(super) glance: Glance,
    pub(super) tallies: Vec<Copy>,
    pub(super) requests: Vec<Asked>,
    /// What the check of the whole ledger found wrong, in words.
    pub(super) wrong: Vec<String>,
}

/// One side's copy of a tally.
#[derive(Debug, Deserialize, Serialize)]
pub(super) struct Copy {
    pub(super) id: String,
    pub(super) phase: String,
    pub(super) half: String,
    pub(super) balance: i64,
    pub(super) digest: Option<String>,
    pub(super) head: u64,
    pub(super) hash: Option<String>,
    pub(super) agreed: Option<u64>,
    pub(super) entries: Vec<Entry>,
    pub(super) cancelled: Vec<String>,
}

/// One entry in it.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub(super) struct Entry {
    pub(super) index: u64,
    pub(super) id: String,
    /// Milli-CHIPs toward whoever tells it; 0 for settings.
    pub(super) toward_me: i64,
}

/// One request.
#[derive(Debug, Deserialize, Serialize)]
pub(super) struct Asked {
    pub(super) id: String,
    pub(super) mine: bool,
    pub(super) state: String,
}
