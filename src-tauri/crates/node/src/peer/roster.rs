//! Which links are open, and to whom.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use tallystick_core::AgentId;
use tokio::sync::{mpsc, oneshot};

use crate::wallet::held;

/// Messages that may wait for one link: the outbox holds the rest.
pub(crate) const PARCELS: usize = 32;

/// A message for an open link.
#[derive(Debug)]
pub(crate) struct Parcel {
    /// The message, JSON.
    pub(crate) payload: Vec<u8>,
    /// Answered once the whole frame was handed to the operating system; dropped unanswered when the link ends.
    pub(crate) sent: oneshot::Sender<()>,
}

/// The open links.
#[derive(Debug, Default)]
pub(crate) struct Roster {
    links: Mutex<BTreeMap<AgentId, BTreeMap<u64, mpsc::Sender<Parcel>>>>,
    next: AtomicU64,
}

impl Roster {
    /// Enters a link that has opened, and gives the name under which it leaves again.
    pub(crate) fn enter(&self, agent: AgentId, parcels: mpsc::Sender<Parcel>) -> u64 {
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        held(&self.links).entry(agent).or_default().insert(id, parcels);
        id
    }

    /// Strikes out a link that has ended.
    pub(crate) fn leave(&self, agent: AgentId, id: u64) {
        let mut links = held(&self.links);
        if let Some(of_agent) = links.get_mut(&agent) {
            of_agent.remove(&id);
            if of_agent.is_empty() {
                links.remove(&agent);
            }
        }
    }

    /// The newest open link to an agent.
    pub(crate) fn link(&self, agent: AgentId) -> Option<mpsc::Sender<Parcel>> {
        held(&self.links).get(&agent).and_then(|of_agent| of_agent.values().next_back().cloned())
    }

    /// How many links are open.
    pub(crate) fn count(&self) -> u32 {
        u32::try_from(held(&self.links).values().map(BTreeMap::len).sum::<usize>()).unwrap_or(u32::MAX)
    }
}
