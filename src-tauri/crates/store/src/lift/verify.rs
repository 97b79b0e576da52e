//! What is kept of lifts, checked against itself and against the chains.

use std::collections::BTreeSet;

use rusqlite::{OptionalExtension as _, params};
use serde_json::Value;
use tallystick_core::chit::{ChitObject, Kind};
use tallystick_core::lift::{Core, Decision, Delegation, Leg, LegState, LiftKey, Part, Record};
use tallystick_core::settings::Settings;
use tallystick_core::{Half, TallyId};
use uuid::Uuid;

use super::{judged, part_word, stage_word};
use crate::error::StoreError;
use crate::rows::Rows;
use crate::verify::Findings;

/// What stands beside a lift's record.
struct Columns {
    hash: String,
    session: String,
    part: String,
    stage: String,
    units: i64,
    exp: i64,
    wake_at: Option<i64>,
    record: String,
    legs: i64,
}

impl Columns {
    fn fit(&self, record: &Record) -> bool {
        self.hash == record.lift().to_string()
            && self.session == record.core.session().to_string()
            && self.part == part_word(record.part)
            && self.stage == stage_word(record.stage())
            && self.units == record.core.units().milli()
            && self.exp == record.core.exp().millis()
            && self.wake_at == record.wake_at().map(|at| at.millis())
    }
}

impl Rows<'_> {
    /// Every key that either side of a tally ever delegated for lifts, as its chain says: stock's, then foil's.
    pub fn lift_keys(&self, tally: TallyId) -> Result<[Vec<LiftKey>; 2], StoreError> {
        let sql = "select object from chit where tally = ?1 and kind = ?2";
        let mut statement = self.conn.prepare_cached(sql)?;
        let mut rows = statement.query(params![tally.to_string(), Kind::Set.as_str()])?;
        let mut keys = self.certified_lifts(tally)?.map(|said| {
            let said = said.as_ref().and_then(|said| Delegation::parse(said).ok());
            said.map(|delegation| delegation.key).into_iter().collect::<Vec<LiftKey>>()
        });
        while let Some(row) = rows.next()? {
            let text: String = row.get(0)?;
            // One that cannot be read is found where the chain is walked.
            let chit = serde_json::from_str(&text).ok().and_then(|value| ChitObject::parse(value).ok());
            let Some(chit) = chit else { continue };
            let mut settings = Settings::default();
            if let Some(reference) = chit.reference() {
                settings.take(reference);
            }
            let of_half = &mut keys[usize::from(chit.by() == Half::Foil)];
            of_half.extend(settings.delegation().map(|delegation| delegation.key));
        }
        Ok(keys)
    }

    /// What the certificates in a tally say of lifts: stock's, then foil's.
    pub(super) fn certified_lifts(&self, tally: TallyId) -> Result<[Option<Value>; 2], StoreError> {
        let sql = "select object from tally where id = ?1";
        let mut statement = self.conn.prepare_cached(sql)?;
        let text: Option<String> = statement.query_row([tally.to_string()], |row| row.get(0)).optional()?;
        let object: Value = text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
        Ok(["/stock/cert/l1", "/foil/cert/l1"].map(|place| object.pointer(place).cloned()))
    }

    /// Checks all lifts, decisions and invoices.
    pub(crate) fn verify_lifts(&self, findings: &mut Findings) -> Result<(), StoreError> {
        let sql = "select hash, session, part, stage, units, exp, wake_at, record,
                       (select count(*) from lift_leg where lift = hash) from lift";
        let mut statement = self.conn.prepare_cached(sql)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let columns = Columns {
                hash: row.get(0)?,
                session: row.get(1)?,
                part: row.get(2)?,
                stage: row.get(3)?,
                units: row.get(4)?,
                exp: row.get(5)?,
                wake_at: row.get(6)?,
                record: row.get(7)?,
                legs: row.get(8)?,
            };
            self.verify_lift(&columns, findings)?;
        }
        self.verify_waives(findings)?;
        self.verify_decisions(findings)?;
        self.verify_invoices(findings)
    }

    fn verify_lift(&self, columns: &Columns, findings: &mut Findings) -> Result<(), StoreError> {
        let Ok(record) = serde_json::from_str::<Record>(&columns.record) else {
            findings.add(NOWHERE, 0, "a lift cannot be read");
            return Ok(());
        };
        let at = record.legs().next().map_or(NOWHERE, Leg::tally);
        if !columns.fit(&record) {
            findings.add(at, 0, "what a lift says was copied wrongly");
        }
        if let Some(cert) = &record.cert {
            findings.signatures += 1;
            if cert.verify(&record.core).is_err() {
                findings.add(at, 0, "a lift's certificate does not check");
            }
        }
        if !is_covered(&record) {
            findings.add(at, 0, "a lift gives what it was not given");
        }
        let mut tallies = BTreeSet::new();
        for leg in record.legs() {
            tallies.insert(leg.tally());
            self.verify_leg(&record, leg, findings)?;
        }
        if i64::try_from(tallies.len()).ok() != Some(columns.legs) {
            findings.add(at, 0, "a lift is counted on other tallies");
        }
        Ok(())
    }

    fn verify_leg(&self, record: &Record, leg: &Leg, findings: &mut Findings) -> Result<(), StoreError> {
        let (tally, chit) = (leg.tally(), leg.promise.chit());
        let [of_stock, of_foil] = self.lift_keys(tally)?;
        let keys = if chit.by() == Half::Stock { of_stock } else { of_foil };
        findings.signatures += 1;
        if leg.promise.lift() != record.lift() || !keys.iter().any(|key| leg.promise.verify(key).is_ok()) {
            findings.add(tally, 0, "a promise's signature does not check");
        }
        let booked = self.chit(tally, chit.uuid())?.is_some();
        let commits = record.decision() == Some(Decision::Commit);
        if (leg.state == LegState::Good) && !(booked && commits) {
            findings.add(tally, 0, "a lift counts that is not in the chain");
        }
        // The partner's copy may have brought it before its commit came to us.
        if booked && matches!(leg.state, LegState::Waived | LegState::Void) && !commits {
            findings.add(tally, 0, "a lift is in the chain that came to nothing");
        }
        if booked && record.outgoing.as_ref() == Some(leg) && record.given_up(tally).is_some() {
            findings.add(tally, 0, "a lift is in the chain that was given up");
        }
        let sql = "select count(*) from lift_leg where lift = ?1 and tally = ?2";
        let named = [record.lift().to_string(), tally.to_string()];
        let counted: i64 = self.conn.prepare_cached(sql)?.query_row(named, |row| row.get(0))?;
        if counted != 1 {
            findings.add(tally, 0, "a lift is not counted on its tally");
        }
        Ok(())
    }

    fn verify_decisions(&self, findings: &mut Findings) -> Result<(), StoreError> {
        let mut statement =
            self.conn.prepare_cached("select lift, decision, exp, core, cert from lift_decision")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let (lift, decision, exp): (String, String, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
            let (core, cert): (String, String) = (row.get(3)?, row.get(4)?);
            let core = serde_json::from_str(&core).ok().and_then(|value| Core::parse(value).ok());
            findings.signatures += 1;
            let sound = match (core, judged::cert(&cert)) {
                (Some(core), Ok(cert)) => {
                    cert.verify(&core).is_ok()
                        && lift == core.hash().to_string()
                        && exp == core.exp().millis()
                        && decision == judged::word(cert.decision())
                }
                _ => false,
            };
            if !sound {
                findings.add(NOWHERE, 0, "a decision of ours does not check");
            }
        }
        Ok(())
    }

    fn verify_invoices(&self, findings: &mut Findings) -> Result<(), StoreError> {
        let mut statement = self.conn.prepare_cached("select session, invoice, exp from lift_invoice")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let (session, text, exp): (String, String, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
            findings.signatures += 1;
            let sound = super::invoice::parse(&text).is_ok_and(|invoice| {
                invoice.session().to_string() == session && invoice.exp().millis() == exp
            });
            if !sound {
                findings.add(NOWHERE, 0, "an invoice does not check");
            }
        }
        Ok(())
    }
}

/// Whether what a relay promised is covered by what it was promised (lifts.md 4, rule 2).
fn is_covered(record: &Record) -> bool {
    let counts = |leg: &&Leg| leg.state.is_open() || leg.state == LegState::Good;
    let out = record.outgoing.as_ref().filter(counts);
    record.part != Part::Relay || out.is_none() || record.incoming.as_ref().filter(counts).is_some()
}

/// Findings name a tally; these concern none.
const NOWHERE: TallyId = TallyId::new(Uuid::nil());
