//! How the question for a circle spreads, which nobody has to say: it follows from the session (lifts.md 7).

use uuid::Uuid;

use crate::ids::TallyId;

/// How far and how widely one look for a circle asks, each way.
///
/// A wallet that looks again with the same question would meet the same answers. The session is drawn at random for every
/// look, so what follows from it differs from look to look, and is the same for everybody who is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spread {
    /// So many hops each way.
    pub ttl: u32,
    /// To so many tallies at once.
    pub fan: u32,
    /// So many questions each way; with a match for each of them at most 64 messages are sent in all.
    pub budget: u32,
}

impl Spread {
    /// Near and wide, or far and narrow.
    const ALL: [(u32, u32); 3] = [(4, 3), (6, 2), (8, 2)];

    /// Of the 64 messages of a look for a circle (lifts.md 7), a third for each side; the last third is for matches.
    const BUDGET: u32 = 21;

    /// How a session spreads.
    pub fn of(session: Uuid) -> Self {
        let rank = usize::from(session.as_bytes()[0]) % Self::ALL.len();
        let (ttl, fan) = Self::ALL[rank];
        Self { ttl, fan, budget: Self::BUDGET }
    }
}

/// Whether in this session tallies are asked in the order of how far their partners reach; else by [`turn`].
pub fn by_reach(session: Uuid) -> bool {
    session.as_bytes()[1] & 1 == 0
}

/// Where a tally stands in a session's own order, which has no meaning: the lower, the sooner it is asked.
pub fn turn(session: Uuid, tally: TallyId) -> u128 {
    Uuid::new_v5(&session, tally.uuid().as_bytes()).as_u128()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lift::probe::{MAX_BUDGET, MAX_FAN, MAX_TTL};

    #[test]
    fn all_spreads_occur_and_keep_within_the_limits() {
        let mut seen = [0_u32; 3];
        let mut ranked = 0;
        for number in 0..3_000_u128 {
            let session = Uuid::new_v5(&Uuid::NAMESPACE_OID, &number.to_be_bytes());
            let Spread { ttl, fan, budget } = Spread::of(session);
            assert!(ttl <= MAX_TTL && fan <= MAX_FAN && budget <= MAX_BUDGET && 3 * budget <= 64);
            seen[Spread::ALL.iter().position(|spread| *spread == (ttl, fan)).expect("one of them")] += 1;
            ranked += u32::from(by_reach(session));
        }

        assert!(seen.iter().all(|times| *times > 800), "{seen:?}");
        assert!((1_300..1_700).contains(&ranked), "{ranked}");
    }

    #[test]
    fn the_order_of_tallies_differs_from_session_to_session() {
        let tally = |number| TallyId::new(Uuid::from_u128(number));
        let first = |session: u128| {
            let session = Uuid::from_u128(session);
            (1..=4).min_by_key(|number| turn(session, tally(*number)))
        };
        let mut firsts: Vec<_> = (0..40).filter_map(first).collect();
        firsts.sort_unstable();
        firsts.dedup();

        assert_eq!(firsts, [1, 2, 3, 4]);
    }
}
