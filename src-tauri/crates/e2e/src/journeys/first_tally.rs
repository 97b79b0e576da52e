//! The first tally: Ana invites Ben by a picture of her screen, both sign, Ben pays, both hold the same record.

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::Telling;
use crate::stage::free_port;
use crate::{Fault, Ledger, Opening, Programs, Stage, Tale, Theme, Wallet};

const ANA: &str = "Ana Ruiz";
const BEN: &str = "Ben Ode";
const MEMO: &str = "bike tube and patches";

/// What the friend template lets Ben owe, and what he then pays, in thousandths of a CHIP.
const LIMIT: i64 = 20_000;
const PAID: i64 = 12_500;

const STEPS: usize = 12;

/// The journey while it is made.
#[derive(Debug)]
pub struct FirstTally<'a> {
    programs: &'a Programs,
    stage: Stage,
    theme: Theme,
    profiles: PathBuf,
    tale: Tale,
}

impl<'a> FirstTally<'a> {
    pub(super) async fn make(
        programs: &'a Programs,
        theme: Theme,
        folder: &Path,
        telling: Telling,
    ) -> Result<(), Fault> {
        let tale = Tale::begin(folder, STEPS, telling == Telling::AsTour)?;
        let stage = Stage::raise().await?;
        let journey = Self { programs, stage, theme, profiles: folder.join("profiles"), tale };
        journey.go().await
    }

    async fn go(mut self) -> Result<(), Fault> {
        self.tale.step("Ana opens Tallystick for the first time, and gives her name");
        let ana = self.open("ana").await?;
        self.first_run(&ana, "ana", ANA).await?;

        self.tale.step("Ana drafts a tally: whoever takes it up may owe her 20 CHIP");
        let code = self.invite(&ana).await?;

        self.tale.step("Ben opens his own Tallystick, and gives his name");
        let ben = self.open("ben").await?;
        self.first_run(&ben, "ben", BEN).await?;

        self.tale.step("Ben opens the picture Ana sent him of her screen; nothing leaves his computer");
        self.read_code(&ana, &ben, &code).await?;

        self.tale.step("Ben makes contact");
        ben.page().click("code-contact").await?;
        ben.page().wait_attribute("tally-page", "data-phase", "contacted").await?;
        self.tale.picture("contacted", "ben", &ben).await?;

        self.tale.step("Ana sees who it is, looks at everything, and signs an offer");
        self.offer(&ana).await?;

        self.tale.step("Ben reads the offer and signs it too");
        self.accept(&ben).await?;

        self.tale.step("The tally is open: the same record on both sides");
        let digest = self.same(&ana, &ben, "proof-digest").await?;
        self.tale.picture("proof", "ana", &ana).await?;

        self.tale.step("Ben pays Ana 12.500 CHIP");
        self.pay(&ben).await?;

        self.tale.step("Both copies match, and each wallet shows its own side");
        self.settled(&ana, "ana", PAID).await?;
        self.settled(&ben, "ben", -PAID).await?;
        let hash = self.same(&ana, &ben, "proof-head-hash").await?;

        self.tale.step("Both look at their homes, and close their wallets");
        for (who, wallet) in [("ana", ana), ("ben", ben)] {
            wallet.page().click("nav-home").await?;
            wallet.page().wait("home-page").await?;
            self.tale.picture("home", who, &wallet).await?;
            wallet.close().await?;
        }

        self.tale.step("What lies on both disks is checked again, every signature and every hash");
        for (who, balance) in [("ana", PAID), ("ben", -PAID)] {
            self.check_ledger(who, balance, &digest, &hash)?;
        }
        self.tale.aside(&format!("tally digest  {digest}"));
        self.tale.aside(&format!("chain hash    {hash}"));
        self.tale.aside(&format!("balances      Ana {}, Ben {}", chips(PAID), chips(-PAID)));
        Ok(())
    }

    async fn open(&self, who: &str) -> Result<Wallet, Fault> {
        let opening = Opening {
            app: &self.programs.app,
            profile: &self.profiles.join(who),
            port: free_port()?,
            theme: self.theme,
            log: &self.tale.folder().join(format!("{who}.log")),
        };
        let wallet = Wallet::open(&self.stage, &opening).await?;
        Ok(wallet)
    }

    async fn first_run(&mut self, wallet: &Wallet, who: &str, name: &str) -> Result<(), Fault> {
        let page = wallet.page();
        page.wait("welcome").await?;
        self.tale.picture("welcome", who, wallet).await?;
        page.click("welcome-start").await?;
        page.type_text("setup-name", name).await?;
        self.tale.picture("name", who, wallet).await?;
        page.click("setup-next").await?;
        page.wait("setup-key-keychain").await?;
        self.tale.picture("key", who, wallet).await?;
        page.click("setup-create").await?;
        page.wait_words("setup-done-name", name).await?;
        self.tale.picture("ready", who, wallet).await?;
        Ok(())
    }

    /// Makes a ticket and photographs the window that shows it.
    async fn invite(&mut self, ana: &Wallet) -> Result<PathBuf, Fault> {
        let page = ana.page();
        page.click("setup-door-invite").await?;
        page.wait("invite-page").await?;
        page.click("invite-template-friend").await?;
        self.tale.picture("draft", "ana", ana).await?;
        page.click("invite-create").await?;
        page.wait("ticket-qr").await?;
        page.wait_attribute("ticket-page", "data-state", "live").await?;
        self.tale.picture("ticket", "ana", ana).await
    }

    async fn read_code(&mut self, ana: &Wallet, ben: &Wallet, code: &Path) -> Result<(), Fault> {
        let page = ben.page();
        page.click("setup-door-code").await?;
        page.wait("open-page").await?;
        self.tale.picture("open-a-code", "ben", ben).await?;
        page.choose_file("open-file", code).await?;
        page.wait_attribute("code-card", "data-kind", "invitation").await?;
        page.wait_attribute("code-card", "data-problem", "").await?;
        page.wait_attribute("code-limit", "data-milli", &LIMIT.to_string()).await?;
        let told = check_words(&ana.page().text("ticket-words").await?);
        let read = check_words(&page.text("code-words").await?);
        Fault::unless_equal("the words beside the code, at Ben's,", &told, &read)?;
        self.tale.picture("code-card", "ben", ben).await?;

        // Reading a code tells nobody anything.
        ana.page().wait_attribute("ticket-page", "data-state", "live").await?;
        ana.page().assert_there("ticket-used-by", false).await
    }

    async fn offer(&mut self, ana: &Wallet) -> Result<(), Fault> {
        let page = ana.page();
        page.wait_attribute("ticket-page", "data-state", "used").await?;
        page.wait_words("ticket-used-by", BEN).await?;
        self.tale.picture("used", "ana", ana).await?;
        page.click("nav-home").await?;
        page.wait_attribute("need-card", "data-kind", "reviewAnswer").await?;
        self.tale.picture("needs-you", "ana", ana).await?;
        page.click("need-act").await?;
        page.wait_attribute("tally-page", "data-phase", "partnerDraft").await?;
        page.wait_words("review-name", BEN).await?;
        self.read_contract(ana, "ana").await?;
        self.tale.picture("review", "ana", ana).await?;
        self.sign(ana, "ana", "review-sign", "offer").await?;
        page.wait_attribute("tally-page", "data-phase", "offered").await?;
        self.tale.picture("offered", "ana", ana).await?;
        Ok(())
    }

    async fn accept(&mut self, ben: &Wallet) -> Result<(), Fault> {
        let page = ben.page();
        page.wait_attribute("tally-page", "data-phase", "offeredToUs").await?;
        page.wait_words("review-name", ANA).await?;
        self.read_contract(ben, "ben").await?;
        self.tale.picture("review", "ben", ben).await?;
        self.sign(ben, "ben", "review-sign", "accept").await
    }

    /// Nobody signs before having opened what they sign under.
    async fn read_contract(&mut self, wallet: &Wallet, who: &str) -> Result<(), Fault> {
        let page = wallet.page();
        page.click("review-contract-read").await?;
        page.wait("contract-hash").await?;
        self.tale.picture("contract", who, wallet).await?;
        page.click("contract-close").await?;
        page.wait_gone("contract-dialog").await
    }

    /// Presses what leads to the sign sheet, looks at it, and confirms.
    async fn sign(&mut self, wallet: &Wallet, who: &str, button: &str, kind: &str) -> Result<(), Fault> {
        let page = wallet.page();
        page.click(button).await?;
        page.wait_attribute("sign-sheet", "data-kind", kind).await?;
        page.wait_attribute("sign-sheet", "data-state", "ready").await?;
        if kind == "pay" {
            page.wait_attribute("sign-before", "data-milli", "0").await?;
            page.wait_attribute("sign-after", "data-milli", &(-PAID).to_string()).await?;
        }
        page.wait_enabled("sign-confirm").await?;
        self.tale.picture(&format!("sign-{kind}"), who, wallet).await?;
        page.click("sign-confirm").await?;
        page.wait_gone("sign-sheet").await
    }

    async fn pay(&mut self, ben: &Wallet) -> Result<(), Fault> {
        let page = ben.page();
        page.click("tab-now").await?;
        page.click("tally-pay").await?;
        page.type_text("pay-amount", "12.500").await?;
        page.type_text("pay-memo", MEMO).await?;
        page.wait_attribute("pay-after", "data-milli", &(-PAID).to_string()).await?;
        self.tale.picture("pay", "ben", ben).await?;
        self.sign(ben, "ben", "pay-review", "pay").await
    }

    /// One wallet's own view of the paid tally.
    async fn settled(&mut self, wallet: &Wallet, who: &str, balance: i64) -> Result<(), Fault> {
        let page = wallet.page();
        page.click("tab-now").await?;
        page.wait_attribute("tally-balance", "data-milli", &balance.to_string()).await?;
        page.wait_attribute("tally-copies", "data-copies", "match").await?;
        page.wait_attribute("tally-stage", "data-stage", "matched").await?;
        self.tale.picture("matched", who, wallet).await?;
        page.click("tab-history").await?;
        page.wait_attribute("history-row", "data-balance", &balance.to_string()).await?;
        self.tale.picture("history", who, wallet).await?;
        Ok(())
    }

    /// Reads one line of proof in both windows and insists that it is the same.
    async fn same(&self, ana: &Wallet, ben: &Wallet, id: &str) -> Result<String, Fault> {
        let mut seen = Vec::new();
        for wallet in [ana, ben] {
            wallet.page().wait_attribute("tally-page", "data-phase", "open").await?;
            wallet.page().click("tab-proof").await?;
            seen.push(wallet.page().text(id).await?);
        }
        Fault::unless_equal(&format!("Ben's {id}"), &seen[0], &seen[1])?;
        Ok(seen.swap_remove(0))
    }

    /// The same facts once more, from the files of a wallet that is closed.
    fn check_ledger(&self, who: &str, balance: i64, digest: &str, hash: &str) -> Result<(), Fault> {
        let ledger = Ledger::of(&self.stage, &self.programs.node, &self.profiles.join(who));
        ledger.ask(&["verify"])?;
        let tallies = ledger.ask(&["tally", "list"])?;
        let id = tallies[0]["id"].as_str().unwrap_or_default().to_owned();
        let tally = ledger.ask(&["tally", "show", &id])?;
        let facts = [
            ("phase", &tally["row"]["phase"], Value::from("open")),
            ("balance", &tally["row"]["balance"], Value::from(balance)),
            ("copies", &tally["row"]["copies"]["state"], Value::from("match")),
            ("entries", &tally["proof"]["head"], Value::from(1)),
            ("digest", &tally["proof"]["digest"], Value::from(digest)),
            ("chain hash", &tally["proof"]["headHash"], Value::from(hash)),
        ];
        for (what, actual, expected) in facts {
            Fault::unless_equal(
                &format!("{who}'s {what} on disk"),
                &expected.to_string(),
                &actual.to_string(),
            )?;
        }
        Ok(())
    }
}

/// The four words alone, however a page sets them.
fn check_words(shown: &str) -> String {
    let words = shown.split(|letter: char| !letter.is_alphabetic()).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join(" ")
}

/// Thousandths as CHIPs, with a sign.
fn chips(milli: i64) -> String {
    let sign = if milli < 0 { '-' } else { '+' };
    format!("{sign}{}.{:03}", milli.abs() / 1_000, milli.abs() % 1_000)
}
