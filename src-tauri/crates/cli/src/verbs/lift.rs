//! Lifts on the command line.

use serde_json::Value;
use tallystick_node::view::{
    EvidenceFile, Idle, InvoiceView, LiftChoices, LiftStats, LiftView, PaymentState, PaymentView,
};

use super::tally::sign;
use super::{deal, once};
use crate::args::{Common, LiftVerb, RefereeVerb, Switch};
use crate::codes;
use crate::fault::Fault;
use crate::hands::Hands;
use crate::request::Request;
use crate::say::Say;
use crate::words;

pub(super) async fn perform(common: &Common, verb: LiftVerb, say: Say) -> Result<(), Fault> {
    match verb {
        LiftVerb::On { id, agree } => {
            sign(common, Request::LiftsPreview { tally: id, wanted: true }, agree, say).await
        }
        LiftVerb::Off { id, agree } => {
            sign(common, Request::LiftsPreview { tally: id, wanted: false }, agree, say).await
        }
        LiftVerb::Pause { tally } => choices(common, Request::LiftsPause { tally, wanted: true }, say).await,
        LiftVerb::Resume { tally } => {
            choices(common, Request::LiftsPause { tally, wanted: false }, say).await
        }
        LiftVerb::Why => choices(common, Request::LiftChoices, say).await,
        LiftVerb::Idle => {
            let idle: Idle = once(common, Request::LiftIdle).await?;
            say.view(&idle, || words::idle(&idle));
            Ok(())
        }
        LiftVerb::Least { units } => choices(common, Request::LiftLeast { units: units.milli() }, say).await,
        LiftVerb::Join { switch } => {
            choices(common, Request::LiftJoin { wanted: switch == Switch::On }, say).await
        }
        LiftVerb::Stats => {
            let stats: LiftStats = once(common, Request::LiftStats).await?;
            say.view(&stats, || words::lift_stats(&stats));
            Ok(())
        }
        LiftVerb::Evidence { id, out } => {
            let file: EvidenceFile = once(common, Request::LiftEvidence { id }).await?;
            deal::written(file, out, say)
        }
        LiftVerb::List => {
            let lifts: Vec<LiftView> = once(common, Request::Lifts).await?;
            say.view(&lifts, || listed(&lifts, "no lifts", words::lift_line));
            Ok(())
        }
        LiftVerb::Show { id } => {
            let lift: LiftView = once(common, Request::Lift { id }).await?;
            say.view(&lift, || words::lift(&lift));
            Ok(())
        }
        LiftVerb::Invoice { units, memo, reference, good_for } => {
            let units = units.map(tallystick_core::Units::milli);
            invoice(common, Request::Invoice { units, memo, reference, good_for }, say).await
        }
        LiftVerb::InvoiceShow { id } => invoice(common, Request::InvoiceShow { id }, say).await,
        LiftVerb::Invoices => {
            let invoices: Vec<InvoiceView> = once(common, Request::Invoices).await?;
            say.view(&invoices, || listed(&invoices, "no invoices", words::invoice_line));
            Ok(())
        }
        LiftVerb::Pay { code, units, yes } => {
            let code = codes::text(&code)?;
            let mut hands = Hands::find(common).await?;
            let units = units.map(tallystick_core::Units::milli);
            let paid = pay(&mut hands, code, units, yes, say).await;
            hands.rest().await;
            let paid = paid?;
            say.view(&paid, || words::payment(&paid));
            Ok(())
        }
        LiftVerb::Payment { id } => {
            let payment: PaymentView = once(common, Request::Payment { id }).await?;
            say.view(&payment, || words::payment(&payment));
            Ok(())
        }
        LiftVerb::Receipt { id } => {
            let receipt: String = once(common, Request::Receipt { id }).await?;
            let value: Value = serde_json::from_str(&receipt).unwrap_or_default();
            say.view(&value, || receipt.clone());
            Ok(())
        }
    }
}

pub(super) async fn referee(common: &Common, verb: RefereeVerb, say: Say) -> Result<(), Fault> {
    let request = match verb {
        RefereeVerb::On => Request::RefereeServe { wanted: true },
        RefereeVerb::Off => Request::RefereeServe { wanted: false },
        RefereeVerb::Trust { address } => Request::RefereeTrust { address, wanted: true },
        RefereeVerb::Forget { address } => Request::RefereeTrust { address, wanted: false },
        RefereeVerb::List => Request::LiftChoices,
    };
    choices(common, request, say).await
}

async fn choices(common: &Common, request: Request, say: Say) -> Result<(), Fault> {
    let choices: LiftChoices = once(common, request).await?;
    say.view(&choices, || words::lift_choices(&choices));
    Ok(())
}

async fn invoice(common: &Common, request: Request, say: Say) -> Result<(), Fault> {
    let invoice: InvoiceView = once(common, request).await?;
    say.view(&invoice, || words::invoice(&invoice));
    Ok(())
}

/// Looks for a way, shows the whole cost in one number, asks, and pays all of it or nothing.
async fn pay(
    hands: &mut Hands,
    code: String,
    units: Option<i64>,
    yes: bool,
    say: Say,
) -> Result<PaymentView, Fault> {
    let look: PaymentView = hands.ask(Request::PayLook { code, units }).await?;
    if look.state != PaymentState::Reachable {
        return Ok(look);
    }
    if !yes {
        say.aside(&words::payment(&look));
        say.agree("Pay?", "paid")?;
    }
    hands.ask(Request::PaySign { id: look.id, units }).await
}

fn listed<T>(things: &[T], none: &str, line: fn(&T) -> String) -> String {
    if things.is_empty() {
        return none.to_owned();
    }
    things.iter().map(line).collect::<Vec<_>>().join("\n")
}
