//! Chits that trade places.

use tallystick_core::Half;

use super::{Disk, NOW, Pair, tally_id};
use crate::StoreError;

fn names(disk: &Disk) -> Vec<(u64, u128)> {
    let tail = disk.ask(|rows| rows.tail(tally_id(), 0));
    tail.iter().map(|linked| (linked.index, linked.chit.uuid().uuid().as_u128())).collect()
}

#[test]
fn moved_chits_trade_places_and_none_is_lost() {
    let (disk, pair) = (Disk::new(), Pair::new());
    let [a, b, c] = [1, 2, 3].map(|name| pair.chit(name, Half::Stock, 100));
    let theirs = pair.chit(4, Half::Foil, 500);
    pair.write(&disk, 0, &[a.clone(), b.clone(), c.clone()]);

    let order = [a, theirs, c, b];
    let (links, tally) = (pair.links(&order), pair.open(0, &order));
    disk.act(move |rows| {
        rows.put_tally(&tally, None, NOW)?;
        rows.link(Half::Stock, &links[1..], NOW)
    })
    .expect("linked");

    assert_eq!(names(&disk), [(1, 1), (2, 4), (3, 3), (4, 2)]);
    assert_eq!(disk.ask(|rows| rows.verify()).wrong, Vec::new());
}

#[test]
fn a_move_that_would_strand_a_chit_is_undone() {
    let (disk, pair) = (Disk::new(), Pair::new());
    let chits = [1, 2, 3].map(|name| pair.chit(name, Half::Stock, 100));
    pair.write(&disk, 0, &chits);
    let before = names(&disk);

    let links = pair.links(&chits[..2]);
    let refused = disk.act(move |rows| rows.link(Half::Stock, &links, NOW));

    assert!(matches!(refused, Err(StoreError::Corrupt { .. })));
    assert_eq!(names(&disk), before);
}

#[test]
fn an_agreed_chit_never_moves() {
    let (disk, pair) = (Disk::new(), Pair::new());
    let [a, b] = [1, 2].map(|name| pair.chit(name, Half::Stock, 100));
    pair.write(&disk, 2, &[a.clone(), b.clone()]);
    let before = names(&disk);

    let links = pair.links(&[b, a]);
    let refused = disk.act(move |rows| rows.link(Half::Stock, &links, NOW));

    assert!(matches!(refused, Err(StoreError::Corrupt { .. })));
    assert_eq!(names(&disk), before);
}

#[test]
fn what_was_matched_counts_as_delivered() {
    let (disk, pair) = (Disk::new(), Pair::new());
    let chit = pair.chit(1, Half::Stock, 100);
    let id = chit.uuid();
    pair.write(&disk, 1, &[chit]);

    let row = disk.ask(|rows| rows.chit(tally_id(), id)).expect("the chit");

    assert_eq!((row.matched_at, row.delivered_at), (Some(NOW), Some(NOW)));
    disk.act(move |rows| rows.delivered(tally_id(), id, NOW + 1)).expect("noted");
    disk.act(|rows| rows.matched(tally_id(), 1, NOW + 1)).expect("noted");
    assert_eq!(disk.ask(|rows| rows.chit(tally_id(), id)).expect("the chit"), row);
}
