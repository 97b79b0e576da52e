//! How a search spreads: how far and how widely it asks, and whom first (lifts.md 7).

use std::cmp::Reverse;

use uuid::Uuid;

use crate::ids::TallyId;
use crate::lift::probe::Way;

/// How far and how widely one question asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spread {
    /// So many hops.
    pub ttl: u32,
    /// To so many tallies at once.
    pub fan: u32,
    /// So many questions in all.
    pub budget: u32,
}

impl Spread {
    /// How a question spreads: far and narrowly. Widely, the questions are spent before they come far.
    ///
    /// Along the value each question brings one match at most, and each question for a circle one word that it goes no further.
    /// So a search for a payment costs at most 256 messages, and a look for a circle 64 on each side.
    pub const fn of(way: Way) -> Self {
        let budget = match way {
            Way::Forward => 78,
            Way::Reverse => 100,
            Way::Round => 21,
            Way::Back => 32,
        };
        Self { ttl: 8, fan: 2, budget }
    }
}

/// Whether a question goes first to those who reach far. A payment has to get anywhere; a circle comes home, and those who
/// reach far have the fewest debts left to clear.
pub const fn by_reach(way: Way) -> bool {
    !way.is_open()
}

/// Where a tally stands among those over which a question could go on: the lower, the sooner it is asked. `reach` is what the
/// partner said of its reach, as a power of two. Everybody who is asked orders their own tallies so; nothing of it is on the wire.
pub fn standing(session: Uuid, way: Way, reach: Option<u32>, tally: TallyId) -> (Reverse<u32>, u64) {
    let reach = reach.filter(|_| by_reach(way)).unwrap_or(0);
    (Reverse(reach), turn(session, tally))
}

/// Where a tally stands in a session's own order, which has no meaning.
pub fn turn(session: Uuid, tally: TallyId) -> u64 {
    let ((first, second), (third, fourth)) = (session.as_u64_pair(), tally.uuid().as_u64_pair());
    mixed(mixed(mixed(mixed(first) ^ third) ^ second) ^ fourth)
}

/// Every bit of the number decides about every bit of the result (splitmix64).
const fn mixed(number: u64) -> u64 {
    let number = number.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let number = (number ^ (number >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    number ^ (number >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lift::probe::{MAX_BUDGET, MAX_FAN, MAX_TTL};

    fn sessions() -> impl Iterator<Item = Uuid> {
        (0..3_000_u128).map(|number| Uuid::new_v5(&Uuid::NAMESPACE_OID, &number.to_be_bytes()))
    }

    #[test]
    fn searches_keep_within_their_limits() {
        for way in [Way::Forward, Way::Reverse, Way::Round, Way::Back] {
            let Spread { ttl, fan, budget } = Spread::of(way);
            assert!(ttl <= MAX_TTL && fan <= MAX_FAN && budget <= MAX_BUDGET);
        }
        let budget = |way| Spread::of(way).budget;
        // Questions, and matches to those that ran along the value.
        assert!(2 * budget(Way::Forward) + budget(Way::Reverse) <= 256);
        // The same, and a word from each dead end.
        assert!(3 * budget(Way::Round) <= 64 && 2 * budget(Way::Back) <= 64);
    }

    #[test]
    fn every_tally_comes_first_as_often_as_any_other_whatever_differs_in_its_name() {
        let low = |number: u128| TallyId::new(Uuid::from_u128(number));
        let high = |number: u128| TallyId::new(Uuid::from_u128(number << 64));
        for names in [[1, 2, 3, 4].map(low), [1, 2, 3, 4].map(high)] {
            let mut firsts = [0_u32; 4];
            for session in sessions() {
                let first = (0..4).min_by_key(|rank| turn(session, names[*rank])).expect("there are four");
                firsts[first] += 1;
            }

            assert!(firsts.iter().all(|times| (650..850).contains(times)), "{firsts:?}");
        }
    }

    #[test]
    fn whoever_reaches_farther_is_asked_sooner_for_a_payment_and_silence_is_the_least() {
        let tally = |number| TallyId::new(Uuid::from_u128(number));
        let session = Uuid::from_u128(7);
        let place = |way, reach, number| standing(session, way, reach, tally(number));

        for way in [Way::Forward, Way::Reverse] {
            assert!((1..50).all(|other| place(way, Some(3), 99) < place(way, Some(2), other)));
            assert!((1..50).all(|other| place(way, Some(1), 99) < place(way, None, other)));
        }
        for way in [Way::Round, Way::Back] {
            assert!((1..50).any(|other| place(way, Some(3), 99) > place(way, Some(2), other)));
        }
    }
}
