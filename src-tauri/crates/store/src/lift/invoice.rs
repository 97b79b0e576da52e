//! Invoices that strangers can pay: ours, and those that our person pays.

use rusqlite::{OptionalExtension, Row, params};
use tallystick_core::Units;
use tallystick_core::lift::LiftInvoice;
use uuid::Uuid;

use crate::error::StoreError;
use crate::rows::{Rows, corrupt};

/// An invoice as the ledger holds it. Instants are ms since the Unix epoch.
#[derive(Clone, Debug, PartialEq)]
pub struct InvoiceRow {
    /// The invoice, as it was signed.
    pub invoice: LiftInvoice,
    /// We are to be paid.
    pub mine: bool,
    /// What our person agreed to pay, once they have.
    pub units: Option<Units>,
    /// How long a path to it is prepared.
    pub shown_until: Option<i64>,
    /// When that is done next.
    pub ask_at: Option<i64>,
    /// When it came into this ledger.
    pub made_at: i64,
}

const WHAT: &str = "invoice";

type Raw = (bool, String, Option<i64>, Option<i64>, Option<i64>, i64);

fn raw(row: &Row<'_>) -> Result<Raw, rusqlite::Error> {
    Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?, row.get(5)?))
}

pub(super) fn parse(text: &str) -> Result<LiftInvoice, StoreError> {
    let value = serde_json::from_str(text).map_err(|_| corrupt(WHAT))?;
    LiftInvoice::parse(value).map_err(|_| corrupt(WHAT))
}

fn invoice((mine, text, units, shown_until, ask_at, made_at): Raw) -> Result<InvoiceRow, StoreError> {
    let units = units.map(|milli| Units::new(milli).map_err(|_| corrupt(WHAT))).transpose()?;
    Ok(InvoiceRow { invoice: parse(&text)?, mine, units, shown_until, ask_at, made_at })
}

macro_rules! select {
    ($rest:literal) => {
        concat!("select mine, invoice, units, shown_until, ask_at, made_at from lift_invoice ", $rest)
    };
}

impl Rows<'_> {
    /// The invoice of a session.
    pub fn invoice(&self, session: Uuid) -> Result<Option<InvoiceRow>, StoreError> {
        let mut statement = self.conn.prepare_cached(select!("where session = ?1"))?;
        statement.query_row([session.to_string()], raw).optional()?.map(invoice).transpose()
    }

    /// Our own invoices, or those of others, the newest first.
    pub fn invoices(&self, mine: bool, limit: u32) -> Result<Vec<InvoiceRow>, StoreError> {
        let mut statement = self
            .conn
            .prepare_cached(select!("where mine = ?1 order by made_at desc, rowid desc limit ?2"))?;
        let raws: Vec<Raw> = statement.query_map(params![mine, limit], raw)?.collect::<Result<_, _>>()?;
        raws.into_iter().map(invoice).collect()
    }

    /// Invoices on show to which a path is to be prepared at this instant.
    pub fn invoices_asking(&self, now: i64) -> Result<Vec<InvoiceRow>, StoreError> {
        let mut statement =
            self.conn.prepare_cached(select!("where ask_at <= ?1 order by ask_at limit 64"))?;
        let raws: Vec<Raw> = statement.query_map([now], raw)?.collect::<Result<_, _>>()?;
        raws.into_iter().map(invoice).collect()
    }

    /// Writes an invoice. What was signed never changes; the rest does.
    pub fn put_invoice(&self, row: &InvoiceRow) -> Result<(), StoreError> {
        let sql =
            "insert into lift_invoice (session, mine, invoice, units, exp, shown_until, ask_at, made_at)
                   values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
                   on conflict (session) do update set units = excluded.units,
                       shown_until = excluded.shown_until, ask_at = excluded.ask_at
                   where invoice = excluded.invoice";
        self.conn.prepare_cached(sql)?.execute(params![
            row.invoice.session().to_string(),
            row.mine,
            row.invoice.raw().to_string(),
            row.units.map(Units::milli),
            row.invoice.exp().millis(),
            row.shown_until,
            row.ask_at,
            row.made_at,
        ])?;
        Ok(())
    }
}
