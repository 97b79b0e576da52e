//! The node: a wallet's listener, links and outbox, and everything a person can do with it.
//!
//! [`Session`] is a profile on disk, with or without an open wallet; [`Wallet`] is the open one. Skins (the window, the
//! command line) call their methods and show the plain data of [`view`].
//!
//! Every step, a person's or a peer's, runs as one transaction of the ledger: the machine of `tallystick-core` decides,
//! its effects are written together, and only then does anything leave or is anybody told.

mod acts;
mod book;
mod chronicle;
mod config;
mod events;
mod failure;
mod lift;
pub mod logs;
mod metrics;
mod peer;
mod profile;
mod receive;
pub mod relay;
mod session;
mod show;
#[cfg(feature = "sim")]
pub mod sim;
mod step;
pub mod view;
mod wallet;

pub use acts::MAX_CONTRACT;
pub use config::{Clock, Config, Retry, Room};
pub use profile::ProfileError;
pub use session::Session;
pub use tallystick_store::{Finding, Findings};
pub use wallet::Wallet;
