//! The questions that find a path, on the wire (lifts.md 7).

use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::date::Date;
use crate::field::{self, BadField};
use crate::lift::paper::BadPaper;
use crate::units::Units;

/// Which way a question runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Way {
    /// From the payer, along the value.
    Forward,
    /// From the payee, against it.
    Reverse,
    /// From whoever looks for a circle, along the value: as much as fits.
    Round,
    /// The same, against the value.
    Back,
}

impl Way {
    const ALL: [Self; 4] = [Self::Forward, Self::Reverse, Self::Round, Self::Back];

    /// Whether the value would run the way the question runs.
    pub const fn is_ahead(self) -> bool {
        matches!(self, Self::Forward | Self::Round)
    }

    /// Whether it asks for as much as fits, and not for an amount.
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Round | Self::Back)
    }

    /// The member `dir`.
    ///
    /// # Errors
    /// [`BadField`] if it is no way.
    pub(super) fn read(members: &Map<String, Value>) -> Result<Self, BadField> {
        let word = field::text(members, "dir")?;
        Self::ALL.into_iter().find(|way| way.as_str() == word).ok_or(BadField("dir"))
    }

    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Forward => "fwd",
            Self::Reverse => "rev",
            Self::Round => "round",
            Self::Back => "back",
        }
    }
}

/// Is there a way for so much?
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Probe {
    /// The session: at random, so it names nobody.
    pub sid: Uuid,
    /// Which way it runs.
    pub way: Way,
    /// How much, rounded up to two digits; for a circle the least that fitted so far.
    pub units: Units,
    /// So many hops it may still be passed on.
    pub ttl: u32,
    /// To so many tallies at once.
    pub fan: u32,
    /// So many messages may still be spent on it, all together.
    pub budget: u32,
    /// So many hops it has come.
    pub hops: u32,
    /// When the session is over.
    pub exp: Date,
}

/// There is a way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Match {
    /// The session.
    pub sid: Uuid,
    /// How much fits.
    pub units: Units,
    /// So many hops from the sender to the end.
    pub hops: u32,
}

impl Probe {
    /// The wire form.
    pub fn to_value(&self) -> Value {
        json!({
            "sid": self.sid.to_string(),
            "dir": self.way.as_str(),
            "units": self.units.milli(),
            "ttl": self.ttl,
            "fan": self.fan,
            "budget": self.budget,
            "hops": self.hops,
            "exp": self.exp.to_string(),
        })
    }

    /// Reads one within its limits.
    ///
    /// # Errors
    /// [`BadPaper`] naming what is wrong.
    pub fn parse(value: &Value) -> Result<Self, BadPaper> {
        let members = value.as_object().ok_or(BadPaper::Form)?;
        let small = |name, most: u32| {
            let number = u32::try_from(field::integer(members, name)?).map_err(|_| BadField(name))?;
            if number <= most { Ok(number) } else { Err(BadField(name)) }
        };
        Ok(Self {
            sid: field::uuid(members, "sid")?,
            way: Way::read(members)?,
            units: amount(value)?,
            ttl: small("ttl", MAX_TTL)?,
            fan: small("fan", MAX_FAN)?,
            budget: small("budget", MAX_BUDGET)?,
            hops: small("hops", MAX_HOPS)?,
            exp: field::date(members, "exp")?,
        })
    }
}

impl Match {
    /// The wire form.
    pub fn to_value(&self) -> Value {
        json!({"sid": self.sid.to_string(), "units": self.units.milli(), "hops": self.hops})
    }

    /// Reads one within its limits.
    ///
    /// # Errors
    /// [`BadPaper`] naming what is wrong.
    pub fn parse(value: &Value) -> Result<Self, BadPaper> {
        let members = value.as_object().ok_or(BadPaper::Form)?;
        let hops = u32::try_from(field::integer(members, "hops")?).ok().filter(|hops| *hops <= MAX_HOPS);
        Ok(Self {
            sid: field::uuid(members, "sid")?,
            units: amount(value)?,
            hops: hops.ok_or(BadField("hops"))?,
        })
    }
}

/// Rounds an amount up to two digits, so that a question tells little about a payment.
#[must_use]
pub fn rounded(units: Units) -> Units {
    let mut step = 1_i64;
    while units.milli() / step >= 100 {
        step *= 10;
    }
    let up = units.milli().div_euclid(step) + i64::from(units.milli().rem_euclid(step) > 0);
    Units::new(up.saturating_mul(step)).unwrap_or(Units::MAX)
}

fn amount(value: &Value) -> Result<Units, BadField> {
    let units = value.get("units").and_then(Value::as_i64).and_then(|milli| Units::new(milli).ok());
    units.filter(|units| units.is_positive()).ok_or(BadField("units"))
}

/// Farther is never asked.
pub const MAX_TTL: u32 = 8;

/// Wider is never asked.
pub const MAX_FAN: u32 = 8;

/// More is never spent.
pub const MAX_BUDGET: u32 = 256;

/// A path is never longer.
pub const MAX_HOPS: u32 = 16;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn two_digits_are_told() {
        for (exact, told) in [(1, 1), (99, 99), (100, 100), (101, 110), (12_345, 13_000), (999, 1_000)] {
            assert_eq!(rounded(Units::new(exact).unwrap()), Units::new(told).unwrap(), "{exact}");
        }
    }

    proptest! {
        #[test]
        fn what_is_asked_for_is_never_less_than_what_is_needed(milli in 1_i64..(1 << 53) - 1) {
            let exact = Units::new(milli).unwrap();
            prop_assert!(rounded(exact) >= exact);
        }
    }
}
