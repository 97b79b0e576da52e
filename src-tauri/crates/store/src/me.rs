//! Who this wallet is, and the person's choices.

use rusqlite::{OptionalExtension, params};
use tallystick_core::Certificate;

use crate::error::StoreError;
use crate::rows::{Rows, corrupt};

/// This wallet's own identity.
#[derive(Clone, Debug, PartialEq)]
pub struct Me {
    /// What it says about itself.
    pub certificate: Certificate,
    /// When it was made, ms since the Unix epoch.
    pub made_at: i64,
}

impl Rows<'_> {
    /// The wallet's identity, once there is one.
    pub fn me(&self) -> Result<Option<Me>, StoreError> {
        let row: Option<(String, i64)> = self
            .conn
            .query_row("select certificate, made_at from me", [], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        row.map(|(text, made_at)| {
            let raw = serde_json::from_str(&text).map_err(|_| corrupt("certificate"))?;
            let certificate = Certificate::parse(raw).map_err(|_| corrupt("certificate"))?;
            Ok(Me { certificate, made_at })
        })
        .transpose()
    }

    /// Sets the wallet's identity, or replaces its certificate by a newer one.
    pub fn set_me(&self, me: &Me) -> Result<(), StoreError> {
        self.conn.execute(
            "insert into me (one, certificate, made_at) values (1, ?1, ?2)
             on conflict (one) do update set certificate = excluded.certificate",
            params![me.certificate.raw().to_string(), me.made_at],
        )?;
        Ok(())
    }

    /// One of the person's choices.
    pub fn choice(&self, name: &str) -> Result<Option<String>, StoreError> {
        let value = self.conn.query_row("select value from choice where name = ?1", [name], |row| row.get(0));
        Ok(value.optional()?)
    }

    /// Forgets a choice.
    pub fn forget_choice(&self, name: &str) -> Result<(), StoreError> {
        self.conn.execute("delete from choice where name = ?1", [name])?;
        Ok(())
    }

    /// Remembers a choice.
    pub fn set_choice(&self, name: &str, value: &str) -> Result<(), StoreError> {
        self.conn.execute(
            "insert into choice (name, value) values (?1, ?2)
             on conflict (name) do update set value = excluded.value",
            [name, value],
        )?;
        Ok(())
    }
}
