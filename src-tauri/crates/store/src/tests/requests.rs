//! Requests are found by what waits and what is over, and one damaged line costs no list.

use tallystick_core::request::{Request, RequestState};
use tallystick_core::{ChitId, Date, Half};
use uuid::Uuid;

use super::{Disk, NOW, Pair, tally_id};
use crate::RequestRow;

/// A request of Alice's if the foil is to pay, else of Bob's, good until an instant.
fn request(pair: &Pair, name: u128, payer: Half, state: RequestState, until: i64) -> Request {
    let chit = pair.chit(name, payer, 500);
    let until = Some(Date::from_millis(until));
    Request { asked_by: payer.other(), chit, state, until, reason: None, times: 1 }
}

fn names(rows: &[RequestRow]) -> Vec<u128> {
    rows.iter().map(|row| row.request.id().uuid().as_u128()).collect()
}

#[test]
fn what_waits_is_counted_by_who_asks_and_ends_in_its_time() {
    let (disk, pair) = (Disk::new(), Pair::new());
    pair.write(&disk, 0, &[]);
    let all = [
        request(&pair, 1, Half::Foil, RequestState::Waiting, NOW + 10),
        request(&pair, 2, Half::Foil, RequestState::Refused, NOW),
        request(&pair, 3, Half::Stock, RequestState::Waiting, NOW),
        request(&pair, 4, Half::Stock, RequestState::Waiting, NOW + 1),
    ];
    disk.act(move |rows| all.iter().try_for_each(|one| rows.put_request(Half::Stock, one, NOW)))
        .expect("kept");

    let counts = disk.ask(|rows| Ok((rows.requests_asked(tally_id())?, rows.requests_waiting(tally_id())?)));
    assert_eq!(counts, (1, 2));
    assert_eq!(names(&disk.ask(|rows| rows.requests_unanswered())), [1, 3, 4]);
    assert_eq!(names(&disk.ask(|rows| rows.requests_over(NOW))), [3]);
    let lapses = |now| disk.ask(move |rows| rows.anything_lapses(now));
    assert_eq!((lapses(NOW - 1), lapses(NOW)), (false, true));
}

#[test]
fn one_damaged_line_costs_no_list() {
    let (disk, pair) = (Disk::new(), Pair::new());
    pair.write(&disk, 0, &[]);
    let all = [1, 2].map(|name| request(&pair, name, Half::Stock, RequestState::Waiting, NOW));
    disk.act(move |rows| {
        all.iter().try_for_each(|one| rows.put_request(Half::Stock, one, NOW))?;
        let name = ChitId::new(Uuid::from_u128(1)).to_string();
        rows.conn.execute("update request set object = '{}' where uuid = ?1", [name])?;
        Ok(())
    })
    .expect("damaged");

    assert_eq!(names(&disk.ask(|rows| rows.requests(None))), [2]);
    assert_eq!(names(&disk.ask(|rows| rows.requests_unanswered())), [2]);
    assert_eq!(names(&disk.ask(|rows| rows.requests_over(NOW))), [2]);
    assert!(disk.ledger.read(|rows| rows.request(tally_id(), ChitId::new(Uuid::from_u128(1)))).is_err());
}
