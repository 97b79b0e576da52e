//! Once the copies cannot both be right nothing new is promised, and the person is told.

use tallystick_core::Units;
use tallystick_core::chit::ComposeChit;
use tallystick_node::view::{
    ActivityKind, CopiesState, Failure, FailureCode, NeedKind, SettingsDraft, Template,
};

use super::partners::Partners;
use super::{Ana, Somebody, eventually};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_promises_under_one_name_freeze_what_is_promised_and_nothing_else() {
    let mut partners = Partners::open(Ana::new().await, Somebody::new("Mallory", 13), Template::Friend).await;
    let parts = partners.parts(700);
    let first = partners.announce(&partners.signed(&parts), 1);
    partners.call.send(first.to_string().as_bytes()).await;
    partners.call.receive().await;
    let other = partners.signed(&ComposeChit { units: Units::new(900).ok(), ..parts });
    let id = partners.id();
    assert!(partners.ana.wallet.pay_preview(&id, 1, None).await.is_ok());

    partners.call.send(partners.announce(&other, 2).to_string().as_bytes()).await;

    let wallet = &partners.ana.wallet;
    eventually("the mismatch", async || {
        wallet.tally(&id).await.expect("the tally").row.copies.state == CopiesState::Mismatch
    })
    .await;
    let home = wallet.home().await.expect("home");
    assert_eq!((home.needs.len(), home.needs[0].kind), (1, NeedKind::Mismatch));
    let activity = wallet.activity(None).await.expect("activity");
    assert_eq!(
        (activity.needs[0].kind, activity.happened[0].kind),
        (ActivityKind::Mismatch, ActivityKind::DisputeBegan)
    );
    assert_eq!(activity.needs[0].at, activity.happened[0].at);
    let refusals: [Result<(), Failure>; 5] = [
        wallet.pay_preview(&id, 1, None).await.map(drop),
        wallet.close_preview(&id).await.map(drop),
        wallet
            .settings_preview(&id, SettingsDraft { target: 0, bound: 0, reward_ppm: 0, clutch_ppm: 0 })
            .await
            .map(drop),
        wallet.call_preview(&id, i64::MAX).await.map(drop),
        wallet.request(&id, 1, None, 1).await.map(drop),
    ];
    for refused in refusals {
        assert_eq!(refused.expect_err("a refusal").code, FailureCode::CopiesDiffer);
    }
    assert_eq!(partners.balance().await, 700);
    partners.ana.verify().await;
}
