//! What an invitation brings with it: contracts, what two people tell of themselves, tickets for several or for one.

use tallystick_core::Contract;
use tallystick_node::view::{
    Card, CardField, CodeProblem, CounterTerms, FailureCode, InviteTerms, PhaseView, TallyView, TicketState,
};

use crate::people::{Place, answered, eventually, matching, open_tally, tally_in, tally_where, terms};

mod people;

fn changed() -> CounterTerms {
    CounterTerms { limit: 1, notice_days: Some(1), memo: None }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_signs_under_a_contract_whose_text_is_not_there() {
    let place = Place::new();
    let (ana, ben) = (place.person("Ana Ruiz").await, place.person("Ben Ode").await);
    let text = "By and between\n\n## Loans *among* friends\n\nWe trust each other. Zoë 李雷\n";
    let known = ana.wallet.contract_import(text.to_owned()).await.expect("brought in");
    assert_eq!((known.title.as_str(), known.builtin), ("Loans *among* friends", false));
    assert_eq!(known.hash, Contract::hash_of(text).to_string());
    let unknown = InviteTerms { contract: Some("A".repeat(43)), ..terms() };
    assert_eq!(ana.wallet.invite(unknown).await.expect_err("unknown").code, FailureCode::ContractMissing);

    let under = InviteTerms { contract: Some(known.hash.clone()), ..terms() };
    let id = answered(&ana, &ben, under).await.row.id;
    ana.offer(&id).await;
    let seen = tally_in(&ben, PhaseView::OfferedToUs).await;
    assert_eq!((seen.contract_title, seen.contract_hash), (None, known.hash.clone()));
    let cannot = async |what: &str| {
        let accept = ben.wallet.accept_preview(&id).await.expect_err(what).code;
        let change = ben.wallet.counter_preview(&id, changed()).await.expect_err(what).code;
        assert_eq!((accept, change), (FailureCode::ContractMissing, FailureCode::ContractMissing), "{what}");
        assert!(ben.wallet.contract(&known.hash).await.is_err());
    };
    cannot("no text at all").await;
    for other in [format!("{text}\n"), text.replace('\n', "\r\n"), text.replace("Zoë", "Zoe")] {
        let hash = ben.wallet.contract_import(other).await.expect("brought in").hash;
        assert_ne!(hash, known.hash);
        cannot("a text with another hash").await;
    }

    let imported = ben.wallet.contract_import(text.to_owned()).await.expect("brought in");
    assert_eq!(imported, known);
    assert_eq!(ben.view(&id).await.contract_title.as_deref(), Some("Loans *among* friends"));
    ben.accept(&id).await;
    let of_ana = tally_where(&ana, "an open tally", matching).await;
    let of_ben = tally_where(&ben, "an open tally", matching).await;
    assert_eq!(of_ana.proof.digest, of_ben.proof.digest);

    let listed = ben.wallet.contracts().await.expect("contracts");
    assert_eq!(listed.iter().filter(|one| one.builtin).count(), Contract::builtin().len());
    assert_eq!(listed.iter().filter(|one| !one.builtin).count(), 4);
    let ours = ben.wallet.contract_import(Contract::builtin()[0].text().to_owned()).await.expect("ours");
    assert!(ours.builtin && ben.wallet.contracts().await.expect("contracts") == listed);
    for bad in ["", " \n\t ", "has a \u{0} in it", "has an \u{1b}[2J in it", &"x".repeat(128 * 1024 + 1)] {
        let refused = ben.wallet.contract_import(bad.to_owned()).await.expect_err("no contract");
        assert_eq!(refused.code, FailureCode::NotAContract);
    }
}

fn card(person: &str, email: Option<&str>, phone: Option<&str>, place: Option<&str>) -> Card {
    let text = |text: Option<&str>| text.map(str::to_owned);
    Card { name: person.to_owned(), email: text(email), phone: text(phone), place: text(place) }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_partner_sees_the_fields_they_were_told_and_no_others() {
    let place = Place::new();
    let (ana, ben) = (place.person("Ana Ruiz").await, place.person("Ben Ode").await);
    assert_eq!(ana.wallet.identity_card().await.expect("a card"), card("Ana Ruiz", None, None, None));
    let early = InviteTerms { disclose: vec![CardField::Email], ..terms() };
    assert_eq!(ana.wallet.invite(early.clone()).await.expect_err("no email").code, FailureCode::NotFound);
    assert!(ana.wallet.tallies().await.expect("tallies").is_empty());
    let whole = card("Ana Ruiz", Some(" ana@example.org"), Some("+34 600 111"), Some("Calle Mayor 1"));
    ana.wallet.identity_card_save(whole).await.expect("kept");
    ben.wallet
        .identity_card_save(card("Ben Ode", None, Some("555 222"), Some("The mill")))
        .await
        .expect("kept");

    let link = ana.wallet.invite(early).await.expect("a ticket").link.expect("a link");
    let contact = ben.contact(&link, &[CardField::Phone]).await;
    assert_eq!(ben.view(&contact).await.disclosed, [CardField::Phone]);
    let drafted = tally_in(&ana, PhaseView::PartnerDraft).await;
    let id = drafted.row.id;
    assert_eq!(drafted.their_card, Some(card("Ben Ode", None, Some("555 222"), None)));
    ana.offer(&id).await;
    tally_in(&ben, PhaseView::OfferedToUs).await;
    // A card that changes later changes nothing that was said.
    ana.wallet.identity_card_save(card("Ana Ruiz", None, None, None)).await.expect("kept");
    ben.accept(&id).await;

    let of_ana = tally_where(&ana, "an open tally", matching).await;
    let of_ben = tally_where(&ben, "an open tally", matching).await;
    assert_eq!((of_ana.disclosed, of_ben.disclosed), (vec![CardField::Email], vec![CardField::Phone]));
    assert_eq!(of_ana.their_card, Some(card("Ben Ode", None, Some("555 222"), None)));
    assert_eq!(of_ben.their_card, Some(card("Ana Ruiz", Some("ana@example.org"), None, None)));
    // Nothing that was not told is anywhere in what both signed.
    let text = ben.wallet.evidence(&id).await.expect("evidence").text;
    assert!(text.contains("ana@example.org") && text.contains("555 222"));
    for secret in ["600 111", "Calle Mayor", "The mill"] {
        assert!(!text.contains(secret), "{secret}");
    }

    let refused = async |card| ana.wallet.identity_card_save(card).await.expect_err("refused").code;
    assert_eq!(refused(card("Somebody", None, None, None)).await, FailureCode::BadName);
    assert_eq!(refused(card("Ana Ruiz", Some("a\u{7}b"), None, None)).await, FailureCode::BadName);
    assert_eq!(refused(card("Ana Ruiz", Some(&"x".repeat(201)), None, None)).await, FailureCode::TooLong);
}

/// Ben used two of Ana's tickets and told her different things; her offers come in the other order.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_offer_answers_the_contact_that_said_what_it_says() {
    let place = Place::new();
    let (ana, ben) = (place.person("Ana Ruiz").await, place.person("Ben Ode").await);
    ben.wallet.identity_card_save(card("Ben Ode", Some("b@x"), None, None)).await.expect("kept");
    let mut drafts = Vec::new();
    for (limit, disclose) in [(1_000, &[][..]), (2_000, &[CardField::Email])] {
        let link =
            ana.wallet.invite(InviteTerms { they_may_owe: limit, ..terms() }).await.expect("a ticket").link;
        ben.contact(&link.expect("a link"), disclose).await;
        let answered = |tally: &TallyView| {
            tally.row.phase == PhaseView::PartnerDraft && tally.my_terms.limit == Some(limit)
        };
        drafts.push(tally_where(&ana, "the answer", answered).await.row.id);
    }

    for id in drafts.iter().rev() {
        ana.offer(id).await;
        let seen = tally_where(&ben, "the offer", |tally| {
            tally.row.id == *id && tally.row.phase == PhaseView::OfferedToUs
        })
        .await;
        assert_eq!(seen.disclosed.is_empty(), id == &drafts[0]);
        // What the code had claimed is that of the contact it answers.
        let warnings = ben.wallet.accept_preview(id).await.expect("a preview").warnings;
        assert!(warnings.is_empty(), "{warnings:?}");
        ben.accept(id).await;
    }
    eventually(&ana, "two open tallies", || async {
        let rows = ana.wallet.tallies().await.expect("tallies");
        (rows.iter().filter(|row| row.phase == PhaseView::Open).count() == 2).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_ticket_for_three_makes_three_tallies() {
    let place = Place::new();
    let ana = place.person("Ana Ruiz").await;
    let ticket = ana.wallet.invite(InviteTerms { uses: 3, memo: Some("stall".to_owned()), ..terms() }).await;
    let ticket = ticket.expect("a ticket");
    assert_eq!((ticket.uses, ticket.used, ticket.state), (3, 0, TicketState::Live));
    let link = ticket.link.expect("a link");
    let mut ids = Vec::new();
    for (number, name) in (1..).zip(["Ben Ode", "Cy Roe", "Dan Poe"]) {
        let guest = place.person(name).await;
        guest.contact(&link, &[]).await;
        let theirs = |tally: &TallyView| {
            tally.row.phase == PhaseView::PartnerDraft
                && tally.row.partner.as_ref().is_some_and(|partner| partner.name == name)
        };
        let draft = tally_where(&ana, "the answer", theirs).await;
        assert_eq!((draft.memo.as_deref(), draft.my_terms.limit), (Some("stall"), Some(20_000)));
        let now = ana.wallet.ticket(&ticket.id).await.expect("the ticket");
        let state = if number == 3 { TicketState::Used } else { TicketState::Live };
        assert_eq!((now.used, now.state, now.link.is_some()), (number, state, number != 3));
        assert_eq!(now.used_by.map(|person| person.name).as_deref(), Some(name));
        let again = guest.wallet.code_inspect(&link).await.expect("a card");
        assert_eq!(again.problem, Some(CodeProblem::UsedHere));
        ana.offer(&draft.row.id).await;
        guest.accept(&tally_in(&guest, PhaseView::OfferedToUs).await.row.id).await;
        tally_where(&guest, "an open tally", matching).await;
        ids.push(draft.row.id);
    }

    ids.push(ticket.tally);
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 4, "each has a name of its own, and the draft keeps its own");
    assert!(ana.wallet.ticket_revoke(&ticket.id).await.is_err());
    for uses in [0, 1_001] {
        let refused = ana.wallet.invite(InviteTerms { uses, ..terms() }).await.expect_err("refused");
        assert_eq!(refused.code, FailureCode::BadAmount);
    }
    ana.verify().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_ticket_for_one_person_is_for_nobody_else() {
    let place = Place::new();
    let (ana, ben) = (place.person("Ana Ruiz").await, place.person("Ben Ode").await);
    let cy = place.person("Cy Roe").await;
    let address = ben.wallet.identity().address;
    let only = |text: &str| InviteTerms { only_for: Some(text.to_owned()), ..terms() };
    for bad in
        ["", "Ben", "https://example.org", &ana.wallet.identity().address, &format!("{address}?ticket=x")]
    {
        assert_eq!(
            ana.wallet.invite(only(bad)).await.expect_err("refused").code,
            FailureCode::BadAddress,
            "{bad}"
        );
    }

    let ticket = ana.wallet.invite(only(&format!(" {address}\n"))).await.expect("a ticket");
    assert_eq!(ticket.only_for.as_ref(), Some(&address));
    let link = ticket.link.expect("a link");

    let strange = cy.wallet.code_inspect(&link).await.expect("a card");
    assert_eq!((strange.problem, strange.inspection), (Some(CodeProblem::ForAnother), None));
    ben.contact(&link, &[]).await;
    tally_in(&ana, PhaseView::PartnerDraft).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_ticket_used_on_an_open_link_is_not_repeated() {
    let place = Place::new();
    let (ana, ben) = (place.person("Ana Ruiz").await, place.person("Ben Ode").await);
    open_tally(&ana, &ben).await;
    assert_ne!(ben.wallet.connection().await.expect("a state").links, 0);

    let link = ana.wallet.invite(terms()).await.expect("a ticket").link.expect("a live ticket has a link");
    let contact = ben.contact(&link, &[]).await;

    // Nothing but her answer ends it: she has offered nothing yet.
    ben.at_rest().await;
    assert_eq!(ben.view(&contact).await.row.phase, PhaseView::Contacted);
    let draft = tally_in(&ana, PhaseView::PartnerDraft).await;
    ana.offer(&draft.row.id).await;
    tally_in(&ben, PhaseView::OfferedToUs).await;
}
