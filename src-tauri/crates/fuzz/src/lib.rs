//! What must hold for any bytes at all.
//!
//! Each target is a function over bytes that panics if its property is broken; the property stands at the head of its
//! file and is never only "it does not panic". `cargo xtask fuzz` searches for bytes that break one; what it ever found
//! lies in `regressions` and is tried by the ordinary tests, as are the seeds in `corpus`.
//!
//! A target for something new is a function here, a line in [`TARGETS`], and a folder of seeds.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a broken property is told by a panic")]

mod certificate;
mod chain;
mod chit;
mod code;
mod fence;
mod frame;
mod json;
mod link;
mod message;
mod picture;
mod seeds;
mod stream;
mod tally;
mod ticket;

/// One thing that takes bytes from strangers.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// Its name on the command line and in the folders of seeds.
    pub name: &'static str,
    /// Tries one input. Panics if the property does not hold.
    pub run: fn(&[u8]),
}

/// Every target, from the wire inwards.
pub const TARGETS: [Target; 12] = [
    Target { name: "frame", run: frame::run },
    Target { name: "link", run: link::run },
    Target { name: "json", run: json::run },
    Target { name: "message", run: message::run },
    Target { name: "certificate", run: certificate::run },
    Target { name: "tally", run: tally::run },
    Target { name: "chit", run: chit::run },
    Target { name: "chain", run: chain::run },
    Target { name: "ticket", run: ticket::run },
    Target { name: "code", run: code::run },
    Target { name: "picture", run: picture::run },
    Target { name: "stream", run: stream::run },
];

/// The target of this name.
pub fn find(name: &str) -> Option<Target> {
    TARGETS.into_iter().find(|target| target.name == name)
}
