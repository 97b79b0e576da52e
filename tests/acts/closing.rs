//! Closing: only toward zero, the rest forgiven, and a record that can still be read.

use tallystick_node::view::{ActivityKind, ClosingView, FailureCode, HistoryFilter, PhaseView, SignKind};

use super::people::{Person, partners, refusal};

async fn closes(person: &Person, tally: &str) -> ClosingView {
    let view = person.sees(tally, "the closing", |tally| tally.row.phase == PhaseView::Closing).await;
    view.closing.expect("how closing stands")
}

async fn is_closed(person: &Person, tally: &str) {
    let view = person.sees(tally, "the end", |tally| tally.row.phase == PhaseView::Closed).await;
    assert_eq!((view.row.balance, view.closing.map(|closing| closing.rest)), (0, Some(0)));
    assert_eq!(person.newest(ActivityKind::TallyClosed).await.tally, tally);
    assert_eq!(person.needed().await, []);
    let wallet = person.wallet();
    for outcome in [
        wallet.pay_preview(tally, 1, None).await.map(|_| ()),
        wallet.close_preview(tally).await.map(|_| ()),
        wallet.keep_open_preview(tally).await.map(|_| ()),
        wallet.forgive_preview(tally).await.map(|_| ()),
        wallet.request(tally, 1, None, 1).await.map(|_| ()),
    ] {
        assert_eq!(refusal(outcome), FailureCode::OutOfTurn);
    }
    person.verify().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_debtor_closes_and_the_creditor_forgives_the_rest() {
    let (ana, ben, tally) = partners().await;
    assert_eq!(ana.tally(&tally).await.closing, None);
    ben.pay(&tally, 5_000).await;
    ana.matches(&tally, 1).await;
    assert_eq!(
        refusal(ana.wallet().forgive_preview(&tally).await),
        FailureCode::OutOfTurn,
        "it does not close"
    );
    assert_eq!(refusal(ana.wallet().keep_open_preview(&tally).await), FailureCode::OutOfTurn);

    let preview = ben.wallet().close_preview(&tally).await;
    let change = preview.as_ref().expect("a preview").settings.expect("what changes");
    assert_eq!((change.before.close, change.after.close), (false, true));
    ben.sign(preview).await;

    let of_ana = ClosingView { by_me: false, by_them: true, rest: 5_000, i_am_creditor: true };
    let of_ben = ClosingView { by_me: true, by_them: false, rest: 5_000, i_am_creditor: false };
    assert_eq!((closes(&ana, &tally).await, closes(&ben, &tally).await), (of_ana, of_ben));
    ana.matches(&tally, 2).await;
    ben.matches(&tally, 2).await;
    assert_eq!(ana.needed().await, [ActivityKind::CloseAsked]);
    assert_eq!(ben.needed().await, []);
    let toward = |rest| FailureCode::OnlyTowardZero { rest };
    assert_eq!(refusal(ben.wallet().pay_preview(&tally, 1, None).await), toward(0));
    assert_eq!(refusal(ana.wallet().pay_preview(&tally, 5_001, None).await), toward(5_000));
    assert_eq!(refusal(ben.wallet().forgive_preview(&tally).await), FailureCode::OutOfTurn);
    assert_eq!(refusal(ben.wallet().close_preview(&tally).await), FailureCode::OutOfTurn, "asked already");
    assert_eq!(
        refusal(ana.wallet().keep_open_preview(&tally).await),
        FailureCode::OutOfTurn,
        "it is his wish"
    );

    // A sheet that the balance has overtaken signs nothing.
    let forgive_all = ana.wallet().forgive_preview(&tally).await.expect("a preview");
    assert_eq!((forgive_all.kind, forgive_all.units), (SignKind::Forgive, Some(5_000)));
    assert_eq!(forgive_all.after.balance, 0);
    ana.pay(&tally, 2_000).await;
    assert_eq!(refusal(ana.wallet().sign(&forgive_all.id).await), toward(3_000));

    ana.sign(ana.wallet().forgive_preview(&tally).await).await;
    is_closed(&ana, &tally).await;
    is_closed(&ben, &tally).await;
    let page = ben.history(&tally, HistoryFilter::default()).await;
    let running: Vec<i64> = page.entries.iter().map(|entry| entry.balance_after).collect();
    assert_eq!(running, [0, -3_000, -5_000, -5_000]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_creditor_closes_and_is_paid_what_is_owed() {
    let (ana, ben, tally) = partners().await;
    ben.pay(&tally, 700).await;
    ana.matches(&tally, 1).await;
    ana.sign(ana.wallet().close_preview(&tally).await).await;
    closes(&ben, &tally).await;

    // The debtor settles outside; the creditor says so by signing it back.
    ana.pay(&tally, 700).await;

    is_closed(&ana, &tally).await;
    is_closed(&ben, &tally).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tally_at_zero_closes_at_once() {
    let (ana, ben, tally) = partners().await;

    ana.sign(ana.wallet().close_preview(&tally).await).await;

    is_closed(&ana, &tally).await;
    is_closed(&ben, &tally).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wish_to_close_can_be_taken_back_and_is_one_sides_own() {
    let (ana, ben, tally) = partners().await;
    ben.pay(&tally, 700).await;
    ana.matches(&tally, 1).await;
    ana.sign(ana.wallet().close_preview(&tally).await).await;
    closes(&ben, &tally).await;
    ben.sign(ben.wallet().close_preview(&tally).await).await;
    ana.matches(&tally, 3).await;
    assert_eq!((ana.needed().await, ben.needed().await), (vec![], vec![]), "both want it");

    let preview = ana.wallet().keep_open_preview(&tally).await;
    assert_eq!(preview.as_ref().map(|preview| preview.kind), Ok(SignKind::KeepOpen));
    ana.sign(preview).await;
    ben.matches(&tally, 4).await;
    let closing = closes(&ben, &tally).await;
    assert_eq!((closing.by_me, closing.by_them), (true, false));

    ben.sign(ben.wallet().keep_open_preview(&tally).await).await;
    for person in [&ana, &ben] {
        let open = |tally: &tallystick_node::view::TallyView| tally.row.phase == PhaseView::Open;
        assert_eq!(person.sees(&tally, "an open tally", open).await.closing, None);
    }
    ben.pay(&tally, 1).await;
    assert_eq!(ana.matches(&tally, 6).await.row.balance, 701);
}
