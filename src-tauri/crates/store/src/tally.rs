//! Tallies: the machine's record, and what is noted beside it.

mod texts;

use rusqlite::{OptionalExtension, Row, params};
use tallystick_core::chain::Chain;
use tallystick_core::tally::{Phase, Record, Settled, Tally, TallyObject};
use tallystick_core::{AgentId, Digest, Half, TallyId, Units};

use self::texts::{dispute, dispute_text, kept, settings};
use crate::error::StoreError;
use crate::rows::{Rows, corrupt, digest, index, signed};

/// What is known about a tally that no partner ever sees.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TallyNotes {
    /// The ready-made set of terms a draft started from.
    pub template: Option<String>,
    /// The most we may owe, as the code claimed before any offer came.
    pub claimed_limit: Option<Units>,
}

/// A tally and what is noted beside it.
#[derive(Clone, Debug, PartialEq)]
pub struct TallyRow {
    /// The machine.
    pub tally: Tally,
    /// What is noted beside it.
    pub notes: TallyNotes,
    /// When it came into this ledger, ms since the Unix epoch.
    pub made_at: i64,
    /// When anything about it last changed.
    pub changed_at: i64,
    /// When the two copies were last compared, whatever came of it.
    pub compared_at: Option<i64>,
    /// Since when they are known not to match, if they are.
    pub disputed_at: Option<i64>,
}

/// One of all tallies.
#[derive(Clone, Debug, PartialEq)]
pub enum Found {
    /// As it should be.
    Whole(Box<TallyRow>),
    /// Something of it cannot be read. What stands beside it is all there is to show.
    Damaged(Damaged),
}

impl Found {
    /// The tally, if it is as it should be.
    pub fn whole(self) -> Option<TallyRow> {
        match self {
            Self::Whole(row) => Some(*row),
            Self::Damaged(_) => None,
        }
    }
}

/// What is left of a tally that cannot be read. Amounts are milli-CHIPs from our side, as they were last written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Damaged {
    /// Its name here.
    pub id: String,
    /// Where it stands, if that can be read.
    pub phase: Option<Phase>,
    /// Every good chit.
    pub balance: i64,
    /// The part of it that the partner's wallet has not accepted yet.
    pub waiting: i64,
    /// When anything about it last changed, ms since the Unix epoch.
    pub changed_at: i64,
    /// What cannot be read.
    pub what: &'static str,
}

const COLUMNS: &str = "id, mine, phase, object, digest, agreed, agreed_hash, balance, reason, template, claimed_limit, made_at, changed_at, head,
    previous, revising, settings_mine, settings_theirs, dispute, compared_at, disputed_at, waiting";

/// A tally without its chits.
pub(crate) struct Bare {
    /// The machine's record; chain, sums and settings are blank.
    pub(crate) record: Record,
    /// The highest index that was agreed.
    pub(crate) agreed: Option<u64>,
    /// Our chain hash there.
    pub(crate) agreed_hash: Option<Digest>,
    /// Index of the last chit.
    pub(crate) head: u64,
}

/// The columns of a row, before anything is believed.
struct Raw {
    id: String,
    mine: String,
    phase: String,
    object: String,
    digest: Option<Vec<u8>>,
    agreed: Option<i64>,
    agreed_hash: Option<Vec<u8>>,
    balance: i64,
    reason: Option<String>,
    notes: (Option<String>, Option<i64>),
    times: (i64, i64),
    head: i64,
    previous: Option<String>,
    revising: bool,
    settings: (String, String),
    dispute: Option<String>,
    compared_at: Option<i64>,
    disputed_at: Option<i64>,
    waiting: i64,
}

impl Raw {
    fn of(row: &Row<'_>) -> Result<Self, rusqlite::Error> {
        Ok(Self {
            id: row.get(0)?,
            mine: row.get(1)?,
            phase: row.get(2)?,
            object: row.get(3)?,
            digest: row.get(4)?,
            agreed: row.get(5)?,
            agreed_hash: row.get(6)?,
            balance: row.get(7)?,
            reason: row.get(8)?,
            notes: (row.get(9)?, row.get(10)?),
            times: (row.get(11)?, row.get(12)?),
            head: row.get(13)?,
            previous: row.get(14)?,
            revising: row.get(15)?,
            settings: (row.get(16)?, row.get(17)?),
            dispute: row.get(18)?,
            compared_at: row.get(19)?,
            disputed_at: row.get(20)?,
            waiting: row.get(21)?,
        })
    }
}

impl Rows<'_> {
    /// One tally with the tail of its chain.
    pub fn tally(&self, id: TallyId) -> Result<Option<TallyRow>, StoreError> {
        if let Some(tally) = self.desk.and_then(|desk| desk.tally(id)) {
            let in_hand = Some(self.beside(tally)?);
            debug_assert!(self.read_tally(id)? == in_hand, "tally {id} in hand is not as it is on disk");
            return Ok(in_hand);
        }
        let read = self.read_tally(id)?;
        if let (Some(desk), Some(row)) = (self.desk, &read) {
            desk.keep(&row.tally);
        }
        Ok(read)
    }

    /// A machine in hand with what is noted beside it.
    fn beside(&self, tally: Tally) -> Result<TallyRow, StoreError> {
        let sql = "select template, claimed_limit, made_at, changed_at, compared_at, disputed_at from tally where id = ?1";
        let mut statement = self.conn.prepare_cached(sql)?;
        let (mut row, limit) = statement.query_row([tally.id().to_string()], |row| {
            let notes = TallyNotes { template: row.get(0)?, claimed_limit: None };
            let (made_at, changed_at) = (row.get(2)?, row.get(3)?);
            let (compared_at, disputed_at) = (row.get(4)?, row.get(5)?);
            let limit: Option<i64> = row.get(1)?;
            Ok((TallyRow { tally, notes, made_at, changed_at, compared_at, disputed_at }, limit))
        })?;
        row.notes.claimed_limit = limit.map(Units::new).transpose().map_err(|_| corrupt("tally"))?;
        Ok(row)
    }

    fn read_tally(&self, id: TallyId) -> Result<Option<TallyRow>, StoreError> {
        let sql = format!("select {COLUMNS} from tally where id = ?1");
        let raw = self.conn.prepare_cached(&sql)?.query_row([id.to_string()], Raw::of).optional()?;
        raw.map(|raw| self.put_together(raw)).transpose()
    }

    /// All tallies, the one that changed last first. One that cannot be read hides no other.
    pub fn tallies(&self) -> Result<Vec<Found>, StoreError> {
        let sql = format!("select {COLUMNS} from tally order by changed_at desc, id");
        let mut statement = self.conn.prepare_cached(&sql)?;
        let raws: Vec<Raw> = statement.query_map([], Raw::of)?.collect::<Result<_, _>>()?;
        raws.into_iter()
            .map(|raw| {
                let (id, balance, waiting) = (raw.id.clone(), raw.balance, raw.waiting);
                let (phase, changed_at) = (raw.phase.parse().ok(), raw.times.1);
                match self.put_together(raw) {
                    Ok(row) => Ok(Found::Whole(Box::new(row))),
                    Err(StoreError::Corrupt { what }) => {
                        Ok(Found::Damaged(Damaged { id, phase, balance, waiting, changed_at, what }))
                    }
                    Err(error) => Err(error),
                }
            })
            .collect()
    }

    /// Whether this agent is the partner of any tally that is past its draft (protocol.md 3, rule 2).
    pub fn is_partner(&self, agent: AgentId) -> Result<bool, StoreError> {
        let sql = "select exists (select 1 from tally where partner = ?1 and phase != 'draft')";
        Ok(self.conn.prepare_cached(sql)?.query_row([agent.to_string()], |row| row.get(0))?)
    }

    /// Writes a tally's record; the notes are kept as they are unless given.
    pub fn put_tally(&self, tally: &Tally, notes: Option<&TallyNotes>, now: i64) -> Result<(), StoreError> {
        let same = |held: &Tally| {
            let (held, new) = (held.record(), tally.record());
            let chained = held.chain.is_some() == new.chain.is_some();
            chained && held.object == new.object && held.previous == new.previous
        };
        let known = self.desk.and_then(|desk| desk.ask(tally.id(), same));
        match (known, notes) {
            (Some(true), None) => self.put_progress(tally, now)?,
            _ => self.put_whole(tally, notes, now)?,
        }
        if let Some(desk) = self.desk {
            desk.keep(tally);
        }
        Ok(())
    }

    /// Writes what changes with every chit; the agreement itself is on disk as it is here.
    fn put_progress(&self, tally: &Tally, now: i64) -> Result<(), StoreError> {
        let record = tally.record();
        let chain = record.chain.as_ref();
        let sql = "update tally set phase = ?2, head = ?3, head_hash = ?4, agreed = ?5, agreed_hash = ?6, balance = ?7,
                       waiting = ?8, reason = ?9, changed_at = ?10, revising = ?11, settings_mine = ?12,
                       settings_theirs = ?13, dispute = ?14,
                       disputed_at = iif(?14 is null, null, coalesce(disputed_at, ?10))
                   where id = ?1";
        let written = self.conn.prepare_cached(sql)?.execute(params![
            record.id.to_string(),
            record.phase.as_str(),
            chain.map_or(0, |chain| signed(chain.head())),
            chain.map(|chain| chain.head_hash().as_bytes().to_vec()),
            chain.and_then(Chain::agreed).map(signed),
            chain.map(|chain| chain.base().as_bytes().to_vec()),
            record.balance.milli(),
            tally.waiting().milli(),
            record.reason,
            now,
            record.revising,
            kept(&record.settings.mine),
            kept(&record.settings.theirs),
            record.dispute.as_ref().map(dispute_text),
        ])?;
        if written == 1 { Ok(()) } else { Err(corrupt("tally that is in hand and not on disk")) }
    }

    fn put_whole(&self, tally: &Tally, notes: Option<&TallyNotes>, now: i64) -> Result<(), StoreError> {
        let record = tally.record();
        let chain = record.chain.as_ref();
        let sql = "insert into tally (id, mine, phase, partner, object, digest, head, head_hash, agreed, agreed_hash,
                       balance, waiting, reason, template, claimed_limit, made_at, changed_at,
                       previous, revising, settings_mine, settings_theirs, dispute, disputed_at)
                   values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?16, ?17, ?18, ?19, ?20, ?21,
                       iif(?21 is null, null, ?16))
                   on conflict (id) do update set phase = excluded.phase, partner = excluded.partner,
                       object = excluded.object, digest = excluded.digest, head = excluded.head,
                       head_hash = excluded.head_hash, agreed = excluded.agreed, agreed_hash = excluded.agreed_hash,
                       balance = excluded.balance, waiting = excluded.waiting, reason = excluded.reason,
                       template = coalesce(excluded.template, template),
                       claimed_limit = coalesce(excluded.claimed_limit, claimed_limit),
                       changed_at = excluded.changed_at, previous = excluded.previous,
                       revising = excluded.revising, settings_mine = excluded.settings_mine,
                       settings_theirs = excluded.settings_theirs, dispute = excluded.dispute,
                       disputed_at = iif(excluded.dispute is null, null, coalesce(disputed_at, excluded.disputed_at))";
        self.conn.prepare_cached(sql)?.execute(params![
            record.id.to_string(),
            record.mine.as_str(),
            record.phase.as_str(),
            tally.partner().map(|agent| agent.to_string()),
            record.object.raw().to_string(),
            chain.map(|_| record.object.digest().as_bytes().to_vec()),
            chain.map_or(0, |chain| signed(chain.head())),
            chain.map(|chain| chain.head_hash().as_bytes().to_vec()),
            chain.and_then(Chain::agreed).map(signed),
            chain.map(|chain| chain.base().as_bytes().to_vec()),
            record.balance.milli(),
            tally.waiting().milli(),
            record.reason,
            notes.and_then(|notes| notes.template.clone()),
            notes.and_then(|notes| notes.claimed_limit).map(Units::milli),
            now,
            record.previous.as_ref().map(|object| object.raw().to_string()),
            record.revising,
            kept(&record.settings.mine),
            kept(&record.settings.theirs),
            record.dispute.as_ref().map(dispute_text),
        ])?;
        Ok(())
    }

    /// The agreement and what stands beside it, whatever became of the chits. The record has no chain, and its sums and
    /// settings are blank.
    pub(crate) fn bare(&self, id: TallyId) -> Result<Option<Bare>, StoreError> {
        const WHAT: &str = "tally";
        let sql = format!("select {COLUMNS} from tally where id = ?1");
        let raw = self.conn.prepare_cached(&sql)?.query_row([id.to_string()], Raw::of).optional()?;
        let Some(raw) = raw else { return Ok(None) };
        let parse = |text: &str| {
            let value = serde_json::from_str(text).map_err(|_| corrupt(WHAT))?;
            TallyObject::parse(value).map_err(|_| corrupt(WHAT))
        };
        let mine = [Half::Stock, Half::Foil].into_iter().find(|half| half.as_str() == raw.mine);
        let blank = Tally::draft(mine.ok_or(corrupt(WHAT))?, parse(&raw.object)?);
        let record = Record {
            id,
            phase: raw.phase.parse().map_err(|_| corrupt(WHAT))?,
            previous: raw.previous.as_deref().and_then(|text| parse(text).ok()),
            revising: raw.revising,
            reason: raw.reason,
            ..blank.record().clone()
        };
        let agreed = raw.agreed.map(|value| index(value, WHAT)).transpose()?;
        let agreed_hash = raw.agreed_hash.and_then(|hash| digest(&hash, WHAT).ok());
        Ok(Some(Bare { record, agreed, agreed_hash, head: index(raw.head, WHAT)? }))
    }

    /// Writes all of a tally's record, whatever was there.
    pub(crate) fn put_anew(&self, tally: &Tally, now: i64) -> Result<(), StoreError> {
        self.put_whole(tally, None, now)?;
        if let Some(desk) = self.desk {
            desk.keep(tally);
        }
        Ok(())
    }

    fn put_together(&self, raw: Raw) -> Result<TallyRow, StoreError> {
        const WHAT: &str = "tally";
        let id: TallyId = raw.id.parse().map_err(|_| corrupt(WHAT))?;
        let mine = match raw.mine.as_str() {
            "stock" => Half::Stock,
            "foil" => Half::Foil,
            _ => return Err(corrupt(WHAT)),
        };
        let phase: Phase = raw.phase.parse().map_err(|_| corrupt(WHAT))?;
        let parse = |text: &str| {
            let value = serde_json::from_str(text).map_err(|_| corrupt(WHAT))?;
            TallyObject::parse(value).map_err(|_| corrupt(WHAT))
        };
        let object = parse(&raw.object)?;
        let units = |milli| Units::new(milli).map_err(|_| corrupt(WHAT));
        let chain = match (&raw.digest, &raw.agreed_hash) {
            (Some(_), Some(base)) => {
                let agreed = raw.agreed.map(|value| index(value, WHAT)).transpose()?;
                let tail = self.tail(id, agreed.unwrap_or(0))?;
                let chain =
                    Chain::restore(agreed, digest(base, WHAT)?, tail).map_err(|_| corrupt("chain"))?;
                if signed(chain.head()) != raw.head {
                    return Err(corrupt("chain"));
                }
                Some(chain)
            }
            _ => None,
        };
        let record = Record {
            id,
            mine,
            phase,
            object,
            previous: raw.previous.as_deref().map(parse).transpose()?,
            revising: raw.revising,
            chain,
            balance: units(raw.balance)?,
            settings: Settled { mine: settings(&raw.settings.0)?, theirs: settings(&raw.settings.1)? },
            dispute: raw.dispute.as_deref().map(dispute).transpose()?,
            reason: raw.reason,
        };
        Ok(TallyRow {
            tally: Tally::restore(record),
            notes: TallyNotes { template: raw.notes.0, claimed_limit: raw.notes.1.map(units).transpose()? },
            made_at: raw.times.0,
            changed_at: raw.times.1,
            compared_at: raw.compared_at,
            disputed_at: raw.disputed_at,
        })
    }

    /// Remembers when the two copies were last compared.
    pub fn compared(&self, id: TallyId, now: i64) -> Result<(), StoreError> {
        let sql = "update tally set compared_at = ?2 where id = ?1";
        self.conn.prepare_cached(sql)?.execute(params![id.to_string(), now])?;
        Ok(())
    }
}
