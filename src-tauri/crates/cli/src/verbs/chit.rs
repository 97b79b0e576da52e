//! Entries of a tally, and requests for them.

use serde_json::json;
use tallystick_node::view::{HistoryPage, RequestView, TallyView};

use super::tally::sign;
use super::{once, outbox_empty};
use crate::args::{ChitVerb, Common};
use crate::fault::Fault;
use crate::hands::Hands;
use crate::request::Request;
use crate::say::Say;
use crate::sheet::journey;
use crate::words;

pub(super) async fn perform(common: &Common, verb: ChitVerb, say: Say) -> Result<(), Fault> {
    match verb {
        ChitVerb::Pay { tally, amount, memo, agree } => {
            let preview = Request::PayPreview { tally, units: amount.milli(), memo };
            sign(common, preview, agree, say).await?;
        }
        ChitVerb::Grant { tally, request, agree } => {
            sign(common, Request::GrantPreview { tally, request }, agree, say).await?;
        }
        ChitVerb::Request { tally, wish } => {
            let (units, memo, days) = (wish.amount.milli(), wish.memo, wish.days);
            let mut hands = Hands::find(common).await?;
            let asked = hands.ask::<String>(Request::Ask { tally, units, memo, days }).await;
            let stay = hands.stay();
            hands.rest().await;
            let request = asked?;
            say.view(&json!({ "request": request }), || {
                format!("{request}\nasked for {} CHIP; {}", words::chips(units), journey(None, stay))
            });
        }
        ChitVerb::Again { tally, request, wish } => {
            let (units, memo, days) = (wish.amount.milli(), wish.memo, wish.days);
            let again = Request::AskAgain { tally, request: request.clone(), units, memo, days };
            let mut hands = Hands::find(common).await?;
            let asked = hands.ask::<()>(again).await;
            let stay = hands.stay();
            hands.rest().await;
            asked?;
            say.view(&json!({ "request": request }), || {
                format!("asked again for {} CHIP; {}", words::chips(units), journey(None, stay))
            });
        }
        ChitVerb::Refuse { tally, request, reason } => {
            let no = Request::Decline { tally, request: request.clone(), reason };
            tell(common, no, "refused", &request, say).await?;
        }
        ChitVerb::Withdraw { tally, request } => {
            let back = Request::Unask { tally, request: request.clone() };
            tell(common, back, "withdrawn", &request, say).await?;
        }
        ChitVerb::Cancel { tally, entry } => {
            let () = once(common, Request::Cancel { tally, entry: entry.clone() }).await?;
            say.view(&json!({ "cancelled": entry }), || "taken back; nobody else has seen it".to_owned());
        }
        ChitVerb::Requests { tally } => {
            let requests: Vec<RequestView> = once(common, Request::Requests { tally }).await?;
            let lines = || requests.iter().map(words::request_line).collect::<Vec<_>>().join("\n");
            say.view(&requests, lines);
        }
        ChitVerb::List { tally, before, filter } => {
            let mut hands = Hands::find(common).await?;
            let page = history(&mut hands, tally, before, filter.into()).await;
            hands.rest().await;
            let page = page?;
            say.view(&page, || words::history(&page));
        }
    }
    Ok(())
}

/// Says something to the partner that nothing answers.
async fn tell(common: &Common, what: Request, done: &str, name: &str, say: Say) -> Result<(), Fault> {
    let mut hands = Hands::find(common).await?;
    let told = match hands.ask::<()>(what).await {
        Ok(()) => outbox_empty(&mut hands, common).await,
        Err(fault) => Err(fault),
    };
    let stay = hands.stay();
    hands.rest().await;
    let arrived = told?;
    say.view(&json!({ done: name, "arrived": arrived }), || format!("{done}; {}", journey(arrived, stay)));
    Ok(())
}

async fn history(
    hands: &mut Hands,
    tally: String,
    before: Option<u64>,
    filter: tallystick_node::view::HistoryFilter,
) -> Result<HistoryPage, Fault> {
    // The name of a contact finds the tally that came of it.
    let known: TallyView = hands.ask(Request::Tally { id: tally }).await?;
    hands.ask(Request::History { tally: known.row.id, before, filter }).await
}
