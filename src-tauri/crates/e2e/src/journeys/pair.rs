//! Ana and Ben: two people on one stage, and the way from two empty profiles to an open tally.

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::Telling;
use crate::stage::free_port;
use crate::{Fault, Ledger, Opening, Page, Programs, Stage, Tale, Theme, Wallet};

/// What the friend template lets Ben owe, in thousandths of a CHIP.
pub(super) const LIMIT: i64 = 20_000;

/// One of the two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Who {
    Ana,
    Ben,
}

impl Who {
    /// In the names of files and folders.
    pub(super) fn key(self) -> &'static str {
        match self {
            Self::Ana => "ana",
            Self::Ben => "ben",
        }
    }

    /// On screens.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Ana => "Ana Ruiz",
            Self::Ben => "Ben Ode",
        }
    }
}

/// Somebody with their wallet open.
#[derive(Debug)]
pub(super) struct Person {
    who: Who,
    wallet: Wallet,
}

impl Person {
    pub(super) fn page(&self) -> &Page {
        self.wallet.page()
    }

    /// Goes to one of the pages named at the side.
    pub(super) async fn go(&self, page: &str) -> Result<(), Fault> {
        self.page().click(&format!("nav-{page}")).await?;
        self.page().wait(&format!("{page}-page")).await
    }

    /// Goes to a tab of the only tally there is.
    pub(super) async fn look_at(&self, tab: &str) -> Result<(), Fault> {
        self.go("tallies").await?;
        self.page().click("tally-row").await?;
        self.page().click(&format!("tab-{tab}")).await?;
        self.page().wait_attribute(&format!("tab-{tab}"), "aria-selected", "true").await
    }

    /// Makes the window so large.
    pub(super) async fn resize(&self, width: u16, height: u16) -> Result<(), Fault> {
        self.wallet.resize(width, height).await
    }

    /// The window's close button; everything is written before this comes back.
    pub(super) async fn close(self) -> Result<(), Fault> {
        self.wallet.close().await
    }

    /// The wallet is ended from one moment to the next, as by a power cut.
    pub(super) async fn end(self) -> Result<(), Fault> {
        self.wallet.end().await
    }
}

/// Two people, and what they share for one journey.
#[derive(Debug)]
pub(super) struct Pair<'a> {
    programs: &'a Programs,
    stage: Stage,
    theme: Theme,
    profiles: PathBuf,
    ports: [u16; 2],
    /// Whether the way to the open tally is pictured too.
    from_the_beginning: bool,
    pub(super) tale: Tale,
}

impl<'a> Pair<'a> {
    pub(super) async fn meet(
        programs: &'a Programs,
        theme: Theme,
        folder: &Path,
        steps: usize,
        telling: Telling,
    ) -> Result<Self, Fault> {
        let tale = Tale::begin(folder, steps, telling == Telling::AsTour)?;
        let stage = Stage::raise().await?;
        let ports = [free_port()?, free_port()?];
        let profiles = folder.join("profiles");
        Ok(Self { programs, stage, theme, profiles, ports, from_the_beginning: false, tale })
    }

    /// Pictures of everything, also of what other journeys pass through.
    pub(super) fn with_the_beginning(mut self) -> Self {
        self.from_the_beginning = true;
        self
    }

    const fn port(&self, who: Who) -> u16 {
        let [ana, ben] = self.ports;
        match who {
            Who::Ana => ana,
            Who::Ben => ben,
        }
    }

    pub(super) fn profile(&self, who: Who) -> PathBuf {
        self.profiles.join(who.key())
    }

    /// Opens somebody's wallet, always on the same port: partners find it again.
    pub(super) async fn open(&self, who: Who) -> Result<Person, Fault> {
        let opening = Opening {
            app: &self.programs.app,
            profile: &self.profile(who),
            port: self.port(who),
            theme: self.theme,
            log: &self.tale.folder().join(format!("{}.log", who.key())),
        };
        let wallet = Wallet::open(&self.stage, &opening).await?;
        Ok(Person { who, wallet })
    }

    /// Keeps what somebody sees now, and insists that everything has room on it.
    pub(super) async fn picture(&mut self, what: &str, person: &Person) -> Result<PathBuf, Fault> {
        let path = self.tale.picture(what, person.who.key(), &person.wallet).await?;
        person.page().assert_fits(what).await?;
        Ok(path)
    }

    async fn early_picture(&mut self, what: &str, person: &Person) -> Result<(), Fault> {
        if self.from_the_beginning {
            self.picture(what, person).await?;
        }
        Ok(())
    }

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
        page.type_text("setup-name", person.who.name()).await?;
        self.early_picture("name", person).await?;
        page.click("setup-next").await?;
        page.wait("setup-key-keychain").await?;
        self.early_picture("key", person).await?;
        page.click("setup-create").await?;
        page.wait_words("setup-done-name", person.who.name()).await?;
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
        let page = ana.page();
        page.wait_attribute("ticket-page", "data-state", "used").await?;
        page.wait_words("ticket-used-by", Who::Ben.name()).await?;
        self.early_picture("used", ana).await?;
        page.click("nav-home").await?;
        page.wait_attribute("need-card", "data-kind", "reviewAnswer").await?;
        self.early_picture("needs-you", ana).await?;
        page.click("need-act").await?;
        page.wait_attribute("tally-page", "data-phase", "partnerDraft").await?;
        page.wait_words("review-name", Who::Ben.name()).await?;
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

    /// Nobody signs before having opened what they sign under.
    pub(super) async fn read_contract(&mut self, person: &Person) -> Result<(), Fault> {
        let page = person.page();
        page.click("review-contract-read").await?;
        page.wait("contract-hash").await?;
        self.early_picture("contract", person).await?;
        page.click("contract-close").await?;
        page.wait_gone("contract-dialog").await
    }

    /// Looks at the sign sheet that opens, and confirms.
    pub(super) async fn sign(&mut self, person: &Person, kind: &str) -> Result<(), Fault> {
        ready_to_sign(person, kind).await?;
        self.picture(&format!("sign-{kind}"), person).await?;
        confirm(person).await
    }

    async fn sign_early(&mut self, person: &Person, kind: &str) -> Result<(), Fault> {
        ready_to_sign(person, kind).await?;
        self.early_picture(&format!("sign-{kind}"), person).await?;
        confirm(person).await
    }

    /// Fills in a payment and leads it to the sign sheet; `after` is the balance that is foretold.
    pub(super) async fn fill_in_payment(
        &mut self,
        person: &Person,
        amount: &str,
        memo: &str,
        after: i64,
    ) -> Result<(), Fault> {
        let page = person.page();
        page.click("tally-pay").await?;
        page.type_text("pay-amount", amount).await?;
        page.type_text("pay-memo", memo).await?;
        page.wait_attribute("pay-after", "data-milli", &after.to_string()).await
    }

    /// Pays from the tally's first tab, without pictures.
    pub(super) async fn pay(
        &mut self,
        person: &Person,
        amount: &str,
        memo: &str,
        after: i64,
    ) -> Result<(), Fault> {
        self.prepare_payment(person, amount, memo, after).await?;
        confirm(person).await
    }

    /// The same while the partner is away.
    pub(super) async fn pay_alone(
        &mut self,
        person: &Person,
        amount: &str,
        memo: &str,
        after: i64,
    ) -> Result<(), Fault> {
        self.prepare_payment(person, amount, memo, after).await?;
        confirm_alone(person).await
    }

    async fn prepare_payment(
        &mut self,
        person: &Person,
        amount: &str,
        memo: &str,
        after: i64,
    ) -> Result<(), Fault> {
        self.fill_in_payment(person, amount, memo, after).await?;
        person.page().click("pay-review").await?;
        ready_to_sign(person, "pay").await?;
        person.page().wait_attribute("sign-after", "data-milli", &after.to_string()).await
    }

    /// What lies on somebody's disk, read while their wallet is closed; every signature and hash is checked again.
    pub(super) fn on_disk(&self, who: Who) -> Result<Value, Fault> {
        let ledger = Ledger::of(&self.stage, &self.programs.node, &self.profile(who));
        ledger.ask(&["verify"])?;
        let tallies = ledger.ask(&["tally", "list"])?;
        let id = tallies[0]["id"].as_str().unwrap_or_default().to_owned();
        ledger.ask(&["tally", "show", &id])
    }

    /// Insists that a tally on somebody's disk says this; facts are JSON pointers with what they lead to.
    pub(super) fn check_disk(&self, who: Who, facts: &[(&str, Value)]) -> Result<Value, Fault> {
        let tally = self.on_disk(who)?;
        for (pointer, expected) in facts {
            let actual = tally.pointer(pointer).cloned().unwrap_or_default();
            let what = format!("{pointer} on {}'s disk", who.name());
            Fault::unless_equal(&what, &expected.to_string(), &actual.to_string())?;
        }
        Ok(tally)
    }

    /// Insists that both ledgers end with the same entry; both wallets are closed.
    pub(super) fn check_same_on_disks(&self) -> Result<(), Fault> {
        let [ana, ben] = [self.on_disk(Who::Ana)?, self.on_disk(Who::Ben)?];
        for pointer in ["/proof/digest", "/proof/head", "/proof/headHash"] {
            let [ana, ben] = [&ana, &ben].map(|tally| tally.pointer(pointer).cloned().unwrap_or_default());
            Fault::unless_equal(&format!("{pointer} on both disks"), &ana.to_string(), &ben.to_string())?;
        }
        Ok(())
    }
}

/// Waits until a sign sheet of this kind can be confirmed.
pub(super) async fn ready_to_sign(person: &Person, kind: &str) -> Result<(), Fault> {
    let page = person.page();
    page.wait_attribute("sign-sheet", "data-kind", kind).await?;
    page.wait_attribute("sign-sheet", "data-state", "ready").await?;
    page.wait_enabled("sign-confirm").await
}

/// Signs what the sheet shows.
pub(super) async fn confirm(person: &Person) -> Result<(), Fault> {
    person.page().click("sign-confirm").await?;
    person.page().wait_gone("sign-sheet").await
}

/// Signs what the sheet shows while the partner is away: it says that it is kept here, and has to be put away.
pub(super) async fn confirm_alone(person: &Person) -> Result<(), Fault> {
    let page = person.page();
    page.click("sign-confirm").await?;
    page.wait_attribute("sign-stage", "data-stage", "signed").await?;
    page.click("sign-close").await?;
    page.wait_gone("sign-sheet").await
}

/// Waits until a tally's first tab shows this balance, with copies that match.
pub(super) async fn settled(person: &Person, balance: i64) -> Result<(), Fault> {
    let page = person.page();
    page.wait_attribute("tally-balance", "data-milli", &balance.to_string()).await?;
    page.wait_attribute("tally-copies", "data-copies", "match").await
}

/// The four words alone, however a page sets them.
fn check_words(shown: &str) -> String {
    let words = shown.split(|letter: char| !letter.is_alphabetic()).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join(" ")
}

/// Thousandths as CHIPs, with a sign.
pub(super) fn chips(milli: i64) -> String {
    let sign = if milli < 0 { '-' } else { '+' };
    format!("{sign}{}.{:03}", milli.abs() / 1_000, milli.abs() % 1_000)
}
