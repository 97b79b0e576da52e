//! What the node counts about itself while it runs: a few integers, nothing of what was said.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use crate::view::{Failure, Metrics};
use crate::wallet::{Wallet, held};

/// How often something happened for each of a few reasons: words of this program, so there is no more than it has.
type Reasons = Mutex<BTreeMap<&'static str, u64>>;

/// Counters that only grow. Each is exact; together they are not a moment's picture.
#[derive(Debug)]
pub(crate) struct Counts {
    since: Instant,
    links_in: AtomicU64,
    links_out: AtomicU64,
    failed_in: AtomicU64,
    failed_out: AtomicU64,
    dropped: Reasons,
    unsent: Reasons,
    heard: AtomicU64,
    said: AtomicU64,
}

impl Counts {
    pub(crate) fn new() -> Self {
        let zero = AtomicU64::default;
        Self {
            since: Instant::now(),
            links_in: zero(),
            links_out: zero(),
            failed_in: zero(),
            failed_out: zero(),
            dropped: Reasons::default(),
            unsent: Reasons::default(),
            heard: zero(),
            said: zero(),
        }
    }

    /// A link has opened: somebody called us, or we them.
    pub(crate) fn opened(&self, they_called: bool) {
        let count = if they_called { &self.links_in } else { &self.links_out };
        count.fetch_add(1, Ordering::Relaxed);
    }

    /// A connection has ended on which no link ever opened: somebody called us, or we them.
    pub(crate) fn failed(&self, they_called: bool) {
        let count = if they_called { &self.failed_in } else { &self.failed_out };
        count.fetch_add(1, Ordering::Relaxed);
    }

    /// Messages of a partner had no business here, one for each of these reasons.
    pub(crate) fn dropped(&self, reasons: impl IntoIterator<Item = &'static str>) {
        add(&self.dropped, reasons);
    }

    /// A letter did not leave.
    pub(crate) fn unsent(&self, reason: &'static str) {
        add(&self.unsent, [reason]);
    }

    /// So many messages of partners came.
    pub(crate) fn heard(&self, messages: usize) {
        self.heard.fetch_add(u64::try_from(messages).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    /// A letter was handed to the network.
    pub(crate) fn said(&self) {
        self.said.fetch_add(1, Ordering::Relaxed);
    }
}

fn add(counts: &Reasons, reasons: impl IntoIterator<Item = &'static str>) {
    let mut reasons = reasons.into_iter().peekable();
    if reasons.peek().is_some() {
        let mut counts = held(counts);
        reasons.for_each(|reason| *counts.entry(reason).or_default() += 1);
    }
}

fn named(counts: &Reasons) -> BTreeMap<String, u64> {
    held(counts).iter().map(|(reason, count)| ((*reason).to_owned(), *count)).collect()
}

impl Wallet {
    /// What the node counts about itself.
    ///
    /// # Errors
    /// Only faults of the disk.
    pub async fn metrics(&self) -> Result<Metrics, Failure> {
        let inner = &self.inner;
        let ask = |rows: &tallystick_store::Rows<'_>| {
            Ok((rows.waiting_letters()?, rows.oldest_letter()?, rows.size()?))
        };
        let (letters, oldest, store_bytes) = inner.book.read::<_, Failure>(ask).await?;
        let (now, door, counts) = (inner.now(), inner.keeper.sizes(), &inner.counts);
        let read = |count: &AtomicU64| count.load(Ordering::Relaxed);
        Ok(Metrics {
            up: i64::try_from(counts.since.elapsed().as_millis()).unwrap_or(i64::MAX),
            links: inner.roster.count(),
            half_open: door.half,
            links_in: read(&counts.links_in),
            links_out: read(&counts.links_out),
            last_link_in: held(&inner.reach).came_in.map(|(at, _)| at),
            handshakes_failed_in: read(&counts.failed_in),
            handshakes_failed_out: read(&counts.failed_out),
            turned_away: door.turned_away,
            evicted: door.evicted,
            bans: door.bans,
            places_known: u64::try_from(door.places).unwrap_or(u64::MAX),
            messages_in: read(&counts.heard),
            messages_out: read(&counts.said),
            dropped: inner.keeper.dropped(),
            dropped_why: named(&counts.dropped),
            unsent_why: named(&counts.unsent),
            letters,
            oldest_letter: oldest.map(|since| now.saturating_sub(since).max(0)),
            store_bytes,
        })
    }
}
