//! What a ledger can refuse.

use std::path::PathBuf;

/// A refusal of the ledger. Nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The key does not open the file, or the file is no ledger.
    #[error("the ledger cannot be opened with this key")]
    WrongKey,
    /// The file was written by a newer program.
    #[error("the ledger is of version {found}, this program knows up to {known}")]
    Newer {
        /// Version of the file.
        found: u32,
        /// Newest version known here.
        known: u32,
    },
    /// A row holds what no program of ours wrote.
    #[error("the ledger holds an unreadable {what}")]
    Corrupt {
        /// Which kind of row.
        what: &'static str,
    },
    /// The file could not be copied aside before a migration.
    #[error("the ledger could not be copied to {path}")]
    CopyAside {
        /// Where to.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// SQLite or the disk.
    #[error("the ledger's file refuses")]
    Sqlite(#[from] rusqlite::Error),
    /// The transaction an act was part of could not be committed.
    #[error("nothing was written: the disk refuses")]
    NotCommitted,
    /// The writer is gone: the program is shutting down.
    #[error("the ledger is closed")]
    Closed,
    /// An act panicked; it was undone.
    #[error("an act on the ledger failed inside")]
    Panicked,
}
