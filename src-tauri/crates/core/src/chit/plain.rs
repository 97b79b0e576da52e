//! A payment read where it lies, without making an object of it: for checking long chains.
//!
//! A ledger keeps a chit as JSON with its members in the order of their names. If nothing in that text could be written
//! in another way (no escapes, nothing beyond ASCII, no `ref`), then the bytes that were signed and hashed are pieces of
//! it. Whatever is not of this form is no worse for it: it has to be read as a [`ChitObject`](super::ChitObject).

use std::io::Write as _;

use crate::canonical::{self, MAX_INTEGER};
use crate::date::Date;
use crate::field::MAX_MEMO;
use crate::ids::{Digest, Half};
use crate::signature::{BadSignature, Signature, UserKey};
use crate::units::Units;

/// A signed payment, still in the text it was read from.
#[derive(Clone, Copy, Debug)]
pub struct Plain<'a> {
    text: &'a str,
    by: Half,
    date: &'a str,
    memo: Option<&'a str>,
    sign: &'a str,
    tally: &'a str,
    units: Units,
    uuid: &'a str,
    /// Where the member after `date`, or the object's next one, begins: at a comma.
    after_date: usize,
    /// The same for `memo`, or for `date` if there is none.
    after_memo: usize,
    /// The same for `sign`.
    after_sign: usize,
}

impl<'a> Plain<'a> {
    /// Reads it, if it is of the plain form: then [`ChitObject::parse`](super::ChitObject::parse) would read the same,
    /// unless [`date`](Self::date), which is read only when it is asked for, is no date.
    pub fn read(text: &'a str) -> Option<Self> {
        let mut rest = Rest { text, at: 0 };
        rest.skip("{\"by\":\"")?;
        let by = match rest.string()? {
            "stock" => Half::Stock,
            "foil" => Half::Foil,
            _ => return None,
        };
        rest.skip(",\"date\":\"")?;
        let date = rest.string()?;
        let after_date = rest.at;
        let memo = match rest.skip(",\"memo\":\"") {
            Some(()) => Some(rest.string().filter(|memo| memo.len() <= MAX_MEMO)?),
            None => None,
        };
        let after_memo = rest.at;
        rest.skip(",\"sign\":\"")?;
        let sign = rest.string().filter(|sign| sign.len() == SIGNATURE && sign.bytes().all(is_base64url))?;
        let after_sign = rest.at;
        rest.skip(",\"tally\":\"")?;
        let tally = rest.string().filter(|name| is_uuid(name))?;
        rest.skip(",\"type\":\"tran\",\"units\":")?;
        let units = rest.integer()?;
        rest.skip(",\"uuid\":\"")?;
        let uuid = rest.string().filter(|name| is_uuid(name))?;
        rest.skip("}")?;
        let ended = rest.at == text.len();
        ended.then_some(Self {
            text,
            by,
            date,
            memo,
            sign,
            tally,
            units,
            uuid,
            after_date,
            after_memo,
            after_sign,
        })
    }

    /// Who pledges the value, and signed.
    pub const fn by(&self) -> Half {
        self.by
    }

    /// The tally it belongs to.
    pub const fn tally(&self) -> &'a str {
        self.tally
    }

    /// Its name.
    pub const fn uuid(&self) -> &'a str {
        self.uuid
    }

    /// What is written on it.
    pub const fn memo(&self) -> Option<&'a str> {
        self.memo
    }

    /// When it was made; nothing if that is no date of the protocol.
    pub fn date(&self) -> Option<Date> {
        Date::parse(self.date).ok()
    }

    /// What it adds to the balance of the holder of a half.
    pub fn change_for(&self, mine: Half) -> Option<Units> {
        if self.by == mine { self.units.checked_neg() } else { Some(self.units) }
    }

    /// The chain hash at a place, after the chain hash before it. `room` is to work in.
    pub fn chain_hash(&self, index: u64, prior: &Digest, room: &mut Vec<u8>) -> Digest {
        let (date, memo) =
            (self.text.get(..self.after_date), self.text.get(self.after_date..self.after_memo));
        let rest = self.text.get(self.after_memo..);
        room.clear();
        room.extend_from_slice(date.unwrap_or_default().as_bytes());
        let written = write!(room, ",\"index\":{index}");
        room.extend_from_slice(memo.unwrap_or_default().as_bytes());
        let written = written.and_then(|()| write!(room, ",\"prior\":\"{prior}\""));
        debug_assert!(written.is_ok(), "writing to memory does not fail");
        room.extend_from_slice(rest.unwrap_or_default().as_bytes());
        canonical::sha256(room)
    }

    /// Checks the signature with the key of the pledging side, taken from the signed tally.
    ///
    /// # Errors
    /// [`BadSignature`] if it is not this key's.
    pub fn verify(&self, key: &UserKey) -> Result<(), BadSignature> {
        let signature: Signature = self.sign.parse().map_err(|_| BadSignature)?;
        let (before, behind) = (self.text.get(..self.after_memo), self.text.get(self.after_sign..));
        key.verify([before, behind].map(Option::unwrap_or_default).concat().as_bytes(), &signature)
    }
}

/// What was not read yet.
struct Rest<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Rest<'a> {
    fn skip(&mut self, wanted: &str) -> Option<()> {
        self.text.get(self.at..)?.starts_with(wanted).then(|| self.at += wanted.len())
    }

    /// Up to the closing quote, which is passed.
    fn string(&mut self) -> Option<&'a str> {
        let rest = self.text.get(self.at..)?;
        let end = rest.bytes().position(|byte| !matches!(byte, b' ' | b'!' | b'#'..=b'[' | b']'..=b'~'))?;
        let (string, quote) = rest.split_at_checked(end)?;
        self.at += end + 1;
        quote.starts_with('"').then_some(string)
    }

    fn integer(&mut self) -> Option<Units> {
        let rest = self.text.get(self.at..)?;
        let end = rest.bytes().position(|byte| !byte.is_ascii_digit())?;
        let digits = rest.get(..end).filter(|digits| !digits.starts_with('0'))?;
        let milli = digits.parse::<u64>().ok().filter(|milli| *milli <= MAX_INTEGER)?;
        self.at += end;
        Units::new(i64::try_from(milli).ok()?).ok()
    }
}

/// Lower case, with hyphens: its one written form.
fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => matches!(byte, b'0'..=b'9' | b'a'..=b'f'),
        })
}

fn is_base64url(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_'
}

/// Characters of a P-521 signature in base64url.
const SIGNATURE: usize = 176;

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use proptest::prelude::*;
    use serde_json::{Value, json};
    use uuid::Uuid;

    use super::*;
    use crate::cast::Person;
    use crate::chit::{ChitObject, ComposeChit, Kind};
    use crate::ids::{ChitId, TallyId};

    static ALICE: LazyLock<Person> = LazyLock::new(|| Person::new("Alice", 1));

    fn signed(
        kind: Kind,
        by: Half,
        milli: i64,
        memo: Option<String>,
        reference: Option<Value>,
    ) -> ChitObject {
        let units = if kind == Kind::Set { None } else { Units::new(milli).ok() };
        let chit = ChitObject::compose(
            kind,
            ComposeChit {
                uuid: ChitId::new(Uuid::from_u128(77)),
                tally: TallyId::new(Uuid::from_u128(5)),
                by,
                date: Date::from_millis(1_795_341_954_463 + milli),
                units,
                memo,
                reference,
            },
        )
        .unwrap();
        let signature = ALICE.sign(&chit.signing_bytes());
        chit.with_signature(signature)
    }

    fn assert_same(chit: &ChitObject, index: u64) {
        let text = chit.raw().to_string();
        let plain = Plain::read(&text).unwrap();
        let (prior, key) = (chit.digest(), ALICE.cert.key());
        assert_eq!(plain.chain_hash(index, &prior, &mut Vec::new()), chit.chain_hash(index, &prior));
        assert!(plain.verify(key).is_ok() && plain.verify(Person::new("Bob", 2).cert.key()).is_err());
        assert_eq!((plain.by(), plain.memo(), plain.date()), (chit.by(), chit.memo(), Some(chit.date())));
        assert_eq!((plain.uuid(), plain.tally()), (&*chit.uuid().to_string(), &*chit.tally().to_string()));
        for half in [Half::Stock, Half::Foil] {
            assert_eq!(plain.change_for(half), chit.change_for(half));
        }
    }

    #[test]
    fn an_ordinary_payment_is_plain() {
        for memo in [None, Some(String::new()), Some("bike tube: 2 x 3.50, {\"no\"}".replace('"', "'"))] {
            assert_same(&signed(Kind::Tran, Half::Foil, 12_345, memo, None), 1_000);
        }
    }

    #[test]
    fn what_could_be_written_otherwise_is_not_plain() {
        let tran =
            |memo: &str, reference| signed(Kind::Tran, Half::Stock, 1, Some(memo.to_owned()), reference);
        for chit in [
            tran("Öl", None),
            tran("a \"word\"", None),
            tran("a\\b", None),
            tran("a\u{7f}", None),
            tran("", Some(json!({"inv": 1}))),
            tran(&"x".repeat(MAX_MEMO), Some(json!(null))).with_digest(),
            signed(Kind::Set, Half::Stock, 1, None, Some(json!({"bound": 1}))),
        ] {
            assert!(Plain::read(&chit.raw().to_string()).is_none(), "{}", chit.raw());
        }
        let text = tran("x", None).raw().to_string();
        assert!(Plain::read(&text).is_some());
        for (from, to) in [
            ("\"units\":1", "\"units\":01"),
            ("\"units\":1", "\"units\":0"),
            ("\"units\":1", "\"units\":-1"),
            ("\"units\":1", "\"units\":9007199254740992"),
            ("\"stock\"", "\"stork\""),
            ("\"tran\"", "\"lift\""),
            ("\"memo\":\"x\"", "\"memo\":null"),
            ("\"memo\":\"x\",", "\"memo\":\"x\",\"more\":1,"),
            ("{\"by\"", "{ \"by\""),
            ("}", "} "),
        ] {
            assert!(Plain::read(&text.replacen(from, to, 1)).is_none(), "{from} -> {to}");
        }
        assert!(Plain::read(&text.replace("-0000-", "-000A-")).is_none());
    }

    proptest! {
        #[test]
        fn whatever_is_plain_is_hashed_and_checked_the_same(
            memo in proptest::option::of("[ -~]{0,40}"), milli in 1_i64..9_000_000_000, index in 1_u64..1_000_000,
        ) {
            let chit = signed(Kind::Tran, Half::Stock, milli, memo.clone(), None);
            if memo.is_none_or(|memo| !memo.contains(['"', '\\'])) {
                assert_same(&chit, index);
            } else {
                prop_assert!(Plain::read(&chit.raw().to_string()).is_none());
            }
        }

        #[test]
        fn altered_text_is_read_as_the_object_is_or_not_at_all(at in 0_usize..400, byte in 0_u8..128) {
            let mut text = signed(Kind::Tran, Half::Stock, 77, Some("bike tube".into()), None).raw().to_string();
            prop_assume!(at < text.len());
            text.replace_range(at..=at, &char::from(byte).to_string());
            if let Some(plain) = Plain::read(&text).filter(|plain| plain.date().is_some()) {
                let value = serde_json::from_str(&text).unwrap();
                // The last characters of base64 may carry bits that nobody reads.
                if let Ok(chit) = ChitObject::parse(value) {
                    let prior = chit.digest();
                    prop_assert_eq!(plain.chain_hash(3, &prior, &mut Vec::new()), chit.chain_hash(3, &prior));
                    prop_assert_eq!(plain.change_for(Half::Foil), chit.change_for(Half::Foil));
                }
            }
        }
    }
}
