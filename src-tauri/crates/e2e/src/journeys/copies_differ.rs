//! Copies that contradict each other: files were put back, and what came after them was promised once more, otherwise.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::pair::Pair;
use super::person::{Person, Who, settled};
use crate::Fault;

/// Thousandths of a CHIP: what Ben pays first, and then twice under the same number.
const FIRST: i64 = 5_000;
const FLOUR: i64 = 3_000;
const SALT: i64 = 2_000;

/// The entry that there are two of.
const INDEX: &str = "2";

/// Announced one after the other.
pub(super) const STEPS: usize = 9;

/// Makes the journey once.
pub(super) async fn make(pair: &mut Pair<'_>) -> Result<(), Fault> {
    pair.tale.step("Ana and Ben open a tally, and Ben pays 5");
    let (ana, ben) = pair.open_paid("5", "rye bread", FIRST).await?;

    pair.tale.step("Both keep a copy of their files; Ben pays 3 for flour; Ana keeps another copy");
    let [early, late] = ["early", "late"].map(|name| pair.tale.folder().join(name));
    close(ana, ben).await?;
    for who in [Who::Ana, Who::Ben] {
        copy(&pair.profile(who), &early.join(who.key()))?;
    }
    let (ana, ben) = both(pair).await?;
    pair.pay(&ben, "3", "flour", -FIRST - FLOUR).await?;
    settled(&ben, -FIRST - FLOUR).await?;
    settled(&ana, FIRST + FLOUR).await?;
    close(ana, ben).await?;
    copy(&pair.profile(Who::Ana), &late)?;

    pair.tale.step("Both put the older files back, and Ben pays 2 for salt as if there had been no flour");
    for who in [Who::Ana, Who::Ben] {
        put_back(&early.join(who.key()), &pair.profile(who))?;
    }
    let (ana, ben) = both(pair).await?;
    settled(&ana, FIRST).await?;
    pair.pay(&ben, "2", "salt", -FIRST - SALT).await?;
    settled(&ben, -FIRST - SALT).await?;
    settled(&ana, FIRST + SALT).await?;
    close(ana, ben).await?;

    pair.tale.step("Ana puts the other copy back, and the two compare");
    put_back(&late, &pair.profile(Who::Ana))?;
    let (ana, ben) = both(pair).await?;
    ana.look_at("proof").await?;
    ana.page().click("proof-compare").await?;

    pair.tale.step("The copies cannot both be right, and both are told in plain words");
    for (person, partner) in [(&ben, "Ana"), (&ana, "Ben")] {
        frozen(pair, person, partner).await?;
    }

    pair.tale.step("Nothing new can be promised, and nothing is lost: the history of each is still there");
    paused(pair, &ana, FIRST + FLOUR).await?;
    paused(pair, &ben, -FIRST - SALT).await?;

    pair.tale.step("The proof shows where they part, and what each side says");
    let [ours, theirs] = parting(pair, &ana).await?;
    let [bens, anas] = parting(pair, &ben).await?;
    Fault::unless_equal("what Ben is told of Ana's copy", &ours, &anas)?;
    Fault::unless_equal("what Ana is told of Ben's copy", &theirs, &bens)?;

    pair.tale.step("Both save their evidence as a file, which holds what each of them has");
    for (person, held, lacking) in [(&ana, "flour", "salt"), (&ben, "salt", "flour")] {
        let text = evidence(pair, person).await?;
        for part in ["rye bread", held, &ours, &theirs] {
            Fault::unless_equal(&format!("whether the evidence holds {part}"), "true", &holds(&text, part))?;
        }
        // Entries of the other copy are no part of ours.
        let entries = text["entries"].to_string();
        let there = entries.contains(lacking).to_string();
        Fault::unless_equal(&format!("whether {lacking} is among the entries"), "false", &there)?;
    }

    pair.tale.step("Ana cannot even ask to close: that would be a promise too; both close their wallets");
    ana.page().click("tab-settings").await?;
    ana.page().wait_attribute("ending-close", "disabled", "").await?;
    ana.page().wait_words("ending-paused", "do not match").await?;
    pair.picture("no-promise", &ana).await?;
    ana.go("home").await?;
    ana.page().wait_attribute("need-card", "data-kind", "mismatch").await?;
    pair.picture("home", &ana).await?;
    ana.go("tallies").await?;
    ana.page().wait_attribute("tally-row", "data-copies", "mismatch").await?;
    pair.picture("tallies", &ana).await?;
    ben.go("activity").await?;
    ben.page().wait_attribute("activity-need", "data-kind", "mismatch").await?;
    pair.picture("activity", &ben).await?;
    close(ana, ben).await?;
    for (who, balance) in [(Who::Ana, FIRST + FLOUR), (Who::Ben, -FIRST - SALT)] {
        let facts = [("/row/balance", json!(balance)), ("/row/copies/state", json!("mismatch"))];
        pair.check_disk(who, &facts)?;
    }
    Ok(())
}

async fn paused(pair: &mut Pair<'_>, person: &Person, balance: i64) -> Result<(), Fault> {
    let page = person.page();
    page.wait_attribute("tally-pay", "disabled", "").await?;
    page.wait_attribute("tally-request", "disabled", "").await?;
    page.click("tab-history").await?;
    page.wait_count("history-row", 2).await?;
    page.wait_attribute("history-row", "data-balance", &balance.to_string()).await?;
    pair.picture("history", person).await?;
    Ok(())
}

/// Where the copies part: our fingerprint and theirs.
async fn parting(pair: &mut Pair<'_>, person: &Person) -> Result<[String; 2], Fault> {
    let page = person.page();
    page.click("mismatch-proof").await?;
    page.wait_attribute("proof-dispute", "data-index", INDEX).await?;
    pair.picture("proof", person).await?;
    Ok([page.text("dispute-our-hash").await?, page.text("dispute-their-hash").await?])
}

/// Saves the evidence, and reads what lies where the window says.
async fn evidence(pair: &mut Pair<'_>, person: &Person) -> Result<Value, Fault> {
    let page = person.page();
    page.click("proof-evidence").await?;
    page.wait_words("evidence-text", "rye bread").await?;
    pair.picture("evidence", person).await?;
    page.click("evidence-save").await?;
    let path = PathBuf::from(page.text("evidence-saved").await?);
    pair.picture("evidence-saved", person).await?;
    page.click("evidence-close").await?;
    page.wait_gone("evidence-dialog").await?;
    let text = fs::read_to_string(&path).map_err(Fault::file(&path))?;
    serde_json::from_str(&text).map_err(|error| Fault::file(&path)(error.into()))
}

fn holds(evidence: &Value, part: &str) -> String {
    evidence.to_string().contains(part).to_string()
}

/// Opens both wallets at the tally's first tab.
async fn both(pair: &Pair<'_>) -> Result<(Person, Person), Fault> {
    let people = (pair.open(Who::Ana).await?, pair.open(Who::Ben).await?);
    people.0.look_at("now").await?;
    people.1.look_at("now").await?;
    Ok(people)
}

async fn close(ana: Person, ben: Person) -> Result<(), Fault> {
    ana.close().await?;
    ben.close().await
}

/// A profile as it was once.
fn put_back(kept: &Path, profile: &Path) -> Result<(), Fault> {
    fs::remove_dir_all(profile).map_err(Fault::file(profile))?;
    copy(kept, profile)
}

async fn frozen(pair: &mut Pair<'_>, person: &Person, partner: &str) -> Result<(), Fault> {
    let page = person.page();
    page.wait_attribute("tally-mismatch", "data-index", INDEX).await?;
    page.wait_words("tally-mismatch", &format!("Your copy and {partner}’s do not match.")).await?;
    pair.picture("do-not-match", person).await?;
    Ok(())
}

/// A folder with everything in it.
fn copy(from: &Path, to: &Path) -> Result<(), Fault> {
    fs::create_dir_all(to).map_err(Fault::file(to))?;
    for entry in fs::read_dir(from).map_err(Fault::file(from))? {
        let entry = entry.map_err(Fault::file(from))?;
        let (old, new) = (entry.path(), to.join(entry.file_name()));
        if old.is_dir() {
            copy(&old, &new)?;
        } else {
            fs::copy(&old, &new).map_err(Fault::file(&old))?;
        }
    }
    Ok(())
}
