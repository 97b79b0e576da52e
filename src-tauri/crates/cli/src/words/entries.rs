//! Entries, requests and settings in words.

use std::fmt::Write as _;

use tallystick_node::view::{
    Direction, EntryKind, EntryStage, EntryView, HistoryPage, RequestState, RequestView, SettingsPage,
    SettingsView,
};

use super::{at, chips, count, plain};

/// Entries.
pub(crate) fn history(page: &HistoryPage) -> String {
    let many = |number: u64| count(usize::try_from(number).unwrap_or(usize::MAX), "entry", "entries");
    let mut text = many(page.total);
    if page.hidden != 0 {
        let sum = if page.hidden_sum < 0 { "you" } else { "them" };
        let _ = write!(
            text,
            ", {} of them hidden, which add {} CHIP to what is owed by {sum}",
            page.hidden,
            chips(page.hidden_sum.abs())
        );
    }
    for entry in &page.entries {
        let _ = write!(text, "\n{}", entry_line(entry));
    }
    if let Some(next) = page.next {
        let _ = write!(text, "\n(older ones: --before {next})");
    }
    for entry in &page.cancelled {
        let _ = write!(text, "\ntaken back {}  {} CHIP", at(entry.cancelled_at), chips(entry.units));
    }
    text
}

fn entry_line(entry: &EntryView) -> String {
    let direction = match entry.direction {
        Direction::TowardMe => "to you",
        Direction::TowardThem => "to them",
    };
    let what = match (entry.kind, entry.direction) {
        (EntryKind::Settings, Direction::TowardThem) => "your settings".to_owned(),
        (EntryKind::Settings, Direction::TowardMe) => "their settings".to_owned(),
        (EntryKind::Payment | EntryKind::Clearing, _) => format!("{} CHIP {direction}", chips(entry.units)),
    };
    let stage = match entry.stage {
        EntryStage::Signed => "signed",
        EntryStage::Delivered => "delivered",
        EntryStage::Accepted => "accepted",
        EntryStage::Matched => "matched",
    };
    let memo = entry.memo.as_deref().map(|memo| format!("  \"{}\"", plain(memo))).unwrap_or_default();
    format!("{:>4}  {}  {what}  {stage}{memo}", entry.index, at(entry.at))
}

/// A request in one line.
pub(crate) fn request_line(request: &RequestView) -> String {
    let who = plain(&request.partner.name);
    let amount = chips(request.units);
    let what = match request.mine {
        true => format!("you ask {who} for {amount} CHIP"),
        false => format!("{who} asks you for {amount} CHIP"),
    };
    let state = match (request.state, request.until) {
        (RequestState::Waiting, Some(until)) => format!("waiting until {}", at(until)),
        (RequestState::Waiting, None) => "waiting".to_owned(),
        (RequestState::Paid, _) => "paid".to_owned(),
        (RequestState::Refused, _) => "refused".to_owned(),
        (RequestState::RanOut, _) => "ran out".to_owned(),
        (RequestState::Withdrawn, _) => "taken back".to_owned(),
    };
    let quoted = |text: &Option<String>| {
        text.as_deref().map(|text| format!("  \"{}\"", plain(text))).unwrap_or_default()
    };
    format!("{}  {what}{}  {state}{}", request.id, quoted(&request.memo), quoted(&request.reason))
}

/// The settings of both sides.
pub(crate) fn settings_page(page: &SettingsPage) -> String {
    let mut text = format!("you    {}\nthey   {}", settings(&page.mine), settings(&page.theirs));
    if !page.charges_applied {
        text.push_str("\ncharges are signed and kept; no clearing applies them yet");
    }
    text
}

/// The settings of one side.
pub(crate) fn settings(settings: &SettingsView) -> String {
    let mut text = format!(
        "hold {} CHIP, at most {}, charge {} % to take and {} % to let go",
        chips(settings.target),
        chips(settings.bound),
        percent(settings.reward_ppm),
        percent(settings.clutch_ppm)
    );
    if let Some(call) = settings.call {
        let _ = write!(text, ", settle by {}", at(call));
    }
    if settings.close {
        text.push_str(", close");
    }
    if settings.pending {
        text.push_str(" (on its way)");
    }
    text
}

/// Millionths in per cent.
fn percent(millionths: i32) -> String {
    let size = millionths.unsigned_abs();
    let sign = if millionths < 0 { "-" } else { "" };
    let decimals = format!("{:04}", size % 10_000);
    let decimals = decimals.trim_end_matches('0');
    let dot = if decimals.is_empty() { "" } else { "." };
    format!("{sign}{}{dot}{decimals}", size / 10_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn charges_are_written_to_the_last_decimal() {
        for (millionths, text) in
            [(25_000, "2.5"), (-2_500, "-0.25"), (1_000_000, "100"), (1, "0.0001"), (0, "0")]
        {
            assert_eq!(percent(millionths), text);
        }
    }
}
