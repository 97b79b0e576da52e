//! Canonical JSON: one value, two byte forms (protocol.md 5).
//!
//! The **signing form** is what signatures cover: keys sorted by UTF-16 code units, UTF-8, JavaScript's escapes. The
//! **hash form** is what digests and chain hashes cover: keys sorted by code point, everything outside printable ASCII
//! as `\uXXXX`. They differ only in text that is not ASCII, and mixing them up breaks every check on such text.

use std::fmt::Write as _;

use aws_lc_rs::digest::{SHA256, digest as sha};
use serde_json::{Map, Number, Value};

use crate::ids::Digest;

pub use crate::strict::{MAX_DEPTH, ParseError, parse_strict};

/// A number that has no agreed text: `1.0`, `-0`, too large, with more than six decimals, or with decimals and more
/// than fifteen digits (protocol.md 5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a number that two implementations could write differently")]
pub struct NotCanonical;

/// The bytes that signatures cover.
///
/// # Errors
/// [`NotCanonical`] if a number inside has no agreed text.
pub fn signing(value: &Value) -> Result<Vec<u8>, NotCanonical> {
    check(value)?;
    Ok(signing_of_checked(value))
}

/// The bytes that hashes cover.
///
/// # Errors
/// [`NotCanonical`] if a number inside has no agreed text.
pub fn hashing(value: &Value) -> Result<Vec<u8>, NotCanonical> {
    check(value)?;
    Ok(hashing_of_checked(value))
}

/// SHA-256 over the hash form.
///
/// # Errors
/// [`NotCanonical`] if a number inside has no agreed text.
pub fn digest(value: &Value) -> Result<Digest, NotCanonical> {
    hashing(value).map(|bytes| sha256(&bytes))
}

/// Whether every number inside may be signed and hashed.
///
/// # Errors
/// [`NotCanonical`] for the first that may not.
pub fn check(value: &Value) -> Result<(), NotCanonical> {
    match value {
        Value::Number(number) => check_number(number),
        Value::Array(items) => items.iter().try_for_each(check),
        Value::Object(members) => members.values().try_for_each(check),
        Value::Null | Value::Bool(_) | Value::String(_) => Ok(()),
    }
}

/// The signing form of a value that passed [`check`].
pub(crate) fn signing_of_checked(value: &Value) -> Vec<u8> {
    let mut out = String::with_capacity(TYPICAL);
    write_value(&mut out, value, Form::Signing);
    out.into_bytes()
}

/// The hash form of a value that passed [`check`].
pub(crate) fn hashing_of_checked(value: &Value) -> Vec<u8> {
    let mut out = String::with_capacity(TYPICAL);
    write_value(&mut out, value, Form::Hashing);
    out.into_bytes()
}

/// The signing form of the object with these members, in the order of their names, all ASCII and all checked.
pub(crate) fn signing_of_members<'a>(members: impl Iterator<Item = (&'static str, &'a Value)>) -> Vec<u8> {
    let mut out = String::with_capacity(TYPICAL);
    write_sorted(&mut out, members, Form::Signing);
    out.into_bytes()
}

/// The hash form of the object with these members, in the order of their names, all ASCII and all checked.
pub(crate) fn hashing_of_members<'a>(members: impl Iterator<Item = (&'static str, &'a Value)>) -> Vec<u8> {
    let mut out = String::with_capacity(TYPICAL);
    write_sorted(&mut out, members, Form::Hashing);
    out.into_bytes()
}

/// SHA-256 of bytes, as a digest.
pub(crate) fn sha256(bytes: &[u8]) -> Digest {
    let hash = sha(&SHA256, bytes);
    let mut out = [0; 32];
    out.copy_from_slice(hash.as_ref());
    Digest::from_bytes(out)
}

/// Whether decimal text of a non-integer stays within the digits that may be written.
pub(crate) fn few_decimals(text: &str) -> bool {
    let digits = text.bytes().filter(u8::is_ascii_digit).skip_while(|digit| *digit == b'0').count();
    digits <= MAX_DIGITS && text.split_once('.').is_some_and(|(_, decimals)| decimals.len() <= MAX_DECIMALS)
}

/// 2^53−1, the largest integer on the wire.
pub(crate) const MAX_INTEGER: u64 = (1 << 53) - 1;

fn check_number(number: &Number) -> Result<(), NotCanonical> {
    let small =
        number.as_u64().or_else(|| number.as_i64().map(i64::unsigned_abs)).is_some_and(|n| n <= MAX_INTEGER);
    let decimal =
        number.is_f64() && number.as_f64().is_some_and(|n| n.fract() != 0.0 && few_decimals(&n.to_string()));
    if small || decimal { Ok(()) } else { Err(NotCanonical) }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Signing,
    Hashing,
}

fn write_value(out: &mut String, value: &Value, form: Form) {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(true) => out.push_str("true"),
        Value::Bool(false) => out.push_str("false"),
        Value::Number(number) => write_number(out, number),
        Value::String(text) => write_text(out, text, form),
        Value::Array(items) => {
            out.push('[');
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                write_value(out, item, form);
            }
            out.push(']');
        }
        Value::Object(members) => write_members(out, members, form),
    }
}

fn write_members(out: &mut String, members: &Map<String, Value>, form: Form) {
    let members = members.iter().map(|(key, value)| (key.as_str(), value));
    // The map is sorted by code point already; UTF-16 order differs only once a key leaves ASCII.
    if form == Form::Signing && members.clone().any(|(key, _)| !key.is_ascii()) {
        let mut sorted: Vec<_> = members.collect();
        sorted.sort_by(|(a, _), (b, _)| a.encode_utf16().cmp(b.encode_utf16()));
        return write_sorted(out, sorted.into_iter(), form);
    }
    write_sorted(out, members, form);
}

fn write_sorted<'k, 'v>(out: &mut String, members: impl Iterator<Item = (&'k str, &'v Value)>, form: Form) {
    out.push('{');
    for (at, (key, value)) in members.enumerate() {
        if at > 0 {
            out.push(',');
        }
        write_text(out, key, form);
        out.push(':');
        write_value(out, value, form);
    }
    out.push('}');
}

fn write_number(out: &mut String, number: &Number) {
    let written = match number.as_f64().filter(|_| number.is_f64()) {
        // Display of a double is its shortest decimal, without exponent: JavaScript's text for all that `check` admits.
        Some(decimal) => write!(out, "{decimal}"),
        None => write!(out, "{number}"),
    };
    debug_assert!(written.is_ok(), "writing to a string does not fail");
}

fn write_text(out: &mut String, text: &str, form: Form) {
    out.push('"');
    let mut rest = text;
    // Most text is plain: taken over in runs, and looked at by the character only where it is not.
    while let Some(at) =
        rest.bytes().position(|byte| !matches!(byte, b' '..=b'~') || matches!(byte, b'"' | b'\\'))
    {
        let (plain, special) = rest.split_at(at);
        out.push_str(plain);
        let mut chars = special.chars();
        match chars.next().unwrap_or_default() {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            char if form == Form::Hashing || char < ' ' => write_escaped(out, char),
            char => out.push(char),
        }
        rest = chars.as_str();
    }
    out.push_str(rest);
    out.push('"');
}

fn write_escaped(out: &mut String, char: char) {
    for unit in char.encode_utf16(&mut [0; 2]) {
        let written = write!(out, "\\u{unit:04x}");
        debug_assert!(written.is_ok(), "writing to a string does not fail");
    }
}

/// Decimals of `reward` and `clutch`, the finest numbers of the protocol.
const MAX_DECIMALS: usize = 6;

/// Digits that a double always keeps. With more, two texts may be as near to the same number, and implementations
/// differ on which is its shortest: `1456783456786789.25` ends in `.2` for some and in `.3` for others.
const MAX_DIGITS: usize = 15;

/// A chit fits, a tally grows once.
const TYPICAL: usize = 1024;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn text(bytes: Result<Vec<u8>, NotCanonical>) -> String {
        String::from_utf8(bytes.unwrap()).unwrap()
    }

    #[test]
    fn the_two_forms_differ_only_beyond_ascii() {
        let value = json!({"memo": "é\u{1d11e}\u{2028}\u{7f}\u{1}/\"\\\t", "a": [1, null, true]});

        assert_eq!(
            text(signing(&value)),
            "{\"a\":[1,null,true],\"memo\":\"é\u{1d11e}\u{2028}\u{7f}\\u0001/\\\"\\\\\\t\"}"
        );
        assert_eq!(
            text(hashing(&value)),
            r#"{"a":[1,null,true],"memo":"\u00e9\ud834\udd1e\u2028\u007f\u0001/\"\\\t"}"#
        );
    }

    #[test]
    fn keys_beyond_the_first_plane_sort_differently() {
        let value = json!({"\u{1d11e}": 1, "\u{fb01}": 2});

        assert_eq!(text(signing(&value)), "{\"\u{1d11e}\":1,\"\u{fb01}\":2}");
        assert_eq!(text(hashing(&value)), r#"{"\ufb01":2,"\ud834\udd1e":1}"#);
    }

    #[test]
    fn numbers_without_agreed_text_are_refused() {
        for number in [
            "1.0",
            "-0.0",
            "9007199254740992",
            "-9007199254740992",
            "1e300",
            "0.0000001",
            "1.5e300",
            "1456783456786789.25",
            "-1234567890.123456",
            "18446744073709551615",
        ] {
            let value: Value = serde_json::from_str(&format!("{{\"a\":[{number}]}}")).unwrap();
            assert_eq!(signing(&value), Err(NotCanonical), "{number}");
            assert_eq!(digest(&value), Err(NotCanonical), "{number}");
        }
    }

    #[test]
    fn numbers_of_the_protocol_are_written_as_they_stand() {
        for number in [
            "0",
            "-1",
            "9007199254740991",
            "-9007199254740991",
            "0.04",
            "0.000001",
            "-0.5",
            "123456789.125",
            "123456789.123456",
        ] {
            let value: Value = serde_json::from_str(number).unwrap();
            assert_eq!(text(signing(&value)), number);
            assert_eq!(text(hashing(&value)), number);
        }
    }

    fn arb_value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i32>().prop_map(Value::from),
            any::<String>().prop_map(Value::from),
            (-999_999_i64..999_999).prop_map(|n| json!(format!("{n}.5").parse::<f64>().unwrap())),
        ];
        leaf.prop_recursive(4, 32, 5, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
                prop::collection::btree_map(any::<String>(), inner, 0..5)
                    .prop_map(|members| Value::Object(members.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn the_signing_form_is_that_of_rfc_8785(value in arb_value()) {
            prop_assert_eq!(signing(&value).unwrap(), serde_json_canonicalizer::to_vec(&value).unwrap());
        }

        #[test]
        fn both_forms_read_back_as_the_same_value(value in arb_value()) {
            prop_assert_eq!(&parse_strict(&signing(&value).unwrap()).unwrap(), &value);
            prop_assert_eq!(&parse_strict(&hashing(&value).unwrap()).unwrap(), &value);
            prop_assert!(hashing(&value).unwrap().is_ascii());
        }
    }
}
