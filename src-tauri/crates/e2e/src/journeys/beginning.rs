//! The way from two empty profiles to an open tally, as every journey begins.

use std::path::{Path, PathBuf};

use super::pair::Pair;
use super::person::{Person, Who, confirm, ready_to_sign, settled};
use crate::Fault;

/// What the friend template lets Ben owe, in thousandths of a CHIP.
pub(super) const LIMIT: i64 = 20_000;

impl Pair<'_> {
    /// From nothing to an open tally, without pictures on the way.
    pub(super) async fn open_tally(&mut self) -> Result<(Person, Person), Fault> {
        let (ana, ben) = self.offered().await?;
        self.accept(&ben, Who::Ana).await?;
        for person in [&ana, &ben] {
            person.page().wait_attribute("tally-page", "data-phase", "open").await?;
        }
        Ok((ana, ben))
    }

    /// From nothing to Ana's offer in front of Ben.
    pub(super) async fn offered(&mut self) -> Result<(Person, Person), Fault> {
        let ana = self.open(Who::Ana).await?;
        self.first_run(&ana).await?;
        let code = self.invite(&ana).await?;
        let ben = self.open(Who::Ben).await?;
        self.first_run(&ben).await?;
        self.read_code(&ana, &ben, &code).await?;
        self.contact(&ben).await?;
        self.offer(&ana).await?;
        ben.page().wait_attribute("tally-page", "data-phase", "offeredToUs").await?;
        Ok((ana, ben))
    }

    pub(super) async fn first_run(&mut self, person: &Person) -> Result<(), Fault> {
        let page = person.page();
        page.wait("welcome").await?;
        self.early_picture("welcome", person).await?;
        page.click("welcome-start").await?;
        page.type_text("setup-name", person.who().name()).await?;
        self.early_picture("name", person).await?;
        page.click("setup-next").await?;
        page.wait("setup-key-keychain").await?;
        self.early_picture("key", person).await?;
        page.click("setup-create").await?;
        page.wait_words("setup-done-name", person.who().name()).await?;
        self.early_picture("ready", person).await
    }

    /// Makes a ticket and photographs the window that shows it.
    pub(super) async fn invite(&mut self, ana: &Person) -> Result<PathBuf, Fault> {
        let page = ana.page();
        page.click("setup-door-invite").await?;
        page.wait("invite-page").await?;
        page.click("invite-template-friend").await?;
        self.early_picture("draft", ana).await?;
        page.click("invite-create").await?;
        page.wait("ticket-qr").await?;
        page.wait_attribute("ticket-page", "data-state", "live").await?;
        self.picture("ticket", ana).await
    }

    pub(super) async fn read_code(&mut self, ana: &Person, ben: &Person, code: &Path) -> Result<(), Fault> {
        let page = ben.page();
        page.click("setup-door-code").await?;
        page.wait("open-page").await?;
        self.early_picture("open-a-code", ben).await?;
        page.choose_file("open-file", code).await?;
        page.wait_attribute("code-card", "data-kind", "invitation").await?;
        page.wait_attribute("code-card", "data-problem", "").await?;
        page.wait_attribute("code-limit", "data-milli", &LIMIT.to_string()).await?;
        let told = check_words(&ana.page().text("ticket-words").await?);
        let read = check_words(&page.text("code-words").await?);
        Fault::unless_equal("the words beside the code, at Ben's,", &told, &read)?;
        self.early_picture("code-card", ben).await?;

        // Reading a code tells nobody anything.
        ana.page().wait_attribute("ticket-page", "data-state", "live").await?;
        ana.page().assert_there("ticket-used-by", false).await
    }

    pub(super) async fn contact(&mut self, ben: &Person) -> Result<(), Fault> {
        ben.page().click("code-contact").await?;
        ben.page().wait_attribute("tally-page", "data-phase", "contacted").await?;
        self.early_picture("contacted", ben).await
    }

    pub(super) async fn offer(&mut self, ana: &Person) -> Result<(), Fault> {
        self.offer_to(ana, Who::Ben).await
    }

    /// Signs an offer to whoever answered the ticket in front of somebody.
    pub(super) async fn offer_to(&mut self, ana: &Person, partner: Who) -> Result<(), Fault> {
        let page = ana.page();
        page.wait_attribute("ticket-page", "data-state", "used").await?;
        page.wait_words("ticket-used-by", partner.name()).await?;
        self.early_picture("used", ana).await?;
        page.click("nav-home").await?;
        page.wait_attribute("need-card", "data-kind", "reviewAnswer").await?;
        self.early_picture("needs-you", ana).await?;
        page.click("need-act").await?;
        page.wait_attribute("tally-page", "data-phase", "partnerDraft").await?;
        page.wait_words("review-name", partner.name()).await?;
        self.read_contract(ana).await?;
        self.early_picture("review", ana).await?;
        page.click("review-sign").await?;
        self.sign_early(ana, "offer").await?;
        page.wait_attribute("tally-page", "data-phase", "offered").await?;
        self.early_picture("offered", ana).await
    }

    /// Signs the offer that lies in front of somebody.
    pub(super) async fn accept(&mut self, person: &Person, partner: Who) -> Result<(), Fault> {
        let page = person.page();
        page.wait_attribute("tally-page", "data-phase", "offeredToUs").await?;
        page.wait_words("review-name", partner.name()).await?;
        self.read_contract(person).await?;
        self.early_picture("review", person).await?;
        page.click("review-sign").await?;
        self.sign_early(person, "accept").await
    }

    /// From nothing to an open tally on which Ben paid so many thousandths, written as `amount`; both look at it.
    pub(super) async fn open_paid(
        &mut self,
        amount: &str,
        memo: &str,
        milli: i64,
    ) -> Result<(Person, Person), Fault> {
        let (ana, ben) = self.open_tally().await?;
        self.pay(&ben, amount, memo, -milli).await?;
        settled(&ben, -milli).await?;
        ana.page().click("tab-now").await?;
        settled(&ana, milli).await?;
        Ok((ana, ben))
    }

    /// Nobody signs before having opened what they sign under.
    pub(super) async fn read_contract(&mut self, person: &Person) -> Result<(), Fault> {
        let page = person.page();
        page.click("review-contract-read").await?;
        page.wait("contract-hash").await?;
        self.early_picture("contract", person).await?;
        page.click("contract-close").await?;
        page.wait_gone("contract-dialog").await
    }

    async fn sign_early(&mut self, person: &Person, kind: &str) -> Result<(), Fault> {
        ready_to_sign(person, kind).await?;
        self.early_picture(&format!("sign-{kind}"), person).await?;
        confirm(person).await
    }
}

/// The four words alone, however a page sets them.
pub(super) fn check_words(shown: &str) -> String {
    let words = shown.split(|letter: char| !letter.is_alphabetic()).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join(" ")
}
