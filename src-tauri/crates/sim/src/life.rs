//! How a life begins in better times, and how everybody has a last word.

use crate::phases;
use crate::world::{Violation, World};

/// How long the calm takes to carry everything there is to say, in ms.
const MOMENT: i64 = 2_000;

/// Rounds of answers after which nothing should be left to answer.
const ROUNDS: usize = 12;

impl World {
    /// Two wallets open a tally, and nothing goes wrong.
    pub(crate) fn befriend(&mut self) -> Result<(), Violation> {
        self.quiet = true;
        let (one, other) = (self.dice.below(self.wallets.len()), self.dice.below(self.wallets.len()));
        if one != other
            && let Some(code) = self.invite(one, 900_000, 1, None)?
        {
            self.use_code(other, &code)?;
            self.pass(MOMENT)?;
            let id = code.tally;
            if let Some((half, object)) = self.agreement(one, id) {
                self.offer(one, id, half, &object)?;
                self.pass(MOMENT)?;
            }
            if let Some((half, object)) = self.agreement(other, id) {
                self.accept(other, id, half, &object)?;
                self.pass(MOMENT)?;
            }
        }
        self.quiet = false;
        Ok(())
    }

    /// Everybody answers what lies with them, until nothing does. Then no two copies may be anywhere but in force, closed
    /// or void, on both sides alike.
    ///
    /// # Errors
    /// The first promise that was broken.
    pub fn last_words(&mut self) -> Result<(), Violation> {
        for _ in 0..ROUNDS {
            let mut answered = false;
            for wallet in 0..self.wallets.len() {
                if !self.wallets[wallet].hostile {
                    answered |= self.answers_all(wallet)?;
                }
            }
            if !answered {
                return self.check_last();
            }
            self.settle()?;
        }
        Err(Violation("there is always something left to answer".to_owned()))
    }

    fn answers_all(&mut self, wallet: usize) -> Result<bool, Violation> {
        let mut answered = false;
        while self.wallets[wallet].in_phase(&["P.offer"]).iter().any(|seen| self.is_honest(seen)) {
            answered = true;
            if self.dice.chance(700) { self.accepts_first(wallet)? } else { self.refuses_first(wallet)? }
        }
        while self.wallets[wallet].in_phase(&["P.draft"]).iter().any(|seen| self.is_honest(seen)) {
            answered = true;
            self.offers_first(wallet)?;
        }
        while self.grants(wallet)? {
            answered = true;
        }
        Ok(answered)
    }

    fn first_in(&self, wallet: usize, phase: &str) -> Option<tallystick_core::TallyId> {
        let found = self.wallets[wallet].in_phase(&[phase]);
        found.into_iter().find(|seen| self.is_honest(seen))?.glance.id.parse().ok()
    }

    fn accepts_first(&mut self, wallet: usize) -> Result<(), Violation> {
        let Some(id) = self.first_in(wallet, "P.offer") else { return Ok(()) };
        let Some((half, object)) = self.agreement(wallet, id) else { return Ok(()) };
        self.accept(wallet, id, half, &object).map(|_| ())
    }

    fn refuses_first(&mut self, wallet: usize) -> Result<(), Violation> {
        let Some(id) = self.first_in(wallet, "P.offer") else { return Ok(()) };
        self.refuse(wallet, id).map(|_| ())
    }

    fn offers_first(&mut self, wallet: usize) -> Result<(), Violation> {
        let Some(id) = self.first_in(wallet, "P.draft") else { return Ok(()) };
        let Some((half, object)) = self.agreement(wallet, id) else { return Ok(()) };
        self.offer(wallet, id, half, &object).map(|_| ())
    }

    fn check_last(&self) -> Result<(), Violation> {
        for wallet in self.wallets.iter().filter(|wallet| !wallet.hostile) {
            for seen in wallet.seen.values().filter(|seen| self.is_honest(seen)) {
                let there =
                    self.partner_of(seen).and_then(|partner| self.wallets[partner].seen.get(&seen.glance.id));
                let there = there.map_or("unknown", |there| there.glance.phase.as_str());
                let here = seen.glance.phase.as_str();
                if !phases::may_last(here, there) && (here, there) != ("void", "unknown") {
                    return Err(Violation(format!("for good it is {here} here and {there} there")));
                }
            }
        }
        Ok(())
    }

    /// Whether both sides of a tally are honest.
    pub(crate) fn is_honest(&self, seen: &crate::wallet::Seen) -> bool {
        self.partner_of(seen).is_some_and(|partner| !self.wallets[partner].hostile)
    }

    /// The agreement of a tally as a wallet holds it.
    pub(crate) fn agreement(
        &self,
        wallet: usize,
        id: tallystick_core::TallyId,
    ) -> Option<(tallystick_core::Half, tallystick_core::tally::TallyObject)> {
        let seen = self.wallets[wallet].seen.get(&id.to_string())?;
        Some((crate::check::half(&seen.glance).ok()?, crate::check::parse(&seen.glance.object).ok()?))
    }
}
