//! What is committed enters the chains of tallies, and comes to the partner by those as well: sooner or later than by the
//! lift's own messages, or instead of them.

use std::sync::Arc;

use tallystick_core::lift::{Message, Waive, Why};

use crate::liar::Liar;
use crate::wallet::{Entry, Step};
use crate::world::{Event, World};

impl World {
    /// What follows for chains from a step that was committed.
    pub(crate) fn chain(&mut self, node: usize, step: &Step) {
        if !self.plan.chained {
            return;
        }
        match self.liars[node] {
            Some(Liar::Retractor) => self.retract(node, step),
            Some(Liar::Smuggler) => {}
            _ => {
                for entry in &step.entries {
                    if self.side.chance(500) {
                        let pause = self.side.between(2, 5_000);
                        self.lay_open(node, entry, pause);
                    }
                }
                return;
            }
        }
        // What speaks for a liar is shown late, when others may have forgotten; and more than once.
        for entry in &step.entries {
            let takes = self.wallets[node].disk.accounts.get(&entry.promise.chit().tally());
            if takes.is_some_and(|account| entry.promise.chit().by() != account.half) {
                for longest in [1_000, 200_000, 3_000_000] {
                    let pause = self.side.between(2, longest);
                    self.lay_open(node, entry, pause);
                }
            }
        }
    }

    /// Everybody forgets what may be forgotten.
    pub(crate) fn tidy(&mut self) {
        let now = self.date();
        for wallet in &mut self.wallets {
            self.forgotten.entry(wallet.me).or_default().extend(wallet.disk.tidy(now));
        }
    }

    fn lay_open(&mut self, node: usize, entry: &Arc<Entry>, pause: i64) {
        let account = self.wallets[node].disk.accounts.get(&entry.promise.chit().tally());
        if let Some(to) = account.map(|account| account.partner) {
            self.after(pause, Event::Chain { from: node, to, entry: entry.clone() });
        }
    }

    /// A copy of a chain has come to the partner.
    pub(crate) fn show_chain(&mut self, from: usize, to: usize, entry: &Entry) {
        if !self.is_up(to) {
            return;
        }
        self.note(|| format!("{from} → {to}  chain with {}", crate::tell::short(entry.promise.lift())));
        let step = self.wallets[to].chained(from, entry, self.date());
        self.perform(to, step);
    }

    /// Gives up in writing what it has just been promised, and lets everything else take its course.
    fn retract(&mut self, node: usize, step: &Step) {
        let keys = self.wallets[node].keys.clone();
        for lift in &step.lifts {
            let record = lift.record();
            let Some(leg) = record.incoming.as_ref().filter(|leg| leg.state.is_open()) else { continue };
            let account = self.wallets[node].disk.accounts.get(&leg.tally());
            let Some(partner) = account.map(|account| account.partner) else { continue };
            if self.side.chance(700) {
                let waive = Waive::sign(record.lift(), leg.tally(), Why::Other, keys.as_ref());
                self.slip(node, partner, "l1.waive", &waive.to_value());
            }
        }
    }

    /// A smuggler tells no partner of a commit; nor does a retractor, of every second lift.
    pub(crate) fn smuggles(&self, from: usize, message: &Message) -> bool {
        let Message::Decision(told) = message else { return false };
        let second = told.cert.at().millis() % 2 == 0;
        let keeps_quiet = match self.liars[from] {
            Some(Liar::Smuggler) => true,
            Some(Liar::Retractor) => second,
            _ => false,
        };
        keeps_quiet && told.tally.is_some()
    }
}
