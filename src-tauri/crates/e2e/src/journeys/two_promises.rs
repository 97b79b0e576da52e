//! A partner who signs two different promises under one name: the first counts, nothing new is promised, and both are
//! kept as evidence that can be taken away.

use std::path::Path;

use serde_json::Value;

use super::pair::Pair;
use super::person::{Person, Who, settled};
use crate::Fault;
use crate::liar::Liar;

const MEMO: &str = "as agreed on Sunday";

/// Thousandths of a CHIP: what is promised first, and then instead.
const FIRST: i64 = 7_000;
const SECOND: i64 = 9_000;

/// Announced one after the other.
pub(super) const STEPS: usize = 6;

/// Makes the journey once.
pub(super) async fn make(pair: &mut Pair<'_>) -> Result<(), Fault> {
    pair.tale.step("Somebody who calls himself Ben Ode answers Ana's invitation, and both sign");
    let ana = pair.open(Who::Ana).await?;
    pair.first_run(&ana).await?;
    pair.invite(&ana).await?;
    let mut ben = Liar::answer(Who::Ben.name(), &ana.page().value("ticket-link").await?)?;
    pair.offer(&ana).await?;
    ben.accept()?;
    ana.page().wait_attribute("tally-page", "data-phase", "open").await?;
    settled(&ana, 0).await?;

    pair.tale.step("He promises 7.000, and then 9.000 under the same name");
    ben.contradict(FIRST, SECOND, MEMO)?;
    frozen(pair, &ana).await?;

    pair.tale.step("Home, the list, activity and the pay page say so too, in words");
    elsewhere(pair, &ana).await?;

    pair.tale.step("The Proof tab says which entry it is, and what to do");
    let page = ana.page();
    ana.look_at("proof").await?;
    page.wait_attribute("proof-dispute", "data-kind", "conflict").await?;
    page.wait_attribute("proof-dispute", "data-index", "1").await?;
    page.wait_words("proof-dispute", "two different entries").await?;
    let entry = page.text("dispute-entry").await?;
    pair.picture("proof", &ana).await?;

    pair.tale.step("Ana saves the evidence: both promises are in the file, with their signatures");
    page.click("mismatch-evidence").await?;
    page.wait_words("evidence-text", &entry).await?;
    page.click("evidence-save").await?;
    let file = page.text("evidence-saved").await?;
    pair.picture("evidence-saved", &ana).await?;
    evidence(Path::new(&file), &entry)?;
    page.click("evidence-close").await?;

    pair.tale.step("Closed and opened again, it is the same");
    drop(ben);
    ana.close().await?;
    let ana = pair.open(Who::Ana).await?;
    ana.look_at("now").await?;
    frozen(pair, &ana).await?;
    ana.close().await?;
    pair.on_disk(Who::Ana).map(drop)
}

async fn frozen(pair: &mut Pair<'_>, ana: &Person) -> Result<(), Fault> {
    let page = ana.page();
    page.wait_attribute("tally-copies", "data-copies", "mismatch").await?;
    page.wait_attribute("tally-mismatch", "data-kind", "conflict").await?;
    page.wait_attribute("tally-balance", "data-milli", &FIRST.to_string()).await?;
    page.wait_attribute("tally-stick", "data-stick", "mismatch").await?;
    page.assert_enabled("tally-pay", false).await?;
    pair.picture("frozen", ana).await.map(drop)
}

async fn elsewhere(pair: &mut Pair<'_>, ana: &Person) -> Result<(), Fault> {
    let page = ana.page();
    ana.go("home").await?;
    page.wait_attribute("need-card", "data-kind", "mismatch").await?;
    pair.picture("home", ana).await?;
    ana.go("tallies").await?;
    page.wait_attribute("tally-row", "data-copies", "mismatch").await?;
    pair.picture("tallies", ana).await?;
    ana.go("activity").await?;
    page.wait("activity-need[data-kind=mismatch]").await?;
    page.wait("activity-item[data-kind=disputeBegan]").await?;
    pair.picture("activity", ana).await?;
    page.click("nav-pay").await?;
    page.wait_attribute("pay-empty", "data-paused", "yes").await?;
    pair.picture("pay", ana).await.map(drop)
}

fn evidence(file: &Path, entry: &str) -> Result<(), Fault> {
    let text = std::fs::read_to_string(file).map_err(Fault::file(file))?;
    let json: Value = serde_json::from_str(&text).map_err(|error| Fault::Waited {
        what: "evidence that is JSON".to_owned(),
        seen: error.to_string(),
    })?;
    let all = json.to_string();
    let parts =
        [entry.to_owned(), format!("\"units\":{FIRST}"), format!("\"units\":{SECOND}"), MEMO.to_owned()];
    match parts.into_iter().find(|part| !all.contains(part)) {
        Some(part) => Err(Fault::Waited { what: format!("{part} in the evidence"), seen: all }),
        None => Ok(()),
    }
}
