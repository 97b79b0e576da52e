//! What is known of other agents, apart from tallies.

use rusqlite::{OptionalExtension, params};
use tallystick_core::AgentId;

use crate::error::StoreError;
use crate::rows::Rows;

/// What is known of one agent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PeerRow {
    /// When a message of theirs last arrived, ms since the Unix epoch.
    pub heard_at: Option<i64>,
    /// The number of the newest list of places that they have signed; 0 before the first.
    pub told: i64,
    /// The number of our own newest list that they say they know; 0 before the first.
    pub noted: i64,
}

impl Rows<'_> {
    /// What is known of an agent.
    pub fn peer(&self, agent: AgentId) -> Result<PeerRow, StoreError> {
        let sql = "select heard_at, told, noted from peer where agent = ?1";
        let row = |row: &rusqlite::Row<'_>| {
            Ok(PeerRow { heard_at: row.get(0)?, told: row.get(1)?, noted: row.get(2)? })
        };
        let found = self.conn.prepare_cached(sql)?.query_row([agent.to_string()], row).optional()?;
        Ok(found.unwrap_or_default())
    }

    /// Remembers that an agent was heard.
    pub fn heard(&self, agent: AgentId, now: i64) -> Result<(), StoreError> {
        let sql = "insert into peer (agent, heard_at) values (?1, ?2)
                   on conflict (agent) do update set heard_at = excluded.heard_at";
        self.conn.prepare_cached(sql)?.execute(params![agent.to_string(), now])?;
        Ok(())
    }

    /// Remembers the number of the newest list of places that an agent has signed.
    pub fn told(&self, agent: AgentId, number: i64) -> Result<(), StoreError> {
        let sql = "insert into peer (agent, told) values (?1, ?2)
                   on conflict (agent) do update set told = max(told, excluded.told)";
        self.conn.prepare_cached(sql)?.execute(params![agent.to_string(), number])?;
        Ok(())
    }

    /// Remembers which list of ours an agent says it knows.
    pub fn noted(&self, agent: AgentId, number: i64) -> Result<(), StoreError> {
        let sql = "insert into peer (agent, noted) values (?1, ?2)
                   on conflict (agent) do update set noted = max(noted, excluded.noted)";
        self.conn.prepare_cached(sql)?.execute(params![agent.to_string(), number])?;
        Ok(())
    }
}
