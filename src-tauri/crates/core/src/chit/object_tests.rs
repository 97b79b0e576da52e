use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::cast::{Person, chit, chit_parts};

fn with(name: &str, value: Value) -> Result<ChitObject, BadChit> {
    let mut raw = chit(Half::Foil).raw().clone();
    raw[name] = value;
    ChitObject::parse(raw)
}

fn field(name: &'static str) -> Result<ChitObject, BadChit> {
    Err(BadChit::Field(BadField(name)))
}

#[test]
fn a_signed_chit_checks_with_its_own_key_alone() {
    let (alice, bob) = (Person::new("Alice", 1), Person::new("Bob", 2));
    let promise = chit(Half::Foil);
    let signed = promise.with_signature(bob.sign(&promise.signing_bytes()));

    assert_eq!(signed.verify(bob.cert.key()), Ok(()));
    assert_eq!(signed.verify(alice.cert.key()), Err(BadSignature));
    assert_eq!(promise.verify(bob.cert.key()), Err(BadSignature));
    assert!(signed.same_content(&promise));
    assert_eq!(signed.digest(), promise.digest());
    assert_eq!(ChitObject::parse(signed.raw().clone()), Ok(signed));
}

#[test]
fn absent_members_are_left_out_of_what_is_signed() {
    let bare =
        ChitObject::compose_tran(ComposeChit { memo: None, reference: None, ..chit_parts(Half::Stock) })
            .unwrap();
    let nulls = with("memo", json!(null)).unwrap();

    let text = String::from_utf8(bare.signing_bytes()).unwrap();
    assert!(!text.contains("memo") && !text.contains("ref"), "{text}");
    assert!(!String::from_utf8(nulls.signing_bytes()).unwrap().contains("memo"));
    assert_eq!((nulls.memo(), bare.reference()), (None, None));
}

#[test]
fn the_chain_hash_depends_on_place_prior_and_signature() {
    let bob = Person::new("Bob", 2);
    let promise = chit(Half::Foil);
    let signed = promise.with_signature(bob.sign(&promise.signing_bytes()));
    let prior = Digest::from_bytes([1; 32]);

    let hash = signed.chain_hash(1, &prior);

    assert_eq!(hash, signed.chain_hash(1, &prior));
    assert_ne!(hash, signed.chain_hash(2, &prior));
    assert_ne!(hash, signed.chain_hash(1, &Digest::from_bytes([2; 32])));
    assert_ne!(hash, promise.chain_hash(1, &prior));
}

#[test]
fn what_a_sender_adds_about_its_chain_is_no_part_of_the_promise() {
    let promise = chit(Half::Foil);
    let link = ChitLink { new: true, index: 3, hash: Digest::from_bytes([1; 32]), conf: Some(2) };
    let linked = promise.with_chain(link);

    assert_eq!(
        linked.raw()["chain"],
        json!({"cmd": "new", "index": 3, "hash": Digest::from_bytes([1; 32]).to_string(), "conf": 2})
    );
    assert_eq!(ChitObject::parse(linked.raw().clone()).map(|read| read.chain().copied()), Ok(Some(link)));
    assert_eq!(linked.digest(), promise.digest());
    assert_eq!(linked.without_chain(), promise);
}

#[test]
fn settings_have_no_units_and_promises_at_least_one() {
    let set = |units, reference| {
        ChitObject::compose_set(ComposeChit { units, reference, memo: None, ..chit_parts(Half::Stock) })
    };

    let settings = set(None, Some(json!({"target": 3, "clutch": 0.001}))).unwrap();
    assert_eq!((settings.kind(), settings.units()), (Kind::Set, None));
    assert_eq!(set(Units::new(1).ok(), Some(json!({}))), Err(BadChit::Units));
    assert_eq!(set(None, None), field("ref"));
    assert_eq!(set(None, Some(json!([1]))), field("ref"));
    for units in [json!(0), json!(-1), json!(1.5), json!("1"), json!(null)] {
        assert_eq!(with("units", units), Err(BadChit::Units));
    }
    for units in [json!(1.0), json!(9_007_199_254_740_992_i64), json!(u64::MAX)] {
        assert_eq!(with("units", units), Err(BadChit::Number));
    }
}

#[test]
fn a_lift_may_be_signed_by_another_kind_of_key() {
    let mut raw = chit(Half::Foil).raw().clone();
    raw["type"] = json!("lift");
    raw["sign"] = json!("A".repeat(86));
    let lift = ChitObject::parse(raw.clone()).unwrap();

    assert_eq!((lift.signature(), lift.signature_text()), (None, raw["sign"].as_str()));
    assert_eq!(lift.verify(Person::new("Bob", 2).cert.key()), Err(BadSignature));
    assert_eq!(with("sign", json!("A".repeat(86))), field("sign"));
}

#[test]
fn what_is_wrong_is_named() {
    assert_eq!(ChitObject::parse(json!("x")), Err(BadChit::Form));
    assert_eq!(with("type", json!("gift")), Err(BadChit::Kind));
    assert_eq!(with("by", json!("both")), field("by"));
    assert_eq!(with("uuid", json!("x")), field("uuid"));
    assert_eq!(with("tally", json!(null)), field("tally"));
    assert_eq!(with("date", json!("2026-11-22")), field("date"));
    assert_eq!(with("memo", json!("x".repeat(1001))), field("memo"));
    assert_eq!(with("ref", json!("x".repeat(MAX_REF))), field("ref"));
    assert_eq!(with("sign", json!("AAAA")), field("sign"));
    assert_eq!(with("hash", json!("AAAA")), field("hash"));
    assert_eq!(with("chain", json!([])), field("chain"));
    assert_eq!(with("chain", json!({"hash": "x"})), field("index"));
    assert_eq!(with("chain", json!({"index": 1})), field("hash"));
    assert_eq!(with("chain", json!({"cmd": "ack", "index": 1})), field("chain"));
}

proptest! {
    #[test]
    fn any_promise_survives_the_wire(milli in 1_i64..1 << 53, memo in proptest::option::of(".{0,100}")) {
        let parts = ComposeChit { units: Units::new(milli).ok(), memo, ..chit_parts(Half::Stock) };
        let chit = ChitObject::compose_tran(parts).unwrap();
        let read = canonical::parse_strict(&canonical::signing(chit.raw()).unwrap()).unwrap();

        prop_assert_eq!(ChitObject::parse(read), Ok(chit));
    }
}

#[test]
fn a_check_that_was_passed_holds_for_that_key_and_that_text_alone() {
    let (alice, bob) = (Person::new("Alice", 1), Person::new("Bob", 2));
    let promise = chit(Half::Foil);
    let signed = promise.with_signature(bob.sign(&promise.signing_bytes()));
    assert_eq!(signed.verify(bob.cert.key()), Ok(()));

    // Whatever is made of a checked chit inherits nothing that is not true of it.
    let forged = signed.with_signature(alice.sign(&promise.signing_bytes()));
    let hollow = signed.with_signature(Signature::from_bytes([7; 132]));

    assert_eq!(signed.verify(alice.cert.key()), Err(BadSignature));
    assert_eq!(forged.verify(bob.cert.key()), Err(BadSignature));
    assert_eq!(hollow.verify(bob.cert.key()), Err(BadSignature));
    assert_eq!(forged.verify(alice.cert.key()), Ok(()));
    assert_eq!(signed.verify(bob.cert.key()), Ok(()));
    assert_eq!(signed.without_chain().verify(bob.cert.key()), Ok(()));
}

#[test]
fn a_check_is_remembered_by_every_clone() {
    let bob = Person::new("Bob", 2);
    let promise = chit(Half::Foil);
    let signed = promise.with_signature(bob.sign(&promise.signing_bytes()));
    let clone = signed.clone();

    signed.verify(bob.cert.key()).unwrap();

    assert_eq!(format!("{:?}", clone.0.checked), "Checked(yes)");
    assert_eq!(format!("{:?}", promise.0.checked), "Checked(no)");
}
