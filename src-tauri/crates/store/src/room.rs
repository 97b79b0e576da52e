//! Room in the log, made before it is needed.
//!
//! A commit is one flush of SQLite's write-ahead log. While the log grows, each flush must also make its new length
//! durable, which costs a file system two to three times as long as flushing bytes in place. So the log is filled with
//! zeros once, when the ledger is opened, and folded into the ledger before it outgrows them. A log of zeros is an empty
//! log to SQLite: it believes no frame without the salt and checksum of a header it wrote itself
//! (<https://sqlite.org/fileformat2.html#the_write_ahead_log>).

use std::fs::OpenOptions;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use rusqlite::Connection;

/// Bytes kept for the log.
const ROOM: usize = 8 * 1024 * 1024;

/// Pages after which the log is folded into the ledger: with their headers they leave a fifth of the room for the
/// transaction that is under way.
pub(crate) const FOLD_AFTER: u32 = 1_600;

/// Makes the log as long as it will be. Nobody else may have the ledger open.
pub(crate) fn make(conn: &Connection, ledger: &Path) {
    // Whatever a killed process left in the log belongs into the ledger first.
    let folded = conn.query_row("pragma wal_checkpoint(truncate)", [], |row| row.get::<_, i64>(0));
    let made = match folded {
        Ok(0) => fill(&log_of(ledger)),
        Ok(_) => return tracing::debug!("the log is in use and stays as it is"),
        Err(error) => Err(io::Error::other(error)),
    };
    // Only speed is lost.
    if let Err(error) = made {
        tracing::warn!(%error, "no room was made for the log");
    }
}

fn fill(log: &Path) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).open(log)?;
    if file.metadata()?.len() != 0 {
        return Ok(());
    }
    let zeros = vec![0; ROOM / 32];
    for _ in 0..32 {
        file.write_all(&zeros)?;
    }
    file.sync_all()
}

/// The log beside a ledger.
pub(crate) fn log_of(ledger: &Path) -> PathBuf {
    let mut name = ledger.as_os_str().to_owned();
    name.push("-wal");
    name.into()
}

#[cfg(test)]
mod tests {
    use zeroize::Zeroizing;

    use super::*;
    use crate::{Ledger, StoreError};

    fn choose(ledger: &Ledger, value: String) {
        let (send, receive) = std::sync::mpsc::channel();
        let act = move |rows: &crate::Rows<'_>| rows.set_choice("theme", &value);
        ledger.write::<_, StoreError>(act, move |result| send.send(result).expect("the test listens"));
        receive.recv().expect("an answer").expect("committed").expect("written");
    }

    fn chosen(ledger: &Ledger) -> Option<String> {
        ledger.read::<_, StoreError>(|rows| rows.choice("theme")).expect("reads")
    }

    #[test]
    fn the_log_never_outgrows_its_room() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("ledger.db");
        let ledger = Ledger::open(&path, Zeroizing::new([3; 32])).expect("opens");
        let length = || std::fs::metadata(log_of(&path)).expect("a log").len();
        assert_eq!(length(), u64::try_from(ROOM).expect("a small number"));

        // Many pages at a time, far more in all than there is room for.
        for round in 0..40 {
            choose(&ledger, format!("{}{round}", "x".repeat(900_000)));
        }

        assert_eq!(length(), u64::try_from(ROOM).expect("a small number"));
        assert!(chosen(&ledger).is_some_and(|text| text.ends_with("39")));
    }

    #[test]
    fn what_a_killed_process_left_in_the_log_is_found_by_the_next() {
        let folder = tempfile::tempdir().expect("a folder");
        let (path, copy) = (folder.path().join("ledger.db"), folder.path().join("copy.db"));
        let ledger = Ledger::open(&path, Zeroizing::new([3; 32])).expect("opens");
        choose(&ledger, "dark".to_owned());
        // As the disk is at this moment, with nothing folded in.
        std::fs::copy(&path, &copy).expect("copied");
        std::fs::copy(log_of(&path), log_of(&copy)).expect("copied");

        let found = Ledger::open(&copy, Zeroizing::new([3; 32])).expect("opens");

        assert_eq!(chosen(&found).as_deref(), Some("dark"));
    }
}
