//! Away and back: what is signed while the other's wallet is closed waits, honestly, and arrives.

use std::path::Path;

use super::Telling;
use super::pair::{Pair, Who};
use crate::{Fault, Programs, Theme};

const STEPS: usize = 8;

pub(super) async fn make(
    programs: &Programs,
    theme: Theme,
    folder: &Path,
    telling: Telling,
) -> Result<(), Fault> {
    let mut pair = Pair::begin(programs, theme, folder, telling, STEPS).await?;
    pair.tale.step("Ben owes Ana 12.500 CHIP; Ana's computer is switched off");
    pair.in_force(Some("12.500")).await?;
    let ben = pair.open(Who::Ben).await?;
    pair.go_to_tally(&ben).await?;
    let page = ben.page();

    pair.tale.step("Ben pays 3.000: signed here, and not more than that");
    pair.pay(&ben, "3.000", "bread, while you were away").await?;
    pair.confirm_alone(Who::Ben, &ben, "pay").await?;
    page.wait_attribute("tally-stage", "data-stage", "signed").await?;
    page.wait_attribute("tally-waiting", "data-milli", "-3000").await?;
    page.wait_attribute("tally-balance", "data-milli", "-12500").await?;
    pair.picture("queued", Who::Ben, &ben).await?;

    pair.tale.step("He pays 1.000 by mistake, and takes it back before it has left");
    pair.pay(&ben, "1.000", "by mistake").await?;
    pair.confirm_alone(Who::Ben, &ben, "pay").await?;
    page.wait_attribute("tally-waiting", "data-milli", "-4000").await?;
    page.click("tab-history").await?;
    page.click("history-row[data-milli=\"-1000\"] history-takeback").await?;
    page.wait("takeback-confirm").await?;
    pair.picture("take-back", Who::Ben, &ben).await?;
    page.click("takeback-confirm").await?;
    page.wait_gone("takeback-dialog").await?;
    page.wait_attribute("history-cancelled-row", "data-milli", "-1000").await?;
    page.assert_there("history-row[data-milli=\"-1000\"]", false).await?;
    pair.picture("history-waiting", Who::Ben, &ben).await?;
    page.click("tab-now").await?;
    page.wait_attribute("tally-waiting", "data-milli", "-3000").await?;

    pair.tale.step("Activity and Connection say what waits, and for whom");
    page.click("nav-activity").await?;
    page.wait("activity-waiting-item[data-kind=\"entryQueued\"]").await?;
    pair.picture("activity", Who::Ben, &ben).await?;
    page.click("nav-connection").await?;
    page.wait("connection-waiting").await?;
    pair.picture("connection", Who::Ben, &ben).await?;
    page.click("nav-home").await?;
    page.wait_attribute("home-waiting", "data-milli", "-3000").await?;
    pair.picture("home", Who::Ben, &ben).await?;
    ben.close().await?;

    pair.tale.step("Ben goes; Ana comes back, and pays him 1.000 while he is away");
    let ana = pair.open(Who::Ana).await?;
    pair.go_to_tally(&ana).await?;
    ana.page().wait_attribute("tally-balance", "data-milli", "12500").await?;
    pair.pay(&ana, "1.000", "eggs").await?;
    pair.confirm_alone(Who::Ana, &ana, "pay").await?;
    ana.page().wait_attribute("tally-stage", "data-stage", "signed").await?;
    ana.page().wait_attribute("tally-waiting", "data-milli", "-1000").await?;

    pair.tale.step("Ben comes back: all of it arrives, and nobody signs twice");
    let ben = pair.open(Who::Ben).await?;
    pair.go_to_tally(&ben).await?;
    pair.settled(&ana, &ben, 14_500).await?;
    for (who, wallet, toward) in [(Who::Ana, &ana, 1), (Who::Ben, &ben, -1)] {
        let page = wallet.page();
        page.wait_gone("tally-waiting").await?;
        page.wait_attribute("tally-stage", "data-stage", "matched").await?;
        pair.picture("arrived", who, wallet).await?;
        page.click("tab-history").await?;
        for milli in [12_500, 3_000, -1_000] {
            let row = format!("history-row[data-milli=\"{}\"]", milli * toward);
            page.wait_attribute(&row, "data-stage", "matched").await?;
        }
        pair.picture("history", who, wallet).await?;
    }

    pair.tale.step("What was taken back never left");
    ana.page().assert_there("history-cancelled", false).await?;
    pair.same(&ana, &ben, "proof-head-hash").await?;
    ana.page().wait_text("proof-head", "3").await?;
    ben.page().wait_text("proof-head", "3").await?;

    pair.tale.step("What lies on both disks is checked again");
    pair.finish(ana, ben, "open", 14_500).await
}
