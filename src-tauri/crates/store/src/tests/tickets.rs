//! A ticket is good once.

use tallystick_core::AgentId;
use uuid::Uuid;

use super::{Disk, NOW, Pair, tally_id};
use crate::{Spent, TicketRow};

const ID: Uuid = Uuid::from_u128(5);

fn issued(expires_at: i64) -> Disk {
    let disk = Disk::new();
    Pair::new().write(&disk, 0, &[]);
    let ticket = TicketRow {
        id: ID,
        token_hash: [3; 32],
        token: Some("secret".to_owned()),
        tally: tally_id(),
        template: "friend".to_owned(),
        bound: Some(AgentId::from_bytes([4; 32])),
        note: None,
        made_at: NOW,
        expires_at,
        spent: None,
        revoked_at: None,
    };
    disk.act(move |rows| rows.add_ticket(&ticket)).expect("issued");
    disk
}

fn spend(disk: &Disk, agent: u8, at: i64) -> bool {
    let spent = Spent { at, agent: AgentId::from_bytes([agent; 32]), certificate: "hash".to_owned() };
    disk.act(move |rows| rows.spend_ticket(ID, &spent)).expect("an answer")
}

fn kept(disk: &Disk) -> TicketRow {
    disk.ask(|rows| rows.ticket_by_token(&[3; 32])).expect("the ticket")
}

#[test]
fn a_ticket_is_spent_once_and_forgets_its_secret() {
    let disk = issued(NOW + 10);
    assert!(kept(&disk).is_live(NOW));
    assert_eq!(kept(&disk).bound, Some(AgentId::from_bytes([4; 32])));

    assert!(spend(&disk, 2, NOW));
    assert!(!spend(&disk, 3, NOW));
    assert!(!spend(&disk, 2, NOW));

    let used = kept(&disk);
    assert_eq!(used.spent.map(|spent| spent.agent), Some(AgentId::from_bytes([2; 32])));
    assert_eq!(used.token, None);
    assert!(!disk.act(|rows| rows.revoke_ticket(ID, NOW)).expect("an answer"));
}

#[test]
fn a_ticket_that_ran_out_or_was_taken_back_is_not_spent() {
    let late = issued(NOW + 10);
    assert!(!spend(&late, 2, NOW + 10));
    assert!(late.ask(|rows| rows.anything_lapses(NOW + 10)));
    assert_eq!(late.act(|rows| rows.expire_tickets(NOW + 10)).expect("an answer"), [ID]);
    assert!(!late.ask(|rows| rows.anything_lapses(NOW + 10)));

    let revoked = issued(NOW + 10);
    assert!(revoked.act(|rows| rows.revoke_ticket(ID, NOW)).expect("an answer"));
    assert!(!spend(&revoked, 2, NOW));

    for disk in [late, revoked] {
        assert_eq!((kept(&disk).spent, kept(&disk).token), (None, None));
    }
}
