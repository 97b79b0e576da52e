//! Two people who know each other: Ana, who invited, and Ben, who answered.

use std::path::{Path, PathBuf};

use super::Telling;
use crate::errand::Errand;
use crate::stage::free_port;
use crate::{Fault, Ledger, Opening, Programs, Stage, Tale, Theme, Wallet};

/// One of the two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Who {
    /// She invited: her half is the stock.
    Ana,
    /// He answered: his half is the foil.
    Ben,
}

impl Who {
    pub(super) const BOTH: [Self; 2] = [Self::Ana, Self::Ben];

    /// The name in folders and pictures.
    pub(super) fn id(self) -> &'static str {
        match self {
            Self::Ana => "ana",
            Self::Ben => "ben",
        }
    }

    /// The name they gave themselves.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Ana => "Ana Ruiz",
            Self::Ben => "Ben Ode",
        }
    }
}

/// The stage, the tale, and both profiles.
#[derive(Debug)]
pub(super) struct Pair<'a> {
    pub(super) programs: &'a Programs,
    pub(super) stage: Stage,
    pub(super) tale: Tale,
    theme: Theme,
    profiles: PathBuf,
    ports: [u16; 2],
}

impl<'a> Pair<'a> {
    /// Raises the stage; nobody has a wallet yet.
    pub(super) async fn begin(
        programs: &'a Programs,
        theme: Theme,
        folder: &Path,
        telling: Telling,
        steps: usize,
    ) -> Result<Self, Fault> {
        let tale = Tale::begin(folder, steps, telling == Telling::AsTour)?;
        let stage = Stage::raise().await?;
        let ports = [free_port()?, free_port()?];
        Ok(Self { programs, stage, tale, theme, profiles: folder.join("profiles"), ports })
    }

    /// An identity for one of them, without a window.
    pub(super) fn identity(&self, who: Who) -> Result<(), Fault> {
        let port = self.port(who);
        Errand::identity(&self.stage, &self.programs.node, &self.profile(who), port, who.name())
    }

    /// Serves one profile without a window.
    pub(super) async fn errand(&self, who: Who) -> Result<Errand<'_>, Fault> {
        let log = self.tale.folder().join(format!("{}.node.log", who.id()));
        Errand::begin(&self.stage, &self.programs.node, &self.profile(who), self.port(who), log).await
    }

    /// Opens one wallet in its window.
    pub(super) async fn open(&self, who: Who) -> Result<Wallet, Fault> {
        let opening = Opening {
            app: &self.programs.app,
            profile: &self.profile(who),
            port: self.port(who),
            theme: self.theme,
            log: &self.tale.folder().join(format!("{}.log", who.id())),
        };
        Wallet::open(&self.stage, &opening).await
    }

    /// Both have a wallet, and Ben has answered Ana's invitation: she has a draft to sign. No window was needed for it;
    /// another journey tells how that looks.
    pub(super) async fn answered(&self, memo: &str) -> Result<(), Fault> {
        for who in Who::BOTH {
            self.identity(who)?;
        }
        let (ana, ben) = (self.errand(Who::Ana).await?, self.errand(Who::Ben).await?);
        Self::answer(&ana, &ben, memo).await?;
        ana.end()?;
        ben.end()
    }

    async fn answer(ana: &Errand<'_>, ben: &Errand<'_>, memo: &str) -> Result<String, Fault> {
        let ticket = ana.ask(&["ticket", "new", "--they-may-owe", "20", "--memo", memo])?;
        let link = ticket["link"].as_str().unwrap_or_default().to_owned();
        ben.ask(&["ticket", "use", &link, "--yes", "--wait", "30"])?;
        ana.tally_in("partnerDraft").await
    }

    /// Both have a wallet and a tally in force: Ben may owe 20 CHIP, Ana 30. Ben has paid this, in CHIP, if anything.
    pub(super) async fn in_force(&self, paid: Option<&str>) -> Result<(), Fault> {
        for who in Who::BOTH {
            self.identity(who)?;
        }
        let (ana, ben) = (self.errand(Who::Ana).await?, self.errand(Who::Ben).await?);
        let tally = Self::answer(&ana, &ben, "tools and repairs").await?;
        ana.ask(&["tally", "offer", &tally, "--yes", "--wait", "30"])?;
        ben.tally_in("offeredToUs").await?;
        let grants = ["--they-may-owe", "30", "--notice", "14", "--yes", "--wait", "30"];
        ben.ask(&[&["tally", "counter", &tally][..], &grants].concat())?;
        ana.tally_in("offeredToUs").await?;
        ana.ask(&["tally", "accept", &tally, "--yes", "--wait", "30"])?;
        ben.tally_in("open").await?;
        if let Some(paid) = paid {
            ben.ask(&["chit", "pay", &tally, paid, "--memo", "bike tube", "--yes", "--wait", "30"])?;
        }
        ana.matching().await?;
        ben.matching().await?;
        ana.end()?;
        ben.end()
    }

    /// Keeps what one of them sees now, and insists that everything has room on it.
    pub(super) async fn picture(&mut self, what: &str, who: Who, wallet: &Wallet) -> Result<(), Fault> {
        self.tale.picture(what, who.id(), wallet).await?;
        wallet.page().assert_fits(what).await
    }

    /// Presses what leads to the sign sheet, looks at it, and confirms.
    pub(super) async fn sign(
        &mut self,
        who: Who,
        wallet: &Wallet,
        button: &str,
        kind: &str,
    ) -> Result<(), Fault> {
        wallet.page().click(button).await?;
        self.confirm(who, wallet, kind).await
    }

    /// Looks at the sign sheet, and confirms.
    pub(super) async fn confirm(&mut self, who: Who, wallet: &Wallet, kind: &str) -> Result<(), Fault> {
        let page = wallet.page();
        page.wait_attribute("sign-sheet", "data-kind", kind).await?;
        page.wait_enabled("sign-confirm").await?;
        self.picture(&format!("sign-{kind}"), who, wallet).await?;
        page.click("sign-confirm").await?;
        page.wait_gone("sign-sheet").await
    }

    /// The same while the other is away: the sheet says so, and stays until it is put away.
    pub(super) async fn confirm_alone(&mut self, who: Who, wallet: &Wallet, kind: &str) -> Result<(), Fault> {
        let page = wallet.page();
        page.wait_attribute("sign-sheet", "data-kind", kind).await?;
        page.click("sign-confirm").await?;
        page.wait_attribute("sign-stage", "data-stage", "signed").await?;
        self.picture("signed-alone", who, wallet).await?;
        page.click("sign-close").await?;
        page.wait_gone("sign-sheet").await
    }

    /// Nobody signs before having opened what they sign under.
    pub(super) async fn read_agreement(&mut self, who: Who, wallet: &Wallet) -> Result<(), Fault> {
        let page = wallet.page();
        page.click("review-contract-read").await?;
        page.wait("contract-hash").await?;
        self.picture("contract", who, wallet).await?;
        page.click("contract-close").await?;
        page.wait_gone("contract-dialog").await
    }

    /// Goes to the one tally there is.
    pub(super) async fn go_to_tally(&self, wallet: &Wallet) -> Result<(), Fault> {
        let page = wallet.page();
        page.click("nav-tallies").await?;
        page.click("tally-row").await?;
        page.wait("tally-page").await
    }

    /// Fills in a payment from the tally's page, up to the sign sheet.
    pub(super) async fn pay(&self, wallet: &Wallet, amount: &str, memo: &str) -> Result<(), Fault> {
        let page = wallet.page();
        page.click("tab-now").await?;
        page.click("tally-pay").await?;
        page.type_text("pay-amount", amount).await?;
        page.type_text("pay-memo", memo).await?;
        page.click("pay-review").await
    }

    /// Reads one line of proof in both windows and insists that it is the same.
    pub(super) async fn same(&self, ana: &Wallet, ben: &Wallet, id: &str) -> Result<String, Fault> {
        let mut seen = Vec::new();
        for wallet in [ana, ben] {
            wallet.page().click("tab-proof").await?;
            seen.push(wallet.page().text(id).await?);
        }
        Fault::unless_equal(&format!("Ben's {id}"), &seen[0], &seen[1])?;
        Ok(seen.swap_remove(0))
    }

    /// Both windows show the tally even with each other: Ana's balance, Ben's its mirror, and matching copies.
    pub(super) async fn settled(&self, ana: &Wallet, ben: &Wallet, balance: i64) -> Result<(), Fault> {
        for (wallet, milli) in [(ana, balance), (ben, -balance)] {
            let page = wallet.page();
            page.click("tab-now").await?;
            page.wait_attribute("tally-balance", "data-milli", &milli.to_string()).await?;
            page.wait_attribute("tally-copies", "data-copies", "match").await?;
        }
        Ok(())
    }

    /// Closes both wallets, and checks what lies on both disks: every signature, every hash, and these facts.
    pub(super) async fn finish(
        self,
        ana: Wallet,
        ben: Wallet,
        phase: &str,
        balance: i64,
    ) -> Result<(), Fault> {
        ana.close().await?;
        ben.close().await?;
        let mut heads = Vec::new();
        for (who, balance) in [(Who::Ana, balance), (Who::Ben, -balance)] {
            let ledger = Ledger::of(&self.stage, &self.programs.node, &self.profile(who));
            ledger.ask(&["verify"])?;
            let tallies = ledger.ask(&["tally", "list"])?;
            let id = tallies[0]["id"].as_str().unwrap_or_default().to_owned();
            let tally = ledger.ask(&["tally", "show", &id])?;
            let whose = who.name();
            let row = &tally["row"];
            for (what, actual, expected) in [
                ("phase", &row["phase"], phase.into()),
                ("balance", &row["balance"], balance.into()),
                ("copies", &row["copies"]["state"], serde_json::Value::from("match")),
            ] {
                let what = format!("{whose}'s {what} on disk");
                Fault::unless_equal(&what, &expected.to_string(), &actual.to_string())?;
            }
            heads.push(tally["proof"]["headHash"].to_string());
        }
        Fault::unless_equal("the end of Ben's chain on disk", &heads[0], &heads[1])
    }

    /// Checks every signature, hash and sum of a closed profile again.
    pub(super) fn verify(&self, who: Who) -> Result<(), Fault> {
        Ledger::of(&self.stage, &self.programs.node, &self.profile(who)).ask(&["verify"]).map(drop)
    }

    fn profile(&self, who: Who) -> PathBuf {
        self.profiles.join(who.id())
    }

    fn port(&self, who: Who) -> u16 {
        match who {
            Who::Ana => self.ports[0],
            Who::Ben => self.ports[1],
        }
    }
}
