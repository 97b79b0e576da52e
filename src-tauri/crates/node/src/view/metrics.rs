//! What a node counts about itself.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// What a node counts about itself, for whoever looks after it. Counts begin when the wallet is opened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Metrics {
    /// How long the wallet has been open, in ms.
    pub up: i64,
    /// Links open now.
    pub links: u32,
    /// Callers who have not proven who they are yet.
    pub half_open: u32,
    /// Links that partners opened.
    pub links_in: u64,
    /// Links that we opened.
    pub links_out: u64,
    /// When a link that a partner opened last opened, if one has.
    pub last_link_in: Option<i64>,
    /// Calls let in that did not come to a link: strangers, and partners who were cut off.
    pub handshakes_failed_in: u64,
    /// Connections of ours on which nobody opened a link.
    pub handshakes_failed_out: u64,
    /// Calls turned away at the door.
    pub turned_away: u64,
    /// Callers who lost their place to others.
    pub evicted: u64,
    /// Bans made.
    pub bans: u64,
    /// Networks that the doorkeeper remembers; bounded.
    pub places_known: u64,
    /// Messages of partners.
    pub messages_in: u64,
    /// Letters handed to the network, repetitions too.
    pub messages_out: u64,
    /// Messages that had no business here.
    pub dropped: u64,
    /// The same by reason.
    pub dropped_why: BTreeMap<String, u64>,
    /// Calls on account of letters after which these still waited, by reason.
    pub unsent_why: BTreeMap<String, u64>,
    /// Letters that wait.
    pub letters: u32,
    /// For how long the oldest of them has waited, in ms.
    pub oldest_letter: Option<i64>,
    /// Size of the ledger on disk, in bytes, without its log.
    pub store_bytes: u64,
}
