//! Money: integer milli-CHIPs everywhere but in `terms.limit`, which counts CHIPs (protocol.md 4, the unit trap).

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Number, Value};

/// An amount in milli-CHIPs, never beyond ±(2^53−1), so that every reader of JSON agrees on it (protocol.md 4).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "i64", into = "i64")]
pub struct Units(i64);

/// An amount that is no amount of money here: too large, too fine, negative where it must not be, or not a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an amount this wallet can hold")]
pub struct OutOfRange;

impl Units {
    /// Nothing owed.
    pub const ZERO: Self = Self(0);

    /// The largest amount: 2^53−1 milli-CHIPs.
    pub const MAX: Self = Self(MAX_MILLI);

    /// Takes an amount in milli-CHIPs.
    ///
    /// # Errors
    /// [`OutOfRange`] beyond ±(2^53−1).
    pub const fn new(milli: i64) -> Result<Self, OutOfRange> {
        if milli > MAX_MILLI || milli < -MAX_MILLI { Err(OutOfRange) } else { Ok(Self(milli)) }
    }

    /// The amount in milli-CHIPs.
    pub const fn milli(self) -> i64 {
        self.0
    }

    /// The sum, if it can be held.
    pub fn checked_add(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).and_then(|sum| Self::new(sum).ok())
    }

    /// The difference, if it can be held.
    pub fn checked_sub(self, other: Self) -> Option<Self> {
        self.0.checked_sub(other.0).and_then(|rest| Self::new(rest).ok())
    }

    /// The same amount the other way round; always holdable, checked for symmetry with its siblings.
    pub fn checked_neg(self) -> Option<Self> {
        self.0.checked_neg().map(Self)
    }

    /// The amount without its direction.
    #[must_use]
    pub const fn abs(self) -> Self {
        Self(self.0.abs())
    }

    /// Whether the amount is above zero.
    pub const fn is_positive(self) -> bool {
        self.0 > 0
    }

    /// Whether the amount is below zero.
    pub const fn is_negative(self) -> bool {
        self.0 < 0
    }

    /// Whether nothing is owed.
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// Reads what a person types: CHIPs with a dot and at most 3 decimals, no sign, at most 9 digits before the dot.
    ///
    /// # Errors
    /// [`OutOfRange`] for anything else.
    pub fn parse_chips(text: &str) -> Result<Self, OutOfRange> {
        let whole = text.split_once('.').map_or(text, |(whole, _)| whole);
        if whole.len() > MAX_TYPED_DIGITS { Err(OutOfRange) } else { decimal_to_milli(text) }
    }

    /// The amount in CHIPs with exactly three decimals: `12.500`.
    pub fn to_chips(self) -> String {
        let sign = if self.0 < 0 { "-" } else { "" };
        let milli = self.0.unsigned_abs();
        format!("{sign}{}.{:03}", milli / 1000, milli % 1000)
    }

    /// The amount as a JSON number of CHIPs in its shortest decimal form, for `terms.limit`.
    ///
    /// # Errors
    /// [`OutOfRange`] for a negative amount, and for one so large and so fine that a JSON number cannot tell it from
    /// its neighbour (above 2^52 milli-CHIPs).
    pub fn to_chips_number(self) -> Result<Value, OutOfRange> {
        if self.0 < 0 {
            return Err(OutOfRange);
        }
        if self.0 % 1000 == 0 {
            return Ok(Value::from(self.0 / 1000));
        }
        let nearest = self.to_chips().parse::<f64>().map_err(|_| OutOfRange)?;
        let number = Number::from_f64(nearest).map(Value::Number).ok_or(OutOfRange)?;
        if Self::from_chips_number(&number)? == self { Ok(number) } else { Err(OutOfRange) }
    }

    /// Reads a JSON number of CHIPs (`terms.limit`) through its decimal text, never by arithmetic on a float.
    ///
    /// # Errors
    /// [`OutOfRange`] for a negative number, more than 3 decimals, an amount too large, or no number at all.
    pub fn from_chips_number(value: &Value) -> Result<Self, OutOfRange> {
        let Value::Number(number) = value else { return Err(OutOfRange) };
        if let Some(chips) = number.as_i64() {
            return decimal_to_milli(&chips.to_string());
        }
        // Display of a double is its shortest decimal and never uses an exponent.
        number
            .as_f64()
            .filter(|_| number.is_f64())
            .map(|chips| chips.to_string())
            .map_or(Err(OutOfRange), |text| decimal_to_milli(&text))
    }
}

impl TryFrom<i64> for Units {
    type Error = OutOfRange;

    fn try_from(milli: i64) -> Result<Self, OutOfRange> {
        Self::new(milli)
    }
}

impl From<Units> for i64 {
    fn from(units: Units) -> i64 {
        units.0
    }
}

impl fmt::Display for Units {
    /// Writes CHIPs with three decimals.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_chips())
    }
}

/// Reads unsigned decimal text with at most three decimals into thousandths.
fn decimal_to_milli(text: &str) -> Result<Units, OutOfRange> {
    let (whole, fraction) = match text.split_once('.') {
        Some((_, "")) => return Err(OutOfRange),
        Some(parts) => parts,
        None => (text, ""),
    };
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty()
        || whole.len() > MAX_DIGITS
        || fraction.len() > 3
        || !digits(whole)
        || !digits(fraction)
    {
        return Err(OutOfRange);
    }
    let milli = format!("{whole}{fraction:0<3}").parse::<i64>().map_err(|_| OutOfRange)?;
    Units::new(milli)
}

/// 2^53−1, the largest integer every JSON reader holds exactly.
const MAX_MILLI: i64 = (1 << 53) - 1;

/// What a person may type before the dot: a thousand million CHIPs is more than a village needs.
const MAX_TYPED_DIGITS: usize = 9;

/// Enough digits for 2^53 milli-CHIPs written in CHIPs, few enough never to overflow an `i64`.
const MAX_DIGITS: usize = 13;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn typed_chips_become_milli_chips() {
        for (text, milli) in [
            ("20", 20_000),
            ("20.5", 20_500),
            ("0.001", 1),
            ("007", 7_000),
            ("999999999.999", 999_999_999_999),
        ] {
            assert_eq!(Units::parse_chips(text).map(Units::milli), Ok(milli), "{text}");
        }
    }

    #[test]
    fn text_that_is_no_plain_amount_is_refused() {
        for text in [
            "",
            ".",
            "1.",
            ".5",
            "-1",
            "+1",
            "1e3",
            "1,5",
            "1.0000",
            "1000000000",
            " 1",
            "1 ",
            "٣",
            "0x1",
            "1.2.3",
            "NaN",
        ] {
            assert_eq!(Units::parse_chips(text), Err(OutOfRange), "{text:?}");
        }
    }

    #[test]
    fn amounts_stop_at_two_to_the_fifty_third() {
        assert!(Units::new(9_007_199_254_740_991).is_ok());
        assert!(Units::new(9_007_199_254_740_992).is_err());
        assert!(Units::new(i64::MIN).is_err());
        assert_eq!(Units::MAX.checked_add(Units(1)), None);
        assert_eq!(Units(-MAX_MILLI).checked_sub(Units(1)), None);
        assert_eq!(Units(-MAX_MILLI).checked_neg(), Some(Units::MAX));
    }

    #[test]
    fn a_limit_is_the_shortest_number_of_chips() {
        assert_eq!(Units(100_000).to_chips_number(), Ok(json!(100)));
        assert_eq!(Units(20_500).to_chips_number().map(|n| n.to_string()), Ok("20.5".to_owned()));
        assert_eq!(Units(1).to_chips_number().map(|n| n.to_string()), Ok("0.001".to_owned()));
        assert_eq!(Units(-1).to_chips_number(), Err(OutOfRange));
    }

    #[test]
    fn a_limit_that_is_no_amount_is_refused() {
        for limit in
            [json!(-1), json!(0.0005), json!("5"), json!(null), json!(1e300), json!(u64::MAX), json!(-0.5)]
        {
            assert_eq!(Units::from_chips_number(&limit), Err(OutOfRange), "{limit}");
        }
    }

    #[test]
    fn an_amount_out_of_range_does_not_deserialize() {
        assert!(serde_json::from_str::<Units>("9007199254740992").is_err());
        assert!(serde_json::from_str::<Units>("1.5").is_err());
        assert_eq!(serde_json::from_str::<Units>("-5").ok(), Some(Units(-5)));
    }

    proptest! {
        #[test]
        fn what_is_printed_can_be_typed(milli in 0_i64..1_000_000_000_000) {
            let units = Units(milli);
            prop_assert_eq!(Units::parse_chips(&units.to_chips()), Ok(units));
        }

        #[test]
        fn a_limit_survives_json(milli in 0_i64..=(1 << 52)) {
            let units = Units(milli);
            let text = units.to_chips_number().unwrap().to_string();
            let number: Value = serde_json::from_str(&text).unwrap();
            prop_assert_eq!(Units::from_chips_number(&number), Ok(units));
        }

        #[test]
        fn a_large_limit_is_exact_or_refused(milli in (1_i64 << 52)..=MAX_MILLI) {
            if let Ok(number) = Units(milli).to_chips_number() {
                prop_assert_eq!(Units::from_chips_number(&number), Ok(Units(milli)));
            }
        }
    }
}
