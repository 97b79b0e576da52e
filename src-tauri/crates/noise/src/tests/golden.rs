//! Recordings of another Noise library are the judge.

use std::path::PathBuf;

use serde_json::Value;

use super::*;
use crate::handshake::Ephemeral;
use crate::vectors::{Check, replay};

/// The folder of the design pages and vectors, which the repository does not hold.
fn shared() -> PathBuf {
    let beside = || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../../shared");
    std::env::var_os("TALLYSTICK_SHARED").map_or_else(beside, PathBuf::from)
}

fn recording() -> Value {
    let path = shared().join("vectors/noise.json");
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| {
        panic!("cannot read {} ({error}): point TALLYSTICK_SHARED at the shared folder", path.display())
    });
    serde_json::from_str(&text).unwrap()
}

fn bytes(value: &Value, name: &str) -> Vec<u8> {
    hex::decode(value[name].as_str().unwrap()).unwrap()
}

fn ephemeral(frame: &Value) -> Ephemeral {
    Ephemeral::Fixed(bytes(frame, "e_priv").try_into().unwrap())
}

#[test]
fn every_check_of_the_recording_holds() {
    let replay = replay(&recording());

    assert!(replay.is_good(), "{:#?}", replay.failed);
    assert_eq!((replay.flows, replay.frames), (1, 6));
    assert_eq!(replay.passed[&Check::Identity], 10);
    assert_eq!(replay.passed[&Check::Written], 6);
    assert_eq!(replay.passed[&Check::Read], 7);
    assert_eq!(replay.passed[&Check::Hash], 3);
    assert_eq!(replay.passed[&Check::Split], 6);
    assert_eq!(replay.passed[&Check::Nonce], 4);
}

#[test]
fn a_link_speaks_the_recorded_ticket_and_answer() {
    let recording = recording();
    let frames = &recording["flows"]["ticket_I_A_T"]["frames"];
    let (i, a) = (&frames[0], &frames[1]);
    let plain = bytes(i, "plaintext_hex");

    let (mut calling, bytes_i) =
        Link::ticket_with(&alice(), &bob().agent_id(), &plain, 0, ephemeral(i)).unwrap();
    assert_eq!(bytes_i, bytes(i, "frame_hex"));

    let mut called = Link::accept(bob(), 0).with_ephemeral(ephemeral(a));
    let effects = give(&mut called, &cut(&bytes_i)[0], 0).unwrap();
    assert!(matches!(&effects[..], [Effect::Ticket { caller, payload }]
        if caller.is_agent(&alice().agent_id()) && *payload == plain));

    let effects = answer(&mut called, Answer::Accept(alice().agent_id()), 0).unwrap();
    assert_eq!(effects, [Effect::Transmit(bytes(a, "frame_hex")), Effect::Opened]);
    assert_eq!(give(&mut calling, &sent(&effects)[0], 0).unwrap(), [Effect::Opened]);
}

#[test]
fn the_initiator_sends_with_the_first_key() {
    let recording = recording();
    let frames = recording["flows"]["ticket_I_A_T"]["frames"].as_array().unwrap();
    let plain = bytes(&frames[0], "plaintext_hex");
    let (mut calling, i) =
        Link::ticket_with(&alice(), &bob().agent_id(), &plain, 0, ephemeral(&frames[0])).unwrap();
    let mut called = Link::accept(bob(), 0).with_ephemeral(ephemeral(&frames[1]));
    give(&mut called, &cut(&i)[0], 0).unwrap();
    let effects = answer(&mut called, Answer::Accept(alice().agent_id()), 0).unwrap();
    give(&mut calling, &sent(&effects)[0], 0).unwrap();

    for frame in &frames[2..] {
        // The recording library gives the first key to the responder, so each end makes the other one's bytes.
        let ours = if frame["dir"] == "r->i" { &mut calling } else { &mut called };
        let effects = ours.handle(Input::Send(&bytes(frame, "plaintext_hex")), 0).unwrap();
        assert_eq!(effects, [Effect::Transmit(bytes(frame, "frame_hex"))]);
    }
}

#[test]
fn a_change_anywhere_in_the_recording_is_noticed() {
    let original = recording();
    let changed: &[(&str, &str)] = &[
        ("/initiator/x25519_priv", "00"),
        ("/responder/agent_id", "VRVPQgZepaG"),
        ("/flows/ticket_I_A_T/handshake_hash", "00"),
        ("/flows/ticket_I_A_T/split/k1_responder_tx", "00"),
        ("/flows/ticket_I_A_T/frames/0/pattern", "Noise_KK_25519_ChaChaPoly_BLAKE2b"),
        ("/flows/ticket_I_A_T/frames/0/plaintext_hex", "00"),
        ("/flows/ticket_I_A_T/frames/0/e_pub", "00"),
        ("/flows/ticket_I_A_T/frames/1/noise_hex", "00"),
        ("/flows/ticket_I_A_T/frames/1/frame_hex", "00"),
        ("/flows/ticket_I_A_T/frames/3/noise_hex", "00"),
        ("/flows/ticket_I_A_T/frames/4/nonce_le64", "0000000000000000"),
        ("/flows/ticket_I_A_T/frames/5/header", "I"),
        ("/flows/ticket_I_A_T/frames/5/dir", "up"),
    ];
    for (place, value) in changed {
        let mut recording = original.clone();
        *recording.pointer_mut(place).unwrap() = Value::from(*value);

        assert!(!replay(&recording).is_good(), "{place}");
    }
}

#[test]
fn a_recording_of_nothing_is_not_good() {
    let mut recording = recording();
    recording["flows"] = Value::Object(serde_json::Map::new());

    assert!(!replay(&recording).is_good());
    assert!(!replay(&Value::Null).is_good());
}

/// A flow as our own code makes it, in the specification's order, with the other two patterns.
#[test]
fn a_recording_of_a_known_caller_is_replayed_too() {
    let (e_n, e_k, e_a) = ([4; 32], [5; 32], [6; 32]);
    let fixed = [Ephemeral::Fixed(e_n), Ephemeral::Fixed(e_k)];
    let (mut calling, bytes) =
        Link::known_with(&alice(), &bob().agent_id(), Some(&home()), b"first", 0, fixed).unwrap();
    let frames = cut(&bytes);
    let mut called = Link::accept(bob(), 0);
    let Effect::Caller(site) = give(&mut called, &frames[0], 0).unwrap().remove(0) else {
        panic!("a caller")
    };
    let mut called = called.with_ephemeral(Ephemeral::Fixed(e_a));
    answer(&mut called, Answer::Recognise, 0).unwrap();
    give(&mut called, &frames[1], 0).unwrap();
    let a = sent(&answer(&mut called, Answer::Accept(alice().agent_id()), 0).unwrap()).remove(0);
    give(&mut calling, &a, 0).unwrap();
    let t = message(&mut calling, b"text", 0);

    let frame = |(header, body): &Packet, dir: &str, plain: &[u8], e: [u8; 32]| {
        serde_json::json!({
            "header": header.to_string(), "dir": dir, "noise_hex": hex::encode(body),
            "plaintext_hex": hex::encode(plain), "e_priv": hex::encode(e),
        })
    };
    let mut recording = recording();
    recording["flows"] = serde_json::json!({ "known": { "frames": [
        frame(&frames[0], "i->r", &site.to_json(), e_n),
        frame(&frames[1], "i->r", b"first", e_k),
        frame(&a, "r->i", b"", e_a),
        frame(&t, "i->r", b"text", [0; 32]),
    ]}});
    let replay = replay(&recording);

    assert!(replay.is_good(), "{:#?}", replay.failed);
    assert_eq!(replay.passed[&Check::Written], 4);
}
