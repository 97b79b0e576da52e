//! A partner who signed two different promises under one name: nothing new is promised, nothing is lost, and what they
//! said is kept as evidence that can be taken away.

use std::path::Path;

use serde_json::Value;

use super::Telling;
use super::pair::{Pair, Who};
use crate::liar::Liar;
use crate::{Fault, Programs, Theme, Wallet};

const MEMO: &str = "as agreed on Sunday";

const STEPS: usize = 7;

pub(super) async fn make(
    programs: &Programs,
    theme: Theme,
    folder: &Path,
    telling: Telling,
) -> Result<(), Fault> {
    let mut pair = Pair::begin(programs, theme, folder, telling, STEPS).await?;
    pair.tale.step("Ana shows an invitation; somebody who calls himself Ben Ode answers it");
    pair.identity(Who::Ana)?;
    let ana = pair.open(Who::Ana).await?;
    let page = ana.page();
    page.wait("home-page").await?;
    page.click("nav-invite").await?;
    page.click("invite-template-friend").await?;
    page.click("invite-create").await?;
    let link = page.value("ticket-link").await?;
    let mut ben = Liar::answer(Who::Ben.name(), &link)?;

    pair.tale.step("Both sign");
    page.click("ticket-review").await?;
    pair.read_agreement(Who::Ana, &ana).await?;
    pair.sign(Who::Ana, &ana, "review-sign", "offer").await?;
    ben.accept()?;
    page.wait_attribute("tally-page", "data-phase", "open").await?;
    page.wait_attribute("tally-copies", "data-copies", "match").await?;

    pair.tale.step("He promises 7.000, and then 9.000 under the same name");
    ben.contradict(7_000, 9_000, MEMO)?;
    page.wait_attribute("tally-copies", "data-copies", "mismatch").await?;
    page.wait_attribute("tally-mismatch", "data-kind", "conflict").await?;
    page.wait_attribute("tally-balance", "data-milli", "7000").await?;
    page.wait_attribute("tally-stick", "data-stick", "mismatch").await?;
    page.assert_enabled("tally-pay", false).await?;
    pair.picture("frozen", Who::Ana, &ana).await?;

    pair.tale.step("Home, the list, activity and the pay page say so too, in words");
    elsewhere(&mut pair, &ana).await?;

    pair.tale.step("The Proof tab says from which entry on, and what is kept");
    pair.go_to_tally(&ana).await?;
    page.click("tab-proof").await?;
    page.wait_attribute("proof-dispute", "data-kind", "conflict").await?;
    page.wait_attribute("proof-dispute", "data-index", "1").await?;
    let entry = page.text("dispute-entry").await?;
    pair.picture("proof", Who::Ana, &ana).await?;
    page.click("tab-history").await?;
    page.wait_attribute("history-row[data-milli=\"7000\"]", "data-balance", "7000").await?;
    pair.picture("history", Who::Ana, &ana).await?;

    pair.tale.step("Ana saves the evidence as a file");
    page.click("mismatch-evidence").await?;
    page.wait_words("evidence-text", &entry).await?;
    pair.picture("evidence", Who::Ana, &ana).await?;
    page.click("evidence-save").await?;
    let file = page.attribute("evidence-saved", "data-path").await?;
    pair.picture("evidence-saved", Who::Ana, &ana).await?;
    evidence(Path::new(&file), &entry)?;
    page.click("evidence-close").await?;

    pair.tale.step("Closed and opened again, it is the same");
    drop(ben);
    ana.close().await?;
    let ana = pair.open(Who::Ana).await?;
    pair.go_to_tally(&ana).await?;
    ana.page().wait_attribute("tally-mismatch", "data-kind", "conflict").await?;
    ana.page().wait_attribute("tally-balance", "data-milli", "7000").await?;
    ana.close().await?;
    pair.verify(Who::Ana)
}

async fn elsewhere(pair: &mut Pair<'_>, ana: &Wallet) -> Result<(), Fault> {
    let page = ana.page();
    page.click("nav-home").await?;
    page.wait_attribute("need-card", "data-kind", "mismatch").await?;
    pair.picture("home", Who::Ana, ana).await?;
    page.click("nav-tallies").await?;
    page.wait_attribute("tally-row", "data-copies", "mismatch").await?;
    pair.picture("tallies", Who::Ana, ana).await?;
    page.click("nav-activity").await?;
    page.wait("activity-need[data-kind=\"mismatch\"]").await?;
    page.wait("activity-item[data-kind=\"disputeBegan\"]").await?;
    pair.picture("activity", Who::Ana, ana).await?;
    page.click("nav-pay").await?;
    page.wait_attribute("pay-empty", "data-paused", "yes").await?;
    pair.picture("pay", Who::Ana, ana).await
}

/// The file holds both promises, each with its signature.
fn evidence(file: &Path, entry: &str) -> Result<(), Fault> {
    let text = std::fs::read_to_string(file).map_err(Fault::file(file))?;
    let json: Value = serde_json::from_str(&text).map_err(|error| Fault::Waited {
        what: "evidence that is JSON".to_owned(),
        seen: error.to_string(),
    })?;
    let all = json.to_string();
    for part in [entry, "\"units\":7000", "\"units\":9000", MEMO] {
        if !all.contains(part) {
            return Err(Fault::Waited { what: format!("{part} in the evidence"), seen: all });
        }
    }
    Ok(())
}
