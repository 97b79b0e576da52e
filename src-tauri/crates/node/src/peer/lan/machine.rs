//! What to announce on the local networks and what an announcement there means, as a machine: no socket and no clock.
//!
//! Whoever stands on the same network may say anything, as often as it likes, from any address. So each second is deaf
//! after so many packets, each address is believed to be worth so many looks, and what comes of a look is at most a
//! place where a partner may be called: only that partner can have made its tag, for that address and port and hour.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddrV4};
use std::sync::Arc;

use tallystick_core::AgentId;
use tallystick_noise::AgentSecret;
use tallystick_noise::lan::{Acquaintance, Disguise, Tag, window};

use super::packet::{self, Announcement, Said};

/// The port of multicast DNS: who speaks from another one is not heard (RFC 6762, 6 and 11).
pub(super) const PORT: u16 = 5_353;

/// Pauses between the first announcements after something has changed, in ms (RFC 6762, 8.3): packets get lost.
const BURST: [u64; 2] = [1_000, 2_000];

/// How often it is said that we are still there, in ms.
const EVERY: u64 = 300_000;

/// An answer waits so long at least, and up to so much more, in ms: others answer too (RFC 6762, 6).
const HESITATION: (u64, u64) = (20, 100);

/// Nothing is announced more often on one network, in ms (RFC 6762, 6).
const PAUSE: u64 = 1_000;

/// Nobody is asked more often, in ms.
const ASK_PAUSE: u64 = 10_000;

/// Partners to whom something is said: more than a person has.
const MOST_PARTNERS: usize = 128;

/// The least number of tags that is shown.
const FEWEST_TAGS: usize = 8;

/// Packets heard within one second.
const MOST_PACKETS: u32 = 200;

/// Addresses whose announcements are looked at within [`LOOKS_LAST`].
const MOST_SPEAKERS: usize = 64;

/// Announcements of one address that are looked at within [`LOOKS_LAST`].
const MOST_LOOKS: u8 = 4;

/// How long it takes until addresses are looked at anew, in ms.
const LOOKS_LAST: u64 = 10_000;

/// The same place of a partner is told again after so long, in ms; another one after [`ANOTHER`].
const SAME: u64 = 60_000;

/// How soon a partner may be seen elsewhere, in ms.
const ANOTHER: u64 = 5_000;

/// An address of ours on a local network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Net {
    pub(super) ip: Ipv4Addr,
    pub(super) mask: Ipv4Addr,
}

impl Net {
    /// Whether an address is on the same network.
    fn holds(self, other: Ipv4Addr) -> bool {
        let part = |ip: Ipv4Addr| u32::from(ip) & u32::from(self.mask);
        part(self.ip) == part(other) && self.mask != Ipv4Addr::UNSPECIFIED
    }
}

/// How things are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Situation {
    /// Where we take calls, if we do.
    pub(super) port: Option<u16>,
    /// The networks we are on.
    pub(super) nets: Vec<Net>,
    /// With whom a tally stands or is being agreed.
    pub(super) partners: Vec<AgentId>,
}

/// What happened.
#[derive(Clone, Debug)]
pub(super) enum Event {
    /// Things were looked at; they may be as before.
    Situation(Situation),
    /// A packet came.
    Heard { from: SocketAddrV4, bytes: Vec<u8> },
    /// A partner was called in vain.
    Missed,
    /// We may be somewhere else, or were away: say everything anew.
    Again,
    /// The instant of [`Lan::wake`] has come.
    Tick,
}

/// What is to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Effect {
    /// Send a packet to everybody on the network of this address of ours.
    Say { from: Ipv4Addr, bytes: Vec<u8> },
    /// A partner says that it takes calls there.
    Found { agent: AgentId, at: SocketAddrV4 },
}

/// What is said on one network.
#[derive(Debug)]
struct Voice {
    net: Net,
    /// Announcements since something changed.
    said: usize,
    said_at: Option<u64>,
    say_at: u64,
    asked_at: Option<u64>,
    ask_at: Option<u64>,
}

/// Looking for partners on the local networks.
#[derive(Debug)]
pub(super) struct Lan {
    us: Arc<AgentSecret>,
    disguise: Disguise,
    situation: Situation,
    partners: BTreeMap<AgentId, Acquaintance>,
    window: u64,
    voices: Vec<Voice>,
    found: BTreeMap<AgentId, (SocketAddrV4, u64)>,
    /// The second in which packets are counted, and how many came in it.
    heard: (u64, u32),
    /// Since when looks are counted, and how many each address has had.
    looks: (u64, BTreeMap<Ipv4Addr, u8>),
}

impl Lan {
    pub(super) fn new(us: Arc<AgentSecret>) -> Self {
        Self {
            disguise: Disguise::of(&us),
            us,
            situation: Situation::default(),
            partners: BTreeMap::new(),
            window: 0,
            voices: Vec::new(),
            found: BTreeMap::new(),
            heard: (0, 0),
            looks: (0, BTreeMap::new()),
        }
    }

    /// Takes one event; `now` in ms of a clock that never runs backwards, `wall` in ms since the Unix epoch.
    pub(super) fn handle(&mut self, event: Event, now: u64, wall: i64) -> Vec<Effect> {
        let mut effects = Vec::new();
        if self.window != window(wall) {
            self.window = window(wall);
            self.speak_anew(now);
        }
        match event {
            Event::Situation(situation) => self.situated(situation, now),
            Event::Heard { from, bytes } => self.heard(from, &bytes, now, &mut effects),
            Event::Missed => {
                for voice in &mut self.voices {
                    voice.ask(now);
                }
            }
            Event::Again => self.speak_anew(now),
            Event::Tick => {}
        }
        self.speak(now, &mut effects);
        effects
    }

    /// When it wants to be told that time has passed.
    pub(super) fn wake(&self) -> Option<u64> {
        let speaks = !self.partners.is_empty();
        let due = self.voices.iter().flat_map(|voice| [Some(voice.say_at), voice.ask_at]).flatten();
        due.min().filter(|_| speaks)
    }

    /// Until when it does not listen: enough was heard in this second.
    pub(super) fn deaf_until(&self, now: u64) -> Option<u64> {
        let (second, packets) = self.heard;
        (second == now / 1_000 && packets >= MOST_PACKETS).then_some((second + 1) * 1_000)
    }

    /// How many partners were seen.
    pub(super) fn found(&self) -> usize {
        self.found.len()
    }

    fn situated(&mut self, mut situation: Situation, now: u64) {
        situation.partners.truncate(MOST_PARTNERS);
        if situation == self.situation {
            return;
        }
        let mut known = std::mem::take(&mut self.partners);
        for agent in &situation.partners {
            let before = known.remove(agent);
            // No honest partner has a name with which nothing can be agreed.
            let acquaintance = before.or_else(|| Acquaintance::with(&self.us, agent).ok());
            self.partners.extend(acquaintance.map(|acquaintance| (*agent, acquaintance)));
        }
        self.found.retain(|agent, _| self.partners.contains_key(agent));
        self.situation = situation;
        self.speak_anew(now);
    }

    /// Begins as on a network where nothing was ever said; but not faster than anything may be.
    fn speak_anew(&mut self, now: u64) {
        let mut before = std::mem::take(&mut self.voices);
        for net in &self.situation.nets {
            let known = before.iter().position(|voice| voice.net == *net).map(|at| before.swap_remove(at));
            let (said_at, asked_at) = known.map_or((None, None), |voice| (voice.said_at, voice.asked_at));
            let mut voice = Voice { net: *net, said: 0, said_at, say_at: u64::MAX, asked_at, ask_at: None };
            voice.say(now);
            voice.ask(now);
            self.voices.push(voice);
        }
    }

    fn speak(&mut self, now: u64, effects: &mut Vec<Effect>) {
        if self.partners.is_empty() {
            return;
        }
        let mut voices = std::mem::take(&mut self.voices);
        for voice in &mut voices {
            let from = voice.net.ip;
            let mut say = |bytes: Result<Vec<u8>, _>| {
                // Whatever cannot be put into a packet is not said; nothing of ours is such.
                effects.extend(bytes.ok().map(|bytes| Effect::Say { from, bytes }));
            };
            if voice.say_at <= now {
                if let Some(port) = self.situation.port {
                    let at = SocketAddrV4::new(from, port);
                    say(packet::announce(&self.announcement(at), at));
                }
                voice.said_at = Some(now);
                voice.say_at = now.saturating_add(BURST.get(voice.said).copied().unwrap_or(EVERY));
                voice.said = voice.said.saturating_add(1);
                // Who was deaf at the first question hears the last; and who takes no calls can only ask.
                if voice.said == BURST.len() || (self.situation.port.is_none() && voice.said > BURST.len()) {
                    voice.ask(now);
                }
            }
            if voice.ask_at.is_some_and(|at| at <= now) {
                (voice.ask_at, voice.asked_at) = (None, Some(now));
                say(packet::ask());
            }
        }
        self.voices = voices;
    }

    fn announcement(&self, at: SocketAddrV4) -> Announcement {
        let mut tags: Vec<Tag> =
            self.partners.values().map(|partner| partner.ours(self.window, at)).collect();
        // How many partners there are is nobody's concern.
        let shown = tags.len().next_power_of_two().max(FEWEST_TAGS);
        tags.extend((1..).map(|nth| self.disguise.noise(nth, self.window, at)).take(shown - tags.len()));
        tags.sort_unstable();
        Announcement { name: self.name(at), port: at.port(), tags }
    }

    /// What we call ourselves there in this window.
    fn name(&self, at: SocketAddrV4) -> String {
        self.disguise.noise(0, self.window, at).0.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    fn heard(&mut self, from: SocketAddrV4, bytes: &[u8], now: u64, effects: &mut Vec<Effect>) {
        let second = now / 1_000;
        let before = if self.heard.0 == second { self.heard.1 } else { 0 };
        self.heard = (second, before.saturating_add(1));
        let Some(net) = self.situation.nets.iter().copied().find(|net| net.holds(*from.ip())) else { return };
        if before >= MOST_PACKETS || from.port() != PORT {
            return;
        }
        match packet::read(bytes) {
            Some(Said::Asked(knowing)) => self.asked(net, &knowing, now),
            Some(Said::Announced(announced)) => {
                for one in announced {
                    self.announced(SocketAddrV4::new(*from.ip(), one.port), &one, now, effects);
                }
            }
            None => {}
        }
    }

    fn asked(&mut self, net: Net, knowing: &[String], now: u64) {
        let Some(port) = self.situation.port else { return };
        if knowing.contains(&self.name(SocketAddrV4::new(net.ip, port))) {
            return;
        }
        let chance = self.disguise.noise(u32::MAX, now, SocketAddrV4::new(net.ip, port)).0[0];
        let pause = HESITATION.0 + u64::from(chance) % HESITATION.1;
        for voice in self.voices.iter_mut().filter(|voice| voice.net == net) {
            voice.say(now.saturating_add(pause));
        }
    }

    fn announced(&mut self, at: SocketAddrV4, one: &Announcement, now: u64, effects: &mut Vec<Effect>) {
        let ours = self.situation.nets.iter().any(|net| net.ip == *at.ip());
        if (ours && self.situation.port == Some(at.port())) || !self.may_look(*at.ip(), now) {
            return;
        }
        // Clocks differ, and windows end.
        let windows = [self.window, self.window.wrapping_sub(1), self.window.wrapping_add(1)];
        for (agent, partner) in &self.partners {
            let said = windows.iter().any(|window| one.tags.contains(&partner.theirs(*window, at)));
            if !said {
                continue;
            }
            let again = self.found.get(agent).is_none_or(|(before, when)| {
                now >= when.saturating_add(if *before == at { SAME } else { ANOTHER })
            });
            if again {
                self.found.insert(*agent, (at, now));
                effects.push(Effect::Found { agent: *agent, at });
            }
        }
    }

    /// Whether one more announcement from an address is worth a look.
    fn may_look(&mut self, from: Ipv4Addr, now: u64) -> bool {
        let (since, looks) = &mut self.looks;
        if now >= since.saturating_add(LOOKS_LAST) {
            *since = now;
            looks.clear();
        }
        if !looks.contains_key(&from) && looks.len() >= MOST_SPEAKERS {
            return false;
        }
        let had = looks.entry(from).or_default();
        *had = had.saturating_add(1);
        *had <= MOST_LOOKS
    }
}

impl Voice {
    /// Announces no later than then, but not too often.
    fn say(&mut self, at: u64) {
        let at = self.said_at.map_or(at, |said| at.max(said.saturating_add(PAUSE)));
        self.say_at = self.say_at.min(at);
    }

    /// Asks as soon as that is not too often.
    fn ask(&mut self, now: u64) {
        let at = self.asked_at.map_or(now, |asked| now.max(asked.saturating_add(ASK_PAUSE)));
        self.ask_at = Some(self.ask_at.map_or(at, |before| before.min(at)));
    }
}

#[cfg(test)]
#[path = "machine_tests.rs"]
mod tests;
