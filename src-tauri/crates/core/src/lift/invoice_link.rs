//! An invoice that strangers can pay, as a link: short enough for a code that a camera reads at once (protocol.md 11).
//!
//! The link holds what the signed object is made of, and nothing else: whoever reads it puts the same object together
//! again, and the signature says whether that came out right.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::code::{BadAmount, Damage};
use crate::date::Date;
use crate::lift::delegation::referees_value;
use crate::lift::invoice::{BadInvoice, LiftInvoice};
use crate::lift::object::RefereeAddress;
use crate::link::{self, Link};
use crate::percent;
use crate::units::Units;

impl LiftInvoice {
    /// The link; nothing for one with members that no link has a place for.
    pub fn to_link(&self) -> Option<String> {
        let amount = self.units().map_or_else(|| OPEN.to_owned(), |units| units.milli().to_string());
        let mut needed = format!("{}?{PAY}={amount}", self.payee().to_uri());
        let mut put = |key: &str, value: &str| {
            needed.extend(["&", key, "=", &percent::encode(value)]);
        };
        put(SESSION, &URL_SAFE_NO_PAD.encode(self.session().as_bytes()));
        put(EXPIRY, &self.exp().millis().to_string());
        put(DATE, &self.raw().get("date").and_then(Value::as_str).and_then(millis)?.to_string());
        put(CLAIM, &self.claim().to_string());
        for referee in self.referees() {
            put(REFEREE, &self.referee_text(referee));
        }
        if let Some(memo) = self.memo() {
            put(MEMO, memo);
        }
        match self.reference() {
            Some(Value::String(text)) => put(REFERENCE, text),
            Some(_) => return None,
            None => {}
        }
        put(SIGNATURE, self.raw().pointer("/l1/sign").and_then(Value::as_str)?);
        let text = link::seal(&needed, "");
        let same = Link::parse(&text).and_then(|link| Self::from_link(&link)).is_ok_and(|read| read == *self);
        same.then_some(text)
    }

    /// Whether a link is one of these, and not an invoice for partners only.
    pub(crate) fn is_in(link: &Link) -> bool {
        link.one(SESSION).is_some()
    }

    /// Reads the link.
    pub(crate) fn from_link(link: &Link) -> Result<Self, Damage> {
        let mut pay = Map::new();
        pay.insert("chad".to_owned(), link.chad().to_value());
        let date = number(link.one(DATE)).ok_or(Damage::Date)?;
        pay.insert("date".to_owned(), Value::from(Date::from_millis(date).to_string()));
        let amount = link.one(PAY).unwrap_or_default();
        if amount != OPEN {
            pay.insert("units".to_owned(), Value::from(milli(amount).map_err(Damage::Amount)?.milli()));
        }
        for (key, name) in [(MEMO, "memo"), (REFERENCE, "ref")] {
            if let Some(text) = link.one(key) {
                pay.insert(name.to_owned(), Value::from(text));
            }
        }
        let session = link.one(SESSION).and_then(|text| URL_SAFE_NO_PAD.decode(text).ok());
        let session = session.and_then(|bytes| Uuid::from_slice(&bytes).ok()).ok_or(Damage::InvoiceId)?;
        let exp = number(link.one(EXPIRY)).ok_or(Damage::Expiry)?;
        let referees = link.all(REFEREE).map(|text| referee(link, text)).collect::<Option<Vec<_>>>();
        let ours = json!({
            "v": 1,
            "claim": link.one(CLAIM).unwrap_or_default(),
            "refs": referees_value(&referees.ok_or(Damage::Place)?),
            "sid": session.to_string(),
            "exp": Date::from_millis(exp).to_string(),
            "sign": link.one(SIGNATURE).unwrap_or_default(),
        });
        pay.insert("l1".to_owned(), ours);
        Self::parse(Value::Object(pay)).map_err(|bad| match bad {
            // Everything in a link is signed: what was altered shows in the signature alone.
            BadInvoice::Altered => Damage::Altered,
            BadInvoice::Field(field) if field.0 == "memo" => Damage::Memo,
            BadInvoice::Form | BadInvoice::Field(_) | BadInvoice::PartnersOnly => Damage::Form,
        })
    }

    /// Who is paid is named once: a referee that is the same agent needs no key, at the same place no place either.
    fn referee_text(&self, referee: &RefereeAddress) -> String {
        let payee = self.payee();
        let key = if referee.key.agent() == payee.agent() { String::new() } else { referee.key.to_string() };
        if (referee.host.as_str(), referee.port) == (payee.host(), payee.port()) {
            return key;
        }
        format!("{key}@{}:{}", referee.host, referee.port)
    }
}

fn referee(link: &Link, text: &str) -> Option<RefereeAddress> {
    let (key, place) = text.split_once('@').map_or((text, None), |(key, place)| (key, Some(place)));
    let key = if key.is_empty() { link.chad().agent().into() } else { key.parse().ok()? };
    let (host, port) = match place {
        None => (link.chad().host().to_owned(), link.chad().port()),
        Some(place) => {
            let (host, port) = place.rsplit_once(':')?;
            (host.to_owned(), port.parse().ok()?)
        }
    };
    Some(RefereeAddress { key, host, port })
}

fn millis(text: &str) -> Option<i64> {
    Date::parse_lenient(text).ok().map(Date::millis)
}

fn number(text: Option<&str>) -> Option<i64> {
    text.and_then(link::plain_number).and_then(|number| i64::try_from(number).ok())
}

fn milli(text: &str) -> Result<Units, BadAmount> {
    crate::code::milli(text)
}

const PAY: &str = "pay";
const MEMO: &str = "memo";
const REFERENCE: &str = "inv";
const SESSION: &str = "sid";
const EXPIRY: &str = "exp";
const DATE: &str = "at";
const CLAIM: &str = "claim";
const REFEREE: &str = "ref";
const SIGNATURE: &str = "sig";

/// In the place of an amount: the payer chooses.
const OPEN: &str = "open";

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use crate::chad::Chad;
    use crate::code::{Code, Damage, Seal, inspect};
    use crate::lift::{ComposeInvoice, LiftSecret};

    use super::*;

    fn invoice(
        units: Option<i64>,
        memo: Option<&str>,
        reference: Option<Value>,
        strangers: bool,
    ) -> LiftInvoice {
        let key = |seed: u8| LiftSecret::from_seed([seed; 32]);
        let referee = |seed, host: &str| RefereeAddress {
            key: crate::lift::Signer::key(&key(seed), crate::lift::Purpose::Referee),
            host: host.to_owned(),
            port: 65_430,
        };
        let agent = referee(7, "").key.agent();
        let mut referees = vec![referee(7, "192.0.2.1")];
        if strangers {
            referees.extend([referee(7, "fe80::7"), referee(8, "referee.example")]);
        }
        let parts = ComposeInvoice {
            payee: Chad::new("cleo", agent, "192.0.2.1", 65_430).unwrap(),
            units: units.map(|units| Units::new(units).unwrap()),
            memo: memo.map(str::to_owned),
            reference,
            date: Date::from_millis(1_790_000_000_123),
            referees,
            session: Uuid::from_bytes([9; 16]),
            exp: Date::from_millis(1_790_000_900_123),
        };
        LiftInvoice::sign(parts, &key(7)).unwrap()
    }

    #[test]
    fn an_invoice_survives_its_link() {
        for (units, memo, reference, strangers) in [
            (Some(12_500), Some("Brot & Käse, 2 €"), Some(Value::from("R-7")), true),
            (None, None, None, false),
        ] {
            let invoice = invoice(units, memo, reference, strangers);
            let link = invoice.to_link().expect("a link");
            let Code::LiftInvoice(read, Seal::Checked) = inspect(&link) else { panic!("{link}") };
            assert_eq!(*read, invoice);
            assert!(link.len() < 700, "{}: {link}", link.len());
        }
        let plain = invoice(Some(12_500), Some("bread"), None, false).to_link().expect("a link");
        assert!(plain.len() <= 350, "{}: {plain}", plain.len());
    }

    #[test]
    fn what_no_link_has_a_place_for_stays_json() {
        assert_eq!(invoice(Some(1), None, Some(json!({"order": 7})), false).to_link(), None);
    }

    #[test]
    fn an_altered_link_is_found_even_with_a_checksum_that_fits() {
        let link = invoice(Some(12_500), Some("bread"), None, true).to_link().expect("a link");
        assert_eq!(inspect(&link.replace("pay=12500", "pay=12501")), Code::Damaged(Damage::Altered));
        let forged = link.rsplit_once("&c=").expect("a seal").0.replace("pay=12500", "pay=125");
        assert_eq!(inspect(&link::seal(&forged, "")), Code::Damaged(Damage::Altered));
        let open = link.rsplit_once("&c=").expect("a seal").0.replace("pay=12500", "pay=open");
        assert_eq!(inspect(&link::seal(&open, "")), Code::Damaged(Damage::Altered));
    }

    #[test]
    fn the_json_of_an_invoice_is_the_same_code() {
        let invoice = invoice(Some(12_500), None, None, true);
        let json = json!({ "pay": invoice.raw() }).to_string();
        assert_eq!(inspect(&json), Code::LiftInvoice(Box::new(invoice), Seal::Unchecked));
    }

    proptest! {
        #[test]
        fn no_cut_and_no_slip_goes_unnoticed(at in 0_usize..330, byte in 0x21_u8..0x7f) {
            let invoice = invoice(Some(12_500), Some("bread"), None, false);
            let link = invoice.to_link().expect("a link");
            let at = at.min(link.len() - 1);
            if let Some(cut) = link.get(..at) {
                match inspect(cut) {
                    // Only the checksum is gone: everything else is signed, and all there.
                    Code::LiftInvoice(read, Seal::Unchecked) => prop_assert_eq!(*read, invoice),
                    other => prop_assert!(!matches!(other, Code::LiftInvoice(..))),
                }
            }
            let mut bytes = link.clone().into_bytes();
            bytes[at] = byte;
            let slip = String::from_utf8(bytes).expect("ASCII");
            // Large letters in `chip` are no slip: it is read either way.
            let scheme = slip.get(.."chip".len()).map(str::to_ascii_lowercase).unwrap_or_default();
            if scheme + slip.get("chip".len()..).unwrap_or_default() != link {
                prop_assert!(!matches!(inspect(&slip), Code::LiftInvoice(_, Seal::Checked)));
            }
        }
    }
}
