//! Contracts: texts that a tally names by their hash (protocol.md 7).

use tallystick_core::Contract;

use crate::show;
use crate::view::{ContractView, Failure, FailureCode};
use crate::wallet::Wallet;

/// The longest contract, in bytes: forty pages.
pub const MAX_CONTRACT: usize = 128 * 1024;

impl Wallet {
    /// A contract whose text is here, by its hash.
    ///
    /// # Errors
    /// [`FailureCode::ContractMissing`].
    pub async fn contract(&self, hash: &str) -> Result<ContractView, Failure> {
        let missing = || Failure::plain(FailureCode::ContractMissing);
        let hash = hash.parse().map_err(|_| missing())?;
        self.inner.book.read(move |rows| show::contract(rows, &hash)?.ok_or_else(missing)).await
    }

    /// All contracts whose text is here: those that came with the program, then those brought in, newest first.
    ///
    /// # Errors
    /// Only faults of the disk.
    pub async fn contracts(&self) -> Result<Vec<ContractView>, Failure> {
        self.inner.book.read(|rows| Ok(show::contracts(rows)?)).await
    }

    /// Brings in the text of a contract. Its hash alone decides which contract it is, to the last byte.
    ///
    /// # Errors
    /// [`FailureCode::NotAContract`] for a text that nobody could read and agree to.
    pub async fn contract_import(&self, text: String) -> Result<ContractView, Failure> {
        let odd = |c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t');
        if text.len() > MAX_CONTRACT || text.trim().is_empty() || text.chars().any(odd) {
            return Err(Failure::plain(FailureCode::NotAContract));
        }
        let hash = Contract::hash_of(&text);
        let now = self.inner.now();
        self.inner
            .book
            .write(move |rows| {
                if show::contract(rows, &hash)?.is_none() {
                    rows.add_contract(&show::title(&text), &text, now)?;
                }
                show::contract(rows, &hash)?.ok_or(Failure::plain(FailureCode::ContractMissing))
            })
            .await
    }
}
