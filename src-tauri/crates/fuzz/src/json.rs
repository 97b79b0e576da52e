//! **Reading JSON, and its two canonical forms.** What the strict reader takes, an ordinary reader takes and reads the
//! same, so nothing is signed that others see otherwise; no key stands twice; and both forms read back as the value
//! they were made of, with the same digest. The other way round, whatever an ordinary reader takes and may be signed,
//! the strict one reads from its canonical form. The signing form is that of another implementation.

use std::collections::BTreeSet;
use std::fmt;

use serde_json::Value;
use tallystick_core::canonical::{self, MAX_DEPTH, parse_strict};

pub(crate) fn run(bytes: &[u8]) {
    if let Ok(value) = parse_strict(bytes) {
        let ordinary: Value = serde_json::from_slice(bytes).expect("what is strict is ordinary");
        assert_eq!(ordinary, value, "read otherwise than elsewhere");
        assert!(!repeats_a_key(bytes), "a repeated key was taken");
        assert!(depth(&value) <= MAX_DEPTH, "too deep");
        both_forms(&value);
    }
    if let Ok(value) = serde_json::from_slice::<Value>(bytes)
        && depth(&value) <= MAX_DEPTH
        && canonical::check(&value).is_ok()
    {
        both_forms(&value);
    }
}

/// Both forms of a value that may be signed.
fn both_forms(value: &Value) {
    let signing = canonical::signing(value).expect("it was checked");
    let hashing = canonical::hashing(value).expect("it was checked");
    let digest = canonical::digest(value).expect("it was checked");

    assert!(hashing.iter().all(|byte| (0x20..=0x7e).contains(byte)), "the hash form is printable ASCII");
    assert_eq!(signing, serde_json_canonicalizer::to_vec(value).expect("it was checked"), "not RFC 8785");
    for form in [&signing, &hashing] {
        let again = parse_strict(form).expect("a canonical form is strict");
        assert_eq!(again, *value, "a form reads back as something else");
        assert_eq!(canonical::signing(&again).as_ref(), Ok(&signing), "the signing form moves");
        assert_eq!(canonical::hashing(&again).as_ref(), Ok(&hashing), "the hash form moves");
        assert_eq!(canonical::digest(&again), Ok(digest), "the digest moves");
    }
    if signing.is_ascii() && !signing.contains(&0x7f) {
        assert_eq!(signing, hashing, "plain text has one form");
    }
}

fn depth(value: &Value) -> usize {
    match value {
        Value::Array(items) => 1 + items.iter().map(depth).max().unwrap_or(0),
        Value::Object(members) => 1 + members.values().map(depth).max().unwrap_or(0),
        _ => 0,
    }
}

/// Whether an object somewhere in this text names a key twice; an ordinary reader would keep the last.
fn repeats_a_key(bytes: &[u8]) -> bool {
    serde_json::from_slice::<Keys>(bytes).is_err()
}

/// Reads a value and fails at a repeated key.
struct Keys;

impl<'de> serde::Deserialize<'de> for Keys {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(Visit)
    }
}

struct Visit;

impl<'de> serde::de::Visitor<'de> for Visit {
    type Value = Keys;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value whose keys are all different")
    }

    fn visit_unit<E>(self) -> Result<Keys, E> {
        Ok(Keys)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Keys, E> {
        Ok(Keys)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Keys, E> {
        Ok(Keys)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Keys, E> {
        Ok(Keys)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Keys, E> {
        Ok(Keys)
    }

    fn visit_str<E>(self, _: &str) -> Result<Keys, E> {
        Ok(Keys)
    }

    fn visit_seq<A: serde::de::SeqAccess<'de>>(self, mut items: A) -> Result<Keys, A::Error> {
        while items.next_element::<Keys>()?.is_some() {}
        Ok(Keys)
    }

    fn visit_map<A: serde::de::MapAccess<'de>>(self, mut members: A) -> Result<Keys, A::Error> {
        let mut seen = BTreeSet::new();
        while let Some(key) = members.next_key::<String>()? {
            members.next_value::<Keys>()?;
            if !seen.insert(key) {
                return Err(serde::de::Error::custom("a repeated key"));
            }
        }
        Ok(Keys)
    }
}
