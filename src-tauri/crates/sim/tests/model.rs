//! Random people do random things on a bad network; whatever happens, their wallets must come to rest as the books say.
//! A script that fails is made as short as it can be.

mod town;

use proptest::test_runner::{FileFailurePersistence, TestRunner};
use town::search::{Search, config};

/// Scripts of one search.
const SCRIPTS: u32 = 100;

fn none_fails(search: &Search) {
    let seeds = FileFailurePersistence::Direct("proptest-regressions/model.txt");
    let mut config = config(SCRIPTS);
    config.failure_persistence = Some(Box::new(seeds));
    let found = search.run(&mut TestRunner::new(config));
    assert!(found.is_none(), "{found:?}");
}

#[test]
fn two_people_come_to_rest_as_the_books_say() {
    none_fails(&Search { people: 2..=2, longest: 40, on_disk: false });
}

#[test]
fn a_town_comes_to_rest_as_the_books_say() {
    none_fails(&Search { people: 3..=5, longest: 60, on_disk: false });
}
