//! The code card: every claim a code makes, and every check that can be done without sending anything.

use tallystick_core::code::{BadAmount, Code, Damage, Invoice, ReferencePay, Seal, inspect};
use tallystick_core::lift::{LiftInvoice, Stage};
use tallystick_core::words::fingerprint;
use tallystick_core::{AgentId, Chad, TokenText, Units};
use tallystick_store::{Rows, StoreError};

use super::{hex, words};
use crate::acts::Inspected;
use crate::acts::hand_over::look;
use crate::view::{Check, CheckName, CheckResult, CodeCard, CodeForm, CodeKind, CodeProblem, Failure};
use crate::wallet::Inner;

/// Of a code's text, so much is shown.
const SHOWN: usize = 500;

/// A ticket good for longer than this was made by a clock far ahead, or by nobody honest: thirty-one days.
const TOO_FAR: i64 = 31 * 24 * 3_600 * 1_000;

/// Links of the reference do not say when they end; two days is what it gives them.
const REFERENCE_TIME: i64 = 2 * 24 * 3_600 * 1_000;

/// Looks at a text. The second part is there when contact could be made.
pub(crate) fn code(
    inner: &Inner,
    rows: &Rows<'_>,
    text: &str,
) -> Result<(CodeCard, Option<Inspected>), StoreError> {
    let text = text.trim();
    let mut card = blank(text);
    match inspect(text) {
        Code::Ticket(ticket, seal) => {
            card.form = Some(CodeForm::Ours);
            let expires_at = i64::try_from(ticket.expires).unwrap_or(i64::MAX).saturating_mul(1_000);
            let claim = Claim {
                chad: ticket.chad,
                token: TokenText::from(&ticket.token),
                expires_at: Some(expires_at),
                bound: ticket.bound,
                name: ticket.name,
                alternatives: ticket.alternatives,
                limit: ticket.limit,
                seal,
            };
            return invitation(inner, rows, card, claim);
        }
        Code::ReferenceInvite(invite) => {
            card.form = Some(CodeForm::Reference);
            let claim = Claim {
                chad: invite.chad,
                token: invite.token,
                expires_at: invite.expires.map(|date| date.millis()),
                bound: None,
                name: None,
                limit: None,
                seal: Seal::Unchecked,
                alternatives: Vec::new(),
            };
            return invitation(inner, rows, card, claim);
        }
        Code::Invoice(invoice, seal) => invoice_card(inner, rows, &mut card, &invoice, seal)?,
        Code::LiftInvoice(invoice, _) => lift_card(inner, rows, &mut card, &invoice, text)?,
        Code::ReferencePay(pay) => pay_card(inner, rows, &mut card, pay)?,
        Code::Address(chad) => {
            card.kind = CodeKind::Address;
            card.form = Some(CodeForm::Ours);
            maker(&mut card, &chad);
            claims_of(inner, &mut card, &chad.agent(), Seal::Unchecked);
        }
        Code::KeyBackup => {
            card.kind = CodeKind::KeyBackup;
            // The text holds a sealed key: it is not even repeated on the screen.
            card.text = String::new();
            card.problem = Some(CodeProblem::KeyBackup);
        }
        Code::Foreign { hint, .. } => {
            use tallystick_core::code::Hint;
            card.problem = Some(match hint {
                Hint::Url => CodeProblem::ForeignLink,
                Hint::Script => CodeProblem::Script,
                Hint::Wifi => CodeProblem::Wifi,
                Hint::Barcode => CodeProblem::Barcode,
                Hint::Wallet => CodeProblem::OtherWallet,
                Hint::Other => CodeProblem::Foreign,
            });
        }
        Code::Damaged(damage) => {
            card.kind = CodeKind::Damaged;
            card.checks.push(check(CheckName::WellFormed, false));
            card.problem = Some(damage_problem(damage, text));
        }
        Code::TooNew => {
            card.kind = CodeKind::Damaged;
            card.problem = Some(CodeProblem::TooNew);
        }
    }
    Ok((card, None))
}

/// Looks at a frame of a code that moves.
pub(crate) fn hand_over(inner: &Inner, rows: &Rows<'_>, text: &str) -> Result<CodeCard, Failure> {
    look(inner, rows, text, blank(""))
}

/// What an invitation claims, whoever's form it is in.
struct Claim {
    chad: Chad,
    token: TokenText,
    /// Links of the reference do not say.
    expires_at: Option<i64>,
    bound: Option<AgentId>,
    name: Option<String>,
    limit: Option<Units>,
    seal: Seal,
    alternatives: Vec<(String, u16)>,
}

fn invitation(
    inner: &Inner,
    rows: &Rows<'_>,
    mut card: CodeCard,
    claim: Claim,
) -> Result<(CodeCard, Option<Inspected>), StoreError> {
    let now = inner.now();
    card.kind = CodeKind::Invitation;
    maker(&mut card, &claim.chad);
    card.name = claim.name.clone();
    card.limit = claim.limit.map(Units::milli);
    card.expires_at = claim.expires_at;
    let expires_at = claim.expires_at.unwrap_or_else(|| now.saturating_add(REFERENCE_TIME));
    let hash = claim.token.sha256();
    let own = claim.chad.agent() == inner.agent();
    let used_here = rows.contact_by_token(&hash)?.is_some();
    let for_me = claim.bound.is_none_or(|bound| bound == inner.agent());
    let expired = expires_at <= now;
    let too_far = expires_at > now.saturating_add(TOO_FAR);
    card.checks = vec![
        check(CheckName::WellFormed, true),
        unaltered(claim.seal),
        known(CheckName::NotExpired, claim.expires_at.map(|_| !expired)),
        known(CheckName::ClockFits, claim.expires_at.map(|_| !too_far)),
        check(CheckName::NotUsedHere, !used_here),
        check(CheckName::NotOwn, !own),
        check(CheckName::ForMe, for_me),
        check(CheckName::SealedToMaker, true),
    ];
    card.problem = if own {
        Some(match rows.ticket_by_token(&hash)? {
            Some(ticket) if ticket.spent.is_some() => CodeProblem::OwnUsed,
            Some(ticket) if ticket.revoked_at.is_some() => CodeProblem::OwnRevoked,
            Some(_) | None => CodeProblem::Own,
        })
    } else if used_here {
        Some(CodeProblem::UsedHere)
    } else if expired {
        Some(CodeProblem::Expired)
    } else if too_far {
        Some(CodeProblem::FromTheFuture)
    } else if !for_me {
        Some(CodeProblem::ForAnother)
    } else {
        None
    };
    let inspected = card.problem.is_none().then_some(Inspected {
        chad: claim.chad,
        token: claim.token,
        name: claim.name,
        limit: claim.limit,
        expires_at,
        seen_at: now,
        alternatives: claim.alternatives,
    });
    Ok((card, inspected))
}

fn invoice_card(
    inner: &Inner,
    rows: &Rows<'_>,
    card: &mut CodeCard,
    invoice: &Invoice,
    seal: Seal,
) -> Result<(), StoreError> {
    card.kind = CodeKind::PaymentRequest;
    card.form = Some(CodeForm::Ours);
    maker(card, &invoice.chad);
    card.units = Some(invoice.units.milli());
    card.memo = invoice.memo.clone();
    card.reference = invoice.id.clone();
    claims_of(inner, card, &invoice.chad.agent(), seal);
    for_partners(rows, card, invoice.chad.agent())
}

fn pay_card(
    inner: &Inner,
    rows: &Rows<'_>,
    card: &mut CodeCard,
    pay: ReferencePay,
) -> Result<(), StoreError> {
    card.kind = CodeKind::PaymentRequest;
    card.form = Some(CodeForm::Reference);
    card.units = pay.units.map(Units::milli);
    card.memo = pay.memo;
    card.reference = pay.reference.as_ref().map(reference);
    card.dated = pay.date.map(|date| date.millis());
    let print = fingerprint(&pay.agent);
    card.fingerprint = Some(hex(&print));
    card.words = Some(words(print));
    claims_of(inner, card, &pay.agent, Seal::Unchecked);
    for_partners(rows, card, pay.agent)
}

fn reference(reference: &serde_json::Value) -> String {
    match reference {
        serde_json::Value::String(text) => cut(text),
        other => cut(&other.to_string()),
    }
}

/// An invoice that anybody can pay to whom a way is found.
fn lift_card(
    inner: &Inner,
    rows: &Rows<'_>,
    card: &mut CodeCard,
    invoice: &LiftInvoice,
    text: &str,
) -> Result<(), StoreError> {
    let (now, own) = (inner.now(), invoice.payee().agent() == inner.agent());
    let expired = invoice.exp().millis() <= now;
    let before = rows.lifts_of_session(invoice.session())?;
    let used = before.iter().any(|lift| lift.record.stage() != Stage::Waived);
    card.kind = CodeKind::PaymentRequest;
    card.form = Some(if text.starts_with('{') { CodeForm::Reference } else { CodeForm::Ours });
    maker(card, invoice.payee());
    card.units = invoice.units().map(Units::milli);
    card.memo = invoice.memo().map(str::to_owned);
    card.reference = invoice.reference().map(reference);
    card.expires_at = Some(invoice.exp().millis());
    card.tally = tally_with(rows, invoice.payee().agent())?;
    card.checks = vec![
        check(CheckName::WellFormed, true),
        check(CheckName::Unaltered, true),
        check(CheckName::NotExpired, !expired),
        check(CheckName::NotUsedHere, !used),
        check(CheckName::NotOwn, !own),
    ];
    card.problem = if own {
        Some(CodeProblem::Own)
    } else if used {
        Some(CodeProblem::UsedHere)
    } else if expired {
        Some(CodeProblem::Expired)
    } else {
        None
    };
    card.pay = card.problem.is_none().then(|| text.to_owned());
    Ok(())
}

/// A request that only partners of its maker can pay: as any payment, over the tally they share.
fn for_partners(rows: &Rows<'_>, card: &mut CodeCard, agent: AgentId) -> Result<(), StoreError> {
    if card.problem == Some(CodeProblem::NotYetSupported) {
        card.tally = tally_with(rows, agent)?;
        card.problem = card.tally.is_none().then_some(CodeProblem::PartnersOnly);
    }
    Ok(())
}

fn tally_with(rows: &Rows<'_>, agent: AgentId) -> Result<Option<String>, StoreError> {
    Ok(rows.open_tallies(Some(agent))?.first().map(ToString::to_string))
}

/// Checks what is no invitation; nothing can be done with it yet, but by its maker nothing ever.
fn claims_of(inner: &Inner, card: &mut CodeCard, agent: &AgentId, seal: Seal) {
    let own = *agent == inner.agent();
    card.checks = vec![check(CheckName::WellFormed, true), unaltered(seal), check(CheckName::NotOwn, !own)];
    card.problem = Some(if own { CodeProblem::Own } else { CodeProblem::NotYetSupported });
}

pub(crate) fn maker(card: &mut CodeCard, chad: &Chad) {
    let print = fingerprint(&chad.agent());
    card.address = Some(chad.to_uri());
    card.fingerprint = Some(hex(&print));
    card.words = Some(words(print));
}

fn damage_problem(damage: Damage, text: &str) -> CodeProblem {
    // A code of ours that was cut has lost its checksum, or does not fit it any more.
    let ours = text.get(.."chip:".len()).is_some_and(|start| start.eq_ignore_ascii_case("chip:"));
    let unsealed = !text.contains("&c=");
    match damage {
        Damage::TooLong => CodeProblem::TooLong,
        Damage::Amount(
            BadAmount::Unreadable
            | BadAmount::Negative
            | BadAmount::Zero
            | BadAmount::TooLarge
            | BadAmount::TooFine,
        ) => CodeProblem::BadAmount,
        Damage::Cut => CodeProblem::Truncated,
        Damage::Altered => CodeProblem::Altered,
        _ if ours && unsealed => CodeProblem::Truncated,
        Damage::Limit => CodeProblem::BadAmount,
        _ => CodeProblem::Malformed,
    }
}

pub(crate) fn check(name: CheckName, good: bool) -> Check {
    Check { name, result: if good { CheckResult::Pass } else { CheckResult::Fail } }
}

fn unaltered(seal: Seal) -> Check {
    known(CheckName::Unaltered, (seal == Seal::Checked).then_some(true))
}

/// A check that may have had nothing to go by.
fn known(name: CheckName, good: Option<bool>) -> Check {
    good.map_or(Check { name, result: CheckResult::Unknown }, |good| check(name, good))
}

fn cut(text: &str) -> String {
    text.chars().take(SHOWN).collect()
}

fn blank(text: &str) -> CodeCard {
    CodeCard {
        inspection: None,
        kind: CodeKind::SomethingElse,
        text: cut(text),
        name: None,
        address: None,
        fingerprint: None,
        words: None,
        limit: None,
        units: None,
        memo: None,
        reference: None,
        pay: None,
        tally: None,
        dated: None,
        form: None,
        progress: None,
        brings: Vec::new(),
        expires_at: None,
        checks: Vec::new(),
        problem: None,
    }
}
