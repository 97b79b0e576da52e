//! Contracts: ours, and those that were brought in.

use tallystick_core::{Contract, Digest};
use tallystick_store::{ContractRow, Rows, StoreError};

use crate::view::ContractView;

/// Of a title so many characters are shown: whoever wrote the text may have meant anything by its first line.
const TITLE: usize = 120;

/// The contract of this hash, if its text is here.
pub(crate) fn contract(rows: &Rows<'_>, hash: &Digest) -> Result<Option<ContractView>, StoreError> {
    match Contract::by_hash(hash) {
        Some(ours) => Ok(Some(builtin(ours))),
        None => Ok(rows.contract(hash)?.map(imported)),
    }
}

/// All contracts whose text is here.
pub(crate) fn contracts(rows: &Rows<'_>) -> Result<Vec<ContractView>, StoreError> {
    let imported = rows.contracts()?.into_iter().map(imported);
    Ok(Contract::builtin().iter().map(builtin).chain(imported).collect())
}

/// What a contract's text calls itself.
pub(crate) fn title(text: &str) -> String {
    Contract::title_of(text).chars().take(TITLE).collect()
}

fn builtin(contract: &Contract) -> ContractView {
    ContractView {
        hash: contract.hash().to_string(),
        title: contract.title().to_owned(),
        text: contract.text().to_owned(),
        builtin: true,
    }
}

fn imported(row: ContractRow) -> ContractView {
    ContractView { hash: row.hash.to_string(), title: title(&row.text), text: row.text, builtin: false }
}
