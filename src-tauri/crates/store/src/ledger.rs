//! Opening the file, and handing out its writer and readers.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, Once};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};
use zeroize::Zeroizing;

use crate::error::StoreError;
use crate::migrate;
use crate::room;
use crate::rows::Rows;
use crate::writer::Writer;

/// The 32 bytes the file is encrypted with.
pub type DatabaseKey = Zeroizing<[u8; 32]>;

/// How long a connection waits for the other ones' locks before it gives up.
const PATIENCE: Duration = Duration::from_secs(10);

/// Statements that a connection keeps prepared: more than there are in the program.
const STATEMENTS: usize = 256;

/// Readers kept for the next question.
const SPARE_READERS: usize = 4;

/// One open ledger.
pub struct Ledger {
    writer: Writer,
    readers: Mutex<Vec<Connection>>,
    path: PathBuf,
    key: DatabaseKey,
}

impl std::fmt::Debug for Ledger {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Ledger").field("path", &self.path).finish_non_exhaustive()
    }
}

impl Ledger {
    /// Opens the ledger, making it if there is none, and brings it up to the present schema.
    ///
    /// # Errors
    /// [`StoreError::WrongKey`] if the key does not fit, [`StoreError::Newer`] if a newer program wrote it.
    pub fn open(path: &Path, key: DatabaseKey) -> Result<Self, StoreError> {
        let conn = writing(path, &key)?;
        room::make(&conn, path);
        let writer = Writer::start(conn).map_err(|_| StoreError::Closed)?;
        Ok(Self { writer, readers: Mutex::default(), path: path.to_path_buf(), key })
    }

    /// Runs an act on the writer's thread and reports once its transaction is durable, or was undone.
    ///
    /// `done` runs on the writer's thread: it should only pass the result on.
    pub fn write<T, E>(
        &self,
        act: impl FnOnce(&Rows<'_>) -> Result<T, E> + Send + 'static,
        done: impl FnOnce(Result<Result<T, E>, StoreError>) + Send + 'static,
    ) where
        T: Send + 'static,
        E: Send + 'static,
    {
        self.writer.submit(act, done);
    }

    /// Answers a question from the last commit. Blocks for as long as the disk does.
    ///
    /// # Errors
    /// What the question itself refuses, or [`StoreError`].
    pub fn read<T, E: From<StoreError>>(&self, ask: impl FnOnce(&Rows<'_>) -> Result<T, E>) -> Result<T, E> {
        let spare = self.readers.lock().ok().and_then(|mut readers| readers.pop());
        let conn = match spare {
            Some(conn) => conn,
            None => self.reader()?,
        };
        // One snapshot for all statements of a question.
        conn.execute_batch("begin deferred").map_err(StoreError::from)?;
        let answer = ask(&Rows::of_reader(&conn));
        conn.execute_batch("commit").map_err(StoreError::from)?;
        if let Ok(mut readers) = self.readers.lock()
            && readers.len() < SPARE_READERS
        {
            readers.push(conn);
        }
        answer
    }

    fn reader(&self) -> Result<Connection, StoreError> {
        wake();
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let conn = Connection::open_with_flags(&self.path, flags)?;
        prepare(&conn, &self.key)?;
        conn.pragma_update(None, "query_only", true)?;
        Ok(conn)
    }
}

/// The one connection that writes, at the present schema.
pub(crate) fn writing(path: &Path, key: &DatabaseKey) -> Result<Connection, StoreError> {
    wake();
    let mut conn = Connection::open(path)?;
    prepare(&conn, key)?;
    conn.pragma_update(None, "journal_mode", "wal")?;
    conn.pragma_update(None, "synchronous", "full")?;
    conn.pragma_update(None, "wal_autocheckpoint", room::FOLD_AFTER)?;
    migrate::run(&mut conn, path)?;
    Ok(conn)
}

/// Lets SQLite set itself up before two threads can use it.
///
/// SQLite counts as set up before its ciphers are: `sqlite3_initialize` calls the hook that registers them after it has
/// told all other threads that it is done. A thread that opens a file in between finds that no key is possible.
pub(crate) fn wake() {
    static AWAKE: Once = Once::new();
    AWAKE.call_once(|| {
        // A failure here is met again, and reported, by the connection that is wanted.
        let _ = Connection::open_in_memory();
    });
}

fn prepare(conn: &Connection, key: &DatabaseKey) -> Result<(), StoreError> {
    let hex: Zeroizing<String> = Zeroizing::new(key.iter().map(|byte| format!("{byte:02x}")).collect());
    conn.pragma_update(None, "key", format!("x'{}'", hex.as_str()))?;
    conn.busy_timeout(PATIENCE)?;
    conn.set_prepared_statement_cache_capacity(STATEMENTS);
    // One plan for a statement, whatever it is asked for: else many are planned anew each time they are used.
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    conn.pragma_update(None, "foreign_keys", true)?;
    conn.pragma_update(None, "temp_store", "memory")?;
    // The first real read is where a wrong key shows.
    conn.query_row("select count(*) from sqlite_schema", [], |_| Ok(())).map_err(|_| StoreError::WrongKey)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc::channel;

    fn key(byte: u8) -> DatabaseKey {
        Zeroizing::new([byte; 32])
    }

    fn write<T: Send + 'static>(
        ledger: &Ledger,
        act: impl FnOnce(&Rows<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (send, receive) = channel();
        ledger.write(act, move |result| send.send(result).expect("the test listens"));
        receive.recv().expect("an answer")?
    }

    #[test]
    fn what_was_written_is_there_after_reopening() {
        let dir = tempfile::tempdir().expect("a folder");
        let path = dir.path().join("ledger.db");
        let ledger = Ledger::open(&path, key(1)).expect("opens");
        write(&ledger, |rows| rows.set_choice("theme", "dark")).expect("writes");
        drop(ledger);

        let ledger = Ledger::open(&path, key(1)).expect("opens again");

        let theme = ledger.read(|rows| rows.choice("theme")).expect("reads");
        assert_eq!(theme.as_deref(), Some("dark"));
    }

    #[test]
    fn another_key_opens_nothing_and_the_file_tells_nothing() {
        let dir = tempfile::tempdir().expect("a folder");
        let path = dir.path().join("ledger.db");
        let ledger = Ledger::open(&path, key(1)).expect("opens");
        write(&ledger, |rows| rows.set_choice("theme", "unmistakable")).expect("writes");
        drop(ledger);

        assert!(matches!(Ledger::open(&path, key(2)), Err(StoreError::WrongKey)));
        let bytes = std::fs::read(&path).expect("the file is there");
        assert!(!bytes.windows(12).any(|window| window == b"unmistakable"));
        assert!(!bytes.starts_with(b"SQLite format 3"));
    }

    #[test]
    fn a_refused_act_leaves_nothing_and_spares_its_neighbours() {
        let dir = tempfile::tempdir().expect("a folder");
        let ledger = Ledger::open(&dir.path().join("ledger.db"), key(1)).expect("opens");
        let (send, receive) = channel();
        for n in 0..20 {
            let send = send.clone();
            ledger.write(
                move |rows| {
                    rows.set_choice(&format!("c{n}"), "x")?;
                    if n % 2 == 0 { Err(StoreError::Closed) } else { Ok(()) }
                },
                move |result| send.send((n, matches!(result, Ok(Ok(()))))).expect("the test listens"),
            );
        }
        drop(send);

        for (n, kept) in receive {
            let there = ledger.read(|rows| rows.choice(&format!("c{n}"))).expect("reads").is_some();
            assert_eq!((kept, there), (n % 2 == 1, n % 2 == 1), "act {n}");
        }
    }

    #[test]
    fn a_panicking_act_is_undone_and_the_writer_lives_on() {
        let dir = tempfile::tempdir().expect("a folder");
        let ledger = Ledger::open(&dir.path().join("ledger.db"), key(1)).expect("opens");

        let fell = write::<()>(&ledger, |rows| {
            rows.set_choice("theme", "dark")?;
            panic!("on purpose");
        });

        assert!(matches!(fell, Err(StoreError::Panicked)));
        assert_eq!(ledger.read(|rows| rows.choice("theme")).expect("reads"), None);
        write(&ledger, |rows| rows.set_choice("theme", "light")).expect("still writes");
    }

    #[test]
    fn readers_cannot_write() {
        let dir = tempfile::tempdir().expect("a folder");
        let ledger = Ledger::open(&dir.path().join("ledger.db"), key(1)).expect("opens");

        assert!(ledger.read(|rows| rows.set_choice("theme", "dark")).is_err());
    }
}
