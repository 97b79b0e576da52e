//! Somebody with the key has written into the file by hand: every kind of change is found.

use rusqlite::Connection;
use tallystick_core::Half;
use zeroize::Zeroizing;

use super::{Disk, KEY, Pair};
use crate::{Findings, Ledger, StoreError};

/// A ledger of four chits, two of them agreed, after somebody ran this statement on the file.
fn after(statement: &str) -> Result<Findings, StoreError> {
    altered(statement).1.read(|rows| rows.verify())
}

/// The same ledger, opened again.
pub(super) fn altered(statement: &str) -> (tempfile::TempDir, Ledger) {
    let (disk, pair) = (Disk::new(), Pair::new());
    let chits = [
        pair.chit(1, Half::Stock, 100),
        pair.chit(2, Half::Foil, 700),
        pair.chit(3, Half::Stock, 50),
        pair.chit(4, Half::Foil, 9),
    ];
    pair.write(&disk, 2, &chits);
    rewritten(disk, statement)
}

/// A ledger, closed, changed by this statement, and opened again.
pub(super) fn rewritten(disk: Disk, statement: &str) -> (tempfile::TempDir, Ledger) {
    let Disk { folder, ledger } = disk;
    drop(ledger);
    let path = folder.path().join("ledger.db");
    let hex: String = KEY.iter().map(|byte| format!("{byte:02x}")).collect();
    let conn = Connection::open(&path).expect("the file");
    conn.pragma_update(None, "key", format!("x'{hex}'")).expect("the key");
    conn.execute_batch(&format!("pragma foreign_keys = off; {statement}")).expect("tampered");
    drop(conn);
    let ledger = Ledger::open(&path, Zeroizing::new(KEY)).expect("opens");
    (folder, ledger)
}

#[test]
fn a_sound_ledger_has_nothing_wrong() {
    let findings = after("").expect("verified");

    assert_eq!(findings.wrong, Vec::new());
    assert_eq!((findings.tallies, findings.chits, findings.signatures, findings.hashes), (1, 4, 6, 5));
}

#[test]
fn whatever_is_changed_in_a_chit_is_found() {
    for (column, change) in [
        ("object", "replace(object, '\"units\":700', '\"units\":701')"),
        ("object", "replace(object, 'chit 2', 'chit 5')"),
        ("object", "replace(object, '\"foil\"', '\"stock\"')"),
        ("object", "replace(object, '\"sign\":\"A', '\"sign\":\"B')"),
        ("object", "'{}'"),
        ("object", "'not json'"),
        ("hash", "(select hash from chit where idx = 1)"),
        ("hash", "zeroblob(32)"),
        ("hash", "zeroblob(31)"),
        ("idx", "20"),
        ("mine", "1 - mine"),
        ("change", "change + 1"),
        ("change", "-change"),
        ("balance_after", "balance_after + 1"),
        ("uuid", "'00000000-0000-0000-0000-000000000063'"),
        ("kind", "'set'"),
        ("memo", "'something else'"),
        ("memo", "null"),
        ("date", "date + 1"),
    ] {
        for index in [2, 4] {
            let change = change.replace("700", if index == 2 { "700" } else { "9" });
            let change =
                if index == 2 { change } else { change.replace("701", "91").replace("chit 2", "chit 4") };
            let findings =
                after(&format!("update chit set {column} = {change} where idx = {index}")).expect("verified");
            assert_ne!(findings.wrong, Vec::new(), "{column} = {change} at {index}");
        }
    }
    for mark in ["matched_at = null where idx = 2", "matched_at = 5 where idx = 3"] {
        assert_ne!(after(&format!("update chit set {mark}")).expect("verified").wrong, Vec::new(), "{mark}");
    }
}

#[test]
fn chits_that_are_gone_doubled_or_swapped_are_found() {
    let copy = "insert into chit (tally, uuid, idx, object, hash, mine, kind, change, balance_after, date, recorded_at)
                select tally, '00000000-0000-0000-0000-000000000063', 5, object, hash, mine, kind, change,
                    balance_after, date, recorded_at from chit where idx = 4";
    let swap = "update chit set idx = -idx where idx in (1, 2); update chit set idx = 3 + idx where idx < 0";
    for statement in [
        "delete from chit where idx = 1",
        "delete from chit where idx = 2",
        "delete from chit where idx = 4",
        "delete from chit",
        copy,
        swap,
    ] {
        assert_ne!(after(statement).expect("verified").wrong, Vec::new(), "{statement}");
    }
}

#[test]
fn what_is_counted_wrongly_is_found() {
    for statement in [
        "update chit_sum set count = count + 1 where mine = 1",
        "update chit_sum set sum = sum - 1 where mine = 0",
        "delete from chit_sum where mine = 0",
        "insert into chit_sum (tally, kind, mine, count, sum) select tally, 'lift', 1, 0, 5 from chit_sum limit 1",
    ] {
        assert_ne!(after(statement).expect("verified").wrong, Vec::new(), "{statement}");
    }
}

#[test]
fn whatever_is_changed_in_a_tally_is_found() {
    for change in [
        "object = replace(object, '\"limit\":20', '\"limit\":21')",
        "object = replace(object, '\"call\":30', '\"call\":31')",
        "object = replace(object, 'localhost', 'elsewhere')",
        "object = '{}'",
        "digest = zeroblob(32)",
        "digest = null",
        "head = head + 1",
        "head = head - 1",
        "head_hash = zeroblob(32)",
        "agreed = 1",
        "agreed = 3",
        "agreed = null",
        "agreed = 99",
        "agreed_hash = zeroblob(32)",
        "agreed_hash = null",
        "balance = balance + 1",
        "balance = 0",
        "waiting = 0",
        "mine = 'foil'",
        "phase = 'draft'",
        "phase = 'void'",
        "phase = 'nonsense'",
        "partner = 'AAAA'",
        "partner = null",
    ] {
        let findings = after(&format!("update tally set {change}")).expect("verified");

        assert_ne!(findings.wrong, Vec::new(), "{change}");
    }
    let renamed = "update tally set id = '00000000-0000-0000-0000-000000000001';
                   update chit set tally = '00000000-0000-0000-0000-000000000001'";
    assert_ne!(after(renamed).expect("verified").wrong, Vec::new());
}

#[test]
fn a_wrong_agreed_hash_is_found_where_nothing_comes_after_it() {
    let changed = "delete from chit where idx > 2;
                   update tally set head = 2, agreed_hash = zeroblob(32), head_hash = zeroblob(32),
                       balance = 600, waiting = 0";

    let findings = after(changed).expect("verified");

    assert!(
        findings.wrong.iter().any(|finding| finding.what == "the agreed hash is another one"),
        "{findings:?}"
    );
}
