//! Ana has no tally with Cy yet, and pays her all the same: over Ben, who ends with as much as he had.

use std::path::Path;

use serde_json::Value;

use super::OWED;
use super::ring::Ring;
use crate::Fault;
use crate::journeys::beginning::check_words;
use crate::journeys::pair::Pair;
use crate::journeys::person::Who;

const MEMO: &str = "two jars of honey";

/// The row of a payment that has come to count, among what was cleared.
const PAYMENT: &str = "lift-row[data-aim=pay][data-state=final]";

const ANA: usize = 0;
const BEN: usize = 1;
const CY: usize = 2;

impl Ring {
    /// Ben is willing to hold ten of Ana's debt, and Cy ten of Ben's: without that nothing new can come to be owed by itself.
    pub(super) async fn take_ten(&self, pair: &mut Pair<'_>) -> Result<(), Fault> {
        for (tally, end) in [(0, BEN), (1, CY)] {
            let person = &self.people[end];
            let page = person.page();
            person.turn_to(&self.tallies[tally], "settings").await?;
            page.click("standing-preset-save").await?;
            page.wait_attribute("standing-form", "data-preset", "save").await?;
            page.wait_attribute("standing-handle-bound", "data-milli", &OWED.to_string()).await?;
            self.sign_settings(pair, person).await?;
        }
        for (tally, end) in [(0, ANA), (1, BEN)] {
            let page = self.people[end].page();
            self.people[end].turn_to(&self.tallies[tally], "settings").await?;
            page.wait_attribute("standing-theirs", "data-target", &OWED.to_string()).await?;
        }
        Ok(())
    }

    /// Cy asks anybody for ten by a picture, which Ana opens and pays.
    pub(super) async fn pay_the_stranger(&self, pair: &mut Pair<'_>) -> Result<(), Fault> {
        let (ana, cy) = (&self.people[ANA], &self.people[CY]);
        let page = cy.page();
        cy.go("settings").await?;
        let told = check_words(&page.text("identity-words").await?);
        page.click("nav-request").await?;
        page.click("request-anybody").await?;
        page.wait("invoice-form").await?;
        page.type_text("invoice-amount", "10").await?;
        page.type_text("invoice-memo", MEMO).await?;
        page.click("invoice-good-hour").await?;
        pair.picture("invoice-form", cy).await?;
        page.click("invoice-create").await?;
        page.wait_attribute("invoice-page", "data-state", "waiting").await?;
        page.wait_attribute("invoice-units", "data-milli", &OWED.to_string()).await?;
        page.wait("invoice-qr").await?;
        let code = pair.picture("invoice", cy).await?;

        let page = ana.page();
        page.click("nav-open").await?;
        page.wait("open-page").await?;
        page.choose_file("open-file", &code).await?;
        page.wait_attribute("code-card", "data-kind", "paymentRequest").await?;
        page.wait_attribute("code-card", "data-problem", "").await?;
        pair.picture("payment-code", ana).await?;
        page.click("code-pay").await?;
        page.wait_attribute("payment-page", "data-state", "reachable").await?;
        // A code names nobody: Ana compares the words with what Cy tells her.
        let read = check_words(&page.text("payment-words").await?);
        Fault::unless_equal("the words of whom Ana pays", &told, &read)?;
        page.wait_attribute("payment-units", "data-milli", &OWED.to_string()).await?;
        page.wait_attribute("payment-via", "data-name", Who::Ben.name()).await?;
        page.wait_attribute("payment-cost", "data-milli", "0").await?;
        pair.picture("payment", ana).await?;
        page.click("payment-review").await?;
        page.wait_words("payment-sheet-memo", MEMO).await?;
        page.wait_attribute("payment-after", "data-milli", &(-OWED).to_string()).await?;
        page.wait_enabled("payment-sign").await?;
        pair.picture("payment-sheet", ana).await?;
        page.click("payment-sign").await?;
        page.wait_attribute("payment-page", "data-state", "paid").await?;
        cy.page().wait_attribute("invoice-page", "data-state", "paid").await?;
        page.click("payment-receipt").await?;
        let file = page.attribute("payment-saved", "data-path").await?;
        for person in [ana, cy] {
            pair.picture("paid", person).await?;
        }
        receipt(Path::new(&file))
    }

    /// Ana owes Ben, Ben owes Cy; Ben's total is what it was, and all three see the lift from where they stand.
    pub(super) async fn passed_on(&self, pair: &mut Pair<'_>) -> Result<(), Fault> {
        for tally in [0, 1] {
            self.owes(tally, OWED).await?;
        }
        for (person, net) in self.people.iter().zip([-OWED, 0, OWED]) {
            let page = person.page();
            person.go("home").await?;
            page.wait_attribute("home-net", "data-milli", &net.to_string()).await?;
            self.look_at_lift(person, PAYMENT).await?;
            page.wait_attribute("lift-detail", "data-state", "final").await?;
            page.wait_attribute("lift-audit", "data-verdict", "within").await?;
            page.wait_attribute("lift-total", "data-milli", &net.to_string()).await?;
            page.wait_count("lift-hop", if net == 0 { 2 } else { 1 }).await?;
            pair.picture("payment-lift", person).await?;
        }
        Ok(())
    }
}

/// The receipt is what Cy asked for, signed by her, and the decision.
fn receipt(file: &Path) -> Result<(), Fault> {
    let text = std::fs::read_to_string(file).map_err(Fault::file(file))?;
    let json: Value = serde_json::from_str(&text).map_err(|error| Fault::Waited {
        what: "a receipt that is JSON".to_owned(),
        seen: error.to_string(),
    })?;
    let read = tallystick_core::lift::Receipt::parse(&json);
    Fault::unless_equal("whether every signature of the receipt is good", "true", &read.is_ok().to_string())?;
    Fault::unless_equal("whether it says what for", "true", &text.contains(MEMO).to_string())
}
