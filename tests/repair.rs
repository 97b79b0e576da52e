//! Somebody's disk has damaged their copy of a tally: it is put together again from the partner's, and nothing that was
//! signed is lost.

use tallystick_node::view::{
    CopiesState, DisputeKind, FailureCode, HistoryFilter, PhaseView, RepairState, SettingsDraft, TallyView,
};

use crate::people::{Away, Person, Place, matching, open_tally, tally_where};

mod people;

/// Entries of a tally as it stands before any damage.
const ENTRIES: u64 = 8;

async fn pay(person: &Person, tally: &str, milli: i64, memo: &str) {
    let preview = person.wallet.pay_preview(tally, milli, Some(memo.to_owned())).await.expect("a preview");
    person.wallet.sign(&preview.id).await.expect("signed");
}

async fn whole(person: &Person, entries: u64) -> TallyView {
    let good = |tally: &TallyView| matching(tally) && tally.row.copies.entries == entries;
    tally_where(person, &format!("{entries} matching entries"), good).await
}

/// Payments both ways, and settings of both.
async fn lived(place: &Place) -> (Person, Person, String) {
    let (ana, ben) = (place.person("Ana Ruiz").await, place.person("Ben Ode").await);
    let tally = open_tally(&ana, &ben).await.0.row.id;
    for round in 0..3_u32 {
        let milli = i64::from(round) * 10 + 1;
        pay(&ana, &tally, milli, &format!("Ana {round}")).await;
        pay(&ben, &tally, milli * 3, &format!("Ben {round}")).await;
    }
    for (person, bound) in [(&ana, 5_000), (&ben, 9_000)] {
        let draft = SettingsDraft { target: 1_000, bound, reward_ppm: 0, clutch_ppm: 0 };
        let preview = person.wallet.settings_preview(&tally, draft).await.expect("a preview");
        person.wallet.sign(&preview.id).await.expect("signed");
    }
    for person in [&ana, &ben] {
        whole(person, ENTRIES).await;
        person.at_rest().await;
    }
    (ana, ben, tally)
}

/// Every entry's name, words, size and the balance after it, newest first.
async fn history(person: &Person, tally: &str) -> Vec<(String, Option<String>, i64, i64)> {
    let page = person.wallet.history(tally, None, HistoryFilter::default()).await.expect("a page");
    page.entries.into_iter().map(|entry| (entry.id, entry.memo, entry.units, entry.balance_after)).collect()
}

async fn happened(person: &Person) -> usize {
    let (mut count, mut before) = (0, None);
    loop {
        let page = person.wallet.activity(before).await.expect("activity");
        count += page.happened.iter().filter(|item| item.entry.is_some()).count();
        before = page.next;
        if before.is_none() {
            return count;
        }
    }
}

/// Both wallets have the same, and nothing is wrong with either.
async fn sound(people: [&Person; 2], tally: &str, entries: u64) {
    let mut proofs = Vec::new();
    for person in people {
        let view = whole(person, entries).await;
        assert_eq!((view.dispute, view.proof.agreed), (None, Some(entries)));
        person.verify().await;
        let looked = person.wallet.repair(tally).await.expect("looked at");
        assert_eq!((looked.state, looked.sound, looked.kept), (RepairState::Whole, entries, 0));
        proofs.push((view.proof.head_hash, view.row.balance.abs(), names(&history(person, tally).await)));
    }
    assert_eq!(proofs[0], proofs[1]);
}

fn names(history: &[(String, Option<String>, i64, i64)]) -> Vec<String> {
    history.iter().map(|(id, ..)| id.clone()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_is_damaged_comes_back_from_the_partner() {
    let place = Place::new();
    let (mut ana, mut ben, tally) = lived(&place).await;
    let swap = "update chit set idx = -idx where idx in (4, 5); update chit set idx = 9 + idx where idx < 0";
    for damage in [
        "update chit set object = replace(object, '\"units\":', '\"units\":1') where idx = 3",
        "update chit set object = replace(object, '\"sign\":\"A', '\"sign\":\"B') where idx in (2, 7)",
        "update chit set object = 'x' where idx = 8",
        "update chit set hash = zeroblob(32) where idx = 2",
        "update chit set hash = zeroblob(7) where idx = 8",
        "update chit set balance_after = balance_after + 1 where idx = 6",
        "update chit set change = -change, mine = 1 - mine where idx = 1",
        "delete from chit where idx = 4",
        "delete from chit where idx = 1",
        "delete from chit where idx > 5",
        "delete from chit",
        "update tally set head = 3",
        "update tally set balance = balance + 1",
        "update tally set agreed = 0",
        "update tally set agreed = 99",
        "update tally set agreed = null, agreed_hash = null",
        "update tally set settings_mine = 'x', dispute = '{'",
        "update chit set matched_at = null where idx > 2",
        "update chit_sum set sum = sum + 1",
        swap,
    ] {
        for side in [0, 1] {
            let before = (history(&ana, &tally).await, history(&ben, &tally).await);
            let told = [happened(&ana).await, happened(&ben).await];
            if side == 0 {
                let away = ana.leave().await;
                away.damage(damage);
                ana = away.back().await;
            } else {
                let away = ben.leave().await;
                away.damage(damage);
                ben = away.back().await;
            }
            // A sum beside the chain is no part of it: that is looked at when the person asks.
            let victim = if side == 0 { &ana } else { &ben };
            let looked = victim.wallet.repair(&tally).await.expect("looked at").state;
            assert_ne!(looked, RepairState::AgreementDamaged, "{damage}");

            sound([&ana, &ben], &tally, ENTRIES).await;
            assert_eq!((history(&ana, &tally).await, history(&ben, &tally).await), before, "{damage}");
            assert_eq!([happened(&ana).await, happened(&ben).await], told, "told twice after {damage}");
            let page = victim.wallet.settings(&tally).await.expect("settings");
            let bounds = (page.mine.bound, page.theirs.bound);
            assert_eq!(bounds, if side == 0 { (5_000, 9_000) } else { (9_000, 5_000) }, "{damage}");
        }
    }
    // And life goes on.
    pay(&ana, &tally, 5, "after all that").await;
    pay(&ben, &tally, 6, "indeed").await;
    sound([&ana, &ben], &tally, ENTRIES + 2).await;
}

/// Damages somebody's agreed part while the other is away, and opens it.
async fn damaged(away: Away, sql: &str) -> Person {
    away.damage(sql);
    let person = away.back().await;
    tally_where(&person, "a damaged copy", |view| {
        view.dispute.as_ref().is_some_and(|dispute| dispute.kind == DisputeKind::Damaged)
    })
    .await;
    person
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn until_then_it_is_readable_marked_and_promises_nothing() {
    let place = Place::new();
    let (ana, ben, tally) = lived(&place).await;
    let (ana, ben) = (ana.leave().await, ben.leave().await);

    let ana = damaged(ana, "update chit set object = '{}' where idx = 5").await;

    let view = ana.view(&tally).await;
    assert_eq!((view.row.phase, view.row.copies.state), (PhaseView::Open, CopiesState::Mismatch));
    assert_eq!(view.row.copies.entries, 4);
    let memos: Vec<_> = history(&ana, &tally).await.into_iter().filter_map(|(_, memo, ..)| memo).collect();
    assert_eq!(memos.len(), 4);
    let refused = ana.wallet.pay_preview(&tally, 1, None).await;
    assert_eq!(refused.expect_err("a refusal").code, FailureCode::CopiesDiffer);
    let looked = ana.wallet.repair(&tally).await.expect("looked at");
    assert_eq!((looked.state, looked.sound, looked.kept, looked.unreadable), (RepairState::Mending, 4, 3, 1));
    let wrong = ana.wallet.verify().await.expect("verified").wrong;
    assert!(wrong.len() == 1 && wrong[0].what.contains("not mended yet"), "{wrong:?}");

    // It outlasts a restart.
    let ana = ana.leave().await.back().await;
    assert_eq!(ana.view(&tally).await.row.copies.state, CopiesState::Mismatch);
    let ben = ben.back().await;
    sound([&ana, &ben], &tally, ENTRIES).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_signed_and_never_sent_survives() {
    for side in [0, 1] {
        let place = Place::new();
        let (ana, ben, tally) = lived(&place).await;
        let (victim, other) = if side == 0 { (ana, ben) } else { (ben, ana) };
        let other = other.leave().await;
        pay(&victim, &tally, 100, "unsent").await;
        pay(&victim, &tally, 200, "unsent too").await;
        let own = history(&victim, &tally).await;

        // Whatever was on its way goes as well: what was laid aside must come back by itself.
        let damage = "update chit set hash = zeroblob(32) where idx in (3, 9); delete from outbox";
        let victim = damaged(victim.leave().await, damage).await;
        let other = other.back().await;
        pay(&other, &tally, 400, "meanwhile").await;

        sound([&victim, &other], &tally, ENTRIES + 3).await;
        let after = history(&victim, &tally).await;
        for (id, memo, units, _) in own {
            let same = after.iter().filter(|entry| entry.0 == id).collect::<Vec<_>>();
            assert_eq!(same.len(), 1);
            assert_eq!((&same[0].1, same[0].2), (&memo, units));
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_copy_that_comes_to_another_hash_than_was_agreed_is_in_dispute() {
    let place = Place::new();
    let (ana, ben, tally) = lived(&place).await;
    let away = ana.leave().await;
    away.damage("delete from chit where idx = 4; update tally set agreed_hash = zeroblob(32), head_hash = zeroblob(32)");

    let ana = away.back().await;

    let view = tally_where(&ana, "a dispute", |view| {
        view.dispute.as_ref().is_some_and(|dispute| dispute.kind == DisputeKind::Chain)
    })
    .await;
    let dispute = view.dispute.expect("a dispute");
    assert_eq!((dispute.index, dispute.evidence), (ENTRIES, 1));
    assert_eq!(dispute.their_hash, ben.view(&tally).await.proof.head_hash);
    let refused = ana.wallet.pay_preview(&tally, 1, None).await;
    assert_eq!(refused.expect_err("a refusal").code, FailureCode::CopiesDiffer);
    sound_alone(&ben).await;
}

async fn sound_alone(person: &Person) {
    whole(person, ENTRIES).await;
    person.verify().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_damaged_agreement_is_said_and_nothing_is_touched() {
    let place = Place::new();
    let (ana, _ben, tally) = lived(&place).await;
    let away = ana.leave().await;
    away.damage(
        "update chit set hash = zeroblob(32) where idx = 5;
         update tally set object = replace(object, '\"limit\":20', '\"limit\":21')",
    );

    let ana = away.back().await;

    for _ in 0..2 {
        let looked = ana.wallet.repair(&tally).await.expect("looked at");
        assert_eq!(looked.state, RepairState::AgreementDamaged);
    }
    assert_eq!(ana.view(&tally).await.row.copies.entries, ENTRIES);
    let wrong = ana.wallet.verify().await.expect("verified").wrong;
    assert!(wrong.iter().any(|finding| finding.what == "the tally's signature does not check"), "{wrong:?}");
    assert!(wrong.iter().any(|finding| finding.index == 5), "{wrong:?}");
}
