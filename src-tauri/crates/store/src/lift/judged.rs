//! What this wallet decided as a referee.

use rusqlite::{OptionalExtension, params};
use tallystick_core::lift::{Cert, Core, Decision, LiftHash};

use crate::error::StoreError;
use crate::rows::{Rows, corrupt};

const WHAT: &str = "decision";

pub(super) const fn word(decision: Decision) -> &'static str {
    match decision {
        Decision::Commit => "commit",
        Decision::Void => "void",
    }
}

pub(super) fn cert(text: &str) -> Result<Cert, StoreError> {
    let value = serde_json::from_str(text).map_err(|_| corrupt(WHAT))?;
    Cert::parse(&value).map_err(|_| corrupt(WHAT))
}

impl Rows<'_> {
    /// What we decided about a lift.
    pub fn decision(&self, lift: LiftHash) -> Result<Option<Cert>, StoreError> {
        let sql = "select cert from lift_decision where lift = ?1";
        let found: Option<String> =
            self.conn.prepare_cached(sql)?.query_row([lift.to_string()], |row| row.get(0)).optional()?;
        found.map(|text| cert(&text)).transpose()
    }

    /// Writes a decision down, for good: one that stands there already stays.
    pub fn put_decision(&self, core: &Core, cert: &Cert, now: i64) -> Result<(), StoreError> {
        let sql = "insert or ignore into lift_decision (lift, decision, exp, core, cert, at)
                   values (?1, ?2, ?3, ?4, ?5, ?6)";
        self.conn.prepare_cached(sql)?.execute(params![
            cert.lift().to_string(),
            word(cert.decision()),
            core.exp().millis(),
            core.raw().to_string(),
            cert.to_value().to_string(),
            now,
        ])?;
        Ok(())
    }

    /// How many decisions are kept.
    pub fn decisions(&self) -> Result<u64, StoreError> {
        let count: i64 = self.conn.query_row("select count(*) from lift_decision", [], |row| row.get(0))?;
        u64::try_from(count).map_err(|_| corrupt(WHAT))
    }
}
