//! The three lanes in words.

use std::fmt::Write as _;

use tallystick_node::view::{Activity, ActivityItem, ActivityKind};

use super::{at, chips, plain};

/// The three lanes.
pub(crate) fn activity(page: &Activity) -> String {
    let mut text = String::new();
    let mut lane = |name: &str, items: &[ActivityItem]| {
        if !items.is_empty() {
            let _ = writeln!(text, "{name}");
        }
        for item in items {
            let _ = writeln!(text, "  {}", line(item));
        }
    };
    lane("needs you", &page.needs);
    lane("waits for others", &page.waiting);
    lane("happened", &page.happened);
    if let Some(next) = page.next {
        let _ = writeln!(text, "(earlier: --before {next})");
    }
    if text.is_empty() { "nothing needs you, and nothing happened".to_owned() } else { text }
}

fn line(item: &ActivityItem) -> String {
    let who = item.partner.as_ref().map_or_else(|| "somebody".to_owned(), |person| plain(&person.name));
    let mark = if item.read { ' ' } else { '*' };
    let mut text = format!("{mark} {}  {}", at(item.at), what(item.kind, &who));
    if let Some(units) = item.units {
        let _ = write!(text, ": {} CHIP", chips(units.abs()));
    }
    for quoted in [&item.memo, &item.reason].into_iter().flatten() {
        let _ = write!(text, "  \"{}\"", plain(quoted));
    }
    if let Some(until) = item.until {
        let _ = write!(text, "  until {}", at(until));
    }
    if item.count > 1 {
        let _ = write!(text, ", {} times", item.count);
    }
    let about = item.lift.as_ref().or(item.request.as_ref()).or(item.entry.as_ref());
    let _ = write!(text, "  ({})", about.unwrap_or(&item.tally));
    text
}

fn what(kind: ActivityKind, who: &str) -> String {
    match kind {
        ActivityKind::ReviewAnswer => format!("{who} used your ticket: review and offer"),
        ActivityKind::ReviewOffer => format!("{who} offers a tally: review and answer"),
        ActivityKind::PayRequest => format!("{who} asks to be paid"),
        ActivityKind::Mismatch => format!("your copy and that of {who} do not match"),
        ActivityKind::CloseAsked => format!("{who} wants to close the tally"),
        ActivityKind::Called => format!("{who} asks you to settle up"),
        ActivityKind::OfferSent => format!("your offer to {who}"),
        ActivityKind::RequestSent => format!("your request to {who}"),
        ActivityKind::EntryQueued => format!("your entry for {who}"),
        ActivityKind::TicketShown => "a ticket of yours".to_owned(),
        ActivityKind::Contacted => format!("your first contact with {who}"),
        ActivityKind::TallyOpened => format!("the tally with {who} is in force"),
        ActivityKind::TallyRefused => format!("the tally with {who} was refused"),
        ActivityKind::TallyWithdrawn => format!("the offer between you and {who} was taken back"),
        ActivityKind::TallyClosed => format!("the tally with {who} is closed"),
        ActivityKind::Paid => format!("you paid {who}"),
        ActivityKind::Received => format!("{who} paid you"),
        ActivityKind::SettingsMine => format!("you changed your settings with {who}"),
        ActivityKind::SettingsTheirs => format!("{who} changed their settings"),
        ActivityKind::RequestRefused => format!("a request between you and {who} was refused"),
        ActivityKind::RequestPaid => format!("a request between you and {who} was paid"),
        ActivityKind::RequestRanOut => format!("a request between you and {who} ran out"),
        ActivityKind::RequestWithdrawn => format!("a request between you and {who} was taken back"),
        ActivityKind::EntryCancelled => format!("you took an entry for {who} back"),
        ActivityKind::DisputeBegan => format!("your copy and that of {who} were found not to match"),
        ActivityKind::DisputeEnded => format!("your copy and that of {who} match again"),
        ActivityKind::Cleared => "debts cancelled in circles".to_owned(),
        ActivityKind::PaidThrough => "you paid an invoice through the network".to_owned(),
        ActivityKind::ReceivedThrough => "an invoice of yours was paid through the network".to_owned(),
    }
}
