//! Dead ends: a partner over whom a question for a circle went no further is not asked the same way again for a while.
//!
//! Most wallets owe without being owed, or the other way round, at any one time. Without a word from them a search spends
//! nearly all its questions there, again with every look. The word is believed for a short while, and believed of nobody but
//! whoever says it: a liar keeps itself out of circles. It tells an asker no more than silence would.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::date::Date;
use crate::field::BadField;
use crate::ids::TallyId;
use crate::lift::paper::BadPaper;
use crate::lift::probe::Way;

/// "What you asked goes no further over me this way."
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct DeadEnd {
    /// Which way the question ran.
    pub way: Way,
}

impl DeadEnd {
    /// The wire form.
    pub fn to_value(&self) -> Value {
        json!({ "dir": self.way.as_str() })
    }

    /// Reads one; only of questions for circles it can be said.
    ///
    /// # Errors
    /// [`BadPaper`] if it says anything else.
    pub fn parse(value: &Value) -> Result<Self, BadPaper> {
        let members = value.as_object().ok_or(BadPaper::Form)?;
        let way = Way::read(members)?;
        if way.is_open() { Ok(Self { way }) } else { Err(BadField("dir").into()) }
    }
}

/// Over which tallies questions for circles go no further, as far as partners said so lately. Lost with the program, which
/// costs some questions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DeadEnds {
    until: BTreeMap<(TallyId, Way), Date>,
}

impl DeadEnds {
    /// A partner says so of a tally; it is believed until then. What is past is forgotten, so no more is kept than there are
    /// tallies twice.
    pub fn note(&mut self, tally: TallyId, way: Way, until: Date, now: Date) {
        self.until.retain(|_, until| now < *until);
        self.until.insert((tally, way), until);
    }

    /// Whether asking over a tally this way is in vain.
    pub fn contains(&self, tally: TallyId, way: Way, now: Date) -> bool {
        self.until.get(&(tally, way)).is_some_and(|until| now < *until)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::TallyId;
    use uuid::Uuid;

    #[test]
    fn a_dead_end_is_one_way_and_for_a_while() {
        let [one, other] = [1, 2].map(|number| TallyId::new(Uuid::from_u128(number)));
        let at = Date::from_millis;
        let mut ends = DeadEnds::default();
        ends.note(one, Way::Round, at(100), at(0));

        assert!(ends.contains(one, Way::Round, at(99)) && !ends.contains(one, Way::Round, at(100)));
        assert!(!ends.contains(one, Way::Back, at(0)) && !ends.contains(other, Way::Round, at(0)));

        ends.note(other, Way::Back, at(300), at(200));
        assert_eq!(ends.until.len(), 1);
    }

    #[test]
    fn only_questions_for_circles_end_so() {
        for way in [Way::Round, Way::Back] {
            let end = DeadEnd { way };
            assert_eq!(DeadEnd::parse(&end.to_value()), Ok(end));
        }
        for bad in [json!({"dir": "fwd"}), json!({"dir": "up"}), json!({}), json!(null)] {
            assert!(DeadEnd::parse(&bad).is_err(), "{bad}");
        }
    }
}
