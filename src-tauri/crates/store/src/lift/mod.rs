//! Lifts that this wallet takes part in: one row each, with the machine's own record in it.

mod clearing;
mod invoice;
mod judged;
mod search;
mod verify;
mod waived;

use rusqlite::{OptionalExtension, Row, params};
use tallystick_core::lift::timer::LONGEST;
use tallystick_core::lift::{LiftHash, Part, Record, Stage, Why};
use tallystick_core::{AgentId, TallyId};
use uuid::Uuid;

use crate::error::StoreError;
use crate::rows::{Rows, corrupt};

pub use clearing::{HeldRow, LiftTotal};
pub use invoice::InvoiceRow;

/// A lift as the ledger holds it. Instants are ms since the Unix epoch.
#[derive(Clone, Debug, PartialEq)]
pub struct LiftRow {
    /// What its machine keeps.
    pub record: Record,
    /// Why it came to nothing, if it began here and did.
    pub why: Option<Why>,
    /// When it came into this ledger.
    pub made_at: i64,
    /// When it last changed.
    pub changed_at: i64,
}

/// Lifts taken on in one turn.
const MOST_WOKEN: u32 = 256;

const WHAT: &str = "lift";

type Raw = (String, Option<String>, i64, i64);

fn raw(row: &Row<'_>) -> Result<Raw, rusqlite::Error> {
    Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
}

fn lift((record, why, made_at, changed_at): Raw) -> Result<LiftRow, StoreError> {
    let record = serde_json::from_str(&record).map_err(|_| corrupt(WHAT))?;
    let why = why.map(|word| why_of(&word).ok_or(corrupt(WHAT))).transpose()?;
    Ok(LiftRow { record, why, made_at, changed_at })
}

fn why_of(word: &str) -> Option<Why> {
    Why::ALL.into_iter().chain([Why::Other]).find(|why| why.as_str() == word)
}

const fn part_word(part: Part) -> &'static str {
    match part {
        Part::Originator => "originator",
        Part::Relay => "relay",
        Part::Payee => "payee",
    }
}

const fn stage_word(stage: Stage) -> &'static str {
    match stage {
        Stage::Open => "open",
        Stage::Good => "good",
        Stage::Void => "void",
        Stage::Waived => "waived",
    }
}

macro_rules! select {
    ($rest:literal) => {
        concat!("select record, why, made_at, changed_at from lift ", $rest)
    };
}

impl Rows<'_> {
    /// One lift by its name.
    pub fn lift(&self, hash: LiftHash) -> Result<Option<LiftRow>, StoreError> {
        let mut statement = self.conn.prepare_cached(select!("where hash = ?1"))?;
        statement.query_row([hash.to_string()], raw).optional()?.map(lift).transpose()
    }

    /// Lifts of one session, the newest first.
    pub fn lifts_of_session(&self, session: Uuid) -> Result<Vec<LiftRow>, StoreError> {
        let mut statement = self.conn.prepare_cached(select!("where session = ?1 order by rowid desc"))?;
        let raws: Vec<Raw> = statement.query_map([session.to_string()], raw)?.collect::<Result<_, _>>()?;
        raws.into_iter().map(lift).collect()
    }

    /// Lifts, the one that changed last first.
    pub fn lifts(&self, limit: u32) -> Result<Vec<LiftRow>, StoreError> {
        let mut statement =
            self.conn.prepare_cached(select!("order by changed_at desc, rowid desc limit ?1"))?;
        let raws: Vec<Raw> = statement.query_map([limit], raw)?.collect::<Result<_, _>>()?;
        raws.into_iter().map(lift).collect()
    }

    /// Lifts over a tally that are not final: those that hold something, and those of which a promise could come again.
    pub fn lifts_kept(&self, tally: TallyId, now: i64) -> Result<Vec<Record>, StoreError> {
        let sql = "select record, why, made_at, changed_at from lift
                   where hash in (select lift from lift_leg where tally = ?1)
                     and (stage = 'open' or (stage in ('void', 'waived') and exp > ?2))";
        let mut statement = self.conn.prepare_cached(sql)?;
        let asked = params![tally.to_string(), now.saturating_sub(LONGEST)];
        let raws: Vec<Raw> = statement.query_map(asked, raw)?.collect::<Result<_, _>>()?;
        raws.into_iter().map(|raw| Ok(lift(raw)?.record)).collect()
    }

    /// Open tallies, all or those with one partner, in an order that both sides know.
    pub fn open_tallies(&self, partner: Option<AgentId>) -> Result<Vec<TallyId>, StoreError> {
        let sql = "select id from tally where phase = 'open' and (?1 is null or partner = ?1) order by id";
        let mut statement = self.conn.prepare_cached(sql)?;
        let asked = [partner.map(|agent| agent.to_string())];
        let found: Vec<String> = statement.query_map(asked, |row| row.get(0))?.collect::<Result<_, _>>()?;
        found.iter().map(|text| text.parse().map_err(|_| corrupt("tally"))).collect()
    }

    /// Writes a lift as it stands now.
    pub fn put_lift(&self, record: &Record, now: i64) -> Result<(), StoreError> {
        let hash = record.lift().to_string();
        let text = serde_json::to_string(record).map_err(|_| corrupt(WHAT))?;
        let sql = "insert into lift (hash, session, part, stage, units, exp, wake_at, record, made_at, changed_at)
                   values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?9)
                   on conflict (hash) do update set part = excluded.part, stage = excluded.stage,
                       wake_at = excluded.wake_at, record = excluded.record, changed_at = excluded.changed_at";
        self.conn.prepare_cached(sql)?.execute(params![
            hash,
            record.core.session().to_string(),
            part_word(record.part),
            stage_word(record.stage()),
            record.core.units().milli(),
            record.core.exp().millis(),
            record.wake_at().map(|at| at.millis()),
            text,
            now,
        ])?;
        let sql = "insert or ignore into lift_leg (tally, lift) values (?1, ?2)";
        let mut statement = self.conn.prepare_cached(sql)?;
        for leg in record.legs() {
            statement.execute([leg.tally().to_string(), hash.clone()])?;
        }
        self.note_lift(record, now)
    }

    /// Remembers why a lift of ours came to nothing.
    pub fn lift_failed(&self, hash: LiftHash, why: Why) -> Result<(), StoreError> {
        let sql = "update lift set why = ?2 where hash = ?1";
        self.conn.prepare_cached(sql)?.execute([hash.to_string().as_str(), why.as_str()])?;
        Ok(())
    }

    /// Lifts whose referee is to be asked at this instant.
    pub fn lifts_due(&self, now: i64) -> Result<Vec<LiftHash>, StoreError> {
        let sql = "select hash from lift where wake_at <= ?1 order by wake_at limit ?2";
        let mut statement = self.conn.prepare_cached(sql)?;
        let found: Vec<String> =
            statement.query_map([now, MOST_WOKEN.into()], |row| row.get(0))?.collect::<Result<_, _>>()?;
        found.iter().map(|text| text.parse().map_err(|_| corrupt(WHAT))).collect()
    }

    /// When something about lifts is to be done next: a referee asked, a path prepared for an invoice on show, or one that
    /// came to count checked.
    pub fn next_lift(&self) -> Result<Option<i64>, StoreError> {
        let sql = "select min(at) from (select min(wake_at) as at from lift where wake_at is not null
                   union all select min(ask_at) from lift_invoice where ask_at is not null
                   union all select min(at) from lift_final where checked is null)";
        Ok(self.conn.prepare_cached(sql)?.query_row([], |row| row.get(0))?)
    }

    /// Forgets what nobody can come back to: searches that are over, voids that would be decided the same again, lifts
    /// that held nothing and of which no promise can come any more, and questions on their way about any of these.
    pub fn tidy_lifts(&self, now: i64) -> Result<(), StoreError> {
        let past = now.saturating_sub(LONGEST);
        self.keep_waives(past, now)?;
        let statements = [
            ("delete from lift_search where exp <= ?1", now),
            ("delete from lift_decision where decision = 'void' and exp < ?1", past),
            // What a person began stays to be looked at; what merely came by goes, unless we had promised it on and the
            // partner did not give that up: should its referee have lied, it is all we have against what we gave. Of what
            // the partner gave up, its word stays.
            (
                "delete from lift where stage in ('void', 'waived') and part = 'relay' and exp < ?1
                     and coalesce(json_extract(record, '$.outgoing.state'), 'waived') = 'waived'",
                past,
            ),
            (
                "delete from outbox where (key like 'l1-probe:%' or key like 'l1-match:%' or key like 'l1-end:%' or key like 'l1-judged:%') and queued_at < ?1",
                now - 60_000,
            ),
        ];
        for (sql, at) in statements {
            self.conn.prepare_cached(sql)?.execute([at])?;
        }
        Ok(())
    }
}
