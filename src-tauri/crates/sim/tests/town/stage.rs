//! Plays a script with whole wallets, and keeps the books.

use tallystick_sim::{Deed, Plan, Weather, World};

use super::books::Books;
use super::{Act, Line, Town, Who};

/// A town at play.
#[derive(Debug)]
pub(crate) struct Stage {
    world: World,
    books: Books,
    people: usize,
}

impl Stage {
    /// The town's wallets, in the middle of a storm that does nothing by itself but be slow.
    pub(crate) fn new(town: &Town, on_disk: bool, traced: bool) -> Result<Self, String> {
        let weather = Weather { slow: town.slow, ..Weather::CALM };
        let plan = Plan { wallets: town.people, hostile: false, on_disk, old_tallies: 0, acts: 0, weather };
        let world = World::new(town.seed, plan, traced).map_err(|broken| broken.0)?;
        Ok(Self { world, books: Books::default(), people: town.people })
    }

    /// What happened, if it was to be written down.
    pub(crate) fn trace(&self) -> &[String] {
        self.world.trace()
    }

    /// The books, for whoever wants to spoil them.
    pub(crate) fn books_mut(&mut self) -> &mut Books {
        &mut self.books
    }

    /// One thing happens.
    pub(crate) fn play(&mut self, act: Act) -> Result<(), String> {
        let told = match act {
            Act::Befriends(one, other) => return self.befriend(one, other),
            Act::Pays(by, to, units) => return self.deed(by, to, Deed::Pay(units)),
            Act::Asks(by, to, units, life) => return self.deed(by, to, Deed::Ask(units, life)),
            Act::Sets(by, to) => return self.deed(by, to, Deed::Set),
            Act::Closes(by, to) => return self.deed(by, to, Deed::Close(true)),
            Act::KeepsOpen(by, to) => return self.deed(by, to, Deed::Close(false)),
            Act::Compares(by, to) => return self.deed(by, to, Deed::Compare),
            Act::Forgives(by, to) => return self.forgive(by, to),
            Act::Grants(by, to, nth) => {
                let asked = self.books.newest(by, to).and_then(|account| account.asked(to, by, nth));
                return asked.map_or(Ok(()), |name| self.deed(by, to, Deed::Grant(name)));
            }
            Act::Declines(by, to, nth) => {
                let asked = self.books.newest(by, to).and_then(|account| account.asked(to, by, nth));
                return asked.map_or(Ok(()), |name| self.deed(by, to, Deed::Decline(name)));
            }
            Act::Unasks(by, to, nth) => {
                let asked = self.books.newest(by, to).and_then(|account| account.asked(by, to, nth));
                return asked.map_or(Ok(()), |name| self.deed(by, to, Deed::Unask(name)));
            }
            Act::Cancels(by, to, nth) => {
                let entry = self.books.newest(by, to).and_then(|account| account.entry(by, to, nth));
                return entry.map_or(Ok(()), |name| self.deed(by, to, Deed::Cancel(name)));
            }
            Act::Calm => return self.calm(),
            Act::Pass(millis) => self.world.pass(millis),
            Act::Crash(who) => self.world.crash(who.0),
            Act::Wake(who) => self.world.start(who.0),
            Act::Cut(from, to) => {
                self.world.set_way(from.0, to.0, false);
                Ok(())
            }
            Act::Restore(from, to) => {
                self.world.set_way(from.0, to.0, true);
                Ok(())
            }
            Act::Doom(who) => {
                self.world.doom(who.0);
                Ok(())
            }
            Act::Lose(packets) => {
                self.world.lose_next(packets);
                Ok(())
            }
            Act::Double(packets) => {
                self.world.double_next(packets);
                Ok(())
            }
        };
        told.map_err(|broken| broken.0)
    }

    fn befriend(&mut self, one: Who, other: Who) -> Result<(), String> {
        let tally = self.world.introduce(one.0, other.0).map_err(|broken| broken.0)?;
        let tally = tally.ok_or_else(|| format!("{one:?} and {other:?} could not agree in the calm"))?;
        self.books.open(one, other, tally);
        Ok(())
    }

    fn deed(&mut self, by: Who, to: Who, deed: Deed) -> Result<(), String> {
        let Some(account) = self.books.newest(by, to) else { return Ok(()) };
        let now = self.world.now();
        let came = self.world.perform(by.0, account.tally, deed).map_err(|broken| broken.0)?;
        account.note(by, to, deed, &came, now).map_err(|what| format!("{by:?} with {to:?}: {what}"))
    }

    /// Whoever is owed gives up all that their own wallet says.
    fn forgive(&mut self, by: Who, to: Who) -> Result<(), String> {
        let Some(account) = self.books.newest(by, to) else { return Ok(()) };
        let copy = self.world.copies(by.0).get(&account.tally.to_string());
        let owed = copy.map_or(0, |seen| seen.glance.balance);
        if owed > 0 { self.deed(by, to, Deed::Pay(owed)) } else { Ok(()) }
    }

    /// Everything heals and comes to rest, and all wallets are held against the books.
    pub(crate) fn calm(&mut self) -> Result<(), String> {
        self.world.settle().map_err(|broken| broken.0)?;
        let now = self.world.now();
        for account in self.books.accounts() {
            let (pair, tally) = (account.pair, account.tally.to_string());
            let copies = pair.map(|who| self.world.copies(who.0).get(&tally));
            account.compare(copies, now).map_err(|what| format!("{pair:?} at rest: {what}"))?;
        }
        for who in (0..self.people).map(Who) {
            if let Some(tally) = self.world.copies(who.0).keys().find(|tally| !self.books.has(tally)) {
                return Err(format!("{who:?} has the tally {tally} with nobody"));
            }
        }
        self.world.stir();
        Ok(())
    }
}

/// Plays a whole script, to its calm.
pub(crate) fn play(town: &Town, script: &[Line], on_disk: bool) -> Result<(), String> {
    let mut stage = Stage::new(town, on_disk, false)?;
    script.iter().try_for_each(|line| stage.play(line.0))?;
    stage.calm()
}
