//! What the node counts about itself while it runs: a few integers, nothing of what was said.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use crate::view::{Failure, Metrics};
use crate::wallet::Wallet;

/// Counters that only grow. Each is exact; together they are not a moment's picture.
#[derive(Debug)]
pub(crate) struct Counts {
    since: Instant,
    links_in: AtomicU64,
    links_out: AtomicU64,
    heard: AtomicU64,
    said: AtomicU64,
}

impl Counts {
    pub(crate) fn new() -> Self {
        let zero = AtomicU64::default;
        Self { since: Instant::now(), links_in: zero(), links_out: zero(), heard: zero(), said: zero() }
    }

    /// A link has opened: somebody called us, or we them.
    pub(crate) fn opened(&self, they_called: bool) {
        let count = if they_called { &self.links_in } else { &self.links_out };
        count.fetch_add(1, Ordering::Relaxed);
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
            turned_away: door.turned_away,
            evicted: door.evicted,
            bans: door.bans,
            places_known: u64::try_from(door.places).unwrap_or(u64::MAX),
            messages_in: read(&counts.heard),
            messages_out: read(&counts.said),
            dropped: inner.keeper.dropped(),
            letters,
            oldest_letter: oldest.map(|since| now.saturating_sub(since).max(0)),
            store_bytes,
        })
    }
}
