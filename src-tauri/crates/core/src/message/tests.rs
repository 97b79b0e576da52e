use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::cast::{Person, alice_bob_tally, chit, now};
use crate::ids::Half;
use crate::ticket::Token;

fn envelope(body: Body) -> Envelope {
    let (alice, bob) = (Person::new("Alice", 1), Person::new("Bob", 2));
    Envelope::new(alice.cert.chad().clone(), bob.cert.chad().clone(), body)
}

fn ack() -> ChainMessage {
    let chit = chit(Half::Foil);
    ChainMessage {
        tally: chit.tally(),
        cmd: ChainCmd::Ack,
        index: Some(1),
        hash: Some(chit.digest()),
        uuid: Some(chit.uuid()),
        chits: Vec::new(),
    }
}

fn bodies() -> Vec<Body> {
    let (alice, _, object) = alice_bob_tally();
    let token = TokenText::from(&Token::from_bytes([7; 16]));
    let said = Some("zu viel".to_owned());
    let alice_agent = alice.cert.chad().agent();
    vec![
        Body::Ticket { token, cert: alice.cert },
        Body::Tally { action: TallyAction::Offer, object: object.clone(), reason: None },
        Body::Tally { action: TallyAction::Draft, object: object.clone(), reason: None },
        Body::Tally { action: TallyAction::Open, object: object.clone(), reason: None },
        Body::Tally { action: TallyAction::Void, object, reason: said },
        Body::good(chit(Half::Foil)),
        Body::Chit {
            action: ChitAction::Pend,
            object: chit(Half::Stock),
            reason: Some("no".into()),
            until: Some(now()),
        },
        Body::Chit {
            action: ChitAction::Void,
            object: chit(Half::Stock),
            reason: Some("no".into()),
            until: Some(now()),
        },
        Body::Chain(ack()),
        Body::Chain(ChainMessage { cmd: ChainCmd::New, ..ack() }),
        Body::Chain(ChainMessage { cmd: ChainCmd::Nak, index: None, hash: None, uuid: None, ..ack() }),
        Body::Chain(ChainMessage { cmd: ChainCmd::Req, hash: None, ..ack() }),
        Body::Chain(ChainMessage {
            cmd: ChainCmd::Upd,
            chits: vec![chit(Half::Foil), chit(Half::Stock)],
            ..ack()
        }),
        Body::Places(SignedPlaces::sign(alice_agent, 7, &[("ana.example".to_owned(), 9)], |_| [3; 64])),
        Body::Noted { number: 7 },
        Body::Lift(Box::new(lift::Message::Ack(lift::Ack {
            lift: lift::LiftHash::new(crate::ids::Digest::from_bytes([5; 32])),
            tally: chit(Half::Stock).tally(),
            what: lift::Arrived::Promise,
        }))),
        Body::Unknown { target: "lift".to_owned(), action: "disco".to_owned() },
    ]
}

/// The chain message as JSON with one member exchanged.
fn with(pointer: &str, value: Value) -> Result<Envelope, BadMessage> {
    let mut raw = envelope(Body::Chain(ChainMessage { chits: vec![chit(Half::Foil)], ..ack() })).to_value();
    *raw.pointer_mut(pointer).unwrap() = value;
    Envelope::parse(raw.to_string().as_bytes())
}

fn field(name: &'static str) -> Result<Envelope, BadMessage> {
    Err(BadMessage::Field(BadField(name)))
}

#[test]
fn every_message_survives_the_wire() {
    for body in bodies() {
        let mut message = envelope(body);
        assert_eq!(Envelope::parse(&message.to_bytes()), Ok(message.clone()));

        message.try_count = Some(3);
        message.last = Some(now());
        assert_eq!(Envelope::parse(&message.to_bytes()), Ok(message));
    }
}

#[test]
fn signed_objects_travel_as_they_were_signed() {
    let (alice, _, tally) = alice_bob_tally();
    let mut raw = tally.with_signature(Half::Stock, alice.sign(&tally.signing_bytes())).raw().clone();
    raw["later"] = json!([1, {"x": 0.5}]);
    let object = TallyObject::parse(raw.clone()).unwrap();

    let message = envelope(Body::Tally { action: TallyAction::Offer, object, reason: None });

    assert_eq!(message.to_value()["object"], raw);
}

#[test]
fn a_message_too_large_is_not_even_read() {
    assert_eq!(Envelope::parse(&vec![b' '; MAX_MESSAGE + 1]), Err(BadMessage::TooLarge));
    assert_eq!(
        Envelope::parse(&vec![b' '; MAX_MESSAGE]),
        Err(BadMessage::Json(ParseError::Grammar(MAX_MESSAGE)))
    );
}

#[test]
fn json_that_could_be_read_in_two_ways_is_refused() {
    let text = envelope(Body::Chain(ack())).to_value().to_string();
    let twice = text.replacen('{', r#"{"action":"chain","#, 1);
    let inexact = text.replace("\"index\":1", "\"index\":1.0");
    let deep = text.replacen('{', &format!("{{\"x\":{}{},", "[".repeat(16), "]".repeat(16)), 1);

    for bad in [twice, inexact, deep] {
        assert!(matches!(Envelope::parse(bad.as_bytes()), Err(BadMessage::Json(_))), "{bad}");
    }
}

#[test]
fn what_is_wrong_is_named() {
    assert_eq!(Envelope::parse(b"[]"), Err(BadMessage::Form));
    assert_eq!(Envelope::parse(b"{}"), Err(BadMessage::To(BadChad::Cuid)));
    assert_eq!(with("/to/port", json!(0)), Err(BadMessage::To(BadChad::Port)));
    assert_eq!(with("/to/cuid", json!("x".repeat(65))), Err(BadMessage::To(BadChad::Cuid)));
    assert_eq!(with("/from/agent", json!("x")), Err(BadMessage::From(BadChad::Agent)));
    assert_eq!(with("/target", json!(1)), field("target"));
    assert_eq!(with("/action", json!(null)), field("action"));
    assert_eq!(with("/object", json!(null)), Err(BadMessage::Form));
    assert_eq!(with("/object/cmd", json!("sing")), field("cmd"));
    assert_eq!(with("/object/tally", json!("x")), field("tally"));
    assert_eq!(with("/object/index", json!(-1)), field("index"));
    assert_eq!(with("/object/hash", json!("x")), field("hash"));
    assert_eq!(with("/object/uuid", json!(5)), field("uuid"));
    assert_eq!(with("/object/chits", json!({})), field("chits"));
    assert_eq!(with("/object/chits/0", json!({})), Err(BadMessage::Chit(BadChit::Kind)));
    assert_eq!(with("/object/chits/0/tally", json!("00000000-0000-0000-0000-000000000000")), field("chits"));
}

#[test]
fn a_ticket_needs_a_token_and_a_certificate() {
    let raw = envelope(bodies().remove(0)).to_value();
    let with = |pointer: &str, value: Value| {
        let mut raw = raw.clone();
        *raw.pointer_mut(pointer).unwrap() = value;
        Envelope::parse(raw.to_string().as_bytes())
    };

    assert!(with("/ticket/token", json!("a8434a5c55403f9fb198e0943245bbe3")).is_ok());
    assert_eq!(with("/ticket/token", json!("short")), Err(BadMessage::Token));
    assert_eq!(with("/ticket/token", json!("x".repeat(129))), Err(BadMessage::Token));
    assert_eq!(with("/ticket/cert", json!(null)), Err(BadMessage::Certificate(BadCertificate::Form)));
    assert_eq!(with("/ticket", json!(null)), field("ticket"));
}

#[test]
fn a_reason_is_bounded() {
    let mut raw = envelope(bodies().remove(4)).to_value();
    raw["reason"] = json!("x".repeat(1001));

    assert_eq!(Envelope::parse(raw.to_string().as_bytes()), field("reason"));
}

#[test]
fn what_later_versions_say_is_set_aside() {
    let mut raw = envelope(Body::Chain(ack())).to_value();
    raw["action"] = json!("x".repeat(500));
    raw["more"] = json!(true);
    let Body::Unknown { target, action } = Envelope::parse(raw.to_string().as_bytes()).unwrap().body else {
        panic!()
    };

    assert_eq!((target.as_str(), action.len()), ("chit", 64));
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = Envelope::parse(&bytes);
    }

    #[test]
    fn any_damage_to_a_message_is_survived(at in 0_usize..400, byte: u8) {
        let mut bytes = envelope(Body::Chain(ack())).to_bytes();
        let at = at % bytes.len();
        bytes[at] = byte;
        let _ = Envelope::parse(&bytes);
    }
}
