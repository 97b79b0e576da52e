//! How fast partners are listened to whose messages lead nowhere.
//!
//! Whoever contradicts himself is answered each time, and may go on for ever; a wallet of the reference's kind may do
//! that without meaning harm. What advances something costs nothing. What does not is paid from an allowance, and when
//! that is spent the link is not read from until time has brought some of it back: nothing is dropped, and the one who
//! waits is the one who talks.

use std::collections::BTreeMap;
use std::sync::Mutex;

use tallystick_core::AgentId;

use crate::config::Room;
use crate::wallet::held;

/// Agents remembered; a wallet has tens of partners.
const KEPT: usize = 1_024;

/// What each partner's idle talk has cost, in ms that are not over yet.
#[derive(Debug, Default)]
pub(crate) struct Paces(Mutex<BTreeMap<AgentId, Spent>>);

#[derive(Clone, Copy, Debug, Default)]
struct Spent {
    ms: u64,
    at: u64,
}

impl Paces {
    /// Notes so many messages that led nowhere; gives how long to rest from listening, in ms. Time is ms of a clock that
    /// never runs backwards.
    pub(crate) fn spend(&self, agent: AgentId, messages: usize, room: &Room, now: u64) -> u64 {
        let mut all = held(&self.0);
        if all.len() >= KEPT && !all.contains_key(&agent) {
            all.retain(|_, spent| spent.left(now) > 0);
        }
        let price = u64::from(room.idle_talk_every);
        let messages = u64::try_from(messages).unwrap_or(u64::MAX);
        let spent = all.entry(agent).or_default();
        *spent = Spent { ms: spent.left(now).saturating_add(price.saturating_mul(messages)), at: now };
        spent.ms.saturating_sub(price.saturating_mul(u64::from(room.idle_talk)))
    }
}

impl Paces {
    /// Whether a partner has used up much of what its idle talk may cost: what it says is read in small pieces then, so
    /// that what waits to be understood waits with the one who talks, on however many links.
    pub(crate) fn owes(&self, agent: AgentId, room: &Room, now: u64) -> bool {
        let allowed = u64::from(room.idle_talk_every).saturating_mul(u64::from(room.idle_talk));
        held(&self.0).get(&agent).is_some_and(|spent| spent.left(now) > allowed / 2)
    }
}

impl Spent {
    fn left(self, now: u64) -> u64 {
        self.ms.saturating_sub(now.saturating_sub(self.at))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn agent(number: u32) -> AgentId {
        let mut bytes = [0; 32];
        bytes[..4].copy_from_slice(&number.to_be_bytes());
        AgentId::from_bytes(bytes)
    }

    #[test]
    fn an_allowance_is_spent_and_comes_back() {
        let (paces, room) =
            (Paces::default(), Room { idle_talk: 10, idle_talk_every: 100, ..Room::default() });

        assert_eq!(paces.spend(agent(1), 10, &room, 0), 0);
        assert_eq!(paces.spend(agent(1), 1, &room, 0), 100);
        assert_eq!(paces.spend(agent(2), 1, &room, 0), 0);
        assert_eq!(paces.spend(agent(1), 1, &room, 150), 50);
        assert_eq!(paces.spend(agent(1), 10, &room, 10_000), 0);
    }

    #[test]
    fn who_has_used_up_half_of_it_owes_until_time_has_brought_it_back() {
        let (paces, room) =
            (Paces::default(), Room { idle_talk: 10, idle_talk_every: 100, ..Room::default() });

        paces.spend(agent(1), 5, &room, 0);
        assert!(!paces.owes(agent(1), &room, 0));
        paces.spend(agent(1), 1, &room, 0);
        assert!(paces.owes(agent(1), &room, 0) && !paces.owes(agent(2), &room, 0));
        assert!(!paces.owes(agent(1), &room, 100));
    }

    #[test]
    fn those_who_owe_nothing_are_forgotten() {
        let (paces, room) = (Paces::default(), Room::default());
        for number in 0..10_000 {
            paces.spend(agent(number), 1, &room, u64::from(number) * 1_000);
        }

        assert!(held(&paces.0).len() <= KEPT);
    }

    proptest! {
        #[test]
        fn whoever_rests_as_told_is_heard_no_faster_than_allowed(pauses in prop::collection::vec(0_u64..500, 1..400)) {
            let (paces, room) = (Paces::default(), Room { idle_talk: 10, idle_talk_every: 100, ..Room::default() });
            let (mut now, mut heard) = (0, 0_u64);
            for pause in pauses {
                now += pause;
                now += paces.spend(agent(1), 1, &room, now);
                heard += 1;
                prop_assert!(heard <= 10 + now / 100 + 1);
            }
        }
    }
}
