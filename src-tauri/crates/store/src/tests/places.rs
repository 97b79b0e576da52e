use tallystick_core::AgentId;

use super::{Disk, NOW};
use crate::{MOST_PLACES, Source, StoreError};

const ANA: AgentId = AgentId::from_bytes([1; 32]);

fn at(hosts: &[&str]) -> Vec<(String, u16)> {
    hosts.iter().map(|host| ((*host).to_owned(), 7)).collect()
}

/// What is known of Ana after this, as `host source`, by host.
fn known(act: impl FnOnce(&crate::Rows<'_>) -> Result<(), StoreError> + Send + 'static) -> Vec<String> {
    let disk = Disk::new();
    let act = |rows: &crate::Rows<'_>| {
        act(rows)?;
        rows.whereabouts(ANA)
    };
    let places = disk.act(act).expect("kept");
    places.iter().map(|place| format!("{} {:?}", place.host, place.source)).collect()
}

#[test]
fn a_worse_source_changes_nothing_and_a_better_one_takes_over() {
    let places = known(|rows| {
        rows.learn(ANA, &at(&["a", "b"]), Source::Ticket, NOW)?;
        rows.learn(ANA, &at(&["a"]), Source::Claimed, NOW + 1)?;
        rows.learn(ANA, &at(&["b"]), Source::Proven, NOW + 1)
    });

    assert_eq!(places, ["a Ticket", "b Proven"]);
}

#[test]
fn a_new_list_of_theirs_replaces_the_one_before_but_for_where_they_were_found() {
    let places = known(|rows| {
        rows.learn(ANA, &at(&["a", "b", "c"]), Source::Told, NOW)?;
        rows.found_at(ANA, "b", 7, NOW)?;
        rows.learn(ANA, &at(&["c", "d"]), Source::Told, NOW + 1)
    });

    assert_eq!(places, ["b Proven", "c Told", "d Told"]);
}

#[test]
fn claims_crowd_out_nothing_and_are_forgotten_once_something_is_proven() {
    let places = known(|rows| {
        rows.learn(ANA, &at(&["home"]), Source::Ticket, NOW)?;
        for n in 0..100 {
            rows.learn(ANA, &at(&[&format!("x{n}")]), Source::Claimed, NOW + n)?;
        }
        Ok(())
    });
    assert_eq!(places, ["home Ticket", "x98 Claimed", "x99 Claimed"]);

    let places = known(|rows| {
        rows.learn(ANA, &at(&["x"]), Source::Claimed, NOW)?;
        rows.learn(ANA, &at(&["y"]), Source::Proven, NOW)
    });
    assert_eq!(places, ["y Proven"]);
}

#[test]
fn an_agent_that_moves_without_end_takes_no_more_room() {
    let places = known(|rows| {
        rows.learn(ANA, &at(&["first"]), Source::Card, NOW)?;
        rows.found_at(ANA, "first", 7, NOW + 1_000)?;
        for n in 0..100 {
            rows.learn(ANA, &at(&[&format!("x{n:03}")]), Source::Proven, NOW + n)?;
        }
        Ok(())
    });

    assert_eq!(places.len(), MOST_PLACES);
    assert!(places.contains(&"first Proven".to_owned()) && places.contains(&"x099 Proven".to_owned()));
}

#[test]
fn a_place_remembers_when_it_was_good_and_when_it_was_not() {
    let disk = Disk::new();
    let places = disk.act(|rows| {
        rows.learn(ANA, &at(&["a"]), Source::Told, NOW)?;
        rows.found_at(ANA, "a", 7, NOW + 1)?;
        rows.missed_at(ANA, "a", 7, NOW + 2)?;
        rows.missed_at(ANA, "nowhere", 7, NOW + 2)?;
        rows.whereabouts(ANA)
    });

    let place = places.expect("kept").remove(0);
    assert_eq!((place.source, place.learned_at), (Source::Told, NOW));
    assert_eq!((place.good_at, place.bad_at), (Some(NOW + 1), Some(NOW + 2)));
}
