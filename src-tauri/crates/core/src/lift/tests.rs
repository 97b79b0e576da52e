//! The bytes of every object, held fast; and that altered objects are found.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::cast::{now, tally_id};
use crate::chad::Chad;
use crate::date::Date;
use crate::ids::{AgentId, Half};
use crate::lift::probe::{Match, Probe, Way};
use crate::lift::{
    Ack, Aim, Arrived, Cert, ComposeCore, ComposeInvoice, Core, Decision, Delegation, LiftInvoice,
    LiftSecret, Message, Plea, Promise, Purpose, Receipt, RefereeAddress, Signer, Tag, Told, Waive, Why,
    proof,
};
use crate::settings::Settings;
use crate::units::Units;

fn secret() -> LiftSecret {
    LiftSecret::from_seed([1; 32])
}

fn session() -> Uuid {
    Uuid::from_u128(0x1234)
}

fn referee() -> RefereeAddress {
    let key = LiftSecret::from_seed([2; 32]).key(Purpose::Referee);
    RefereeAddress { key, host: "referee.example".to_owned(), port: 65430 }
}

fn core_of(payh: Option<crate::ids::Digest>) -> Core {
    let parts = ComposeCore {
        session: session(),
        aim: Aim::Pay,
        units: Units::new(12_500).unwrap(),
        made: now(),
        exp: Date::from_millis(now().millis() + 60_000),
        claim: secret().key(Purpose::Claim(session())),
        cancel: LiftSecret::from_seed([3; 32]).key(Purpose::Cancel(session())),
        referee: referee(),
        payh,
        salt: [9; 16],
    };
    Core::compose(parts).unwrap()
}

fn promise() -> Promise {
    Promise::sign(core_of(None), tally_id(), Half::Foil, now(), &secret()).unwrap()
}

fn commit(core: &Core) -> Cert {
    let claim = Plea::sign(core.clone(), Purpose::Claim(session()), Tag::Claim, &secret()).signature();
    Cert::sign(core.hash(), Decision::Commit, now(), Some(claim), &LiftSecret::from_seed([2; 32]))
}

fn invoice() -> LiftInvoice {
    let parts = ComposeInvoice {
        payee: Chad::new("bob", AgentId::from_bytes([5; 32]), "bob.example", 65430).unwrap(),
        units: Units::new(12_500).ok(),
        memo: Some("Äpfel".to_owned()),
        reference: Some(json!({"invoice": 77})),
        date: now(),
        referees: vec![referee()],
        session: session(),
        exp: Date::from_millis(now().millis() + 600_000),
    };
    LiftInvoice::sign(parts, &secret()).unwrap()
}

fn all() -> Vec<Message> {
    let core = core_of(None);
    let cert = commit(&core);
    let probe = Probe {
        sid: session(),
        way: Way::Round,
        units: Units::new(13_000).unwrap(),
        ttl: 4,
        fan: 4,
        budget: 64,
        hops: 0,
        exp: now(),
    };
    let told = Told { cert: cert.clone(), tally: Some(tally_id()), promise: Some(Box::new(promise())) };
    vec![
        Message::Probe(probe),
        Message::Match(Match { sid: session(), units: Units::new(9).unwrap(), hops: 3 }),
        Message::DeadEnd(crate::lift::DeadEnd { way: Way::Back }),
        Message::Promise(promise()),
        Message::Waive(Waive::sign(core.hash(), tally_id(), Why::Gain, &secret())),
        Message::Decision(told),
        Message::Decision(Told { cert, tally: None, promise: None }),
        Message::Ack(Ack { lift: core.hash(), tally: tally_id(), what: Arrived::Promise }),
        Message::Claim(Plea::sign(core.clone(), Purpose::Claim(session()), Tag::Claim, &secret())),
        Message::Abort(Plea::sign(core.clone(), Purpose::Cancel(session()), Tag::Abort, &secret())),
        Message::Status(core),
    ]
}

#[test]
fn the_bytes_of_every_object_stay_as_they_are() {
    let lines: Vec<String> =
        all().iter().map(|message| format!("{} {}", message.action(), message.to_value())).collect();

    insta::assert_snapshot!("words", lines.join("\n"));
    insta::assert_snapshot!("core", String::from_utf8(core_of(None).bytes()).unwrap());
    insta::assert_snapshot!("invoice", invoice().raw().to_string());
}

#[test]
fn every_word_is_read_as_it_was_said() {
    for message in all() {
        let read = Message::read(message.action(), &message.to_value()).unwrap();
        assert_eq!(read, Some(message));
    }
    assert_eq!(Message::read("l1.sing", &json!({})), Ok(None));
}

#[test]
fn a_promise_belongs_to_its_core() {
    let whole = promise().to_value();

    assert!(Promise::parse(&whole).is_ok());
    for (path, value) in [
        ("/core/units", json!(12_501)),
        ("/core/salt", json!("other")),
        ("/chit/units", json!(12_501)),
        ("/chit/tally", json!(Uuid::from_u128(5).to_string())),
        ("/chit/ref/l1", json!(crate::ids::Digest::from_bytes([1; 32]).to_string())),
    ] {
        let mut altered = whole.clone();
        *altered.pointer_mut(path).unwrap() = value;
        assert!(Promise::parse(&altered).is_err(), "{path}");
    }
}

#[test]
fn a_commit_is_the_named_referees_about_this_lift_and_was_claimed() {
    let (core, other) = (core_of(None), core_of(Some(crate::ids::Digest::from_bytes([1; 32]))));
    let (right, wrong) = (LiftSecret::from_seed([2; 32]), LiftSecret::from_seed([4; 32]));
    let claim = *commit(&core).claim().unwrap();
    let cert = |claim, signer: &LiftSecret| Cert::sign(core.hash(), Decision::Commit, now(), claim, signer);

    assert!(cert(Some(claim), &right).verify(&core).is_ok());
    assert!(cert(Some(claim), &right).verify(&other).is_err(), "another lift");
    assert!(cert(Some(claim), &wrong).verify(&core).is_err(), "another referee");
    assert!(cert(None, &right).verify(&core).is_err(), "nobody claimed it");
    let foreign = Plea::sign(core.clone(), Purpose::Delegate, Tag::Claim, &secret()).signature();
    assert!(cert(Some(foreign), &right).verify(&core).is_err(), "somebody else claimed it");
}

#[test]
fn a_delegation_is_a_setting_and_can_be_taken_back() {
    let delegation =
        Delegation { key: secret().key(Purpose::Delegate), referees: vec![referee()], reach: Some(7) };
    let mut settings = Settings::default();

    settings.take(&json!({"l1": delegation.to_value()}));
    assert_eq!(settings.delegation(), Some(delegation.clone()));
    settings.take(&json!({"l1": Value::Null}));
    assert_eq!(settings.delegation(), None);

    let many = Delegation { referees: vec![referee(); 5], ..delegation };
    assert!(Delegation::parse(&many.to_value()).is_err());
}

#[test]
fn an_altered_invoice_is_found_and_a_receipt_is_about_its_invoice() {
    let invoice = invoice();
    let mut altered = invoice.raw().clone();
    altered["units"] = json!(1);
    assert!(LiftInvoice::parse(altered).is_err());

    let core = core_of(Some(invoice.payh()));
    let receipt = Receipt { invoice: invoice.clone(), cert: commit(&core), core };
    assert_eq!(Receipt::parse(&receipt.to_value()).as_ref(), Ok(&receipt));
    let core = core_of(None);
    assert!(!Receipt { invoice, cert: commit(&core), core }.is_sound());
}

#[test]
fn a_chit_in_the_chain_shows_why_it_is_good() {
    let (promise, key) = (promise(), secret().key(Purpose::Delegate));
    let proven = promise.proven(&commit(promise.core()));

    assert_eq!(proof::check(&proven, &key), Ok(()));
    assert_eq!(proven.digest(), promise.chit().digest(), "neither signed nor hashed");
    assert_eq!(proof::check(promise.chit(), &key), Err(proof::BadProof::Missing));
    let other = secret().key(Purpose::Claim(session()));
    assert_eq!(proof::check(&proven, &other), Err(proof::BadProof::Signature));
    let void = Cert::sign(promise.lift(), Decision::Void, now(), None, &LiftSecret::from_seed([2; 32]));
    assert_eq!(proof::check(&promise.proven(&void), &key), Err(proof::BadProof::Uncommitted));
}
