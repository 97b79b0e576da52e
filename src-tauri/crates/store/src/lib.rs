//! The ledger on disk: one encrypted SQLite file, one writer, as many readers as there are questions.
//!
//! Every act runs as `FnOnce(&Rows) -> Result<T, E>` on the writer's thread inside a transaction; acts that wait
//! together share one commit, and an act hears of its success only after the commit is durable. An act that fails is
//! undone alone. Readers see the last commit and cannot write.
//!
//! The schema is one page, `schema.sql`, beside the migrations that lead to it.

mod ban;
mod chit;
mod contact;
mod contract;
mod desk;
mod error;
mod history;
mod ledger;
mod lift;
mod log;
mod me;
mod migrate;
mod outbox;
mod peer;
mod place;
mod request;
mod room;
mod rows;
mod salvage;
#[cfg(feature = "sim")]
pub mod sim;
mod tally;
#[cfg(test)]
mod tests;
mod ticket;
mod verify;
mod walk;
mod words;
mod writer;

pub use ban::BanRow;
pub use chit::{ChitRow, Page};
pub use contact::{ContactPhase, ContactRow};
pub use contract::ContractRow;
pub use error::StoreError;
pub use history::{Sieve, Sifted};
pub use ledger::{DatabaseKey, Ledger};
pub use lift::{HeldRow, InvoiceRow, LiftRow, LiftTotal};
pub use log::{CancelledRow, EventRow, EvidenceRow, MOST_NEWS, NewEvent};
pub use me::Me;
pub use outbox::{How, Letter, NewLetter};
pub use peer::PeerRow;
pub use place::{MOST_PLACES, Place, Source};
pub use request::RequestRow;
pub use rows::Rows;
pub use salvage::Salvage;
pub use tally::{Damaged, Found, TallyNotes, TallyRow};
pub use ticket::{Spent, TicketRow, Use};
pub use verify::{Finding, Findings, Thorough};
