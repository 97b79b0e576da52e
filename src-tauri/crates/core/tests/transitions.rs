//! Every row of the table of states (protocol.md 7): what is taken, what is refused, and that neither repetition nor
//! refusal changes anything.

#![allow(clippy::unwrap_used)]

use serde_json::{Value, json};
use tallystick_core::chain::Linked;
use tallystick_core::chit::{ChitLink, ChitObject, ComposeChit};
use tallystick_core::effect::Subject;
use tallystick_core::message::{Body, ChainCmd, ChainMessage, TallyAction};
use tallystick_core::tally::{Input, Known, Phase, Tally, TallyObject};
use tallystick_core::{Certificate, ChitId, Half, Refusal, Units};
use tallystick_testkit::TestSigner;
use uuid::Uuid;

use crate::cast::{cert, date, draft, id};

mod cast;

/// Alice drafts and holds the stock; Bob is who answers.
struct Table {
    alice: TestSigner,
    bob: TestSigner,
    alice_cert: Certificate,
    bob_cert: Certificate,
}

/// What can happen, in the order of the columns below.
const INPUTS: [&str; 17] = [
    "answered",
    "offer",
    "revise",
    "accept",
    "refuse",
    "withdraw",
    "pay",
    "close",
    "compare",
    "their offer",
    "their draft",
    "their open",
    "their void",
    "their chit",
    "their ack",
    "offer delivered",
    "answer delivered",
];

/// Where each input leads; a dot is a refusal, an equals sign a step that stays.
#[rustfmt::skip]
const ROWS: [(Phase, [&str; 17]); 12] = [
    //                    answered   offer          revise         accept        refuse        withdraw      pay  close     cmp  offer      draft open    void    chit      ack     offer d.   answer d.
    (Phase::Draft,        ["P.draft", ".",           ".",           ".",          ".",          ".",          ".", ".",      ".", ".",       "=", ".",    ".",    ".",      ".",    "=",       "="]),
    (Phase::PartnerDraft, ["=",       "draft.offer", ".",           ".",          "offer.void", ".",          ".", ".",      ".", ".",       "=", ".",    "void", ".",      ".",    "=",       "="]),
    (Phase::Offering,     [".",       "=",           ".",           ".",          ".",          "offer.void", ".", ".",      ".", "P.offer", "=", "open", "void", ".",      ".",    "H.offer", "="]),
    (Phase::Offered,      [".",       "=",           ".",           ".",          ".",          "offer.void", ".", ".",      ".", "P.offer", "=", "open", "void", ".",      ".",    "=",       "="]),
    (Phase::OfferedToUs,  [".",       ".",           "offer.draft", "offer.open", "offer.void", ".",          ".", ".",      ".", "=",       "=", ".",    "void", ".",      ".",    "=",       "="]),
    (Phase::Accepting,    [".",       ".",           ".",           "=",          ".",          ".",          ".", ".",      ".", "=",       "=", ".",    "void", "open",   "open", "=",       "="]),
    (Phase::Revising,     [".",       "draft.offer", "=",           ".",          "offer.void", ".",          ".", ".",      ".", "=",       "=", ".",    "void", ".",      ".",    "=",       "P.draft"]),
    (Phase::Refusing,     [".",       ".",           ".",           ".",          "=",          "=",          ".", ".",      ".", "=",       "=", "=",    "=",    ".",      ".",    "=",       "void"]),
    (Phase::Open,         [".",       ".",           ".",           "=",          ".",          ".",          "=", "C.open", "=", ".",       "=", "=",    ".",    "=",      "=",    "=",       "="]),
    (Phase::Closing,      [".",       ".",           ".",           ".",          ".",          ".",          ".", "=",      "=", ".",       "=", "=",    ".",    "=",      "close",    "=",       "="]),
    (Phase::Closed,       [".",       ".",           ".",           ".",          ".",          ".",          ".", ".",      "=", ".",       "=", "=",    ".",    "C.open", "=",    "=",       "="]),
    (Phase::Void,         [".",       ".",           ".",           ".",          "=",          "=",          ".", ".",      ".", "=",       "=", "=",    "=",    ".",      ".",    "=",       "="]),
];

impl Table {
    fn new() -> Self {
        let (alice, bob) = (TestSigner::alice(), TestSigner::bob());
        let (alice_cert, bob_cert) = (cert(&alice, "alice", 1), cert(&bob, "bob", 2));
        Self { alice, bob, alice_cert, bob_cert }
    }

    fn by_alice(&self, object: &TallyObject) -> TallyObject {
        object.with_signature(Half::Stock, self.alice.sign(&object.signing_bytes()))
    }

    fn by_bob(&self, object: &TallyObject) -> TallyObject {
        object.with_signature(Half::Foil, self.bob.sign(&object.signing_bytes()))
    }

    fn by_both(&self, object: &TallyObject) -> TallyObject {
        self.by_bob(&self.by_alice(object))
    }

    fn counter(&self, tally: &Tally) -> TallyObject {
        let mut raw = tally.object().with_certificate(Half::Foil, self.bob_cert.clone()).raw().clone();
        raw["revision"] = json!(2);
        self.by_bob(&TallyObject::parse(raw).unwrap())
    }

    fn chit(&self, tally: &Tally, by: Half) -> ChitObject {
        let parts = ComposeChit {
            uuid: ChitId::new(Uuid::from_u128(if by == Half::Foil { 7 } else { 8 })),
            tally: id(),
            by,
            date: date(),
            units: Units::new(5).ok(),
            memo: None,
            reference: None,
        };
        let chit = ChitObject::compose_tran(parts).unwrap();
        let signer = if by == Half::Foil { &self.bob } else { &self.alice };
        let chit = chit.with_signature(signer.sign(&chit.signing_bytes()));
        if by == Half::Stock {
            return chit;
        }
        let (index, prior) =
            tally.chain().map_or((1, tally.object().digest()), |chain| (chain.head() + 1, chain.head_hash()));
        chit.with_chain(ChitLink { new: true, index, hash: chit.chain_hash(index, &prior), conf: Some(0) })
    }

    /// Alice's wish to close, as she signs it.
    fn close(&self) -> ChitObject {
        let parts = ComposeChit {
            uuid: ChitId::new(Uuid::from_u128(9)),
            tally: id(),
            by: Half::Stock,
            date: date(),
            units: None,
            memo: None,
            reference: Some(json!({"close": true})),
        };
        let chit = ChitObject::compose_set(parts).unwrap();
        chit.with_signature(self.alice.sign(&chit.signing_bytes()))
    }

    fn ack(tally: &Tally) -> Input {
        let chain = tally.chain();
        received(Body::Chain(ChainMessage {
            tally: id(),
            cmd: ChainCmd::Ack,
            index: Some(chain.map_or(0, |chain| chain.head())),
            hash: Some(chain.map_or_else(|| tally.object().digest(), |chain| chain.head_hash())),
            uuid: None,
            chits: Vec::new(),
        }))
    }

    fn input(&self, name: &str, tally: &Tally) -> Input {
        let negotiate = |action, object| received(Body::Tally { action, object, reason: None });
        let own = tally
            .object()
            .signature(Half::Stock)
            .map_or_else(|| self.by_alice(tally.object()), |_| tally.object().clone());
        match name {
            "answered" => Input::Answered(self.bob_cert.clone()),
            "offer" => Input::Offer(own),
            "accept" => Input::Accept(own),
            "refuse" => Input::Refuse(Some("no".to_owned())),
            "revise" => Input::Revise,
            "withdraw" => Input::Withdraw,
            "compare" => Input::Compare,
            "close" => Input::Sign(self.close()),
            "pay" => Input::Sign(self.chit(tally, Half::Stock)),
            "their offer" => negotiate(TallyAction::Offer, self.counter(tally)),
            "their draft" => negotiate(TallyAction::Draft, tally.object().clone()),
            "their open" => negotiate(TallyAction::Open, self.by_both(tally.object())),
            "their void" => negotiate(TallyAction::Void, tally.object().clone()),
            "their chit" => {
                let object = self.chit(tally, Half::Foil);
                received(Body::good(object))
            }
            "their ack" => Self::ack(tally),
            "offer delivered" => Input::Delivered(Subject::Offer(id())),
            "answer delivered" => Input::Delivered(Subject::Answer(id())),
            other => panic!("no input {other}"),
        }
    }

    /// Alice's copy in a phase.
    fn in_phase(&self, phase: Phase) -> Tally {
        let way: &[&str] = match phase {
            Phase::Draft => &[],
            Phase::PartnerDraft => &["answered"],
            Phase::Offering => &["answered", "offer"],
            Phase::Offered => &["answered", "offer", "offer delivered"],
            Phase::OfferedToUs => &["answered", "offer", "their offer"],
            Phase::Accepting => &["answered", "offer", "their offer", "accept"],
            Phase::Refusing => &["answered", "offer", "their offer", "refuse"],
            Phase::Open => &["answered", "offer", "their open"],
            Phase::Void => &["answered", "offer", "their void"],
            Phase::Revising => &["answered", "offer", "their offer", "revise"],
            Phase::Closing => &["answered", "offer", "their open", "close"],
            Phase::Closed => &["answered", "offer", "their open", "close", "their ack"],
        };
        let mut tally = draft(Half::Stock, &self.alice_cert);
        for step in way {
            tally.handle(self.input(step, &tally)).unwrap();
        }
        assert_eq!(tally.phase(), phase);
        tally
    }
}

fn received(body: Body) -> Input {
    Input::Received { body, known: Known::default() }
}

/// The input as the ledger hands it over: with the chit it names, if that is agreed by now.
fn with_known(input: Input, tally: &Tally) -> Input {
    let Input::Received { body, .. } = input else { return input };
    let agreed = tally.chain().and_then(|chain| chain.agreed());
    let known = match &body {
        Body::Chit { object, .. } => {
            let link = object.chain().filter(|link| Some(link.index) <= agreed);
            let linked =
                |link: &ChitLink| Linked { index: link.index, hash: link.hash, chit: object.without_chain() };
            link.map(linked).into_iter().collect()
        }
        _ => Vec::new(),
    };
    Input::Received { body, known: Known { chits: known, ..Known::default() } }
}

#[test]
fn every_input_in_every_phase_leads_where_the_table_says() {
    let table = Table::new();
    for (phase, leads) in ROWS {
        for (name, lead) in INPUTS.iter().zip(leads) {
            let before = table.in_phase(phase);
            let input = table.input(name, &before);
            let mut tally = before.clone();
            let outcome = tally.handle(input.clone());
            let place = format!("{name} on {}", phase.as_str());

            match lead {
                "." => {
                    assert!(outcome.is_err(), "{place} was taken");
                    assert_eq!(tally, before, "{place} left a trace");
                    continue;
                }
                "=" => assert_eq!(tally.phase(), phase, "{place}: {outcome:?}"),
                _ => assert_eq!(tally.phase().as_str(), lead, "{place}: {outcome:?}"),
            }
            assert!(outcome.is_ok(), "{place} was refused: {outcome:?}");
            let after = tally.clone();
            // Once there, the same again is either a repetition or out of turn; it never changes anything.
            let _ = tally.handle(with_known(input, &tally));
            assert!(tally == after, "{place}, repeated, changed something");
        }
    }
}

#[test]
fn an_open_that_was_tampered_with_opens_nothing() {
    let table = Table::new();
    let offered = table.in_phase(Phase::Offered);
    let carol = TestSigner::fresh();
    let changed = |pointer: &str, value: Value| {
        let mut raw = offered.object().raw().clone();
        *raw.pointer_mut(pointer).unwrap() = value;
        TallyObject::parse(raw).unwrap()
    };
    let contract = changed("/agree", json!("n_TA5cTQRAQKuVvjWsmnlobqUDzaqlxBpI9zyvYOxDR"));
    let terms = changed("/stock/terms/limit", json!(20_000));
    let key = changed("/foil/cert/public", carol.public().to_jwk());
    let by_carol =
        |object: &TallyObject| object.with_signature(Half::Foil, carol.sign(&object.signing_bytes()));

    for (what, object) in [
        ("another contract, signed again", table.by_bob(&contract)),
        ("other terms, signed again", table.by_bob(&terms)),
        ("other terms, both signatures replaced", table.by_both(&terms)),
        ("another key and its signature", by_carol(&key)),
        ("the right text, signed by another key", by_carol(offered.object())),
        ("our signature twice", {
            let ours = *offered.object().signature(Half::Stock).unwrap();
            offered.object().with_signature(Half::Foil, ours)
        }),
        ("no signature of theirs", offered.object().clone()),
        ("no signature of ours", table.by_bob(&offered.object().without_signatures())),
    ] {
        let mut tally = offered.clone();
        let refusal = tally
            .handle(received(Body::Tally { action: TallyAction::Open, object, reason: None }))
            .expect_err(what);

        assert!(refusal.blames_peer(), "{what}: {refusal}");
        assert_eq!(tally, offered, "{what}");
    }
}

#[test]
fn a_counter_offer_may_not_touch_who_we_are() {
    let table = Table::new();
    let offered = table.in_phase(Phase::Offered);
    let changed = |pointer: &str, value: Value| {
        let mut raw = table.counter(&offered).raw().clone();
        *raw.pointer_mut(pointer).unwrap() = value;
        table.by_bob(&TallyObject::parse(raw).unwrap().without_signatures())
    };

    for (what, object) in [
        ("our address", changed("/stock/cert/chad/agent", json!("A".repeat(43)))),
        ("our name", changed("/stock/cert/name", json!({"first": "Mallory"}))),
        ("our key", changed("/stock/cert/public", TestSigner::fresh().public().to_jwk())),
        ("their agent", changed("/foil/cert/chad/agent", json!("A".repeat(43)))),
        ("their key", changed("/foil/cert/public", TestSigner::fresh().public().to_jwk())),
        ("our signature, put in", table.by_alice(&table.counter(&offered))),
    ] {
        let mut tally = offered.clone();
        let offer = Body::Tally { action: TallyAction::Offer, object, reason: None };

        assert!(tally.handle(received(offer)).is_err(), "{what} was changed");
        assert_eq!(tally, offered, "{what}");
    }
}

#[test]
fn a_ticket_is_not_used_by_its_maker_nor_with_its_makers_key() {
    let table = Table::new();
    let fresh = table.in_phase(Phase::Draft);

    for partner in [table.alice_cert.clone(), cert(&table.alice, "mallory", 9)] {
        let mut tally = fresh.clone();

        assert!(matches!(tally.handle(Input::Answered(partner)), Err(Refusal::Misfit(_))));
        assert_eq!(tally, fresh);
    }
}
