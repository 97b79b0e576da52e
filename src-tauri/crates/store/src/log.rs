//! What happened, what partners said that cannot be, and what was taken back: only ever added to.

use rusqlite::{OptionalExtension, Row, params};
use serde_json::Value;
use tallystick_core::chit::ChitObject;
use tallystick_core::effect::EvidenceKind;
use tallystick_core::{ChitId, TallyId, Units};

use crate::error::StoreError;
use crate::rows::{Rows, corrupt, index, signed};

/// Pieces of evidence kept of one tally: a partner that repeats itself must not fill the disk.
const MAX_EVIDENCE: u32 = 32;

/// News beyond this many are not counted one by one.
pub const MOST_NEWS: u32 = 1_000;

/// Cancelled chits shown at once.
const MOST_CANCELLED: u32 = 100;

/// Something that happened, to be written down.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NewEvent {
    /// A word for it, the reader's own.
    pub kind: &'static str,
    /// Our own person did it.
    pub mine: bool,
    /// In which tally, or under which contact's name.
    pub tally: String,
    /// Which entry.
    pub entry: Option<ChitId>,
    /// Which request.
    pub request: Option<ChitId>,
    /// How much, toward us.
    pub units: Option<Units>,
    /// Words both sides see.
    pub memo: Option<String>,
    /// Why.
    pub reason: Option<String>,
}

/// Something that happened. `at` is ms since the Unix epoch.
#[derive(Clone, Debug, PartialEq)]
pub struct EventRow {
    /// Its place in the log.
    pub row: i64,
    /// The word for it.
    pub kind: String,
    /// Our own person did it.
    pub mine: bool,
    /// In which tally.
    pub tally: String,
    /// Which entry.
    pub entry: Option<String>,
    /// Which request.
    pub request: Option<String>,
    /// How much, toward us.
    pub units: Option<Units>,
    /// Words both sides see.
    pub memo: Option<String>,
    /// Why.
    pub reason: Option<String>,
    /// When.
    pub at: i64,
}

/// A piece of evidence. `at` is ms since the Unix epoch.
#[derive(Clone, Debug, PartialEq)]
pub struct EvidenceRow {
    /// What is wrong.
    pub kind: String,
    /// At which index, where it concerns one.
    pub index: Option<u64>,
    /// What they said, as it came.
    pub said: Value,
    /// When it came.
    pub at: i64,
}

/// A chit that was signed and taken back before it could leave.
#[derive(Clone, Debug, PartialEq)]
pub struct CancelledRow {
    /// The chit.
    pub chit: ChitObject,
    /// What it would have added to our balance.
    pub change: Units,
    /// When it was taken back, ms since the Unix epoch.
    pub cancelled_at: i64,
}

fn event(row: &Row<'_>) -> Result<(EventRow, Option<i64>), rusqlite::Error> {
    let units = row.get(6)?;
    Ok((
        EventRow {
            row: row.get(0)?,
            kind: row.get(1)?,
            mine: row.get(2)?,
            tally: row.get(3)?,
            entry: row.get(4)?,
            request: row.get(5)?,
            units: None,
            memo: row.get(7)?,
            reason: row.get(8)?,
            at: row.get(9)?,
        },
        units,
    ))
}

impl Rows<'_> {
    /// Writes down that something happened.
    pub fn happened(&self, event: &NewEvent, now: i64) -> Result<(), StoreError> {
        let sql = "insert into event (kind, mine, tally, entry, request, units, memo, reason, at)
                   values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
        self.conn.prepare_cached(sql)?.execute(params![
            event.kind,
            event.mine,
            event.tally,
            event.entry.map(|chit| chit.to_string()),
            event.request.map(|chit| chit.to_string()),
            event.units.map(Units::milli),
            event.memo,
            event.reason,
            now,
        ])?;
        Ok(())
    }

    /// What happened before a place in the log, newest first, at most `limit`.
    pub fn events(&self, before: Option<i64>, limit: u32) -> Result<Vec<EventRow>, StoreError> {
        let sql = "select row, kind, mine, tally, entry, request, units, memo, reason, at from event
                   where row < ?1 order by row desc limit ?2";
        let mut statement = self.conn.prepare_cached(sql)?;
        let found = statement.query_map(params![before.unwrap_or(i64::MAX), limit], event)?;
        let found: Vec<(EventRow, Option<i64>)> = found.collect::<Result<_, _>>()?;
        let units = |milli| Units::new(milli).map_err(|_| corrupt("event"));
        found
            .into_iter()
            .map(|(event, milli)| Ok(EventRow { units: milli.map(units).transpose()?, ..event }))
            .collect()
    }

    /// Events behind a place in the log that somebody else made: those not looked at yet. Counted as far as
    /// [`MOST_NEWS`].
    pub fn events_since(&self, row: i64) -> Result<u32, StoreError> {
        let sql = "select count(*) from (select 1 from event where row > ?1 and mine = 0 limit ?2)";
        Ok(self.conn.prepare_cached(sql)?.query_row(params![row, MOST_NEWS], |row| row.get(0))?)
    }

    /// Whether this place in the log is taken.
    pub fn has_event(&self, row: i64) -> Result<bool, StoreError> {
        let sql = "select exists (select 1 from event where row = ?1)";
        Ok(self.conn.prepare_cached(sql)?.query_row([row], |row| row.get(0))?)
    }

    /// When something of this kind last happened in a tally, ms since the Unix epoch.
    pub fn last_happened(&self, tally: TallyId, kind: &str) -> Result<Option<i64>, StoreError> {
        let sql = "select at from event where tally = ?1 and kind = ?2 order by row desc limit 1";
        let named = params![tally.to_string(), kind];
        Ok(self.conn.prepare_cached(sql)?.query_row(named, |row| row.get(0)).optional()?)
    }

    /// Keeps what a partner said; beyond a bound the first pieces stay, which are the ones that began it.
    pub fn keep_evidence(
        &self,
        tally: TallyId,
        kind: EvidenceKind,
        at_index: Option<u64>,
        said: &Value,
        now: i64,
    ) -> Result<(), StoreError> {
        let sql = "insert into evidence (tally, kind, idx, said, at) select ?1, ?2, ?3, ?4, ?5
                   where (select count(*) from evidence where tally = ?1) < ?6
                     and not exists (select 1 from evidence where tally = ?1 and said = ?4)";
        self.conn.prepare_cached(sql)?.execute(params![
            tally.to_string(),
            kind.as_str(),
            at_index.map(signed),
            said.to_string(),
            now,
            MAX_EVIDENCE,
        ])?;
        Ok(())
    }

    /// What was kept about a tally, oldest first.
    pub fn evidence(&self, tally: TallyId) -> Result<Vec<EvidenceRow>, StoreError> {
        type Raw = (String, Option<i64>, String, i64);
        let sql = "select kind, idx, said, at from evidence where tally = ?1 order by row";
        let mut statement = self.conn.prepare_cached(sql)?;
        let found = statement
            .query_map([tally.to_string()], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))?;
        let found: Vec<Raw> = found.collect::<Result<_, _>>()?;
        found
            .into_iter()
            .map(|(kind, at_index, said, at)| {
                let said = serde_json::from_str(&said).map_err(|_| corrupt("evidence"))?;
                let at_index = at_index.map(|value| index(value, "evidence")).transpose()?;
                Ok(EvidenceRow { kind, index: at_index, said, at })
            })
            .collect()
    }

    /// What was taken back in a tally, newest first, no more than a person reads.
    pub fn cancelled(&self, tally: TallyId) -> Result<Vec<CancelledRow>, StoreError> {
        type Raw = (String, i64, i64);
        let sql =
            "select object, change, cancelled_at from cancelled where tally = ?1 order by row desc limit ?2";
        let mut statement = self.conn.prepare_cached(sql)?;
        let found = statement.query_map(params![tally.to_string(), MOST_CANCELLED], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })?;
        let found: Vec<Raw> = found.collect::<Result<_, _>>()?;
        found
            .into_iter()
            .map(|(object, change, cancelled_at)| {
                let object = serde_json::from_str(&object).map_err(|_| corrupt("cancelled chit"))?;
                let chit = ChitObject::parse(object).map_err(|_| corrupt("cancelled chit"))?;
                let change = Units::new(change).map_err(|_| corrupt("cancelled chit"))?;
                Ok(CancelledRow { chit, change, cancelled_at })
            })
            .collect()
    }
}
