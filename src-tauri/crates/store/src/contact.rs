//! Tickets of others that we used: from the first call to the offer that answers it (protocol.md 6).

use rusqlite::{OptionalExtension, Row, params};
use tallystick_core::{AgentId, Certificate, Chad, TallyId, Units};
use uuid::Uuid;

use crate::error::StoreError;
use crate::rows::{Rows, corrupt};

/// How far a first contact has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ContactPhase {
    /// The ticket was not delivered yet.
    Calling,
    /// Their wallet has it; the person there decides.
    Waiting,
    /// Their offer is here.
    Offered,
    /// The ticket ran out before it could be delivered, or its maker said no.
    Lapsed,
}

impl ContactPhase {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Calling => "calling",
            Self::Waiting => "waiting",
            Self::Offered => "offered",
            Self::Lapsed => "lapsed",
        }
    }

    fn parse(text: &str) -> Result<Self, StoreError> {
        [Self::Calling, Self::Waiting, Self::Offered, Self::Lapsed]
            .into_iter()
            .find(|phase| phase.as_str() == text)
            .ok_or(corrupt("contact"))
    }
}

/// A first contact of ours. Instants are ms since the Unix epoch.
#[derive(Clone, PartialEq)]
pub struct ContactRow {
    /// Its name here.
    pub id: Uuid,
    /// Where the ticket says its maker is.
    pub chad: Chad,
    /// The token's text, needed until it is delivered.
    pub token: String,
    /// SHA-256 of the token: a used ticket is recognised by it.
    pub token_hash: [u8; 32],
    /// The name the code gave.
    pub name: Option<String>,
    /// The most we may owe, as the code said.
    pub claimed_limit: Option<Units>,
    /// How far it has come.
    pub phase: ContactPhase,
    /// The tally they offered.
    pub tally: Option<TallyId>,
    /// What we said about ourselves.
    pub certificate: Certificate,
    /// When we used the ticket.
    pub made_at: i64,
    /// When the ticket runs out.
    pub expires_at: i64,
}

impl std::fmt::Debug for ContactRow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ContactRow").field("id", &self.id).field("phase", &self.phase).finish_non_exhaustive()
    }
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "select id, chad, token, token_hash, name, claimed_limit, phase, tally, made_at, expires_at, certificate from contact ",
            $rest
        )
    };
}

struct Raw {
    id: String,
    chad: String,
    token: String,
    token_hash: Vec<u8>,
    name: Option<String>,
    claimed_limit: Option<i64>,
    phase: String,
    tally: Option<String>,
    times: (i64, i64),
    certificate: String,
}

fn raw(row: &Row<'_>) -> Result<Raw, rusqlite::Error> {
    Ok(Raw {
        id: row.get(0)?,
        chad: row.get(1)?,
        token: row.get(2)?,
        token_hash: row.get(3)?,
        name: row.get(4)?,
        claimed_limit: row.get(5)?,
        phase: row.get(6)?,
        tally: row.get(7)?,
        times: (row.get(8)?, row.get(9)?),
        certificate: row.get(10)?,
    })
}

fn contact(raw: Raw) -> Result<ContactRow, StoreError> {
    const WHAT: &str = "contact";
    Ok(ContactRow {
        id: raw.id.parse().map_err(|_| corrupt(WHAT))?,
        chad: Chad::parse_uri(&raw.chad).map_err(|_| corrupt(WHAT))?,
        token: raw.token,
        token_hash: raw.token_hash.try_into().map_err(|_| corrupt(WHAT))?,
        name: raw.name,
        claimed_limit: raw
            .claimed_limit
            .map(|milli| Units::new(milli).map_err(|_| corrupt(WHAT)))
            .transpose()?,
        phase: ContactPhase::parse(&raw.phase)?,
        tally: raw.tally.map(|text| text.parse().map_err(|_| corrupt(WHAT))).transpose()?,
        certificate: serde_json::from_str(&raw.certificate)
            .ok()
            .and_then(|value| Certificate::parse(value).ok())
            .ok_or(corrupt(WHAT))?,
        made_at: raw.times.0,
        expires_at: raw.times.1,
    })
}

impl Rows<'_> {
    /// One contact by its name here.
    pub fn contact(&self, id: Uuid) -> Result<Option<ContactRow>, StoreError> {
        let mut statement = self.conn.prepare_cached(select!("where id = ?1"))?;
        statement.query_row([id.to_string()], raw).optional()?.map(contact).transpose()
    }

    /// The contact that used this token.
    pub fn contact_by_token(&self, hash: &[u8; 32]) -> Result<Option<ContactRow>, StoreError> {
        let mut statement = self.conn.prepare_cached(select!("where token_hash = ?1"))?;
        statement.query_row([hash.as_slice()], raw).optional()?.map(contact).transpose()
    }

    /// Contacts with this agent that have no offer yet: the oldest first that waits, then the newest first that lapsed.
    /// Their wallet may have taken a ticket whose delivery we never heard of before it ran out.
    pub fn contacts_awaiting(&self, agent: AgentId) -> Result<Vec<ContactRow>, StoreError> {
        let mut statement = self.conn.prepare_cached(select!(
            "where partner = ?1 and phase in ('calling', 'waiting', 'lapsed')
             order by phase = 'lapsed', iif(phase = 'lapsed', -made_at, made_at), id"
        ))?;
        let raws: Vec<Raw> = statement.query_map([agent.to_string()], raw)?.collect::<Result<_, _>>()?;
        raws.into_iter().map(contact).collect()
    }

    /// The contact with this agent that an offer of theirs would answer.
    pub fn contact_awaiting(&self, agent: AgentId) -> Result<Option<ContactRow>, StoreError> {
        Ok(self.contacts_awaiting(agent)?.into_iter().next())
    }

    /// Contacts without an offer yet, and those that lapsed, newest first.
    pub fn contacts_unanswered(&self) -> Result<Vec<ContactRow>, StoreError> {
        let mut statement =
            self.conn.prepare_cached(select!("where phase != 'offered' order by made_at desc, id"))?;
        let raws: Vec<Raw> = statement.query_map([], raw)?.collect::<Result<_, _>>()?;
        raws.into_iter().map(contact).collect()
    }

    /// Writes a new contact.
    pub fn add_contact(&self, contact: &ContactRow) -> Result<(), StoreError> {
        let sql = "insert into contact (id, partner, chad, token, token_hash, name, claimed_limit, phase, tally, made_at, expires_at, certificate)
                   values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)";
        self.conn.prepare_cached(sql)?.execute(params![
            contact.id.to_string(),
            contact.chad.agent().to_string(),
            contact.chad.to_uri(),
            contact.token,
            contact.token_hash.as_slice(),
            contact.name,
            contact.claimed_limit.map(Units::milli),
            contact.phase.as_str(),
            contact.tally.map(|tally| tally.to_string()),
            contact.made_at,
            contact.expires_at,
            contact.certificate.raw().to_string(),
        ])?;
        Ok(())
    }

    /// Moves a contact on.
    pub fn set_contact(
        &self,
        id: Uuid,
        phase: ContactPhase,
        tally: Option<TallyId>,
    ) -> Result<(), StoreError> {
        let sql = "update contact set phase = ?2, tally = coalesce(?3, tally) where id = ?1";
        self.conn.prepare_cached(sql)?.execute(params![
            id.to_string(),
            phase.as_str(),
            tally.map(|tally| tally.to_string()),
        ])?;
        Ok(())
    }
}
