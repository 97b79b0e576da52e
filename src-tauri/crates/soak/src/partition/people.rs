//! The people behind the nodes: they pay, ask, settle, change their minds, and remember what they were told.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::dice::Dice;
use super::net::held;
use super::node::Node;
use super::words::{Ask, Glance, Said};

/// An entry that a node said it has signed.
#[derive(Clone, Debug)]
pub(super) struct Promise {
    pub(super) node: usize,
    pub(super) entry: String,
    /// The node said that it was taken back.
    pub(super) cancelled: bool,
}

/// What the people remember, apart from all wallets.
#[derive(Debug, Default)]
pub(super) struct Book {
    pub(super) promises: Mutex<Vec<Promise>>,
    /// Pairs who used a ticket between them.
    pub(super) met: Mutex<Vec<(usize, usize)>>,
    pub(super) acts: AtomicU64,
    pub(super) refused: AtomicU64,
    /// Acts whose node died before it answered.
    pub(super) unknown: AtomicU64,
    pub(super) over: AtomicBool,
}

impl Book {
    /// Asks, and writes down what comes of it. Gives what was done.
    pub(super) async fn ask(&self, node: &Node, ask: Ask) -> Option<Option<String>> {
        self.acts.fetch_add(1, Relaxed);
        let signs = !matches!(ask, Ask::Invite | Ask::Contact { .. });
        match node.ask(&ask).await {
            Some(Said::Done(done)) => {
                if let (true, Some(entry)) = (signs, &done) {
                    let promise = Promise { node: node.number, entry: entry.clone(), cancelled: false };
                    held(&self.promises).push(promise);
                }
                Some(done)
            }
            Some(_) => {
                self.refused.fetch_add(1, Relaxed);
                None
            }
            None => {
                self.unknown.fetch_add(1, Relaxed);
                None
            }
        }
    }

    /// Two people meet; the one gives the other a ticket. Tried until it is done, or everything is over.
    pub(super) async fn meet(&self, one: &Node, other: &Node) {
        while !self.over.load(Relaxed) {
            if let Some(Some(link)) = self.ask(one, Ask::Invite).await
                && self.ask(other, Ask::Contact { link }).await.is_some()
            {
                held(&self.met).push((one.number, other.number));
                return;
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }

    /// One person's life.
    pub(super) async fn live(self: Arc<Self>, node: Arc<Node>, mut dice: Dice, pace: Duration) {
        let pace = u64::try_from(pace.as_millis()).unwrap_or(u64::MAX);
        loop {
            tokio::time::sleep(dice.millis(pace / 5, pace * 9 / 5)).await;
            if self.over.load(Relaxed) {
                return;
            }
            if let Some(Said::Glance(glance)) = node.ask(&Ask::Glance).await {
                self.act(&node, &glance, &mut dice).await;
            }
        }
    }

    async fn act(&self, node: &Node, glance: &Glance, dice: &mut Dice) {
        let what = dice.below(100);
        if glance.open.is_empty() || what < 12 {
            let answer = Some(dice.chance(75));
            self.ask(node, Ask::Agree { answer, all: false }).await;
            return;
        }
        let tally = glance.open.get(dice.below(glance.open.len())).cloned().unwrap_or_default();
        let units = i64::try_from(dice.between(1, 50_000)).unwrap_or(1);
        match what {
            12..67 => drop(self.ask(node, Ask::Pay { tally, units }).await),
            67..79 => drop(self.ask(node, Ask::Request { tally, units }).await),
            79..81 => drop(self.ask(node, Ask::Withdraw { tally }).await),
            81..88 => drop(self.ask(node, Ask::Settle { tally }).await),
            88..92 => drop(self.ask(node, Ask::Set { tally, target: units }).await),
            _ => {
                if let Some(Some(entry)) = self.ask(node, Ask::Pay { tally: tally.clone(), units }).await {
                    tokio::time::sleep(dice.millis(0, 30)).await;
                    let cancel = Ask::Cancel { tally, entry: entry.clone() };
                    if self.ask(node, cancel).await.is_some() {
                        let mut promises = held(&self.promises);
                        let made = promises.iter_mut().rev().find(|made| made.entry == entry);
                        if let Some(made) = made {
                            made.cancelled = true;
                        }
                    }
                }
            }
        }
    }
}
