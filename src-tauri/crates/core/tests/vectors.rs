//! Golden tests: our own types against recorded records and conversations.
#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use tallystick_core::canonical::{self, parse_strict};
use tallystick_core::chit::ChitObject;
use tallystick_core::code::{Code, inspect};
use tallystick_core::message::{Body, ChainCmd, ChitAction, Envelope, TallyAction};
use tallystick_core::tally::TallyObject;
use tallystick_core::{Digest, Half, Units, UserKey};

/// The folder of recorded vectors. Without it these tests say nothing, so it must be there.
fn vectors() -> PathBuf {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../../shared");
    let dir = std::env::var_os("TALLYSTICK_SHARED").map_or_else(beside, PathBuf::from).join("vectors");
    assert!(dir.is_dir(), "no recorded vectors at {}; set TALLYSTICK_SHARED", dir.display());
    dir
}

fn read(name: &str) -> Value {
    serde_json::from_slice(&fs::read(vectors().join(name)).unwrap()).unwrap()
}

fn transcripts() -> Vec<(String, Value)> {
    let entries = fs::read_dir(vectors().join("transcripts")).unwrap();
    let mut names: Vec<String> = entries.map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names.into_iter().map(|name| (name.clone(), read(&format!("transcripts/{name}")))).collect()
}

/// Every message of a conversation, with the JSON it was read from.
fn messages(transcript: &Value) -> Vec<(Value, Envelope)> {
    let bodies = transcript["frames"].as_array().unwrap().iter().map(|frame| frame["body"].clone());
    bodies
        .filter(|body| !body.is_null())
        .map(|body| (body.clone(), Envelope::parse(body.to_string().as_bytes()).unwrap()))
        .collect()
}

fn tally_of_the_records() -> TallyObject {
    TallyObject::parse(read("records.json")["tally"]["object"].clone()).unwrap()
}

fn key(tally: &TallyObject, half: Half) -> UserKey {
    tally.cert(half).unwrap().key().clone()
}

fn string(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap()
}

#[test]
fn every_canonical_case_is_made_or_rightly_refused() {
    let mut made = 0;
    for case in read("records.json")["canonical_cases"].as_array().unwrap() {
        let input = case["input"].as_str().unwrap();
        match parse_strict(input.as_bytes()) {
            Ok(value) => {
                assert_eq!(string(canonical::signing(&value).unwrap()), case["js_canonical"]);
                assert_eq!(string(canonical::hashing(&value).unwrap()), case["python_canonical"]);
                assert_eq!(canonical::digest(&value).unwrap().to_string(), case["python_sha256"]);
                made += 1;
            }
            Err(_) => assert!(input.contains("9007199254740993") || input.contains("1.5e300"), "{input}"),
        }
    }
    assert_eq!(made, 2);
}

#[test]
fn the_recorded_tally_is_read_signed_and_hashed_as_recorded() {
    let record = &read("records.json")["tally"];
    let tally = tally_of_the_records();

    assert_eq!(string(tally.signing_bytes()), record["canonical"]);
    assert_eq!(string(canonical::hashing(&tally.unsigned()).unwrap()), record["python_canonical"]);
    assert_eq!(tally.digest().to_string(), record["digest"]);
    assert_eq!(tally.verify(Half::Stock), Ok(()));
    assert_eq!(tally.verify(Half::Foil), Ok(()));
    assert_eq!(tally.cert(Half::Stock).unwrap().display_name(), "Alice Ames");
    assert_eq!(tally.cert(Half::Foil).unwrap().chad().cuid(), "bob");
    assert_eq!(tally.agree_hash(), None);
    assert_eq!(tally.raw(), &record["object"]);
}

#[test]
fn the_recorded_chits_are_read_signed_and_linked_as_recorded() {
    let tally = tally_of_the_records();
    let records = read("records.json");
    for case in records["chits"].as_array().unwrap() {
        let chit = ChitObject::parse(case["wire_object"].clone()).unwrap();
        let prior: Digest = case["chain_prior"].as_str().unwrap().parse().unwrap();
        let link = chit.chain().unwrap();

        assert_eq!(string(chit.signing_bytes()), case["sign_canonical"]);
        assert_eq!(chit.verify(&key(&tally, chit.by())), Ok(()));
        assert!(chit.verify(&key(&tally, chit.by().other())).is_err());
        assert_eq!(chit.digest().to_string(), case["digest"]);
        assert_eq!(chit.chain_hash(link.index, &prior).to_string(), case["chain_hash_computed"]);
        assert_eq!(chit.chain_hash(link.index, &prior), link.hash);
        assert_ne!(chit.chain_hash(link.index + 1, &prior), link.hash);
        assert!(link.new);
        assert_eq!(chit.tally(), tally.uuid());
    }
}

#[test]
fn every_recorded_message_is_read_and_written_back_the_same() {
    let mut count = 0;
    for (name, transcript) in transcripts() {
        for (body, envelope) in messages(&transcript) {
            let written: Value = serde_json::from_slice(&envelope.to_bytes()).unwrap();
            for member in ["to", "from", "target", "action", "object", "ticket", "try"] {
                assert_eq!(written.get(member), body.get(member), "{name}: {member}");
            }
            assert_eq!(Envelope::parse(&envelope.to_bytes()), Ok(envelope), "{name}");
            count += 1;
        }
    }
    assert!(count > 20, "{count}");
}

#[test]
fn an_offer_carries_one_signature_and_an_opening_two() {
    for (name, transcript) in transcripts() {
        let mut opened = None;
        for (_, envelope) in messages(&transcript) {
            match envelope.body {
                Body::Tally { action: TallyAction::Offer, object, .. } => {
                    let signer =
                        [Half::Stock, Half::Foil].into_iter().find(|half| object.signature(*half).is_some());
                    let signer = signer.unwrap();
                    assert!(object.only_signature_of(signer), "{name}");
                    assert_eq!(object.verify(signer), Ok(()), "{name}");
                }
                Body::Tally { action: TallyAction::Open, object, .. } => {
                    assert_eq!(object.verify(Half::Stock).and(object.verify(Half::Foil)), Ok(()), "{name}");
                    opened = Some(object.digest());
                }
                Body::Chain(chain) if chain.index == Some(0) => {
                    assert_eq!((chain.cmd, chain.hash), (ChainCmd::Ack, opened), "{name}");
                }
                _ => {}
            }
        }
    }
}

#[test]
fn a_counter_offer_says_something_else_and_an_opening_the_same() {
    let transcript = read("transcripts/02-counter-offer.json");
    let tallies: Vec<(TallyAction, TallyObject)> = messages(&transcript)
        .into_iter()
        .filter_map(|(_, envelope)| match envelope.body {
            Body::Tally { action, object, .. } => Some((action, object)),
            _ => None,
        })
        .collect();
    let [(_, offer), (draft, revising), (_, counter), (open, opened)] = tallies.as_slice() else { panic!() };

    assert_eq!((*draft, *open), (TallyAction::Draft, TallyAction::Open));
    assert!(offer.same_content(revising));
    assert!(!offer.same_content(counter));
    assert!(counter.same_content(opened));
    assert_eq!((offer.revision(), counter.revision()), (1, 2));
    assert_eq!(counter.with_signature(Half::Stock, *opened.signature(Half::Stock).unwrap()), *opened);
}

#[test]
fn a_payment_is_linked_and_acknowledged_by_the_hash_we_make() {
    let tally = tally_of_the_records();
    let transcript = read("transcripts/04a-pay-foil-to-stock.json");
    let bodies: Vec<Body> = messages(&transcript).into_iter().map(|(_, envelope)| envelope.body).collect();
    let [Body::Chit { action: ChitAction::Good, object, .. }, Body::Chain(ack)] = bodies.as_slice() else {
        panic!()
    };
    let row = ChitObject::parse(transcript["chainA"][0]["json_h"].clone()).unwrap();

    let made = object.chain_hash(1, &tally.digest());

    assert_eq!(object.units(), Units::new(10_000).ok());
    assert_eq!((ack.index, ack.hash, ack.uuid), (Some(1), Some(made), Some(object.uuid())));
    assert_eq!(made.to_string(), transcript["chainB"][0]["dgst"]);
    assert_eq!(object.digest().to_string(), transcript["chainB"][0]["digest"]);
    assert!(row.same_content(object));
    assert_eq!(object.verify(&key(&tally, Half::Foil)), Ok(()));
}

#[test]
fn an_invoice_is_signed_with_the_content_that_was_asked_for() {
    let tally = tally_of_the_records();
    let transcript = read("transcripts/05a-invoice-good.json");
    let bodies: Vec<Body> = messages(&transcript).into_iter().map(|(_, envelope)| envelope.body).collect();
    let [Body::Chit { action: ChitAction::Pend, object: asked, .. }, Body::Chit { object: good, .. }, ..] =
        bodies.as_slice()
    else {
        panic!()
    };

    assert!(asked.same_content(good));
    assert_eq!((asked.signature(), asked.by()), (None, Half::Foil));
    assert!(asked.verify(&key(&tally, Half::Foil)).is_err());
    assert_eq!(good.verify(&key(&tally, Half::Foil)), Ok(()));
}

#[test]
fn an_update_lists_chits_whose_hashes_follow_each_other() {
    let tally = tally_of_the_records();
    let transcript = read("transcripts/07a-consensus-foil-chit-lost.json");
    let bodies: Vec<Body> = messages(&transcript).into_iter().map(|(_, envelope)| envelope.body).collect();
    let [_, _, Body::Chain(update), Body::Chain(ack)] = bodies.as_slice() else { panic!() };
    let before = read("transcripts/06-setting-chit.json")["frames"][1]["body"]["object"]["hash"].clone();
    let mut prior: Digest = before.as_str().unwrap().parse().unwrap();

    for chit in &update.chits {
        let link = chit.chain().unwrap();
        prior = chit.chain_hash(link.index, &prior);
        assert_eq!(prior, link.hash);
        assert_eq!(chit.claimed_digest(), Some(chit.digest()));
        assert_eq!(chit.verify(&key(&tally, chit.by())), Ok(()));
        assert!(!link.new);
    }

    assert_eq!((update.cmd, update.chits.len()), (ChainCmd::Upd, 2));
    assert_eq!((ack.index, ack.hash), (Some(6), Some(prior)));
}

#[test]
fn the_reference_codes_are_known() {
    let records = read("records.json");
    let links = &records["deeplinks"];
    let Code::ReferenceInvite(from_json) = inspect(&links["invite"]["json"].to_string()) else { panic!() };
    let Code::ReferenceInvite(from_url) = inspect(links["invite"]["url"].as_str().unwrap()) else { panic!() };
    let Code::ReferencePay(pay) = inspect(links["pay"]["url"].as_str().unwrap()) else { panic!() };

    assert_eq!((&from_json.chad, &from_json.token), (&from_url.chad, &from_url.token));
    assert!(from_json.expires.is_some());
    assert_eq!(pay.units, Units::new(2_500).ok());
    assert_eq!(pay.memo.as_deref(), Some("Lunch & tea"));
    assert_eq!((pay.cuid, pay.agent), (None, from_json.chad.agent()));
    assert_eq!(inspect(&records["keyexport"]["json"].to_string()), Code::KeyBackup);
    assert_eq!(inspect(records["keyexport"]["url"].as_str().unwrap()), Code::KeyBackup);
    assert!(matches!(inspect(links["connection_ticket"].as_str().unwrap()), Code::Foreign { .. }));
}
