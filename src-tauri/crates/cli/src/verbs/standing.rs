//! How a tally stands: its settings, and its end.

use tallystick_node::view::SettingsPage;

use super::once;
use super::tally::{commit, sign};
use crate::args::{Agree, Common, NewSettings, SettingsVerb, StandingVerb};
use crate::fault::Fault;
use crate::hands::Hands;
use crate::request::Request;
use crate::say::Say;
use crate::words;

pub(super) async fn perform(common: &Common, verb: StandingVerb, say: Say) -> Result<(), Fault> {
    match verb {
        StandingVerb::Settings(SettingsVerb::Show { id }) => {
            let page: SettingsPage = once(common, Request::Settings { tally: id }).await?;
            say.view(&page, || words::settings_page(&page));
            Ok(())
        }
        StandingVerb::Settings(SettingsVerb::Set { id, new, agree }) => {
            let mut hands = Hands::find(common).await?;
            let done = set(&mut hands, common, id, &new, agree, say).await;
            hands.rest().await;
            done
        }
        StandingVerb::Close { id, agree } => {
            sign(common, Request::ClosePreview { tally: id }, agree, say).await
        }
        StandingVerb::KeepOpen { id, agree } => {
            sign(common, Request::KeepOpenPreview { tally: id }, agree, say).await
        }
        StandingVerb::Call { id, by, agree } => {
            sign(common, Request::CallPreview { tally: id, by }, agree, say).await
        }
        StandingVerb::Forgive { id, agree } => {
            sign(common, Request::ForgivePreview { tally: id }, agree, say).await
        }
    }
}

async fn set(
    hands: &mut Hands,
    common: &Common,
    tally: String,
    new: &NewSettings,
    agree: Agree,
    say: Say,
) -> Result<(), Fault> {
    let now: SettingsPage = hands.ask(Request::Settings { tally: tally.clone() }).await?;
    let draft = new.over(&now.mine);
    commit(hands, common, Request::SettingsPreview { tally, draft }, agree, say).await
}
