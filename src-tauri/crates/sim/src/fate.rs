//! What becomes of processes: their acts, their ends at any moment, their starts, and the ways between them.

use tallystick_core::AgentId;
use tallystick_node::sim;
use tallystick_store::Rows;

use crate::world::{Event, Violation, World};

/// How an act of a process ended.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Did<T, E> {
    /// It is committed.
    Done(T),
    /// It was refused, and left nothing.
    Refused(E),
    /// The process was killed in the middle of it.
    Died,
}

impl World {
    /// Runs one act of a wallet's process, which may be killed before it commits, and looks the ledger through.
    pub(crate) fn act<T, E: From<tallystick_store::StoreError>>(
        &mut self,
        wallet: usize,
        act: impl FnOnce(&Rows<'_>) -> Result<T, E>,
    ) -> Result<Did<T, E>, Violation> {
        if self.is_doomed(wallet) || self.fate_strikes() {
            self.tell_of(wallet, "is killed in the middle of an act");
            self.wallets[wallet].ledger.act_and_die(act)?;
            self.bury(wallet)?;
            return Ok(Did::Died);
        }
        let before = self.wallets[wallet].ledger.changes();
        let now = self.now;
        let known = self.wallets.iter().zip(&self.wallets[wallet].partners);
        let linked: Vec<AgentId> =
            known.filter(|(_, known)| known.open_until > now).map(|(other, _)| other.person.agent).collect();
        let done = self.wallets[wallet].ledger.act(|rows| {
            let value = act(rows)?;
            Ok::<_, E>((value, sim::pack(rows, &|agent| linked.contains(&agent), now)?))
        });
        match done {
            Ok((value, mail)) => {
                if self.wallets[wallet].ledger.changes() != before {
                    self.look_through(wallet)?;
                }
                self.dispatch(wallet, mail)?;
                Ok(Did::Done(value))
            }
            Err(refusal) => Ok(Did::Refused(refusal)),
        }
    }

    /// Whether a process is killed at this moment.
    pub(crate) fn fate_strikes(&mut self) -> bool {
        !self.quiet && self.dice.chance(self.plan.weather.kill)
    }

    /// Perhaps kills a process between two of its acts.
    pub(crate) fn perhaps_dies(&mut self, wallet: usize, moment: &str) -> Result<bool, Violation> {
        if !self.fate_strikes() {
            return Ok(false);
        }
        self.tell_of(wallet, &format!("is killed {moment}"));
        self.kill(wallet)?;
        Ok(true)
    }

    /// Kills a process: its ledger is all that is left.
    pub(crate) fn kill(&mut self, wallet: usize) -> Result<(), Violation> {
        self.wallets[wallet].ledger.die()?;
        self.bury(wallet)
    }

    fn bury(&mut self, wallet: usize) -> Result<(), Violation> {
        self.counts.crashes += 1;
        self.wallets[wallet].forget();
        // What a new process finds is what the old one had committed.
        let found = self.wallets[wallet].look()?;
        if found != self.wallets[wallet].seen {
            return Err(Violation(format!("{} lost what was committed", self.name(wallet))));
        }
        self.wallets[wallet].seen_changes = self.wallets[wallet].ledger.changes();
        let longest = if self.dice.chance(100) { 3_600_000 } else { 30_000 };
        let pause = self.dice.between(50, longest);
        let life = self.wallets[wallet].life;
        self.schedule(pause, Event::Wake { wallet, life });
        Ok(())
    }

    pub(crate) fn wake(&mut self, wallet: usize) -> Result<(), Violation> {
        if self.wallets[wallet].awake {
            return Ok(());
        }
        self.wallets[wallet].awake = true;
        self.tell_of(wallet, "is started again");
        let now = self.now;
        self.act(wallet, |rows| rows.hurry_all(now))?;
        if self.wallets[wallet].awake {
            self.keep_house(wallet)?;
            self.post_soon(wallet);
        }
        Ok(())
    }

    pub(crate) fn turn_way(&mut self, from: usize, to: usize, open: bool) {
        if open {
            self.cut.remove(&(from, to));
        } else {
            self.cut.insert((from, to));
        }
        let (from, to) = (self.name(from), self.name(to));
        self.tell(|| format!("the way from {from} to {to} is {}", if open { "open again" } else { "cut" }));
    }
}
