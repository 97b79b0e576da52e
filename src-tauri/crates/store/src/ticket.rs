//! Tickets we issued (protocol.md 6).

use rusqlite::{OptionalExtension, Row, params};
use tallystick_core::mutant::{self, Mutant};
use tallystick_core::{AgentId, Chad, TallyId};
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
    /// Only whoever has this address's agent may use it.
    pub bound: Option<Chad>,
    /// For the person alone.
    pub note: Option<String>,
    /// When it was made.
    pub made_at: i64,
    /// When it runs out.
    pub expires_at: i64,
    /// How often it may be used. Used once at most, its draft becomes the tally; else each use makes a tally of its own.
    pub uses: u32,
    /// How often it was.
    pub used: u32,
    /// Who used it up, and when.
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

/// One use of a ticket that may be used more than once.
#[derive(Clone, Debug, PartialEq)]
pub struct Use {
    /// By whom, when, and with which certificate.
    pub by: Spent,
    /// The tally that came of it.
    pub tally: TallyId,
}

impl std::fmt::Debug for TicketRow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TicketRow").field("id", &self.id).field("tally", &self.tally).finish_non_exhaustive()
    }
}

impl TicketRow {
    /// May still be used at this instant.
    pub fn is_live(&self, now: i64) -> bool {
        let over = self.revoked_at.is_some() || now >= self.expires_at;
        self.spent.is_none() && (!over || mutant::is(Mutant::TicketNeverDies))
    }
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "select id, token_hash, token, tally, template, bound, note, made_at, expires_at, used_at, used_by, \
             used_key, revoked_at, uses, (select count(*) from ticket_use where ticket = id) from ticket ",
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
    uses: (u32, u32),
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
        uses: (row.get(13)?, row.get(14)?),
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
        bound: raw.bound.map(|text| Chad::parse_uri(&text).map_err(|_| corrupt(WHAT))).transpose()?,
        note: raw.note,
        made_at: raw.times.0,
        expires_at: raw.times.1,
        uses: raw.uses.0,
        used: if raw.uses.0 == 1 { u32::from(spent.is_some()) } else { raw.uses.1 },
        spent,
        revoked_at: raw.revoked_at,
    })
}

type RawUse = (String, String, String, i64);

fn raw_use(row: &Row<'_>) -> Result<RawUse, rusqlite::Error> {
    Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
}

fn one_use((by, certificate, tally, at): RawUse) -> Result<Use, StoreError> {
    const WHAT: &str = "ticket use";
    let by = Spent { at, agent: agent(&by, WHAT)?, certificate };
    Ok(Use { by, tally: tally.parse().map_err(|_| corrupt(WHAT))? })
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
            "insert into ticket (id, token_hash, token, tally, template, bound, note, made_at, expires_at, uses)
                   values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)";
        self.conn.prepare_cached(sql)?.execute(params![
            ticket.id.to_string(),
            ticket.token_hash.as_slice(),
            ticket.token,
            ticket.tally.to_string(),
            ticket.template,
            ticket.bound.as_ref().map(Chad::to_uri),
            ticket.note,
            ticket.made_at,
            ticket.expires_at,
            ticket.uses,
        ])?;
        Ok(())
    }

    /// Marks a live ticket as used and forgets the token's text. Gives `false` if it was not live any more.
    pub fn spend_ticket(&self, id: Uuid, spent: &Spent) -> Result<bool, StoreError> {
        let sql = if mutant::is(Mutant::TicketNeverDies) {
            "update ticket set used_at = ?2, used_by = ?3, used_key = ?4, token = null
             where id = ?1 and used_at is null"
        } else {
            "update ticket set used_at = ?2, used_by = ?3, used_key = ?4, token = null
             where id = ?1 and used_at is null and revoked_at is null and expires_at > ?2"
        };
        let changed = self.conn.prepare_cached(sql)?.execute(params![
            id.to_string(),
            spent.at,
            spent.agent.to_string(),
            spent.certificate,
        ])?;
        Ok(changed == 1)
    }

    /// Writes down one use of a ticket that may be used more than once; the last one forgets the token's text.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] if the ticket had no use left for this agent: then nothing else of the act may stay either.
    pub fn use_ticket_once(&self, id: Uuid, used: &Use) -> Result<(), StoreError> {
        let named = id.to_string();
        let sql = "insert into ticket_use (ticket, agent, certificate, tally, at)
                   select id, ?3, ?4, ?5, ?2 from ticket
                   where id = ?1 and used_at is null and revoked_at is null and expires_at > ?2
                     and (select count(*) from ticket_use where ticket = ?1) < uses";
        let (at, agent, certificate) = (used.by.at, used.by.agent.to_string(), &used.by.certificate);
        let written = self.conn.prepare_cached(sql)?.execute(params![
            named,
            at,
            agent,
            certificate,
            used.tally.to_string(),
        ])?;
        if written != 1 {
            return Err(corrupt("ticket without a use left"));
        }
        let sql = "update ticket set used_at = ?2, used_by = ?3, used_key = ?4, token = null
                   where id = ?1 and (select count(*) from ticket_use where ticket = ?1) >= uses";
        self.conn.prepare_cached(sql)?.execute(params![named, at, agent, certificate])?;
        Ok(())
    }

    /// An agent's use of a ticket that may be used more than once.
    pub fn ticket_use(&self, id: Uuid, agent: AgentId) -> Result<Option<Use>, StoreError> {
        let sql = "select agent, certificate, tally, at from ticket_use where ticket = ?1 and agent = ?2";
        let named = params![id.to_string(), agent.to_string()];
        self.conn.prepare_cached(sql)?.query_row(named, raw_use).optional()?.map(one_use).transpose()
    }

    /// The last use of a ticket that may be used more than once.
    pub fn last_ticket_use(&self, id: Uuid) -> Result<Option<Use>, StoreError> {
        let sql = "select agent, certificate, tally, at from ticket_use where ticket = ?1
                   order by at desc, rowid desc limit 1";
        self.conn
            .prepare_cached(sql)?
            .query_row([id.to_string()], raw_use)
            .optional()?
            .map(one_use)
            .transpose()
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
