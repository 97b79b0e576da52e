//! People with tallies between neighbours, who take part in lifts.

use std::future::Future;
use std::time::Duration;

use tallystick_node::view::{CopiesState, SettingsDraft};

use crate::people::{Person, Place, eventually, matching, offered, tally_where};

/// How much of a neighbour's credit everybody takes, in milli-CHIPs.
pub(crate) const TARGET: i64 = 1_000_000;

/// People in a row, or in a ring.
pub(crate) struct Town {
    pub(crate) people: Vec<Person>,
    /// Their folders, for as long as they live.
    _place: Place,
    /// The tally between a person and the next.
    pub(crate) tallies: Vec<String>,
}

const NAMES: [&str; 5] = ["Ana Ruiz", "Ben Ode", "Cleo Asch", "Dan Erb", "Eve Fall"];

impl Town {
    async fn of(many: usize) -> Self {
        let place = Place::new();
        let mut people = Vec::new();
        for name in NAMES.into_iter().take(many) {
            people.push(place.person(name).await);
        }
        Self { people, _place: place, tallies: Vec::new() }
    }

    async fn join(&mut self, one: usize, other: usize) {
        let (ana, ben) = (&self.people[one], &self.people[other]);
        let id = offered(ana, ben).await;
        ben.accept(&id).await;
        for person in [ana, ben] {
            tally_where(person, "an open tally", |tally| tally.row.id == id && matching(tally)).await;
        }
        self.tallies.push(id);
    }

    /// People in a row. Everybody takes so much from both sides; the middle one decides.
    pub(crate) async fn row(many: usize) -> Self {
        let mut town = Self::of(many).await;
        for one in 0..many - 1 {
            town.join(one, one + 1).await;
        }
        let referee = many / 2;
        let middle = &town.people[referee];
        middle.wallet.referee_serve(true).await.expect("served");
        let identity = middle.wallet.identity();
        let agent =
            identity.address.split(':').nth(2).and_then(|rest| rest.split('@').next()).expect("an agent");
        let at = middle.listening().await.expect("listens");
        let address = format!("{agent}@{at}");
        for (rank, person) in town.people.iter().enumerate().filter(|(rank, _)| *rank != referee) {
            let choices = person.wallet.referee_trust(&address, true).await.expect("trusted");
            assert!(choices.trusted.contains(&address), "{rank}");
        }
        for one in 0..many - 1 {
            let tally = town.tallies[one].clone();
            for person in [&town.people[one], &town.people[one + 1]] {
                take(person, &tally, TARGET).await;
                part(person, &tally, true).await;
            }
        }
        town.agreed().await;
        town
    }

    /// People in a ring, each of whom owes the next as much. The first decides.
    pub(crate) async fn ring(many: usize, owed: i64) -> Self {
        Self::ring_without(many, owed, usize::MAX).await
    }

    /// The same, with one who takes no part.
    pub(crate) async fn ring_without(many: usize, owed: i64, without: usize) -> Self {
        let mut town = Self::of(many).await;
        if let Some(alone) = town.people.get(without) {
            alone.wallet.clearing_join(false).await.expect("chosen");
        }
        for one in 0..many {
            town.join(one, (one + 1) % many).await;
            let tally = town.tallies[one].clone();
            let person = &town.people[one];
            let preview = person.wallet.pay_preview(&tally, owed, None).await.expect("a preview");
            person.wallet.sign(&preview.id).await.expect("signed");
        }
        town.people[0].wallet.referee_serve(true).await.expect("served");
        for one in 0..many {
            let tally = town.tallies[one].clone();
            for rank in [one, (one + 1) % many].into_iter().filter(|rank| *rank != without) {
                part(&town.people[rank], &tally, true).await;
            }
        }
        if without < many {
            town.agreed().await;
        }
        town
    }

    /// A ring of people with nothing but what a wallet comes with, each of whom owes the next as much.
    pub(crate) async fn plain_ring(many: usize, owed: i64) -> Self {
        let mut town = Self::of(many).await;
        for one in 0..many {
            town.join(one, (one + 1) % many).await;
        }
        for one in 0..many {
            let preview = town.people[one].wallet.pay_preview(&town.tallies[one], owed, None).await;
            town.people[one].wallet.sign(&preview.expect("a preview").id).await.expect("signed");
        }
        town
    }

    /// A ring of people who owe each other nothing, and would each take so much from the next: all could go round.
    pub(crate) async fn liking(many: usize, target: i64) -> Self {
        let mut town = Self::of(many).await;
        for person in &town.people {
            person.wallet.clearing_pause(None, true).await.expect("paused");
        }
        for one in 0..many {
            town.join(one, (one + 1) % many).await;
            take(&town.people[one], &town.tallies[one], target).await;
        }
        town.at_rest().await;
        for person in &town.people {
            person.wallet.clearing_pause(None, false).await.expect("resumed");
        }
        town
    }

    /// Has everybody in a ring owe the next as much while nothing clears, and something done before it does.
    pub(crate) async fn owe<Done: Future<Output = ()>>(&self, owed: i64, before: impl FnOnce() -> Done) {
        for person in &self.people {
            person.wallet.clearing_pause(None, true).await.expect("paused");
        }
        for (person, tally) in self.people.iter().zip(&self.tallies) {
            let preview = person.wallet.pay_preview(tally, owed, None).await.expect("a preview");
            person.wallet.sign(&preview.id).await.expect("signed");
        }
        self.at_rest().await;
        before().await;
        self.at_rest().await;
        for person in &self.people {
            person.wallet.clearing_pause(None, false).await.expect("resumed");
        }
    }

    /// Waits until nobody owes anybody anything.
    pub(crate) async fn cleared(&self) {
        for person in &self.people {
            eventually(person, "all debts to cancel", || async {
                let rows = person.wallet.tallies().await.expect("tallies");
                rows.iter().all(|row| row.balance == 0).then_some(())
            })
            .await;
        }
        self.at_rest().await;
    }

    /// Waits until both copies of all tallies match.
    pub(crate) async fn agreed(&self) {
        for person in &self.people {
            eventually(person, "copies that match", || async {
                let rows = person.wallet.tallies().await.expect("tallies");
                rows.iter().all(|row| row.copies.state == CopiesState::Match).then_some(())
            })
            .await;
        }
    }

    /// Waits until nobody has anything to say, and nothing is held.
    pub(crate) async fn at_rest(&self) {
        loop {
            for person in &self.people {
                person.at_rest().await;
            }
            self.agreed().await;
            let mut quiet = true;
            for person in &self.people {
                quiet &= person.wallet.connection().await.expect("a state").waiting == 0;
            }
            if quiet {
                return;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// What everybody has gained, all tallies together.
    pub(crate) async fn nets(&self) -> Vec<i64> {
        let mut nets = Vec::new();
        for person in &self.people {
            let rows = person.wallet.tallies().await.expect("tallies");
            nets.push(rows.iter().map(|row| row.balance).sum());
        }
        nets
    }

    pub(crate) async fn verify(&self) {
        for person in &self.people {
            person.verify().await;
        }
    }
}

/// Signs how much of a neighbour's credit is taken.
pub(crate) async fn take(person: &Person, tally: &str, target: i64) {
    let draft = SettingsDraft { target, bound: target, reward_ppm: 0, clutch_ppm: 0 };
    let preview = person.wallet.settings_preview(tally, draft).await.expect("a preview");
    person.wallet.sign(&preview.id).await.expect("signed");
}

/// Takes part in lifts over a tally, or does not any more.
pub(crate) async fn part(person: &Person, tally: &str, wanted: bool) {
    let preview = person.wallet.lifts_preview(tally, wanted).await.expect("a preview");
    person.wallet.sign(&preview.id).await.expect("signed");
}
