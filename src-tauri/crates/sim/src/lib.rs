//! For tests only: whole wallets in seeded virtual time, on a bad network, with people and frauds.
//!
//! Each wallet is the node's own inside (gate, machines, outbox with its pauses) over the store's own tables, in
//! memory or in an encrypted file. Time, loss, doubling, delay, re-ordering, cut ways and killed processes all come
//! from one seed, so any run can be had again.

mod bargains;
mod book;
mod cast;
mod check;
mod dealings;
mod fate;
mod hostile;
mod life;
mod net;
mod people;
mod phases;
mod post;
mod rest;
mod run;
mod script;
mod turn;
mod wallet;
mod world;

pub use net::Weather;
pub use run::{Broken, OnDisk, Outcome, Sum, hush_panics, play, play_each, play_many, play_many_on, play_on};
pub use script::{Came, Deed};
pub use wallet::Seen;
pub use world::{Counts, Plan, Violation, World};
