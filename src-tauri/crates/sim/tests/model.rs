//! Random people do random things on a bad network; whatever happens, their wallets must come to rest as the books say.
//! A script that fails is made as short as it can be; its seed goes to `proptest-regressions/`, the script to
//! `town/kept.rs`.

mod town;

use proptest::test_runner::{FileFailurePersistence, TestRunner};
use town::search::{Search, config, makes_sense};
use town::stage::play;
use town::{ANA, Act, BEN, Town, kept};

/// Plays random scripts, and those whose seeds are kept.
fn none_fails(search: &Search, scripts: u32, seeds: &'static str) {
    let mut config = config(scripts);
    config.failure_persistence = Some(Box::new(FileFailurePersistence::Direct(seeds)));
    let found = search.run(&mut TestRunner::new(config));
    assert!(found.is_none(), "{found:?}");
}

#[test]
fn two_people_come_to_rest_as_the_books_say() {
    let search = Search { people: 2..=2, longest: 30, on_disk: false };
    none_fails(&search, 160, "proptest-regressions/two.txt");
}

#[test]
fn two_people_come_to_rest_after_a_long_time() {
    let search = Search { people: 2..=2, longest: 90, on_disk: false };
    none_fails(&search, 60, "proptest-regressions/long.txt");
}

#[test]
fn a_town_comes_to_rest_as_the_books_say() {
    let search = Search { people: 3..=5, longest: 60, on_disk: false };
    none_fails(&search, 90, "proptest-regressions/town.txt");
}

#[test]
fn encrypted_files_come_to_rest_as_the_books_say() {
    let search = Search { people: 2..=3, longest: 20, on_disk: true };
    none_fails(&search, 20, "proptest-regressions/files.txt");
}

#[test]
fn scripts_that_are_kept_come_to_rest() {
    for kept in kept::all() {
        assert!(makes_sense(&kept.town, &kept.script), "{}", kept.about);
        assert_eq!(play(&kept.town, &kept.script, false), Ok(()), "{}", kept.about);
    }
}

/// The books themselves can say no: wallets whose entries they were not told of do not please them.
#[test]
fn books_that_miss_an_entry_say_so() {
    let town = Town::new(2, 1, 20);
    let mut stage = town::stage::Stage::new(&town, false, true).expect("wallets can be made");
    let played = [Act::Befriends(ANA, BEN), Act::Calm, Act::Pays(ANA, BEN, 5)].map(|act| stage.play(act));
    assert!(played.iter().all(Result::is_ok), "{played:?} {:?}", stage.trace());

    stage.books_mut().forget_newest();

    let said = stage.calm().expect_err("the books lack an entry");
    assert!(said.contains("nobody signed"), "{said}");
}

/// As they do if a wallet lacks one.
#[test]
fn books_that_have_an_entry_too_many_say_so() {
    let town = Town::new(2, 1, 20);
    let mut stage = town::stage::Stage::new(&town, false, false).expect("wallets can be made");
    let played = [Act::Befriends(ANA, BEN), Act::Calm, Act::Pays(ANA, BEN, 5)].map(|act| stage.play(act));
    assert!(played.iter().all(Result::is_ok), "{played:?}");

    stage.books_mut().repeat_newest();

    let said = stage.calm().expect_err("the books have an entry too many");
    assert!(said.contains("the balance is -5 and should be -10"), "{said}");
}
