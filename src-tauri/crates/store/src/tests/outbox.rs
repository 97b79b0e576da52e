//! Letters leave in order, newer ones take the place of older ones, and pauses are kept.

use tallystick_core::AgentId;

use super::{Disk, NOW};
use crate::{How, Letter, NewLetter, StoreError};

fn partner() -> AgentId {
    AgentId::from_bytes([2; 32])
}

fn letter(key: &str, how: How, message: &str) -> NewLetter {
    let (key, message) = (key.to_owned(), message.to_owned());
    NewLetter { partner: partner(), key, tally: None, how, message }
}

fn queue(disk: &Disk, key: &'static str, how: How, message: &'static str) {
    disk.act(move |rows| rows.queue(&letter(key, how, message), NOW)).expect("queued");
}

fn due(disk: &Disk, now: i64) -> Vec<Letter> {
    disk.ask(|rows| rows.due_to(partner(), now, 10))
}

fn keys(letters: &[Letter]) -> Vec<&str> {
    letters.iter().map(|letter| letter.key.as_str()).collect()
}

#[test]
fn letters_leave_in_the_order_in_which_they_were_queued() {
    let disk = Disk::new();
    for key in ["c", "a", "b"] {
        queue(&disk, key, How::UntilAnswered, "{}");
    }

    assert_eq!(keys(&due(&disk, NOW)), ["c", "a", "b"]);
    assert_eq!(keys(&disk.ask(|rows| rows.due_to(partner(), NOW, 2))), ["c", "a"]);
    assert_eq!(keys(&due(&disk, NOW - 1)), [""; 0]);
}

#[test]
fn letters_to_one_partner_are_told_from_those_to_others() {
    let disk = Disk::new();
    let other = AgentId::from_bytes([3; 32]);
    let theirs = NewLetter { partner: other, ..letter("theirs", How::Once, "{}") };
    disk.act(move |rows| rows.queue(&theirs, NOW)).expect("queued");
    queue(&disk, "ours", How::Once, "{}");
    disk.act(move |rows| rows.put_off(other, NOW + 5_000)).expect("put off");

    assert_eq!(disk.ask(|rows| rows.partners_due(NOW)), [partner()]);
    assert_eq!(disk.ask(|rows| rows.partners_due(NOW + 5_000)), [partner(), other]);
    assert_eq!(keys(&due(&disk, NOW + 5_000)), ["ours"]);
}

#[test]
fn a_ticket_opens_a_link_only_where_nothing_else_could() {
    let disk = Disk::new();
    let opener = |now: i64| disk.ask(|rows| rows.opener(partner(), now)).map(|letter| letter.key);
    queue(&disk, "ticket", How::Ticket, "{}");

    assert_eq!(opener(NOW - 1), None);
    assert_eq!(opener(NOW).as_deref(), Some("ticket"));
    queue(&disk, "first", How::Once, "{}");
    queue(&disk, "second", How::UntilAnswered, "{}");

    assert_eq!(opener(NOW).as_deref(), Some("first"));
}

#[test]
fn a_letter_waits_until_it_is_settled_and_a_newer_one_is_another() {
    let disk = Disk::new();
    queue(&disk, "a", How::UntilAnswered, "old");
    let row = due(&disk, NOW)[0].row;
    assert!(disk.ask(|rows| rows.still_waits(row)));

    queue(&disk, "a", How::UntilAnswered, "new");

    assert!(!disk.ask(|rows| rows.still_waits(row)));
}

#[test]
fn a_newer_letter_about_the_same_takes_the_last_place_and_starts_anew() {
    let disk = Disk::new();
    queue(&disk, "a", How::UntilAnswered, "old");
    queue(&disk, "b", How::UntilAnswered, "{}");
    let row = due(&disk, NOW)[0].row;
    disk.act(move |rows| rows.tried(row, true, NOW + 5_000)).expect("noted");

    queue(&disk, "a", How::UntilAnswered, "new");

    let waiting = due(&disk, NOW);
    assert_eq!(keys(&waiting), ["b", "a"]);
    assert_eq!((waiting[1].message.as_str(), waiting[1].tries), ("new", 0));
}

#[test]
fn the_very_same_letter_keeps_its_pause() {
    let disk = Disk::new();
    queue(&disk, "a", How::UntilAnswered, "same");
    let row = due(&disk, NOW)[0].row;
    disk.act(move |rows| rows.tried(row, true, NOW + 5_000)).expect("noted");

    queue(&disk, "a", How::UntilAnswered, "same");

    assert_eq!(keys(&due(&disk, NOW)), [""; 0]);
    let kept = &due(&disk, NOW + 5_000)[0];
    assert_eq!((kept.row, kept.tries), (row, 1));
}

#[test]
fn a_letter_that_leaves_once_is_gone_when_it_left_and_another_is_not() {
    let disk = Disk::new();
    queue(&disk, "once", How::Once, "{}");
    queue(&disk, "again", How::UntilAnswered, "{}");
    queue(&disk, "ticket", How::Ticket, "{}");
    let rows: Vec<i64> = due(&disk, NOW).iter().map(|letter| letter.row).collect();

    let [once, ..] = rows[..] else { panic!("three letters") };
    disk.act(move |rows| rows.tried(once, false, NOW)).expect("noted");
    assert_eq!(disk.ask(|rows| rows.waiting_letters()), 3);
    assert!(disk.ask(|rows| rows.oldest_letter()).is_some());
    assert!(disk.ask(|rows| rows.size()) >= 4_096);
    disk.act(move |found| rows.iter().try_for_each(|row| found.tried(*row, true, NOW))).expect("noted");

    assert_eq!(keys(&due(&disk, NOW)), ["again", "ticket"]);
    disk.act(|rows| rows.settle("again")).expect("settled");
    assert_eq!(keys(&due(&disk, NOW)), ["ticket"]);
}

#[test]
fn pauses_are_kept_until_a_link_opens_or_the_program_begins() {
    let disk = Disk::new();
    queue(&disk, "a", How::UntilAnswered, "{}");
    let partner = AgentId::from_bytes([2; 32]);
    disk.act(move |rows| rows.put_off(partner, NOW + 9_000)).expect("put off");

    assert_eq!(disk.ask(|rows| rows.next_due(NOW)), Some(NOW + 9_000));
    assert_eq!(due(&disk, NOW + 8_999).len(), 0);
    assert_eq!(due(&disk, NOW + 9_000)[0].tries, 0);
    disk.act(|rows| rows.hurry(AgentId::from_bytes([3; 32]), NOW)).expect("somebody else");
    assert_eq!(due(&disk, NOW).len(), 0);
    disk.act(move |rows| rows.hurry(partner, NOW)).expect("hurried");
    assert_eq!(due(&disk, NOW).len(), 1);
    disk.act(move |rows| rows.put_off(partner, NOW + 9_000)).expect("put off");
    disk.act(|rows| rows.hurry_all(NOW)).expect("hurried");
    assert_eq!(due(&disk, NOW).len(), 1);
}

#[test]
fn a_letter_that_leaves_once_waits_in_the_outbox_unless_it_is_taken_out_before() {
    let disk = Disk::new();
    let other = AgentId::from_bytes([3; 32]);
    let theirs = NewLetter { partner: other, ..letter("theirs", How::Once, "{}") };

    let taken = disk
        .act(move |rows| {
            rows.queue(&letter("kept", How::UntilAnswered, "{}"), NOW)?;
            rows.queue(&letter("taken", How::Once, "{}"), NOW)?;
            rows.queue(&theirs, NOW)?;
            rows.queue(&letter("settled", How::Once, "{}"), NOW)?;
            rows.settle("settled")?;
            let taken = rows.take_loose(|to| to == partner());
            assert_eq!(rows.take_loose(|to| to == partner()), []);
            Ok((taken, rows.take_posted()?))
        })
        .expect("an act");

    assert_eq!((keys(&taken.0), keys(&taken.1)), (vec!["taken"], vec!["kept", "theirs"]));
    assert_eq!(keys(&due(&disk, NOW)), ["kept"]);
    assert_eq!(disk.ask(|rows| rows.waiting_letters()), 2);
}

#[test]
fn questions_that_nobody_took_are_taken_back_and_nothing_else() {
    let disk = Disk::new();
    let other = AgentId::from_bytes([3; 32]);
    let theirs = NewLetter { partner: other, ..letter("l1-probe:a:Forward:x", How::Once, "theirs") };
    disk.act(move |rows| rows.queue(&theirs, NOW)).expect("queued");
    queue(&disk, "l1-probe:a:Forward:y", How::Once, "asked");
    queue(&disk, "l1-match:a:y", How::Once, "answered");
    queue(&disk, "kept", How::UntilAnswered, "kept");

    assert_eq!(disk.act(move |rows| rows.take_unasked(partner())).expect("taken"), ["asked"]);
    assert_eq!(keys(&due(&disk, NOW)), ["l1-match:a:y", "kept"]);
    assert_eq!(disk.act(move |rows| rows.take_unasked(partner())).expect("taken"), [""; 0]);
    assert_eq!(disk.act(move |rows| rows.take_unasked(other)).expect("taken"), ["theirs"]);

    // What is on its way already is not asked of somebody else as well.
    queue(&disk, "l1-probe:b:Forward:y", How::Once, "leaves");
    disk.act(|rows| {
        let leaving = rows.due_to(partner(), NOW, 10)?;
        rows.depart(leaving.iter().filter(|letter| letter.message == "leaves"), NOW)
    })
    .expect("on its way");
    assert_eq!(disk.act(move |rows| rows.take_unasked(partner())).expect("taken"), [""; 0]);
}

#[test]
fn a_part_that_is_undone_takes_its_letters_along_and_no_others() {
    let disk = Disk::new();

    let posted = disk
        .act(|rows| {
            rows.queue(&letter("before", How::Once, "old"), NOW)?;
            let part = rows.apart(|rows| {
                rows.queue(&letter("before", How::Once, "new"), NOW)?;
                rows.queue(&letter("inside", How::Once, "{}"), NOW)?;
                rows.queue(&letter("inside too", How::UntilAnswered, "{}"), NOW)?;
                Err::<(), _>(StoreError::Closed)
            })?;
            assert!(part.is_err());
            rows.queue(&letter("after", How::UntilAnswered, "{}"), NOW)?;
            rows.take_posted()
        })
        .expect("an act");

    assert_eq!(keys(&posted), ["before", "after"]);
    assert_eq!(posted[0].message, "old");
    assert_eq!(keys(&due(&disk, NOW)), ["before", "after"]);
}

#[test]
fn an_act_that_is_undone_leaves_no_letter_to_the_next() {
    let disk = Disk::new();

    let refused = disk.act(|rows| {
        rows.queue(&letter("undone", How::Once, "{}"), NOW)?;
        rows.queue(&letter("undone too", How::UntilAnswered, "{}"), NOW)?;
        Err::<(), _>(StoreError::Closed)
    });
    let posted = disk.act(|rows| Ok((rows.take_loose(|_| true), rows.take_posted()?))).expect("an act");

    assert!(refused.is_err());
    assert_eq!(posted, (Vec::new(), Vec::new()));
    assert_eq!((disk.ask(|rows| rows.waiting_letters()), disk.ask(|rows| rows.oldest_letter())), (0, None));
}

#[test]
fn a_row_is_not_used_again_while_the_program_runs() {
    let disk = Disk::new();
    queue(&disk, "a", How::UntilAnswered, "{}");
    let first = due(&disk, NOW)[0].row;
    disk.act(|rows| rows.settle("a")).expect("settled");

    queue(&disk, "b", How::UntilAnswered, "{}");

    assert!(due(&disk, NOW)[0].row > first);
}

#[test]
fn the_size_of_an_encrypted_ledger_is_known() {
    let disk = Disk::new();

    assert!(disk.ask(|rows| rows.size()) >= 4_096);
}
