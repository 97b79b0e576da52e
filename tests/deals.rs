//! Two wallets talk about a tally: offers that change, cross and are taken back; and how their copies stand.

use serde_json::Value;
use tallystick_core::Contract;
use tallystick_node::view::{
    CopiesState, CounterTerms, Difference, DifferenceField, FailureCode, InviteTerms, PhaseView, SignKind,
    SignPreview, TallyView, Turn, Whose,
};

use crate::people::{Person, Place, answered, matching, offered, open_tally, tally_in, tally_where, terms};

mod people;

fn counter(limit: i64, notice: u32, memo: Option<&str>) -> CounterTerms {
    CounterTerms { limit, notice_days: Some(notice), memo: memo.map(str::to_owned) }
}

/// Signs a changed offer. Gives the sheet.
async fn send_back(person: &Person, tally: &str, terms: CounterTerms) -> SignPreview {
    let preview = person.wallet.counter_preview(tally, terms).await.expect("a preview");
    person.wallet.sign(&preview.id).await.expect("signed");
    preview
}

/// The same differences as the other side sees them.
fn mirrored(differences: &[Difference]) -> Vec<Difference> {
    let turned = |whose| match whose {
        Whose::Mine => Whose::Theirs,
        Whose::Theirs => Whose::Mine,
        Whose::Both => Whose::Both,
    };
    differences.iter().map(|one| Difference { whose: turned(one.whose), ..one.clone() }).collect()
}

/// Waits until this version is on the table of somebody whose turn it is.
async fn revision(person: &Person, revision: u32) -> TallyView {
    tally_where(person, &format!("version {revision}"), |tally| {
        tally.row.phase == PhaseView::OfferedToUs
            && tally.negotiation.as_ref().is_some_and(|talk| talk.revision == revision)
    })
    .await
}

fn fields(differences: &[Difference]) -> Vec<(DifferenceField, Whose)> {
    differences.iter().map(|one| (one.field, one.whose)).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_rounds_of_changes_are_seen_on_both_sides() {
    let place = Place::new();
    let (ana, ben) = (place.person("Ana Ruiz").await, place.person("Ben Ode").await);
    let draft = answered(&ana, &ben, InviteTerms { memo: Some("bikes".to_owned()), ..terms() }).await;
    let id = draft.row.id.clone();
    let talk = draft.negotiation.expect("a talk");
    assert_eq!((talk.revision, talk.turn, talk.differences.len()), (1, Turn::Mine, 0));
    assert!(talk.can_counter && talk.can_refuse && !talk.can_withdraw);

    // Before it was ever offered the draft may still change, and stays the first version.
    let first = send_back(&ana, &id, counter(30_000, 14, Some("bikes"))).await;
    assert_eq!((first.kind, first.memo.as_deref()), (SignKind::Offer, Some("bikes")));
    assert_eq!(fields(&first.differences), [(DifferenceField::Limit, Whose::Mine)]);
    assert_eq!((first.before.they_may_owe, first.after.they_may_owe), (Some(20_000), Some(30_000)));
    let seen = revision(&ben, 1).await;
    let talk = seen.negotiation.expect("a talk");
    assert_eq!((talk.turn, talk.differences, seen.their_terms.limit), (Turn::Mine, Vec::new(), Some(30_000)));

    let rounds = [
        (&ben, &ana, counter(5_000, 7, Some("bikes and repairs"))),
        (&ana, &ben, counter(25_000, 30, Some("bikes and repairs"))),
        (&ben, &ana, counter(5_000, 7, None)),
    ];
    for (number, (from, to, terms)) in (2..).zip(rounds) {
        let sheet = send_back(from, &id, terms.clone()).await;
        assert_eq!((sheet.kind, sheet.my_terms.limit), (SignKind::Counter, Some(terms.limit)));
        let seen = revision(to, number).await;
        let waits = tally_in(from, PhaseView::Offered).await;

        let (talk, said) = (seen.negotiation.expect("a talk"), waits.negotiation.expect("a talk"));
        assert_eq!((talk.turn, said.turn, said.revision), (Turn::Mine, Turn::Theirs, number));
        assert!(said.can_withdraw && said.can_counter && !said.can_refuse);
        assert_eq!(said.differences, sheet.differences, "what was signed is what is shown");
        assert_eq!(talk.differences, mirrored(&sheet.differences));
        assert_eq!(seen.memo, terms.memo);
        let wanted: &[_] = match number {
            2 => &[
                (DifferenceField::Limit, Whose::Mine),
                (DifferenceField::Notice, Whose::Mine),
                (DifferenceField::Memo, Whose::Both),
            ],
            3 => &[(DifferenceField::Limit, Whose::Mine), (DifferenceField::Notice, Whose::Mine)],
            _ => &[(DifferenceField::Memo, Whose::Both)],
        };
        assert_eq!(fields(&sheet.differences), wanted);
    }

    ana.accept(&id).await;
    let of_ana = tally_where(&ana, "an open tally", matching).await;
    let of_ben = tally_where(&ben, "an open tally", matching).await;
    assert_eq!((&of_ana.negotiation, &of_ben.negotiation), (&None, &None));
    assert_eq!((of_ana.my_terms, of_ana.their_terms), (of_ben.their_terms, of_ben.my_terms));
    assert_eq!((of_ana.row.they_may_owe, of_ana.row.i_may_owe), (Some(25_000), Some(5_000)));
    assert_eq!(of_ana.proof.digest, of_ben.proof.digest);
    ana.verify().await;
    ben.verify().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_changed_offer_is_refused_where_nothing_is_talked_about_or_it_makes_no_sense() {
    let place = Place::new();
    let (ana, ben) = (place.person("Ana Ruiz").await, place.person("Ben Ode").await);
    let ticket = ana.wallet.invite(terms()).await.expect("a ticket");
    let code =
        async |tally: &str, terms| ana.wallet.counter_preview(tally, terms).await.expect_err("refused").code;
    assert_eq!(code(&ticket.tally, counter(1, 1, None)).await, FailureCode::OutOfTurn);
    assert_eq!(ana.wallet.withdraw(&ticket.tally).await.expect_err("a draft").code, FailureCode::OutOfTurn);

    let id = answered(&ana, &ben, terms()).await.row.id;
    assert_eq!(code(&id, counter(-1, 1, None)).await, FailureCode::BadAmount);
    assert_eq!(code(&id, counter(i64::MAX, 1, None)).await, FailureCode::BadAmount);
    assert_eq!(code(&id, counter(1, 3_651, None)).await, FailureCode::BadAmount);
    assert_eq!(code(&id, counter(1, 1, Some(&"x".repeat(1_001)))).await, FailureCode::TooLong);
    assert_eq!(code("none", counter(1, 1, None)).await, FailureCode::NotFound);

    // A sheet that was open while the offer changed under it signs nothing.
    ana.offer(&id).await;
    let old = ana.wallet.counter_preview(&id, counter(1_000, 1, None)).await.expect("a preview");
    send_back(&ana, &id, counter(2_000, 1, None)).await;
    assert_eq!(ana.wallet.sign(&old.id).await.expect_err("stale").code, FailureCode::Stale);
    let seen = revision(&ben, 2).await;
    assert_eq!(seen.their_terms.limit, Some(2_000));

    ben.accept(&id).await;
    tally_where(&ana, "an open tally", matching).await;
    assert_eq!(code(&id, counter(1, 1, None)).await, FailureCode::OutOfTurn);
    assert_eq!(ana.wallet.withdraw(&id).await.expect_err("in force").code, FailureCode::OutOfTurn);
}

/// Ana, who holds the stock, and Ben change one offer without knowing of each other.
async fn crossed(ben_changes: u32) -> (Place, Person, Person, String) {
    let place = Place::new();
    let (ana, ben) = (place.person("Ana Ruiz").await, place.person("Ben Ode").await);
    let id = offered(&ana, &ben).await;
    let ana = ana.leave().await;
    for change in 0..ben_changes {
        send_back(&ben, &id, counter(1_000 + i64::from(change), 1, None)).await;
    }
    let ben = ben.leave().await;
    let ana = ana.back().await;
    send_back(&ana, &id, counter(40_000, 2, None)).await;
    assert_eq!(ana.view(&id).await.row.phase, PhaseView::Offering);
    let ben = ben.back().await;
    (place, ana, ben, id)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_crossed_offers_the_same_one_wins_on_both_sides() {
    // As often changed: the stock's, which is Ana's.
    let (_place, ana, ben, id) = crossed(1).await;
    let at_ben = tally_where(&ben, "Ana's offer", |tally| tally.their_terms.limit == Some(40_000)).await;
    assert_eq!(at_ben.row.phase, PhaseView::OfferedToUs);
    let talk = at_ben.negotiation.expect("a talk");
    assert_eq!((talk.revision, talk.turn), (2, Turn::Mine));
    // Against the version it takes the place of, which was Ben's own.
    assert_eq!(
        fields(&talk.differences),
        [
            (DifferenceField::Limit, Whose::Theirs),
            (DifferenceField::Notice, Whose::Theirs),
            (DifferenceField::Limit, Whose::Mine),
            (DifferenceField::Notice, Whose::Mine),
        ]
    );
    ben.accept(&id).await;
    let of_ana = tally_where(&ana, "an open tally", matching).await;
    let of_ben = tally_where(&ben, "an open tally", matching).await;
    assert_eq!(of_ana.proof.digest, of_ben.proof.digest);
    assert_eq!(of_ana.my_terms.limit, Some(40_000));

    // Changed more often: that one, although it is the foil's.
    let (_place, ana, ben, id) = crossed(2).await;
    let at_ana = revision(&ana, 3).await;
    assert_eq!((at_ana.their_terms.limit, at_ana.my_terms.limit), (Some(1_001), Some(20_000)));
    ana.accept(&id).await;
    let of_ana = tally_where(&ana, "an open tally", matching).await;
    let of_ben = tally_where(&ben, "an open tally", matching).await;
    assert_eq!(of_ana.proof.digest, of_ben.proof.digest);
    ana.verify().await;
    ben.verify().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_acceptance_that_crosses_a_withdrawal_opens_nothing() {
    let place = Place::new();
    let (ana, ben) = (place.person("Ana Ruiz").await, place.person("Ben Ode").await);
    let id = offered(&ana, &ben).await;
    let ana = ana.leave().await;
    ben.accept(&id).await;
    let accepting = ben.view(&id).await;
    assert_eq!(accepting.row.phase, PhaseView::Accepting);
    assert_eq!(accepting.negotiation.map(|talk| talk.turn), Some(Turn::None));
    let ben = ben.leave().await;
    let ana = ana.back().await;
    ana.wallet.withdraw(&id).await.expect("withdrawn");
    ana.wallet.withdraw(&id).await.expect("withdrawn before");

    let ben = ben.back().await;

    let at_ben = tally_in(&ben, PhaseView::Void).await;
    let at_ana = tally_in(&ana, PhaseView::Void).await;
    // Nothing that is still on its way may change this.
    ana.at_rest().await;
    ben.at_rest().await;
    for (person, view) in [(&ana, at_ana), (&ben, at_ben)] {
        assert_eq!((view.row.phase, view.negotiation, view.proof.digest), (PhaseView::Void, None, None));
        assert!(person.wallet.pay_preview(&id, 1, None).await.is_err());
        person.verify().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn copies_that_match_say_so_when_they_are_compared() {
    let place = Place::new();
    let (ana, ben) = (place.person("Ana Ruiz").await, place.person("Ben Ode").await);
    let draft = ana.wallet.invite(terms()).await.expect("a ticket").tally;
    assert_eq!(ana.wallet.compare(&draft).await.expect_err("a draft").code, FailureCode::OutOfTurn);
    assert_eq!(ana.wallet.evidence(&draft).await.expect_err("nobody yet").code, FailureCode::OutOfTurn);
    let (_, of_ben) = open_tally(&ana, &ben).await;
    let id = of_ben.row.id;
    let preview = ben.wallet.pay_preview(&id, 700, Some("tube".to_owned())).await.expect("a preview");
    ben.wallet.sign(&preview.id).await.expect("signed");
    tally_where(&ben, "the payment to match", |tally| tally.row.balance == -700 && matching(tally)).await;
    let before = ana.view(&id).await.proof.compared_at;

    ana.wallet.compare(&id).await.expect("asked");

    let after =
        tally_where(&ana, "a comparison", |tally| tally.row.id == id && tally.proof.compared_at > before)
            .await;
    assert_eq!((after.row.copies.state, after.dispute), (CopiesState::Match, None));

    let file = ana.wallet.evidence(&id).await.expect("evidence");
    assert!(file.name.ends_with(".json") && file.name.contains(&id));
    let said: Value = serde_json::from_str(&file.text).expect("JSON");
    assert_eq!(said["agreement"]["digest"], Value::from(after.proof.digest.expect("open")));
    assert_eq!((&said["agreement"]["stock"], &said["agreement"]["foil"]), (&"good".into(), &"good".into()));
    assert_eq!(said["agreement"]["object"]["agree"], said["contract"]["agree"]);
    assert_eq!(
        Contract::hash_of(said["contract"]["text"].as_str().expect("text")).to_string(),
        said["contract"]["agree"]
    );
    assert_eq!(
        (&said["parties"]["mine"]["half"], &said["parties"]["theirs"]["name"]),
        (&"stock".into(), &"Ben Ode".into())
    );
    assert_eq!(said["certificates"]["foil"], said["agreement"]["object"]["foil"]["cert"]);
    let entries = said["entries"].as_array().expect("entries");
    assert_eq!(entries.len(), 1);
    assert_eq!(
        (&entries[0]["index"], &entries[0]["hash"], &entries[0]["signature"], &entries[0]["hashFits"]),
        (&1.into(), &Value::from(after.proof.head_hash.expect("open")), &"good".into(), &true.into())
    );
    assert_eq!(entries[0]["chit"]["memo"], "tube");
    assert_eq!((&said["dispute"], &said["partnerSaid"]), (&Value::Null, &Value::Array(Vec::new())));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tally_that_cannot_be_read_keeps_its_line_and_its_amount() {
    let place = Place::new();
    let (ana, ben) = (place.person("Ana Ruiz").await, place.person("Ben Ode").await);
    let cy = place.person("Cy Roe").await;
    let (of_ana, _) = open_tally(&ana, &ben).await;
    let id = of_ana.row.id;
    let preview = ben.wallet.pay_preview(&id, 700, None).await.expect("a preview");
    ben.wallet.sign(&preview.id).await.expect("signed");
    tally_where(&ana, "the payment", |tally| tally.row.balance == 700 && matching(tally)).await;
    let other = answered(&ana, &cy, terms()).await.row.id;
    let whole = ana.wallet.home().await.expect("home");
    let mut ana = ana;
    for (sql, what) in [
        // Damaged entries come back from the partner; an agreement does not.
        (format!("update tally set object = '[]' where id = '{id}'"), "tally"),
        (format!("update tally set phase = 'void?' where id = '{id}'"), "tally"),
    ] {
        let away = ana.leave().await;
        away.alter(&sql);
        ana = away.back().await;
        let rows = ana.wallet.tallies().await.expect("a list");
        let row = rows.iter().find(|row| row.id == id).expect("its line");
        assert_eq!((row.unreadable.as_deref(), row.balance, &row.partner), (Some(what), 700, &None));
        assert!(rows.iter().any(|row| row.id == other && row.unreadable.is_none()));
        let home = ana.wallet.home().await.expect("home");
        assert_eq!((home.owed_to_me, home.needs.len()), (whole.owed_to_me, whole.needs.len()));
        assert_eq!(
            home.shares.iter().map(|share| (&share.tally, share.balance)).collect::<Vec<_>>(),
            [(&id, 700)]
        );
        assert!(ana.wallet.tally(&id).await.is_err(), "its page cannot be shown");
    }
}
