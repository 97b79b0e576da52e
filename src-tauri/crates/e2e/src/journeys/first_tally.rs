//! The first tally: Ana invites Ben by a picture of her screen, both sign, Ben pays, both hold the same record.

use serde_json::json;

use super::pair::Pair;
use super::person::{Person, Who, chips, confirm, ready_to_sign, settled};
use crate::Fault;

const MEMO: &str = "bike tube and patches";

/// What Ben pays, in thousandths of a CHIP.
const PAID: i64 = 12_500;

/// Announced one after the other.
pub(super) const STEPS: usize = 12;

/// Makes the journey once.
pub(super) async fn make(pair: &mut Pair<'_>) -> Result<(), Fault> {
    pair.show_the_beginning();
    pair.tale.step("Ana opens Tallystick for the first time, and gives her name");
    let ana = pair.open(Who::Ana).await?;
    pair.first_run(&ana).await?;

    pair.tale.step("Ana drafts a tally: whoever takes it up may owe her 20 CHIP");
    let code = pair.invite(&ana).await?;

    pair.tale.step("Ben opens his own Tallystick, and gives his name");
    let ben = pair.open(Who::Ben).await?;
    pair.first_run(&ben).await?;

    pair.tale.step("Ben opens the picture Ana sent him of her screen; nothing leaves his computer");
    pair.read_code(&ana, &ben, &code).await?;

    pair.tale.step("Ben makes contact");
    pair.contact(&ben).await?;

    pair.tale.step("Ana sees who it is, looks at everything, and signs an offer");
    pair.offer(&ana).await?;

    pair.tale.step("Ben reads the offer and signs it too");
    pair.accept(&ben, Who::Ana).await?;

    pair.tale.step("The tally is open: the same record on both sides");
    let digest = same(&ana, &ben, "proof-digest").await?;
    pair.picture("proof", &ana).await?;

    pair.tale.step("Ben pays Ana 12.500 CHIP");
    pay(pair, &ben).await?;

    pair.tale.step("Both copies match, and each wallet shows its own side");
    matched(pair, &ana, PAID).await?;
    matched(pair, &ben, -PAID).await?;
    let hash = same(&ana, &ben, "proof-head-hash").await?;

    pair.tale.step("Both look at their homes, and close their wallets");
    for person in [ana, ben] {
        person.go("home").await?;
        pair.picture("home", &person).await?;
        person.close().await?;
    }

    pair.tale.step("What lies on both disks is checked again, every signature and every hash");
    for (who, balance) in [(Who::Ana, PAID), (Who::Ben, -PAID)] {
        let facts = [
            ("/row/phase", json!("open")),
            ("/row/balance", json!(balance)),
            ("/row/copies/state", json!("match")),
            ("/proof/head", json!(1)),
            ("/proof/digest", json!(digest)),
            ("/proof/headHash", json!(hash)),
        ];
        pair.check_disk(who, &facts)?;
    }
    pair.tale.aside(&format!("tally digest  {digest}"));
    pair.tale.aside(&format!("chain hash    {hash}"));
    pair.tale.aside(&format!("balances      Ana {}, Ben {}", chips(PAID), chips(-PAID)));
    Ok(())
}

async fn pay(pair: &mut Pair<'_>, ben: &Person) -> Result<(), Fault> {
    let page = ben.page();
    page.click("tab-now").await?;
    pair.fill_in_payment(ben, "12.500", MEMO, -PAID).await?;
    pair.picture("pay", ben).await?;
    page.click("pay-review").await?;
    ready_to_sign(ben, "pay").await?;
    page.wait_attribute("sign-before", "data-milli", "0").await?;
    page.wait_attribute("sign-after", "data-milli", &(-PAID).to_string()).await?;
    pair.picture("sign-pay", ben).await?;
    confirm(ben).await
}

/// One wallet's own view of the paid tally.
async fn matched(pair: &mut Pair<'_>, person: &Person, balance: i64) -> Result<(), Fault> {
    let page = person.page();
    page.click("tab-now").await?;
    settled(person, balance).await?;
    page.wait_attribute("tally-stage", "data-stage", "matched").await?;
    pair.picture("matched", person).await?;
    page.click("tab-history").await?;
    page.wait_attribute("history-row", "data-balance", &balance.to_string()).await?;
    pair.picture("history", person).await?;
    Ok(())
}

/// Reads one line of proof in both windows and insists that it is the same.
async fn same(ana: &Person, ben: &Person, id: &str) -> Result<String, Fault> {
    let mut seen = Vec::new();
    for person in [ana, ben] {
        person.page().wait_attribute("tally-page", "data-phase", "open").await?;
        person.page().click("tab-proof").await?;
        seen.push(person.page().text(id).await?);
    }
    Fault::unless_equal(&format!("Ben's {id}"), &seen[0], &seen[1])?;
    Ok(seen.swap_remove(0))
}
