//! A town of two to five people, and what can happen there: what scripts are made of.
#![allow(dead_code, reason = "not every test needs all of it")]

pub(crate) mod books;
pub(crate) mod kept;
pub(crate) mod search;
pub(crate) mod stage;

use std::collections::BTreeMap;
use std::fmt;

use proptest::prelude::*;
use proptest::strategy::Union;
use proptest_state_machine::ReferenceStateMachine;

/// Somebody, by their place in the run.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Who(pub(crate) usize);

pub(crate) const ANA: Who = Who(0);
pub(crate) const BEN: Who = Who(1);

impl fmt::Debug for Who {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(["ANA", "BEN", "CY", "DEE", "ELI"].get(self.0).unwrap_or(&"NOBODY"))
    }
}

/// Something that happens. What people do concerns the newest tally of the two; the `nth` request or entry is counted
/// from 0 among all of that side.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Act {
    /// In the calm, they agree on a tally.
    Befriends(Who, Who),
    /// The first pays the second.
    Pays(Who, Who, i64),
    /// The first asks the second, perhaps only for so many ms.
    Asks(Who, Who, i64, Option<i64>),
    /// The first signs the nth request of the second.
    Grants(Who, Who, usize),
    /// The first declines the nth request of the second.
    Declines(Who, Who, usize),
    /// The first takes the own nth request back.
    Unasks(Who, Who, usize),
    /// The first takes the own nth entry back.
    Cancels(Who, Who, usize),
    /// The first sets what has no bearing on closing.
    Sets(Who, Who),
    /// The first wants the tally closed.
    Closes(Who, Who),
    /// The first no longer does.
    KeepsOpen(Who, Who),
    /// The first gives up all it believes to be owed.
    Forgives(Who, Who),
    /// The first compares both copies.
    Compares(Who, Who),
    /// So many ms go by.
    Pass(i64),
    /// Nothing gets from the first to the second.
    Cut(Who, Who),
    /// It does again.
    Restore(Who, Who),
    /// The process is killed.
    Crash(Who),
    /// The process will be killed in the middle of its next act.
    Doom(Who),
    /// The process is started.
    Wake(Who),
    /// So many of the next packets are lost.
    Lose(u32),
    /// So many of the next packets arrive twice.
    Double(u32),
    /// Everything heals and comes to rest, and the wallets are held against the books.
    Calm,
}

/// An act, shown in one line, as it would be written in a script.
#[derive(Clone, Copy)]
pub(crate) struct Line(pub(crate) Act);

impl fmt::Debug for Line {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{:?}", self.0)
    }
}

/// What two people share.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Bond {
    /// Entries that the lower and the higher of the two may have signed in the newest tally.
    entries: [usize; 2],
    /// Requests they may have made there.
    requests: [usize; 2],
}

/// What is known of a town before anything has really happened: enough to tell which script makes sense. What became of
/// each act there depends on the network, and stands in the [`books::Books`].
#[derive(Clone)]
pub(crate) struct Town {
    /// How many people.
    pub(crate) people: usize,
    /// All chance of the network comes from here.
    pub(crate) seed: u64,
    /// The longest a packet takes, in ms.
    pub(crate) slow: i64,
    bonds: BTreeMap<(Who, Who), Bond>,
}

impl fmt::Debug for Town {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Town::new({}, {}, {})", self.people, self.seed, self.slow)
    }
}

impl Town {
    /// A town in which nobody knows anybody.
    pub(crate) fn new(people: usize, seed: u64, slow: i64) -> Self {
        Self { people, seed, slow, bonds: BTreeMap::new() }
    }

    fn bond(&self, one: Who, other: Who) -> Option<&Bond> {
        self.bonds.get(&(one.min(other), one.max(other)))
    }

    fn has(&self, who: Who) -> bool {
        who.0 < self.people
    }

    /// Any two different people.
    fn two(&self) -> BoxedStrategy<(Who, Who)> {
        let people = self.people;
        (0..people, 1..people).prop_map(move |(one, far)| (Who(one), Who((one + far) % people))).boxed()
    }

    fn one(&self) -> BoxedStrategy<Who> {
        (0..self.people).prop_map(Who).boxed()
    }

    /// Two who share a tally, in both orders.
    fn friends(&self) -> Vec<(Who, Who)> {
        self.bonds.keys().flat_map(|(one, other)| [(*one, *other), (*other, *one)]).collect()
    }

    /// Pairs with a number that counts something of one of them.
    fn counted(&self, count: impl Fn(&Bond, Who, Who) -> usize) -> Vec<(Who, Who, usize)> {
        let pairs = self.friends().into_iter();
        pairs
            .flat_map(|(by, to)| {
                let many = self.bond(by, to).map_or(0, |bond| count(bond, by, to));
                (0..many).map(move |nth| (by, to, nth))
            })
            .collect()
    }

    /// What people who know each other do.
    fn dealings(&self) -> Vec<(u32, BoxedStrategy<Act>)> {
        let friends = self.friends();
        if friends.is_empty() {
            return Vec::new();
        }
        let pair = prop::sample::select(friends);
        let units = prop_oneof![3 => 1..10_000_i64, 1 => 1..4_i64];
        let life = prop_oneof![3 => Just(None), 1 => (1_000..600_000_i64).prop_map(Some)];
        let paid = (pair.clone(), units.clone()).prop_map(|((by, to), units)| Act::Pays(by, to, units));
        let asked =
            (pair.clone(), units, life).prop_map(|((by, to), units, life)| Act::Asks(by, to, units, life));
        let plain = |make: fn(Who, Who) -> Act| pair.clone().prop_map(move |(by, to)| make(by, to)).boxed();
        let mut dealings = vec![
            (10, paid.boxed()),
            (5, asked.boxed()),
            (2, plain(Act::Sets)),
            (2, plain(Act::Closes)),
            (1, plain(Act::KeepsOpen)),
            (2, plain(Act::Forgives)),
            (1, plain(Act::Compares)),
        ];
        let mut numbered = |weight, from: Vec<(Who, Who, usize)>, make: fn(Who, Who, usize) -> Act| {
            if !from.is_empty() {
                let any = prop::sample::select(from).prop_map(move |(by, to, nth)| make(by, to, nth));
                dealings.push((weight, any.boxed()));
            }
        };
        let theirs = self.counted(|bond, by, to| bond.requests[side(to, by)]);
        numbered(5, theirs.clone(), Act::Grants);
        numbered(2, theirs, Act::Declines);
        numbered(1, self.counted(|bond, by, to| bond.requests[side(by, to)]), Act::Unasks);
        numbered(3, self.counted(|bond, by, to| bond.entries[side(by, to)]), Act::Cancels);
        dealings
    }

    /// What the network and the machines do.
    fn fates(&self) -> Vec<(u32, BoxedStrategy<Act>)> {
        let time = prop_oneof![
            4 => 1..60_i64,
            4 => 60..3_000_i64,
            2 => 3_000..60_000_i64,
            1 => 60_000..14_400_000_i64,
        ];
        let two = |make: fn(Who, Who) -> Act| self.two().prop_map(move |(from, to)| make(from, to)).boxed();
        let one = |make: fn(Who) -> Act| self.one().prop_map(make).boxed();
        vec![
            (14, time.prop_map(Act::Pass).boxed()),
            (2, two(Act::Cut)),
            (1, two(Act::Restore)),
            (2, one(Act::Crash)),
            (2, one(Act::Doom)),
            (1, one(Act::Wake)),
            (3, (1..6_u32).prop_map(Act::Lose).boxed()),
            (3, (1..6_u32).prop_map(Act::Double).boxed()),
            (3, Just(Act::Calm).boxed()),
        ]
    }
}

impl ReferenceStateMachine for Town {
    type State = Self;
    type Transition = Line;

    fn init_state() -> BoxedStrategy<Self> {
        towns(2..=5)
    }

    fn transitions(town: &Self) -> BoxedStrategy<Line> {
        let meet = if town.bonds.is_empty() { 60 } else { 3 };
        let meets = town.two().prop_map(|(one, other)| Act::Befriends(one, other)).boxed();
        let mut all = vec![(meet, meets)];
        all.extend(town.dealings());
        all.extend(town.fates());
        Union::new_weighted(all).prop_map(Line).boxed()
    }

    fn preconditions(town: &Self, Line(act): &Line) -> bool {
        match *act {
            Act::Befriends(one, other) | Act::Cut(one, other) | Act::Restore(one, other) => {
                one != other && town.has(one) && town.has(other)
            }
            Act::Pays(by, to, _)
            | Act::Asks(by, to, ..)
            | Act::Sets(by, to)
            | Act::Closes(by, to)
            | Act::KeepsOpen(by, to)
            | Act::Forgives(by, to)
            | Act::Compares(by, to) => town.bond(by, to).is_some(),
            Act::Grants(by, to, nth) | Act::Declines(by, to, nth) => {
                town.bond(by, to).is_some_and(|bond| nth < bond.requests[side(to, by)])
            }
            Act::Unasks(by, to, nth) => {
                town.bond(by, to).is_some_and(|bond| nth < bond.requests[side(by, to)])
            }
            Act::Cancels(by, to, nth) => {
                town.bond(by, to).is_some_and(|bond| nth < bond.entries[side(by, to)])
            }
            Act::Crash(who) | Act::Doom(who) | Act::Wake(who) => town.has(who),
            Act::Pass(_) | Act::Lose(_) | Act::Double(_) | Act::Calm => true,
        }
    }

    fn apply(mut town: Self, Line(act): &Line) -> Self {
        let mut count = |by: Who, to: Who, entries, requests| {
            if let Some(bond) = town.bonds.get_mut(&(by.min(to), by.max(to))) {
                bond.entries[side(by, to)] += entries;
                bond.requests[side(by, to)] += requests;
            }
        };
        match *act {
            Act::Befriends(one, other) => {
                town.bonds.insert((one.min(other), one.max(other)), Bond::default());
            }
            Act::Pays(by, to, _)
            | Act::Grants(by, to, _)
            | Act::Sets(by, to)
            | Act::Closes(by, to)
            | Act::KeepsOpen(by, to)
            | Act::Forgives(by, to) => count(by, to, 1, 0),
            Act::Asks(by, to, ..) => count(by, to, 0, 1),
            _ => {}
        }
        town
    }
}

/// Towns of so many people.
pub(crate) fn towns(people: std::ops::RangeInclusive<usize>) -> BoxedStrategy<Town> {
    let slow = prop::sample::select(vec![20, 500, 3_000, 20_000]);
    (people, 0..1_000_u64, slow).prop_map(|(people, seed, slow)| Town::new(people, seed, slow)).boxed()
}

/// Whether somebody is the lower, 0, or the higher, 1, of two.
pub(crate) fn side(who: Who, other: Who) -> usize {
    usize::from(who > other)
}
