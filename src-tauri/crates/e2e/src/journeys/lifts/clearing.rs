//! What the three see of a circle: balances, activity, and the page of what was cleared.

use super::ring::{Ring, ends};
use crate::Fault;
use crate::journeys::pair::Pair;
use crate::journeys::person::Person;

/// A row of the clearing page: a circle that moved so much, in milli-CHIPs, and how it stands.
pub(super) fn row(milli: i64, state: &str) -> String {
    format!("lift-row[data-aim=clear][data-milli=\"{milli}\"][data-state={state}]")
}

impl Ring {
    /// Has everybody read what happened, so that whatever comes after shows.
    pub(super) async fn read_all(&self) -> Result<(), Fault> {
        for person in &self.people {
            person.go("activity").await?;
            if person.page().is_there("activity-item[data-read=no]").await? {
                person.page().click("activity-read-all").await?;
            }
            person.page().wait_attribute("activity-happened", "data-unread", "0").await?;
            person.page().wait_gone("nav-activity-badge").await?;
            person.page().count_toasts().await?;
        }
        Ok(())
    }

    /// One item of everything that cleared, nothing that asks to be read, and no word over the page.
    pub(super) async fn quietly(&self, pair: &mut Pair<'_>) -> Result<(), Fault> {
        for person in &self.people {
            let page = person.page();
            let toasts = page.count_toasts().await?;
            let what = format!("toasts over {}'s window", person.who().name());
            Fault::unless_equal(&what, "0", &toasts.to_string())?;
            person.go("activity").await?;
            page.wait_count("activity-item[data-kind=cleared]", 1).await?;
            page.wait_attribute("activity-item[data-kind=cleared]", "data-read", "yes").await?;
            pair.picture("activity", person).await?;
        }
        Ok(())
    }

    /// The circle of so many milli-CHIPs that has come to count, in everybody's window: what it moved, past whom, and what
    /// their own check says.
    pub(super) async fn seen(&self, pair: &mut Pair<'_>, milli: i64) -> Result<(), Fault> {
        for (end, person) in self.people.iter().enumerate() {
            let page = person.page();
            self.look_at_lift(person, &row(milli, "final")).await?;
            page.wait_attribute("lift-detail", "data-state", "final").await?;
            page.wait_attribute("lift-amount", "data-milli", &milli.to_string()).await?;
            page.wait_attribute("lift-audit", "data-verdict", "within").await?;
            page.wait_attribute("lift-total", "data-milli", "0").await?;
            page.wait_count("lift-hop", 2).await?;
            page.wait("lift-others").await?;
            for (tally, id) in self.tallies.iter().enumerate() {
                let Some(side) = ends(tally).iter().position(|side| *side == end) else { continue };
                // Whoever owed owes less, which is a change toward them.
                let change = if side == 0 { milli } else { -milli };
                let hop = format!("lift-hop[data-tally=\"{id}\"]");
                page.wait_attribute(&hop, "data-milli", &change.to_string()).await?;
                page.wait_attribute(&hop, "data-state", "final").await?;
                page.wait_words(&hop, first_name(&self.people[ends(tally)[1 - side]])).await?;
            }
            page.click("lift-check").await?;
            page.wait("lift-checked").await?;
            pair.picture("clearing", person).await?;
        }
        Ok(())
    }

    /// Opens the clearing page at one circle.
    pub(super) async fn look_at_lift(&self, person: &Person, row: &str) -> Result<(), Fault> {
        let page = person.page();
        person.go("clearing").await?;
        let lift = page.attribute(row, "data-lift").await?;
        page.click(&format!("lift-row[data-lift=\"{lift}\"]")).await?;
        page.wait_attribute("lift-detail", "data-lift", &lift).await
    }
}

fn first_name(person: &Person) -> &'static str {
    person.who().name().split(' ').next().unwrap_or_default()
}
