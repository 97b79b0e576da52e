//! In which order the places where an agent may be found are worth a call.

use std::cmp::Reverse;
use std::net::IpAddr;

use tallystick_store::{Place, Source};

/// Puts the places where an agent may be found into the order in which they are worth a call.
///
/// First where nothing speaks against finding it: where it said, or showed, last that it is. Then what is only hearsay.
/// Last where it was missed since. Among equals an address of a private network that is not ours comes after the
/// others: somebody else may have it here. None is left out.
pub(crate) fn in_order(mut places: Vec<Place>, near: impl Fn(IpAddr) -> bool) -> Vec<Place> {
    places.sort_by_cached_key(|place| {
        let far = place.host.parse().is_ok_and(|ip| is_private(ip) && !near(ip));
        (standing(place), far && place.good_at.is_none(), Reverse(evidence(place)), place.source, place.nth)
    });
    places
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Standing {
    Sound,
    Hearsay,
    Missed,
}

fn standing(place: &Place) -> Standing {
    let first_hand = match place.source {
        Source::Typed | Source::Told | Source::Proven | Source::Lan => true,
        Source::Ticket | Source::Card | Source::Claimed => place.good_at.is_some(),
    };
    let since = place.good_at.unwrap_or(0).max(place.learned_at);
    match place.bad_at {
        Some(bad_at) if bad_at > since => Standing::Missed,
        _ if first_hand => Standing::Sound,
        _ => Standing::Hearsay,
    }
}

/// When it last said or showed that it is there.
fn evidence(place: &Place) -> i64 {
    place.good_at.unwrap_or(0).max(place.learned_at)
}

/// Whether an address means somewhere else on every local network.
pub(crate) fn is_private(ip: IpAddr) -> bool {
    match ip.to_canonical() {
        IpAddr::V4(ip) => ip.is_private() || ip.is_link_local(),
        IpAddr::V6(ip) => ip.is_unique_local() || ip.is_unicast_link_local(),
    }
}

/// Whether two addresses are likely to be on one local network.
pub(crate) fn are_near(one: IpAddr, other: IpAddr) -> bool {
    match (one.to_canonical(), other.to_canonical()) {
        (IpAddr::V4(one), IpAddr::V4(other)) => one.octets()[..2] == other.octets()[..2],
        (IpAddr::V6(one), IpAddr::V6(other)) => one.octets()[..8] == other.octets()[..8],
        (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => false,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn place(host: &str, source: Source, learned_at: i64) -> Place {
        Place { host: host.to_owned(), port: 1, source, nth: 0, learned_at, good_at: None, bad_at: None }
    }

    fn hosts(places: Vec<Place>) -> Vec<String> {
        in_order(places, |_| false).into_iter().map(|place| place.host).collect()
    }

    #[test]
    fn where_it_says_it_has_gone_comes_before_where_it_was_found() {
        let found = Place { good_at: Some(50), ..place("old.example", Source::Proven, 10) };
        let told = place("new.example", Source::Told, 60);
        assert_eq!(hosts(vec![found.clone(), told.clone()]), ["new.example", "old.example"]);

        let found = Place { good_at: Some(70), ..found };
        assert_eq!(hosts(vec![told, found]), ["old.example", "new.example"]);
    }

    #[test]
    fn hearsay_comes_after_experience_and_failures_after_hearsay() {
        let missed = Place { good_at: Some(50), bad_at: Some(60), ..place("gone", Source::Proven, 10) };
        let claimed = place("claimed", Source::Claimed, 99);
        let good = Place { good_at: Some(20), ..place("good", Source::Card, 10) };

        assert_eq!(hosts(vec![missed, claimed, good]), ["good", "claimed", "gone"]);
    }

    #[test]
    fn a_signed_list_keeps_its_order_but_foreign_private_networks_wait() {
        let told = |host: &str, nth| Place { nth, ..place(host, Source::Told, 5) };
        let list = vec![told("10.1.2.3", 0), told("203.0.113.7", 1), told("2001:db8::7", 2)];
        assert_eq!(hosts(list.clone()), ["203.0.113.7", "2001:db8::7", "10.1.2.3"]);

        let at_home = in_order(list, |ip| are_near(ip, IpAddr::from([10, 1, 9, 9])));
        assert_eq!(at_home[0].host, "10.1.2.3");
    }

    proptest! {
        #[test]
        fn no_place_is_lost_and_one_missed_is_never_first_while_another_is_sound(
            places in proptest::collection::vec(
                (0_usize..4, 0_i64..9, proptest::option::of(0_i64..9), proptest::option::of(0_i64..9)), 0..9),
        ) {
            let sources = [Source::Told, Source::Proven, Source::Card, Source::Claimed];
            let places: Vec<Place> = (0_u16..).zip(places).map(|(port, (source, learned_at, good_at, bad_at))| {
                Place { port, good_at, bad_at, ..place("h", sources[source], learned_at) }
            }).collect();

            let ordered = in_order(places.clone(), |_| false);

            let mut ports: Vec<u16> = ordered.iter().map(|place| place.port).collect();
            ports.sort_unstable();
            prop_assert_eq!(ports, places.iter().map(|place| place.port).collect::<Vec<_>>());
            prop_assert!(ordered.is_sorted_by_key(standing));
        }
    }
}
