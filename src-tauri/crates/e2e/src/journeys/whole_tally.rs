//! The whole tally: terms are negotiated, payments asked for, granted and refused, settings signed, and all of it can be
//! looked up afterwards.

use std::path::Path;

use super::Telling;
use super::pair::{Pair, Who};
use crate::{Fault, Programs, Theme, Wallet};

const MEMO: &str = "tools and repairs";
const NEW_MEMO: &str = "tools, repairs, and the long ladder every second week";
const REFUSAL: &str = "quoted 7, not 95";

const STEPS: usize = 13;

/// The pages that are looked at in small windows, by what leads to them.
const PAGES: [(&str, &str); 7] = [
    ("nav-home", "home-page"),
    ("nav-tallies", "tallies-page"),
    ("nav-activity", "activity-page"),
    ("nav-connection", "connection-page"),
    ("nav-settings", "settings-page"),
    ("nav-invite", "invite-page"),
    ("nav-open", "open-page"),
];

pub(super) async fn make(
    programs: &Programs,
    theme: Theme,
    folder: &Path,
    telling: Telling,
) -> Result<(), Fault> {
    let mut pair = Pair::begin(programs, theme, folder, telling, STEPS).await?;
    pair.tale.step("Ben has answered Ana's invitation; both open their wallets");
    pair.answered(MEMO).await?;
    let (ana, ben) = (pair.open(Who::Ana).await?, pair.open(Who::Ben).await?);

    pair.tale.step("Ana signs an offer");
    offer(&mut pair, &ana).await?;
    pair.tale.step("Ben changes his side of it and sends it back");
    counter(&mut pair, &ben).await?;
    pair.tale.step("Ana sees what changed and that it is her turn, and signs");
    agree(&mut pair, &ana, &ben).await?;
    pair.tale.step("Both read what is in force");
    agreement(&mut pair, &ana, &ben).await?;

    pair.tale.step("Ana asks Ben for 9.500 CHIP, and he grants it");
    ask(&mut pair, &ana, "9.500", "bike tube and patches").await?;
    grant(&mut pair, &ben, 9_500).await?;
    answered(&mut pair, &ana, "paid").await?;
    pair.settled(&ana, &ben, 9_500).await?;

    pair.tale.step("Ana asks for 95.000; Ben refuses and says why");
    ask(&mut pair, &ana, "95.000", "the shed roof").await?;
    refuse(&mut pair, &ben).await?;
    answered(&mut pair, &ana, "refused").await?;
    ana.page().wait_words("request-reason", REFUSAL).await?;
    pair.settled(&ana, &ben, 9_500).await?;

    pair.tale.step("Ana asks again, for 7.000; Ben grants that");
    ask_again(&mut pair, &ana).await?;
    grant(&mut pair, &ben, 7_000).await?;
    answered(&mut pair, &ana, "paid").await?;
    pair.settled(&ana, &ben, 16_500).await?;

    pair.tale.step("Ana lets clearing save up here; what cannot be is not signed");
    settings(&mut pair, &ana).await?;
    pair.tale.step("Ben sees her settings beside his own");
    ben.page().click("tab-settings").await?;
    ben.page().wait_attribute("standing-theirs", "data-target", "5000").await?;
    ben.page().wait_attribute("standing-theirs", "data-bound", "15000").await?;
    pair.picture("their-settings", Who::Ben, &ben).await?;

    pair.tale.step("One more request waits; each finds it in the lane where it belongs");
    activity(&mut pair, &ana, &ben).await?;
    history(&mut pair, &ana).await?;

    pair.tale.step("Every page in smaller windows");
    for (width, height) in [(1024, 700), (960, 640)] {
        small(&mut pair, &ana, width, height).await?;
    }

    pair.tale.step("What lies on both disks is checked again");
    pair.finish(ana, ben, "open", 16_500).await
}

async fn offer(pair: &mut Pair<'_>, ana: &Wallet) -> Result<(), Fault> {
    let page = ana.page();
    page.wait_attribute("need-card", "data-kind", "reviewAnswer").await?;
    page.click("need-act").await?;
    page.wait_attribute("tally-page", "data-phase", "partnerDraft").await?;
    pair.read_agreement(Who::Ana, ana).await?;
    pair.sign(Who::Ana, ana, "review-sign", "offer").await?;
    page.wait_attribute("tally-page", "data-phase", "offered").await?;
    page.wait_attribute("sent-offer", "data-turn", "theirs").await?;
    page.wait_attribute("sent-offer", "data-revision", "1").await
}

async fn counter(pair: &mut Pair<'_>, ben: &Wallet) -> Result<(), Fault> {
    let page = ben.page();
    page.click("nav-home").await?;
    page.wait_attribute("need-card", "data-kind", "reviewOffer").await?;
    pair.picture("needs-you", Who::Ben, ben).await?;
    page.click("need-act").await?;
    page.wait_attribute("tally-page", "data-phase", "offeredToUs").await?;
    page.wait_text("review-memo", MEMO).await?;
    pair.read_agreement(Who::Ben, ben).await?;
    pair.picture("review", Who::Ben, ben).await?;
    page.click("review-counter").await?;
    page.type_text("counter-limit", "30.0001").await?;
    page.wait("counter-limit-error").await?;
    page.type_text("counter-limit", "30").await?;
    page.type_text("counter-notice", "7").await?;
    page.type_text("counter-memo", NEW_MEMO).await?;
    pair.picture("counter", Who::Ben, ben).await?;
    page.click("counter-review").await?;
    page.wait_words("sign-differences", "30").await?;
    pair.confirm(Who::Ben, ben, "counter").await?;
    page.wait_attribute("tally-page", "data-phase", "offered").await?;
    page.wait_attribute("sent-offer", "data-turn", "theirs").await?;
    page.wait_attribute("sent-offer", "data-revision", "2").await?;
    pair.picture("sent", Who::Ben, ben).await
}

async fn agree(pair: &mut Pair<'_>, ana: &Wallet, ben: &Wallet) -> Result<(), Fault> {
    let page = ana.page();
    page.wait_attribute("tally-page", "data-phase", "offeredToUs").await?;
    page.wait_attribute("review-page", "data-revision", "2").await?;
    page.wait_attribute("review-page", "data-turn", "mine").await?;
    for (field, whose, words) in
        [("limit", "theirs", "30"), ("notice", "theirs", "7"), ("memo", "both", "the long ladder")]
    {
        page.wait_words(&format!("review-difference[data-field=\"{field}\"][data-whose=\"{whose}\"]"), words)
            .await?;
    }
    page.wait_attribute("review-contract", "data-read", "yes").await?;
    pair.picture("differences", Who::Ana, ana).await?;
    pair.sign(Who::Ana, ana, "review-sign", "accept").await?;
    for wallet in [ana, ben] {
        wallet.page().wait_attribute("tally-page", "data-phase", "open").await?;
    }
    pair.settled(ana, ben, 0).await?;
    pair.picture("empty", Who::Ana, ana).await?;
    pair.same(ana, ben, "proof-digest").await.map(drop)
}

async fn agreement(pair: &mut Pair<'_>, ana: &Wallet, ben: &Wallet) -> Result<(), Fault> {
    for (who, wallet, mine, theirs) in [(Who::Ana, ana, "20000", "30000"), (Who::Ben, ben, "30000", "20000")]
    {
        let page = wallet.page();
        page.click("tab-agreement").await?;
        page.wait_attribute("agreement-my-limit", "data-milli", mine).await?;
        page.wait_attribute("agreement-their-limit", "data-milli", theirs).await?;
        pair.picture("agreement", who, wallet).await?;
        page.click("tab-now").await?;
    }
    Ok(())
}

async fn ask(pair: &mut Pair<'_>, ana: &Wallet, amount: &str, memo: &str) -> Result<(), Fault> {
    let page = ana.page();
    page.click("tab-now").await?;
    page.click("tally-request").await?;
    page.wait_attribute("pay-page", "data-mode", "request").await?;
    page.type_text("pay-amount", amount).await?;
    page.type_text("pay-memo", memo).await?;
    page.click("request-good-week").await?;
    pair.picture("ask", Who::Ana, ana).await?;
    send_request(pair, ana, memo).await
}

async fn send_request(pair: &mut Pair<'_>, ana: &Wallet, memo: &str) -> Result<(), Fault> {
    let page = ana.page();
    page.click("request-review").await?;
    page.wait_words("request-confirm-memo", memo).await?;
    pair.picture("ask-confirm", Who::Ana, ana).await?;
    page.click("request-confirm").await?;
    page.wait("request-mine").await
}

async fn grant(pair: &mut Pair<'_>, ben: &Wallet, milli: i64) -> Result<(), Fault> {
    let page = ben.page();
    page.click("tab-now").await?;
    page.wait_attribute("request-card", "data-milli", &(-milli).to_string()).await?;
    pair.picture("asked", Who::Ben, ben).await?;
    page.click("request-pay").await?;
    page.wait("sign-answers").await?;
    pair.confirm(Who::Ben, ben, "pay").await?;
    page.wait_gone("request-card").await
}

async fn answered(pair: &mut Pair<'_>, ana: &Wallet, state: &str) -> Result<(), Fault> {
    let page = ana.page();
    page.wait_gone("request-mine").await?;
    page.wait_attribute("request-over", "data-state", state).await?;
    pair.picture(&format!("request-{state}"), Who::Ana, ana).await
}

async fn refuse(pair: &mut Pair<'_>, ben: &Wallet) -> Result<(), Fault> {
    let page = ben.page();
    page.wait_attribute("request-card", "data-milli", "-95000").await?;
    page.click("request-refuse").await?;
    page.type_text("request-refuse-reason", REFUSAL).await?;
    pair.picture("refuse", Who::Ben, ben).await?;
    page.click("request-refuse-confirm").await?;
    page.wait_gone("request-card").await
}

async fn ask_again(pair: &mut Pair<'_>, ana: &Wallet) -> Result<(), Fault> {
    let page = ana.page();
    page.click("request-over[data-state=\"refused\"] request-again").await?;
    page.wait("request-again-note").await?;
    page.type_text("pay-amount", "7").await?;
    pair.picture("ask-again", Who::Ana, ana).await?;
    send_request(pair, ana, "the shed roof").await
}

async fn settings(pair: &mut Pair<'_>, ana: &Wallet) -> Result<(), Fault> {
    let page = ana.page();
    page.click("tab-settings").await?;
    page.click("standing-preset-save").await?;
    page.type_text("standing-hold", "20").await?;
    page.type_text("standing-most", "15").await?;
    page.wait_attribute("standing-form", "data-rules", "targetAboveBound").await?;
    page.assert_enabled("standing-review", false).await?;
    pair.picture("settings-wrong", Who::Ana, ana).await?;
    page.type_text("standing-hold", "5").await?;
    page.wait_attribute("standing-form", "data-rules", "").await?;
    page.wait_words("standing-says", "owes you 5.000").await?;
    page.wait_words("standing-says", "up to 15.000").await?;
    page.wait("standing-compare").await?;
    pair.picture("settings", Who::Ana, ana).await?;
    pair.sign(Who::Ana, ana, "standing-review", "settings").await?;
    page.wait_gone("standing-compare").await?;
    page.wait("standing-since").await?;
    pair.picture("settings-signed", Who::Ana, ana).await
}

async fn activity(pair: &mut Pair<'_>, ana: &Wallet, ben: &Wallet) -> Result<(), Fault> {
    ask(pair, ana, "1.250", "patches").await?;
    for (who, wallet, here, kinds) in [
        (
            Who::Ana,
            ana,
            "activity-waiting-item[data-kind=\"requestSent\"]",
            ["tallyOpened", "requestPaid", "requestRefused", "settingsMine"],
        ),
        (
            Who::Ben,
            ben,
            "activity-need[data-kind=\"payRequest\"]",
            ["tallyOpened", "requestPaid", "requestRefused", "settingsTheirs"],
        ),
    ] {
        let page = wallet.page();
        page.click("nav-activity").await?;
        page.wait(here).await?;
        for kind in kinds {
            page.wait(&format!("activity-item[data-kind=\"{kind}\"]")).await?;
        }
        pair.picture("activity", who, wallet).await?;
    }
    Ok(())
}

async fn history(pair: &mut Pair<'_>, ana: &Wallet) -> Result<(), Fault> {
    let page = ana.page();
    pair.go_to_tally(ana).await?;
    page.click("tab-history").await?;
    page.wait_attribute("history-row[data-milli=\"7000\"]", "data-balance", "16500").await?;
    page.wait_attribute("history-row[data-milli=\"9500\"]", "data-balance", "9500").await?;
    page.click("history-save").await?;
    let file = page.attribute("history-saved", "data-path").await?;
    let table = std::fs::read_to_string(&file).map_err(Fault::file(&file))?;
    let last = table.lines().last().unwrap_or_default();
    Fault::unless_equal("the sum of the saved table", "sum,,,,16500,16.500,16500,,,", last)?;
    pair.picture("history", Who::Ana, ana).await?;
    page.click("history-kind-settings").await?;
    page.wait_attribute("history-hidden", "data-milli", "16500").await?;
    pair.picture("history-filtered", Who::Ana, ana).await
}

/// Every page and every tab in a window of this size.
async fn small(pair: &mut Pair<'_>, ana: &Wallet, width: u16, height: u16) -> Result<(), Fault> {
    ana.resize(width, height).await?;
    for (button, page) in PAGES {
        ana.page().click(button).await?;
        ana.page().wait(page).await?;
        pair.picture(&format!("{width}-{page}"), Who::Ana, ana).await?;
    }
    pair.go_to_tally(ana).await?;
    for tab in ["now", "history", "agreement", "settings", "proof"] {
        ana.page().click(&format!("tab-{tab}")).await?;
        ana.page().wait_attribute(&format!("tab-{tab}"), "aria-selected", "true").await?;
        pair.picture(&format!("{width}-tally-{tab}"), Who::Ana, ana).await?;
    }
    ana.page().click("tab-now").await?;
    ana.page().click("tally-pay").await?;
    ana.page().wait("pay-page").await?;
    pair.picture(&format!("{width}-pay"), Who::Ana, ana).await
}
