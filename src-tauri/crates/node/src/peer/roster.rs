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
    links: Mutex<BTreeMap<AgentId, BTreeMap<u64, Entry>>>,
    next: AtomicU64,
}

/// One open link.
#[derive(Debug)]
struct Entry {
    parcels: mpsc::Sender<Parcel>,
    /// The other end has shown that it holds its key now: its first packet was no replay.
    live: bool,
}

impl Roster {
    /// Enters a link that has opened, and gives the name under which it leaves again.
    pub(crate) fn enter(&self, agent: AgentId, parcels: mpsc::Sender<Parcel>, live: bool) -> u64 {
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        held(&self.links).entry(agent).or_default().insert(id, Entry { parcels, live });
        id
    }

    /// Notes that a link has turned out to be live.
    pub(crate) fn prove(&self, agent: AgentId, id: u64) {
        if let Some(entry) = held(&self.links).get_mut(&agent).and_then(|of_agent| of_agent.get_mut(&id)) {
            entry.live = true;
        }
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

    /// The newest live link to an agent, or else the newest: who replays a first packet takes no letters away.
    pub(crate) fn link(&self, agent: AgentId) -> Option<mpsc::Sender<Parcel>> {
        let links = held(&self.links);
        let of_agent = links.get(&agent)?;
        let entry = of_agent.iter().max_by_key(|(id, entry)| (entry.live, **id)).map(|(_, entry)| entry);
        entry.map(|entry| entry.parcels.clone())
    }

    /// How many links are open.
    pub(crate) fn count(&self) -> u32 {
        u32::try_from(held(&self.links).values().map(BTreeMap::len).sum::<usize>()).unwrap_or(u32::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_that_may_be_a_replay_takes_no_letters_from_a_live_one() {
        let roster = Roster::default();
        let agent = AgentId::from_bytes([1; 32]);
        let [(live, _a), (replay, _b), (newest, _c)] = [(); 3].map(|()| mpsc::channel(1));

        roster.enter(agent, live.clone(), true);
        let id = roster.enter(agent, replay, false);
        assert!(roster.link(agent).is_some_and(|link| link.same_channel(&live)));
        roster.leave(agent, id);
        let id = roster.enter(agent, newest.clone(), false);
        roster.prove(agent, id);

        assert!(roster.link(agent).is_some_and(|link| link.same_channel(&newest)));
    }
}
