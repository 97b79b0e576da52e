//! A request for payment in our own form.

use crate::chad::Chad;
use crate::code::{BadAmount, Damage};
use crate::field::is_memo;
use crate::link::{self, Link};
use crate::percent;
use crate::units::Units;

/// A request for payment, shown by whoever wants to be paid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invoice {
    /// Who is to be paid.
    pub chad: Chad,
    /// How much.
    pub units: Units,
    /// What for.
    pub memo: Option<String>,
    /// The payee's own name for it.
    pub id: Option<String>,
    /// What else it says: the members that lifts need, in order.
    pub extra: Vec<(String, String)>,
}

impl Invoice {
    /// The link of protocol.md 11, with a checksum in it.
    pub fn to_link(&self) -> String {
        let needed = format!("{}?pay={}", self.chad.to_uri(), self.units.milli());
        let mut rest = String::new();
        let own = [("memo", self.memo.as_ref()), ("inv", self.id.as_ref())];
        let own = own.into_iter().filter_map(|(key, value)| value.map(|value| (key, value)));
        let extra = self.extra.iter().map(|(key, value)| (key.as_str(), value));
        for (key, value) in own.chain(extra) {
            for part in ["&", key, "=", &percent::encode(value)] {
                rest.push_str(part);
            }
        }
        link::seal(&needed, &rest)
    }

    pub(crate) fn from_link(link: &Link) -> Result<Self, Damage> {
        let units = milli(link.one("pay").unwrap_or_default()).map_err(Damage::Amount)?;
        let memo = link.one("memo").map(str::to_owned);
        let id = link.one("inv").map(str::to_owned);
        if memo.as_ref().is_some_and(|memo| !is_memo(memo)) {
            return Err(Damage::Memo);
        }
        if id.as_ref().is_some_and(|id| id.is_empty() || id.chars().count() > MAX_ID) {
            return Err(Damage::InvoiceId);
        }
        Ok(Self {
            chad: link.chad().clone(),
            units,
            memo,
            id,
            extra: link.others(&["pay", "memo", "inv", "c", "v"]),
        })
    }
}

/// Reads an amount in milli-CHIPs: decimal digits and nothing else.
pub(crate) fn milli(text: &str) -> Result<Units, BadAmount> {
    let amount = decimal(text)?;
    if amount.fraction.is_some() {
        return Err(BadAmount::TooFine);
    }
    let milli = amount.whole.parse::<i64>().map_err(|_| BadAmount::TooLarge)?;
    above_zero(Units::new(milli).map_err(|_| BadAmount::TooLarge)?)
}

/// Reads an amount in CHIPs with at most three decimals.
pub(super) fn chips(text: &str) -> Result<Units, BadAmount> {
    let amount = decimal(text)?;
    if amount.fraction.is_some_and(|fraction| fraction.len() > 3) {
        return Err(BadAmount::TooFine);
    }
    above_zero(Units::parse_chips(text).map_err(|_| BadAmount::TooLarge)?)
}

pub(super) fn above_zero(units: Units) -> Result<Units, BadAmount> {
    if units.is_positive() { Ok(units) } else { Err(BadAmount::Zero) }
}

struct Decimal<'a> {
    whole: &'a str,
    fraction: Option<&'a str>,
}

fn decimal(text: &str) -> Result<Decimal<'_>, BadAmount> {
    let (unsigned, negative) = text.strip_prefix('-').map_or((text, false), |rest| (rest, true));
    let (whole, fraction) = unsigned.split_once('.').map_or((unsigned, None), |(w, f)| (w, Some(f)));
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(whole) || fraction.is_some_and(|fraction| !digits(fraction)) {
        return Err(BadAmount::Unreadable);
    }
    if negative { Err(BadAmount::Negative) } else { Ok(Decimal { whole, fraction }) }
}

/// The longest id a payee may give an invoice, in characters.
const MAX_ID: usize = 64;
