//! Invitations, ours and other people's.

use serde_json::json;
use tallystick_node::view::{CardField, CodeCard, CodeProblem, TicketView};

use super::{once, outbox_empty};
use crate::args::{Agree, Common, TicketVerb};
use crate::codes;
use crate::fault::Fault;
use crate::hands::Hands;
use crate::request::Request;
use crate::say::Say;
use crate::sheet::journey;
use crate::words;

pub(super) async fn perform(common: &Common, verb: TicketVerb, say: Say) -> Result<(), Fault> {
    match verb {
        TicketVerb::New { terms, draw } => {
            let ticket: TicketView = once(common, Request::Invite { terms: terms.into() }).await?;
            codes::show(&ticket, &draw, say)?;
            say.view(&ticket, || words::ticket(&ticket));
        }
        TicketVerb::Show { id, draw } => {
            let ticket: TicketView = once(common, Request::Ticket { id }).await?;
            codes::show(&ticket, &draw, say)?;
            say.view(&ticket, || words::ticket(&ticket));
        }
        TicketVerb::List => {
            let tickets: Vec<TicketView> = once(common, Request::Tickets).await?;
            say.view(&tickets, || lines(&tickets));
        }
        TicketVerb::Revoke { id } => {
            let ticket: TicketView = once(common, Request::Revoke { id }).await?;
            say.view(&ticket, || words::ticket_line(&ticket));
        }
        TicketVerb::Inspect { code } => {
            let text = codes::text(&code)?;
            let card: CodeCard = once(common, Request::Inspect { text }).await?;
            say.view(&card, || words::card(&card));
        }
        TicketVerb::Use { code, told, agree } => {
            let text = codes::text(&code)?;
            let mut hands = Hands::find(common).await?;
            let done = contact(&mut hands, common, text, told.into(), agree, say).await;
            hands.rest().await;
            done?;
        }
    }
    Ok(())
}

async fn contact(
    hands: &mut Hands,
    common: &Common,
    text: String,
    disclose: Vec<CardField>,
    agree: Agree,
    say: Say,
) -> Result<(), Fault> {
    let card: CodeCard = hands.ask(Request::Inspect { text }).await?;
    let Some(inspection) = card.inspection.clone() else {
        return Err(Fault::Code(card.problem.unwrap_or(CodeProblem::NotYetSupported)));
    };
    if !agree.yes || agree.show {
        say.aside(&words::card(&card));
    }
    if !agree.yes {
        let more: String = disclose.iter().map(|field| format!(", your {}", words::field(*field))).collect();
        say.agree(&format!("Send them your name, your address{more}?"), "sent")?;
    }
    let contact: String = hands.ask(Request::Contact { inspection, disclose }).await?;
    let arrived = outbox_empty(hands, common).await?;
    let stay = hands.stay();
    say.view(&json!({ "contact": contact, "card": card, "arrived": arrived }), || {
        format!("{contact}\nfirst contact; {}", journey(arrived, stay))
    });
    Ok(())
}

fn lines(tickets: &[TicketView]) -> String {
    tickets.iter().map(words::ticket_line).collect::<Vec<_>>().join("\n")
}
