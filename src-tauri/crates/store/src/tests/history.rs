//! Entries looked for by kind, signer and words; what is held back is still counted.

use proptest::prelude::*;
use tallystick_core::chit::{ChitObject, ComposeChit, Kind};
use tallystick_core::{ChitId, Date, Half, Units};
use uuid::Uuid;

use super::{Disk, NOW, Pair, tally_id};
use crate::words::PART;
use crate::{Ledger, Sieve};

const WORDS: [&str; 4] = ["Öl für die Tür", "bike tube", "BIKE bell", ""];

/// Forty entries of both sides and two kinds.
fn entries(pair: &Pair) -> Vec<ChitObject> {
    (1..=40_u32)
        .map(|n| {
            let by = if n % 3 == 0 { Half::Foil } else { Half::Stock };
            let memo = WORDS[usize::try_from(n).expect("small") % 4];
            let parts = ComposeChit {
                uuid: ChitId::new(Uuid::from_u128(n.into())),
                tally: tally_id(),
                by,
                date: Date::from_millis(NOW),
                units: Units::new(i64::from(n) * 10).ok(),
                memo: Some(memo).filter(|memo| !memo.is_empty()).map(str::to_owned),
                reference: None,
            };
            let chit = if n % 5 == 0 {
                let reference = Some(serde_json::json!({"target": n, "bound": n}));
                ChitObject::compose_set(ComposeChit { units: None, reference, ..parts })
            } else {
                ChitObject::compose_tran(parts)
            };
            let chit = chit.expect("a chit");
            let signer = if by == Half::Stock { &pair.alice } else { &pair.bob };
            chit.with_signature(signer.sign(&chit.signing_bytes()))
        })
        .collect()
}

fn passes(chit: &ChitObject, sieve: &Sieve) -> bool {
    let words = chit.memo().unwrap_or_default().to_lowercase();
    sieve.kind.is_none_or(|kind| chit.kind() == kind)
        && sieve.mine.is_none_or(|mine| (chit.by() == Half::Stock) == mine)
        && sieve.text.as_ref().is_none_or(|text| words.contains(&text.to_lowercase()))
}

fn every_sieve() -> Vec<Sieve> {
    let mut sieves = Vec::new();
    for kind in [None, Some(Kind::Tran), Some(Kind::Set), Some(Kind::Lift)] {
        for mine in [None, Some(true), Some(false)] {
            for text in [None, Some("bike"), Some("ÖL"), Some("tür"), Some("nothing like it"), Some("")] {
                sieves.push(Sieve { kind, mine, text: text.map(str::to_owned) });
            }
        }
    }
    sieves
}

#[test]
fn a_filter_hides_entries_and_changes_no_balance() {
    let (disk, pair) = (Disk::new(), Pair::new());
    let chits = entries(&pair);
    pair.write(&disk, 30, &chits);
    let balances: Vec<i64> = pair.links(&chits).iter().map(|(.., after)| after.milli()).collect();
    let whole = balances[39];

    for sieve in every_sieve() {
        let passed = |(_, chit): &(u64, &ChitObject)| passes(chit, &sieve);
        let wanted: Vec<u64> = (1..).zip(&chits).filter(passed).map(|(index, _)| index).collect();
        let held_back = |place: &usize| !passes(&chits[*place], &sieve);
        let before_it = |place: usize| if place == 0 { 0 } else { balances[place - 1] };
        let hidden: i64 = (0..40).filter(held_back).map(|place| balances[place] - before_it(place)).sum();
        for limit in [1, 7, 50] {
            let mut seen = Vec::new();
            let mut before = None;
            loop {
                let page = disk.ask(|rows| rows.sift(tally_id(), &sieve, before, limit)).expect("a tally");
                assert_eq!((page.total, page.hidden_sum.milli()), (40, hidden), "{sieve:?}");
                assert_eq!(page.shown, u64::try_from(wanted.len()).expect("small"), "{sieve:?}");
                for chit in &page.chits {
                    let place = usize::try_from(chit.linked.index - 1).expect("small");
                    assert_eq!(chit.balance_after.milli(), balances[place]);
                    seen.push(chit.linked.index);
                }
                before = page.chits.last().map(|chit| chit.linked.index);
                if !page.more {
                    break;
                }
            }
            seen.reverse();
            assert_eq!(seen, wanted, "{sieve:?}");
        }
    }
    assert_eq!(disk.ask(|rows| rows.tally(tally_id())).expect("a tally").tally.balance().milli(), whole);
}

#[test]
fn an_unknown_tally_has_no_history() {
    let disk = Disk::new();
    assert_eq!(disk.ask(|rows| rows.sift(tally_id(), &Sieve::default(), None, 5)), None);
}

#[test]
fn the_newest_settings_of_a_side_come_first() {
    let (disk, pair) = (Disk::new(), Pair::new());
    pair.write(&disk, 0, &entries(&pair));

    let places = |mine| -> Vec<u64> {
        let found = disk.ask(|rows| rows.newest_settings(tally_id(), mine, 3));
        found.iter().map(|chit| chit.linked.index).collect()
    };

    assert_eq!((places(true), places(false)), (vec![40, 35, 25], vec![30, 15]));
}

/// A history that is long enough for its words to be packed. Nobody checks its signatures.
fn long_history(pair: &Pair, kinds: &[(bool, u8, u8)]) -> Vec<ChitObject> {
    const MEMOS: [&str; 8] = ["", "a", "ab", "ba", "Äb", "bä", "aBÄ", "b"];
    let signature = pair.alice.sign(b"anything");
    let chit = |(n, (mine, kind, memo)): (u128, &(bool, u8, u8))| {
        let parts = ComposeChit {
            uuid: ChitId::new(Uuid::from_u128(n)),
            tally: tally_id(),
            by: if *mine { Half::Stock } else { Half::Foil },
            date: Date::from_millis(NOW),
            units: Units::new(i64::from(*memo) * 7 + i64::from(*kind) + 1).ok(),
            memo: Some(MEMOS[usize::from(*memo) % MEMOS.len()].to_owned()),
            reference: None,
        };
        let chit = if *kind == 0 {
            let reference = Some(serde_json::json!({"target": n, "bound": n}));
            ChitObject::compose_set(ComposeChit { units: None, reference, ..parts })
        } else {
            ChitObject::compose_tran(parts)
        };
        chit.expect("a chit").with_signature(signature)
    };
    (1..).zip(kinds).map(chit).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever is looked for in whatever history: every entry is shown with the balance it left, nothing that passes is
    /// held back, and what is held back is counted and summed.
    #[test]
    fn the_running_balance_is_right_under_any_filter(
        kinds in prop::collection::vec((any::<bool>(), 0_u8..6, 0_u8..8), 900..1_400),
        share in 0_usize..=100,
        asked in prop::collection::vec(
            (0_usize..4, 0_usize..3, prop::option::of("[abä]{0,3}"), prop::option::of(0_u64..1_500), 1_u32..80),
            12,
        ),
    ) {
        let (disk, pair) = (Disk::new(), Pair::new());
        let chits = long_history(&pair, &kinds);
        let agreed = u64::try_from(chits.len() * share / 100).expect("small");
        pair.write(&disk, agreed, &chits);
        let mut balance = 0;
        let after: Vec<i64> = chits.iter().map(|chit| {
            balance += chit.change_for(Half::Stock).expect("an amount").milli();
            balance
        }).collect();

        for (kind, mine, text, before, limit) in asked {
            let sieve = Sieve {
                kind: [None, Some(Kind::Tran), Some(Kind::Set), Some(Kind::Lift)][kind],
                mine: [None, Some(true), Some(false)][mine],
                text,
            };
            let page = disk.ask(|rows| rows.sift(tally_id(), &sieve, before, limit)).expect("a tally");
            let (passing, held): (Vec<_>, Vec<_>) =
                (1_u64..).zip(&chits).partition(|(_, chit)| passes(chit, &sieve));
            let earlier = passing.iter().rev().filter(|(index, _)| before.is_none_or(|before| *index < before));
            let wanted: Vec<_> = earlier.clone().take(usize::try_from(limit).expect("small"))
                .map(|(index, chit)| {
                    (*index, chit.uuid(), after[usize::try_from(index - 1).expect("small")])
                })
                .collect();
            let seen: Vec<_> = page.chits.iter()
                .map(|chit| (chit.linked.index, chit.linked.chit.uuid(), chit.balance_after.milli()))
                .collect();
            prop_assert_eq!(&seen, &wanted, "{:?} before {:?}", sieve, before);
            prop_assert_eq!(page.more, earlier.count() > seen.len());
            prop_assert_eq!(page.shown, u64::try_from(passing.len()).expect("small"));
            prop_assert_eq!(page.total, u64::try_from(chits.len()).expect("small"));
            let hidden = held.iter().map(|(_, chit)| chit.change_for(Half::Stock).expect("an amount").milli());
            prop_assert_eq!(page.hidden_sum.milli(), hidden.sum::<i64>());
        }
    }
}

#[test]
fn words_are_packed_once_whole_parts_are_agreed() {
    let (disk, pair) = (Disk::new(), Pair::new());
    let chits = long_history(&pair, &vec![(true, 1, 1); 1_100]);
    pair.write(&disk, PART - 1, &chits);
    let parts = |disk: &Disk| disk.ask(|rows| rows.parts(tally_id()));

    assert_eq!(parts(&disk), 0);
    for (agreed, packed) in [(PART, 1), (PART + 1, 1), (2 * PART, 2), (2 * PART, 2), (1_100, 2)] {
        disk.act(move |rows| rows.matched(tally_id(), agreed, NOW)).expect("written");
        assert_eq!(parts(&disk), packed, "{agreed}");
    }
}

#[test]
fn packed_words_that_were_changed_are_found() {
    for change in [
        "update chit_words set words = replace(words, 'a', 'b') where part = 0",
        "update chit_words set words = words || 'x' where part = 0",
        "update chit_words set brief = zeroblob(length(brief))",
        "update chit_words set part = 1",
        "delete from chit_words",
        "insert into chit_words (tally, part, words, brief) select tally, 1, words, brief from chit_words",
    ] {
        let (disk, pair) = (Disk::new(), Pair::new());
        pair.write(&disk, 600, &long_history(&pair, &vec![(true, 1, 1); 600]));
        let wrong = |ledger: &Ledger| -> Vec<&'static str> {
            let findings = ledger.read(|rows| rows.verify()).expect("verified");
            findings.wrong.iter().map(|finding| finding.what).filter(|what| what.contains("words")).collect()
        };
        assert_eq!(wrong(&disk.ledger), Vec::<&str>::new());
        let (_folder, ledger) = super::tampering::rewritten(disk, change);

        assert_ne!(wrong(&ledger), Vec::<&str>::new(), "{change}");
    }
}
