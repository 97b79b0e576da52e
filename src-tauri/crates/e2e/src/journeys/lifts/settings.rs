//! What a person sets is told before it is signed, and kept to the last thousandth: how much may be let go, that debts can
//! always be paid down, and where nothing clears for now.

use std::time::Instant;

use tokio::time::sleep;

use super::OWED;
use super::ring::Ring;
use crate::journeys::pair::Pair;
use crate::journeys::person::Person;
use crate::{BLINK, Fault, PATIENCE};

/// The person who sets, and the number of the tally in which Ana owes him; in the next one he owes.
const BEN: usize = 1;
const OWED_BY_ANA: usize = 0;
const OWED_TO_CY: usize = 1;

/// What Ben likes to hold of Ana's debt, in milli-CHIPs.
pub(super) const HELD: i64 = 6_000;

impl Ring {
    /// Everybody lets circles be looked for that are smaller than what a wallet comes with.
    pub(super) async fn let_small_ones_count(&self, pair: &mut Pair<'_>) -> Result<(), Fault> {
        for person in &self.people {
            let page = person.page();
            person.go("settings").await?;
            page.wait_attribute("clearing-least-save", "disabled", "").await?;
            page.type_text("clearing-least", "3").await?;
            pair.picture("smallest-circle", person).await?;
            page.click("clearing-least-save").await?;
            page.wait_attribute("clearing-least-save", "disabled", "").await?;
        }
        Ok(())
    }

    /// Everybody owes the next ten, but for Cy, who does not owe Ana yet: nothing can clear.
    pub(super) async fn all_but_one_owe(&self, pair: &mut Pair<'_>) -> Result<(), Fault> {
        for (tally, memo) in ["bike tube", "rye bread"].into_iter().enumerate() {
            self.pay(pair, tally, ("10", memo, OWED)).await?;
            self.owes(tally, OWED).await?;
        }
        Ok(())
    }

    /// Cy owes Ana as well: that closes the ring.
    pub(super) async fn close_the_ring(&self, pair: &mut Pair<'_>) -> Result<(), Fault> {
        self.pay(pair, 2, ("10", "jam", OWED)).await
    }

    /// Ben likes to hold six of what Ana owes him and charges everything for letting them go; gives what the page says the
    /// next circle can move then, in milli-CHIPs.
    pub(super) async fn hold_six(&self, pair: &mut Pair<'_>) -> Result<i64, Fault> {
        let ben = &self.people[BEN];
        let page = ben.page();
        ben.turn_to(&self.tallies[OWED_BY_ANA], "settings").await?;
        page.wait_attribute("standing-circle", "data-milli", &OWED.to_string()).await?;
        page.type_text("standing-hold", "6").await?;
        page.type_text("standing-most", "6").await?;
        page.type_text("standing-release", "100").await?;
        page.wait_attribute("standing-form", "data-rules", "").await?;
        page.wait_attribute("standing-circle", "data-milli", &(OWED - HELD).to_string()).await?;
        page.wait_words("standing-circle", "4.000").await?;
        pair.picture("holds-six", ben).await?;
        let told = page.attribute("standing-circle", "data-milli").await?;
        self.sign_settings(pair, ben).await?;
        told.parse().map_err(|_| Fault::Waited { what: "what a circle can move".to_owned(), seen: told })
    }

    /// Ben tries to keep his own debt to Cy from being paid down: less than nothing is refused, and whatever else he signs
    /// cannot do it, as the page says.
    pub(super) async fn try_to_block(&self, pair: &mut Pair<'_>) -> Result<(), Fault> {
        let ben = &self.people[BEN];
        let page = ben.page();
        ben.turn_to(&self.tallies[OWED_TO_CY], "settings").await?;
        page.type_text("standing-hold", "-1").await?;
        page.wait_attribute("standing-form", "data-rules", "negative").await?;
        page.assert_enabled("standing-review", false).await?;
        pair.picture("below-nothing", ben).await?;
        page.click("standing-undo").await?;
        page.click("standing-preset-leave").await?;
        page.wait_attribute("standing-form", "data-preset", "leave").await?;
        page.wait_words("standing-never", "can always be paid down").await?;
        page.wait_words("standing-circle", "You owe 6.000 here").await?;
        pair.picture("cannot-block", ben).await?;
        self.sign_settings(pair, ben).await
    }

    /// Ben lets go what Ana owes him again; gives what the page says the next circle can move then.
    pub(super) async fn let_go(&self, pair: &mut Pair<'_>) -> Result<i64, Fault> {
        let ben = &self.people[BEN];
        let page = ben.page();
        ben.turn_to(&self.tallies[OWED_BY_ANA], "settings").await?;
        page.click("standing-preset-clear").await?;
        page.wait_attribute("standing-form", "data-preset", "clear").await?;
        page.wait_attribute("standing-circle", "data-milli", &HELD.to_string()).await?;
        pair.picture("lets-go", ben).await?;
        self.sign_settings(pair, ben).await?;
        Ok(HELD)
    }

    pub(super) async fn sign_settings(&self, pair: &mut Pair<'_>, person: &Person) -> Result<(), Fault> {
        person.page().click("standing-review").await?;
        pair.sign(person, "settings").await?;
        person.page().wait_gone("standing-undo").await?;
        person.page().wait("standing-since").await
    }

    /// Ben lets no circle go over his tally with Ana for now.
    pub(super) async fn pause(&self, pair: &mut Pair<'_>) -> Result<(), Fault> {
        let ben = &self.people[BEN];
        let page = ben.page();
        ben.turn_to(&self.tallies[OWED_BY_ANA], "settings").await?;
        page.click("tally-clearing-pause").await?;
        page.wait_attribute("pause-dialog", "data-tally", &self.tallies[OWED_BY_ANA]).await?;
        pair.picture("pause", ben).await?;
        page.click("pause-confirm").await?;
        page.wait_gone("pause-dialog").await?;
        page.wait_attribute("tally-clearing", "data-paused", "yes").await?;
        pair.picture("paused", ben).await.map(drop)
    }

    /// The ring is closed, Ana and Cy have looked for a circle in vain, and Ben is told that it is he who paused.
    pub(super) async fn nothing_clears(&self, pair: &mut Pair<'_>) -> Result<(), Fault> {
        for end in [0, 2] {
            let person = &self.people[end];
            self.ask_why(person, "noneFound").await?;
            person.page().wait("idle-reason[data-why=noCircle]").await?;
            pair.picture("why", person).await?;
            person.page().click("idle-close").await?;
        }
        self.all_owe(OWED).await?;
        let ben = &self.people[BEN];
        let page = ben.page();
        self.ask_why(ben, "tooFewTallies").await?;
        let tally = &self.tallies[OWED_BY_ANA];
        page.wait(&format!("idle-reason[data-why=tallyPaused][data-tally=\"{tally}\"]")).await?;
        pair.picture("why", ben).await?;
        page.click("idle-close").await?;
        page.wait_gone("idle-dialog").await
    }

    /// Ben lets circles go over it again.
    pub(super) async fn resume(&self) -> Result<(), Fault> {
        let ben = &self.people[BEN];
        ben.turn_to(&self.tallies[OWED_BY_ANA], "settings").await?;
        ben.page().click("tally-clearing-resume").await?;
        ben.page().wait_attribute("tally-clearing", "data-paused", "no").await
    }

    /// Asks a wallet why nothing was cleared, until this came of its last look for a circle.
    async fn ask_why(&self, person: &Person, last: &str) -> Result<(), Fault> {
        let page = person.page();
        person.go("clearing").await?;
        let start = Instant::now();
        loop {
            page.click("clearing-why").await?;
            // What was known before may be shown for a moment; then it is asked once more.
            let seen = page.attribute("idle-dialog", "data-last").await?;
            if seen == last {
                return Ok(());
            }
            if start.elapsed() > PATIENCE {
                let what = format!("{}'s look for a circle to end with {last}", person.who().name());
                return Err(Fault::Waited { what, seen: format!("it was {seen}") });
            }
            page.click("idle-close").await?;
            page.wait_gone("idle-dialog").await?;
            sleep(BLINK).await;
        }
    }
}
