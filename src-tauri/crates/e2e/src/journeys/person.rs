//! Somebody at their window: where they go, what they wait for, and how they sign.

use crate::{Fault, Page, Wallet};

/// One of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Who {
    Ana,
    Ben,
    /// Only where it takes three.
    Cy,
}

impl Who {
    /// In the names of files and folders.
    pub(super) fn key(self) -> &'static str {
        match self {
            Self::Ana => "ana",
            Self::Ben => "ben",
            Self::Cy => "cy",
        }
    }

    /// On screens.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Ana => "Ana Ruiz",
            Self::Ben => "Ben Ode",
            Self::Cy => "Cy Asch",
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
    pub(super) fn new(who: Who, wallet: Wallet) -> Self {
        Self { who, wallet }
    }

    pub(super) fn who(&self) -> Who {
        self.who
    }

    pub(super) fn wallet(&self) -> &Wallet {
        &self.wallet
    }

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

    /// Goes to a tab of one of several tallies.
    pub(super) async fn turn_to(&self, tally: &str, tab: &str) -> Result<(), Fault> {
        self.go("tallies").await?;
        self.page().click(&format!("tally-row[data-tally=\"{tally}\"]")).await?;
        self.page().wait_attribute("tally-page", "data-tally", tally).await?;
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

/// Thousandths as CHIPs, with a sign.
pub(super) fn chips(milli: i64) -> String {
    let sign = if milli < 0 { '-' } else { '+' };
    format!("{sign}{}.{:03}", milli.abs() / 1_000, milli.abs() % 1_000)
}
