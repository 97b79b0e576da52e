//! An engine that lets go what its person charges for: the wallet's own check finds it out, and keeps what proves it.

use std::path::Path;

use serde_json::Value;

use super::OWED;
use super::clearing::row;
use super::ring::Ring;
use crate::Fault;
use crate::journeys::pair::Pair;

const BEN: usize = 1;

impl Ring {
    /// Ben's window says in red what does not hold; what he saves holds what he signed and what was done all the same.
    pub(super) async fn found_out(&self, pair: &mut Pair<'_>) -> Result<(), Fault> {
        let ben = &self.people[BEN];
        let page = ben.page();
        let tally = &self.tallies[0];
        let bad = format!("{}[data-verdict=outside]", row(OWED, "final"));
        page.wait_gone("sign-sheet").await?;
        self.look_at_lift(ben, &bad).await?;
        page.wait_attribute("lift-audit", "data-verdict", "outside").await?;
        page.wait_count("lift-fault", 1).await?;
        page.wait_attribute("lift-fault", "data-fault", "belowTarget").await?;
        page.wait_attribute("lift-fault", "data-tally", tally).await?;
        pair.picture("outside", ben).await?;
        let lift = page.attribute("lift-detail", "data-lift").await?;
        page.click("lift-save").await?;
        let file = page.attribute("lift-saved", "data-path").await?;
        pair.picture("evidence-saved", ben).await?;
        evidence(Path::new(&file), &lift, tally)?;
        ben.go("activity").await?;
        pair.picture("activity-outside", ben).await?;

        // Nobody else's engine did anything wrong.
        for person in [&self.people[0], &self.people[2]] {
            let theirs = format!("lift-row[data-lift=\"{lift}\"]");
            self.look_at_lift(person, &theirs).await?;
            person.page().wait_attribute("lift-audit", "data-verdict", "within").await?;
        }
        Ok(())
    }

    /// Found once, it stays found: also by an engine that is as it should be.
    pub(super) async fn stays_found(&self, pair: &mut Pair<'_>) -> Result<(), Fault> {
        let ben = &self.people[BEN];
        self.look_at_lift(ben, &format!("{}[data-verdict=outside]", row(OWED, "final"))).await?;
        ben.page().click("lift-check").await?;
        ben.page().wait_attribute("lift-audit", "data-verdict", "outside").await?;
        pair.picture("still-outside", ben).await.map(drop)
    }
}

/// The file names the lift, holds settings signed with the charge that was not heeded, and the entry of each tally.
fn evidence(file: &Path, lift: &str, tally: &str) -> Result<(), Fault> {
    let text = std::fs::read_to_string(file).map_err(Fault::file(file))?;
    let json: Value = serde_json::from_str(&text).map_err(|error| Fault::Waited {
        what: "evidence that is JSON".to_owned(),
        seen: error.to_string(),
    })?;
    let tallies = json["evidence"]["tallies"].as_array().cloned().unwrap_or_default();
    let ours = tallies.iter().find(|found| found.to_string().contains(tally));
    let settings = ours.and_then(|ours| ours["settings"].as_array()).cloned().unwrap_or_default();
    let charged = settings.iter().any(|chit| chit["ref"]["clutch"] == 1 && chit["sign"].is_string());
    let entries = tallies.iter().all(|found| found["entry"]["uuid"].is_string());
    for (what, holds) in [
        ("names the lift", text.contains(lift)),
        ("holds both tallies", tallies.len() == 2),
        ("holds the signed settings", charged),
        ("holds the entries", entries),
    ] {
        Fault::unless_equal(&format!("whether the evidence {what}"), "true", &holds.to_string())?;
    }
    Ok(())
}
