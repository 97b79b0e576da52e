//! Contracts that were brought in, disputes, and tallies that cannot be read.

use tallystick_core::effect::EvidenceKind;
use tallystick_core::tally::{Dispute, Tally};
use tallystick_core::{Contract, Digest};

use super::tampering::altered;
use super::{Disk, NOW, Pair, tally_id};
use crate::Found;

#[test]
fn a_contract_is_found_by_the_hash_of_its_text_and_no_other() {
    let disk = Disk::new();
    disk.act(|rows| rows.add_contract("Loans", "# Loans", NOW)).expect("kept");
    disk.act(|rows| rows.add_contract("Loans", "# Loans", NOW + 1)).expect("kept before");

    let hash = Contract::hash_of("# Loans");
    let found = disk.ask(|rows| rows.contract(&hash)).expect("found");
    assert_eq!((found.text.as_str(), found.hash, found.made_at), ("# Loans", hash, NOW));
    assert_eq!(disk.ask(|rows| rows.contract(&Digest::from_bytes([0; 32]))), None);
    assert_eq!(disk.ask(|rows| rows.contracts()), [found]);
}

#[test]
fn an_altered_contract_is_not_the_one_it_was() {
    let hash = Contract::hash_of("# Loans");
    let (_folder, ledger) = altered(&format!(
        "insert into contract (hash, title, text, made_at) values ('{hash}', 'L', '# Gifts', 1)"
    ));

    assert_eq!(ledger.read(|rows| rows.contract(&hash)).expect("read"), None);
    let listed = ledger.read(|rows| rows.contracts()).expect("read");
    assert_eq!(listed.iter().map(|one| one.hash).collect::<Vec<_>>(), [Contract::hash_of("# Gifts")]);
}

#[test]
fn a_dispute_is_remembered_from_its_beginning_to_its_end() {
    let (disk, pair) = (Disk::new(), Pair::new());
    pair.write(&disk, 0, &[]);
    let dispute = |firm| Dispute {
        kind: EvidenceKind::Chain,
        index: 0,
        ours: Digest::from_bytes([1; 32]),
        theirs: None,
        chit: None,
        firm,
    };
    let put = |dispute: Option<Dispute>, now| {
        let record = disk.ask(|rows| rows.tally(tally_id())).expect("there").tally.record().clone();
        let tally = Tally::restore(tallystick_core::tally::Record { dispute, ..record });
        disk.act(move |rows| rows.put_tally(&tally, None, now)).expect("written");
        disk.ask(|rows| rows.tally(tally_id())).expect("there").disputed_at
    };

    assert_eq!(put(None, NOW), None);
    assert_eq!(put(Some(dispute(false)), NOW + 1), Some(NOW + 1));
    assert_eq!(put(Some(dispute(true)), NOW + 2), Some(NOW + 1));
    assert_eq!(put(None, NOW + 3), None);
    assert_eq!(put(Some(dispute(false)), NOW + 4), Some(NOW + 4));
}

#[test]
fn a_tally_that_cannot_be_read_hides_no_other() {
    let pair = Pair::new();
    let draft = Tally::draft(tallystick_core::Half::Stock, pair.object.without_signatures());
    let other =
        draft.object().again(tallystick_core::TallyId::new(uuid::Uuid::from_u128(9)), draft.object().date());
    let other = Tally::draft(tallystick_core::Half::Stock, other.expect("a draft"));
    for (statement, what) in [
        ("update tally set object = '{}'", "tally"),
        ("update tally set settings_mine = '['", "tally"),
        ("update tally set head = 7", "chain"),
        ("update chit set object = 'x' where idx = 4", "chit"),
    ] {
        let (_folder, ledger) = altered(statement);
        let (send, receive) = std::sync::mpsc::channel();
        let other = other.clone();
        let put = move |rows: &crate::Rows<'_>| rows.put_tally(&other, None, NOW + 1);
        ledger.write(put, move |done| send.send(done).expect("the test listens"));
        receive.recv().expect("an answer").expect("committed").expect("written");

        let found = ledger.read(|rows| rows.tallies()).expect("a list");

        let [Found::Whole(whole), Found::Damaged(damaged)] = found.as_slice() else { panic!("{found:?}") };
        assert_eq!(whole.tally.id(), tallystick_core::TallyId::new(uuid::Uuid::from_u128(9)));
        assert_eq!((damaged.id.as_str(), damaged.balance), (tally_id().to_string().as_str(), 559));
        assert_eq!((damaged.what, damaged.changed_at), (what, NOW), "{statement}");
    }
}
