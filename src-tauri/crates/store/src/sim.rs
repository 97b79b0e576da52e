//! A ledger for simulations: in this thread, in memory or on disk, and it can be killed.
//!
//! The tables and the statements are those of [`crate::Ledger`]; every act is one transaction, as there.

use std::path::{Path, PathBuf};

use rusqlite::config::DbConfig;
use rusqlite::{Connection, TransactionBehavior, params};
use tallystick_core::TallyId;
use zeroize::Zeroizing;

use crate::desk::Desk;
use crate::error::StoreError;
use crate::ledger::{DatabaseKey, writing};
use crate::migrate;
use crate::room::log_of;
use crate::rows::Rows;

/// Statements kept prepared: more than there are.
const STATEMENTS: usize = 256;

/// One wallet's ledger.
#[derive(Debug)]
pub struct SimLedger {
    conn: Connection,
    /// What the writer's thread would keep in hand.
    desk: Desk,
    disk: Option<Disk>,
}

/// Where a ledger on disk lies.
#[derive(Debug)]
struct Disk {
    folder: PathBuf,
    /// Counts what the crashes have left.
    copy: u32,
}

/// What a tally looks like from outside, without putting its machine together.
#[derive(Clone, Debug, PartialEq)]
pub struct Glance {
    /// Its name.
    pub id: String,
    /// `stock` or `foil`.
    pub mine: String,
    /// The protocol's name of its phase.
    pub phase: String,
    /// The partner's agent.
    pub partner: Option<String>,
    /// The agreement's JSON.
    pub object: String,
    /// The tally's digest, once it has a chain.
    pub digest: Option<Vec<u8>>,
    /// Index of its last chit.
    pub head: u64,
    /// Chain hash there.
    pub head_hash: Option<Vec<u8>>,
    /// The highest agreed index.
    pub agreed: Option<u64>,
    /// Chain hash there.
    pub agreed_hash: Option<Vec<u8>>,
    /// Sum of all chits.
    pub balance: i64,
    /// What the partner has not taken yet.
    pub waiting: i64,
    /// What keeps the copies from matching, as JSON.
    pub dispute: Option<String>,
    /// The settings of both sides at the agreed index, ours first, as JSON.
    pub settings: (String, String),
}

/// A chit at its place, as it is written down.
#[derive(Clone, Debug, PartialEq)]
pub struct Place {
    /// Its name.
    pub uuid: String,
    /// Its index.
    pub index: i64,
    /// Its chain hash.
    pub hash: Vec<u8>,
    /// The JSON that was signed.
    pub object: String,
    /// Whether it is ours.
    pub mine: bool,
    /// What it adds to the balance.
    pub change: i64,
    /// The balance after it.
    pub balance_after: i64,
    /// Whether both copies are known to hold it there.
    pub matched: bool,
}

/// A request, as it is written down.
#[derive(Clone, Debug, PartialEq)]
pub struct Asked {
    /// Its name.
    pub uuid: String,
    /// Whether we ask.
    pub mine: bool,
    /// What became of it.
    pub state: String,
    /// The chit the payer is to sign.
    pub object: String,
    /// Until when, ms since the Unix epoch.
    pub until: Option<i64>,
}

impl SimLedger {
    /// A ledger that lives as long as its wallet is simulated.
    ///
    /// # Errors
    /// [`StoreError`] if SQLite cannot make it; so everywhere here.
    pub fn in_memory() -> Result<Self, StoreError> {
        crate::ledger::wake();
        let mut conn = Connection::open_in_memory()?;
        conn.pragma_update(None, "foreign_keys", true)?;
        migrate::run(&mut conn, Path::new("nowhere"))?;
        conn.set_prepared_statement_cache_capacity(STATEMENTS);
        conn.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
        Ok(Self { conn, desk: Desk::default(), disk: None })
    }

    /// A ledger in an encrypted file of this folder, as [`crate::Ledger`] would make it.
    pub fn on_disk(folder: &Path) -> Result<Self, StoreError> {
        let disk = Disk { folder: folder.to_path_buf(), copy: 0 };
        let conn = disk.open()?;
        Ok(Self { conn, desk: Desk::default(), disk: Some(disk) })
    }

    /// Whether this is a file.
    pub fn is_on_disk(&self) -> bool {
        self.disk.is_some()
    }

    /// Runs one act in a transaction of its own; a refused one leaves nothing.
    pub fn act<T, E: From<StoreError>>(
        &mut self,
        act: impl FnOnce(&Rows<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let transaction =
            self.conn.transaction_with_behavior(TransactionBehavior::Immediate).map_err(StoreError::from)?;
        self.desk.clear_mail();
        let rows = Rows::of_writer(&transaction, &self.desk);
        let outcome = act(&rows);
        let committed = match outcome.is_ok() {
            true => rows.keep_loose().and_then(|()| transaction.commit()).map_err(StoreError::from),
            false => {
                drop(transaction);
                Ok(())
            }
        };
        if outcome.is_err() || committed.is_err() {
            self.desk.lay_down();
        }
        committed?;
        outcome
    }

    /// Runs one act; the process is killed before it commits. The ledger is then what a new process finds.
    pub fn act_and_die<T, E: From<StoreError>>(
        &mut self,
        act: impl FnOnce(&Rows<'_>) -> Result<T, E>,
    ) -> Result<(), StoreError> {
        let transaction = self.conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
        // Nobody is left to hear of it.
        drop(act(&Rows::of_writer(&transaction, &self.desk)));
        if let Some(disk) = &mut self.disk {
            disk.leave()?;
        }
        drop(transaction);
        self.wake()
    }

    /// The process is killed between two transactions. The ledger is then what a new process finds.
    pub fn die(&mut self) -> Result<(), StoreError> {
        if let Some(disk) = &mut self.disk {
            disk.leave()?;
        }
        self.wake()
    }

    /// Answers a question.
    pub fn read<T, E>(&self, ask: impl FnOnce(&Rows<'_>) -> Result<T, E>) -> Result<T, E> {
        ask(&Rows::of_reader(&self.conn))
    }

    /// Rows written since the connection was opened: tells whether an act changed anything.
    pub fn changes(&self) -> u64 {
        self.conn.total_changes()
    }

    /// All tallies, without their chits, by name.
    pub fn glances(&self) -> Result<Vec<Glance>, StoreError> {
        let sql = "select id, mine, phase, partner, object, digest, head, head_hash, agreed, agreed_hash, balance, waiting,
                       dispute, settings_mine, settings_theirs from tally order by id";
        let mut statement = self.conn.prepare_cached(sql)?;
        let glances = statement.query_map([], |row| {
            Ok(Glance {
                id: row.get(0)?,
                mine: row.get(1)?,
                phase: row.get(2)?,
                partner: row.get(3)?,
                object: row.get(4)?,
                digest: row.get(5)?,
                head: whole(row.get(6)?),
                head_hash: row.get(7)?,
                agreed: row.get::<_, Option<i64>>(8)?.map(whole),
                agreed_hash: row.get(9)?,
                balance: row.get(10)?,
                waiting: row.get(11)?,
                dispute: row.get(12)?,
                settings: (row.get(13)?, row.get(14)?),
            })
        })?;
        Ok(glances.collect::<Result<_, _>>()?)
    }

    /// All chits of a tally, in order.
    pub fn places(&self, tally: &str) -> Result<Vec<Place>, StoreError> {
        let sql = "select uuid, idx, hash, object, mine, change, balance_after, matched_at is not null
                   from chit where tally = ?1 order by idx";
        let mut statement = self.conn.prepare_cached(sql)?;
        let places = statement.query_map(params![tally], |row| {
            Ok(Place {
                uuid: row.get(0)?,
                index: row.get(1)?,
                hash: row.get(2)?,
                object: row.get(3)?,
                mine: row.get(4)?,
                change: row.get(5)?,
                balance_after: row.get(6)?,
                matched: row.get(7)?,
            })
        })?;
        Ok(places.collect::<Result<_, _>>()?)
    }

    /// All requests of a tally, by name.
    pub fn asked(&self, tally: &str) -> Result<Vec<Asked>, StoreError> {
        let sql = "select uuid, mine, state, object, until from request where tally = ?1 order by uuid";
        let mut statement = self.conn.prepare_cached(sql)?;
        let asked = statement.query_map(params![tally], |row| {
            Ok(Asked {
                uuid: row.get(0)?,
                mine: row.get(1)?,
                state: row.get(2)?,
                object: row.get(3)?,
                until: row.get(4)?,
            })
        })?;
        Ok(asked.collect::<Result<_, _>>()?)
    }

    /// All letters that wait: the key, the partner's agent, and how often it was sent.
    pub fn mail(&self) -> Result<Vec<(String, String, u32)>, StoreError> {
        let mut statement =
            self.conn.prepare_cached("select key, partner, tries from outbox order by row")?;
        let mail = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
        Ok(mail.collect::<Result<_, _>>()?)
    }

    fn wake(&mut self) -> Result<(), StoreError> {
        self.desk.lay_down();
        if let Some(disk) = &self.disk {
            self.conn = disk.open()?;
        }
        Ok(())
    }

    /// Whether a tally in hand is exactly the one in the file.
    pub fn hand_is_true(&self, tally: TallyId) -> Result<bool, StoreError> {
        let in_hand = self.desk.tally(tally);
        Ok(in_hand.is_none() || in_hand == Rows::of_reader(&self.conn).tally(tally)?.map(|row| row.tally))
    }
}

impl Disk {
    fn file(&self) -> PathBuf {
        self.folder.join(format!("ledger-{}.db", self.copy))
    }

    fn open(&self) -> Result<Connection, StoreError> {
        let key: DatabaseKey = Zeroizing::new([7; 32]);
        let conn = writing(&self.file(), &key)?;
        conn.set_prepared_statement_cache_capacity(STATEMENTS);
        Ok(conn)
    }

    /// What a killed process leaves behind: the file and its log as they are, nothing folded in, nothing finished.
    fn leave(&mut self) -> Result<(), StoreError> {
        let left = self.file();
        self.copy += 1;
        let found = self.file();
        for (from, to) in [(left.clone(), found.clone()), (log_of(&left), log_of(&found))] {
            if from.exists() {
                std::fs::copy(&from, &to)
                    .map_err(|source| StoreError::CopyAside { path: to.clone(), source })?;
            }
        }
        Ok(())
    }
}

fn whole(index: i64) -> u64 {
    u64::try_from(index).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn survives(mut ledger: SimLedger) {
        ledger.act(|rows| rows.set_choice("theme", "dark")).expect("writes");
        ledger.die().expect("dies");
        ledger.act_and_die(|rows| rows.set_choice("theme", "light")).expect("dies again");

        let theme = ledger.read(|rows| rows.choice("theme")).expect("reads");

        assert_eq!(theme.as_deref(), Some("dark"));
    }

    #[test]
    fn a_killed_ledger_keeps_what_was_committed_and_nothing_else() {
        let folder = tempfile::tempdir().expect("a folder");

        survives(SimLedger::in_memory().expect("memory"));
        survives(SimLedger::on_disk(folder.path()).expect("a file"));
    }

    #[test]
    fn a_refused_act_leaves_nothing() {
        let mut ledger = SimLedger::in_memory().expect("memory");

        let refused = ledger.act(|rows| {
            rows.set_choice("theme", "dark")?;
            Err::<(), _>(StoreError::Closed)
        });

        assert!(refused.is_err());
        assert_eq!(ledger.read(|rows| rows.choice("theme")).expect("reads"), None);
    }
}
