//! What a check of the whole ledger saw.

use serde::{Deserialize, Serialize};
use tallystick_node::Findings;

/// What a check of the whole ledger saw.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Verified {
    /// Tallies looked at.
    pub(crate) tallies: u64,
    /// Chits looked at.
    pub(crate) chits: u64,
    /// Signatures checked.
    pub(crate) signatures: u64,
    /// Hashes computed anew.
    pub(crate) hashes: u64,
    /// What is wrong.
    pub(crate) wrong: Vec<Wrong>,
}

/// Something wrong.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Wrong {
    /// In which tally.
    pub(crate) tally: String,
    /// At which index of the chain.
    pub(crate) index: u64,
    /// What.
    pub(crate) what: String,
}

impl From<Findings> for Verified {
    fn from(findings: Findings) -> Self {
        let wrong = findings.wrong.into_iter().map(|finding| Wrong {
            tally: finding.tally.to_string(),
            index: finding.index,
            what: finding.what.to_owned(),
        });
        Self {
            tallies: findings.tallies,
            chits: findings.chits,
            signatures: findings.signatures,
            hashes: findings.hashes,
            wrong: wrong.collect(),
        }
    }
}
