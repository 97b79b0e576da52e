//! Entries looked for by kind, signer and words; what is held back is still counted.

use tallystick_core::chit::{ChitObject, ComposeChit, Kind};
use tallystick_core::{ChitId, Date, Half, Units};
use uuid::Uuid;

use super::{Disk, NOW, Pair, tally_id};
use crate::Sieve;

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
