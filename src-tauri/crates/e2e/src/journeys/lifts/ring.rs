//! Ana, Ben and Cy, each of whom has a tally with both others: how they come to owe each other in a ring.

use serde_json::Value;

use crate::Fault;
use crate::journeys::pair::Pair;
use crate::journeys::person::{Person, Who, settled};

/// Three people, and the tallies in which each may owe the next.
#[derive(Debug)]
pub(super) struct Ring {
    /// Ana, Ben, Cy.
    pub(super) people: Vec<Person>,
    /// The tally in which the person of the same number may owe the next.
    pub(super) tallies: Vec<String>,
}

/// Everybody, each followed by whom they may owe.
pub(super) const ALL: [Who; 3] = [Who::Ana, Who::Ben, Who::Cy];

/// The numbers of those who have to do with a tally: who may owe, and whom.
pub(super) const fn ends(tally: usize) -> [usize; 2] {
    [tally, (tally + 1) % ALL.len()]
}

impl Ring {
    /// Three wallets, each begun with a name and nothing else.
    pub(super) async fn meet(pair: &mut Pair<'_>) -> Result<Self, Fault> {
        let mut people = Vec::new();
        for who in ALL {
            let person = pair.open(who).await?;
            pair.first_run(&person).await?;
            person.page().click("setup-finish").await?;
            person.page().wait("home-page").await?;
            people.push(person);
        }
        Ok(Self { people, tallies: Vec::new() })
    }

    /// The next tally of the ring: whoever may be owed invites whoever may owe.
    pub(super) async fn join(&mut self, pair: &mut Pair<'_>) -> Result<(), Fault> {
        let [owing, owed] = ends(self.tallies.len()).map(|end| &self.people[end]);
        let page = owed.page();
        page.click("nav-invite").await?;
        page.wait("invite-page").await?;
        page.click("invite-template-friend").await?;
        page.click("invite-create").await?;
        page.wait_attribute("ticket-page", "data-state", "live").await?;
        let code = pair.picture("ticket", owed).await?;

        let page = owing.page();
        page.click("nav-open").await?;
        page.wait("open-page").await?;
        page.choose_file("open-file", &code).await?;
        page.wait_attribute("code-card", "data-kind", "invitation").await?;
        page.wait_attribute("code-card", "data-problem", "").await?;
        pair.contact(owing).await?;
        pair.offer_to(owed, owing.who()).await?;
        pair.accept(owing, owed.who()).await?;
        for person in [owing, owed] {
            person.page().wait_attribute("tally-page", "data-phase", "open").await?;
            settled(person, 0).await?;
        }
        self.tallies.push(owing.page().attribute("tally-page", "data-tally").await?);
        Ok(())
    }

    /// Whoever may owe in this tally pays, by their own signature; `after` is what they owe then, in milli-CHIPs.
    pub(super) async fn pay(
        &self,
        pair: &mut Pair<'_>,
        tally: usize,
        (amount, memo, after): (&str, &str, i64),
    ) -> Result<(), Fault> {
        let person = &self.people[ends(tally)[0]];
        person.turn_to(&self.tallies[tally], "now").await?;
        pair.pay(person, amount, memo, -after).await
    }

    /// Waits until both sides of a tally show that so much is owed in it, with copies that match.
    pub(super) async fn owes(&self, tally: usize, milli: i64) -> Result<(), Fault> {
        for (end, balance) in ends(tally).into_iter().zip([-milli, milli]) {
            self.listed(end, tally, balance).await?;
            self.people[end].turn_to(&self.tallies[tally], "now").await?;
            settled(&self.people[end], balance).await?;
        }
        Ok(())
    }

    /// Waits until somebody's list of tallies shows this balance, with copies that match.
    async fn listed(&self, end: usize, tally: usize, balance: i64) -> Result<(), Fault> {
        let page = self.people[end].page();
        self.people[end].go("tallies").await?;
        let row = format!("tally-row[data-tally=\"{}\"]", self.tallies[tally]);
        page.wait_attribute(&row, "data-milli", &balance.to_string()).await?;
        page.wait_attribute(&row, "data-copies", "match").await
    }

    /// Waits until everybody owes the next so much.
    pub(super) async fn all_owe(&self, milli: i64) -> Result<(), Fault> {
        for end in 0..self.people.len() {
            // Rows that still change may change places, too, and then a press would go astray.
            for tally in 0..self.tallies.len() {
                let Some(side) = ends(tally).iter().position(|side| *side == end) else { continue };
                self.listed(end, tally, if side == 0 { -milli } else { milli }).await?;
            }
        }
        for tally in 0..self.tallies.len() {
            self.owes(tally, milli).await?;
        }
        Ok(())
    }

    /// One tally as somebody's window shows it now, signed: positive is owed to them.
    pub(super) async fn shown(&self, end: usize, tally: usize) -> Result<String, Fault> {
        self.people[end].turn_to(&self.tallies[tally], "now").await?;
        self.people[end].page().attribute("tally-balance", "data-milli").await
    }

    /// Closes all three wallets, and insists that both disks of each tally hold the same record.
    pub(super) async fn close(self, pair: &Pair<'_>) -> Result<Vec<[String; 2]>, Fault> {
        for person in self.people {
            person.close().await?;
        }
        for who in ALL {
            pair.ledger(who).ask(&["verify"])?;
        }
        let mut proofs = Vec::new();
        for (tally, id) in self.tallies.iter().enumerate() {
            let read = |end: usize| pair.ledger(ALL[end]).ask(&["tally", "show", id]);
            let [one, other] = ends(tally).map(read);
            let [one, other] = [one?, other?];
            for (pointer, wanted) in [("/row/copies/state", Some("match")), ("/proof/digest", None)]
                .into_iter()
                .chain([("/proof/head", None), ("/proof/headHash", None)])
            {
                let what = format!("{pointer} on both disks of tally {tally}");
                let [one, other] =
                    [&one, &other].map(|side| side.pointer(pointer).cloned().unwrap_or_default());
                Fault::unless_equal(&what, &one.to_string(), &other.to_string())?;
                if let Some(wanted) = wanted {
                    Fault::unless_equal(&what, wanted, one.as_str().unwrap_or_default())?;
                }
            }
            let [ours, theirs] =
                [&one, &other].map(|side| side.pointer("/row/balance").and_then(Value::as_i64).unwrap_or(1));
            let what = format!("what both sides of tally {tally} say together");
            Fault::unless_equal(&what, "0", &ours.saturating_add(theirs).to_string())?;
            let text = |pointer| one.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned();
            proofs.push([text("/proof/digest"), text("/proof/headHash")]);
        }
        Ok(proofs)
    }
}
