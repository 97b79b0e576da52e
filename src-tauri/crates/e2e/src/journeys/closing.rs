//! The end of a tally: asked for, taken back, asked for again, paid down, the rest forgiven; the record stays.

use serde_json::json;

use super::pair::Pair;
use super::person::{Person, Who, confirm, ready_to_sign, settled};
use crate::Fault;

/// Thousandths of a CHIP: what Ben owes, what Ana signs for, and what is left.
const OWED: i64 = 12_500;
const GIVEN: i64 = 12_000;
const REST: i64 = OWED - GIVEN;

/// The payment, three changes of mind, what Ben gave, and what was forgiven.
const ENTRIES: usize = 6;

/// Announced one after the other.
pub(super) const STEPS: usize = 9;

/// Makes the journey once.
pub(super) async fn make(pair: &mut Pair<'_>) -> Result<(), Fault> {
    pair.tale.step("Ana and Ben open a tally, and Ben pays 12.500");
    let (ana, ben) = pair.open_paid("12.500", "bike tube and patches", OWED).await?;

    pair.tale.step("Ben asks to close it; what he owes he still owes");
    ask_to_close(pair, &ben, -OWED).await?;
    both_pay_down(pair, &ana, &ben, OWED).await?;
    ana.go("home").await?;
    pair.picture("home", &ana).await?;
    ana.go("activity").await?;
    ana.page().wait_attribute("activity-need", "data-kind", "closeAsked").await?;
    pair.picture("activity", &ana).await?;
    ana.look_at("now").await?;

    pair.tale.step("Ben changes his mind: it stays open");
    ben.page().click("closing-keep-open").await?;
    pair.sign(&ben, "keepOpen").await?;
    for person in [&ana, &ben] {
        person.page().wait_attribute("tally-page", "data-phase", "open").await?;
        person.page().wait_gone("closing-card").await?;
    }
    pair.picture("open-again", &ana).await?;

    pair.tale.step("Now Ana asks to close it");
    ask_to_close(pair, &ana, OWED).await?;
    both_pay_down(pair, &ana, &ben, OWED).await?;
    // Only what leads nearer to zero counts, so whoever owes has nothing to promise.
    ben.page().assert_there("tally-pay", false).await?;
    ana.page().assert_there("tally-request", false).await?;

    pair.tale.step("Ana signs for what Ben gave her; past zero she cannot");
    sign_for(pair, &ana).await?;
    settled(&ana, REST).await?;
    settled(&ben, -REST).await?;

    pair.tale.step("Ana forgives the rest");
    ana.page().wait_attribute("closing-card", "data-milli", &REST.to_string()).await?;
    ana.page().click("closing-forgive").await?;
    ready_to_sign(&ana, "forgive").await?;
    ana.page().wait_attribute("sign-after", "data-milli", "0").await?;
    pair.picture("sign-forgive", &ana).await?;
    confirm(&ana).await?;

    pair.tale.step("It is closed and even on both sides, and can still be read");
    for person in [&ana, &ben] {
        closed(pair, person).await?;
    }

    pair.tale.step("It is found among what is over");
    ana.go("tallies").await?;
    ana.page().click("filter-closed").await?;
    ana.page().wait_attribute("tally-row", "data-phase", "closed").await?;
    pair.picture("tallies", &ana).await?;
    ana.go("home").await?;
    pair.picture("home-after", &ana).await?;

    pair.tale.step("Both disks say the same");
    for person in [ana, ben] {
        person.close().await?;
    }
    for who in [Who::Ana, Who::Ben] {
        let facts = [
            ("/row/phase", json!("closed")),
            ("/row/balance", json!(0)),
            ("/row/copies/state", json!("match")),
            ("/proof/head", json!(ENTRIES)),
        ];
        pair.check_disk(who, &facts)?;
    }
    pair.check_same_on_disks()
}

async fn ask_to_close(pair: &mut Pair<'_>, person: &Person, balance: i64) -> Result<(), Fault> {
    let page = person.page();
    page.click("tab-settings").await?;
    page.click("ending-close").await?;
    page.wait_attribute("close-rest", "data-milli", &balance.to_string()).await?;
    pair.picture("ask-to-close", person).await?;
    page.click("close-confirm").await?;
    ready_to_sign(person, "close").await?;
    page.wait_attribute("sign-balance", "data-milli", &balance.to_string()).await?;
    pair.picture("sign-close", person).await?;
    confirm(person).await?;
    page.click("tab-now").await
}

async fn both_pay_down(pair: &mut Pair<'_>, ana: &Person, ben: &Person, owed: i64) -> Result<(), Fault> {
    for (person, balance) in [(ana, owed), (ben, -owed)] {
        let page = person.page();
        page.wait_attribute("tally-page", "data-phase", "closing").await?;
        page.wait_attribute("closing-card", "data-milli", &balance.to_string()).await?;
        settled(person, balance).await?;
        pair.picture("paying-down", person).await?;
    }
    Ok(())
}

async fn sign_for(pair: &mut Pair<'_>, ana: &Person) -> Result<(), Fault> {
    let page = ana.page();
    page.click("tally-pay").await?;
    page.type_text("pay-amount", "13").await?;
    page.click("pay-review").await?;
    page.wait_words("pay-failure", "12.500").await?;
    pair.picture("past-zero", ana).await?;
    page.type_text("pay-amount", "12").await?;
    page.type_text("pay-memo", "a repaired lamp").await?;
    page.wait_attribute("pay-after", "data-milli", &REST.to_string()).await?;
    pair.picture("sign-for", ana).await?;
    page.click("pay-review").await?;
    pair.sign(ana, "pay").await
}

async fn closed(pair: &mut Pair<'_>, person: &Person) -> Result<(), Fault> {
    let page = person.page();
    page.wait_attribute("tally-page", "data-phase", "closed").await?;
    page.wait("closed-card").await?;
    page.wait_gone("closing-card").await?;
    settled(person, 0).await?;
    page.assert_there("tally-pay", false).await?;
    page.assert_there("tally-request", false).await?;
    pair.picture("closed", person).await?;
    page.click("tab-history").await?;
    page.wait_count("history-row", ENTRIES).await?;
    page.wait_attribute("history-row", "data-balance", "0").await?;
    pair.picture("history", person).await?;
    page.click("tab-settings").await?;
    page.wait("standing-page").await?;
    pair.picture("settings", person).await?;
    page.click("tab-proof").await?;
    page.wait("proof-digest").await?;
    page.click("tab-now").await
}
