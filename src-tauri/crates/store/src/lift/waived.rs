//! What partners gave up in writing: kept for good, since a commit may be shown for it at any later time.

use rusqlite::{OptionalExtension, params};
use serde_json::Value;
use tallystick_core::chit::{ChitObject, Kind};
use tallystick_core::lift::{LiftHash, Waive};
use tallystick_core::{Half, TallyId};

use crate::error::StoreError;
use crate::rows::{Rows, corrupt};
use crate::verify::Findings;

const WHAT: &str = "waive";

fn waive(text: &str) -> Result<Waive, StoreError> {
    let value: Value = serde_json::from_str(text).map_err(|_| corrupt(WHAT))?;
    Waive::parse(&value).map_err(|_| corrupt(WHAT))
}

impl Rows<'_> {
    /// The partner's word that it gave up the promise of ours that a chit stands for, if it ever did.
    pub fn given_up(&self, tally: TallyId, chit: &ChitObject) -> Result<Option<Waive>, StoreError> {
        let named = chit.reference().and_then(|reference| reference.get("l1")).and_then(Value::as_str);
        let Some(hash) = named.and_then(|text| text.parse::<LiftHash>().ok()) else { return Ok(None) };
        if chit.kind() != Kind::Lift {
            return Ok(None);
        }
        if let Some(row) = self.lift(hash)? {
            return Ok(row.record.given_up(tally).cloned());
        }
        let sql = "select waive from lift_waived where chit = ?1 and tally = ?2";
        let asked = [hash.chit(tally).to_string(), tally.to_string()];
        let found: Option<String> =
            self.conn.prepare_cached(sql)?.query_row(asked, |row| row.get(0)).optional()?;
        found.map(|text| waive(&text)).transpose()
    }

    /// Lays aside what partners gave up of lifts that are about to be forgotten: those that ran out before an instant.
    pub(super) fn keep_waives(&self, past: i64, now: i64) -> Result<(), StoreError> {
        let sql = "insert or ignore into lift_waived (chit, tally, waive, at)
                   select json_extract(record, '$.outgoing.promise.chit.uuid'),
                          json_extract(record, '$.outgoing.promise.chit.tally'),
                          json_extract(record, '$.outgoing.waive'), ?2
                   from lift where stage in ('void', 'waived') and part = 'relay' and exp < ?1
                     and json_type(record, '$.outgoing.waive') = 'object'";
        self.conn.prepare_cached(sql)?.execute(params![past, now])?;
        Ok(())
    }

    /// Checks every paper, and that nothing counts that was given up.
    pub(super) fn verify_waives(&self, findings: &mut Findings) -> Result<(), StoreError> {
        let mut statement = self.conn.prepare_cached("select chit, tally, waive from lift_waived")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let (chit, named, text): (String, String, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
            let tally: TallyId = named.parse().map_err(|_| corrupt(WHAT))?;
            let theirs = self.tally(tally)?.map(|row| row.tally.mine().other());
            let [of_stock, of_foil] = self.lift_keys(tally)?;
            let keys = if theirs == Some(Half::Stock) { of_stock } else { of_foil };
            findings.signatures += 1;
            let sound = waive(&text).is_ok_and(|waive| {
                waive.tally() == tally
                    && waive.lift().chit(tally).to_string() == chit
                    && keys.iter().any(|key| waive.verify(key).is_ok())
            });
            if !sound {
                findings.add(tally, 0, "what a partner gave up does not check");
            }
            let name = chit.parse().map_err(|_| corrupt(WHAT))?;
            if self.chit(tally, name)?.is_some() {
                findings.add(tally, 0, "a lift is in the chain that was given up");
            }
        }
        Ok(())
    }
}
