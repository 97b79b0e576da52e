//! Which links are open, and to whom.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use tallystick_core::AgentId;
use tokio::sync::Notify;

use crate::wallet::held;

/// The open links.
#[derive(Debug, Default)]
pub(crate) struct Roster {
    links: Mutex<BTreeMap<AgentId, BTreeMap<u64, Entry>>>,
    next: AtomicU64,
}

/// One open link.
#[derive(Debug)]
struct Entry {
    /// Rung when letters may wait for this link.
    bell: Arc<Notify>,
    /// The other end has shown that it holds its key now: its first packet was no replay.
    live: bool,
}

impl Roster {
    /// Enters a link that has opened, and gives the name under which it leaves again.
    pub(crate) fn enter(&self, agent: AgentId, bell: Arc<Notify>, live: bool) -> u64 {
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        held(&self.links).entry(agent).or_default().insert(id, Entry { bell, live });
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

    /// Whether letters to an agent leave by this link: the newest live one, or else the newest. Who replays a first
    /// packet takes no letters away.
    pub(crate) fn carries(&self, agent: AgentId, id: u64) -> bool {
        held(&self.links).get(&agent).and_then(carrier).is_some_and(|(carrier, _)| carrier == id)
    }

    /// Whether there is a link by which letters to an agent could leave at once.
    pub(crate) fn is_linked(&self, agent: AgentId) -> bool {
        held(&self.links).contains_key(&agent)
    }

    /// Rings for the link that carries letters to an agent. False if there is none: somebody must call.
    pub(crate) fn ring(&self, agent: AgentId) -> bool {
        let links = held(&self.links);
        let carrier = links.get(&agent).and_then(carrier);
        if let Some((_, entry)) = carrier {
            entry.bell.notify_one();
        }
        carrier.is_some()
    }

    /// How many links are open.
    pub(crate) fn count(&self) -> u32 {
        u32::try_from(held(&self.links).values().map(BTreeMap::len).sum::<usize>()).unwrap_or(u32::MAX)
    }
}

fn carrier(of_agent: &BTreeMap<u64, Entry>) -> Option<(u64, &Entry)> {
    of_agent.iter().map(|(id, entry)| (*id, entry)).max_by_key(|(id, entry)| (entry.live, *id))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_that_may_be_a_replay_takes_no_letters_from_a_live_one() {
        let roster = Roster::default();
        let agent = AgentId::from_bytes([1; 32]);
        let bell = || Arc::new(Notify::new());

        let live = roster.enter(agent, bell(), true);
        let replay = roster.enter(agent, bell(), false);
        assert!(roster.carries(agent, live) && !roster.carries(agent, replay));
        roster.leave(agent, replay);
        let newest = roster.enter(agent, bell(), false);
        roster.prove(agent, newest);

        assert!(roster.carries(agent, newest) && !roster.carries(agent, live));
    }

    #[tokio::test]
    async fn only_the_link_that_carries_letters_is_rung_for() {
        let roster = Roster::default();
        let agent = AgentId::from_bytes([1; 32]);
        assert!(!roster.ring(agent));
        let [live, replay] = [(); 2].map(|()| Arc::new(Notify::new()));
        roster.enter(agent, Arc::clone(&live), true);
        roster.enter(agent, Arc::clone(&replay), false);

        assert!(roster.ring(agent));

        live.notified().await;
        let rung = tokio::select! {
            biased;
            () = replay.notified() => true,
            () = std::future::ready(()) => false,
        };
        assert!(!rung);
    }
}
