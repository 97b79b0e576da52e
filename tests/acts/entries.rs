//! Entries: taken back while they can be, and found again under any filter.

use tallystick_node::view::{
    ActivityKind, EntryKind, FailureCode, HistoryFilter, HistoryKind, HistoryWho, RequestState, SettingsDraft,
};

use super::people::{partners, refusal};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_entry_can_be_taken_back_while_the_partner_is_away() {
    let (ana, mut ben, tally) = partners().await;
    ben.go().await;
    ana.alone().await;
    for milli in [1_000, 2_000, 4_000] {
        ana.pay(&tally, milli).await;
    }
    let entries = ana.history(&tally, HistoryFilter::default()).await.entries;
    assert!(entries.iter().all(|entry| entry.cancellable));

    ana.wallet().entry_cancel(&tally, &entries[1].id).await.expect("taken back");

    let page = ana.history(&tally, HistoryFilter::default()).await;
    let left: Vec<(u64, i64)> = page.entries.iter().map(|entry| (entry.index, entry.balance_after)).collect();
    assert_eq!(left, [(2, -5_000), (1, -1_000)]);
    assert_eq!((page.total, page.cancelled.len(), page.cancelled[0].units), (2, 1, 2_000));
    assert_eq!(page.cancelled[0].id, entries[1].id);
    assert_eq!(ana.tally(&tally).await.row.waiting, -5_000);
    let told = ana.newest(ActivityKind::EntryCancelled).await;
    assert_eq!((told.units, told.entry.as_ref()), (Some(-2_000), Some(&entries[1].id)));
    assert_eq!(refusal(ana.wallet().entry_cancel(&tally, &entries[1].id).await), FailureCode::NotFound);
    ana.verify().await;

    ben.come().await;
    assert_eq!(ana.matches(&tally, 2).await.row.balance, -5_000);
    assert_eq!(ben.matches(&tally, 2).await.row.balance, 5_000);
    assert_eq!(ben.happened().await[..2], [ActivityKind::Received, ActivityKind::Received]);
    for person in [&ana, &ben] {
        person.verify().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_has_left_or_is_the_partners_stands() {
    let (ana, ben, tally) = partners().await;
    // A link is open, so it leaves with the signature itself.
    let entry = ana.pay(&tally, 1_000).await;

    assert_eq!(refusal(ana.wallet().entry_cancel(&tally, &entry).await), FailureCode::CannotCancel);

    ben.matches(&tally, 1).await;
    ana.matches(&tally, 1).await;
    for person in [&ana, &ben] {
        assert_eq!(refusal(person.wallet().entry_cancel(&tally, &entry).await), FailureCode::CannotCancel);
        let entry = person.history(&tally, HistoryFilter::default()).await.entries.remove(0);
        assert!(!entry.cancellable);
    }
    assert_eq!(ben.tally(&tally).await.row.balance, 1_000);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_waits_again_when_its_payment_was_taken_back() {
    let (mut ana, ben, tally) = partners().await;
    let id = ana.wallet().request(&tally, 3_000, None, 7).await.expect("asked");
    ben.sees_request(&id, RequestState::Waiting, 1).await;
    ana.go().await;
    ben.alone().await;
    ben.sign(ben.wallet().grant_preview(&tally, &id).await).await;
    assert_eq!(ben.needed().await, []);

    ben.wallet().entry_cancel(&tally, &id).await.expect("taken back");

    assert_eq!(ben.request(&id).await.expect("the request").state, RequestState::Waiting);
    assert_eq!(ben.needed().await, [ActivityKind::PayRequest]);
    assert_eq!(ben.tally(&tally).await.row.waiting, 0);
    ben.sign(ben.wallet().grant_preview(&tally, &id).await).await;
    ana.come().await;
    assert_eq!(ana.matches(&tally, 1).await.row.balance, 3_000);
    ana.sees_request(&id, RequestState::Paid, 1).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_filter_hides_entries_and_leaves_the_balances_alone() {
    let (ana, ben, tally) = partners().await;
    for n in 0..30 {
        let (from, words) = if n % 3 == 0 { (&ben, "Brot") } else { (&ana, "milk and BREAD") };
        let preview = from.wallet().pay_preview(&tally, 100 + n, Some(words.to_owned())).await;
        from.sign(preview).await;
    }
    let settings = SettingsDraft { target: 1, bound: 2, reward_ppm: 0, clutch_ppm: 0 };
    ana.sign(ana.wallet().settings_preview(&tally, settings).await).await;
    for n in 0..40 {
        ana.pay(&tally, 1_000 + n).await;
    }
    ana.matches(&tally, 71).await;
    let mut whole = Vec::new();
    let mut before = None;
    loop {
        let page = ana.wallet().history(&tally, before, HistoryFilter::default()).await.expect("history");
        assert_eq!((page.total, page.shown, page.hidden, page.hidden_sum), (71, 71, 0, 0));
        whole.extend(page.entries);
        before = page.next;
        if before.is_none() {
            break;
        }
    }
    assert_eq!(whole.len(), 71);

    let text = |text: &str| Some(text.to_owned());
    let all = HistoryFilter::default;
    for (filter, shown) in [
        (HistoryFilter { who: HistoryWho::Theirs, ..all() }, 10),
        (HistoryFilter { kind: HistoryKind::Settings, ..all() }, 1),
        (HistoryFilter { kind: HistoryKind::Clearing, ..all() }, 0),
        (HistoryFilter { text: text(" bread "), ..all() }, 20),
        (HistoryFilter { text: text("br"), who: HistoryWho::Mine, ..all() }, 20),
        (HistoryFilter { text: text("nothing like it"), ..all() }, 0),
    ] {
        let page = ana.wallet().history(&tally, None, filter.clone()).await.expect("history");
        assert_eq!((page.total, page.shown, page.hidden), (71, shown, 71 - shown), "{filter:?}");
        let number = |entry: &tallystick_node::view::EntryView| entry.index;
        let seen: Vec<u64> = page.entries.iter().map(number).collect();
        let expected: Vec<_> = whole.iter().filter(|entry| seen.contains(&entry.index)).cloned().collect();
        assert_eq!(page.entries, expected, "the very same entries, balances and all: {filter:?}");
        let sum = |entries: &mut dyn Iterator<Item = &tallystick_node::view::EntryView>| -> i64 {
            entries.map(|entry| if seen.contains(&entry.index) { 0 } else { change(entry) }).sum()
        };
        assert_eq!(page.hidden_sum, sum(&mut whole.iter()), "{filter:?}");
    }
    let long = HistoryFilter { text: Some("x".repeat(201)), ..all() };
    assert_eq!(refusal(ana.wallet().history(&tally, None, long).await), FailureCode::TooLong);
    let nobody = "0b0f6c1e-93a4-4f8f-a9a6-0a5d3b1f2c4d";
    assert_eq!(refusal(ana.wallet().history(nobody, None, all()).await), FailureCode::NotFound);
}

fn change(entry: &tallystick_node::view::EntryView) -> i64 {
    use tallystick_node::view::Direction;
    match (entry.kind, entry.direction) {
        (EntryKind::Settings, _) => 0,
        (_, Direction::TowardMe) => entry.units,
        (_, Direction::TowardThem) => -entry.units,
    }
}
