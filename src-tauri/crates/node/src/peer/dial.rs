//! Finding a partner at one of several addresses, as a machine: no socket and no clock.
//!
//! Addresses are tried in parallel, each with a head start before the next (RFC 8305), families taking turns. Whoever
//! takes a TCP connection has proven nothing: it is only greeted, one after the other with a head start again, and the
//! first to open a link is the one. A wrong computer at an old address, or one that says nothing, delays by the head
//! start and no more.

use std::collections::{BTreeMap, VecDeque};
use std::net::SocketAddr;

/// How long one address may try before the next begins as well, in ms (RFC 8305, 5).
pub(super) const HEAD_START: u64 = 250;

/// Addresses tried in one call: more than an honest partner has.
pub(super) const MOST_TRIES: usize = 16;

/// One try of one address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Try(pub(super) usize);

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Event {
    /// A place's host is known by these addresses, or by none.
    Resolved { place: usize, addresses: Vec<SocketAddr> },
    /// Somebody took the connection.
    Connected(Try),
    /// The connection was not made, or whoever took it did not open a link.
    Failed(Try),
    /// A link is open: the partner was there.
    Opened(Try),
    /// The instant of [`Dial::wake`] has come.
    Tick,
}

/// What is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Effect {
    /// Make a connection.
    Connect { id: Try, place: usize, address: SocketAddr },
    /// Send the first frames to whoever took the connection.
    Greet(Try),
    /// The partner is found: all else can be let go.
    Won(Try),
    /// Nobody is left to try.
    Lost,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Connecting,
    /// Connected; another is being greeted.
    Spare,
    Greeted,
}

/// One search for one partner.
#[derive(Clone, Debug)]
pub(super) struct Dial {
    /// Places whose addresses are not known yet.
    unresolved: usize,
    /// In the order of the places.
    waiting: VecDeque<(usize, SocketAddr)>,
    tries: BTreeMap<Try, Stage>,
    started: usize,
    last_was_v6: Option<bool>,
    connect_at: u64,
    greet_at: u64,
    over: bool,
}

impl Dial {
    /// Looks for a partner at so many places, the most promising first. Each must be resolved.
    pub(super) fn new(places: usize) -> Self {
        Self {
            unresolved: places,
            waiting: VecDeque::new(),
            tries: BTreeMap::new(),
            started: 0,
            last_was_v6: None,
            connect_at: 0,
            greet_at: 0,
            over: false,
        }
    }

    /// Takes one event at one instant, in ms of any clock that never runs backwards.
    pub(super) fn handle(&mut self, event: Event, now: u64) -> Vec<Effect> {
        let mut effects = Vec::new();
        if self.over {
            return effects;
        }
        match event {
            Event::Resolved { place, addresses } => {
                self.unresolved = self.unresolved.saturating_sub(1);
                self.learn(place, addresses);
            }
            Event::Connected(id) => {
                if let Some(stage) = self.tries.get_mut(&id).filter(|stage| **stage == Stage::Connecting) {
                    *stage = Stage::Spare;
                }
            }
            Event::Failed(id) => match self.tries.remove(&id) {
                Some(Stage::Connecting) => self.connect_at = now,
                Some(Stage::Greeted) => {
                    self.greet_at = now;
                    self.connect_at = now;
                }
                Some(Stage::Spare) | None => {}
            },
            Event::Opened(id) => {
                if self.tries.get(&id) == Some(&Stage::Greeted) {
                    self.over = true;
                    return vec![Effect::Won(id)];
                }
            }
            Event::Tick => {}
        }
        self.greet(now, &mut effects);
        self.connect(now, &mut effects);
        if self.unresolved == 0 && self.waiting.is_empty() && self.tries.is_empty() {
            self.over = true;
            effects.push(Effect::Lost);
        }
        effects
    }

    /// When it wants to be told that time has passed.
    pub(super) fn wake(&self) -> Option<u64> {
        if self.over {
            return None;
        }
        let connect = (!self.waiting.is_empty()).then_some(self.connect_at);
        let greet = self.tries.values().any(|stage| *stage == Stage::Spare).then_some(self.greet_at);
        connect.into_iter().chain(greet).min()
    }

    /// Addresses of a better place go before those of a worse; within one place as they came.
    fn learn(&mut self, place: usize, addresses: Vec<SocketAddr>) {
        for address in addresses {
            let known = self.waiting.iter().any(|(_, waiting)| *waiting == address);
            if known || self.waiting.len() + self.started >= MOST_TRIES {
                continue;
            }
            let at = self.waiting.iter().position(|(other, _)| *other > place).unwrap_or(self.waiting.len());
            self.waiting.insert(at, (place, address));
        }
    }

    fn greet(&mut self, now: u64, effects: &mut Vec<Effect>) {
        if now < self.greet_at && self.tries.values().any(|stage| *stage == Stage::Greeted) {
            return;
        }
        if let Some((id, stage)) = self.tries.iter_mut().find(|(_, stage)| **stage == Stage::Spare) {
            *stage = Stage::Greeted;
            self.greet_at = now.saturating_add(HEAD_START);
            effects.push(Effect::Greet(*id));
        }
    }

    fn connect(&mut self, now: u64, effects: &mut Vec<Effect>) {
        if now < self.connect_at && !self.tries.is_empty() {
            return;
        }
        let other_family =
            |(_, address): &(usize, SocketAddr)| self.last_was_v6.is_some_and(|v6| v6 != address.is_ipv6());
        let at = self.waiting.iter().position(other_family).unwrap_or(0);
        let Some((place, address)) = self.waiting.remove(at) else {
            return;
        };
        self.last_was_v6 = Some(address.is_ipv6());
        let id = Try(self.started);
        self.started += 1;
        self.tries.insert(id, Stage::Connecting);
        self.connect_at = now.saturating_add(HEAD_START);
        effects.push(Effect::Connect { id, place, address });
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn v4(last: u8) -> SocketAddr {
        SocketAddr::from(([10, 0, 0, last], 1))
    }

    fn v6(last: u16) -> SocketAddr {
        SocketAddr::from(([0xfd00, 0, 0, 0, 0, 0, 0, last], 1))
    }

    fn resolved(place: usize, addresses: &[SocketAddr]) -> Event {
        Event::Resolved { place, addresses: addresses.to_vec() }
    }

    fn connects(id: usize, place: usize, address: SocketAddr) -> Effect {
        Effect::Connect { id: Try(id), place, address }
    }

    #[test]
    fn the_second_address_begins_after_the_head_start_and_at_once_after_a_refusal() {
        let mut dial = Dial::new(1);
        let begun = dial.handle(resolved(0, &[v4(1), v4(2), v4(3)]), 0);
        assert_eq!((begun, dial.wake()), (vec![connects(0, 0, v4(1))], Some(HEAD_START)));

        assert_eq!(dial.handle(Event::Tick, HEAD_START - 1), []);
        assert_eq!(dial.handle(Event::Tick, HEAD_START), [connects(1, 0, v4(2))]);
        assert_eq!(dial.handle(Event::Failed(Try(0)), HEAD_START + 1), [connects(2, 0, v4(3))]);
    }

    #[test]
    fn families_take_turns_and_better_places_go_first() {
        let mut dial = Dial::new(2);
        let mut order = dial.handle(resolved(1, &[v4(8), v4(9)]), 0);
        order.extend(dial.handle(resolved(0, &[v4(1), v6(1)]), 0));
        for now in 1..4 {
            order.extend(dial.handle(Event::Tick, now * HEAD_START));
        }

        let wanted =
            [connects(0, 1, v4(8)), connects(1, 0, v6(1)), connects(2, 0, v4(1)), connects(3, 1, v4(9))];
        assert_eq!(order, wanted);
    }

    #[test]
    fn a_computer_that_takes_calls_and_says_nothing_delays_by_a_head_start() {
        let mut dial = Dial::new(1);
        dial.handle(resolved(0, &[v4(1), v4(2)]), 0);
        assert_eq!(dial.handle(Event::Connected(Try(0)), 3), [Effect::Greet(Try(0))]);
        assert_eq!(dial.handle(Event::Tick, HEAD_START), [connects(1, 0, v4(2))]);

        assert_eq!(dial.handle(Event::Connected(Try(1)), HEAD_START + 3), [Effect::Greet(Try(1))]);
        assert_eq!(dial.handle(Event::Opened(Try(1)), HEAD_START + 9), [Effect::Won(Try(1))]);
        assert_eq!((dial.handle(Event::Failed(Try(0)), 9_000), dial.wake()), (vec![], None));
    }

    #[test]
    fn only_one_is_greeted_while_it_has_its_head_start() {
        let mut dial = Dial::new(1);
        dial.handle(resolved(0, &[v4(1), v4(2)]), 0);
        dial.handle(Event::Tick, HEAD_START);
        assert_eq!(dial.handle(Event::Connected(Try(1)), HEAD_START + 1), [Effect::Greet(Try(1))]);
        assert_eq!(dial.handle(Event::Connected(Try(0)), HEAD_START + 2), []);

        assert_eq!(dial.handle(Event::Failed(Try(1)), HEAD_START + 5), [Effect::Greet(Try(0))]);
        assert_eq!(dial.handle(Event::Failed(Try(0)), HEAD_START + 6), [Effect::Lost]);
    }

    #[test]
    fn nobody_anywhere_is_said_once() {
        let mut dial = Dial::new(2);

        assert_eq!(dial.handle(resolved(0, &[]), 0), []);
        assert_eq!(dial.handle(resolved(1, &[]), 5), [Effect::Lost]);
        assert_eq!(dial.handle(Event::Tick, 6), []);
    }

    /// How an address behaves: never there, or taking the call after a while and then silent, wrong, or right.
    #[derive(Clone, Copy, Debug)]
    enum Host {
        Refuses(u64),
        Drops,
        Silent(u64),
        Hangs(u64),
        Right(u64),
    }

    fn arb_host() -> impl Strategy<Value = Host> {
        prop_oneof![
            (0_u64..400).prop_map(Host::Refuses),
            Just(Host::Drops),
            (0_u64..400).prop_map(Host::Silent),
            (0_u64..400).prop_map(Host::Hangs),
            (0_u64..100).prop_map(Host::Right),
        ]
    }

    type Deeds = Vec<(u64, Effect)>;

    /// Plays the network; gives who won and when, and what was done.
    fn play(hosts: &[Host]) -> (Option<(usize, u64)>, Deeds) {
        let addresses: Vec<SocketAddr> = (1_u8..).zip(hosts).map(|(n, _)| v4(n)).collect();
        let mut dial = Dial::new(1);
        let mut due: Vec<(u64, Event)> = vec![(0, resolved(0, &addresses))];
        let (mut done, mut won) = (Vec::new(), None);
        for _ in 0..500 {
            let tick = dial.wake().map(|at| (at, Event::Tick));
            let Some((now, event)) = due.iter().cloned().chain(tick).min_by_key(|(at, _)| *at) else { break };
            due.retain(|other| *other != (now, event.clone()));
            for effect in dial.handle(event, now) {
                done.push((now, effect));
                let host = |id: Try| hosts[id.0];
                match effect {
                    Effect::Connect { id, .. } => due.push(match host(id) {
                        Host::Refuses(after) => (now + after, Event::Failed(id)),
                        Host::Drops => (now + 5_000, Event::Failed(id)),
                        Host::Silent(after) | Host::Hangs(after) | Host::Right(after) => {
                            (now + after, Event::Connected(id))
                        }
                    }),
                    Effect::Greet(id) => due.push(match host(id) {
                        Host::Right(after) => (now + after, Event::Opened(id)),
                        Host::Hangs(after) => (now + after, Event::Failed(id)),
                        Host::Refuses(_) | Host::Drops | Host::Silent(_) => (now + 11_000, Event::Failed(id)),
                    }),
                    Effect::Won(id) => won = Some((id.0, now)),
                    Effect::Lost => {}
                }
            }
        }
        (won, done)
    }

    proptest! {
        #[test]
        fn whoever_is_right_is_found_within_two_head_starts_each(
            hosts in proptest::collection::vec(arb_host(), 1..10),
        ) {
            let (won, done) = play(&hosts);

            let right = hosts.iter().position(|host| matches!(host, Host::Right(_)));
            prop_assert_eq!(won.is_some(), right.is_some());
            if let (Some((winner, at)), Some(right)) = (won, right) {
                prop_assert!(matches!(hosts[winner], Host::Right(_)));
                let worse = u64::try_from(right).expect("few");
                prop_assert!(at <= (2 * worse + 1) * HEAD_START + 200 + 400, "found after {} ms", at);
            }
            let ends = done.iter().filter(|(_, effect)| matches!(effect, Effect::Won(_) | Effect::Lost)).count();
            prop_assert_eq!(ends, 1);
        }

        #[test]
        fn no_address_is_tried_twice_and_none_is_greeted_without_a_connection(
            hosts in proptest::collection::vec(arb_host(), 1..20),
        ) {
            let (_, done) = play(&hosts[..hosts.len().min(MOST_TRIES)]);

            let mut tried = Vec::new();
            let mut greeted = Vec::new();
            for (_, effect) in done {
                match effect {
                    Effect::Connect { address, .. } => {
                        prop_assert!(!tried.contains(&address));
                        tried.push(address);
                    }
                    Effect::Greet(id) => {
                        prop_assert!(!greeted.contains(&id) && id.0 < tried.len());
                        greeted.push(id);
                    }
                    Effect::Won(id) => prop_assert!(greeted.contains(&id)),
                    Effect::Lost => {}
                }
            }
            prop_assert!(tried.len() <= MOST_TRIES);
        }
    }
}
