//! Signed and hashed forms of raw objects, made with the wallet's own canonical JSON and nothing else of it.

use aws_lc_rs::signature::{ED25519, UnparsedPublicKey};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};
use tallystick_core::{Signature, UserKey, canonical};

/// SHA-256 over the hash form, as text.
pub(super) fn digest(value: &Value) -> Option<String> {
    canonical::digest(value).ok().map(|digest| digest.to_string())
}

/// The tally without `sign`.
pub(super) fn unsigned(tally: &Value) -> Value {
    let mut members = tally.as_object().cloned().unwrap_or_default();
    members.remove("sign");
    Value::Object(members)
}

/// The promise of a chit: what is signed and hashed.
pub(super) fn core(chit: &Value) -> Value {
    let member =
        |name: &&str| chit.get(*name).filter(|v| !v.is_null()).map(|v| ((*name).to_owned(), v.clone()));
    Value::Object(CORE.iter().filter_map(member).collect())
}

/// The link of a chit at a place: the promise, `index`, `prior` and `sign`.
pub(super) fn link(chit: &Value, index: u64, prior: &str) -> Value {
    let mut members: Map<String, Value> = core(chit).as_object().cloned().unwrap_or_default();
    members.insert("index".to_owned(), Value::from(index));
    members.insert("prior".to_owned(), Value::from(prior));
    if let Some(sign) = chit.get("sign").filter(|sign| !sign.is_null()) {
        members.insert("sign".to_owned(), sign.clone());
    }
    Value::Object(members)
}

/// Whether one of these P-521 keys signed the object.
pub(super) fn signed_by<'a>(object: &Value, sign: &str, keys: impl IntoIterator<Item = &'a UserKey>) -> bool {
    let (Ok(bytes), Ok(signature)) = (canonical::signing(object), sign.parse::<Signature>()) else {
        return false;
    };
    keys.into_iter().any(|key| key.verify(&bytes, &signature).is_ok())
}

/// Whether one of these Ed25519 keys signed the object.
pub(super) fn signed_by_agent(object: &Value, sign: &str, keys: &[Vec<u8>]) -> bool {
    let (Ok(bytes), Ok(signature)) = (canonical::signing(object), URL_SAFE_NO_PAD.decode(sign)) else {
        return false;
    };
    keys.iter().any(|key| UnparsedPublicKey::new(&ED25519, key).verify(&bytes, &signature).is_ok())
}

const CORE: [&str; 8] = ["by", "date", "memo", "ref", "tally", "type", "units", "uuid"];
