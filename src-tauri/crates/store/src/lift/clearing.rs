//! What clearing did and may do: sums, first sights of promises, evidence, pauses.

use std::collections::BTreeSet;

use rusqlite::{OptionalExtension, params};
use tallystick_core::chit::ChitObject;
use tallystick_core::lift::{Aim, LiftHash, LiftKey, Record, Stage};
use tallystick_core::settings::Settings;
use tallystick_core::{ChitId, TallyId, Units};

use crate::error::StoreError;
use crate::rows::{Rows, corrupt};

/// What came to count in a time, by kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LiftTotal {
    /// How many circles.
    pub circles: u32,
    /// What they cleared, in milli-CHIPs.
    pub cleared: i64,
    /// How many payments.
    pub payments: u32,
    /// What they moved, in milli-CHIPs.
    pub moved: i64,
}

/// When a leg of a lift was first on this disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HeldRow {
    /// The lift.
    pub lift: LiftHash,
    /// Value comes in.
    pub coming: bool,
    /// How much.
    pub units: Units,
    /// Since when, ms since the Unix epoch.
    pub at: i64,
    /// Until when it was open, if it was decided or given up; ms since the Unix epoch.
    pub until: Option<i64>,
}

const fn aim_word(aim: Aim) -> &'static str {
    match aim {
        Aim::Pay => "pay",
        Aim::Clear => "clear",
    }
}

impl Rows<'_> {
    /// Adds up what came to count from an instant on, and before another.
    pub fn lift_total(&self, from: i64, before: i64) -> Result<LiftTotal, StoreError> {
        let sql = "select aim, count(*), coalesce(sum(units), 0) from lift_final
                   where at >= ?1 and at < ?2 group by aim";
        let mut statement = self.conn.prepare_cached(sql)?;
        let found: Vec<(String, u32, i64)> = statement
            .query_map([from, before], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
            .collect::<Result<_, _>>()?;
        let mut total = LiftTotal::default();
        for (aim, count, sum) in found {
            if aim == aim_word(Aim::Clear) {
                (total.circles, total.cleared) = (count, sum);
            } else {
                (total.payments, total.moved) = (count, sum);
            }
        }
        Ok(total)
    }

    /// When the first lift came to count, and when this one did.
    pub fn lift_first_final(&self) -> Result<Option<i64>, StoreError> {
        Ok(self.conn.query_row("select min(at) from lift_final", [], |row| row.get(0))?)
    }

    /// When a lift came to count.
    pub fn lift_final_at(&self, lift: LiftHash) -> Result<Option<i64>, StoreError> {
        let sql = "select at from lift_final where lift = ?1";
        Ok(self.conn.prepare_cached(sql)?.query_row([lift.to_string()], |row| row.get(0)).optional()?)
    }

    /// When a promise was first on this disk.
    pub fn lift_held_at(
        &self,
        lift: LiftHash,
        tally: TallyId,
        coming: bool,
    ) -> Result<Option<i64>, StoreError> {
        let sql = "select at from lift_held where lift = ?1 and tally = ?2 and coming = ?3";
        let asked = params![lift.to_string(), tally.to_string(), coming];
        Ok(self.conn.prepare_cached(sql)?.query_row(asked, |row| row.get(0)).optional()?)
    }

    /// Other legs over a tally that were open at an instant, as far as they are remembered.
    pub fn lifts_open_at(&self, tally: TallyId, but: LiftHash, at: i64) -> Result<Vec<HeldRow>, StoreError> {
        let sql = "select held.lift, held.coming, lift.units, held.at,
                          case lift.stage when 'open' then null when 'good' then final.at else lift.changed_at end as until
                   from lift_held held join lift on lift.hash = held.lift
                   left join lift_final final on final.lift = held.lift
                   where held.tally = ?1 and held.lift <> ?2 and held.at < ?3 and coalesce(until, ?3 + 1) > ?3";
        let mut statement = self.conn.prepare_cached(sql)?;
        let asked = params![tally.to_string(), but.to_string(), at];
        let found: Vec<(String, bool, i64, i64, Option<i64>)> = statement
            .query_map(asked, |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?)))?
            .collect::<Result<_, _>>()?;
        let read = |(lift, coming, units, at, until): (String, bool, i64, i64, Option<i64>)| {
            let lift = lift.parse().map_err(|_| corrupt("lift"))?;
            let units = Units::new(units).map_err(|_| corrupt("lift"))?;
            Ok(HeldRow { lift, coming, units, at, until })
        };
        found.into_iter().map(read).collect()
    }

    /// What one side of a tally had signed in settings that were here by an instant, and our balance then.
    pub fn stood_at(
        &self,
        tally: TallyId,
        mine: bool,
        at: i64,
    ) -> Result<(Settings, Vec<ChitId>, Units), StoreError> {
        let sql =
            "select object from chit where tally = ?1 and kind = 'set' and mine = ?2 and recorded_at <= ?3
                   order by idx";
        let mut statement = self.conn.prepare_cached(sql)?;
        let asked = params![tally.to_string(), mine, at];
        let found: Vec<String> = statement.query_map(asked, |row| row.get(0))?.collect::<Result<_, _>>()?;
        let (mut settings, mut signed) = (Settings::default(), Vec::new());
        for text in found {
            let value = serde_json::from_str(&text).map_err(|_| corrupt("chit"))?;
            let chit = ChitObject::parse(value).map_err(|_| corrupt("chit"))?;
            if let Some(reference) = chit.reference() {
                settings.take(reference);
                signed.push(chit.uuid());
            }
        }
        if let Some(row) = self.tally(tally)? {
            let half = row.tally.mine();
            if let Some(certificate) = row.tally.object().cert(if mine { half } else { half.other() }) {
                settings = settings.from_certificate(certificate);
            }
        }
        let sql = "select coalesce(sum(change), 0) from chit where tally = ?1 and recorded_at <= ?2";
        let net: i64 =
            self.conn.prepare_cached(sql)?.query_row(params![tally.to_string(), at], |row| row.get(0))?;
        Ok((settings, signed, Units::new(net).map_err(|_| corrupt("balance"))?))
    }

    /// Lifts that came to count and that our own check has not looked at, a few at a time.
    pub fn lifts_unchecked(&self) -> Result<Vec<LiftHash>, StoreError> {
        let sql = "select lift from lift_final where checked is null limit 16";
        let mut statement = self.conn.prepare_cached(sql)?;
        let found: Vec<String> = statement.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
        found.iter().map(|text| text.parse().map_err(|_| corrupt("lift"))).collect()
    }

    /// Remembers that our own check has looked at a lift.
    pub fn lift_checked(&self, lift: LiftHash, now: i64) -> Result<(), StoreError> {
        let sql = "update lift_final set checked = ?2 where lift = ?1";
        self.conn.prepare_cached(sql)?.execute(params![lift.to_string(), now])?;
        Ok(())
    }

    /// Keeps evidence of a lift outside of what was signed; what was found first stays.
    pub fn put_lift_finding(&self, lift: LiftHash, evidence: &str, now: i64) -> Result<bool, StoreError> {
        let sql = "insert or ignore into lift_finding (lift, evidence, at) values (?1, ?2, ?3)";
        Ok(self.conn.prepare_cached(sql)?.execute(params![lift.to_string(), evidence, now])? == 1)
    }

    /// The evidence kept of a lift, and when it was found.
    pub fn lift_finding(&self, lift: LiftHash) -> Result<Option<(String, i64)>, StoreError> {
        let sql = "select evidence, at from lift_finding where lift = ?1";
        let mut statement = self.conn.prepare_cached(sql)?;
        Ok(statement.query_row([lift.to_string()], |row| Ok((row.get(0)?, row.get(1)?))).optional()?)
    }

    /// What referees that are not on this list decided against after we had promised it on: what is at stake should one of
    /// them say otherwise later, in milli-CHIPs.
    pub fn lifts_at_stake(&self, trusted: &[LiftKey]) -> Result<i64, StoreError> {
        let sql = "select json_extract(record, '$.core.ref[0].key'), sum(units) from lift
                   where stage = 'void' and json_extract(record, '$.outgoing.state') = 'void' group by 1";
        let mut statement = self.conn.prepare_cached(sql)?;
        let found: Vec<(Option<String>, i64)> =
            statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<Result<_, _>>()?;
        let ours = |key: &Option<String>| {
            let key = key.as_ref().and_then(|text| text.parse::<LiftKey>().ok());
            key.is_some_and(|key| trusted.contains(&key))
        };
        Ok(found.iter().filter(|(key, _)| !ours(key)).fold(0, |sum, (_, units)| sum.saturating_add(*units)))
    }

    /// Whether this wallet began a lift that it decides itself, and that somebody may still ask about.
    pub fn began_lift_since(&self, since: i64, own: &LiftKey) -> Result<bool, StoreError> {
        let sql = "select exists (select 1 from lift where part = 'originator' and exp > ?1
                   and json_extract(record, '$.core.ref[0].key') = ?2)";
        let asked = params![since, own.to_string()];
        Ok(self.conn.prepare_cached(sql)?.query_row(asked, |row| row.get(0))?)
    }

    /// Lets no lift go over a tally, or lets them again.
    pub fn pause_lifts(&self, tally: TallyId, wanted: bool, now: i64) -> Result<(), StoreError> {
        if wanted {
            let sql = "insert or ignore into lift_pause (tally, at) values (?1, ?2)";
            self.conn.prepare_cached(sql)?.execute(params![tally.to_string(), now])?;
        } else {
            self.conn
                .prepare_cached("delete from lift_pause where tally = ?1")?
                .execute([tally.to_string()])?;
        }
        Ok(())
    }

    /// Tallies over which the person lets no lift go.
    pub fn lifts_paused(&self) -> Result<BTreeSet<TallyId>, StoreError> {
        let mut statement = self.conn.prepare_cached("select tally from lift_pause")?;
        let found: Vec<String> = statement.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
        found.iter().map(|text| text.parse().map_err(|_| corrupt("tally"))).collect()
    }

    /// Remembers when legs were first here, and when the lift came to count.
    pub(super) fn note_lift(&self, record: &Record, now: i64) -> Result<(), StoreError> {
        let hash = record.lift().to_string();
        let sql = "insert or ignore into lift_held (lift, tally, coming, at) values (?1, ?2, ?3, ?4)";
        let mut statement = self.conn.prepare_cached(sql)?;
        let coming = record.incoming.iter().chain(&record.late).map(|leg| (leg, true));
        for (leg, coming) in coming.chain(record.outgoing.iter().map(|leg| (leg, false))) {
            statement.execute(params![hash, leg.tally().to_string(), coming, now])?;
        }
        if record.stage() == Stage::Good {
            let sql = "insert or ignore into lift_final (lift, aim, units, at) values (?1, ?2, ?3, ?4)";
            let (aim, units) = (aim_word(record.core.aim()), record.core.units().milli());
            self.conn.prepare_cached(sql)?.execute(params![hash, aim, units, now])?;
        }
        Ok(())
    }
}
