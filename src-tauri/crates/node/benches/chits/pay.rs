//! Paying: one at a time, in a burst on one tally, and on many tallies at once.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use tallystick_node::Wallet;
use tallystick_vault::testing::Works;
use tokio::task::JoinSet;

use crate::ceilings::Ceilings;
use crate::people::{Person, matched, open_tally, person};
use crate::report::{Report, millis, percentile, rate};
use crate::spent::Spent;
use crate::{Part, Size};

/// Payments signed at the same time in a burst.
const SIGNERS: u32 = 16;

/// Measures them all, between two wallets with one link.
pub(crate) async fn measure(
    folder: &Path,
    size: Size,
    parts: &[Part],
    ceilings: &Ceilings,
    report: &mut Report,
) {
    let keychain = Arc::new(Works::default());
    let ana = person(folder, "Ana Ruiz", &keychain).await;
    let ben = person(folder, "Ben Ode", &keychain).await;
    if parts.contains(&Part::OneByOne) {
        let tally = open_tally(&ana, &ben).await;
        one_by_one(&ana, &ben, &tally, size.one_by_one, report).await;
    }
    if parts.contains(&Part::Burst) {
        let tally = open_tally(&ana, &ben).await;
        burst(&ana, &ben, &[tally], size.burst, "a burst on one tally", ceilings, report).await;
    }
    if parts.contains(&Part::Many) {
        let mut tallies = Vec::new();
        for _ in 0..size.tallies {
            tallies.push(open_tally(&ana, &ben).await);
        }
        burst(&ana, &ben, &tallies, size.each, "on many tallies at once", ceilings, report).await;
    }
    for person in [&ana, &ben] {
        let findings = person.wallet.verify().await.expect("verified");
        assert_eq!(findings.wrong, Vec::new(), "both ledgers hold");
    }
    ana.session.shutdown().await;
    ben.session.shutdown().await;
}

/// One payment as a person makes it: look, then sign.
async fn pay(wallet: &Wallet, tally: &str, milli: i64) {
    let preview = wallet.pay_preview(tally, milli, Some("bike tube".to_owned())).await.expect("a preview");
    wallet.sign(&preview.id).await.expect("signed");
}

async fn one_by_one(ana: &Person, ben: &Person, tally: &str, count: u32, report: &mut Report) {
    const SECTION: &str = "one at a time, from click to \"both copies match\"";
    let warm_up = (count / 10).max(1);
    let mut spent = Spent::so_far();
    let mut spans = Vec::new();
    let (mut signing, mut whole) = (Vec::new(), Duration::ZERO);
    for nth in 1..=warm_up + count {
        if nth == warm_up + 1 {
            spent = Spent::so_far();
        }
        let click = Instant::now();
        let known = matched(ben, tally, u64::from(nth));
        let paying = async {
            pay(&ben.wallet, tally, 1_000).await;
            Instant::now()
        };
        let (signed, news) = tokio::join!(paying, known);
        if nth > warm_up {
            signing.push(signed - click);
            spans.push(news - click);
            whole += click.elapsed();
        }
    }
    matched(ana, tally, u64::from(warm_up + count)).await;
    let median = millis(percentile(&mut spans, 0.5));
    report.add(SECTION, "signed and kept here, median", millis(percentile(&mut signing, 0.5)), "ms");
    report.add_beside(SECTION, "both copies match, median", median, "ms", "goal 3 ms or less".to_owned());
    report.add(SECTION, "both copies match, 95 of 100 within", millis(percentile(&mut spans, 0.95)), "ms");
    let rate = rate(count, whole);
    report.add_beside(SECTION, "chits", rate, "/s", "goal 300 or more".to_owned());
    spent.report(SECTION, count, report);
}

/// Signs on all tallies as fast as possible and waits until every copy of each matches on both sides.
async fn burst(
    ana: &Person,
    ben: &Person,
    tallies: &[String],
    each: u32,
    section: &'static str,
    ceilings: &Ceilings,
    report: &mut Report,
) {
    let mut halves = Vec::new();
    for tally in tallies {
        halves.push((tally.clone(), ben.wallet.half_of(tally).await.expect("a half")));
    }
    let mut signers = JoinSet::new();
    let total = each * u32::try_from(tallies.len()).expect("few tallies");
    let (halves, next) = (Arc::new(halves), Arc::new(AtomicU32::new(0)));
    let spent = Spent::so_far();
    let start = Instant::now();
    for _ in 0..SIGNERS {
        let (wallet, tallies, next) = (ben.wallet.clone(), Arc::clone(&halves), Arc::clone(&next));
        signers.spawn(async move {
            loop {
                let nth = next.fetch_add(1, Ordering::Relaxed);
                if nth >= total {
                    return;
                }
                let tally = usize::try_from(nth).unwrap_or(0) % tallies.len();
                let (id, mine) = &tallies[tally];
                wallet.pay_unseen(id, *mine, 10).await.expect("signed");
            }
        });
    }
    let all_signed = async {
        while let Some(done) = signers.join_next().await {
            done.expect("signs to the end");
        }
        start.elapsed()
    };
    let all_matched = async |person: &Person| {
        let mut last = start;
        for tally in tallies.iter() {
            last = last.max(matched(person, tally, u64::from(each)).await);
        }
        last - start
    };
    let (signed, at_ben, at_ana) = tokio::join!(all_signed, all_matched(ben), all_matched(ana));
    let rate_of = |span| rate(total, span);
    report.add(section, "tallies", f64::from(u32::try_from(tallies.len()).expect("few")), "");
    report.add(section, "chits in all", f64::from(total), "");
    report.add(section, "signed and kept by the payer", rate_of(signed), "/s");
    let both = rate_of(at_ben.max(at_ana));
    let share =
        format!("{:.2} of the checks one core can do; goal 1,500 on one tally", both / ceilings.verify);
    report.add_beside(section, "known by both to match", both, "/s", share);
    spent.report(section, total, report);
}
