//! Real wallets in a row and in a ring: invoices paid along four tallies, debts that cancel by themselves.

#[path = "lifts/town.rs"]
mod town;

#[path = "lifts/payments.rs"]
mod payments;

mod people;

use std::io::Write as _;
use std::time::Duration;

use tallystick_node::view::{
    ActivityKind, AuditFault, AuditVerdict, Happening, IdleReason, IdleWhy, LiftStage, LiftState, LiftView,
    LiftWhy, NotCleared, SettingsDraft, SettingsRule,
};

use people::{Person, eventually};
use town::{Town, part};

/// Past the harness, which keeps to itself what a passing test says.
fn say(line: &str) {
    drop(writeln!(std::io::stderr(), "{line}"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_ring_of_three_clears_without_a_hand_laid_on_it() {
    let town = Town::ring(3, 25_000).await;

    for person in &town.people {
        eventually(person, "all debts to cancel", || async {
            let rows = person.wallet.tallies().await.expect("tallies");
            rows.iter().all(|row| row.balance == 0).then_some(())
        })
        .await;
    }

    town.at_rest().await;
    for person in &town.people {
        let good = person.wallet.lifts().await.expect("lifts");
        let good: Vec<_> = good.iter().filter(|lift| lift.stage == LiftStage::Good).collect();
        assert_eq!(good.len(), 1);
        assert!(good[0].sound && good[0].units == 25_000);
    }
    town.verify().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn fresh_wallets_clear_what_they_owe_in_a_ring() {
    // Ten CHIP in a ring of three, more than a stranger may decide about, and a ring in which not all are neighbours.
    for (many, owed) in [(3, 10_000), (3, 25_000), (4, 10_000)] {
        let town = Town::plain_ring(many, owed).await;

        town.cleared().await;

        for person in &town.people {
            let page = person.wallet.lift_page().await.expect("a page");
            let done: Vec<_> = page.lifts.iter().filter(|lift| lift.stage == LiftStage::Good).collect();
            assert_eq!(done.iter().map(|lift| lift.units).sum::<i64>(), owed);
            for lift in done {
                assert_eq!(
                    (lift.state, lift.net_change, &lift.audit.findings),
                    (LiftState::Final, 0, &Vec::new())
                );
                assert_eq!(lift.legs.len(), 2);
                assert!(lift.legs.iter().all(|leg| leg.partner.is_some() && leg.final_at.is_some()));
                assert!(lift.legs.iter().all(|leg| leg.after == Some(0)), "{:?}", lift.legs);
            }
            let stats = person.wallet.lift_stats().await.expect("sums");
            assert_eq!((stats.week.cleared, stats.week), (owed, stats.ever));
        }
        // In signing, everybody said about how many tallies they had, as a power of two: none at the first, one at the last.
        assert_eq!(reaches(&town.people[0], &town.tallies[0]).await, [None, None]);
        assert_eq!(reaches(&town.people[0], &town.tallies[many - 1]).await, [Some(0), Some(0)]);
        town.verify().await;
    }
}

/// What the two who signed a tally said of their reach, as the evidence for a lift over it shows.
async fn reaches(person: &Person, tally: &str) -> [Option<u64>; 2] {
    let lifts = person.wallet.lifts().await.expect("lifts");
    let lift = lifts.iter().find(|lift| lift.stage == LiftStage::Good).expect("a lift");
    let file = person.wallet.lift_evidence(&lift.id).await.expect("evidence");
    let evidence: serde_json::Value = serde_json::from_str(&file.text).expect("JSON");
    let tallies = evidence["evidence"]["tallies"].as_array().expect("tallies");
    let signed =
        tallies.iter().map(|told| &told["tally"]).find(|told| told["uuid"] == tally).expect("the tally");
    ["stock", "foil"].map(|half| signed[half]["cert"]["l1"]["reach"].as_u64())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nothing_is_cleared_for_somebody_who_takes_no_part() {
    let town = Town::ring_without(3, 25_000, 1).await;

    // Both others have looked, which is all that could have happened.
    for person in [&town.people[0], &town.people[2]] {
        let why = eventually(person, "a look", || async {
            let choices = person.wallet.lift_choices().await.expect("choices");
            (choices.not_cleared != NotCleared::NotYet).then_some(choices.not_cleared)
        });
        tokio::select! {
            why = why => assert_eq!(why, NotCleared::TooFewTallies),
            () = tokio::time::sleep(Duration::from_secs(2)) => {
                assert_eq!(
                    person.wallet.lift_choices().await.expect("choices").not_cleared,
                    NotCleared::TooFewTallies
                );
            }
        }
        assert!(person.wallet.lifts().await.expect("lifts").is_empty());
    }
    // Everybody is told whose permission is missing: so it is with tallies of before it stood in them.
    for (rank, whose) in [(0, IdleWhy::TheyTakeNoPart), (1, IdleWhy::YouTakeNoPart)] {
        let told = town.people[rank].wallet.lift_idle().await.expect("reasons");
        let about = |reason: &IdleReason| (reason.why, reason.tally.clone());
        let reasons: Vec<_> = told.reasons.iter().map(about).collect();
        assert!(reasons.contains(&(whose, Some(town.tallies[0].clone()))), "{rank}: {reasons:?}");
        assert!(reasons.contains(&(IdleWhy::TooFewTallies, None)), "{rank}: {reasons:?}");
    }

    // Switched on for one tally after the other: with the last permission it clears.
    part(&town.people[1], &town.tallies[0], true).await;
    part(&town.people[1], &town.tallies[1], true).await;
    town.cleared().await;
    town.verify().await;
}

/// What settings would do, and what they did: the next circle moves exactly what the screen said.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_circle_moves_exactly_what_the_settings_predict() {
    let town = Town::plain_ring(3, 10_000).await;
    town.cleared().await;
    let [ana, ben, _] = &town.people[..] else { panic!("three people") };
    let (with_ana, with_cleo) = (&town.tallies[0], &town.tallies[1]);
    for person in &town.people {
        person.wallet.clearing_least(1_000).await.expect("chosen");
    }
    town.owe(10_000, || async {
        // Ben likes to hold six of what Ana owes him, and charges all of it to let them go.
        let draft = SettingsDraft { target: 6_000, bound: 6_000, reward_ppm: 0, clutch_ppm: 1_000_000 };
        let told = ben.wallet.settings_simulate(with_ana, draft, Some(10_000)).await.expect("told");
        assert_eq!((told.broken, told.may_come, told.may_go), (None, 0, 4_000));
        assert_eq!((told.next_circle, told.owed), (4_000, 0));
        assert_eq!(told.asked.map(|asked| (asked.coming, asked.going)), Some((0, 4_000)));
        let preview = ben.wallet.settings_preview(with_ana, draft).await.expect("a preview");
        ben.wallet.sign(&preview.id).await.expect("signed");
        // What he owes himself can be paid down whatever he sets.
        let shut = SettingsDraft { target: 0, bound: 0, reward_ppm: 1_000_000, clutch_ppm: 1_000_000 };
        let told = ben.wallet.settings_simulate(with_cleo, shut, None).await.expect("told");
        assert_eq!((told.may_come, told.owed), (10_000, 10_000));
        let below = SettingsDraft { target: -1_000, bound: 0, ..shut };
        let told = ben.wallet.settings_simulate(with_cleo, below, None).await.expect("told");
        assert_eq!((told.broken, told.may_come), (Some(SettingsRule::Negative), 10_000));
    })
    .await;

    // Of two that begin at once, one is given up.
    let good = |lifts: Vec<LiftView>| {
        lifts.into_iter().find(|lift| lift.units == 4_000 && lift.state == LiftState::Final)
    };
    for person in &town.people {
        let lift = eventually(person, "a circle of four", || async {
            good(person.wallet.lifts().await.expect("lifts"))
        })
        .await;
        assert_eq!((lift.audit.verdict, lift.net_change), (AuditVerdict::Within, 0));
    }
    town.at_rest().await;
    assert_eq!(ben.view(with_ana).await.row.balance, 6_000);
    let idle = ben.wallet.lift_idle().await.expect("reasons");
    assert!(idle.reasons.iter().any(|reason| reason.why == IdleWhy::YourSettings), "{idle:?}");

    // One item of all circles of the day, and nothing that wants to be read.
    let page = ana.wallet.activity(None).await.expect("activity");
    let cleared: Vec<_> = page.happened.iter().filter(|item| item.kind == ActivityKind::Cleared).collect();
    assert_eq!(cleared.iter().map(|item| item.count).sum::<u32>(), 2);
    assert_eq!(cleared.iter().map(|item| item.units.unwrap_or(0)).sum::<i64>(), 14_000);
    assert!(cleared.iter().all(|item| item.read && item.lift.is_some() && item.entry.is_none()));
    town.verify().await;
}

/// In a ring in which not all know each other, nobody named decides about more than ten CHIP: so it clears ten at a time.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_ring_without_a_common_referee_clears_ten_at_a_time() {
    let town = Town::plain_ring(4, 25_000).await;

    for person in &town.people {
        eventually(person, "all but five to cancel", || async {
            let rows = person.wallet.tallies().await.expect("tallies");
            rows.iter().all(|row| row.balance.abs() == 5_000).then_some(())
        })
        .await;
    }

    town.at_rest().await;
    let mut refused = 0;
    for person in &town.people {
        let lifts = person.wallet.lifts().await.expect("lifts");
        let good = lifts.iter().filter(|lift| lift.stage == LiftStage::Good);
        assert_eq!(good.map(|lift| lift.units).collect::<Vec<_>>(), [10_000, 10_000]);
        let large = lifts.iter().filter(|lift| lift.units > 10_000 && lift.why == Some(LiftWhy::Referee));
        refused += large.count();
    }
    assert!(refused > 0, "somebody tried more first");
    town.verify().await;
}

/// Credit that people would take is no reason to move any: where nobody owes anything, nothing moves by itself.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_ring_that_owes_nothing_is_left_alone() {
    let town = Town::liking(3, 20_000).await;

    for person in &town.people {
        // Nothing is told of a look that finds nothing.
        let looked = async {
            while person.wallet.lift_choices().await.expect("choices").not_cleared != NotCleared::NothingFits
            {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        let looked = tokio::time::timeout(Duration::from_secs(20), looked).await;
        assert!(looked.is_ok(), "{:?}", person.wallet.lift_page().await.expect("a page").lifts);
    }

    for person in &town.people {
        assert_eq!(person.wallet.lift_page().await.expect("a page").lifts, []);
        let rows = person.wallet.tallies().await.expect("tallies");
        assert!(rows.iter().all(|row| row.balance == 0));
        let told = person.wallet.lift_idle().await.expect("reasons");
        assert!(told.reasons.iter().any(|reason| reason.why == IdleWhy::NoRoom), "{told:?}");
    }
    town.verify().await;
}

/// What they would take besides does not make a circle larger than what is owed.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_people_like_to_hold_does_not_make_a_circle_larger() {
    let town = Town::liking(3, 20_000).await;
    town.owe(10_000, || async {
        let draft = SettingsDraft { target: 20_000, bound: 20_000, reward_ppm: 0, clutch_ppm: 0 };
        for (person, tally) in town.people.iter().zip(&town.tallies) {
            let told = person.wallet.settings_simulate(tally, draft, None).await.expect("told");
            assert_eq!((told.next_circle, told.may_come, told.owed), (10_000, 30_000, 10_000));
        }
    })
    .await;

    town.cleared().await;

    for person in &town.people {
        let lifts = person.wallet.lifts().await.expect("lifts");
        let good = lifts.iter().filter(|lift| lift.stage == LiftStage::Good);
        assert_eq!(good.map(|lift| lift.units).collect::<Vec<_>>(), [10_000]);
    }
    town.verify().await;
}

/// An engine that lets go what its person charges for is found out by the wallet's own check.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_engine_that_does_not_heed_the_settings_is_found_out() {
    let town = Town::plain_ring(3, 10_000).await;
    town.cleared().await;
    let ben = &town.people[1];
    let mut heard = ben.session.events();
    town.owe(10_000, || async {
        let draft = SettingsDraft { target: 6_000, bound: 6_000, reward_ppm: 0, clutch_ppm: 1_000_000 };
        let preview = ben.wallet.settings_preview(&town.tallies[0], draft).await.expect("a preview");
        ben.wallet.sign(&preview.id).await.expect("signed");
        ben.wallet.heed_nothing();
    })
    .await;
    town.cleared().await;

    let found = |lift: &LiftView| lift.audit.verdict == AuditVerdict::Outside;
    let lifts = ben.wallet.lifts().await.expect("lifts");
    let [bad] = &lifts.iter().filter(|lift| found(lift)).collect::<Vec<_>>()[..] else {
        panic!("{lifts:?}");
    };
    let what: Vec<_> = bad.audit.findings.iter().map(|finding| finding.what).collect();
    assert_eq!((what, bad.sound), (vec![AuditFault::BelowTarget], false));
    assert_eq!(bad.audit.findings[0].tally.as_ref(), Some(&town.tallies[0]));
    let file = ben.wallet.lift_evidence(&bad.id).await.expect("evidence");
    let evidence: serde_json::Value = serde_json::from_str(&file.text).expect("JSON");
    let settings = |tally: &serde_json::Value| {
        tally["settings"]
            .as_array()
            .is_some_and(|signed| signed.iter().any(|chit| chit["ref"]["clutch"] == 1))
    };
    let tallies = evidence["evidence"]["tallies"].as_array().expect("tallies");
    assert!(tallies.iter().any(settings) && tallies.iter().all(|tally| tally["entry"]["uuid"].is_string()));
    let told = async {
        while heard.recv().await.expect("told").happening
            != (Happening::LiftAuditFailed { lift: bad.id.clone() })
        {}
    };
    tokio::time::timeout(Duration::from_secs(10), told).await.expect("somebody is told");
    for person in [&town.people[0], &town.people[2]] {
        assert!(!person.wallet.lifts().await.expect("lifts").iter().any(found));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nothing_goes_over_a_tally_that_is_paused() {
    let town = Town::plain_ring(3, 10_000).await;
    town.cleared().await;
    let ben = &town.people[1];
    town.owe(10_000, || async {
        let choices = ben.wallet.clearing_pause(Some(town.tallies[0].clone()), true).await.expect("paused");
        assert_eq!(choices.paused_tallies, [town.tallies[0].clone()]);
    })
    .await;

    let idle = ben.wallet.lift_idle().await.expect("reasons");
    let reasons: Vec<_> = idle.reasons.iter().map(|reason| (reason.why, reason.tally.as_ref())).collect();
    assert_eq!(
        reasons[..2],
        [(IdleWhy::TooFewTallies, None), (IdleWhy::TallyPaused, Some(&town.tallies[0]))]
    );
    assert_eq!((idle.tallies, idle.taking_part), (2, 1));
    // The others look, as often as they do, and find nothing.
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!(ben.view(&town.tallies[0]).await.row.balance, 10_000);

    let choices = ben.wallet.clearing_pause(Some(town.tallies[0].clone()), false).await.expect("resumed");
    assert!(choices.paused_tallies.is_empty());
    town.cleared().await;
    town.verify().await;
}
