//! What one side allows for clearing and closing, as its signed settings chits say (protocol.md 10).
//!
//! Settings are standing permissions: each member stays as the newest chit that named it left it. Mine and my
//! partner's are kept apart. A member that breaks the rules is not taken in, but its chit stays in the chain: the two
//! copies must not differ because one of the two thinks a wish foolish.

use serde_json::{Map, Value, json};

use crate::certificate::Certificate;
use crate::date::Date;
use crate::field;
use crate::units::Units;

/// Millionths in one whole: charges have at most six decimals.
pub const WHOLE: i32 = 1_000_000;

/// The settings of one side, as they stand after some chit.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Settings(Map<String, Value>);

/// What a person may set about clearing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Trading {
    /// How much of the partner's credit is liked.
    pub target: Units,
    /// How much of it is taken at most.
    pub bound: Units,
    /// What is charged to take more than liked, in millionths.
    pub reward: i32,
    /// What is charged to let some go, in millionths.
    pub clutch: i32,
}

/// A rule that trading settings break.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadSettings {
    /// Target or bound below zero.
    #[error("an amount is below zero")]
    Negative,
    /// More liked than taken.
    #[error("more is liked than is taken at most")]
    TargetAboveBound,
    /// A charge beyond the whole.
    #[error("a charge is beyond the whole")]
    ChargeRange,
    /// The charges together are a gift.
    #[error("the charges add up to less than nothing")]
    ChargeSum,
}

impl Trading {
    /// Checks the rules of protocol.md 10: 0 ≤ target ≤ bound, charges within ±1 that add up to at least 0.
    ///
    /// # Errors
    /// The first rule that is broken.
    pub fn check(&self) -> Result<(), BadSettings> {
        if self.target.is_negative() || self.bound.is_negative() {
            return Err(BadSettings::Negative);
        }
        if self.target.milli() > self.bound.milli() {
            return Err(BadSettings::TargetAboveBound);
        }
        if [self.reward, self.clutch].iter().any(|charge| charge.unsigned_abs() > WHOLE.unsigned_abs()) {
            return Err(BadSettings::ChargeRange);
        }
        if self.reward + self.clutch < 0 {
            return Err(BadSettings::ChargeSum);
        }
        Ok(())
    }

    /// The `ref` of a settings chit that sets these.
    ///
    /// # Errors
    /// [`BadSettings`] as [`Trading::check`] says.
    pub fn to_reference(&self) -> Result<Value, BadSettings> {
        self.check()?;
        Ok(json!({
            "target": self.target.milli(),
            "bound": self.bound.milli(),
            "reward": fraction(self.reward),
            "clutch": fraction(self.clutch),
        }))
    }
}

impl Settings {
    /// Settings as the ledger keeps them.
    pub fn restore(kept: Map<String, Value>) -> Self {
        Self(kept)
    }

    /// These settings, where none of their chits says whether lifts may run here: as the certificate says that this side
    /// signed the tally with.
    #[must_use]
    pub fn from_certificate(mut self, certificate: &Certificate) -> Self {
        if let Some(said) =
            certificate.raw().get("l1").filter(|said| said.is_object() && !self.0.contains_key("l1"))
        {
            self.0.insert("l1".to_owned(), said.clone());
        }
        self
    }

    /// What the ledger keeps.
    pub fn kept(&self) -> &Map<String, Value> {
        &self.0
    }

    /// Takes in what a settings chit says, member by member; what breaks the rules is left aside.
    pub fn take(&mut self, reference: &Value) {
        let Some(said) = reference.as_object() else { return };
        let mut next = self.0.clone();
        for name in MEMBERS {
            match said.get(name) {
                None => {}
                // Taken back, also what the certificate in the tally says: that is not to come back.
                Some(Value::Null) if name == "l1" => {
                    next.insert(name.to_owned(), Value::Null);
                }
                Some(Value::Null) => {
                    next.remove(name);
                }
                Some(value) if is_sound(name, value) => {
                    next.insert(name.to_owned(), value.clone());
                }
                Some(_) => {}
            }
        }
        if Self(next.clone()).trading().check().is_ok() {
            self.0 = next;
        } else {
            // The four trading members stand or fall together; the others have nothing to do with them.
            for name in MEMBERS.into_iter().filter(|name| !TRADING.contains(name)) {
                match next.remove(name) {
                    Some(value) => self.0.insert(name.to_owned(), value),
                    None => self.0.remove(name),
                };
            }
        }
    }

    /// What is allowed for clearing; without any settings, just clearing of debts.
    pub fn trading(&self) -> Trading {
        Trading {
            target: self.units("target"),
            bound: self.units("bound"),
            reward: self.millionths("reward"),
            clutch: self.millionths("clutch"),
        }
    }

    /// Whether this side wants the tally closed.
    pub fn close(&self) -> bool {
        self.0.get("close").and_then(Value::as_bool).unwrap_or(false)
    }

    /// The day by which this side asks for what it is owed.
    pub fn call(&self) -> Option<Date> {
        self.0.get("call").and_then(Value::as_str).and_then(|text| Date::parse_lenient(text).ok())
    }

    fn units(&self, name: &str) -> Units {
        self.0
            .get(name)
            .and_then(Value::as_i64)
            .and_then(|milli| Units::new(milli).ok())
            .unwrap_or(Units::ZERO)
    }

    fn millionths(&self, name: &str) -> i32 {
        self.0.get(name).and_then(millionths).unwrap_or(0)
    }
}

/// The members that are understood; others of a `ref` stay in their chit and have no effect.
const MEMBERS: [&str; 7] = ["target", "bound", "reward", "clutch", "close", "call", "l1"];

const TRADING: [&str; 4] = ["target", "bound", "reward", "clutch"];

fn is_sound(name: &str, value: &Value) -> bool {
    match name {
        "target" | "bound" => {
            value.as_i64().and_then(|milli| Units::new(milli).ok()).is_some_and(|units| !units.is_negative())
        }
        "reward" | "clutch" => millionths(value).is_some_and(|charge| charge.abs() <= WHOLE),
        "close" => value.is_boolean(),
        "call" => value
            .as_str()
            .is_some_and(|text| text.len() < field::MAX_MEMO && Date::parse_lenient(text).is_ok()),
        "l1" => value.is_object(),
        _ => false,
    }
}

/// A number with at most six decimals, read from its own digits and never by way of a float's arithmetic.
fn millionths(value: &Value) -> Option<i32> {
    let text = value.as_number()?.to_string();
    let (negative, digits) = text.strip_prefix('-').map_or((false, text.as_str()), |rest| (true, rest));
    let (whole, decimals) = digits.split_once('.').unwrap_or((digits, ""));
    if decimals.len() > 6 || !decimals.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let whole: i32 = whole.parse().ok()?;
    let padded = format!("{decimals:0<6}");
    let size = whole.checked_mul(WHOLE)?.checked_add(padded.parse().ok()?)?;
    Some(if negative { -size } else { size })
}

/// Millionths as the shortest decimal there is.
fn fraction(charge: i32) -> Value {
    if charge % WHOLE == 0 {
        return Value::from(charge / WHOLE);
    }
    let sign = if charge < 0 { "-" } else { "" };
    let (whole, rest) = (charge.abs() / WHOLE, charge.abs() % WHOLE);
    let text = format!("{sign}{whole}.{}", format!("{rest:06}").trim_end_matches('0'));
    serde_json::from_str(&text).unwrap_or(Value::Null)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn trading(target: i64, bound: i64, reward: i32, clutch: i32) -> Trading {
        Trading { target: Units::new(target).unwrap(), bound: Units::new(bound).unwrap(), reward, clutch }
    }

    fn after(steps: &[Value]) -> Settings {
        let mut settings = Settings::default();
        steps.iter().for_each(|step| settings.take(step));
        settings
    }

    #[test]
    fn the_recorded_settings_are_read() {
        let settings = after(&[json!({"bound": 7, "clutch": 0.001, "reward": 0.04, "target": 3})]);

        assert_eq!(settings.trading(), trading(3, 7, 40_000, 1_000));
        assert_eq!((settings.close(), settings.call()), (false, None));
    }

    #[test]
    fn each_member_stays_until_a_newer_chit_names_it() {
        let settings =
            after(&[json!({"target": 3, "bound": 7}), json!({"close": true}), json!({"target": 5})]);

        assert_eq!(settings.trading(), trading(5, 7, 0, 0));
        assert!(settings.close());
        assert!(!after(&[json!({"close": true}), json!({"close": false})]).close());
    }

    #[test]
    fn rules_that_are_broken_take_nothing_but_their_own_members_along() {
        let settings = after(&[json!({"target": 3, "bound": 7}), json!({"target": 8, "close": true})]);
        assert_eq!(settings.trading(), trading(3, 7, 0, 0));
        assert!(settings.close());

        for bad in [
            json!({"target": -1}),
            json!({"target": 1.5}),
            json!({"reward": 1.1}),
            json!({"clutch": "x"}),
            json!({"reward": -0.1}),
            json!(7),
        ] {
            assert_eq!(after(&[bad]), Settings::default());
        }
    }

    #[test]
    fn what_is_unknown_is_not_kept() {
        assert_eq!(after(&[json!({"story": "x".repeat(5000)})]), Settings::default());
    }

    #[test]
    fn every_rule_has_its_own_name() {
        assert_eq!(trading(-1, 0, 0, 0).check(), Err(BadSettings::Negative));
        assert_eq!(trading(2, 1, 0, 0).check(), Err(BadSettings::TargetAboveBound));
        assert_eq!(trading(0, 0, 1_000_001, 0).check(), Err(BadSettings::ChargeRange));
        assert_eq!(trading(0, 0, i32::MIN, 0).check(), Err(BadSettings::ChargeRange));
        assert_eq!(trading(0, 0, -2, 1).check(), Err(BadSettings::ChargeSum));
        assert_eq!(trading(0, 0, -WHOLE, WHOLE).check(), Ok(()));
    }

    proptest! {
        #[test]
        fn charges_survive_the_wire(reward in 0..=WHOLE, clutch in -WHOLE..=WHOLE) {
            let wanted = trading(1, 2, reward, clutch.max(-reward));
            let text = wanted.to_reference().unwrap().to_string();
            let mut settings = Settings::default();
            settings.take(&serde_json::from_str(&text).unwrap());
            prop_assert_eq!(settings.trading(), wanted);
        }
    }
}
