//! Every page in smaller windows, down to the smallest: nothing may be cut off.

use super::pair::Pair;
use super::person::Person;
use crate::{Fault, Page};

/// An ordinary small screen, and the smallest window.
const SIZES: [(u16, u16); 2] = [(1024, 700), (960, 640)];

/// What can be pressed at the side or at the top, and the page it leads to.
const PAGES: [(&str, &str); 7] = [
    ("nav-home", "home-page"),
    ("nav-tallies", "tallies-page"),
    ("nav-activity", "activity-page"),
    ("nav-connection", "connection-page"),
    ("nav-settings", "settings-page"),
    ("nav-invite", "invite-page"),
    ("nav-open", "open-page"),
];

const TABS: [&str; 5] = ["now", "history", "agreement", "settings", "proof"];

/// Looks at all of them; every picture insists that everything has room on it.
pub(super) async fn every_page(pair: &mut Pair<'_>, person: &Person) -> Result<(), Fault> {
    for (width, height) in SIZES {
        person.resize(width, height).await?;
        for (button, page) in PAGES {
            show(person.page(), button, page).await?;
            pair.picture(&format!("{width}-{page}"), person).await?;
        }
        for tab in TABS {
            person.look_at(tab).await?;
            pair.picture(&format!("{width}-{tab}"), person).await?;
        }
        person.look_at("now").await?;
        show(person.page(), "tally-pay", "pay-page").await?;
        pair.picture(&format!("{width}-pay-page"), person).await?;
    }
    Ok(())
}

async fn show(page: &Page, button: &str, wanted: &str) -> Result<(), Fault> {
    page.click(button).await?;
    page.wait(wanted).await
}
