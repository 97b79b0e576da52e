//! What others have written down, through the curve, the cipher and the hash of ours.
//!
//! Whole handshakes of two other implementations, and the edge cases that Project Wycheproof collects for X25519 and
//! for ChaCha20-Poly1305.

use std::sync::Arc;

use serde_json::Value;
use snow::resolvers::{DefaultResolver, FallbackResolver};
use snow::types::{Cipher as _, Dh as _};
use snow::{Builder, HandshakeState};
use zeroize::Zeroizing;

use crate::cipher::ChaChaPoly;
use crate::curve::{Pair, X25519};
use crate::primitives::Primitives;

const HANDSHAKES: &str = include_str!("others/handshakes.json");

fn bytes(vector: &Value, name: &str) -> Option<Vec<u8>> {
    vector.get(name).and_then(Value::as_str).map(|text| hex::decode(text).unwrap())
}

/// One end of a recorded handshake; `who` is `init` or `resp`.
fn end(vector: &Value, who: &str) -> HandshakeState {
    let part = |what: &str| bytes(vector, &format!("{who}_{what}"));
    let own = part("static").map(|key| Arc::new(Pair::new(Zeroizing::new(key.try_into().unwrap()))));
    let (prologue, private) = (part("prologue").unwrap_or_default(), part("static"));
    let (remote, ephemeral) = (part("remote_static"), part("ephemeral"));
    let resolver = FallbackResolver::new(Box::new(Primitives { own }), Box::new(DefaultResolver));
    let name = vector["protocol_name"].as_str().unwrap();
    let mut builder = Builder::with_resolver(name.parse().unwrap(), Box::new(resolver));
    builder = builder.prologue(&prologue).unwrap();
    if let Some(key) = &private {
        builder = builder.local_private_key(key).unwrap();
    }
    if let Some(key) = &remote {
        builder = builder.remote_public_key(key).unwrap();
    }
    if let Some(key) = &ephemeral {
        builder = builder.fixed_ephemeral_key_for_testing_only(key);
    }
    if who == "init" { builder.build_initiator().unwrap() } else { builder.build_responder().unwrap() }
}

#[test]
fn handshakes_of_two_other_implementations_come_out_byte_by_byte() {
    let file: Value = serde_json::from_str(HANDSHAKES).unwrap();
    let vectors = file["vectors"].as_array().unwrap();
    let mut messages = 0;

    for vector in vectors {
        messages += replay(vector);
    }

    assert_eq!((vectors.len(), messages), (6, 28));
}

/// Says how many messages came out as they should.
fn replay(vector: &Value) -> usize {
    let name = format!("{} of {}", vector["protocol_name"], vector["source"]);
    let (mut init, mut resp) = (end(vector, "init"), end(vector, "resp"));
    let one_way = name.contains("Noise_N_");
    let mut room = vec![0; 65_535];
    let mut back = vec![0; 65_535];
    let messages = vector["messages"].as_array().unwrap();
    let mut at = 0;
    while !init.is_handshake_finished() {
        let (payload, expected) = parts(&messages[at]);
        let (from, to) = if at % 2 == 0 { (&mut init, &mut resp) } else { (&mut resp, &mut init) };
        let written = from.write_message(&payload, &mut room).unwrap();
        assert_eq!(room[..written], expected, "{name}, message {at}");
        let read = to.read_message(&room[..written], &mut back).unwrap();
        assert_eq!(back[..read], payload, "{name}, message {at}");
        at += 1;
    }
    if let Some(hash) = bytes(vector, "handshake_hash") {
        assert_eq!(init.get_handshake_hash(), hash, "{name}");
        assert_eq!(resp.get_handshake_hash(), hash, "{name}");
    }
    let (mut init, mut resp) = (init.into_transport_mode().unwrap(), resp.into_transport_mode().unwrap());
    for (at, message) in messages.iter().enumerate().skip(at) {
        let (payload, expected) = parts(message);
        let by_init = one_way || at % 2 == 0;
        let (from, to) = if by_init { (&mut init, &mut resp) } else { (&mut resp, &mut init) };
        let written = from.write_message(&payload, &mut room).unwrap();
        assert_eq!(room[..written], expected, "{name}, message {at}");
        let read = to.read_message(&room[..written], &mut back).unwrap();
        assert_eq!(back[..read], payload, "{name}, message {at}");
    }
    messages.len()
}

fn parts(message: &Value) -> (Vec<u8>, Vec<u8>) {
    (bytes(message, "payload").unwrap(), bytes(message, "ciphertext").unwrap())
}

#[test]
fn x25519_holds_for_every_edge_case_of_wycheproof() {
    use wycheproof::xdh::{TestName, TestSet};
    let set = TestSet::load(TestName::X25519).unwrap();
    let (mut agreed, mut refused) = (0, 0);

    for test in set.test_groups.iter().flat_map(|group| &group.tests) {
        let private: [u8; 32] = test.private_key.as_ref().try_into().unwrap();
        let pair = Arc::new(Pair::new(Zeroizing::new(private)));
        let mut curve = X25519::knowing(Some(pair));
        curve.set(&private);
        let mut shared = [0; 32];
        let result = curve.dh(&test.public_key, &mut shared);
        if test.shared_secret.iter().all(|byte| *byte == 0) {
            // A point of low order: others may give the zeros out, we must not.
            assert!(result.is_err(), "{}: a secret that everybody knows", test.tc_id);
            refused += 1;
        } else {
            assert!(result.is_ok(), "{}: {}", test.tc_id, test.comment);
            assert_eq!(shared[..], test.shared_secret[..], "{}: {}", test.tc_id, test.comment);
            agreed += 1;
        }
    }

    assert_eq!((agreed, refused), (487, 31));
}

#[test]
fn the_cipher_holds_for_every_edge_case_of_wycheproof() {
    use wycheproof::aead::{TestName, TestSet};
    let set = TestSet::load(TestName::ChaCha20Poly1305).unwrap();
    let (mut opened, mut refused, mut foreign) = (0, 0, 0);

    for test in set.test_groups.iter().flat_map(|group| &group.tests) {
        let Ok(nonce) = <[u8; 12]>::try_from(test.nonce.as_ref()) else {
            foreign += 1;
            continue;
        };
        let mut cipher = ChaChaPoly::default();
        cipher.set(test.key.as_ref().try_into().unwrap());
        let sealed = [test.ct.as_ref(), test.tag.as_ref()].concat();
        let mut plain = vec![0; sealed.len()];
        match cipher.open(nonce, &test.aad, &sealed, &mut plain) {
            Ok(length) => {
                assert!(!test.result.must_fail(), "{}: {}", test.tc_id, test.comment);
                assert_eq!(plain[..length], test.pt[..], "{}", test.tc_id);
                let mut again = vec![0; length + 16];
                assert_eq!(cipher.seal(nonce, &test.aad, &test.pt, &mut again), sealed.len());
                assert_eq!(again, sealed, "{}", test.tc_id);
                opened += 1;
            }
            Err(_) => {
                assert!(test.result.must_fail(), "{}: {}", test.tc_id, test.comment);
                refused += 1;
            }
        }
    }

    assert_eq!((opened, refused, foreign), (256, 60, 9));
}
