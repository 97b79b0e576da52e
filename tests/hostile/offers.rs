//! Tickets for several or for one, and offers and certificates that are not what they should be.

use serde_json::{Value, json};
use tallystick_core::chit::{ChitObject, ComposeChit};
use tallystick_core::message::{Body, ChainCmd, TallyAction};
use tallystick_core::tally::TallyObject;
use tallystick_core::{Certificate, Half, Units};
use tallystick_node::view::{DifferenceField, DisputeKind, PhaseView, Template, TicketState, Whose};
use tallystick_testkit::TestSigner;

use super::partners::Partners;
use super::{Ana, Somebody, certificate, eventually, ticket_message};

fn with(mut value: Value, pointer: &str, member: Value) -> Value {
    *value.pointer_mut(pointer).expect("a member") = member;
    value
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_ticket_for_two_has_two_users_and_silence_for_a_third() {
    let ana = Ana::new().await;
    let (ticket, view) = ana.invite_with(Template::Friend, 2, None).await;
    let [ben, carol, dan] =
        [("Ben", 2), ("Carol", 3), ("Dan", 4)].map(|(name, seed)| Somebody::new(name, seed));
    let first = |from: &Somebody, cert: &Certificate| {
        from.first_packet(ticket.chad.agent(), &ticket_message(&ticket, from, cert)).1
    };
    ben.use_ticket(&ana, &ticket).await;
    let other_key = certificate("Ben", ben.secret.agent_id(), &TestSigner::fresh());
    ana.ignores("the same user with another certificate", &first(&ben, &other_key)).await;
    ana.ignores("a user with her own key", &first(&carol, &ben.cert)).await;
    carol.use_ticket(&ana, &ticket).await;
    ana.ignores("one user too many", &first(&dan, &dan.cert)).await;

    let before = ana.snapshot().await;
    ben.use_ticket(&ana, &ticket).await;
    assert_eq!(ana.snapshot().await, before, "a repetition is no use");
    let ticket = ana.wallet.ticket(&view.id).await.expect("the ticket");
    assert_eq!((ticket.state, ticket.used), (TicketState::Used, 2));
    let rows = ana.wallet.tallies().await.expect("tallies");
    assert_eq!(rows.iter().filter(|row| row.phase == PhaseView::PartnerDraft).count(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_ticket_for_several_that_was_taken_back_or_ran_out_gets_silence() {
    let ana = Ana::new().await;
    let [ben, carol] = [("Ben", 2), ("Carol", 3)].map(|(name, seed)| Somebody::new(name, seed));
    let (revoked, view) = ana.invite_with(Template::Friend, 3, None).await;
    ben.use_ticket(&ana, &revoked).await;
    ana.wallet.ticket_revoke(&view.id).await.expect("revoked");
    let (expired, _) = ana.invite_with(Template::Friend, 3, None).await;
    ben.use_ticket(&ana, &expired).await;
    let ana = ana.later(901).await;

    for ticket in [&revoked, &expired] {
        let message = ticket_message(ticket, &carol, &carol.cert);
        ana.ignores("a ticket that is over", &carol.first_packet(ticket.chad.agent(), &message).1).await;
        // Whoever used it while it was good may still repeat what was lost.
        let before = ana.snapshot().await;
        ben.use_ticket(&ana, ticket).await;
        assert_eq!(ana.snapshot().await, before);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_ticket_bound_to_one_gets_silence_for_another() {
    let ana = Ana::new().await;
    let (ben, mallory) = (Somebody::new("Ben", 2), Somebody::new("Mallory", 13));
    for uses in [1, 2] {
        let (ticket, _) = ana.invite_with(Template::Friend, uses, Some(&ben)).await;
        assert_eq!(ticket.bound, Some(ben.secret.agent_id()));
        for (what, cert) in
            [("another user", &mallory.cert), ("another user with the first one's name", &ben.cert)]
        {
            let message = ticket_message(&ticket, &mallory, cert);
            ana.ignores(what, &mallory.first_packet(ticket.chad.agent(), &message).1).await;
        }
        ben.use_ticket(&ana, &ticket).await;
        ana.verify().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_certificate_with_odd_fields_is_shown_within_bounds_or_not_at_all() {
    let ana = Ana::new().await;
    let long = "x".repeat(4_000);
    let odd = [
        (json!(5), json!(true), None),
        (json!({"media": "email"}), json!("a house"), None),
        (json!([[], {}, {"media": "email", "address": {"a": 1}}]), json!([{"address": 7}]), None),
        (json!([{"media": "email", "address": long}]), json!([{"city": long}]), Some(200)),
    ];
    for (seed, (connect, place, shown)) in (20..).zip(odd) {
        let (ticket, view) = ana.invite(Template::Friend).await;
        let mut mallory = Somebody::new("Mallory", seed);
        let raw = with(with(mallory.cert.raw().clone(), "/connect", connect), "/place", place);
        mallory.cert = Certificate::parse(raw).expect("a certificate all the same");
        mallory.use_ticket(&ana, &ticket).await;

        let card = ana.wallet.tally(&view.tally).await.expect("the tally").their_card.expect("a card");
        assert_eq!(card.name, "Mallory");
        assert_eq!(card.email.map(|text| text.chars().count()), shown);
        assert_eq!(card.place.map(|text| text.chars().count()), shown);
    }
    ana.verify().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_changed_offer_may_not_change_who_the_parties_are() {
    let mut partners =
        Partners::offered(Ana::new().await, Somebody::new("Mallory", 13), Template::Friend).await;
    let next = partners.offer.next_revision().expect("a next version").raw().clone();
    let signed = |partners: &Partners, raw: Value, signer: &TestSigner| {
        let object = TallyObject::parse(raw).expect("a tally").without_signatures();
        let object = object.with_signature(partners.half, signer.sign(&object.signing_bytes()));
        partners.said(TallyAction::Offer, &object).to_string()
    };
    let told = json!([{"address": "ana@example.org", "media": "email"}]);
    let thief = TestSigner::fresh();
    let hers = partners.offer.cert(Half::Stock).expect("her certificate").raw().clone();
    let agent = json!(Somebody::new("Carol", 3).secret.agent_id().to_string());
    for raw in [
        // Her card tells more, her name is another one, her key, no certificate at all, hers on
        // both sides; his agent is another one.
        with(next.clone(), "/stock/cert/connect", told.clone()),
        with(next.clone(), "/stock/cert/name", json!({"first": "Anna"})),
        with(next.clone(), "/stock/cert/public", thief.public().to_jwk()),
        with(next.clone(), "/stock/cert", json!(null)),
        with(next.clone(), "/foil/cert", hers),
        with(next.clone(), "/foil/cert/chad/agent", agent),
        // Another tally's name, and a version no newer than hers.
        with(next.clone(), "/uuid", json!(uuid::Uuid::new_v4().to_string())),
        with(next.clone(), "/revision", json!(1)),
    ] {
        partners.call.send(signed(&partners, raw, &partners.them.signer).as_bytes()).await;
    }
    // His key is another one, the signature is another's, and there is none.
    let other_key = with(next.clone(), "/foil/cert/public", thief.public().to_jwk());
    partners.call.send(signed(&partners, other_key, &thief).as_bytes()).await;
    partners.call.send(signed(&partners, next.clone(), &thief).as_bytes()).await;
    let object = TallyObject::parse(next.clone()).expect("a tally").without_signatures();
    partners.call.send(partners.said(TallyAction::Offer, &object).to_string().as_bytes()).await;

    // Each of those would have taken the place of this one, which says of himself what he likes and grants more.
    let good = with(with(next, "/foil/cert/connect", told), "/foil/terms", json!({"limit": 5, "call": 3}));
    partners.call.send(signed(&partners, good, &partners.them.signer).as_bytes()).await;
    let id = partners.id();
    let ana = &partners.ana;
    let turned = async || ana.wallet.tally(&id).await.expect("the tally").row.phase == PhaseView::OfferedToUs;
    eventually("his offer", turned).await;

    let view = ana.wallet.tally(&id).await.expect("the tally");
    let talk = view.negotiation.expect("a talk");
    let fields: Vec<_> = talk.differences.iter().map(|one| (one.field, one.whose)).collect();
    assert_eq!(
        fields,
        [
            (DifferenceField::Limit, Whose::Theirs),
            (DifferenceField::Notice, Whose::Theirs),
            (DifferenceField::Card, Whose::Theirs),
        ]
    );
    assert_eq!((talk.revision, view.their_terms.limit), (2, Some(5_000)));
    assert_eq!(view.their_card.and_then(|card| card.email).as_deref(), Some("ana@example.org"));
    assert_eq!(view.disclosed, []);
    let preview = ana.wallet.accept_preview(&id).await.expect("a preview");
    ana.wallet.sign(&preview.id).await.expect("signed");
    ana.verify().await;
}

/// A name with two contents: seen, kept for whoever must judge, and over once both copies say the same again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_conflict_is_shown_with_its_evidence_until_the_copies_match_again() {
    let mut partners = Partners::open(Ana::new().await, Somebody::new("Mallory", 13), Template::Friend).await;
    let parts = partners.parts(700);
    let first = partners.signed(&parts);
    partners.call.send(partners.announce(&first, 1).to_string().as_bytes()).await;
    partners.call.receive().await;
    let other = partners.signed(&ComposeChit { units: Units::new(900).ok(), ..parts });
    partners.call.send(partners.announce(&other, 2).to_string().as_bytes()).await;
    partners.still_there_besides(Some(1)).await;

    let id = partners.id();
    let (_, hash) = partners.head().await;
    let dispute = partners.ana.wallet.tally(&id).await.expect("the tally").dispute.expect("a dispute");
    assert_eq!((dispute.kind, dispute.index, dispute.evidence), (DisputeKind::Conflict, 1, 1));
    assert_eq!((dispute.our_hash, dispute.their_hash), (Some(hash.to_string()), None));
    assert_eq!(dispute.entry, Some(first.uuid().to_string()));
    assert!(dispute.since > 1_700_000_000_000);
    let text = partners.ana.wallet.evidence(&id).await.expect("evidence").text;
    let said: Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(said["dispute"]["kind"], "conflict");
    assert_eq!(said["entries"][0]["chit"]["units"], 700);
    assert_eq!(
        (&said["entries"][0]["signature"], &said["entries"][0]["hashFits"]),
        (&"good".into(), &true.into())
    );
    let kept = said["partnerSaid"].as_array().expect("a list");
    assert_eq!((kept.len(), &kept[0]["said"]["units"]), (1, &900.into()));
    let kept = ChitObject::parse(kept[0]["said"].clone()).expect("a chit");
    assert!(kept.verify(partners.them.signer.public()).is_ok(), "his own signature is what proves it");

    partners.at_rest().await;
    partners.ana.wallet.compare(&id).await.expect("asked");
    let Body::Chain(asked) = partners.call.receive().await.body else { panic!("no question") };
    assert_eq!((asked.cmd, asked.index), (ChainCmd::Req, Some(2)));
    let same = json!({"cmd": "ack", "tally": id, "index": 1, "hash": hash.to_string()});
    partners.call.send(partners.chain(&same).to_string().as_bytes()).await;
    let ana = &partners.ana;
    let over = async || ana.wallet.tally(&id).await.expect("the tally").dispute.is_none();
    eventually("the end of the dispute", over).await;
    let view = ana.wallet.tally(&id).await.expect("the tally");
    assert!(view.proof.compared_at.is_some());
    partners.still_trade().await;
    // What was said stays said.
    let text = partners.ana.wallet.evidence(&id).await.expect("evidence").text;
    assert!(text.contains("900"));
}
