//! A connection seen as the nouns it holds, and the small conversions every noun needs.

use rusqlite::Connection;
use tallystick_core::{AgentId, Digest};

use crate::error::StoreError;

/// The ledger's tables, inside one transaction. The nouns are in the sibling modules.
#[derive(Debug)]
pub struct Rows<'c> {
    pub(crate) conn: &'c Connection,
}

impl<'c> Rows<'c> {
    pub(crate) fn new(conn: &'c Connection) -> Self {
        Self { conn }
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
