//! Lifts among many wallets, simulated: seeded lives among liars, every order of events in small worlds, and large
//! networks beside the optimum. Nothing here is shipped.

#![allow(clippy::indexing_slicing, reason = "a simulator that loses count of its own wallets should stop")]

mod apart;
mod bargain;
mod chain;
mod check;
mod clearing;
mod explore;
mod grow;
mod keys;
mod large;
mod liar;
mod local;
mod market;
mod memory;
mod optimum;
mod order;
mod plan;
mod run;
mod scale;
mod scene;
mod steps;
mod tell;
mod wallet;
mod world;

pub use clearing::{Cleared, Trial, clear};
pub use explore::{Explored, explore};
pub use grow::Shape;
pub use run::{Life, hunt, live, live_without_chains};
pub use scale::{Paid, pay};
pub use scene::{Scene, scenes};
