use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::cast::{Person, alice_bob_tally};

fn with(pointer: &str, value: Value) -> Result<TallyObject, BadTally> {
    let mut raw = alice_bob_tally().2.raw().clone();
    *raw.pointer_mut(pointer).unwrap() = value;
    TallyObject::parse(raw)
}

#[test]
fn a_tally_of_ours_has_the_reference_members_and_no_signature() {
    let (.., tally) = alice_bob_tally();

    let members: Vec<&str> = tally.raw().as_object().unwrap().keys().map(String::as_str).collect();
    let wanted = ["agree", "date", "foil", "memo", "revision", "sign", "stock", "uuid", "version"];
    assert_eq!(members, wanted);
    assert_eq!(tally.raw()["sign"], json!({"hash": null, "stock": null, "foil": null}));
    assert_eq!(tally.raw()["stock"]["terms"], json!({"limit": 20.5, "call": 30}));
    assert_eq!(tally.agree_hash(), Some(Digest::from_bytes([9; 32])));
    assert_eq!(TallyObject::parse(tally.raw().clone()), Ok(tally));
}

#[test]
fn both_signatures_check_and_neither_changes_the_content() {
    let (alice, bob, tally) = alice_bob_tally();
    let offered = tally.with_signature(Half::Stock, alice.sign(&tally.signing_bytes()));
    let open = offered.with_signature(Half::Foil, bob.sign(&offered.signing_bytes()));

    assert!(offered.only_signature_of(Half::Stock));
    assert!(!open.only_signature_of(Half::Stock));
    assert_eq!(offered.verify(Half::Foil), Err(Unsigned::NoSignature(Half::Foil)));
    assert_eq!(open.verify(Half::Stock).and(open.verify(Half::Foil)), Ok(()));
    assert_eq!(open.digest(), tally.digest());
    assert!(open.same_content(&tally));
    assert_eq!(open.without_signatures(), tally);
    assert_eq!(TallyObject::parse(open.raw().clone()).map(|read| read.verify(Half::Foil)), Ok(Ok(())));
}

#[test]
fn a_signature_counts_for_its_own_half_and_content_alone() {
    let (alice, _, tally) = alice_bob_tally();
    let signature = alice.sign(&tally.signing_bytes());
    let mut altered = tally.with_signature(Half::Stock, signature).raw().clone();
    altered["memo"] = json!("more");

    assert_eq!(
        tally.with_signature(Half::Foil, signature).verify(Half::Foil),
        Err(Unsigned::Wrong(Half::Foil))
    );
    assert_eq!(
        TallyObject::parse(altered).map(|tally| tally.verify(Half::Stock)),
        Ok(Err(Unsigned::Wrong(Half::Stock)))
    );
}

#[test]
fn a_draft_may_lack_the_partner() {
    let draft = with("/foil/cert", json!(null)).unwrap();
    let carol = Person::new("Carol", 3);

    assert_eq!(draft.cert(Half::Foil), None);
    let whole = draft.with_certificate(Half::Foil, carol.cert.clone());
    assert_eq!(whole.cert(Half::Foil), Some(&carol.cert));
    assert_eq!(TallyObject::parse(whole.raw().clone()), Ok(whole));
}

#[test]
fn a_new_certificate_takes_the_signatures_away() {
    let (alice, _, tally) = alice_bob_tally();
    let signed = tally.with_signature(Half::Stock, alice.sign(&tally.signing_bytes()));

    let changed = signed.with_certificate(Half::Foil, Person::new("Carol", 3).cert);

    assert_eq!((changed.signature(Half::Stock), &changed.raw()["sign"]["stock"]), (None, &json!(null)));
}

#[test]
fn members_unknown_to_us_are_signed_and_hashed_too() {
    let (.., tally) = alice_bob_tally();
    let mut raw = tally.raw().clone();
    raw["later"] = json!({"a": [1]});
    let richer = TallyObject::parse(raw).unwrap();

    assert_ne!(richer.digest(), tally.digest());
    assert!(!richer.same_content(&tally));
    assert!(String::from_utf8(richer.signing_bytes()).unwrap().contains("later"));
}

#[test]
fn what_is_wrong_is_named() {
    assert_eq!(TallyObject::parse(json!(null)), Err(BadTally::Form));
    assert_eq!(with("/version", json!(2)), Err(BadTally::Version));
    for revision in [json!(0), json!(-1), json!(4_294_967_296_u64), json!("1"), json!(1.5)] {
        assert_eq!(with("/revision", revision), Err(BadTally::Field(BadField("revision"))));
    }
    for uuid in ["", "x", "11112222333344445555666677778888", "D43C2B95-17A6-4CB7-820D-7971426D17C2"] {
        assert_eq!(with("/uuid", json!(uuid)), Err(BadTally::Field(BadField("uuid"))), "{uuid}");
    }
    assert_eq!(with("/date", json!("2026-11-22T10:05:54Z")), Err(BadTally::Field(BadField("date"))));
    assert_eq!(with("/memo", json!("x".repeat(1001))), Err(BadTally::Field(BadField("memo"))));
    assert!(with("/memo", json!("é".repeat(1000))).is_ok());
    assert_eq!(with("/agree", json!(5)), Err(BadTally::Field(BadField("agree"))));
    assert_eq!(with("/foil", json!([])), Err(BadTally::Field(BadField("foil"))));
    assert_eq!(with("/sign", json!([])), Err(BadTally::Field(BadField("sign"))));
    assert_eq!(with("/sign/foil", json!("AAAA")), Err(BadTally::Field(BadField("foil"))));
    assert_eq!(
        with("/foil/cert/type", json!("x")),
        Err(BadTally::Certificate { half: Half::Foil, why: BadCertificate::Kind })
    );
    assert_eq!(
        with("/stock/terms/limit", json!(-1)),
        Err(BadTally::Terms { half: Half::Stock, why: BadTerms::Limit })
    );
    assert_eq!(with("/stock/terms/limit", json!(0.0000001)), Err(BadTally::Number));
}

#[test]
fn a_draft_again_is_the_same_but_for_its_name_and_date() {
    let (_, bob, tally) = alice_bob_tally();
    let signed = tally.with_signature(Half::Foil, bob.sign(&tally.signing_bytes()));
    let (uuid, date) = (TallyId::new(uuid::Uuid::from_u128(5)), Date::from_millis(0));

    let again = signed.again(uuid, date).unwrap();

    assert_eq!((again.uuid(), again.date()), (uuid, date));
    assert!(again.signature(Half::Foil).is_none());
    assert_eq!(again.again(tally.uuid(), tally.date()).unwrap(), tally);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn any_memo_survives_the_wire(memo in ".{0,200}") {
        let tally = with("/memo", json!(memo)).unwrap();
        let read = canonical::parse_strict(&canonical::signing(tally.raw()).unwrap()).unwrap();

        prop_assert_eq!(TallyObject::parse(read).map(|read| read.digest()), Ok(tally.digest()));
    }
}
