//! Settings: whose they are, what rules they keep, and asking to settle up.

use tallystick_node::view::{
    ActivityKind, Direction, FailureCode, HistoryFilter, HistoryKind, SettingsDraft, SettingsRule, SignKind,
};

use super::people::{DAY, partners, refusal};

fn draft(target: i64, bound: i64, reward_ppm: i32, clutch_ppm: i32) -> SettingsDraft {
    SettingsDraft { target, bound, reward_ppm, clutch_ppm }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn settings_of_both_sides_are_kept_apart() {
    let (ana, mut ben, tally) = partners().await;
    let fresh = ana.settings(&tally).await;
    assert_eq!((fresh.mine, fresh.charges_applied), (fresh.theirs, false));
    assert_eq!((fresh.mine.target, fresh.mine.since, fresh.mine.pending), (0, None, false));

    let preview = ana.wallet().settings_preview(&tally, draft(3_000, 7_000, 40_000, -1_500)).await;
    let change = preview.as_ref().expect("a preview").settings.expect("what changes");
    assert_eq!(preview.as_ref().map(|preview| (preview.kind, preview.units)), Ok((SignKind::Settings, None)));
    assert_eq!((change.before.target, change.after.target, change.after.clutch_ppm), (0, 3_000, -1_500));
    ana.sign(preview).await;
    ana.matches(&tally, 1).await;
    ben.matches(&tally, 1).await;
    ben.sign(ben.wallet().settings_preview(&tally, draft(1_000, 1_000, 0, 1_000_000)).await).await;
    ana.matches(&tally, 2).await;
    ben.matches(&tally, 2).await;

    let (of_ana, of_ben) = (ana.settings(&tally).await, ben.settings(&tally).await);
    assert_eq!((of_ana.mine, of_ana.theirs), (of_ben.theirs, of_ben.mine));
    let mine = of_ana.mine;
    assert_eq!((mine.target, mine.bound, mine.reward_ppm, mine.clutch_ppm), (3_000, 7_000, 40_000, -1_500));
    assert!(mine.since.is_some() && !mine.pending && !mine.close && mine.call.is_none());
    assert_eq!((of_ben.mine.target, of_ben.mine.clutch_ppm), (1_000, 1_000_000));

    let filter = HistoryFilter { kind: HistoryKind::Settings, ..HistoryFilter::default() };
    let entries = ben.history(&tally, filter).await.entries;
    assert_eq!(entries[1].settings, Some(mine));
    assert_eq!(entries[0].settings, Some(of_ben.mine));
    // Whose change it is shows by the direction, as with a payment.
    let directions = (entries[0].direction, entries[1].direction);
    assert_eq!(directions, (Direction::TowardThem, Direction::TowardMe));
    assert_eq!(ben.happened().await[..2], [ActivityKind::SettingsMine, ActivityKind::SettingsTheirs]);
    assert_eq!(ana.happened().await[..2], [ActivityKind::SettingsTheirs, ActivityKind::SettingsMine]);

    // Signed and not yet in both copies: it counts here, and says so.
    ben.go().await;
    ana.sign(ana.wallet().settings_preview(&tally, draft(0, 0, 0, 0)).await).await;
    let mine = ana.settings(&tally).await.mine;
    assert_eq!((mine.target, mine.bound, mine.pending), (0, 0, true));
    ana.verify().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_rule_that_settings_break_is_named() {
    let (ana, _ben, tally) = partners().await;
    for (draft, rule) in [
        (draft(-1, 5, 0, 0), SettingsRule::Negative),
        (draft(0, -1, 0, 0), SettingsRule::Negative),
        (draft(6, 5, 0, 0), SettingsRule::TargetAboveBound),
        (draft(0, 5, 1_000_001, 0), SettingsRule::ChargeRange),
        (draft(0, 5, 0, i32::MIN), SettingsRule::ChargeRange),
        (draft(0, 5, -2, 1), SettingsRule::ChargeSum),
    ] {
        let refused = refusal(ana.wallet().settings_preview(&tally, draft).await);
        assert_eq!(refused, FailureCode::BadSettings { rule }, "{draft:?}");
    }
    let beyond = ana.wallet().settings_preview(&tally, draft(0, 1 << 53, 0, 0)).await;
    assert_eq!(refusal(beyond), FailureCode::BadAmount);
    assert_eq!(ana.settings(&tally).await.mine.since, None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_keeps_the_notice_of_the_callers_own_terms() {
    let (ana, ben, tally) = partners().await;
    let now = ana.tally(&tally).await.row.last_activity;
    assert_eq!(refusal(ana.wallet().call_preview(&tally, now + 90 * DAY).await), FailureCode::OutOfTurn);
    ben.pay(&tally, 5_000).await;
    ana.matches(&tally, 1).await;

    let FailureCode::TooEarly { earliest } = refusal(ana.wallet().call_preview(&tally, now + 13 * DAY).await)
    else {
        panic!("she promised two weeks");
    };
    assert!((now + 14 * DAY..now + 14 * DAY + 60_000).contains(&earliest));
    assert_eq!(refusal(ben.wallet().call_preview(&tally, now + 90 * DAY).await), FailureCode::OutOfTurn);
    let a_moment_early = ana.wallet().call_preview(&tally, earliest - 1).await;
    assert!(matches!(refusal(a_moment_early), FailureCode::TooEarly { .. }));
    let by = earliest + 60_000;
    let preview = ana.wallet().call_preview(&tally, by).await;
    assert_eq!(preview.as_ref().expect("a preview").settings.expect("what changes").after.call, Some(by));
    ana.sign(preview).await;
    ben.matches(&tally, 2).await;

    assert_eq!(ben.settings(&tally).await.theirs.call, Some(by));
    let needs = ben.activity().await.needs;
    assert_eq!((needs.len(), needs[0].kind, needs[0].until), (1, ActivityKind::Called, Some(by)));
    assert_eq!(ana.needed().await, []);

    ana.pay(&tally, 5_000).await;
    ben.matches(&tally, 3).await;
    assert_eq!(ben.needed().await, []);
    // A debt that was made afterwards is not the one that was called in.
    ben.pay(&tally, 100).await;
    assert_eq!(ben.needed().await, []);
    ana.matches(&tally, 4).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_the_terms_name_no_notice_the_contract_does() {
    let (ana, ben, tally) = partners().await;
    ana.pay(&tally, 5_000).await;
    let now = ben.matches(&tally, 1).await.row.last_activity;
    assert_eq!(ben.tally(&tally).await.my_terms.notice_days, None);

    let early = refusal(ben.wallet().call_preview(&tally, now + 29 * DAY).await);

    assert!(matches!(early, FailureCode::TooEarly { .. }), "{early:?}");
    ben.wallet().call_preview(&tally, now + 31 * DAY).await.expect("a preview");
}
