//! What came of it, for a person and for a program.

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use serde_json::{Value, json};

use super::check::Seen;
use super::net::{Net, held};
use super::node::Node;
use super::people::Book;
use super::storm::Blows;
use super::whose::weight;

/// Lines of what is wrong that are worth reading.
const SHOWN: usize = 40;

/// How heavy the nodes were.
#[derive(Debug, Default)]
pub(super) struct Weights {
    most: (u64, u64),
    last: Vec<(u64, u64)>,
}

impl Weights {
    pub(super) fn weigh(&mut self, nodes: &[Arc<Node>]) {
        self.last = nodes.iter().filter_map(|node| weight(node.pid()?)).collect();
        for (kib, files) in &self.last {
            self.most = (self.most.0.max(*kib), self.most.1.max(*files));
        }
    }

    fn mean(&self) -> (u64, u64) {
        let count = u64::try_from(self.last.len()).unwrap_or(1).max(1);
        let sum = |part: fn(&(u64, u64)) -> u64| self.last.iter().map(part).sum::<u64>() / count;
        (sum(|weight| weight.0), sum(|weight| weight.1))
    }
}

/// What came of it.
pub(super) struct Report {
    pub(super) plan: (usize, Duration, u64),
    pub(super) seen: Seen,
    pub(super) quiet: Duration,
    pub(super) book: Arc<Book>,
    pub(super) blows: Arc<Blows>,
    pub(super) net: Arc<Net>,
    pub(super) weights: Weights,
}

impl Report {
    fn value(&self) -> Value {
        let (nodes, time, seed) = self.plan;
        let (book, blows, net) = (&self.book, &self.blows, &self.net.tally);
        let promises = held(&book.promises);
        let cancelled = promises.iter().filter(|promise| promise.cancelled).count();
        let (mean_kib, mean_files) = self.weights.mean();
        json!({
            "nodes": nodes, "seconds": time.as_secs(), "seed": seed,
            "tallies": self.seen.tallies, "entries": self.seen.entries, "requests": self.seen.requests,
            "acts": {
                "asked": book.acts.load(Relaxed), "refused": book.refused.load(Relaxed),
                "died before answering": book.unknown.load(Relaxed),
                "entries acknowledged": promises.len(), "taken back": cancelled,
            },
            "network": {
                "connections": net.connections.load(Relaxed), "frames": net.frames.load(Relaxed),
                "bytes": net.bytes.load(Relaxed), "broken mid-way": net.broken.load(Relaxed),
                "swallowed for good": net.swallowed.load(Relaxed), "torn or refused": net.torn.load(Relaxed),
                "slowed": net.slowed.load(Relaxed),
            },
            "blows": {
                "cuts that tear": blows.cuts.load(Relaxed), "cuts that stall": blows.stalls.load(Relaxed),
                "SIGKILL": blows.kills.load(Relaxed), "orderly restarts": blows.restarts.load(Relaxed),
                "stopped for a while": blows.sleeps.load(Relaxed),
            },
            "a node at the end": {
                "RSS KiB": mean_kib, "files": mean_files,
                "most RSS KiB ever": self.weights.most.0, "most files ever": self.weights.most.1,
            },
            "ms to quiet": u64::try_from(self.quiet.as_millis()).unwrap_or(u64::MAX),
            "wrong": self.seen.wrong,
        })
    }

    /// Prints it; the last line counts what was compared and what of it is wrong.
    pub(super) fn print(&self, as_json: bool) {
        let value = self.value();
        if as_json {
            println!("{value}");
            return;
        }
        let Value::Object(members) = &value else { return };
        for (name, member) in members.iter().filter(|(name, _)| *name != "wrong") {
            match member {
                Value::Object(parts) => {
                    println!("{name}:");
                    for (part, number) in parts {
                        println!("  {part:<28}{number:>12}");
                    }
                }
                number => println!("{name:<30}{number:>12}"),
            }
        }
        for wrong in self.seen.wrong.iter().take(SHOWN) {
            println!("WRONG: {wrong}");
        }
        let compared = self.seen.tallies + self.seen.entries + self.seen.requests;
        let wrong = u64::try_from(self.seen.wrong.len()).unwrap_or(u64::MAX);
        println!("\n{} passed, {wrong} failed", compared.saturating_sub(wrong));
    }
}
