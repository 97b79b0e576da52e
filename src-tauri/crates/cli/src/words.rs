//! What people read. Names, notes and memos are quoted and stripped of what could play tricks on a terminal.

mod activity;
mod deal;
mod doors;
mod entries;
mod lift;
mod reach;

use std::fmt::Write as _;

use tallystick_core::{Date, Units};
use tallystick_node::view::{
    Check, CheckName, CheckResult, CodeCard, CodeKind, CodeProblem, ConnectionView, Copies, CopiesState,
    IdentityView, Milli, Millis, PhaseView, TallyRow, TallyView, TermsView, TicketState, TicketView,
};

use crate::request::{Status, Verified};

pub(crate) use activity::activity;
pub(crate) use deal::{contract_line, difference, field, identity_card, lines, repair};
pub(crate) use doors::doors;
pub(crate) use entries::{history, request_line, settings, settings_page};
pub(crate) use lift::{idle, invoice, invoice_line, lift, lift_choices, lift_line, lift_stats, payment};
pub(crate) use reach::reach;

/// An amount.
pub(crate) fn chips(milli: Milli) -> String {
    Units::new(milli).map_or_else(|_| format!("{milli} milli"), Units::to_chips)
}

/// An instant.
pub(crate) fn at(millis: Millis) -> String {
    let date = Date::from_millis(millis).to_string();
    format!("{} UTC", date.get(..16).unwrap_or(&date).replace('T', " "))
}

/// Somebody's words, made harmless.
pub(crate) fn plain(text: &str) -> String {
    let hidden =
        |c: char| matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    text.chars().map(|c| if c.is_control() || hidden(c) { char::REPLACEMENT_CHARACTER } else { c }).collect()
}

/// So many of something.
pub(crate) fn count(many: usize, one: &str, more: &str) -> String {
    format!("{many} {}", if many == 1 { one } else { more })
}

/// A balance in words.
pub(crate) fn balance(milli: Milli) -> String {
    match milli {
        0 => "settled".to_owned(),
        owed if owed > 0 => format!("they owe you {} CHIP", chips(owed)),
        owing => format!("you owe {} CHIP", chips(-owing)),
    }
}

/// Who this wallet is.
pub(crate) fn identity(identity: &IdentityView) -> String {
    let words = identity.words.join(" ");
    format!("{}\n  address  {}\n  words    {words}", plain(&identity.name), plain(&identity.address))
}

/// The first line of a run.
pub(crate) fn ready(identity: &IdentityView, connection: &ConnectionView) -> String {
    match &connection.listening {
        Some(address) => format!("ready: {} takes calls at {address}", plain(&identity.name)),
        None => format!("ready: {} only calls", plain(&identity.name)),
    }
}

/// Who and how reachable.
pub(crate) fn status(status: &Status) -> String {
    let connection = &status.connection;
    let state = reach::verdict(connection.reach);
    let mut text = identity(&status.identity);
    let _ = write!(text, "\n  network  {state}");
    if let Some(address) = &connection.listening {
        let _ = write!(text, " ({address})");
    }
    let _ = write!(
        text,
        "\n  links    {} open, {} to be delivered",
        connection.links,
        count(usize::try_from(connection.waiting).unwrap_or(usize::MAX), "letter", "letters")
    );
    if let Some(clock) = connection.clock {
        let minutes = clock.behind.unsigned_abs() / 60_000;
        let way = if clock.behind > 0 { "behind" } else { "ahead of" };
        let _ = write!(text, "\n  clock    {minutes} minutes {way} the clocks of partners: is it right?");
    }
    text
}

/// What a check found.
pub(crate) fn verified(verified: &Verified) -> String {
    let many = |number: u64, one, more| count(usize::try_from(number).unwrap_or(usize::MAX), one, more);
    format!(
        "everything holds: {}, {}, {}, {}",
        many(verified.tallies, "tally", "tallies"),
        many(verified.chits, "chit", "chits"),
        many(verified.signatures, "signature", "signatures"),
        many(verified.hashes, "hash", "hashes")
    )
}

/// A ticket, its code too.
pub(crate) fn ticket(ticket: &TicketView) -> String {
    let mut text = ticket_line(ticket);
    let _ = write!(text, "\n  tally    {}\n  terms    {}", ticket.tally, terms(&ticket.terms));
    let _ = write!(text, "\n  words    {}", ticket.words.join(" "));
    if let Some(only) = &ticket.only_for {
        let _ = write!(text, "\n  only for {}", plain(only));
    }
    if ticket.uses > 1 {
        let _ = write!(text, "\n  used     {} of {} times", ticket.used, ticket.uses);
    }
    if let Some(note) = &ticket.note {
        let _ = write!(text, "\n  note     {}", plain(note));
    }
    if let Some(link) = &ticket.link {
        let _ = write!(text, "\n\n{link}");
    }
    text
}

/// A ticket in one line.
pub(crate) fn ticket_line(ticket: &TicketView) -> String {
    let state = match (ticket.state, &ticket.used_by) {
        (TicketState::Live, _) if ticket.uses > 1 => {
            format!("live until {}, used {} of {} times", at(ticket.expires_at), ticket.used, ticket.uses)
        }
        (TicketState::Live, _) => format!("live until {}", at(ticket.expires_at)),
        (TicketState::Used, _) if ticket.uses > 1 => format!("used all {} times", ticket.uses),
        (TicketState::Used, Some(person)) => format!("used by {}", plain(&person.name)),
        (TicketState::Used, None) => "used".to_owned(),
        (TicketState::Revoked, _) => "revoked".to_owned(),
        (TicketState::Expired, _) => format!("ran out {}", at(ticket.expires_at)),
    };
    format!("{}  {state}", ticket.id)
}

/// What one side grants.
pub(crate) fn terms(terms: &TermsView) -> String {
    let limit = match terms.limit {
        Some(limit) => format!("up to {} CHIP", chips(limit)),
        None => "no limit".to_owned(),
    };
    match terms.notice_days {
        Some(days) => {
            format!("{limit}, {} notice", count(usize::try_from(days).unwrap_or(0), "day's", "days'"))
        }
        None => limit,
    }
}

/// A code, looked at.
pub(crate) fn card(card: &CodeCard) -> String {
    let kind = match card.kind {
        CodeKind::Invitation => "an invitation",
        CodeKind::PaymentRequest => "a request for payment",
        CodeKind::Address => "an address",
        CodeKind::KeyBackup => "a key backup",
        CodeKind::HandOver => "a part of something handed over",
        CodeKind::Damaged => "a damaged code",
        CodeKind::SomethingElse => "something else",
    };
    let mut text = format!("This is {kind}. All it says is a claim.");
    let mut line = |name: &str, value: String| {
        let _ = write!(text, "\n  {name:<8} {value}");
    };
    if let Some(name) = &card.name {
        line("from", plain(name));
    }
    if let Some(address) = &card.address {
        line("address", plain(address));
    }
    if let Some(words) = &card.words {
        line("words", words.join(" "));
    }
    if let Some(limit) = card.limit {
        line("limit", format!("you may owe up to {} CHIP", chips(limit)));
    }
    if let Some(units) = card.units {
        line("amount", format!("{} CHIP", chips(units)));
    }
    for (name, value) in [("for", &card.memo), ("number", &card.reference)] {
        if let Some(value) = value {
            line(name, plain(value));
        }
    }
    if let Some(dated) = card.dated {
        line("made", at(dated));
    }
    if let Some(expires) = card.expires_at {
        line("good", format!("until {}", at(expires)));
    }
    for check in &card.checks {
        line("check", checked(*check).to_owned());
    }
    if let Some(found) = card.problem {
        line("problem", problem(found).to_owned());
    }
    text
}

fn checked(check: Check) -> &'static str {
    match (check.name, check.result) {
        (CheckName::WellFormed, CheckResult::Pass) => "all its parts are in order",
        (CheckName::WellFormed, _) => "its parts are not in order",
        (CheckName::Unaltered, CheckResult::Pass) => "its checksum fits",
        (CheckName::Unaltered, CheckResult::Fail) => "its checksum does not fit",
        (CheckName::Unaltered, CheckResult::Unknown) => "it has no checksum",
        (CheckName::NotExpired, CheckResult::Pass) => "it is still good",
        (CheckName::NotExpired, CheckResult::Fail) => "its time has run out",
        (CheckName::NotExpired, CheckResult::Unknown) => "it does not say until when it is good",
        (CheckName::ClockFits, CheckResult::Pass) => "its time makes sense",
        (CheckName::ClockFits, CheckResult::Fail) => "its time lies too far ahead",
        (CheckName::ClockFits, CheckResult::Unknown) => "it names no time to compare with the clock",
        (CheckName::NotUsedHere, CheckResult::Pass) => "it was not used here before",
        (CheckName::NotUsedHere, _) => "it was used here before",
        (CheckName::NotOwn, CheckResult::Pass) => "it is somebody else's",
        (CheckName::NotOwn, _) => "it is our own",
        (CheckName::ForMe, CheckResult::Pass) => "it is for anyone, or for us",
        (CheckName::ForMe, _) => "it is for somebody else",
        (CheckName::SealedToMaker, CheckResult::Pass) => "only its maker can answer",
        (CheckName::SealedToMaker, _) => "others than its maker might answer",
    }
}

/// Why a code cannot be used.
pub(crate) fn problem(problem: CodeProblem) -> &'static str {
    match problem {
        CodeProblem::Truncated => "the code is cut off: parts of it are missing",
        CodeProblem::Altered => "the code was altered: its checksum does not fit",
        CodeProblem::Malformed => "the code is damaged: a part of it is not what it must be",
        CodeProblem::Expired => "the code's time has run out",
        CodeProblem::FromTheFuture => "the code is good for longer than any code may be: a clock is wrong",
        CodeProblem::UsedHere => "this wallet has used the code before",
        CodeProblem::Own => "this is our own ticket: it is for somebody else",
        CodeProblem::OwnUsed => "this is our own ticket, and somebody has used it",
        CodeProblem::OwnRevoked => "this is our own ticket, and it was taken back",
        CodeProblem::ForAnother => "the code is for somebody else",
        CodeProblem::BadAmount => "the code names an amount that is none",
        CodeProblem::TooLong => "the code is longer than any of ours",
        CodeProblem::TooNew => "the code was made by a newer program",
        CodeProblem::KeyBackup => "this is a key backup: keys are never taken from a code",
        CodeProblem::ForeignLink => "this is a link of another program, which is never opened",
        CodeProblem::Script => "this is a link that would run something, and was left alone",
        CodeProblem::Wifi => "this is the password of a wireless network",
        CodeProblem::Barcode => "this is the number of a product",
        CodeProblem::OtherWallet => "this is for a wallet of another kind of money",
        CodeProblem::Foreign => "this is no code of ours",
        CodeProblem::PartnersOnly => "only a partner of its maker can pay this, and we are none",
        CodeProblem::NotYetSupported => "this version cannot act on such a code yet",
    }
}

/// A tally in one line.
pub(crate) fn tally_line(row: &TallyRow) -> String {
    let who = row.partner.as_ref().map_or_else(|| "(nobody yet)".to_owned(), |person| plain(&person.name));
    let mut text = format!("{}  {who:<20}  {:<28}  {}", row.id, phase(row.phase), balance(row.balance));
    if row.waiting != 0 {
        let _ = write!(text, ", {} CHIP on its way", chips(-row.waiting));
    }
    if let Some(what) = &row.unreadable {
        let _ = write!(text, "  (details unreadable: {what})");
    }
    text
}

fn phase(phase: PhaseView) -> &'static str {
    match phase {
        PhaseView::Draft => "draft",
        PhaseView::Contacted => "waiting for their offer",
        PhaseView::PartnerDraft => "answered: yours to offer",
        PhaseView::Offering => "offer on its way",
        PhaseView::Offered => "offered: their turn",
        PhaseView::OfferedToUs => "offered to you: your turn",
        PhaseView::Accepting => "accepted, on its way",
        PhaseView::Open => "open",
        PhaseView::Closing => "closing",
        PhaseView::Closed => "closed",
        PhaseView::Void => "void",
    }
}

/// A tally.
pub(crate) fn tally(view: &TallyView) -> String {
    let mut text = tally_line(&view.row);
    let mut line = |name: &str, value: String| {
        let _ = write!(text, "\n  {name:<11} {value}");
    };
    line("my half", view.my_half.clone());
    line("I grant", terms(&view.my_terms));
    line("they grant", terms(&view.their_terms));
    if let Some(title) = &view.contract_title {
        line("contract", plain(title));
    }
    if let Some(memo) = &view.memo {
        line("memo", format!("\"{}\"", plain(memo)));
    }
    if let Some(talk) = &view.negotiation {
        line("offer", deal::talk(talk));
    }
    if let Some(card) = &view.their_card {
        for told in [&card.email, &card.phone, &card.place].into_iter().flatten() {
            line("they say", plain(told));
        }
    }
    if !view.disclosed.is_empty() {
        line(
            "they know",
            format!("your {}", view.disclosed.iter().map(|one| field(*one)).collect::<Vec<_>>().join(", ")),
        );
    }
    line("copies", copies(view.row.copies));
    if let Some(dispute) = &view.dispute {
        line("dispute", deal::dispute(dispute));
    }
    if let Some(digest) = &view.proof.digest {
        line("digest", digest.clone());
    }
    if let Some(hash) = &view.proof.head_hash {
        line("chain", format!("{} at {}", hash, view.proof.head));
    }
    if let Some(reason) = &view.reason {
        line("reason", plain(reason));
    }
    if let Some(closing) = view.closing {
        let wish = match (closing.by_me, closing.by_them) {
            (true, true) => "both of you want to close",
            (true, false) => "you want to close",
            (false, _) => "they want to close",
        };
        line("closing", format!("{wish}; {} CHIP to go", chips(closing.rest)));
    }
    text
}

pub(crate) fn copies(copies: Copies) -> String {
    match copies.state {
        CopiesState::Match => "both copies match".to_owned(),
        CopiesState::CatchingUp => format!("{} entries not yet known to match", copies.behind),
        CopiesState::NotYet => "nothing to compare yet".to_owned(),
        CopiesState::Mismatch => "the copies do not match".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_cannot_play_tricks_on_a_terminal() {
        assert_eq!(plain("Ana\x1b[2J\u{202e}zur\r\n"), "Ana\u{fffd}[2J\u{fffd}zur\u{fffd}\u{fffd}");
        assert_eq!(plain("Zoë 李雷"), "Zoë 李雷");
    }

    #[test]
    fn balances_say_who_owes() {
        assert_eq!(balance(12_500), "they owe you 12.500 CHIP");
        assert_eq!(balance(-12_500), "you owe 12.500 CHIP");
        assert_eq!(balance(0), "settled");
    }
}
