//! The doorkeeper: a value without sockets or clock that says who is let in, who must leave, and who stays outside.
//!
//! It knows calls by numbers and places by their network. Strangers (calls that have not opened) have only some of the
//! room, and the oldest of them goes when another comes, so that however many knock, a partner finds a place; whoever
//! has proven a key keeps the place. What it remembers of places is bounded, and given up by its worth.

mod keeper;
mod net;
mod record;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use tallystick_core::AgentId;

use crate::config::Room;

pub(crate) use keeper::{Guest, Keeper, keep_doors};
pub(crate) use net::Net;
pub(crate) use record::Misdeed;
use record::{Record, Unwelcome, Worth};

/// A call that was let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct CallId(u64);

/// How far a call has come. The lower goes first when there is no room.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Standing {
    /// It has said nothing that we understood.
    Silent,
    /// It brought a partner's name, which anybody may know.
    Named,
    /// It is open; its first packet may be a replay.
    Open,
    /// Its caller holds the key now.
    Live,
}

impl Standing {
    const fn is_half(self) -> bool {
        matches!(self, Self::Silent | Self::Named)
    }
}

/// What happens at the door.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Input {
    /// Somebody calls.
    Knock(IpAddr),
    /// A call has come as far as this.
    Step(CallId, Standing),
    /// A call belongs to this agent.
    Of(CallId, AgentId),
    /// A call did wrong.
    Wrong(CallId, Misdeed),
    /// A call has ended.
    Left(CallId),
    /// The person forgives a place, or all.
    Forgive(Option<Net>),
    /// Time has passed.
    Sweep,
}

/// What must follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Effect {
    /// Let the caller in.
    Admit(CallId),
    /// Hang up, without a byte.
    TurnAway(Why),
    /// End this call: its place is needed.
    Evict(CallId),
    /// Something is to be written down; see [`Door::unwritten`].
    Write,
}

/// Why a call was turned away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Why {
    /// Its place is banned.
    Banned,
    /// Its place calls too often.
    Often,
    /// Its place holds as many calls as one may.
    Crowd,
    /// No place is left that could be taken back.
    Full,
}

/// What the door looks like.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Sizes {
    /// Places remembered.
    pub(crate) places: usize,
    /// Calls that are not open.
    pub(crate) half: u32,
    /// Calls in all.
    pub(crate) calls: usize,
    /// Calls turned away so far.
    pub(crate) turned_away: u64,
    /// Calls that had to make room so far.
    pub(crate) evicted: u64,
    /// Bans so far.
    pub(crate) bans: u64,
}

/// What is written down of a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ban {
    pub(crate) net: Net,
    pub(crate) since: i64,
    pub(crate) until: i64,
    pub(crate) bans: u32,
    pub(crate) why: Misdeed,
}

#[derive(Clone, Copy, Debug)]
struct Call {
    net: Net,
    standing: Standing,
    agent: Option<AgentId>,
}

/// The doorkeeper.
#[derive(Debug)]
pub(crate) struct Door {
    room: Room,
    places: BTreeMap<Net, Record>,
    /// The same places, the one that is given up next first.
    worth: BTreeSet<(Worth, Net)>,
    calls: BTreeMap<CallId, Call>,
    /// The same calls, the one that makes room next first.
    order: BTreeSet<(Standing, CallId)>,
    half: u32,
    next: u64,
    unwritten: BTreeSet<Net>,
    turned_away: u64,
    evicted: u64,
    bans: u64,
}

impl Door {
    /// Nobody is known.
    pub(crate) fn new(room: Room) -> Self {
        Self {
            room,
            places: BTreeMap::new(),
            worth: BTreeSet::new(),
            calls: BTreeMap::new(),
            order: BTreeSet::new(),
            half: 0,
            next: 0,
            unwritten: BTreeSet::new(),
            turned_away: 0,
            evicted: 0,
            bans: 0,
        }
    }

    /// Takes one input at one instant (ms since the Unix epoch) and says what must follow, in order.
    pub(crate) fn handle(&mut self, input: Input, now: i64) -> Vec<Effect> {
        match input {
            Input::Knock(from) => self.knock(Net::from(from), now),
            Input::Step(call, standing) => self.step(call, standing, now),
            Input::Of(call, agent) => self.of(call, agent, now),
            Input::Wrong(call, what) => self.wrong(call, what, now),
            Input::Left(call) => {
                self.leave(call, now);
                Vec::new()
            }
            Input::Forgive(Some(net)) => self.forgive(net, now),
            Input::Forgive(None) => {
                let all: Vec<Net> = self.places.keys().copied().collect();
                all.into_iter().for_each(|net| drop(self.forgive(net, now)));
                vec![Effect::Write]
            }
            Input::Sweep => {
                let all: Vec<Net> = self.places.keys().copied().collect();
                all.into_iter().for_each(|net| self.change(net, now, |_, _| ()));
                Vec::new()
            }
        }
    }

    /// Puts back what an earlier run had written down.
    pub(crate) fn remember(&mut self, ban: Ban, now: i64) {
        if self.make_known(ban.net, now) {
            let Ban { net, since, until, bans, why } = ban;
            self.change(net, now, |record, _| record.remember(bans, (since, until), why, now));
        }
    }

    /// Takes out what is to be written down, at most so much: the ban, or that there is none any more.
    pub(crate) fn unwritten(&mut self, most: usize) -> Vec<(Net, Option<Ban>)> {
        let nets: Vec<Net> = self.unwritten.iter().copied().take(most).collect();
        nets.into_iter()
            .map(|net| {
                self.unwritten.remove(&net);
                (net, self.places.get(&net).filter(|record| record.bans > 0).map(|record| ban(net, record)))
            })
            .collect()
    }

    /// Every place that is turned away at this instant.
    pub(crate) fn banned(&self, now: i64) -> Vec<Ban> {
        let banned = self.places.iter().filter(|(_, record)| record.is_banned(now));
        banned.map(|(net, record)| ban(*net, record)).collect()
    }

    /// How big everything is.
    pub(crate) fn sizes(&self) -> Sizes {
        Sizes {
            places: self.places.len(),
            half: self.half,
            calls: self.calls.len(),
            turned_away: self.turned_away,
            evicted: self.evicted,
            bans: self.bans,
        }
    }

    fn knock(&mut self, net: Net, now: i64) -> Vec<Effect> {
        let mut effects = Vec::new();
        match self.admit(net, now, &mut effects) {
            Ok(call) => effects.push(Effect::Admit(call)),
            Err(why) => {
                self.turned_away = self.turned_away.saturating_add(1);
                effects.push(Effect::TurnAway(why));
            }
        }
        effects
    }

    fn admit(&mut self, net: Net, now: i64, effects: &mut Vec<Effect>) -> Result<CallId, Why> {
        if !self.make_known(net, now) {
            return Err(Why::Full);
        }
        match self.change(net, now, |record, room| record.call(room, now).err()) {
            None => {}
            Some(Unwelcome::Banned) => return Err(Why::Banned),
            Some(Unwelcome::Often) => return Err(Why::Often),
        }
        let record = self.places.get(&net).copied().ok_or(Why::Full)?;
        if record.half >= self.room.half_from_one || record.calls >= self.room.from_one {
            // The newcomer may be a partner behind the same router as whoever sits there saying nothing.
            let oldest = self.half_open().find(|(_, call)| call.net == net).map(|(id, _)| id);
            self.evict(oldest.ok_or(Why::Crowd)?, now, effects);
        }
        if self.half >= self.room.half {
            let crowd =
                |(_, call): &(CallId, Call)| self.places.get(&call.net).map_or(0, |record| record.half);
            // From where most come, then who has come least far, then the oldest.
            let mut chosen: Option<(CallId, Call)> = None;
            for other in self.half_open() {
                if chosen.is_none_or(|best| crowd(&other) > crowd(&best)) {
                    chosen = Some(other);
                }
            }
            self.evict(chosen.ok_or(Why::Full)?.0, now, effects);
        }
        if u32::try_from(self.calls.len()).unwrap_or(u32::MAX) >= self.room.links {
            let first = self.order.first().filter(|(standing, _)| *standing < Standing::Live);
            let id = first.map(|(_, id)| *id).ok_or(Why::Full)?;
            self.evict(id, now, effects);
        }
        let id = CallId(self.next);
        self.next += 1;
        self.calls.insert(id, Call { net, standing: Standing::Silent, agent: None });
        self.order.insert((Standing::Silent, id));
        self.half += 1;
        self.change(net, now, |record, _| {
            record.half += 1;
            record.calls += 1;
        });
        Ok(id)
    }

    /// Calls that are not open, in the order in which they would make room.
    fn half_open(&self) -> impl Iterator<Item = (CallId, Call)> {
        let half = self.order.iter().take_while(|(standing, _)| standing.is_half());
        half.filter_map(|(_, id)| self.calls.get(id).map(|call| (*id, *call)))
    }

    fn step(&mut self, id: CallId, standing: Standing, now: i64) -> Vec<Effect> {
        let Some(call) = self.calls.get_mut(&id).filter(|call| call.standing < standing) else {
            return Vec::new();
        };
        let (before, net) = (call.standing, call.net);
        call.standing = standing;
        self.order.remove(&(before, id));
        self.order.insert((standing, id));
        let opened = before.is_half() && !standing.is_half();
        if opened {
            self.half -= 1;
        }
        let freed = self.change(net, now, |record, room| {
            record.half -= u32::from(opened);
            standing == Standing::Live && record.prove(room, now)
        });
        if freed {
            self.unwritten.insert(net);
        }
        if freed { vec![Effect::Write] } else { Vec::new() }
    }

    /// One partner, however many places it calls from, has only some of the room: the oldest of its calls goes.
    fn of(&mut self, id: CallId, agent: AgentId, now: i64) -> Vec<Effect> {
        let mut effects = Vec::new();
        if let Some(call) = self.calls.get_mut(&id) {
            call.agent = Some(agent);
        }
        if self.room.from_agent < self.room.links {
            let theirs = |id: &CallId| self.calls.get(id).is_some_and(|call| call.agent == Some(agent));
            let theirs: Vec<CallId> =
                self.order.iter().map(|(_, id)| *id).filter(|other| theirs(other) && *other != id).collect();
            let spare = theirs.len().saturating_add(1);
            let most = usize::try_from(self.room.from_agent).unwrap_or(usize::MAX);
            for other in theirs.into_iter().take(spare.saturating_sub(most)) {
                self.evict(other, now, &mut effects);
            }
        }
        effects
    }

    fn wrong(&mut self, id: CallId, what: Misdeed, now: i64) -> Vec<Effect> {
        let Some(net) = self.calls.get(&id).map(|call| call.net) else {
            return Vec::new();
        };
        if !self.change(net, now, |record, room| record.strike(what, room, now)) {
            return Vec::new();
        }
        self.bans = self.bans.saturating_add(1);
        self.unwritten.insert(net);
        vec![Effect::Write]
    }

    fn forgive(&mut self, net: Net, now: i64) -> Vec<Effect> {
        if !self.places.contains_key(&net) {
            return Vec::new();
        }
        self.change(net, now, |record, _| record.forgive());
        self.unwritten.insert(net);
        vec![Effect::Write]
    }

    fn evict(&mut self, id: CallId, now: i64, effects: &mut Vec<Effect>) {
        self.leave(id, now);
        self.evicted = self.evicted.saturating_add(1);
        effects.push(Effect::Evict(id));
    }

    fn leave(&mut self, id: CallId, now: i64) {
        let Some(call) = self.calls.remove(&id) else {
            return;
        };
        self.order.remove(&(call.standing, id));
        self.half -= u32::from(call.standing.is_half());
        self.change(call.net, now, |record, _| {
            record.half -= u32::from(call.standing.is_half());
            record.calls -= 1;
        });
    }

    /// Sees to it that there is a record of a place; false if every record there may be is in use.
    fn make_known(&mut self, net: Net, now: i64) -> bool {
        if self.places.contains_key(&net) {
            return true;
        }
        if self.places.len() >= self.room.places {
            match self.worth.first().copied() {
                Some((worth, least)) if !worth.is_in_use() => {
                    self.worth.remove(&(worth, least));
                    self.places.remove(&least);
                    self.unwritten.remove(&least);
                }
                Some(_) | None => return false,
            }
        }
        let record = Record::new(&self.room, now);
        self.worth.insert((record.worth(), net));
        self.places.insert(net, record);
        true
    }

    /// Lets a record age, changes it, and keeps the order of records right. Nothing for a place that is not known.
    fn change<T: Default>(&mut self, net: Net, now: i64, change: impl FnOnce(&mut Record, &Room) -> T) -> T {
        let Some(record) = self.places.get_mut(&net) else {
            return T::default();
        };
        let before = record.worth();
        record.age(&self.room, now);
        let changed = change(record, &self.room);
        let after = record.worth();
        if before != after {
            self.worth.remove(&(before, net));
            self.worth.insert((after, net));
        }
        changed
    }
}

fn ban(net: Net, record: &Record) -> Ban {
    Ban { net, since: record.since, until: record.until, bans: record.bans, why: record.why }
}
