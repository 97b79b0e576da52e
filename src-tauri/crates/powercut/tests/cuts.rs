//! A cut loses exactly what it is said to lose, in a log that grows and in one that is written over.
#![cfg(target_os = "linux")]

use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::Command;

use rusqlite::Connection;

/// Names the ledger for the process that writes, among those that this test starts.
const CHILD: &str = "TALLYSTICK_TEST_LEDGER";

/// Commits that the process would make.
const COMMITS: u32 = 6;

#[test]
fn a_cut_loses_the_last_commit_or_none() {
    if let Some(ledger) = std::env::var_os(CHILD) {
        return write(Path::new(&ledger));
    }
    for room in [0, 1 << 20] {
        // The first flush of a new log is that of its header.
        for commit in 1..COMMITS {
            let flush = commit + 1;
            assert_eq!(kept(room, &format!("after:{flush}")), commit, "durable, with {room} bytes of log");
            assert_eq!(kept(room, &format!("lost:{flush}")), commit - 1, "lost, with {room} bytes of log");
        }
    }
}

/// Rows found in a ledger whose writer was cut, one row for each commit.
fn kept(room: usize, plan: &str) -> u32 {
    let folder = tempfile::tempdir().expect("a folder");
    let ledger = folder.path().join("ledger.db");
    let conn = Connection::open(&ledger).expect("a ledger");
    conn.execute_batch("pragma journal_mode = wal; create table t (n integer)").expect("a table");
    // The last connection folds the log into the ledger and removes it.
    drop(conn);
    std::fs::write(folder.path().join("ledger.db-wal"), vec![0; room]).expect("a log");

    let own = std::env::current_exe().expect("this test");
    let ended = Command::new(&own)
        .env(CHILD, &ledger)
        .env("LD_PRELOAD", own.with_file_name("libtallystick_powercut.so"))
        .env("TALLYSTICK_POWERCUT", plan)
        .output()
        .expect("the test runs");

    assert_eq!(ended.status.signal(), Some(9), "{plan}: {}", String::from_utf8_lossy(&ended.stdout));
    let conn = Connection::open(&ledger).expect("a ledger");
    conn.query_row("select count(*) from t", [], |row| row.get(0)).expect("rows")
}

fn write(ledger: &Path) {
    let conn = Connection::open(ledger).expect("a ledger");
    conn.execute_batch("pragma synchronous = full").expect("flushes at every commit");
    for n in 0..COMMITS {
        conn.execute("insert into t values (?1)", [n]).expect("a row");
    }
}
