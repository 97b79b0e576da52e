//! The sign sheet in words, and the signature once the person agrees.

use std::fmt::Write as _;

use serde::Serialize;
use tallystick_node::view::{SignKind, SignPreview, Signed, Warning};

use crate::args::Agree;
use crate::fault::Fault;
use crate::hands::Hands;
use crate::request::Request;
use crate::say::Say;
use crate::words::{self, balance, chips, difference, plain, terms};

/// What came of a sheet.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Outcome {
    /// What was signed.
    pub(crate) signed: Signed,
    /// What the sheet said.
    pub(crate) preview: SignPreview,
    /// Whether the partner's wallet has it; absent if nobody waited for that.
    pub(crate) arrived: Option<bool>,
}

/// Shows the sheet, asks, and has it signed.
pub(crate) async fn sign(
    hands: &mut Hands,
    preview: SignPreview,
    agree: Agree,
    say: Say,
) -> Result<Outcome, Fault> {
    if !agree.yes || agree.show {
        say.aside(&sheet(&preview, agree.show));
    }
    if !agree.yes {
        say.agree("Sign?", "signed")?;
    }
    let signed = hands.ask(Request::Sign { preview: preview.id.clone() }).await?;
    Ok(Outcome { signed, preview, arrived: None })
}

/// What was signed, in a sentence.
pub(crate) fn signed(outcome: &Outcome, stay: bool) -> String {
    let who = plain(&outcome.preview.partner.name);
    let what = match (outcome.preview.kind, outcome.preview.units) {
        (SignKind::Offer, _) => format!("signed and offered to {who}"),
        (SignKind::Counter, _) => format!("signed, and sent back to {who} as changed"),
        (SignKind::Accept, _) => format!("signed: the tally with {who} is agreed"),
        (SignKind::Pay, units) => format!("signed: {} CHIP to {who}", chips(units.unwrap_or(0))),
        (SignKind::Settings, _) => "signed: the new settings".to_owned(),
        (SignKind::Close, _) => format!("signed: the tally with {who} is to close"),
        (SignKind::KeepOpen, _) => format!("signed: the tally with {who} is to stay open"),
        (SignKind::TakePart, _) => format!("signed: lifts may go over the tally with {who}"),
        (SignKind::TakeNoPart, _) => format!("signed: no lift goes over the tally with {who} any more"),
        (SignKind::Call, _) => format!("signed: {who} is asked to settle up"),
        (SignKind::Forgive, units) => format!("signed: {} CHIP forgiven", chips(units.unwrap_or(0))),
    };
    format!("{what}; {}", journey(outcome.arrived, stay))
}

/// How far a letter has come.
pub(crate) fn journey(arrived: Option<bool>, stay: bool) -> &'static str {
    match (arrived, stay) {
        (Some(true), _) => "their wallet has it",
        (Some(false), true) | (None, true) => "it is on its way",
        (Some(false), false) | (None, false) => "it leaves when the node runs",
    }
}

fn sheet(preview: &SignPreview, show: bool) -> String {
    let who = plain(&preview.partner.name);
    let mut text = match (preview.kind, preview.units) {
        (SignKind::Offer, _) => format!("You offer {who} a tally."),
        (SignKind::Counter, _) => format!("You change the tally and offer it to {who} like this."),
        (SignKind::Accept, _) => format!("You accept the tally that {who} offers."),
        (SignKind::Pay, units) => format!("You promise {who} {} CHIP.", chips(units.unwrap_or(0))),
        (SignKind::Settings, _) => format!("You set what clearing may do between you and {who}."),
        (SignKind::Close, _) => {
            format!("You ask to close the tally with {who}: from then on it only goes toward zero.")
        }
        (SignKind::KeepOpen, _) => format!("You take your wish to close the tally with {who} back."),
        (SignKind::TakePart, _) => {
            format!(
                "You let this wallet sign lifts over the tally with {who} by itself, within your settings."
            )
        }
        (SignKind::TakeNoPart, _) => format!("You let no lift go over the tally with {who} any more."),
        (SignKind::Call, _) => format!("You ask {who} to settle up."),
        (SignKind::Forgive, units) => format!("You forgive {who} {} CHIP.", chips(units.unwrap_or(0))),
    };
    let mut line = |name: &str, value: String| {
        let _ = write!(text, "\n  {name:<11} {value}");
    };
    if let Some(memo) = &preview.memo {
        line("memo", format!("\"{}\"", plain(memo)));
    }
    line("words", preview.partner.words.join(" "));
    if matches!(preview.kind, SignKind::Offer | SignKind::Counter | SignKind::Accept) {
        line("you grant", terms(&preview.my_terms));
        line("they grant", terms(&preview.their_terms));
    }
    if let Some(request) = &preview.answers {
        line("request", request.clone());
    }
    if let Some(change) = &preview.settings {
        line("settings", words::settings(&change.before));
        line("become", words::settings(&change.after));
    } else {
        line("before", balance(preview.before.balance));
        line("after", balance(preview.after.balance));
    }
    if let Some(limit) = preview.after.i_may_owe {
        line("limit", format!("you may owe up to {} CHIP", chips(limit)));
    }
    line("contract", format!("{} ({})", plain(&preview.contract_title), preview.contract_hash));
    for changed in &preview.differences {
        line("changed", difference(changed));
    }
    for warning in &preview.warnings {
        line("mind", caution(warning));
    }
    if show {
        let _ = write!(
            text,
            "\nExactly this is signed:\n{}\ndigest {}",
            plain(&preview.canonical),
            preview.digest
        );
    }
    text
}

fn caution(warning: &Warning) -> String {
    match warning {
        Warning::OverLimit { excess } => {
            format!("this is {} CHIP over their limit; they need not take it as payment", chips(*excess))
        }
        Warning::FirstPayment => "nothing was ever paid to them before".to_owned(),
        Warning::DiffersFromCode { claimed } => {
            format!("the code had said that you may owe up to {} CHIP", chips(*claimed))
        }
    }
}
