//! Asking to be paid, and everything that can become of it.

use tallystick_node::view::{ActivityKind, FailureCode, HistoryFilter, NeedKind, RequestState, SignKind};

use super::people::{DAY, partners, refusal};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_is_paid_exactly_as_it_was_asked() {
    let (ana, ben, tally) = partners().await;
    let lamp = Some("lamp".to_owned());
    let id = ana.wallet().request(&tally, 5_000, lamp.clone(), 7).await.expect("asked");
    let asked = ben.sees_request(&id, RequestState::Waiting, 1).await;

    assert_eq!((asked.mine, asked.units, asked.memo.clone()), (false, 5_000, lamp.clone()));
    assert_eq!((asked.tally.as_str(), asked.partner.name.as_str()), (tally.as_str(), "Ana Ruiz"));
    let life = asked.until.expect("an end") - asked.at;
    assert!((0..=1_000).contains(&(life - 7 * DAY)), "seven days, not {life} ms");
    let home = ben.wallet().home().await.expect("home");
    assert_eq!((home.needs.len(), home.needs[0].kind), (1, NeedKind::PayRequest));
    assert_eq!(home.needs[0].request.as_ref(), Some(&asked));
    let needed = ben.activity().await.needs.remove(0);
    assert_eq!(
        (needed.kind, needed.units, needed.until),
        (ActivityKind::PayRequest, Some(-5_000), asked.until)
    );
    let sent = ana.activity().await.waiting.remove(0);
    assert_eq!(
        (sent.kind, sent.units, sent.request.as_ref()),
        (ActivityKind::RequestSent, Some(5_000), Some(&id))
    );
    assert_eq!(ben.tally(&tally).await.row.balance, 0, "asking makes nobody owe");

    let preview = ben.wallet().grant_preview(&tally, &id).await.expect("a preview");
    assert_eq!((preview.kind, preview.units, preview.memo.clone()), (SignKind::Pay, Some(5_000), lamp));
    assert_eq!((preview.answers.as_ref(), preview.entry.as_ref()), (Some(&id), Some(&id)));
    assert_eq!((preview.before.balance, preview.after.balance), (0, -5_000));
    let first = ben.wallet().sign(&preview.id).await.expect("signed");
    assert_eq!(ben.wallet().sign(&preview.id).await.expect("signed before"), first);

    for (person, balance, units) in [(&ana, 5_000, 5_000), (&ben, -5_000, -5_000)] {
        assert_eq!(person.matches(&tally, 1).await.row.balance, balance);
        let paid = person.sees_request(&id, RequestState::Paid, 1).await;
        assert_eq!(paid.reason, None);
        let entry = person.history(&tally, HistoryFilter::default()).await.entries.remove(0);
        assert_eq!((entry.answers.as_ref(), &entry.id), (Some(&id), &id));
        let told = person.newest(ActivityKind::RequestPaid).await;
        assert_eq!(
            (told.units, told.entry.as_ref(), told.request.as_ref()),
            (Some(units), Some(&id), Some(&id))
        );
        assert_eq!(person.needed().await, []);
        person.verify().await;
    }
    assert!(ben.newest(ActivityKind::RequestPaid).await.read, "he did it himself");
    assert!(!ana.newest(ActivityKind::RequestPaid).await.read);

    for outcome in [
        ben.wallet().grant_preview(&tally, &id).await.map(|_| ()),
        ben.wallet().request_refuse(&tally, &id, None).await,
        ana.wallet().request_withdraw(&tally, &id).await,
        ana.wallet().request_again(&tally, &id, 1, None, 1).await,
    ] {
        assert_eq!(refusal(outcome), FailureCode::OutOfTurn);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refused_request_can_be_asked_again_with_other_words() {
    let (ana, ben, tally) = partners().await;
    let id = ana.wallet().request(&tally, 9_000, None, 7).await.expect("asked");
    ben.sees_request(&id, RequestState::Waiting, 1).await;

    let reason = Some("we said 8".to_owned());
    ben.wallet().request_refuse(&tally, &id, reason.clone()).await.expect("refused");

    let refused = ana.sees_request(&id, RequestState::Refused, 1).await;
    assert_eq!(refused.reason, reason);
    let told = ana.newest(ActivityKind::RequestRefused).await;
    assert_eq!((told.reason, told.units, told.read), (reason, Some(9_000), false));
    assert!(ben.newest(ActivityKind::RequestRefused).await.read);
    ben.wallet().request_refuse(&tally, &id, None).await.expect("refused before");
    assert_eq!(refusal(ben.wallet().grant_preview(&tally, &id).await), FailureCode::OutOfTurn);

    ana.wallet()
        .request_again(&tally, &id, 8_000, Some("as we said".to_owned()), 7)
        .await
        .expect("asked again");
    let asked = ben.sees_request(&id, RequestState::Waiting, 2).await;
    assert_eq!((asked.units, asked.memo.as_deref(), asked.reason), (8_000, Some("as we said"), None));

    // A sheet that was open while they asked for something else signs nothing.
    let old = ben.wallet().grant_preview(&tally, &id).await.expect("a preview");
    ana.wallet().request_again(&tally, &id, 7_000, None, 7).await.expect("asked again");
    ben.sees_request(&id, RequestState::Waiting, 3).await;
    assert_eq!(refusal(ben.wallet().sign(&old.id).await), FailureCode::Stale);

    ben.sign(ben.wallet().grant_preview(&tally, &id).await).await;
    ana.sees_request(&id, RequestState::Paid, 3).await;
    assert_eq!(ana.matches(&tally, 1).await.row.balance, 7_000);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_taken_back_asks_for_nothing() {
    let (ana, mut ben, tally) = partners().await;
    let id = ana.wallet().request(&tally, 9_000, None, 7).await.expect("asked");
    ben.sees_request(&id, RequestState::Waiting, 1).await;
    let sheet = ben.wallet().grant_preview(&tally, &id).await.expect("a preview");

    ana.wallet().request_withdraw(&tally, &id).await.expect("taken back");

    ben.sees_request(&id, RequestState::Withdrawn, 1).await;
    assert_eq!(ben.needed().await, []);
    assert_eq!(ben.newest(ActivityKind::RequestWithdrawn).await.request, Some(id.clone()));
    assert_eq!(refusal(ben.wallet().sign(&sheet.id).await), FailureCode::OutOfTurn);
    ana.wallet().request_withdraw(&tally, &id).await.expect("taken back before");
    // One that was taken back before it could leave was never there for him.
    ben.go().await;
    ana.alone().await;
    let unseen = ana.wallet().request(&tally, 1, None, 7).await.expect("asked");
    ana.wallet().request_withdraw(&tally, &unseen).await.expect("taken back");
    let entry = ana.pay(&tally, 1).await;
    ben.come().await;
    ben.matches(&tally, 1).await;
    assert_eq!(ben.request(&unseen).await, None);
    assert_eq!(ben.newest(ActivityKind::Received).await.entry, Some(entry));
    let told = ben.happened().await;
    assert_eq!(told.iter().filter(|kind| **kind == ActivityKind::RequestWithdrawn).count(), 1);
    let told = ana.happened().await;
    assert_eq!(told.iter().filter(|kind| **kind == ActivityKind::RequestWithdrawn).count(), 2, "once each");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_runs_out_on_both_sides_by_their_own_clocks() {
    let (mut ana, mut ben, tally) = partners().await;
    let id = ana.wallet().request(&tally, 9_000, None, 1).await.expect("asked");
    ben.sees_request(&id, RequestState::Waiting, 1).await;

    ben.later(2 * DAY).await;
    ben.sees_request(&id, RequestState::RanOut, 1).await;
    assert_eq!(
        ana.request(&id).await.expect("the request").state,
        RequestState::Waiting,
        "her day has just begun"
    );
    assert_eq!(refusal(ben.wallet().grant_preview(&tally, &id).await), FailureCode::RanOut);
    assert_eq!(refusal(ben.wallet().request_refuse(&tally, &id, None).await), FailureCode::RanOut);
    ana.later(2 * DAY).await;
    ana.sees_request(&id, RequestState::RanOut, 1).await;

    for person in [&ana, &ben] {
        let told = person.newest(ActivityKind::RequestRanOut).await;
        assert_eq!((told.request.as_ref(), told.read), (Some(&id), false));
        assert_eq!(person.needed().await, []);
        assert!(person.activity().await.waiting.is_empty());
    }

    ana.wallet().request_again(&tally, &id, 4_000, None, 1).await.expect("asked again");
    ben.sees_request(&id, RequestState::Waiting, 2).await;
    ben.sign(ben.wallet().grant_preview(&tally, &id).await).await;
    assert_eq!(ana.matches(&tally, 1).await.row.balance, 4_000);
    ana.sees_request(&id, RequestState::Paid, 2).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_signed_in_time_is_paid_however_late_it_comes() {
    let (mut ana, ben, tally) = partners().await;
    let id = ana.wallet().request(&tally, 9_000, None, 1).await.expect("asked");
    ben.sees_request(&id, RequestState::Waiting, 1).await;
    ana.go().await;
    ben.sign(ben.wallet().grant_preview(&tally, &id).await).await;

    ana.later(3 * DAY).await;

    assert_eq!(ana.matches(&tally, 1).await.row.balance, 9_000);
    ana.sees_request(&id, RequestState::Paid, 1).await;
    ben.matches(&tally, 1).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_that_cannot_be_are_refused() {
    let (ana, mut ben, tally) = partners().await;
    ben.go().await;
    let asked = async |units, memo: Option<String>, days| {
        refusal(ana.wallet().request(&tally, units, memo, days).await)
    };
    for units in [0, -1, 1 << 53] {
        assert_eq!(asked(units, None, 7).await, FailureCode::BadAmount, "{units}");
    }
    for days in [0, 3_651] {
        assert_eq!(asked(1, None, days).await, FailureCode::BadAmount, "{days} days");
    }
    assert_eq!(asked(1, Some("x".repeat(1_001)), 7).await, FailureCode::TooLong);
    let nobody = "0b0f6c1e-93a4-4f8f-a9a6-0a5d3b1f2c4d";
    assert_eq!(refusal(ana.wallet().request(nobody, 1, None, 7).await), FailureCode::NotFound);
    for outcome in [
        ana.wallet().request_withdraw(&tally, nobody).await,
        ana.wallet().request_refuse(&tally, nobody, None).await,
        ana.wallet().request_again(&tally, nobody, 1, None, 7).await,
        ana.wallet().grant_preview(&tally, nobody).await.map(|_| ()),
    ] {
        assert_eq!(refusal(outcome), FailureCode::NotFound);
    }

    let mut last = String::new();
    for _ in 0..64 {
        last = ana.wallet().request(&tally, 1, None, 7).await.expect("asked");
    }
    assert_eq!(asked(1, None, 7).await, FailureCode::TooManyWaiting);
    ana.wallet().request_again(&tally, &last, 2, None, 7).await.expect("it waits already");
    for outcome in [
        ana.wallet().grant_preview(&tally, &last).await.map(|_| ()),
        ana.wallet().request_refuse(&tally, &last, None).await,
    ] {
        assert_eq!(refusal(outcome), FailureCode::OutOfTurn, "nobody answers herself");
    }
    ana.wallet().request_withdraw(&tally, &last).await.expect("taken back");
    let one_more = ana.wallet().request(&tally, 1, None, 7).await.expect("asked");

    // He calls, so that nobody waits for her next try.
    ben.come().await;
    ben.pay(&tally, 1).await;
    ben.sees_request(&one_more, RequestState::Waiting, 1).await;
    assert_eq!(refusal(ben.wallet().request_withdraw(&tally, &one_more).await), FailureCode::OutOfTurn);
    assert_eq!(
        refusal(ben.wallet().request_again(&tally, &one_more, 1, None, 7).await),
        FailureCode::OutOfTurn
    );
}
