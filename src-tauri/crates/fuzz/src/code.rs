//! **Whatever somebody scans or pastes.** The same code with space around it is the same; nothing foreign is shown
//! beyond its limit, and nothing longer than a code is read; what is ours is written again as a link that reads the
//! same; amounts are above nothing, and what would run or open something is never one of ours.

use tallystick_core::code::{self, Code, Damage, Invoice, MAX_CODE, MAX_FOREIGN, Seal};
use tallystick_core::{Chad, MAX_MEMO};

pub(crate) fn run(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let code = code::inspect(text);

    assert_eq!(code::inspect(&format!(" \n{text}\t ")), code, "space around a code changes it");
    let trimmed = text.trim();
    if trimmed.len() > MAX_CODE {
        assert_eq!(code, Code::Damaged(Damage::TooLong));
    }
    let lower = trimmed.to_ascii_lowercase();
    let runs = ["javascript:", "data:", "vbscript:", "file:", "blob:"]
        .iter()
        .any(|scheme| lower.starts_with(scheme));
    assert!(
        !runs || matches!(code, Code::Foreign { .. } | Code::Damaged(Damage::TooLong)),
        "a program passes for a code: {text}"
    );
    match code {
        Code::Foreign { text, .. } => assert!(text.chars().count() <= MAX_FOREIGN),
        Code::Address(chad) => {
            assert_eq!(code::inspect(&chad.to_uri()), Code::Address(chad.clone()));
            assert_eq!(Chad::from_value(&chad.to_value()), Ok(chad));
        }
        Code::Invoice(invoice, _) => check_invoice(&invoice),
        Code::LiftInvoice(invoice, _) => {
            assert!(invoice.units().is_none_or(|units| units.is_positive()));
            if let Some(link) = invoice.to_link().filter(|link| link.len() <= MAX_CODE) {
                assert_eq!(code::inspect(&link), Code::LiftInvoice(invoice, Seal::Checked), "{link}");
            }
        }
        Code::ReferencePay(pay) => assert!(pay.units.is_none_or(|units| units.is_positive())),
        Code::Ticket(ticket, _) => {
            let link = ticket.to_link();
            assert!(link.len() > MAX_CODE || code::inspect(&link) == Code::Ticket(ticket, Seal::Checked));
        }
        Code::ReferenceInvite(_) | Code::KeyBackup | Code::Damaged(_) | Code::TooNew => {}
    }
}

fn check_invoice(invoice: &Invoice) {
    assert!(invoice.units.is_positive(), "an invoice over nothing");
    assert!(invoice.memo.as_ref().is_none_or(|memo| memo.chars().count() <= MAX_MEMO));
    let link = invoice.to_link();
    if link.len() <= MAX_CODE {
        assert_eq!(code::inspect(&link), Code::Invoice(invoice.clone(), Seal::Checked), "{link}");
    }
}
