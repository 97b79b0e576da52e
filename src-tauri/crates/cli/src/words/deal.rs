//! What people read about offers, contracts and cards.

use std::fmt::Write as _;

use tallystick_node::view::{
    Card, CardField, ContractView, Difference, DifferenceField, DisputeKind, DisputeView, NegotiationView,
    Repair, RepairState, Turn, Whose,
};

use super::{at, chips, count, plain};

/// One thing that differs, in a line.
pub(crate) fn difference(difference: &Difference) -> String {
    let whose = match difference.whose {
        Whose::Mine => "yours",
        Whose::Theirs => "theirs",
        Whose::Both => "both",
    };
    let limit =
        |units: Option<i64>| units.map_or("no limit".to_owned(), |units| format!("{} CHIP", chips(units)));
    let days = |days: Option<u32>| match days {
        Some(days) => count(usize::try_from(days).unwrap_or(usize::MAX), "day", "days"),
        None => "none".to_owned(),
    };
    let text = |text: &Option<String>| {
        text.as_deref().map_or("none".to_owned(), |text| format!("\"{}\"", plain(text)))
    };
    let (what, old, new) = match difference.field {
        DifferenceField::Limit => ("limit", limit(difference.old_units), limit(difference.new_units)),
        DifferenceField::Notice => ("notice", days(difference.old_days), days(difference.new_days)),
        DifferenceField::Memo => ("memo", text(&difference.old_text), text(&difference.new_text)),
        DifferenceField::Contract => ("contract", text(&difference.old_text), text(&difference.new_text)),
        DifferenceField::Card => return format!("card ({whose}): says something else"),
        DifferenceField::Other => return format!("terms ({whose}): something this program has no word for"),
    };
    format!("{what} ({whose}): {old} -> {new}")
}

/// How far the talk has come.
pub(super) fn talk(talk: &NegotiationView) -> String {
    let turn = match talk.turn {
        Turn::Mine => "your turn",
        Turn::Theirs if talk.revising => "they are changing it",
        Turn::Theirs => "their turn",
        Turn::None => "nobody's turn",
    };
    let mut text = format!("version {}, {turn}", talk.revision);
    if !talk.differences.is_empty() {
        let changes = count(talk.differences.len(), "change", "changes");
        let _ = write!(text, ", {changes} (see `tally differences`)");
    }
    text
}

/// What came of a repair.
pub(crate) fn repair(repair: &Repair) -> String {
    match repair.state {
        RepairState::Whole => format!("nothing is wrong with our copy; entries: {}", repair.sound),
        RepairState::Mending => format!(
            "our copy is damaged after {}; the rest is asked for from their wallet ({} of ours and theirs kept, {} unreadable)",
            count(usize::try_from(repair.sound).unwrap_or(usize::MAX), "entry", "entries"),
            repair.kept,
            repair.unreadable
        ),
        RepairState::AgreementDamaged => {
            "the agreement itself is damaged here; nothing can be told from its entries, and nothing was touched. \
             A backup, or their copy of it, is needed"
                .to_owned()
        }
    }
}

/// What keeps the copies apart.
pub(super) fn dispute(dispute: &DisputeView) -> String {
    let what = match dispute.kind {
        DisputeKind::Chain => "their chain says something else",
        DisputeKind::Conflict => "one entry came with two contents",
        DisputeKind::Waived => "they gave a lift up in writing, and show it as good all the same",
        DisputeKind::Damaged => "our copy was damaged on this disk and is being repaired from theirs",
    };
    let pieces = count(usize::try_from(dispute.evidence).unwrap_or(usize::MAX), "piece", "pieces");
    format!(
        "{what} at {}, since {}; {pieces} of evidence (see `tally evidence`)",
        dispute.index,
        at(dispute.since)
    )
}

/// A contract in one line.
pub(crate) fn contract_line(contract: &ContractView) -> String {
    let from = if contract.builtin { "came with the program" } else { "brought in" };
    format!("{}  {}  ({from})", contract.hash, plain(&contract.title))
}

/// A text of several lines, made harmless.
pub(crate) fn lines(text: &str) -> String {
    text.lines().map(plain).collect::<Vec<_>>().join("\n")
}

/// An identity card.
pub(crate) fn identity_card(card: &Card) -> String {
    let mut text = plain(&card.name);
    for (name, value) in [("email", &card.email), ("phone", &card.phone), ("place", &card.place)] {
        let _ = write!(text, "\n  {name:<8} {}", value.as_deref().map_or("-".to_owned(), plain));
    }
    text
}

/// A field of our card.
pub(crate) const fn field(field: CardField) -> &'static str {
    match field {
        CardField::Email => "email",
        CardField::Phone => "phone",
        CardField::Place => "place",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_difference_says_what_it_was_and_what_it_is() {
        let blank = Difference {
            field: DifferenceField::Limit,
            whose: Whose::Mine,
            old_units: Some(20_000),
            new_units: None,
            old_days: None,
            new_days: Some(1),
            old_text: None,
            new_text: Some("\u{202e}x".to_owned()),
        };
        assert_eq!(difference(&blank), "limit (yours): 20.000 CHIP -> no limit");
        let notice = Difference { field: DifferenceField::Notice, whose: Whose::Theirs, ..blank.clone() };
        assert_eq!(difference(&notice), "notice (theirs): none -> 1 day");
        let memo = Difference { field: DifferenceField::Memo, whose: Whose::Both, ..blank };
        assert_eq!(difference(&memo), "memo (both): none -> \"\u{fffd}x\"");
    }
}
