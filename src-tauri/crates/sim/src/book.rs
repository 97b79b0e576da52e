//! What really happened, as no single wallet can know it.

use std::collections::{BTreeMap, BTreeSet};

use tallystick_core::{ChitId, TallyId, Ticket};

/// The run's own record.
#[derive(Debug, Default)]
pub(crate) struct Book {
    /// Every chit that an honest person signed and whose ledger has kept it.
    pub(crate) signed: BTreeMap<ChitId, Signed>,
    /// Every ticket that was shown around.
    pub(crate) codes: Vec<Code>,
    /// Frauds' chits that were checked by signature once.
    pub(crate) vouched: BTreeSet<String>,
    /// Everything a fraud's wallet ever sent, for saying it again.
    pub(crate) said: Vec<(usize, Vec<u8>)>,
}

/// A chit that an honest person signed.
#[derive(Debug)]
pub(crate) struct Signed {
    /// Whose.
    pub(crate) wallet: usize,
    /// In which tally.
    pub(crate) tally: String,
    /// The JSON that was signed, and the signature.
    pub(crate) text: String,
}

/// A ticket that was shown around.
#[derive(Clone, Debug)]
pub(crate) struct Code {
    /// Whose.
    pub(crate) maker: usize,
    /// Its name in its maker's ledger.
    pub(crate) id: uuid::Uuid,
    /// The draft it is for.
    pub(crate) tally: TallyId,
    /// The ticket.
    pub(crate) ticket: Ticket,
}
