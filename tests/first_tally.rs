//! Two wallets, two profiles, one real link between them: from a ticket to a paid chit.

use tallystick_node::view::{CodeProblem, CopiesState, EntryStage, PhaseView, TallyView, TicketState};

use tallystick_node::view::HistoryFilter;

use crate::people::{Place, open_tally, tally_where, terms};

mod people;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_ticket_becomes_a_tally_and_a_payment_matches_on_both_sides() {
    let place = Place::new();
    let (ana, ben) = (place.person("Ana Ruiz").await, place.person("Ben Ode").await);

    let (of_ana, of_ben) = open_tally(&ana, &ben).await;
    assert_eq!(of_ana.proof.digest, of_ben.proof.digest);
    assert_eq!(of_ana.row.partner.as_ref().map(|p| &p.words), of_ben.row.partner.as_ref().map(|p| &p.words));

    let preview = ben
        .wallet
        .pay_preview(&of_ben.row.id, 12_500, Some("bike tube".to_owned()))
        .await
        .expect("a preview");
    assert_eq!((preview.before.balance, preview.after.balance), (0, -12_500));
    let first = ben.wallet.sign(&preview.id).await.expect("signed");
    let second = ben.wallet.sign(&preview.id).await.expect("signed before");
    assert_eq!(first, second);

    let paid = |milli: i64| {
        move |tally: &TallyView| tally.row.balance == milli && tally.row.copies.state == CopiesState::Match
    };
    let of_ben = tally_where(&ben, "Ben's copy to match", paid(-12_500)).await;
    let of_ana = tally_where(&ana, "Ana's copy to match", paid(12_500)).await;

    assert_eq!(of_ana.proof.head_hash, of_ben.proof.head_hash);
    assert_eq!((of_ana.proof.head, of_ana.proof.agreed), (1, Some(1)));
    let history = ana.wallet.history(&of_ana.row.id, None, HistoryFilter::default()).await.expect("history");
    assert_eq!(history.total, 1);
    assert_eq!(history.entries[0].memo.as_deref(), Some("bike tube"));
    assert_eq!(history.entries[0].stage, EntryStage::Matched);
    for person in [&ana, &ben] {
        let findings = person.wallet.verify().await.expect("verified");
        assert_eq!((findings.tallies, findings.chits, findings.wrong), (1, 1, Vec::new()));
    }
    let card = ben.wallet.code_inspect(&format!("{}x", "chip://")).await.expect("a card");
    assert!(card.problem.is_some());
    ana.session.shutdown().await;
    ben.session.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn payments_that_cross_end_in_one_order() {
    let place = Place::new();
    let (ana, ben) = (place.person("Ana Ruiz").await, place.person("Ben Ode").await);
    let (of_ana, of_ben) = open_tally(&ana, &ben).await;

    for round in 0..5 {
        let from_ana = ana.wallet.pay_preview(&of_ana.row.id, 1_000 + round, None).await.expect("a preview");
        let from_ben = ben.wallet.pay_preview(&of_ben.row.id, 3_000 + round, None).await.expect("a preview");
        let (one, other) = tokio::join!(ana.wallet.sign(&from_ana.id), ben.wallet.sign(&from_ben.id));
        one.expect("signed");
        other.expect("signed");
    }

    let settled =
        |tally: &TallyView| tally.row.copies.state == CopiesState::Match && tally.row.copies.entries == 10;
    let of_ana = tally_where(&ana, "Ana's copy to match", settled).await;
    let of_ben = tally_where(&ben, "Ben's copy to match", settled).await;
    assert_eq!(of_ana.proof.head_hash, of_ben.proof.head_hash);
    assert_eq!((of_ana.row.balance, of_ben.row.balance), (10_000, -10_000));
    for person in [&ana, &ben] {
        assert_eq!(person.wallet.verify().await.expect("verified").wrong, Vec::new());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_in_flight_goes_on_after_a_restart() {
    let place = Place::new();
    let (ana, ben) = (place.person("Ana Ruiz").await, place.person("Ben Ode").await);
    let (_, of_ben) = open_tally(&ana, &ben).await;
    let ana = ana.leave().await;

    let preview = ben.wallet.pay_preview(&of_ben.row.id, 3_000, None).await.expect("a preview");
    ben.wallet.sign(&preview.id).await.expect("signed");
    let waiting = ben.wallet.tally(&of_ben.row.id).await.expect("a tally");
    assert_eq!((waiting.row.balance, waiting.row.waiting), (0, -3_000));
    assert_eq!(waiting.in_flight.len(), 1);
    let ben = ben.leave().await;

    let ana = ana.back().await;
    let ben = ben.back_elsewhere().await;
    let of_ben = tally_where(&ben, "the payment to match", |tally| tally.row.balance == -3_000).await;
    let of_ana = tally_where(&ana, "the payment to arrive", |tally| tally.row.balance == 3_000).await;
    assert_eq!(of_ana.proof.head_hash, of_ben.proof.head_hash);
    assert_eq!(of_ben.row.waiting, 0);

    // Ben came back at another port and said so when he called; Ana, who restarts, finds him there.
    let ana = ana.leave().await.back().await;
    let preview = ana.wallet.pay_preview(&of_ana.row.id, 1_000, None).await.expect("a preview");
    ana.wallet.sign(&preview.id).await.expect("signed");
    tally_where(&ana, "Ana's payment to match", |tally| {
        tally.row.balance == 2_000 && tally.row.copies.state == CopiesState::Match
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_ticket_has_one_user_and_one_end() {
    let place = Place::new();
    let (ana, ben) = (place.person("Ana Ruiz").await, place.person("Ben Ode").await);
    let ticket = ana.wallet.invite(terms()).await.expect("a ticket");
    let link = ticket.link.clone().expect("a link");

    let own = ana.wallet.code_inspect(&link).await.expect("a card");
    assert_eq!((own.problem, own.inspection), (Some(CodeProblem::Own), None));
    let card = ben.wallet.code_inspect(&link).await.expect("a card");
    ben.wallet.contact(&card.inspection.expect("contactable"), Vec::new()).await.expect("contact");
    tally_where(&ana, "the answer", |tally| tally.row.phase == PhaseView::PartnerDraft).await;

    let used = ana.wallet.ticket(&ticket.id).await.expect("the ticket");
    assert_eq!((used.state, used.link), (TicketState::Used, None));
    assert_eq!(used.used_by.map(|person| person.name).as_deref(), Some("Ben Ode"));
    assert!(ana.wallet.ticket_revoke(&ticket.id).await.is_err());
    let again = ben.wallet.code_inspect(&link).await.expect("a card");
    assert_eq!((again.problem, again.inspection), (Some(CodeProblem::UsedHere), None));
    let own = ana.wallet.code_inspect(&link).await.expect("a card");
    assert_eq!(own.problem, Some(CodeProblem::OwnUsed));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_used_a_ticket_can_be_refused() {
    let place = Place::new();
    let (ana, ben) = (place.person("Ana Ruiz").await, place.person("Ben Ode").await);
    let link = ana.wallet.invite(terms()).await.expect("a ticket").link.expect("a link");
    let card = ben.wallet.code_inspect(&link).await.expect("a card");
    let contact =
        ben.wallet.contact(&card.inspection.expect("contactable"), Vec::new()).await.expect("contact");
    let answered = tally_where(&ana, "the answer", |tally| tally.row.phase == PhaseView::PartnerDraft).await;

    ana.wallet.refuse(&answered.row.id, Some("not you".to_owned())).await.expect("refused");

    tally_where(&ana, "Ana's end", |tally| tally.row.phase == PhaseView::Void).await;
    tally_where(&ben, "Ben's end", |tally| tally.row.id == contact && tally.row.phase == PhaseView::Void)
        .await;
    assert!(ana.wallet.offer_preview(&answered.row.id).await.is_err());
}
