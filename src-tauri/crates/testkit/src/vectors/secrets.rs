//! Recorded key files: the encrypted export of a user key, and agent keys.

use std::num::NonZeroU32;

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::pbkdf2::{PBKDF2_HMAC_SHA256, derive};
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::Value;
use tallystick_core::code::{Code, inspect};

use crate::keys::TestSigner;
use crate::vectors::Report;

/// Decrypts a recorded export and follows the key inside it.
pub(super) fn check_export(place: &str, export: &Value, report: &mut Report) {
    let text = |name: &str| export.get(name).and_then(Value::as_str);
    let json = export.get("json").cloned().unwrap_or(Value::Null);
    let sealed = json.get("signkey").cloned().unwrap_or(Value::Null);
    let member = |name: &str| sealed.get(name).and_then(Value::as_str).unwrap_or_default();

    let key =
        derived(text("passphrase").unwrap_or_default(), member("s"), rounds(text("kdf").unwrap_or_default()));
    if let Some(recorded) = text("derived_key_hex") {
        report.same(place, &hex::encode(key), &recorded.to_owned(), "the key derived from the passphrase");
    }
    let opened = open(&key, member("i"), member("d"));
    report.check(place, opened.is_some(), "the sealed key opens");
    if let (Some(opened), Some(recorded)) = (&opened, text("plaintext")) {
        report.same(place, opened, &recorded.to_owned(), "the opened key");
        let signer = serde_json::from_str(opened).ok().and_then(|jwk: Value| TestSigner::from_jwk(&jwk).ok());
        let signs = signer.is_some_and(|signer| signer.public().verify(b"x", &signer.sign(b"x")).is_ok());
        report.check(place, signs, "the opened key signs and its public half checks");
    }
    report.check(place, inspect(&json.to_string()) == Code::KeyBackup, "the json is known as a key backup");
    if let Some(url) = text("url") {
        report.check(place, inspect(url) == Code::KeyBackup, "the link is known as a key backup");
        let same = ["s", "i", "d"].iter().all(|name| parameter(url, name).as_deref() == Some(member(name)));
        report.check(place, same, "the link says what the json says");
    }
}

/// Makes the public half of an Ed25519 JWK again.
pub(super) fn check_agent_key(place: &str, jwk: &Value, report: &mut Report) {
    let bytes =
        |name: &str| jwk.get(name).and_then(Value::as_str).and_then(|text| URL_SAFE_NO_PAD.decode(text).ok());
    let (Some(seed), Some(public)) = (bytes("d"), bytes("x")) else { return };
    let made = Ed25519KeyPair::from_seed_unchecked(&seed).map(|pair| pair.public_key().as_ref().to_vec());
    report.check(place, made.is_ok_and(|made| made == public), "the public half of an agent key");
}

fn derived(passphrase: &str, salt: &str, rounds: NonZeroU32) -> [u8; 32] {
    let mut key = [0; 32];
    derive(
        PBKDF2_HMAC_SHA256,
        rounds,
        &hex::decode(salt).unwrap_or_default(),
        passphrase.as_bytes(),
        &mut key,
    );
    key
}

/// The rounds a recording names, such as "10000 iterations"; the reference's number if it names none.
fn rounds(kdf: &str) -> NonZeroU32 {
    let words: Vec<&str> = kdf.split([' ', ',']).collect();
    let named =
        words.windows(2).find(|pair| pair[1].starts_with("iteration")).and_then(|pair| pair[0].parse().ok());
    named.unwrap_or(NonZeroU32::MIN.saturating_add(9_999))
}

fn open(key: &[u8; 32], nonce: &str, sealed: &str) -> Option<String> {
    let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, key).ok()?);
    let nonce = Nonce::try_assume_unique_for_key(&hex::decode(nonce).ok()?).ok()?;
    let mut sealed = STANDARD.decode(sealed).ok()?;
    let opened = key.open_in_place(nonce, Aad::empty(), &mut sealed).ok()?;
    String::from_utf8(opened.to_vec()).ok()
}

/// A parameter of a link, with `%XX` undone.
pub(super) fn parameter(url: &str, name: &str) -> Option<String> {
    let (_, query) = url.split_once('?')?;
    let value = query.split('&').find_map(|part| part.strip_prefix(name)?.strip_prefix('='))?;
    let mut bytes = Vec::new();
    let mut rest = value.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let pair = [rest.next()?, rest.next()?];
            bytes.extend(hex::decode(pair).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
}
