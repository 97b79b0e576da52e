//! Away: Ben pays while Ana's wallet is gone, takes one promise back, Ana promises while Ben is away; all of it arrives.

use serde_json::json;

use super::pair::Pair;
use super::person::{Person, Who, ready_to_sign, settled};
use crate::Fault;

/// Thousandths of a CHIP: what Ben pays while both are there, and while Ana is away.
const FIRST: i64 = 12_500;
const AWAY: i64 = 3_000;
/// What he takes back.
const TAKEN_BACK: i64 = 4_000;
/// What Ana pays him while he is away.
const RETURNED: i64 = 1_000;

const LAST: i64 = FIRST + AWAY - RETURNED;

/// Announced one after the other.
pub(super) const STEPS: usize = 10;

/// Makes the journey once.
pub(super) async fn make(pair: &mut Pair<'_>) -> Result<(), Fault> {
    pair.tale.step("Ana and Ben open a tally, and Ben pays 12.500");
    let (ana, ben) = pair.open_paid("12.500", "bike tube and patches", FIRST).await?;

    pair.tale.step("Ana's computer loses its power");
    ana.end().await?;
    ben.page().wait_attribute("status-connection", "data-state", "online").await?;

    pair.tale.step("Ben pays 3.000 all the same: signed here, waiting for Ana, and nothing counts yet");
    pay_while_away(pair, &ben).await?;

    pair.tale.step("Ben promises 4.000 more by mistake, and takes it back before it leaves");
    take_back(pair, &ben).await?;

    pair.tale.step("Ben closes his wallet too; Ana's comes back and knows nothing of it");
    ben.close().await?;
    let ana = pair.open(Who::Ana).await?;
    ana.look_at("now").await?;
    settled(&ana, FIRST).await?;

    pair.tale.step("Ana pays Ben 1.000 while he is away");
    pair.pay_alone(&ana, "1", "change", FIRST - RETURNED).await?;
    ana.page().wait_attribute("tally-stage", "data-stage", "signed").await?;
    ana.page().wait_attribute("tally-waiting", "data-milli", &(-RETURNED).to_string()).await?;
    pair.picture("while-away", &ana).await?;

    pair.tale.step("Ben opens his wallet again: everything arrives, in one order");
    let ben = pair.open(Who::Ben).await?;
    ben.look_at("now").await?;
    arrived(pair, &ana, LAST).await?;
    arrived(pair, &ben, -LAST).await?;

    pair.tale.step("Nothing waits any more, and each promise was told once");
    for (person, kinds) in [
        (&ana, [("received", 2), ("paid", 1), ("entryCancelled", 0)]),
        (&ben, [("paid", 3), ("received", 1), ("entryCancelled", 1)]),
    ] {
        person.go("activity").await?;
        person.page().wait_attribute("activity-waiting", "data-count", "0").await?;
        person.page().wait_attribute("activity-needs", "data-count", "0").await?;
        for (kind, times) in kinds {
            person.page().wait_count(&format!("activity-item[data-kind={kind}]"), times).await?;
        }
        pair.picture("activity", person).await?;
    }

    pair.tale.step("What draws Ben's window dies: it is drawn again, and he sees what he saw");
    ben.go("home").await?;
    ben.wallet().lose_the_page().await?;

    pair.tale.step("Both disks say the same");
    for person in [ana, ben] {
        person.close().await?;
    }
    for (who, balance) in [(Who::Ana, LAST), (Who::Ben, -LAST)] {
        let facts = [
            ("/row/balance", json!(balance)),
            ("/row/waiting", json!(0)),
            ("/row/copies/state", json!("match")),
            ("/proof/head", json!(3)),
        ];
        pair.check_disk(who, &facts)?;
    }
    pair.check_same_on_disks()
}

async fn pay_while_away(pair: &mut Pair<'_>, ben: &Person) -> Result<(), Fault> {
    let page = ben.page();
    pair.fill_in_payment(ben, "3", "rye bread", -FIRST - AWAY).await?;
    page.click("pay-review").await?;
    ready_to_sign(ben, "pay").await?;
    page.click("sign-confirm").await?;
    page.wait_attribute("sign-stage", "data-stage", "signed").await?;
    pair.picture("signed-here", ben).await?;
    page.click("sign-close").await?;
    page.wait_gone("sign-sheet").await?;
    page.wait_attribute("tally-stage", "data-stage", "signed").await?;
    page.wait_attribute("tally-balance", "data-milli", &(-FIRST).to_string()).await?;
    page.wait_attribute("tally-waiting", "data-milli", &(-AWAY).to_string()).await?;
    pair.picture("queued", ben).await?;
    ben.go("home").await?;
    pair.picture("home-queued", ben).await?;
    ben.go("activity").await?;
    page.wait_attribute("activity-waiting", "data-count", "1").await?;
    page.wait_attribute("activity-waiting-item", "data-kind", "entryQueued").await?;
    pair.picture("activity-queued", ben).await?;
    ben.go("connection").await?;
    pair.picture("connection", ben).await?;
    ben.look_at("now").await
}

async fn take_back(pair: &mut Pair<'_>, ben: &Person) -> Result<(), Fault> {
    let page = ben.page();
    pair.pay_alone(ben, "4", "the wrong bread", -FIRST - AWAY - TAKEN_BACK).await?;
    let waiting = (-AWAY - TAKEN_BACK).to_string();
    page.wait_attribute("tally-waiting", "data-milli", &waiting).await?;
    page.click("tab-history").await?;
    page.wait_count("history-row[data-stage=signed]", 2).await?;
    pair.picture("two-queued", ben).await?;
    page.click(&format!("history-row[data-milli=\"-{TAKEN_BACK}\"] history-takeback")).await?;
    page.wait_words("takeback-dialog", "the wrong bread").await?;
    pair.picture("take-back", ben).await?;
    page.click("takeback-confirm").await?;
    page.wait_gone("takeback-dialog").await?;
    page.wait_attribute("history-cancelled-row", "data-milli", &(-TAKEN_BACK).to_string()).await?;
    page.wait_count("history-row[data-stage=signed]", 1).await?;
    pair.picture("taken-back", ben).await?;
    page.click("tab-now").await?;
    page.wait_attribute("tally-waiting", "data-milli", &(-AWAY).to_string()).await
}

/// One wallet's own view once everything is there.
async fn arrived(pair: &mut Pair<'_>, person: &Person, balance: i64) -> Result<(), Fault> {
    let page = person.page();
    settled(person, balance).await?;
    page.wait_gone("tally-waiting").await?;
    pair.picture("arrived", person).await?;
    page.click("tab-history").await?;
    page.wait_count("history-row", 3).await?;
    page.wait_count("history-row[data-stage=matched]", 3).await?;
    page.wait_attribute("history-row", "data-balance", &balance.to_string()).await?;
    pair.picture("history", person).await?;
    Ok(())
}
