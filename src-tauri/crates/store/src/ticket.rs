//! Tickets we issued (protocol.md 6).

use rusqlite::{OptionalExtension, Row, params};
use tallystick_core::{AgentId, TallyId};
use uuid::Uuid;

use crate::error::StoreError;
use crate::rows::{Rows, agent, corrupt};

/// A ticket we issued. Instants are ms since the Unix epoch.
#[derive(Clone, PartialEq)]
pub struct TicketRow {
    /// Its name here; not the secret.
    pub id: Uuid,
    /// SHA-256 of the token: what a caller is found by.
    pub token_hash: [u8; 32],
    /// The token's text, only while the ticket can still be shown.
    pub token: Option<String>,
    /// The draft it belongs to.
    pub tally: TallyId,
    /// The ready-made set of terms it started from.
    pub template: String,
    /// Only this agent may use it.
    pub bound: Option<AgentId>,
    /// For the person alone.
    pub note: Option<String>,
    /// When it was made.
    pub made_at: i64,
    /// When it runs out.
    pub expires_at: i64,
    /// Who used it, and when.
    pub spent: Option<Spent>,
    /// When it was taken back.
    pub revoked_at: Option<i64>,
}

/// The use of a ticket.
#[derive(Clone, Debug, PartialEq)]
pub struct Spent {
    /// When, ms since the Unix epoch.
    pub at: i64,
    /// The caller's agent.
    pub agent: AgentId,
    /// SHA-256 of the certificate the caller brought, so that a repetition is told from a second use.
    pub certificate: String,
}

impl std::fmt::Debug for TicketRow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TicketRow").field("id", &self.id).field("tally", &self.tally).finish_non_exhaustive()
    }
}

impl TicketRow {
    /// May still be used at this instant.
    pub fn is_live(&self, now: i64) -> bool {
        self.spent.is_none() && self.revoked_at.is_none() && now < self.expires_at
    }
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "select id, token_hash, token, tally, template, bound, note, made_at, expires_at, used_at, used_by, \
             used_key, revoked_at from ticket ",
            $rest
        )
    };
}

struct Raw {
    id: String,
    token_hash: Vec<u8>,
    token: Option<String>,
    tally: String,
    template: String,
    bound: Option<String>,
    note: Option<String>,
    times: (i64, i64),
    used: (Option<i64>, Option<String>, Option<String>),
    revoked_at: Option<i64>,
}

fn raw(row: &Row<'_>) -> Result<Raw, rusqlite::Error> {
    Ok(Raw {
        id: row.get(0)?,
        token_hash: row.get(1)?,
        token: row.get(2)?,
        tally: row.get(3)?,
        template: row.get(4)?,
        bound: row.get(5)?,
        note: row.get(6)?,
        times: (row.get(7)?, row.get(8)?),
        used: (row.get(9)?, row.get(10)?, row.get(11)?),
        revoked_at: row.get(12)?,
    })
}

fn ticket(raw: Raw) -> Result<TicketRow, StoreError> {
    const WHAT: &str = "ticket";
    let spent = match raw.used {
        (Some(at), Some(by), Some(certificate)) => Some(Spent { at, agent: agent(&by, WHAT)?, certificate }),
        _ => None,
    };
    Ok(TicketRow {
        id: raw.id.parse().map_err(|_| corrupt(WHAT))?,
        token_hash: raw.token_hash.try_into().map_err(|_| corrupt(WHAT))?,
        token: raw.token,
        tally: raw.tally.parse().map_err(|_| corrupt(WHAT))?,
        template: raw.template,
        bound: raw.bound.map(|text| agent(&text, WHAT)).transpose()?,
        note: raw.note,
        made_at: raw.times.0,
        expires_at: raw.times.1,
        spent,
        revoked_at: raw.revoked_at,
    })
}

impl Rows<'_> {
    /// One ticket by its name here.
    pub fn ticket(&self, id: Uuid) -> Result<Option<TicketRow>, StoreError> {
        let mut statement = self.conn.prepare_cached(select!("where id = ?1"))?;
        statement.query_row([id.to_string()], raw).optional()?.map(ticket).transpose()
    }

    /// One ticket by the hash of the token a caller brings.
    pub fn ticket_by_token(&self, hash: &[u8; 32]) -> Result<Option<TicketRow>, StoreError> {
        let mut statement = self.conn.prepare_cached(select!("where token_hash = ?1"))?;
        statement.query_row([hash.as_slice()], raw).optional()?.map(ticket).transpose()
    }

    /// The newest ticket of a draft.
    pub fn ticket_of(&self, tally: TallyId) -> Result<Option<TicketRow>, StoreError> {
        let mut statement =
            self.conn.prepare_cached(select!("where tally = ?1 order by made_at desc, id limit 1"))?;
        statement.query_row([tally.to_string()], raw).optional()?.map(ticket).transpose()
    }

    /// All tickets, newest first.
    pub fn tickets(&self) -> Result<Vec<TicketRow>, StoreError> {
        let mut statement = self.conn.prepare_cached(select!("order by made_at desc, id"))?;
        let raws: Vec<Raw> = statement.query_map([], raw)?.collect::<Result<_, _>>()?;
        raws.into_iter().map(ticket).collect()
    }

    /// Writes a new ticket.
    pub fn add_ticket(&self, ticket: &TicketRow) -> Result<(), StoreError> {
        let sql =
            "insert into ticket (id, token_hash, token, tally, template, bound, note, made_at, expires_at)
                   values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
        self.conn.prepare_cached(sql)?.execute(params![
            ticket.id.to_string(),
            ticket.token_hash.as_slice(),
            ticket.token,
            ticket.tally.to_string(),
            ticket.template,
            ticket.bound.map(|agent| agent.to_string()),
            ticket.note,
            ticket.made_at,
            ticket.expires_at,
        ])?;
        Ok(())
    }

    /// Marks a live ticket as used and forgets the token's text. Gives `false` if it was not live any more.
    pub fn spend_ticket(&self, id: Uuid, spent: &Spent) -> Result<bool, StoreError> {
        let sql = "update ticket set used_at = ?2, used_by = ?3, used_key = ?4, token = null
                   where id = ?1 and used_at is null and revoked_at is null and expires_at > ?2";
        let changed = self.conn.prepare_cached(sql)?.execute(params![
            id.to_string(),
            spent.at,
            spent.agent.to_string(),
            spent.certificate,
        ])?;
        Ok(changed == 1)
    }

    /// Takes a ticket back. Gives `false` if it was used, or taken back, before.
    pub fn revoke_ticket(&self, id: Uuid, now: i64) -> Result<bool, StoreError> {
        let sql = "update ticket set revoked_at = ?2, token = null
                   where id = ?1 and used_at is null and revoked_at is null";
        Ok(self.conn.prepare_cached(sql)?.execute(params![id.to_string(), now])? == 1)
    }

    /// Whether a ticket, a contact or a request has run out that nobody was told of yet.
    pub fn anything_lapses(&self, now: i64) -> Result<bool, StoreError> {
        let sql = "select exists (select 1 from ticket where token is not null and expires_at <= ?1)
                   or exists (select 1 from contact where phase = 'calling' and expires_at <= ?1)
                   or exists (select 1 from request where state = 'waiting' and until <= ?1)";
        Ok(self.conn.prepare_cached(sql)?.query_row([now], |row| row.get(0))?)
    }

    /// Forgets the token texts of tickets that ran out and names those tickets.
    pub fn expire_tickets(&self, now: i64) -> Result<Vec<Uuid>, StoreError> {
        let sql = "update ticket set token = null where token is not null and expires_at <= ?1 returning id";
        let mut statement = self.conn.prepare_cached(sql)?;
        let ids: Vec<String> = statement.query_map([now], |row| row.get(0))?.collect::<Result<_, _>>()?;
        ids.into_iter().map(|id| id.parse().map_err(|_| corrupt("ticket"))).collect()
    }
}
