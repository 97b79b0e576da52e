//! A connection seen as the nouns it holds, and the small conversions every noun needs.

use std::panic::{AssertUnwindSafe, catch_unwind};

use rusqlite::Connection;
use tallystick_core::{AgentId, Digest};

use crate::desk::Desk;
use crate::error::StoreError;

/// The ledger's tables, inside one transaction. The nouns are in the sibling modules.
#[derive(Debug)]
pub struct Rows<'c> {
    pub(crate) conn: &'c Connection,
    /// The writer's; a reader has none.
    pub(crate) desk: Option<&'c Desk>,
}

impl<'c> Rows<'c> {
    pub(crate) fn of_reader(conn: &'c Connection) -> Self {
        Self { conn, desk: None }
    }

    pub(crate) fn of_writer(conn: &'c Connection, desk: &'c Desk) -> Self {
        Self { conn, desk: Some(desk) }
    }

    /// Does one part of an act that may fail alone: what it did is undone then, and the rest of the act stands.
    ///
    /// # Errors
    /// The part's own error is inside; outside is a fault of the ledger, after which the whole act must be given up.
    pub fn apart<T, E: From<StoreError>>(
        &self,
        part: impl FnOnce(&Self) -> Result<T, E>,
    ) -> Result<Result<T, E>, StoreError> {
        self.conn.prepare_cached("savepoint part")?.execute([])?;
        let mail = self.desk.map(Desk::mail_so_far);
        let outcome = catch_unwind(AssertUnwindSafe(|| part(self)))
            .unwrap_or_else(|_| Err(E::from(StoreError::Panicked)));
        if outcome.is_err() {
            if let (Some(desk), Some(before)) = (self.desk, mail) {
                desk.lay_down();
                desk.mail(|mail| *mail = before);
            }
            self.conn.prepare_cached("rollback to part")?.execute([])?;
        }
        self.conn.prepare_cached("release part")?.execute([])?;
        Ok(outcome)
    }
}

pub(crate) fn corrupt(what: &'static str) -> StoreError {
    StoreError::Corrupt { what }
}

pub(crate) fn digest(bytes: &[u8], what: &'static str) -> Result<Digest, StoreError> {
    bytes.try_into().map(Digest::from_bytes).map_err(|_| corrupt(what))
}

pub(crate) fn agent(text: &str, what: &'static str) -> Result<AgentId, StoreError> {
    text.parse().map_err(|_| corrupt(what))
}

pub(crate) fn index(value: i64, what: &'static str) -> Result<u64, StoreError> {
    u64::try_from(value).map_err(|_| corrupt(what))
}

/// SQLite counts in i64; an index beyond it cannot be reached by counting.
pub(crate) fn signed(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}
