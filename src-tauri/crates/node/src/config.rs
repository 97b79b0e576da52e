//! What a run of the node is told from outside.

use std::net::{Ipv6Addr, SocketAddr};
use std::path::PathBuf;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tallystick_vault::Argon2Cost;

/// The port of protocol.md 2.
pub(crate) const PORT: u16 = 65_430;

/// What a run of the node is told from outside.
#[derive(Clone, Debug)]
pub struct Config {
    /// The profile's folder.
    pub profile: PathBuf,
    /// Where to listen; `None` for a wallet that only calls.
    pub listen: Option<SocketAddr>,
    /// Host that partners are told to call, if it is not the one we find ourselves.
    pub advertise: Option<String>,
    /// The wallet's clock.
    pub clock: Clock,
    /// Pauses between repetitions.
    pub retry: Retry,
    /// How many callers are served at once.
    pub room: Room,
    /// How often circles of debts are thought of, in ms, more or less: looked for only where there may be one, and then at
    /// most six times an hour.
    pub clearing_every: u32,
    /// What a new passphrase is stretched with.
    pub cost: Argon2Cost,
    /// Links without encryption, between loopback addresses only.
    #[cfg(feature = "plain-link")]
    pub plain: bool,
}

impl Config {
    /// A node that listens where the protocol says, on all addresses of both families.
    pub fn new(profile: PathBuf) -> Self {
        Self {
            profile,
            listen: Some(SocketAddr::from((Ipv6Addr::UNSPECIFIED, PORT))),
            advertise: None,
            clock: Clock::default(),
            retry: Retry::default(),
            room: Room::default(),
            clearing_every: 60_000,
            cost: Argon2Cost::STANDARD,
            #[cfg(feature = "plain-link")]
            plain: false,
        }
    }
}

/// Whether a link between us and this address may be made. Only a plain one is confined to this computer.
pub(crate) fn may_link(address: SocketAddr) -> bool {
    #[cfg(feature = "plain-link")]
    if tallystick_noise::plain::is_spoken() {
        return address.ip().is_loopback();
    }
    let _ = address;
    true
}

/// The wall clock, perhaps shifted: tests of countdowns do not wait for them.
#[derive(Clone, Copy, Debug, Default)]
pub struct Clock {
    /// Added to the system's time, in ms.
    pub offset: i64,
}

impl Clock {
    /// Milliseconds since the Unix epoch.
    pub fn now(self) -> i64 {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
        i64::try_from(since.as_millis()).unwrap_or(i64::MAX).saturating_add(self.offset)
    }
}

/// How many callers are served, and how often: what strangers can hold of ours is bounded.
#[derive(Clone, Copy, Debug)]
pub struct Room {
    /// Links in total: a wallet has tens of partners, not thousands.
    pub links: u32,
    /// Links from one address: a family behind one router, and their reconnects.
    pub from_one: u32,
    /// Links of one partner: two that dial each other at once, and some that died without a word.
    pub from_agent: u32,
    /// Calls in total that have not opened: the rest of the room is for those who have.
    pub half: u32,
    /// Calls from one address that have not opened.
    pub half_from_one: u32,
    /// Calls from one address that may come at once.
    pub calls_at_once: u32,
    /// How long it takes until one more may come, in ms.
    pub call_every: u32,
    /// Addresses remembered, with what they did.
    pub places: usize,
    /// Whether who does wrong is turned away for a while.
    pub bans: bool,
    /// Messages of a partner that lead nowhere and come at once: what a link lost half-way repeats is less.
    pub idle_talk: u32,
    /// How long it takes until one more is listened to, in ms.
    pub idle_talk_every: u32,
    /// How long a link that was opened to us may be silent, in ms.
    pub idle: u32,
}

impl Default for Room {
    fn default() -> Self {
        Self {
            links: 256,
            from_one: 32,
            from_agent: 16,
            half: 64,
            half_from_one: 8,
            calls_at_once: 60,
            call_every: 1_000,
            places: 4_096,
            bans: true,
            idle_talk: 512,
            idle_talk_every: 100,
            idle: 60_000,
        }
    }
}

impl Room {
    /// Nobody is turned away, for measurements of what is behind the door.
    pub fn open_house() -> Self {
        Self {
            links: 1 << 20,
            from_one: 1 << 20,
            from_agent: 1 << 20,
            half: 1 << 20,
            half_from_one: 1 << 20,
            calls_at_once: 1 << 30,
            call_every: 1,
            places: 1 << 21,
            bans: false,
            idle_talk: 1 << 30,
            idle_talk_every: 1,
            ..Self::default()
        }
    }
}

/// Pauses between repetitions of a message or a call: doubling, with a cap (protocol.md 12).
#[derive(Clone, Copy, Debug)]
pub struct Retry {
    /// The first pause, in ms.
    pub first: u32,
    /// The longest pause, in ms.
    pub longest: u32,
}

impl Default for Retry {
    fn default() -> Self {
        Self { first: 1_000, longest: 3_600_000 }
    }
}

impl Retry {
    /// The pause after so many tries, in ms; `dice` (any 32 random bits) spreads it by ±20 %.
    pub fn pause(self, tries: u32, dice: u32) -> i64 {
        let doubled = u64::from(self.first) << tries.min(32);
        let base = doubled.min(u64::from(self.longest));
        let spread = base * 2 / 5;
        let shift = if spread == 0 { 0 } else { u64::from(dice) % (spread + 1) };
        i64::try_from(base - spread / 2 + shift).unwrap_or(i64::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_the_longest_and_stay_within_a_fifth() {
        let retry = Retry::default();
        for (tries, base) in [(0, 1_000), (1, 2_000), (5, 32_000), (20, 3_600_000), (500, 3_600_000)] {
            for dice in [0, 1, 77_777, u32::MAX] {
                let pause = retry.pause(tries, dice);
                assert!((base * 8 / 10..=base * 12 / 10).contains(&pause), "{tries} tries: {pause} ms");
            }
        }
    }
}
