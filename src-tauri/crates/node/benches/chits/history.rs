//! A long tally: opening it, paging through it, checking it.

use std::path::Path;
use std::time::{Duration, Instant};

use tallystick_core::Half;
use tallystick_core::chit::{ChitObject, Kind};
use tallystick_node::Wallet;
use tallystick_node::view::{HistoryFilter, HistoryKind, HistoryPage, HistoryWho};
use tallystick_store::Thorough;

use crate::ceilings::Ceilings;
use crate::long::Long;
use crate::people::person;
use crate::report::{Report, millis, percentile};

/// Wallets opened.
const OPENINGS: u32 = 15;

/// Pages asked for, of each kind.
const ASKED: u32 = 60;

/// Chains checked.
const CHECKS: u32 = 9;

/// A first page is shown within so many ms.
const PAGE_GOAL: &str = "30";

/// Hashes of a chain are checked so many a second.
const CHAIN_GOAL: &str = "300,000";

/// Entries on a page.
const PAGE: usize = 50;

/// Measures them.
pub(crate) async fn measure(folder: &Path, chits: u32, ceilings: &Ceilings, report: &mut Report) {
    const MAKING: &str = "a long tally";
    let start = Instant::now();
    let long = Long::make(folder, chits).await;
    report.add(MAKING, "entries, signed and written", f64::from(chits), "");
    report.add(MAKING, "making it", start.elapsed().as_secs_f64(), "s");
    open(folder, &long, report).await;
    pages(folder, &long, report).await;
    check(folder, &long, ceilings, report);
}

/// From a wallet whose ledger nobody has touched to the first page.
async fn open(folder: &Path, long: &Long, report: &mut Report) {
    const SECTION: &str = "opening it (median and p95 in ms)";
    let (mut ledgers, mut firsts) = (Vec::new(), Vec::new());
    for _ in 0..OPENINGS {
        let start = Instant::now();
        let ledger = long.ledger(folder);
        let page = ledger.read(|rows| rows.page(long.tally, None, 50)).expect("a page");
        ledgers.push(start.elapsed());
        assert_eq!(page.chits.len(), PAGE.min(long.entries.len()));
        drop(ledger);
        let owner = person(folder, long.owner, &long.keychain).await;
        let start = Instant::now();
        let page = owner.wallet.history(&long.tally.to_string(), None, HistoryFilter::default()).await;
        firsts.push(start.elapsed());
        assert_eq!(page.expect("a page").entries.len(), PAGE.min(long.entries.len()));
        owner.session.shutdown().await;
    }
    add(report, SECTION, "the ledger's file opened, first page read", &mut ledgers);
    add(report, SECTION, "first page of a wallet just opened", &mut firsts);
}

/// A filter, and what passes it.
struct Asked {
    name: &'static str,
    filter: HistoryFilter,
    passes: fn(&ChitObject, bool) -> bool,
}

fn every_filter() -> Vec<Asked> {
    let all = HistoryFilter::default;
    let words = |text: &str| HistoryFilter { text: Some(text.to_owned()), ..all() };
    vec![
        Asked { name: "no filter", filter: all(), passes: |_, _| true },
        Asked {
            name: "signed by us",
            filter: HistoryFilter { who: HistoryWho::Mine, ..all() },
            passes: |_, mine| mine,
        },
        Asked {
            name: "signed by them",
            filter: HistoryFilter { who: HistoryWho::Theirs, ..all() },
            passes: |_, mine| !mine,
        },
        Asked {
            name: "payments",
            filter: HistoryFilter { kind: HistoryKind::Payments, ..all() },
            passes: |chit, _| chit.kind() == Kind::Tran,
        },
        Asked {
            name: "settings",
            filter: HistoryFilter { kind: HistoryKind::Settings, ..all() },
            passes: |chit, _| chit.kind() == Kind::Set,
        },
        Asked {
            name: "clearing, of which there is none",
            filter: HistoryFilter { kind: HistoryKind::Clearing, ..all() },
            passes: |chit, _| chit.kind() == Kind::Lift,
        },
        Asked {
            name: "words that nobody wrote",
            filter: words("submarine"),
            passes: |chit, _| has(chit, "submarine"),
        },
        Asked {
            name: "words written once in ten thousand",
            filter: words("ZINNIA"),
            passes: |chit, _| has(chit, "zinnia"),
        },
        Asked {
            name: "words on every eighth",
            filter: words("öl für"),
            passes: |chit, _| has(chit, "öl für"),
        },
        Asked { name: "a letter on nearly all", filter: words("e"), passes: |chit, _| has(chit, "e") },
        Asked { name: "two letters", filter: words("ra"), passes: |chit, _| has(chit, "ra") },
        Asked {
            name: "our payments with words",
            filter: HistoryFilter {
                who: HistoryWho::Mine,
                kind: HistoryKind::Payments,
                text: Some("orchard".to_owned()),
            },
            passes: |chit, mine| mine && chit.kind() == Kind::Tran && has(chit, "orchard"),
        },
    ]
}

fn has(chit: &ChitObject, needle: &str) -> bool {
    chit.memo().unwrap_or_default().to_lowercase().contains(needle)
}

async fn pages(folder: &Path, long: &Long, report: &mut Report) {
    const SECTION: &str = "first page of it, warm (median and p95 in ms)";
    let owner = person(folder, long.owner, &long.keychain).await;
    for asked in every_filter() {
        let mut spans = Vec::new();
        for nth in 0..ASKED {
            let (page, span) = page(&owner.wallet, long, None, &asked.filter).await;
            spans.push(span);
            if nth == 0 {
                sound(long, &asked, &page, u64::MAX);
            }
        }
        add(report, SECTION, asked.name, &mut spans);
    }
    let count = u64::try_from(long.entries.len()).expect("fits");
    let all = every_filter();
    for (name, before, asked) in [
        ("a page in the middle", count / 2, &all[0]),
        ("the last page", 51, &all[0]),
        ("a page in the middle, signed by them", count / 2, &all[2]),
        ("a page in the middle, words on every eighth", count / 2, &all[8]),
    ] {
        let mut spans = Vec::new();
        for nth in 0..ASKED {
            let (page, span) = page(&owner.wallet, long, Some(before), &asked.filter).await;
            spans.push(span);
            if nth == 0 {
                sound(long, asked, &page, before);
            }
        }
        add(report, SECTION, name, &mut spans);
    }
    owner.session.shutdown().await;
}

async fn page(
    wallet: &Wallet,
    long: &Long,
    before: Option<u64>,
    filter: &HistoryFilter,
) -> (HistoryPage, Duration) {
    let start = Instant::now();
    let page = wallet.history(&long.tally.to_string(), before, filter.clone()).await.expect("a page");
    (page, start.elapsed())
}

/// The page shows what passes, with the balance that every entry left, and counts the rest.
fn sound(long: &Long, asked: &Asked, page: &HistoryPage, before: u64) {
    let mine = |chit: &ChitObject| (chit.by() == Half::Stock) == (long.mine == Half::Stock);
    let passing = (1_u64..).zip(&long.entries).filter(|(_, (chit, _))| (asked.passes)(chit, mine(chit)));
    let passing: Vec<_> =
        passing.map(|(index, (chit, after))| (index, chit.uuid().to_string(), *after)).collect();
    let wanted: Vec<_> =
        passing.iter().rev().filter(|(index, ..)| *index < before).take(PAGE).cloned().collect();
    let seen: Vec<_> =
        page.entries.iter().map(|entry| (entry.index, entry.id.clone(), entry.balance_after)).collect();
    assert_eq!(seen, wanted, "{}", asked.name);
    assert_eq!(page.shown, u64::try_from(passing.len()).expect("fits"), "{}", asked.name);
    let of = |(chit, _): &(ChitObject, i64)| chit.change_for(long.mine).expect("an amount").milli();
    let held_back = long.entries.iter().filter(|(chit, _)| !(asked.passes)(chit, mine(chit)));
    assert_eq!(page.hidden_sum, held_back.map(of).sum::<i64>(), "{}", asked.name);
}

/// The whole chain from the disk, and everything else that can be checked.
fn check(folder: &Path, long: &Long, ceilings: &Ceilings, report: &mut Report) {
    const SECTION: &str = "checking it";
    let ledger = long.ledger(folder);
    let (mut cold, mut warm) = (Vec::new(), Vec::new());
    for _ in 0..CHECKS {
        // A ledger opened anew has decrypted nothing yet.
        let fresh = long.ledger(folder);
        for spans in [&mut cold, &mut warm] {
            let start = Instant::now();
            let findings = fresh.read(|rows| rows.check_chain(long.tally, Thorough::Chain)).expect("checked");
            spans.push(start.elapsed());
            assert_eq!(findings.wrong, Vec::new());
            assert_eq!(findings.hashes, u64::try_from(long.entries.len()).expect("fits") + 1);
        }
    }
    let hashes = u64::try_from(long.entries.len()).expect("fits");
    for (name, spans) in [("its chain, ledger just opened", &mut cold), ("its chain, again", &mut warm)] {
        let slow = rate(hashes, percentile(spans, 0.95));
        let beside = format!("p95 {slow:.0}, goal {CHAIN_GOAL}");
        report.add_beside(SECTION, name, rate(hashes, percentile(spans, 0.5)), "hash/s", beside);
    }
    let start = Instant::now();
    let findings = ledger.read(|rows| rows.verify()).expect("verified");
    assert_eq!(findings.wrong, Vec::new());
    let signatures = rate(findings.signatures, start.elapsed());
    let share = format!("{:.1} cores' worth", signatures / ceilings.verify);
    report.add_beside(SECTION, "the whole ledger: signatures", signatures, "/s", share);
}

fn rate(count: u64, span: Duration) -> f64 {
    f64::from(u32::try_from(count).expect("fits")) / span.as_secs_f64()
}

fn add(report: &mut Report, section: &'static str, name: &str, spans: &mut [Duration]) {
    let median = millis(percentile(spans, 0.5));
    let beside = format!("p95 {:.2}, goal {PAGE_GOAL}", millis(percentile(spans, 0.95)));
    report.add_beside(section, name, median, "ms", beside);
}
