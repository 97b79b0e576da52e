//! A ticket is good once, or as often as it says.

use tallystick_core::{AgentId, Chad};
use uuid::Uuid;

use super::{Disk, NOW, Pair, tally_id};
use crate::{Spent, StoreError, TicketRow, Use};

const ID: Uuid = Uuid::from_u128(5);

fn bound() -> Chad {
    Chad::new("ben", AgentId::from_bytes([4; 32]), "localhost", 1).expect("an address")
}

fn issued(expires_at: i64) -> Disk {
    issued_for(expires_at, 1)
}

fn issued_for(expires_at: i64, uses: u32) -> Disk {
    let disk = Disk::new();
    Pair::new().write(&disk, 0, &[]);
    let ticket = TicketRow {
        id: ID,
        token_hash: [3; 32],
        token: Some("secret".to_owned()),
        tally: tally_id(),
        template: "friend".to_owned(),
        bound: Some(bound()),
        note: None,
        made_at: NOW,
        expires_at,
        uses,
        used: 0,
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
    assert_eq!((kept(&disk).bound, kept(&disk).used), (Some(bound()), 0));

    assert!(spend(&disk, 2, NOW));
    assert!(!spend(&disk, 3, NOW));
    assert!(!spend(&disk, 2, NOW));

    let used = kept(&disk);
    assert_eq!((used.spent.map(|spent| spent.agent), used.used), (Some(AgentId::from_bytes([2; 32])), 1));
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

fn use_once(disk: &Disk, agent: u8, at: i64) -> Result<(), StoreError> {
    let by = Spent { at, agent: AgentId::from_bytes([agent; 32]), certificate: "hash".to_owned() };
    disk.act(move |rows| rows.use_ticket_once(ID, &Use { by, tally: tally_id() }))
}

#[test]
fn a_ticket_for_several_is_used_up_by_the_last_of_them() {
    let disk = issued_for(NOW + 10, 2);

    use_once(&disk, 2, NOW).expect("a first use");
    assert!(use_once(&disk, 2, NOW).is_err(), "the same agent twice");
    assert!(kept(&disk).is_live(NOW) && kept(&disk).token.is_some() && kept(&disk).used == 1);
    use_once(&disk, 3, NOW + 1).expect("a second use");
    assert!(use_once(&disk, 4, NOW + 1).is_err(), "one too many");

    let used = kept(&disk);
    assert_eq!((used.used, used.token, used.spent.map(|spent| spent.at)), (2, None, Some(NOW + 1)));
    let by = |agent| disk.ask(|rows| rows.ticket_use(ID, AgentId::from_bytes([agent; 32])));
    assert_eq!(by(2).map(|used| (used.by.at, used.tally)), Some((NOW, tally_id())));
    assert_eq!((by(4), by(3)), (None, disk.ask(|rows| rows.last_ticket_use(ID))));
}

#[test]
fn a_ticket_for_several_that_ran_out_or_was_taken_back_is_not_used() {
    let late = issued_for(NOW + 10, 2);
    use_once(&late, 2, NOW).expect("a first use");
    assert!(use_once(&late, 3, NOW + 10).is_err());
    assert!(
        late.act(|rows| rows.revoke_ticket(ID, NOW)).expect("an answer"),
        "half used, still ours to take back"
    );
    assert!(use_once(&late, 3, NOW).is_err());
    assert_eq!(kept(&late).used, 1);
}
