//! Entries of a tally.

use tallystick_node::view::{HistoryPage, TallyView};

use super::tally::sign;
use crate::args::{ChitVerb, Common};
use crate::fault::Fault;
use crate::hands::Hands;
use crate::request::Request;
use crate::say::Say;
use crate::words;

pub(super) async fn perform(common: &Common, verb: ChitVerb, say: Say) -> Result<(), Fault> {
    match verb {
        ChitVerb::Pay { tally, amount, memo, agree } => {
            let preview = Request::PayPreview { tally, units: amount.milli(), memo };
            sign(common, preview, agree, say).await?;
        }
        ChitVerb::List { tally, before } => {
            let mut hands = Hands::find(common).await?;
            let page = history(&mut hands, tally, before).await;
            hands.rest().await;
            let page = page?;
            say.view(&page, || words::history(&page));
        }
    }
    Ok(())
}

async fn history(hands: &mut Hands, tally: String, before: Option<u64>) -> Result<HistoryPage, Fault> {
    // An empty page could mean an unknown tally: ask for the tally first, which says so.
    let known: TallyView = hands.ask(Request::Tally { id: tally }).await?;
    hands.ask(Request::History { tally: known.row.id, before }).await
}
