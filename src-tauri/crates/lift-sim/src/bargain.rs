//! What people want: payments of invoices, and circles; along known ways or found ones.

use tallystick_core::lift::probe::{Probe, Way, rounded};
use tallystick_core::lift::timer::{CLEARING, PAYMENT};
use tallystick_core::lift::{Aim, Due, Next, Purpose, Signer, Stage};
use tallystick_core::{Date, Digest, Units};
use uuid::Uuid;

use crate::world::{Deal, Event, World};

impl Deal {
    /// Whether it comes home to where it began.
    pub(crate) fn is_circle(&self) -> bool {
        self.path.len() > 2 && self.path[0] == self.path[self.path.len() - 1]
    }

    pub(crate) fn payee(&self) -> usize {
        self.path[self.path.len() - 1]
    }
}

impl World {
    /// Somebody wants something: the first time, or again after it was waived.
    pub(crate) fn begin(&mut self, at: usize) {
        let Some(deal) = self.deals.get(at).cloned() else { return };
        if deal.tries == 0 {
            self.prepare(&deal);
        }
        self.deals[at].tries += 1;
        if deal.searched && deal.tries == 0 {
            return self.look(&deal);
        }
        let payer = &self.wallets[deal.path[0]];
        let next = match deal.searched {
            true => payer.disk.searches.get(&deal.session).and_then(tallystick_core::lift::Search::next),
            false => {
                payer.tally_with(deal.path[1]).map(|tally| Next { tally, hops: hops(deal.path.len()) - 1 })
            }
        };
        if let Some(next) = next {
            self.begin_lift(at, next);
        }
    }

    pub(crate) fn begin_found(&mut self, session: Uuid, node: usize, next: Next) {
        let at = self.deals.iter().position(|deal| deal.session == session && deal.path[0] == node);
        if let Some(at) = at {
            self.begin_lift(at, next);
        }
    }

    fn begin_lift(&mut self, at: usize, next: Next) {
        let deal = self.deals[at].clone();
        let payer = deal.path[0];
        // Nobody pays again before the last try was given up in writing.
        let clear = deal.lifts.iter().all(|lift| {
            let lift = self.wallets[payer].disk.lifts.get(lift);
            lift.is_none_or(|lift| lift.record().stage() == Stage::Waived)
        });
        if !clear {
            return;
        }
        let (aim, lasts) = if deal.is_circle() { (Aim::Clear, CLEARING) } else { (Aim::Pay, PAYMENT) };
        let cancel = self.wallets[payer].keys.key(Purpose::Cancel(deal.session));
        let salt = self.dice.secret();
        let core = self.core(deal.session, aim, deal.units, lasts, (deal.payee(), cancel), salt);
        let Some(core) = core else { return };
        let begun = self.wallets[payer].begin(core.clone(), next, self.date());
        match begun {
            Ok(step) => {
                self.note(|| format!("{payer} begins {}: {:?}", crate::tell::short(core.hash()), deal.path));
                self.deals[at].lifts.push(core.hash());
                self.perform(payer, Some(step));
                if self.dice.chance(60) {
                    let pause = self.dice.between(1, 70_000);
                    self.after(pause, Event::Abort { node: payer, lift: core.hash() });
                }
            }
            Err(refusal) => self.note(|| format!("{payer} cannot begin: {refusal}")),
        }
    }

    /// The invoice is shown, and whoever lies on a known way knows it.
    fn prepare(&mut self, deal: &Deal) {
        if !deal.is_circle() {
            let units = if self.dice.chance(150) { None } else { Units::new(deal.units).ok() };
            let exp = Date::from_millis(self.now + 200_000);
            let due = Due { units, payh: Digest::from_bytes([7; 32]), exp };
            self.wallets[deal.payee()].disk.dues.insert(deal.session, due);
        }
        if deal.searched {
            return;
        }
        for (rank, pair) in deal.path.windows(2).enumerate().skip(1) {
            let Some(tally) = self.wallets[pair[0]].tally_with(pair[1]) else { continue };
            let next = Next { tally, hops: hops(deal.path.len() - rank) - 1 };
            self.wallets[pair[0]].disk.nexts.insert(deal.session, next);
        }
    }

    fn look(&mut self, deal: &Deal) {
        let units = rounded(Units::new(deal.units).unwrap_or(Units::ZERO));
        let probe = |way, budget| Probe {
            sid: deal.session,
            way,
            units,
            ttl: 4,
            fan: 4,
            budget,
            hops: 0,
            exp: Date::from_millis(self.now + 60_000),
        };
        let asks = match deal.is_circle() {
            true => vec![
                (deal.path[0], probe(Way::Back, SIDE_BUDGET)),
                (deal.path[0], probe(Way::Round, SIDE_BUDGET)),
            ],
            false => vec![
                (deal.payee(), probe(Way::Reverse, SIDE_BUDGET)),
                (deal.path[0], probe(Way::Forward, SIDE_BUDGET)),
            ],
        };
        for (node, probe) in asks {
            let step = self.wallets[node].ask(probe, self.date());
            self.perform(node, Some(step));
        }
    }
}

fn hops(many: usize) -> u32 {
    u32::try_from(many).unwrap_or(u32::MAX)
}

/// Questions that one side of a search may cost.
pub(crate) const SIDE_BUDGET: u32 = 20;
