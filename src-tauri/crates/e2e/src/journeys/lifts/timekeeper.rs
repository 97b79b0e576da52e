//! Cy is asked to decide a circle that goes over all three, and loses power before: nothing counts before it is decided,
//! and then for everybody alike.

use serde_json::Value;

use super::OWED;
use super::ring::{ALL, Ring};
use crate::journeys::pair::Pair;
use crate::journeys::person::{Person, Who};
use crate::{Fault, Tampered};

const CY: usize = 2;

impl Ring {
    /// Ana and Ben name Cy as one whose word on circles counts, and as the first to be asked.
    pub(super) async fn trust_cy(&self, pair: &mut Pair<'_>) -> Result<(), Fault> {
        let cy = &self.people[CY];
        cy.go("settings").await?;
        let told = cy.page().text("identity-address").await?;
        let agent = told.rsplit_once('@').and_then(|(name, _)| name.rsplit(':').next()).unwrap_or_default();
        let place = format!("{agent}@127.0.0.1:{}", pair.port(Who::Cy));
        for person in &self.people[..CY] {
            let page = person.page();
            person.go("settings").await?;
            page.type_text("referee-address", &place).await?;
            page.click("referee-add").await?;
            page.wait_attribute("referee-trusted", "data-address", &place).await?;
            page.wait_count("referee-trusted", 1).await?;
            pair.picture("timekeeper", person).await?;
        }
        Ok(())
    }

    /// Opens Cy's wallet again, with an engine that is wrong in this way, or with the right one.
    pub(super) async fn reopen(
        &mut self,
        pair: &mut Pair<'_>,
        end: usize,
        tampered: Option<Tampered>,
    ) -> Result<(), Fault> {
        pair.tamper(tampered.map(|how| (ALL[end], how)));
        let person = pair.open(ALL[end]).await?;
        pair.tamper(None);
        self.people.insert(end, person);
        Ok(())
    }

    /// Takes somebody away from the ring, to be closed or ended.
    pub(super) fn take_out(&mut self, end: usize) -> Person {
        self.people.remove(end)
    }

    /// Waits until all three have promised one and the same circle, that it says until when, and that nothing counts yet.
    /// Gives which.
    pub(super) async fn promised(&self, pair: &mut Pair<'_>) -> Result<String, Fault> {
        let mut lift = None;
        for person in &self.people {
            let page = person.page();
            person.go("clearing").await?;
            let id = page.attribute("lift-row[data-state=promised]", "data-lift").await?;
            page.click(&format!("lift-row[data-lift=\"{id}\"]")).await?;
            page.wait_attribute("lift-detail", "data-lift", &id).await?;
            page.wait_count("lift-hop[data-state=promised]", 2).await?;
            let first = lift.get_or_insert_with(|| id.clone());
            let what = format!("the circle {} has promised", person.who().name());
            Fault::unless_equal(&what, first, &id)?;
            still_promised(person, &id).await?;
            pair.picture("promised", person).await?;
        }
        self.all_owe(OWED).await?;
        lift.ok_or_else(|| Fault::Waited { what: "a circle".to_owned(), seen: "nobody is there".to_owned() })
    }

    /// Insists that a promised circle is one still, to whoever is there, and that nobody's balance has moved.
    pub(super) async fn undecided(&self, pair: &mut Pair<'_>, lift: &str) -> Result<(), Fault> {
        for (end, person) in self.people.iter().enumerate() {
            self.look_at_lift(person, &format!("lift-row[data-lift=\"{lift}\"]")).await?;
            still_promised(person, lift).await?;
            pair.picture("still-promised", person).await?;
            for tally in 0..self.tallies.len() {
                let Some(sign) = sign(end, tally) else { continue };
                let what = format!("what {} sees of tally {tally}", person.who().name());
                Fault::unless_equal(&what, &(sign * OWED).to_string(), &self.shown(end, tally).await?)?;
            }
        }
        Ok(())
    }

    /// Waits until a circle is decided, for all three alike. Gives how.
    pub(super) async fn decided(&self, pair: &mut Pair<'_>, lift: &str) -> Result<String, Fault> {
        let mut ended = None;
        for person in &self.people {
            let page = person.page();
            person.go("clearing").await?;
            page.wait_gone(&format!("lift-row[data-lift=\"{lift}\"][data-state=promised]")).await?;
            self.look_at_lift(person, &format!("lift-row[data-lift=\"{lift}\"]")).await?;
            let state = page.attribute("lift-detail", "data-state").await?;
            pair.picture("decided", person).await?;
            let first = ended.get_or_insert_with(|| state.clone());
            Fault::unless_equal(&format!("how it ended for {}", person.who().name()), first, &state)?;
        }
        Ok(ended.unwrap_or_default())
    }
}

async fn still_promised(person: &Person, lift: &str) -> Result<(), Fault> {
    let page = person.page();
    page.wait_attribute(&format!("lift-row[data-lift=\"{lift}\"]"), "data-state", "promised").await?;
    page.wait_attribute("lift-detail", "data-state", "promised").await?;
    page.wait("lift-deadline").await?;
    let deadline = page.attribute("lift-deadline", "data-at").await?;
    let is_time =
        serde_json::from_str::<Value>(&deadline).is_ok_and(|at| at.as_i64().is_some_and(|at| at > 0));
    Fault::unless_equal("whether the deadline is a time", "true", &is_time.to_string())
}

/// Whether somebody is owed in a tally, or owes; nothing if it is not theirs.
fn sign(end: usize, tally: usize) -> Option<i64> {
    let [owing, owed] = super::ring::ends(tally);
    if end == owed {
        Some(1)
    } else if end == owing {
        Some(-1)
    } else {
        None
    }
}
