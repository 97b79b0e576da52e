//! Random people do random things on a bad network; whatever happens, their wallets must come to rest as the books say.
//! A script that fails is made as short as it can be.

mod town;

use proptest::test_runner::{Config, FileFailurePersistence};
use proptest_state_machine::prop_state_machine;
use town::stage::InMemory;

fn config(cases: u32) -> Config {
    let seeds = FileFailurePersistence::Direct("proptest-regressions/model.txt");
    Config { cases, failure_persistence: Some(Box::new(seeds)), ..Config::default() }
}

prop_state_machine! {
    #![proptest_config(config(64))]

    #[test]
    fn wallets_come_to_rest_as_the_books_say(sequential 5..40 => InMemory);
}
