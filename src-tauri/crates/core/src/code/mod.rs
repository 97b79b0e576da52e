//! Codes that people scan, paste or are sent: claims by strangers, read strictly and acted on by nobody here
//! (protocol.md 11).

mod invoice;
mod reference;
#[cfg(test)]
mod tests;

use crate::chad::{Chad, SCHEME};
use crate::lift::LiftInvoice;
use crate::link::Link;
use crate::ticket::Ticket;

pub use invoice::Invoice;
pub(crate) use invoice::milli;
pub use reference::{ReferenceInvite, ReferencePay};

/// What a code turned out to be.
#[derive(Clone, Debug, PartialEq)]
pub enum Code {
    /// A ticket in our form.
    Ticket(Ticket, Seal),
    /// An invitation in the reference's form.
    ReferenceInvite(ReferenceInvite),
    /// A request for payment in our form.
    Invoice(Invoice, Seal),
    /// A request for payment that anybody can pay to whom a way is found, in our form or in the reference's.
    LiftInvoice(Box<LiftInvoice>, Seal),
    /// A request for payment in the reference's form.
    ReferencePay(ReferencePay),
    /// Somebody's address and nothing more.
    Address(Chad),
    /// Somebody's encrypted keys: to be imported on purpose, never by scanning.
    KeyBackup,
    /// Nothing of ours.
    Foreign {
        /// What it says, cut to [`MAX_FOREIGN`] characters.
        text: String,
        /// What it looks like.
        hint: Hint,
    },
    /// One of ours, but something is wrong with it.
    Damaged(Damage),
    /// One of ours, but of a kind that only later versions know.
    TooNew,
}

/// Whether a code carries a checksum that fits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seal {
    /// It does: no slip has altered it.
    Checked,
    /// It has none: another program wrote it, or its end is missing.
    Unchecked,
}

/// What a code that is none of ours looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hint {
    /// A link to somewhere on the web. It is never opened.
    Url,
    /// A link that would run a program: `javascript:`, `data:`, `file:` and their like.
    Script,
    /// The key of a wireless network.
    Wifi,
    /// The number of a product.
    Barcode,
    /// An address or a bill of another kind of money.
    Wallet,
    /// Anything else.
    Other,
}

/// What is wrong with a code of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Damage {
    /// Longer than [`MAX_CODE`] bytes.
    #[error("the code is too long")]
    TooLong,
    /// Its checksum does not fit: it was altered.
    #[error("the code was altered")]
    Altered,
    /// It is shorter than its checksum says: its end is missing.
    #[error("the end of the code is missing")]
    Cut,
    /// Not put together as such a code is.
    #[error("the code is not put together rightly")]
    Form,
    /// A broken escape inside.
    #[error("the code has a broken escape")]
    Escape,
    /// The same parameter twice.
    #[error("the code says something twice")]
    Repeated,
    /// JSON that cannot be read, or can be read in two ways.
    #[error("the code's json cannot be read")]
    Json,
    /// The agent id is missing or cut.
    #[error("the code's agent is wrong")]
    Agent,
    /// The user's name is missing or impossible.
    #[error("the code's user is wrong")]
    User,
    /// The host or port is missing or impossible.
    #[error("the code's host or port is wrong")]
    Place,
    /// The token is missing or cut.
    #[error("the ticket's token is wrong")]
    Token,
    /// The time of expiry is missing or impossible.
    #[error("the ticket's expiry is wrong")]
    Expiry,
    /// The agent it is bound to is impossible.
    #[error("whom the ticket is for is wrong")]
    Bound,
    /// Another place it names is impossible, or there are too many.
    #[error("the ticket's other places are wrong")]
    Alternative,
    /// The name to show is empty or too long.
    #[error("the name in the code is wrong")]
    Name,
    /// The limit to show is no amount.
    #[error("the limit in the code is wrong")]
    Limit,
    /// The memo is too long.
    #[error("the memo in the code is too long")]
    Memo,
    /// The reference is too large or no JSON.
    #[error("the reference in the code is wrong")]
    Reference,
    /// The invoice's id is empty or too long.
    #[error("the invoice's id is wrong")]
    InvoiceId,
    /// The date is impossible.
    #[error("the date in the code is wrong")]
    Date,
    /// The amount is wrong.
    #[error("the amount in the code is wrong")]
    Amount(BadAmount),
}

/// What is wrong with an amount.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadAmount {
    /// No number at all.
    Unreadable,
    /// Below zero.
    Negative,
    /// Nothing.
    Zero,
    /// Beyond 2^53−1 milli-CHIPs.
    TooLarge,
    /// Finer than the smallest unit: decimals where milli-CHIPs are counted, or more than three of CHIPs.
    TooFine,
}

/// Says what a code is. Nothing is opened, sent or believed.
pub fn inspect(text: &str) -> Code {
    let text = text.trim();
    if text.len() > MAX_CODE {
        return Code::Damaged(Damage::TooLong);
    }
    let read = if has_prefix(text, SCHEME) {
        inspect_link(&format!("{SCHEME}{}", text.get(SCHEME.len()..).unwrap_or_default()))
    } else if has_prefix(text, "chip:") {
        Err(Damage::Form)
    } else if text.starts_with('{') {
        reference::inspect_json(text).unwrap_or_else(|| Ok(foreign(text)))
    } else {
        reference::inspect_url(text).unwrap_or_else(|| Ok(foreign(text)))
    };
    read.unwrap_or_else(Code::Damaged)
}

fn inspect_link(text: &str) -> Result<Code, Damage> {
    let link = Link::parse(text)?;
    let version = link.one("v").unwrap_or("1");
    match (version, link.one("ticket"), link.one("pay")) {
        ("1", Some(_), Some(_)) => Err(Damage::Form),
        ("1", Some(_), None) => Ok(Code::Ticket(Ticket::from_link(&link)?, link.seal())),
        ("1", None, Some(_)) if LiftInvoice::is_in(&link) => {
            Ok(Code::LiftInvoice(Box::new(LiftInvoice::from_link(&link)?), link.seal()))
        }
        ("1", None, Some(_)) => Ok(Code::Invoice(Invoice::from_link(&link)?, link.seal())),
        ("1", None, None) if link.is_bare() => Ok(Code::Address(link.chad().clone())),
        ("1", None, None) => inspect_kindless(&link),
        _ => Ok(Code::TooNew),
    }
}

/// A link that says neither `ticket` nor `pay`: cut short, or of a kind this version does not know.
fn inspect_kindless(link: &Link) -> Result<Code, Damage> {
    if link.one("exp").is_some() {
        Err(Damage::Token)
    } else if link.one("inv").is_some() || link.one("memo").is_some() {
        Err(Damage::Amount(BadAmount::Unreadable))
    } else {
        Ok(Code::TooNew)
    }
}

fn foreign(text: &str) -> Code {
    let hint = if has_prefix(text, "http://") || has_prefix(text, "https://") {
        Hint::Url
    } else if has_prefix(text, "wifi:") {
        Hint::Wifi
    } else if ["javascript:", "data:", "vbscript:", "file:", "blob:"]
        .iter()
        .any(|scheme| has_prefix(text, scheme))
    {
        Hint::Script
    } else if (6..=14).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit()) {
        Hint::Barcode
    } else if OTHER_MONEY.iter().any(|start| has_prefix(text, start)) {
        Hint::Wallet
    } else {
        Hint::Other
    };
    Code::Foreign { text: text.chars().take(MAX_FOREIGN).collect(), hint }
}

fn has_prefix(text: &str, prefix: &str) -> bool {
    text.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix))
}

/// More than the largest QR code holds; a pasted blob beyond it is no code.
pub const MAX_CODE: usize = 4000;

/// How codes of other kinds of money begin: their schemes, and the bare addresses that stand for themselves.
const OTHER_MONEY: [&str; 15] = [
    "bitcoin:",
    "bc1q",
    "bc1p",
    "lightning:",
    "lnbc",
    "lnurl1",
    "ethereum:",
    "litecoin:",
    "monero:",
    "dogecoin:",
    "solana:",
    "cashuA",
    "upi:",
    "BCD\n",
    "BCD\r",
];

/// As much of somebody else's code as is worth showing, in characters.
pub const MAX_FOREIGN: usize = 200;
