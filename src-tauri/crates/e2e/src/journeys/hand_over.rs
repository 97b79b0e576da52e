//! Without any network: a ticket's picture, and then everything from the first answer to an entry each way, by codes that
//! move on one screen while the other wallet looks.

use serde_json::json;

use super::pair::Pair;
use super::person::{Person, Who, confirm_alone, ready_to_sign, settled};
use crate::{Eye, Fault, Photographs, Webcams};

/// Thousandths of a CHIP: what Ben pays, and what Ana pays him.
const PAID: i64 = 12_500;
const RETURNED: i64 = 4_000;
const LAST: i64 = PAID - RETURNED;

/// Announced one after the other.
pub(super) const STEPS: usize = 11;

/// Makes the journey once.
pub(super) async fn make(pair: &mut Pair<'_>) -> Result<(), Fault> {
    let mut photographs = Photographs::in_folder(pair.tale.folder());
    pair.keep_apart();
    let computers = [pair.bring_cameras(Who::Ana)?, pair.bring_cameras(Who::Ben)?];
    let mut eye = Webcams::on(&computers)?;
    pair.tale.step("Ana and Ben have wallets that nobody can call; Ana shows a ticket");
    let ana = pair.open(Who::Ana).await?;
    pair.first_run(&ana).await?;
    let code = pair.invite(&ana).await?;
    let ben = pair.open(Who::Ben).await?;
    pair.first_run(&ben).await?;

    pair.tale.step("Ben opens a picture of it, and answers: his answer cannot leave");
    pair.read_code(&ana, &ben, &code).await?;
    pair.contact(&ben).await?;
    nobody_listens(&[&ana, &ben])?;

    pair.tale.step("Ben shows Ana his answer on his screen; she photographs it with her telephone");
    pair.explain(&ben).await?;
    pair.hand_over(&mut photographs, &ben, &ana, "firstContact").await?;
    ana.page().wait_attribute("tally-page", "data-phase", "partnerDraft").await?;

    pair.tale.step("Ana signs an offer, and shows it to Ben's webcam");
    ana.page().wait_words("review-name", Who::Ben.name()).await?;
    pair.read_contract(&ana).await?;
    pair.sign_without_network(&ana, "offer", "offering").await?;
    pair.explain(&ana).await?;
    pair.hand_over(&mut eye, &ana, &ben, "offer").await?;

    pair.tale.step("Ben reads it, signs it too, and shows her that");
    ben.page().wait_attribute("tally-page", "data-phase", "offeredToUs").await?;
    pair.read_contract(&ben).await?;
    pair.picture("offer-arrived", &ben).await?;
    pair.sign_without_network(&ben, "accept", "accepting").await?;
    pair.explain(&ben).await?;
    pair.hand_over(&mut eye, &ben, &ana, "acceptance").await?;

    pair.tale.step("The tally is open at Ana's; she shows her answer, and it is open at Ben's");
    ana.page().wait_attribute("tally-page", "data-phase", "open").await?;
    pair.picture("show-it-back", &ana).await?;
    pair.answer(&mut eye, &ana, &ben).await?;
    ben.page().wait_attribute("tally-page", "data-phase", "open").await?;

    pair.tale.step("Ben pays 12.500, and shows it");
    pair.pay_alone(&ben, "12.500", "bike tube and patches", -PAID).await?;
    pair.explain(&ben).await?;
    pair.hand_over(&mut eye, &ben, &ana, "entry").await?;
    ana.page().wait_attribute("tally-balance", "data-milli", &PAID.to_string()).await?;

    pair.tale.step("Ana pays 4.000 back, and shows it together with her answer");
    pair.pay_alone(&ana, "4", "change", LAST).await?;
    pair.explain(&ana).await?;
    pair.hand_over(&mut eye, &ana, &ben, "entry-back").await?;
    pair.answer(&mut eye, &ben, &ana).await?;

    pair.tale.step("Both copies match, and nothing waits any more");
    for (person, balance) in [(&ana, LAST), (&ben, -LAST)] {
        settled(person, balance).await?;
        pair.picture("matched", person).await?;
    }

    pair.tale.step("Neither wallet ever had a link, nor anything to connect to");
    nobody_listens(&[&ana, &ben])?;
    for person in [&ana, &ben] {
        person.go("connection").await?;
        person.page().wait_attribute("connection-state", "data-state", "outgoingOnly").await?;
        pair.picture("connection", person).await?;
    }
    let (taken, shown, again) = (photographs.taken(), eye.shown(), eye.again());
    pair.tale.aside(&format!(
        "{taken} photographs of moving codes, {shown} sights before webcams, {again} of them started once more"
    ));

    pair.tale.step("Both disks say the same, and every signature on them is good");
    for person in [ana, ben] {
        person.close().await?;
    }
    for (who, balance) in [(Who::Ana, LAST), (Who::Ben, -LAST)] {
        let facts = [
            ("/row/balance", json!(balance)),
            ("/row/waiting", json!(0)),
            ("/row/copies/state", json!("match")),
            ("/proof/head", json!(2)),
        ];
        pair.check_disk(who, &facts)?;
    }
    pair.check_same_on_disks()
}

impl Pair<'_> {
    /// Opens the dialog from the tally's page, and looks at what it says before anything is shown.
    async fn explain(&mut self, person: &Person) -> Result<(), Fault> {
        let page = person.page();
        page.click("hand-over").await?;
        page.wait_attribute("handover-dialog", "data-showing", "no").await?;
        self.picture("before", person).await?;
        page.click("handover-show").await
    }

    /// What a wallet answers by itself: shown back from where taking it in led to.
    async fn answer(&mut self, eye: &mut impl Eye, from: &Person, to: &Person) -> Result<(), Fault> {
        from.page().wait_attribute("hand-over", "data-answering", "yes").await?;
        from.page().click("hand-over").await?;
        from.page().click("handover-show").await?;
        self.hand_over(eye, from, to, "answer").await
    }

    /// In the smallest window, and as large as the window.
    async fn at_other_sizes(&mut self, person: &Person) -> Result<(), Fault> {
        let page = person.page();
        person.resize(960, 640).await?;
        self.picture("showing-small", person).await?;
        page.click("handover-enlarge").await?;
        page.wait("handover-code-large").await?;
        self.picture("enlarged-small", person).await?;
        page.click("handover-enlarged-close").await?;
        page.wait_gone("handover-enlarged").await?;
        person.resize(1_280, 800).await
    }

    /// From one screen into the other wallet: nothing but pictures of the code that moves.
    async fn hand_over(
        &mut self,
        eye: &mut impl Eye,
        from: &Person,
        to: &Person,
        what: &str,
    ) -> Result<(), Fault> {
        let page = from.page();
        page.wait_attribute("handover-dialog", "data-showing", "yes").await?;
        // It stands still for its own picture only.
        page.click("handover-play").await?;
        page.wait_attribute("handover-moves", "data-playing", "false").await?;
        self.picture(&format!("showing-{what}"), from).await?;
        if what == "offer" {
            self.at_other_sizes(from).await?;
        }
        page.click("handover-play").await?;
        page.wait_attribute("handover-moves", "data-playing", "true").await?;

        to.page().click("nav-open").await?;
        to.page().wait("open-page").await?;
        eye.watch(to.wallet(), from.wallet(), "handover-code", "code-brings").await?;
        to.page().wait_attribute("code-card", "data-kind", "handOver").await?;
        to.page().wait_attribute("code-card", "data-problem", "").await?;
        to.page().wait_words("code-name", from.who().name()).await?;
        to.page().wait_attribute("code-check-sealedToMaker", "data-result", "pass").await?;
        self.picture(&format!("seen-{what}"), to).await?;
        to.page().click("code-take").await?;
        to.page().wait("tally-page").await?;
        page.click("handover-close").await?;
        page.wait_gone("handover-dialog").await
    }

    /// Signs what is reviewed, with nobody there to deliver it to.
    async fn sign_without_network(&mut self, person: &Person, kind: &str, then: &str) -> Result<(), Fault> {
        person.page().click("review-sign").await?;
        ready_to_sign(person, kind).await?;
        confirm_alone(person).await?;
        person.page().wait_attribute("tally-page", "data-phase", then).await
    }
}

/// Insists that no wallet can be connected to, and that none is connected to where the other could be.
fn nobody_listens(people: &[&Person]) -> Result<(), Fault> {
    for person in people {
        let all = person.wallet().sockets()?;
        let what = format!("{}'s sockets that others could use", person.who().name());
        let open: Vec<_> = all
            .iter()
            // 127.90.0.0/16, as the system writes it: the last byte first.
            .filter(|socket| socket.listens || socket.connected && socket.remote.contains("5A7F:"))
            .collect();
        Fault::unless_equal(&what, "[]", &format!("{open:?}"))?;
    }
    Ok(())
}
