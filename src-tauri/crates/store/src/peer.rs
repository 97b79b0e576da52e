//! Where agents were last found. Apart from tallies: addresses change, agreements do not.

use rusqlite::{OptionalExtension, params};
use tallystick_core::AgentId;

use crate::error::StoreError;
use crate::rows::{Rows, corrupt};

/// What is known of one agent's whereabouts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PeerRow {
    /// Host name or address.
    pub host: String,
    /// TCP port.
    pub port: u16,
    /// When a message of theirs last arrived, ms since the Unix epoch.
    pub heard_at: Option<i64>,
}

impl Rows<'_> {
    /// Where an agent was last found.
    pub fn peer(&self, agent: AgentId) -> Result<Option<PeerRow>, StoreError> {
        let sql = "select host, port, heard_at from peer where agent = ?1";
        let row: Option<(String, i64, Option<i64>)> = self
            .conn
            .prepare_cached(sql)?
            .query_row([agent.to_string()], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
            .optional()?;
        row.map(|(host, port, heard_at)| {
            Ok(PeerRow { host, port: u16::try_from(port).map_err(|_| corrupt("peer"))?, heard_at })
        })
        .transpose()
    }

    /// Remembers a proven address.
    pub fn set_peer(&self, agent: AgentId, host: &str, port: u16) -> Result<(), StoreError> {
        let sql = "insert into peer (agent, host, port) values (?1, ?2, ?3)
                   on conflict (agent) do update set host = excluded.host, port = excluded.port";
        self.conn.prepare_cached(sql)?.execute(params![agent.to_string(), host, port])?;
        Ok(())
    }

    /// Remembers that an agent was heard.
    pub fn heard(&self, agent: AgentId, now: i64) -> Result<(), StoreError> {
        let sql = "update peer set heard_at = ?2 where agent = ?1";
        self.conn.prepare_cached(sql)?.execute(params![agent.to_string(), now])?;
        Ok(())
    }
}
