//! The whole tally: terms are talked over, Ana asks to be paid, Ben refuses, pays, pays something else, and both see it.

use serde_json::json;

use super::beginning::LIMIT;
use super::pair::Pair;
use super::person::{Person, Who, confirm, ready_to_sign, settled};
use super::small;
use crate::Fault;

/// Thousandths of a CHIP: what Ben grants once terms are talked over.
const GRANTED: i64 = 10_000;
/// What Ana asks for first.
const ASKED: i64 = 9_500;
/// What she asks for instead, and is paid.
const REVISED: i64 = 7_000;
/// What she asks for next; Ben pays something else.
const NEXT: i64 = 3_000;
const ELSE: i64 = 2_000;
const REASON: &str = "you quoted 7";

/// Announced one after the other.
pub(super) const STEPS: usize = 13;

/// Makes the journey once.
pub(super) async fn make(pair: &mut Pair<'_>) -> Result<(), Fault> {
    pair.tale.step("Ana invites Ben and offers a tally in which only he may owe");
    let (ana, ben) = pair.offered().await?;

    pair.tale.step("Ben wants Ana to be able to owe him 10 CHIP as well, and sends the offer back changed");
    counter(pair, &ben).await?;

    pair.tale.step("Ana sees what was changed and whose turn it is, and accepts");
    differences(pair, &ana).await?;
    pair.accept(&ana, Who::Ben).await?;
    for person in [&ana, &ben] {
        person.page().wait_attribute("tally-page", "data-phase", "open").await?;
        person.page().click("tab-now").await?;
    }

    pair.tale.step("Ana asks to be paid 9.500 for a repair");
    ask(pair, &ana, "9.500", "repair of the back wheel", ASKED).await?;

    pair.tale.step("Ben sees who, how much, what for and what it would mean, and refuses with a reason");
    refuse(pair, &ben).await?;

    pair.tale.step("Ana reads why; nothing moved; she asks again for 7");
    ask_again(pair, &ana).await?;

    pair.tale.step("Ben pays exactly what is asked, from his list of what needs him");
    grant(pair, &ben).await?;

    pair.tale.step("Both see the request paid, and the payment says what it answers");
    paid(pair, &ana, &ben).await?;

    pair.tale.step("Ana asks for 3 more; Ben pays 2 instead, which answers nothing; Ana takes it back");
    something_else(pair, &ana, &ben).await?;

    pair.tale.step("Everything that happened lies in three lanes");
    lanes(pair, &ana, &ben).await?;

    pair.tale.step("Ana says how much of Ben's debt she likes to hold, and Ben sees it");
    settings(pair, &ana, &ben).await?;

    pair.tale.step("Ana saves the history, and looks at every page in smaller windows");
    save_history(pair, &ana).await?;
    small::every_page(pair, &ana).await?;

    pair.tale.step("Both close their wallets, and their disks say the same");
    for person in [ana, ben] {
        person.close().await?;
    }
    for (who, sign) in [(Who::Ana, 1), (Who::Ben, -1)] {
        let facts = [
            ("/row/phase", json!("open")),
            ("/row/balance", json!(sign * (REVISED + ELSE))),
            ("/row/copies/state", json!("match")),
            ("/proof/head", json!(3)),
        ];
        pair.check_disk(who, &facts)?;
    }
    pair.check_same_on_disks()
}

async fn counter(pair: &mut Pair<'_>, ben: &Person) -> Result<(), Fault> {
    let page = ben.page();
    page.wait_attribute("review-page", "data-turn", "mine").await?;
    pair.read_contract(ben).await?;
    page.click("review-counter").await?;
    page.type_text("counter-limit", "10").await?;
    page.type_text("counter-notice", "14").await?;
    pair.picture("counter-form", ben).await?;
    page.click("counter-review").await?;
    ready_to_sign(ben, "counter").await?;
    page.wait_count("sign-differences-row", 2).await?;
    pair.picture("sign-counter", ben).await?;
    confirm(ben).await?;
    page.wait_attribute("sent-offer", "data-turn", "theirs").await?;
    pair.picture("counter-sent", ben).await?;
    Ok(())
}

async fn differences(pair: &mut Pair<'_>, ana: &Person) -> Result<(), Fault> {
    let page = ana.page();
    page.wait_attribute("tally-page", "data-phase", "offeredToUs").await?;
    page.wait_attribute("review-page", "data-turn", "mine").await?;
    page.wait_attribute("review-page", "data-revision", "2").await?;
    page.wait_count("review-difference", 2).await?;
    page.wait_words("review-difference[data-field=limit]", "10").await?;
    page.wait_words("review-difference[data-field=notice]", "14").await?;
    pair.picture("what-changed", ana).await?;
    ana.go("home").await?;
    page.wait_attribute("need-card", "data-kind", "reviewOffer").await?;
    pair.picture("home-changed-offer", ana).await?;
    page.click("need-act").await
}

async fn ask(pair: &mut Pair<'_>, ana: &Person, amount: &str, memo: &str, milli: i64) -> Result<(), Fault> {
    let page = ana.page();
    page.click("tally-request").await?;
    page.wait_attribute("pay-page", "data-mode", "request").await?;
    page.type_text("pay-amount", amount).await?;
    page.type_text("pay-memo", memo).await?;
    pair.picture("ask", ana).await?;
    page.click("request-review").await?;
    page.wait_words("request-confirm-memo", memo).await?;
    pair.picture("ask-confirm", ana).await?;
    page.click("request-confirm").await?;
    page.wait_attribute("request-mine", "data-milli", &milli.to_string()).await?;
    pair.picture("asked", ana).await?;
    Ok(())
}

async fn refuse(pair: &mut Pair<'_>, ben: &Person) -> Result<(), Fault> {
    let page = ben.page();
    ben.go("home").await?;
    page.wait_attribute("need-card", "data-kind", "payRequest").await?;
    page.wait_attribute("request-card", "data-milli", &(-ASKED).to_string()).await?;
    page.wait_words("request-memo", "repair of the back wheel").await?;
    page.wait_attribute("request-effect", "data-milli", &(-ASKED).to_string()).await?;
    pair.picture("is-asked", ben).await?;
    page.click("request-refuse").await?;
    page.type_text("request-refuse-reason", REASON).await?;
    pair.picture("refuse", ben).await?;
    page.click("request-refuse-confirm").await?;
    page.wait_gone("need-card").await?;
    pair.picture("home-calm", ben).await?;
    Ok(())
}

async fn ask_again(pair: &mut Pair<'_>, ana: &Person) -> Result<(), Fault> {
    let page = ana.page();
    page.wait_attribute("request-over", "data-state", "refused").await?;
    page.wait_words("request-reason", REASON).await?;
    page.wait_attribute("tally-balance", "data-milli", "0").await?;
    pair.picture("was-refused", ana).await?;
    page.click("request-over[data-state=refused] request-again").await?;
    page.type_text("pay-amount", "7").await?;
    pair.picture("ask-again", ana).await?;
    page.click("request-review").await?;
    page.click("request-confirm").await?;
    page.wait_attribute("request-mine", "data-milli", &REVISED.to_string()).await?;
    // The same request, asked a second time: nothing is left of the first.
    page.wait_gone("request-over").await
}

async fn grant(pair: &mut Pair<'_>, ben: &Person) -> Result<(), Fault> {
    let page = ben.page();
    ben.go("activity").await?;
    page.wait_attribute("activity-need", "data-kind", "payRequest").await?;
    page.wait_attribute("request-card", "data-milli", &(-REVISED).to_string()).await?;
    pair.picture("activity-asked", ben).await?;
    page.click("request-pay").await?;
    ready_to_sign(ben, "pay").await?;
    page.wait_attribute("sign-after", "data-milli", &(-REVISED).to_string()).await?;
    page.wait("sign-answers").await?;
    pair.picture("sign-answer", ben).await?;
    confirm(ben).await
}

async fn paid(pair: &mut Pair<'_>, ana: &Person, ben: &Person) -> Result<(), Fault> {
    for (person, balance) in [(ana, REVISED), (ben, -REVISED)] {
        let page = person.page();
        person.look_at("now").await?;
        settled(person, balance).await?;
        page.wait_attribute("request-over", "data-state", "paid").await?;
        page.wait_gone("request-card").await?;
        page.wait_gone("request-mine").await?;
        pair.picture("request-paid", person).await?;
    }
    let page = ana.page();
    page.click("tab-history").await?;
    page.wait_attribute("history-row", "data-balance", &REVISED.to_string()).await?;
    page.click("history-answers").await?;
    pair.picture("answers", ana).await?;
    page.click("tab-now").await
}

async fn something_else(pair: &mut Pair<'_>, ana: &Person, ben: &Person) -> Result<(), Fault> {
    ask(pair, ana, "3", "paint", NEXT).await?;
    let page = ben.page();
    page.wait_attribute("request-card", "data-milli", &(-NEXT).to_string()).await?;
    pair.picture("asked-in-tally", ben).await?;
    page.click("request-another").await?;
    page.type_text("pay-amount", "2").await?;
    let after = -(REVISED + ELSE);
    page.wait_attribute("pay-after", "data-milli", &after.to_string()).await?;
    pair.picture("pay-instead", ben).await?;
    page.click("pay-review").await?;
    ready_to_sign(ben, "pay").await?;
    page.assert_there("sign-answers", false).await?;
    confirm(ben).await?;
    ben.look_at("now").await?;
    settled(ben, after).await?;
    // Another amount is no answer: the request still waits.
    page.wait_attribute("request-card", "data-milli", &(-NEXT).to_string()).await?;

    let page = ana.page();
    settled(ana, -after).await?;
    page.click("request-mine request-withdraw").await?;
    page.wait("request-withdraw-dialog").await?;
    pair.picture("withdraw", ana).await?;
    page.click("request-withdraw-confirm").await?;
    page.wait("request-over[data-state=withdrawn]").await?;
    ben.page().wait("request-over[data-state=withdrawn]").await?;
    ben.page().wait_gone("request-card").await
}

async fn lanes(pair: &mut Pair<'_>, ana: &Person, ben: &Person) -> Result<(), Fault> {
    let told = [
        (ana, ("0", "1"), ["requestWithdrawn", "received", "requestPaid", "requestRefused", "tallyOpened"]),
        (ben, ("1", "0"), ["requestWithdrawn", "paid", "requestPaid", "requestRefused", "tallyOpened"]),
    ];
    ana.page().click("tally-request").await?;
    ana.page().type_text("pay-amount", "1").await?;
    ana.page().click("request-review").await?;
    ana.page().click("request-confirm").await?;
    for (person, (needs, waiting), kinds) in told {
        let page = person.page();
        person.go("activity").await?;
        for kind in kinds {
            page.wait(&format!("activity-happened activity-item[data-kind={kind}]")).await?;
        }
        page.wait_attribute("activity-needs", "data-count", needs).await?;
        page.wait_attribute("activity-waiting", "data-count", waiting).await?;
        pair.picture("activity", person).await?;
    }
    let page = ana.page();
    page.click("activity-read-all").await?;
    page.wait_attribute("activity-happened", "data-unread", "0").await?;
    pair.picture("activity-read", ana).await?;
    page.click("activity-waiting-item").await?;
    page.click("request-mine request-withdraw").await?;
    page.click("request-withdraw-confirm").await?;
    ben.page().wait_attribute("activity-needs", "data-count", "0").await
}

async fn settings(pair: &mut Pair<'_>, ana: &Person, ben: &Person) -> Result<(), Fault> {
    let page = ana.page();
    ben.look_at("settings").await?;
    ben.page().wait_attribute("standing-theirs", "data-bound", "0").await?;
    ana.look_at("settings").await?;
    pair.picture("settings", ana).await?;
    page.type_text("standing-hold", "5").await?;
    page.type_text("standing-most", "15").await?;
    page.type_text("standing-take", "2").await?;
    page.wait_attribute("standing-form", "data-rules", "").await?;
    page.wait_words("standing-says", "15.000").await?;
    pair.picture("settings-changed", ana).await?;
    page.click("standing-review").await?;
    pair.sign(ana, "settings").await?;
    page.wait("standing-since").await?;
    pair.picture("settings-saved", ana).await?;

    let page = ben.page();
    page.wait_attribute("standing-theirs", "data-target", "5000").await?;
    page.wait_attribute("standing-theirs", "data-bound", "15000").await?;
    pair.picture("settings-of-the-partner", ben).await?;
    for (person, balance) in [(ana, REVISED + ELSE), (ben, -(REVISED + ELSE))] {
        person.page().click("tab-history").await?;
        person.page().wait_count("history-row", 3).await?;
        person.page().wait_words("history-row", "15.000").await?;
        person.page().wait_attribute("history-row", "data-balance", &balance.to_string()).await?;
        pair.picture("history", person).await?;
    }
    // What both grant stays what was agreed; settings for clearing do not touch it.
    ana.page().click("tab-agreement").await?;
    ana.page().wait_attribute("agreement-my-limit", "data-milli", &LIMIT.to_string()).await?;
    ana.page().wait_attribute("agreement-their-limit", "data-milli", &GRANTED.to_string()).await?;
    pair.picture("agreement", ana).await?;
    Ok(())
}

/// The sum of the saved table is the balance on the screen.
async fn save_history(pair: &mut Pair<'_>, ana: &Person) -> Result<(), Fault> {
    let page = ana.page();
    page.click("tab-history").await?;
    page.click("history-save").await?;
    let file = page.attribute("history-saved", "data-path").await?;
    pair.picture("history-saved", ana).await?;
    let table = std::fs::read_to_string(&file).map_err(Fault::file(&file))?;
    let last = table.lines().last().unwrap_or_default();
    Fault::unless_equal("the sum of the saved table", "sum,,,,9000,9.000,9000,,,", last)
}
