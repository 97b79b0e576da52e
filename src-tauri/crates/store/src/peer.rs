//! What is known of other agents, apart from tallies.

use rusqlite::{OptionalExtension, params};
use tallystick_core::{AgentId, Chad};

use crate::error::StoreError;
use crate::rows::{Rows, agent, corrupt};

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

    /// Agents with whom a tally stands or is being agreed.
    pub fn partners(&self) -> Result<Vec<AgentId>, StoreError> {
        let sql = "select distinct partner from tally
                   where partner is not null and phase not in ('draft', 'void', 'close') order by partner";
        let mut statement = self.conn.prepare_cached(sql)?;
        let found: Vec<String> = statement.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
        found.iter().map(|text| agent(text, "tally")).collect()
    }

    /// Who an agent is to be addressed as: as in a tally we share, or in a ticket of theirs.
    pub fn chad_of(&self, agent: AgentId) -> Result<Option<Chad>, StoreError> {
        let sql = "select object -> iif(mine = 'stock', '$.foil.cert.chad', '$.stock.cert.chad') from tally
                   where partner = ?1 order by changed_at desc limit 1";
        let mut statement = self.conn.prepare_cached(sql)?;
        let of_tally: Option<Option<String>> =
            statement.query_row([agent.to_string()], |row| row.get(0)).optional()?;
        let read =
            |text: String| serde_json::from_str(&text).ok().and_then(|chad| Chad::from_value(&chad).ok());
        if let Some(chad) = of_tally.flatten().and_then(read) {
            return Ok(Some(chad));
        }
        let sql = "select chad from contact where partner = ?1 order by made_at desc limit 1";
        let mut statement = self.conn.prepare_cached(sql)?;
        let of_ticket: Option<String> =
            statement.query_row([agent.to_string()], |row| row.get(0)).optional()?;
        of_ticket.map(|text| Chad::parse_uri(&text).map_err(|_| corrupt("contact"))).transpose()
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
