//! What changed between two versions of a tally, as data.

use super::TallyObject;
use crate::ids::Half;
use crate::units::Units;

/// One thing that is not the same in two versions.
#[derive(Clone, Debug, PartialEq)]
pub enum Difference {
    /// The words on it.
    Memo {
        /// Before.
        old: Option<String>,
        /// Now.
        new: Option<String>,
    },
    /// How much a side lets the other owe.
    Limit {
        /// Who grants it.
        half: Half,
        /// Before; nothing means no limit was said.
        old: Option<Units>,
        /// Now.
        new: Option<Units>,
    },
    /// Days of notice a side gives before it asks for what it is owed.
    Notice {
        /// Who gives it.
        half: Half,
        /// Before.
        old: Option<u32>,
        /// Now.
        new: Option<u32>,
    },
    /// The contract.
    Contract {
        /// Its reference before, as JSON.
        old: String,
        /// Now.
        new: String,
    },
    /// What a side says about itself.
    Certificate {
        /// Who.
        half: Half,
    },
    /// Terms that this program does not know.
    Other {
        /// Whose.
        half: Option<Half>,
    },
}

/// Everything that changed, in the order a person reads: money first.
pub fn differences(old: &TallyObject, new: &TallyObject) -> Vec<Difference> {
    let mut found = Vec::new();
    for half in [Half::Stock, Half::Foil] {
        let (before, now) = (old.terms(half), new.terms(half));
        if before.limit() != now.limit() {
            found.push(Difference::Limit { half, old: before.limit(), new: now.limit() });
        }
        if before.call() != now.call() {
            found.push(Difference::Notice { half, old: before.call(), new: now.call() });
        }
        if (before.limit(), before.call()) == (now.limit(), now.call()) && before.raw() != now.raw() {
            found.push(Difference::Other { half: Some(half) });
        }
        if old.cert(half) != new.cert(half) {
            found.push(Difference::Certificate { half });
        }
    }
    if old.agree() != new.agree() {
        found.push(Difference::Contract { old: old.agree().to_string(), new: new.agree().to_string() });
    }
    if old.memo() != new.memo() {
        let words = |tally: &TallyObject| tally.memo().map(str::to_owned);
        found.push(Difference::Memo { old: words(old), new: words(new) });
    }
    if old.date() != new.date() && found.is_empty() {
        found.push(Difference::Other { half: None });
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cast::alice_bob_tally;
    use crate::tally::Revision;
    use crate::terms::Terms;

    #[test]
    fn each_change_is_named_with_both_values() {
        let (.., tally) = alice_bob_tally();
        let terms = Terms::compose(Units::new(5_000).ok(), Some(14)).unwrap();
        let next =
            tally.revised(Revision { number: 2, memo: None, half: Half::Stock, terms, cert: None }).unwrap();

        assert_eq!(
            differences(&tally, &next),
            [
                Difference::Limit {
                    half: Half::Stock,
                    old: Units::new(20_500).ok(),
                    new: Units::new(5_000).ok()
                },
                Difference::Notice { half: Half::Stock, old: Some(30), new: Some(14) },
                Difference::Memo { old: tally.memo().map(str::to_owned), new: None },
            ]
        );
        assert!(differences(&tally, &tally.without_signatures()).is_empty());
    }
}
