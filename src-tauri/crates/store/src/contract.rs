//! Contracts that were brought in from files, found by the hash of their exact text (protocol.md 7).

use rusqlite::{OptionalExtension, Row, params};
use tallystick_core::{Contract, Digest};

use crate::error::StoreError;
use crate::rows::Rows;

/// A contract that was brought in. `made_at` is ms since the Unix epoch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContractRow {
    /// SHA-256 of the text, computed anew when it was read.
    pub hash: Digest,
    /// The exact text.
    pub text: String,
    /// When it was brought in.
    pub made_at: i64,
}

fn contract(row: &Row<'_>) -> Result<ContractRow, rusqlite::Error> {
    let text: String = row.get(0)?;
    Ok(ContractRow { hash: Contract::hash_of(&text), text, made_at: row.get(1)? })
}

impl Rows<'_> {
    /// The contract of this hash. A text that was altered since is another contract, so it is not found.
    pub fn contract(&self, hash: &Digest) -> Result<Option<ContractRow>, StoreError> {
        let sql = "select text, made_at from contract where hash = ?1";
        let found = self.conn.prepare_cached(sql)?.query_row([hash.to_string()], contract).optional()?;
        Ok(found.filter(|contract| contract.hash == *hash))
    }

    /// All contracts that were brought in, newest first, under the hashes their texts have now.
    pub fn contracts(&self) -> Result<Vec<ContractRow>, StoreError> {
        let sql = "select text, made_at from contract order by made_at desc, hash";
        let mut statement = self.conn.prepare_cached(sql)?;
        let found = statement.query_map([], contract)?.collect::<Result<_, _>>()?;
        Ok(found)
    }

    /// Keeps a contract; one that is here already stays as it was. An altered one is mended.
    pub fn add_contract(&self, title: &str, text: &str, now: i64) -> Result<(), StoreError> {
        let sql = "insert into contract (hash, title, text, made_at) values (?1, ?2, ?3, ?4)
                   on conflict (hash) do update set title = excluded.title, text = excluded.text
                   where text != excluded.text";
        let hash = Contract::hash_of(text).to_string();
        self.conn.prepare_cached(sql)?.execute(params![hash, title, text, now])?;
        Ok(())
    }
}
