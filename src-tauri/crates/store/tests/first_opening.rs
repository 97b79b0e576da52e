//! Many threads of a fresh process open their first ledgers in the same moment.

use std::process::Command;
use std::sync::{Arc, Barrier};
use std::thread;

use tallystick_store::Ledger;
use zeroize::Zeroizing;

/// Fresh processes: SQLite sets itself up only once in each.
const PROCESSES: usize = 100;

/// Threads of one process.
const THREADS: usize = 8;

/// Names the process that opens, among those that this test starts.
const CHILD: &str = "TALLYSTICK_TEST_OPENS_AT_ONCE";

#[test]
fn the_first_ledgers_of_a_process_may_be_opened_all_at_once() {
    if std::env::var_os(CHILD).is_some() {
        return open_all();
    }
    let program = std::env::current_exe().expect("this test");
    for process in 0..PROCESSES {
        let run = Command::new(&program).env(CHILD, "1").output().expect("the test runs");
        let said = String::from_utf8_lossy(&run.stdout);
        assert!(run.status.success(), "process {process}: {said}");
    }
}

fn open_all() {
    let folder = tempfile::tempdir().expect("a folder");
    let start = Arc::new(Barrier::new(THREADS));
    let threads: Vec<_> = (0..THREADS)
        .map(|n| {
            let (start, path) = (Arc::clone(&start), folder.path().join(format!("{n}.db")));
            thread::spawn(move || {
                start.wait();
                Ledger::open(&path, Zeroizing::new([7; 32])).map(drop)
            })
        })
        .collect();
    for thread in threads {
        thread.join().expect("no panic").expect("the ledger opens");
    }
}
