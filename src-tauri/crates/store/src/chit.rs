//! Chits: what was promised, and where it stands in the chain.

use rusqlite::{OptionalExtension, Row, params};
use tallystick_core::chain::Linked;
use tallystick_core::chit::ChitObject;
use tallystick_core::{ChitId, Half, TallyId, Units};

use crate::error::StoreError;
use crate::rows::{Rows, corrupt, digest, index, signed};

/// A chit as the ledger holds it. Instants are ms since the Unix epoch.
#[derive(Clone, Debug, PartialEq)]
pub struct ChitRow {
    /// The chit and its place.
    pub linked: Linked,
    /// What it adds to our balance.
    pub change: Units,
    /// Our balance after it.
    pub balance_after: Units,
    /// Signed by us.
    pub mine: bool,
    /// When it was signed here, or arrived.
    pub recorded_at: i64,
    /// When it may first have left this wallet; until then it can be taken back.
    pub left_at: Option<i64>,
    /// When it was first handed to the partner's wallet.
    pub delivered_at: Option<i64>,
    /// When both copies were first known to hold it at this place.
    pub matched_at: Option<i64>,
}

/// A page of chits, newest first.
#[derive(Clone, Debug, PartialEq)]
pub struct Page {
    /// The chits.
    pub chits: Vec<ChitRow>,
    /// Whether there are older ones.
    pub more: bool,
    /// Chits in all.
    pub total: u64,
}

type Raw = (i64, String, Vec<u8>, i64, i64, bool, i64, Option<i64>, Option<i64>, Option<i64>);

fn raw(row: &Row<'_>) -> Result<Raw, rusqlite::Error> {
    Ok((
        row.get(0)?,
        row.get(1)?,
        row.get(2)?,
        row.get(3)?,
        row.get(4)?,
        row.get(5)?,
        row.get(6)?,
        row.get(7)?,
        row.get(8)?,
        row.get(9)?,
    ))
}

fn chit_row(raw: Raw) -> Result<ChitRow, StoreError> {
    const WHAT: &str = "chit";
    let (idx, object, hash, change, balance_after, mine, recorded_at, delivered_at, matched_at, left_at) =
        raw;
    let object = serde_json::from_str(&object).map_err(|_| corrupt(WHAT))?;
    let chit = ChitObject::parse(object).map_err(|_| corrupt(WHAT))?;
    let units = |milli| Units::new(milli).map_err(|_| corrupt(WHAT));
    Ok(ChitRow {
        linked: Linked { index: index(idx, WHAT)?, hash: digest(&hash, WHAT)?, chit },
        change: units(change)?,
        balance_after: units(balance_after)?,
        mine,
        recorded_at,
        left_at,
        delivered_at,
        matched_at,
    })
}

const SELECT: &str = "select idx, object, hash, change, balance_after, mine, recorded_at, delivered_at, matched_at, left_at from chit";

impl Rows<'_> {
    /// One chit by name.
    pub fn chit(&self, tally: TallyId, id: ChitId) -> Result<Option<ChitRow>, StoreError> {
        let sql = format!("{SELECT} where tally = ?1 and uuid = ?2");
        let mut statement = self.conn.prepare_cached(&sql)?;
        let found = statement.query_row([tally.to_string(), id.to_string()], raw).optional()?;
        found.map(chit_row).transpose()
    }

    /// The chit at a place that is known to be taken.
    pub(crate) fn at(&self, tally: TallyId, place: i64) -> Result<ChitRow, StoreError> {
        let sql = format!("{SELECT} where tally = ?1 and idx = ?2");
        chit_row(self.conn.prepare_cached(&sql)?.query_row(params![tally.to_string(), place], raw)?)
    }

    /// The chits beyond an index, oldest first.
    pub fn tail(&self, tally: TallyId, after: u64) -> Result<Vec<Linked>, StoreError> {
        let sql = format!("{SELECT} where tally = ?1 and idx > ?2 order by idx");
        let mut statement = self.conn.prepare_cached(&sql)?;
        let raws: Vec<Raw> =
            statement.query_map(params![tally.to_string(), signed(after)], raw)?.collect::<Result<_, _>>()?;
        raws.into_iter().map(|raw| chit_row(raw).map(|row| row.linked)).collect()
    }

    /// Chits before an index, newest first.
    pub fn page(&self, tally: TallyId, before: Option<u64>, limit: u32) -> Result<Page, StoreError> {
        let before = before.map_or(i64::MAX, signed);
        let sql = format!("{SELECT} where tally = ?1 and idx < ?2 order by idx desc limit ?3");
        let mut statement = self.conn.prepare_cached(&sql)?;
        let asked = params![tally.to_string(), before, i64::from(limit) + 1];
        let raws: Vec<Raw> = statement.query_map(asked, raw)?.collect::<Result<_, _>>()?;
        let mut chits = raws.into_iter().map(chit_row).collect::<Result<Vec<_>, _>>()?;
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let more = chits.len() > limit;
        chits.truncate(limit);
        let total: i64 = self
            .conn
            .prepare_cached("select head from tally where id = ?1")?
            .query_row([tally.to_string()], |row| row.get(0))
            .optional()?
            .unwrap_or(0);
        Ok(Page { chits, more, total: index(total, "tally")? })
    }

    /// Puts chits at their places, new ones and moved ones together.
    pub fn link(&self, mine: Half, links: &[(Linked, Units, Units)], now: i64) -> Result<(), StoreError> {
        let Some(first) = links.iter().map(|(linked, ..)| linked.index).min() else {
            return Ok(());
        };
        let tally = links[0].0.chit.tally().to_string();
        let moves: bool = self
            .conn
            .prepare_cached("select exists (select 1 from chit where tally = ?1 and idx >= ?2)")?
            .query_row(params![tally, signed(first)], |row| row.get(0))?;
        if moves {
            // Moved chits trade places: out of each other's way first, below every real index.
            self.conn
                .prepare_cached("update chit set idx = -idx where tally = ?1 and idx >= ?2")?
                .execute(params![tally, signed(first)])?;
        }
        let sql = "insert into chit (tally, uuid, idx, object, hash, mine, kind, change, balance_after, date, memo, recorded_at)
                   values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)
                   on conflict (tally, uuid) do update set idx = excluded.idx, hash = excluded.hash,
                       balance_after = excluded.balance_after
                   where chit.matched_at is null";
        let mut statement = self.conn.prepare_cached(sql)?;
        for (linked, change, balance_after) in links {
            let written = statement.execute(params![
                tally,
                linked.chit.uuid().to_string(),
                signed(linked.index),
                linked.chit.raw().to_string(),
                linked.hash.as_bytes().to_vec(),
                linked.chit.by() == mine,
                linked.chit.kind().as_str(),
                change.milli(),
                balance_after.milli(),
                linked.chit.date().millis(),
                linked.chit.memo(),
                now,
            ])?;
            if written != 1 {
                return Err(corrupt("chit that is agreed and was to be moved"));
            }
        }
        if !moves {
            return Ok(());
        }
        let stranded: bool = self
            .conn
            .prepare_cached("select exists (select 1 from chit where tally = ?1 and idx < 1)")?
            .query_row([&tally], |row| row.get(0))?;
        if stranded { Err(corrupt("chit that lost its place")) } else { Ok(()) }
    }

    /// Takes a chit of ours out that never left, and remembers it apart from the chain.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] if it may have left, or stands in the agreed part: then it must stay.
    pub fn unlink(&self, tally: TallyId, id: ChitId, now: i64) -> Result<(), StoreError> {
        let named = params![tally.to_string(), id.to_string()];
        let still = "from chit where tally = ?1 and uuid = ?2 and mine = 1 and left_at is null and matched_at is null";
        let sql = format!(
            "insert into cancelled (tally, uuid, object, change, cancelled_at) select tally, uuid, object, change, {now} {still}"
        );
        let kept = self.conn.prepare_cached(&sql)?.execute(named)?;
        let gone = self.conn.prepare_cached(&format!("delete {still}"))?.execute(named)?;
        if (kept, gone) == (1, 1) { Ok(()) } else { Err(corrupt("chit that left and was to be taken back")) }
    }

    /// Whether a chit of ours can still be taken back.
    pub fn is_still_here(&self, tally: TallyId, id: ChitId) -> Result<bool, StoreError> {
        let sql = "select exists (select 1 from chit where tally = ?1 and uuid = ?2 and mine = 1
                   and left_at is null and matched_at is null)";
        let named = params![tally.to_string(), id.to_string()];
        Ok(self.conn.prepare_cached(sql)?.query_row(named, |row| row.get(0))?)
    }

    /// Chits of the agreed part from an index on, oldest first, at most `limit`.
    pub fn from_index(
        &self,
        tally: TallyId,
        index: u64,
        through: u64,
        limit: u32,
    ) -> Result<Vec<Linked>, StoreError> {
        let sql = format!("{SELECT} where tally = ?1 and idx between ?2 and ?3 order by idx limit ?4");
        let mut statement = self.conn.prepare_cached(&sql)?;
        let asked = params![tally.to_string(), signed(index), signed(through), limit];
        let raws: Vec<Raw> = statement.query_map(asked, raw)?.collect::<Result<_, _>>()?;
        raws.into_iter().map(|raw| chit_row(raw).map(|row| row.linked)).collect()
    }

    /// Remembers the first delivery of a chit of ours.
    pub fn delivered(&self, tally: TallyId, id: ChitId, now: i64) -> Result<(), StoreError> {
        let sql = "update chit set delivered_at = ?3 where tally = ?1 and uuid = ?2 and delivered_at is null";
        self.conn.prepare_cached(sql)?.execute(params![tally.to_string(), id.to_string(), now])?;
        Ok(())
    }

    /// Remembers that both copies agree up to an index. What was matched was delivered, whoever said so.
    pub fn matched(&self, tally: TallyId, through: u64, now: i64) -> Result<(), StoreError> {
        // From the last that was matched on: the whole chain before it is not to be read again for every message.
        let sql = "update chit set matched_at = ?3, delivered_at = coalesce(delivered_at, ?3)
                   where tally = ?1 and idx <= ?2 and matched_at is null
                   and idx > coalesce((select idx from chit where tally = ?1 and idx <= ?2 and matched_at is not null
                                       order by idx desc limit 1), 0)";
        self.conn.prepare_cached(sql)?.execute(params![tally.to_string(), signed(through), now])?;
        self.pack_words(tally, through)
    }
}
