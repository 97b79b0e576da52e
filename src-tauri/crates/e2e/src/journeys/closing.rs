//! The end of a tally: asked for, taken back, asked for again, paid down, forgiven, and still readable.

use std::path::Path;

use super::Telling;
use super::pair::{Pair, Who};
use crate::{Fault, Programs, Theme, Wallet};

const STEPS: usize = 8;

pub(super) async fn make(
    programs: &Programs,
    theme: Theme,
    folder: &Path,
    telling: Telling,
) -> Result<(), Fault> {
    let mut pair = Pair::begin(programs, theme, folder, telling, STEPS).await?;
    pair.tale.step("Ben owes Ana 4.000 CHIP");
    pair.in_force(Some("4.000")).await?;
    let (ana, ben) = (pair.open(Who::Ana).await?, pair.open(Who::Ben).await?);
    for wallet in [&ana, &ben] {
        pair.go_to_tally(wallet).await?;
    }

    pair.tale.step("Ana asks to close; both see what is left");
    ask(&mut pair, Who::Ana, &ana, 4_000).await?;
    closing(&mut pair, &ana, &ben).await?;
    ana.page().assert_there("closing-keep-open", true).await?;
    ben.page().assert_there("closing-keep-open", false).await?;
    ben.page().assert_there("tally-pay", false).await?;
    pair.picture("closing", Who::Ana, &ana).await?;
    pair.picture("closing", Who::Ben, &ben).await?;
    ben.page().click("nav-activity").await?;
    ben.page().wait("activity-need[data-kind=\"closeAsked\"]").await?;
    pair.picture("close-asked", Who::Ben, &ben).await?;
    pair.go_to_tally(&ben).await?;

    pair.tale.step("She thinks better of it");
    pair.sign(Who::Ana, &ana, "closing-keep-open", "keepOpen").await?;
    for wallet in [&ana, &ben] {
        wallet.page().wait_attribute("tally-page", "data-phase", "open").await?;
        wallet.page().wait_gone("closing-card").await?;
    }

    pair.tale.step("Ben asks to close, though he is the one who owes");
    ask(&mut pair, Who::Ben, &ben, -4_000).await?;
    closing(&mut pair, &ana, &ben).await?;
    ben.page().assert_there("closing-forgive", false).await?;

    pair.tale.step("Only what brings it nearer to zero can be signed");
    too_much(&mut pair, &ana).await?;
    ben.page().click("nav-pay").await?;
    ben.page().wait_attribute("pay-empty", "data-paused", "yes").await?;
    pair.picture("nobody-now", Who::Ben, &ben).await?;

    pair.tale.step("Ana signs for what Ben brought her, but for four thousandths");
    pair.go_to_tally(&ana).await?;
    pair.go_to_tally(&ben).await?;
    pair.pay(&ana, "3.996", "you brought two loaves").await?;
    pair.confirm(Who::Ana, &ana, "pay").await?;
    ana.page().wait_attribute("closing-card", "data-milli", "4").await?;
    ben.page().wait_attribute("closing-card", "data-milli", "-4").await?;
    pair.picture("paying-down", Who::Ben, &ben).await?;

    pair.tale.step("She forgives the rest: the tally is closed, and stays readable");
    ana.page().wait_attribute("tally-copies", "data-copies", "match").await?;
    pair.sign(Who::Ana, &ana, "closing-forgive", "forgive").await?;
    for (who, wallet, toward) in [(Who::Ana, &ana, 1), (Who::Ben, &ben, -1)] {
        closed(&mut pair, who, wallet, toward).await?;
    }
    pair.same(&ana, &ben, "proof-head-hash").await?;

    pair.tale.step("What lies on both disks is checked again");
    pair.finish(ana, ben, "closed", 0).await
}

/// One of them asks to close, on the tab where it is asked.
async fn ask(pair: &mut Pair<'_>, who: Who, wallet: &Wallet, rest: i64) -> Result<(), Fault> {
    let page = wallet.page();
    page.click("tab-settings").await?;
    page.click("ending-close").await?;
    page.wait_attribute("close-rest", "data-milli", &rest.to_string()).await?;
    pair.picture("ask-to-close", who, wallet).await?;
    pair.sign(who, wallet, "close-confirm", "close").await
}

/// Both windows show the tally paying down.
async fn closing(pair: &mut Pair<'_>, ana: &Wallet, ben: &Wallet) -> Result<(), Fault> {
    for (wallet, rest) in [(ana, "4000"), (ben, "-4000")] {
        wallet.page().wait_attribute("tally-page", "data-phase", "closing").await?;
        wallet.page().click("tab-now").await?;
        wallet.page().wait_attribute("closing-card", "data-milli", rest).await?;
    }
    pair.settled(ana, ben, 4_000).await
}

/// Ana signs for more than is left; it is refused with the reason, and nothing is signed.
async fn too_much(pair: &mut Pair<'_>, ana: &Wallet) -> Result<(), Fault> {
    let page = ana.page();
    page.click("tab-now").await?;
    page.click("tally-pay").await?;
    page.wait("pay-closing").await?;
    page.type_text("pay-amount", "4.001").await?;
    page.click("pay-review").await?;
    page.wait_attribute("pay-failure", "data-code", "onlyTowardZero").await?;
    page.assert_there("sign-sheet", false).await?;
    pair.picture("only-toward-zero", Who::Ana, ana).await
}

async fn closed(pair: &mut Pair<'_>, who: Who, wallet: &Wallet, toward: i64) -> Result<(), Fault> {
    let page = wallet.page();
    page.wait_attribute("tally-page", "data-phase", "closed").await?;
    page.wait("closed-card").await?;
    page.wait_attribute("tally-stick", "data-stick", "closed").await?;
    page.wait_attribute("tally-balance", "data-milli", "0").await?;
    page.assert_there("tally-pay", false).await?;
    pair.picture("closed", who, wallet).await?;
    page.click("nav-tallies").await?;
    page.click("filter-closed").await?;
    page.wait_attribute("tally-row", "data-phase", "closed").await?;
    pair.picture("tallies", who, wallet).await?;
    page.click("tally-row").await?;
    page.click("tab-settings").await?;
    pair.picture("closed-settings", who, wallet).await?;
    page.click("tab-history").await?;
    for milli in [4_000, -3_996, -4] {
        page.wait(&format!("history-row[data-milli=\"{}\"]", milli * toward)).await?;
    }
    pair.picture("closed-history", who, wallet).await
}
