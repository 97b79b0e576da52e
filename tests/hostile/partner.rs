//! A partner whose key is good and whose messages are not: every one is dropped, and honest trade goes on.

use serde_json::{Value, json};
use tallystick_core::chit::{ChitLink, ChitObject, ComposeChit};
use tallystick_core::message::{Body, ChainCmd, TallyAction};
use tallystick_core::tally::{ComposeTally, Side, TallyObject};
use tallystick_core::{Contract, Date, Digest, Half, TallyId, Units};
use tallystick_node::view::{CopiesState, PhaseView, Template};
use tallystick_testkit::TestSigner;
use uuid::Uuid;

use super::partners::Partners;
use super::{Ana, Somebody};

fn listed(chit: &ChitObject, index: u64, prior: &Digest) -> (Value, Digest) {
    let hash = chit.chain_hash(index, prior);
    (chit.with_chain(ChitLink { new: false, index, hash, conf: Some(0) }).raw().clone(), hash)
}

fn with(mut message: Value, pointer: &str, value: Value) -> Value {
    *message.pointer_mut(pointer).expect("a member") = value;
    message
}

async fn each_role() -> [Partners; 2] {
    [
        Partners::open(Ana::new().await, Somebody::new("Mallory", 13), Template::Friend).await,
        Partners::open(Ana::new().await, Somebody::new("Mallory", 14), Template::Customer).await,
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_open_that_is_not_what_was_offered_opens_nothing() {
    let mut partners =
        Partners::offered(Ana::new().await, Somebody::new("Mallory", 13), Template::Friend).await;
    let raw = partners.tally.raw().clone();
    let carol = TestSigner::fresh();
    let again = |raw: Value, signer: &TestSigner| {
        let object = TallyObject::parse(raw).expect("a tally");
        object.with_signature(Half::Foil, signer.sign(&object.signing_bytes()))
    };
    let before = partners.ana.snapshot().await;
    for (what, object) in [
        (
            "a swapped contract",
            again(with(raw.clone(), "/agree", json!("A".repeat(43))), &partners.them.signer),
        ),
        (
            "changed terms",
            again(with(raw.clone(), "/stock/terms/limit", json!(20_000)), &partners.them.signer),
        ),
        ("another key", again(with(raw.clone(), "/foil/cert/public", carol.public().to_jwk()), &carol)),
        ("a signature by another key", again(raw, &carol)),
        ("no signature at all", partners.offer.clone()),
    ] {
        let open = partners.said(TallyAction::Open, &object);
        partners.call.send(open.to_string().as_bytes()).await;
        assert_eq!(partners.ana.snapshot().await, before, "{what}");
    }
    let chit = partners.announce(&partners.tran(5), 1);
    partners.call.send(chit.to_string().as_bytes()).await;
    assert_eq!(partners.ana.snapshot().await, before, "a chit before the tally is open");

    partners.still_there().await;

    let view = partners.ana.wallet.tally(&partners.id()).await.expect("the tally");
    assert_eq!(view.row.phase, PhaseView::Open);
    assert_eq!(view.proof.digest, Some(partners.offer.digest().to_string()));
    partners.still_trade().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn chits_that_do_not_hold_are_dropped() {
    for mut partners in each_role().await {
        let good = partners.announce(&partners.tran(5), 1);
        let thief = TestSigner::fresh();
        let composed = |parts: &ComposeChit| ChitObject::compose_tran(parts.clone()).expect("a chit");
        let stolen = composed(&partners.parts(5));
        let stolen = stolen.with_signature(thief.sign(&stolen.signing_bytes()));
        let hers = composed(&ComposeChit { by: partners.half.other(), ..partners.parts(5) });
        let hers = hers.with_signature(partners.them.signer.sign(&hers.signing_bytes()));
        let foreign = ComposeChit { tally: TallyId::new(Uuid::new_v4()), ..partners.parts(5) };
        let foreign = partners.signed(&foreign);
        let unsigned = composed(&partners.parts(5));

        let mut messages = vec![
            ("a chit signed by a thief", partners.announce(&stolen, 1)),
            ("a chit in her name", partners.announce(&hers, 1)),
            ("a chit of a tally that is not theirs", partners.announce(&foreign, 1)),
            ("a chit nobody signed", partners.announce(&unsigned, 1)),
            ("a chit without a place", with(good.clone(), "/object/chain", json!(null))),
            ("a chit for more than was signed", with(good.clone(), "/object/units", json!(6))),
            ("a chit with a memo put in", {
                let mut message = good.clone();
                message["object"]["memo"] = json!("x");
                message
            }),
            ("a request", with(good.clone(), "/action", json!("pend"))),
            ("a refusal", with(good.clone(), "/action", json!("void"))),
            ("a lift", with(good.clone(), "/object/type", json!("lift"))),
        ];
        for units in [json!(0), json!(-5), json!(1_i64 << 53), json!(i64::MAX), json!(u64::MAX), json!("5")] {
            messages.push(("an impossible amount", with(good.clone(), "/object/units", units)));
        }
        for message in ["1.0", "5e0", "-0", "5.5"] {
            let text = good.to_string().replace("\"units\":5", &format!("\"units\":{message}"));
            partners.ignored("an amount in another spelling", text.as_bytes()).await;
        }
        for (what, message) in messages {
            partners.ignored(what, message.to_string().as_bytes()).await;
        }
        partners.still_trade().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_name_with_other_content_keeps_what_was_first() {
    for mut partners in each_role().await {
        let parts = partners.parts(700);
        let first = partners.announce(&partners.signed(&parts), 1);
        partners.call.send(first.to_string().as_bytes()).await;
        partners.call.receive().await;
        let other = partners.signed(&ComposeChit { units: Units::new(900).ok(), ..parts });
        let before = partners.ana.snapshot().await;

        partners.call.send(partners.announce(&other, 2).to_string().as_bytes()).await;
        partners.still_there_besides(Some(1)).await;

        // Ours stays, theirs is kept as evidence, and both are seen.
        let view = partners.ana.wallet.tally(&partners.id()).await.expect("the tally");
        assert_eq!(view.row.copies.state, CopiesState::Mismatch);
        let after = partners.ana.snapshot().await;
        assert_eq!((after.entries(), after.balances()), (before.entries(), before.balances()));
        assert_eq!(partners.balance().await, 700);
        // Said again in other ways it changes nothing more.
        let (in_list, _) = listed(&other, 2, &partners.head().await.1);
        partners.ignored("the same in an update", partners.upd(&[in_list]).to_string().as_bytes()).await;
        partners.ignored("the same again", partners.announce(&other, 2).to_string().as_bytes()).await;
        partners.promises_nothing_new().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn updates_that_do_not_hold_are_dropped() {
    for mut partners in each_role().await {
        let (digest, chit) = (partners.tally.digest(), partners.tran(5));
        let (one, hash) = listed(&chit, 1, &digest);
        let (again, _) = listed(&chit, 2, &hash);
        let thief = TestSigner::fresh();
        let stolen = ChitObject::compose_tran(partners.parts(5)).expect("a chit");
        let stolen = stolen.with_signature(thief.sign(&stolen.signing_bytes()));
        let foreign =
            partners.signed(&ComposeChit { tally: TallyId::new(Uuid::new_v4()), ..partners.parts(5) });

        for (what, chits) in [
            ("a chit listed twice", vec![one.clone(), again]),
            ("a chit signed by a thief behind a good one", vec![one.clone(), listed(&stolen, 2, &hash).0]),
            ("a chit of another tally", vec![listed(&foreign, 1, &digest).0]),
            ("a chit without a place", vec![with(one.clone(), "/chain", json!(null))]),
            ("something that is no chit", vec![one.clone(), json!(5)]),
            ("a place that is no number", vec![with(one.clone(), "/chain/index", json!("1"))]),
        ] {
            partners.ignored(what, partners.upd(&chits).to_string().as_bytes()).await;
        }
        for said in [
            json!({"cmd": "upd", "tally": partners.id(), "chits": "all"}),
            json!({"cmd": "steal", "tally": partners.id()}),
            json!({"cmd": "new", "tally": partners.id(), "index": 1, "hash": hash.to_string()}),
            json!({"cmd": "ack", "tally": partners.id()}),
            json!({"cmd": "ack", "tally": partners.id(), "index": -1, "hash": hash.to_string()}),
            json!({"cmd": "ack", "tally": Uuid::new_v4().to_string(), "index": 0, "hash": digest.to_string()}),
        ] {
            partners.ignored("garbage about the chain", partners.chain(&said).to_string().as_bytes()).await;
        }
        partners.still_trade().await;
    }
}

/// What cannot be followed is answered, and never by giving in. Said once it leaves a suspicion; said again of what both
/// had agreed on, it is a dispute.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn claims_about_the_chain_that_are_wrong_change_nothing() {
    for mut partners in each_role().await {
        let before = partners.ana.snapshot().await.without_times();
        let claim = |index: u64| json!({"cmd": "ack", "tally": partners.id(), "index": index, "hash": "A".repeat(43)});
        let claims = [0, 1, 7, (1_u64 << 53) - 1].map(|index| partners.chain(&claim(index)).to_string());
        for claim in &claims {
            // What she says a second time before the first has left, she says once.
            partners.at_rest().await;
            partners.call.send(claim.as_bytes()).await;
            let Body::Chain(answer) = partners.call.receive().await.body else { panic!("another answer") };
            let stands = answer.hash.is_none_or(|hash| hash == partners.tally.digest());
            assert!(stands, "she stands by what both signed");
            assert_eq!(partners.ana.snapshot().await.without_times(), before);
        }
        partners.still_trade().await;

        for _ in 0..2 {
            partners.at_rest().await;
            partners.call.send(claims[0].as_bytes()).await;
            let Body::Chain(answer) = partners.call.receive().await.body else { panic!("another answer") };
            assert_eq!((answer.cmd, answer.hash), (ChainCmd::Nak, Some(partners.tally.digest())));
        }
        let view = partners.ana.wallet.tally(&partners.id()).await.expect("the tally");
        assert_eq!(view.row.copies.state, CopiesState::Mismatch);
        partners.promises_nothing_new().await;
        assert_eq!(partners.balance().await, 1_000);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn messages_that_have_no_business_on_this_link_are_dropped() {
    let mut partners = Partners::open(Ana::new().await, Somebody::new("Mallory", 13), Template::Friend).await;
    let good = partners.announce(&partners.tran(5), 1);
    let (ticket, _) = partners.ana.invite(Template::Friend).await;
    let stranger = Somebody::new("Carol", 3);
    let unasked = {
        let ours = Side { cert: Some(partners.them.cert.clone()), ..Side::default() };
        let hers = Side { cert: partners.tally.cert(Half::Stock).cloned(), ..Side::default() };
        let agree = Contract::builtin()[0].hash();
        let object = TallyObject::compose(ComposeTally {
            uuid: TallyId::new(Uuid::new_v4()),
            revision: 1,
            date: Date::from_millis(1_795_341_954_463),
            memo: None,
            agree,
            stock: ours,
            foil: hers,
        })
        .expect("a tally");
        object.with_signature(Half::Stock, partners.them.signer.sign(&object.signing_bytes()))
    };
    let text = good.to_string();
    let deep = format!("{}1{}", "[".repeat(20), "]".repeat(20));

    for (what, payload) in [
        ("somebody else's name", with(good.clone(), "/from/agent", json!("A".repeat(43))).to_string()),
        (
            "her own name",
            with(good.clone(), "/from/agent", json!(partners.ana.chad().agent().to_string())).to_string(),
        ),
        ("a message for somebody else", with(good.clone(), "/to/agent", json!("A".repeat(43))).to_string()),
        ("an offer that nobody asked for", partners.said(TallyAction::Offer, &unasked).to_string()),
        ("an open that nobody asked for", partners.said(TallyAction::Open, &unasked).to_string()),
        ("an unknown target", with(good.clone(), "/target", json!("route")).to_string()),
        ("an unknown action", with(good.clone(), "/action", json!("steal")).to_string()),
        ("a ticket of somebody else's", {
            super::ticket_message(&ticket, &stranger, &stranger.cert).to_string()
        }),
        ("a ticket with somebody else's certificate", {
            super::ticket_message(&ticket, &partners.them, &stranger.cert).to_string()
        }),
        ("an unknown ticket", {
            let message = super::ticket_message(&ticket, &partners.them, &partners.them.cert);
            with(message, "/ticket/token", json!("A".repeat(22))).to_string()
        }),
        ("the longest message", "x".repeat(tallystick_noise::MAX_MESSAGE)),
        ("nothing", String::new()),
        ("a deep member", format!("{},\"x\":{deep}}}", &text[..text.len() - 1])),
        ("a member twice", text.replacen("\"units\":5", "\"units\":5,\"units\":5", 1)),
        ("half a character", text.replacen("\"chit\"", "\"\\ud800\"", 1)),
        (
            "a member twice, once in disguise",
            text.replacen("\"units\":5", "\"unit\\u0073\":500,\"units\":5", 1),
        ),
    ] {
        partners.ignored(what, payload.as_bytes()).await;
    }
    partners.ignored("bytes that are no text", &[0xff, 0xfe, 0x00]).await;
    partners.still_trade().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_partner_cannot_speak_about_the_tallies_of_others() {
    let ben = Partners::open(Ana::new().await, Somebody::new("Ben", 2), Template::Friend).await;
    let Partners { ana, them: honest, call: ben_call, tally: bens, .. } = ben;
    let mut mallory = Partners::open(ana, Somebody::new("Mallory", 13), Template::Friend).await;

    let chit = ComposeChit { tally: bens.uuid(), ..mallory.parts(5) };
    let forged = mallory.signed(&chit);
    mallory.ignored("a chit for another's tally", mallory.announce(&forged, 1).to_string().as_bytes()).await;
    let true_one = ChitObject::compose_tran(chit).expect("a chit");
    let true_one = true_one.with_signature(honest.signer.sign(&true_one.signing_bytes()));
    mallory.ignored("another's true chit", mallory.announce(&true_one, 1).to_string().as_bytes()).await;
    for action in [TallyAction::Void, TallyAction::Open, TallyAction::Offer, TallyAction::Draft] {
        let said = mallory.said(action, &bens);
        mallory.ignored("a word on another's tally", said.to_string().as_bytes()).await;
    }

    mallory.still_trade().await;
    let Partners { ana, .. } = mallory;
    let mut ben =
        Partners { ana, them: honest, call: ben_call, half: Half::Foil, offer: bens.clone(), tally: bens };
    ben.still_trade().await;
}
