//! Which links are open, and to whom.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use tallystick_core::AgentId;
use tallystick_store::Letter;
use tokio::sync::{Notify, mpsc};

use crate::wallet::held;

/// Letters that may lie behind the door of a link that does not get to them.
const LYING: usize = 1_024;

/// The open links.
#[derive(Debug, Default)]
pub(crate) struct Roster {
    links: Mutex<BTreeMap<AgentId, BTreeMap<u64, Entry>>>,
    next: AtomicU64,
}

/// Where letters for one open link are put through.
#[derive(Debug)]
pub(crate) struct Door {
    /// Rung when letters may wait in the outbox.
    pub(super) bell: Arc<Notify>,
    /// Takes letters that have just been written, in order.
    pub(super) slot: mpsc::UnboundedSender<Vec<Letter>>,
    /// How many of them lie behind the slot.
    pub(super) lying: Arc<AtomicUsize>,
}

/// One open link.
#[derive(Debug)]
struct Entry {
    door: Door,
    /// The other end has shown that it holds its key now: its first packet was no replay.
    live: bool,
}

impl Roster {
    /// Enters a link that has opened, and gives the name under which it leaves again.
    pub(crate) fn enter(&self, agent: AgentId, door: Door, live: bool) -> u64 {
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        held(&self.links).entry(agent).or_default().insert(id, Entry { door, live });
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

    /// Whether there is a link that takes letters to an agent: a few, the outbox holds the rest.
    pub(super) fn takes(&self, agent: AgentId) -> bool {
        let links = held(&self.links);
        let carrier = links.get(&agent).and_then(carrier);
        carrier.is_some_and(|(_, entry)| entry.door.lying.load(Ordering::Relaxed) < LYING)
    }

    /// Hands letters to the link that carries them to an agent. False if there is none any more.
    pub(super) fn hand(&self, agent: AgentId, letters: Vec<Letter>) -> bool {
        let links = held(&self.links);
        let Some((_, entry)) = links.get(&agent).and_then(carrier) else {
            return false;
        };
        entry.door.lying.fetch_add(letters.len(), Ordering::Relaxed);
        entry.door.slot.send(letters).is_ok()
    }

    /// Rings for the link that carries letters to an agent. False if there is none: somebody must call.
    pub(crate) fn ring(&self, agent: AgentId) -> bool {
        let links = held(&self.links);
        let carrier = links.get(&agent).and_then(carrier);
        if let Some((_, entry)) = carrier {
            entry.door.bell.notify_one();
        }
        carrier.is_some()
    }

    /// Whether a link to an agent is open, by which letters could leave.
    pub(crate) fn reaches(&self, agent: AgentId) -> bool {
        held(&self.links).get(&agent).and_then(carrier).is_some()
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

    fn door() -> (Door, mpsc::UnboundedReceiver<Vec<Letter>>) {
        let (slot, behind) = mpsc::unbounded_channel();
        (Door { bell: Arc::default(), slot, lying: Arc::default() }, behind)
    }

    fn letter(row: i64) -> Letter {
        let partner = AgentId::from_bytes([1; 32]);
        let (key, message) = (row.to_string(), "{}".to_owned());
        let how = tallystick_store::How::UntilAnswered;
        Letter { row, partner, key, how, message, tries: 0, next_at: 0, left: true, tally: None }
    }

    #[test]
    fn a_link_that_does_not_get_to_its_letters_is_given_no_more() {
        let roster = Roster::default();
        let agent = AgentId::from_bytes([1; 32]);
        assert!(!roster.takes(agent) && !roster.hand(agent, vec![letter(1)]));
        let (door, mut behind) = door();
        let lying = Arc::clone(&door.lying);
        let id = roster.enter(agent, door, true);

        assert!(roster.takes(agent) && roster.hand(agent, (0..1_024).map(letter).collect()));
        assert!(!roster.takes(agent));
        lying.store(0, Ordering::Relaxed);
        assert!(roster.takes(agent));
        roster.leave(agent, id);

        assert!(!roster.hand(agent, vec![letter(1)]));
        assert_eq!(behind.try_recv().map(|letters| letters.len()), Ok(1_024));
        assert!(behind.try_recv().is_err());
    }

    #[test]
    fn a_link_that_may_be_a_replay_takes_no_letters_from_a_live_one() {
        let roster = Roster::default();
        let agent = AgentId::from_bytes([1; 32]);

        let live = roster.enter(agent, door().0, true);
        let replay = roster.enter(agent, door().0, false);
        assert!(roster.carries(agent, live) && !roster.carries(agent, replay));
        roster.leave(agent, replay);
        let newest = roster.enter(agent, door().0, false);
        roster.prove(agent, newest);

        assert!(roster.carries(agent, newest) && !roster.carries(agent, live));
    }

    #[tokio::test]
    async fn only_the_link_that_carries_letters_is_rung_for() {
        let roster = Roster::default();
        let agent = AgentId::from_bytes([1; 32]);
        assert!(!roster.ring(agent));
        let [(to_live, _), (to_replay, _)] = [(); 2].map(|()| door());
        let [live, replay] = [&to_live, &to_replay].map(|door| Arc::clone(&door.bell));
        roster.enter(agent, to_live, true);
        roster.enter(agent, to_replay, false);

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
