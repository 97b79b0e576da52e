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
    /// Where a call claimed to come from before its caller had proven to be alive.
    pub hint: Option<(String, u16)>,
    /// When a message of theirs last arrived, ms since the Unix epoch.
    pub heard_at: Option<i64>,
}

type Raw = (String, i64, Option<String>, Option<i64>, Option<i64>);

impl Rows<'_> {
    /// Where an agent was last found.
    pub fn peer(&self, agent: AgentId) -> Result<Option<PeerRow>, StoreError> {
        let sql = "select host, port, hint_host, hint_port, heard_at from peer where agent = ?1";
        let row: Option<Raw> = self
            .conn
            .prepare_cached(sql)?
            .query_row([agent.to_string()], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?))
            })
            .optional()?;
        let number = |port: i64| u16::try_from(port).map_err(|_| corrupt("peer"));
        row.map(|(host, port, hint_host, hint_port, heard_at)| {
            let hint = match (hint_host, hint_port) {
                (Some(host), Some(port)) => Some((host, number(port)?)),
                _ => None,
            };
            Ok(PeerRow { host, port: number(port)?, hint, heard_at })
        })
        .transpose()
    }

    /// Remembers a proven address; what was only claimed before is forgotten.
    pub fn set_peer(&self, agent: AgentId, host: &str, port: u16) -> Result<(), StoreError> {
        let sql = "insert into peer (agent, host, port) values (?1, ?2, ?3)
                   on conflict (agent) do update set host = excluded.host, port = excluded.port,
                       hint_host = null, hint_port = null";
        self.conn.prepare_cached(sql)?.execute(params![agent.to_string(), host, port])?;
        Ok(())
    }

    /// Remembers where a call claimed to come from.
    pub fn hint_peer(&self, agent: AgentId, host: &str, port: u16) -> Result<(), StoreError> {
        let sql = "update peer set hint_host = ?2, hint_port = ?3
                   where agent = ?1 and (host, port) != (?2, ?3)";
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
