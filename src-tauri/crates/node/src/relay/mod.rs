//! A relay of one's own: a port elsewhere for a wallet that nobody can call (ADR 15).
//!
//! [`Relay`] runs on a server and knows no wallet's secrets; a wallet that uses one keeps a trunk to it and serves what
//! comes out of it as if it had come in at its own listener.

mod client;
mod desk;
mod doors;
mod mux;
mod seats;
mod trunk;

pub(crate) use client::keep_trunk;
pub use desk::{Desk, Guest, Relay, RelayError};
