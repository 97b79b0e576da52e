//! Journeys through real windows, each person with a screen, a keyring and a wallet of their own.
//!
//! A [`Stage`] is what two people share: a private session bus with an unlocked keyring on it, and folders that are
//! nobody's. On it a [`Wallet`] is one running app: a virtual screen, a WebDriver, and the page inside the window, which is
//! named by `data-testid` only. A journey in [`journeys`] is told as steps by a [`Tale`], which keeps a picture of each.
//!
//! Nothing here waits for a time; it waits for a condition, and [`PATIENCE`] is how long. Everything that was started is
//! ended when the value that stands for it is dropped, down to the last process of its group.
#![allow(clippy::print_stdout, reason = "journeys are told on the terminal")]

mod child;
mod eye;
mod fault;
pub mod journeys;
mod ledger;
mod liar;
mod page;
mod screen;
mod sockets;
mod stage;
mod tale;
mod used;
mod wallet;

pub use eye::{Eye, Photographs, Webcams};
pub use fault::Fault;
pub use ledger::Ledger;
pub use liar::Liar;
pub use page::Page;
pub use screen::Screen;
pub use sockets::Socket;
pub use stage::{Stage, Theme};
pub use tale::{Tale, near};
pub use used::Used;
pub use wallet::{Door, Opening, Programs, Tampered, Wallet};

use std::time::Duration;

/// How long a condition may take to come true. Generous: a loaded machine is slow, and only failures wait this long.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// How often a condition is looked at.
const BLINK: Duration = Duration::from_millis(40);
