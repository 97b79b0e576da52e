//! Agreements.

use serde_json::json;
use tallystick_node::view::{Repair, SignPreview, TallyRow, TallyView};

use super::{arrived, deal, once, outbox_empty, standing};
use crate::args::{Agree, Common, TallyVerb};
use crate::fault::Fault;
use crate::hands::Hands;
use crate::request::Request;
use crate::say::Say;
use crate::sheet::{self, journey};
use crate::words;

pub(super) async fn perform(common: &Common, verb: TallyVerb, say: Say) -> Result<(), Fault> {
    match verb {
        TallyVerb::List => {
            let rows: Vec<TallyRow> = once(common, Request::Tallies).await?;
            say.view(&rows, || rows.iter().map(words::tally_line).collect::<Vec<_>>().join("\n"));
        }
        TallyVerb::Show { id } => {
            let view: TallyView = once(common, Request::Tally { id }).await?;
            say.view(&view, || words::tally(&view));
        }
        TallyVerb::Offer { id, agree } => {
            sign(common, Request::OfferPreview { tally: id }, agree, say).await?
        }
        TallyVerb::Accept { id, agree } => {
            sign(common, Request::AcceptPreview { tally: id }, agree, say).await?
        }
        TallyVerb::Refuse { id, reason } => {
            let mut hands = Hands::find(common).await?;
            let done = refuse(&mut hands, common, id, reason, say).await;
            hands.rest().await;
            done?;
        }
        TallyVerb::Counter { id, changes, agree } => deal::counter(common, id, changes, agree, say).await?,
        TallyVerb::Withdraw { id } => deal::withdraw(common, id, say).await?,
        TallyVerb::Differences { id } => deal::differences(common, id, say).await?,
        TallyVerb::Compare { id } => deal::compare(common, id, say).await?,
        TallyVerb::Repair { id } => {
            let repair: Repair = once(common, Request::Repair { tally: id }).await?;
            say.view(&repair, || words::repair(&repair));
        }
        TallyVerb::Evidence { id, out } => deal::evidence(common, id, out, say).await?,
        TallyVerb::Standing(verb) => standing::perform(common, verb, say).await?,
    }
    Ok(())
}

/// Preview, agreement, signature.
pub(super) async fn sign(common: &Common, preview: Request, agree: Agree, say: Say) -> Result<(), Fault> {
    let mut hands = Hands::find(common).await?;
    let done = commit(&mut hands, common, preview, agree, say).await;
    hands.rest().await;
    done
}

pub(super) async fn commit(
    hands: &mut Hands,
    common: &Common,
    preview: Request,
    agree: Agree,
    say: Say,
) -> Result<(), Fault> {
    let preview: SignPreview = hands.ask(preview).await?;
    let mut outcome = sheet::sign(hands, preview, agree, say).await?;
    outcome.arrived = arrived(hands, common, &outcome).await?;
    let stay = hands.stay();
    say.view(&outcome, || sheet::signed(&outcome, stay));
    Ok(())
}

async fn refuse(
    hands: &mut Hands,
    common: &Common,
    tally: String,
    reason: Option<String>,
    say: Say,
) -> Result<(), Fault> {
    let () = hands.ask(Request::Refuse { tally: tally.clone(), reason }).await?;
    let arrived = outbox_empty(hands, common).await?;
    let stay = hands.stay();
    say.view(&json!({ "refused": tally, "arrived": arrived }), || {
        format!("refused; {}", journey(arrived, stay))
    });
    Ok(())
}
