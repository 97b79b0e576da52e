//! Dates as the wire writes them: UTC, exactly three decimals (protocol.md 5).

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// An instant in whole milliseconds since 1970, between the years 0000 and 9999; written `2026-11-22T10:05:54.463Z`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Date(i64);

/// Text that is not a date in the form asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a date of the form 2026-11-22T10:05:54.463Z")]
pub struct BadDate;

impl Date {
    /// Takes milliseconds since 1970; an instant that four-digit years cannot name becomes the nearest that they can.
    pub const fn from_millis(millis: i64) -> Self {
        if millis < FIRST {
            Self(FIRST)
        } else if millis > LAST {
            Self(LAST)
        } else {
            Self(millis)
        }
    }

    /// Milliseconds since 1970.
    pub const fn millis(self) -> i64 {
        self.0
    }

    /// Reads exactly the wire form.
    ///
    /// # Errors
    /// [`BadDate`] for every other form, even of the same instant: a date is part of signed bytes.
    pub fn parse(text: &str) -> Result<Self, BadDate> {
        if !shaped(text, 24, b"0000-00-00T00:00:00.000Z") {
            return Err(BadDate);
        }
        let date = instant(text)?;
        // A second that never was (`:60`) would be read as another one.
        if date.to_string() == text { Ok(date) } else { Err(BadDate) }
    }

    /// Reads the wire form and also the reference's `2026-11-22T10:05:54.604687+00:00`, with up to six decimals, as it
    /// stands in certificates and in `last`. What is finer than a millisecond is dropped.
    ///
    /// # Errors
    /// [`BadDate`] for every other form.
    pub fn parse_lenient(text: &str) -> Result<Self, BadDate> {
        let local = text.strip_suffix('Z').or_else(|| text.strip_suffix("+00:00")).ok_or(BadDate)?;
        let (seconds, decimals) = local.split_once('.').unwrap_or((local, ""));
        let shape = shaped(seconds, 19, b"0000-00-00T00:00:00");
        if !shape
            || decimals.len() > 6
            || !decimals.bytes().all(|b| b.is_ascii_digit())
            || local.ends_with('.')
        {
            return Err(BadDate);
        }
        let milli = decimals.get(..3).unwrap_or(decimals);
        Self::parse(&format!("{seconds}.{milli:0<3}Z"))
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = Timestamp::from_millisecond(self.0).map_err(|_| fmt::Error)?;
        write!(f, "{at:.3}")
    }
}

impl fmt::Debug for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Date({self})")
    }
}

impl FromStr for Date {
    type Err = BadDate;

    fn from_str(text: &str) -> Result<Self, BadDate> {
        Self::parse(text)
    }
}

impl TryFrom<String> for Date {
    type Error = BadDate;

    fn try_from(text: String) -> Result<Self, BadDate> {
        Self::parse(&text)
    }
}

impl From<Date> for String {
    fn from(date: Date) -> String {
        date.to_string()
    }
}

/// Whether the text has this length and, wherever the pattern has a zero, a digit, elsewhere the pattern's character.
fn shaped(text: &str, length: usize, pattern: &[u8]) -> bool {
    text.len() == length
        && text
            .bytes()
            .zip(pattern)
            .all(|(byte, &want)| if want == b'0' { byte.is_ascii_digit() } else { byte == want })
}

fn instant(text: &str) -> Result<Date, BadDate> {
    text.parse::<Timestamp>().map(|at| Date(at.as_millisecond())).map_err(|_| BadDate)
}

/// 0000-01-01T00:00:00.000Z.
const FIRST: i64 = -62_167_219_200_000;

/// 9999-12-31T23:59:59.999Z is later than the calendar library's last instant, which keeps a day's margin.
const LAST: i64 = 253_402_207_199_999;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_wire_form_is_read_and_written() {
        let date = Date::parse("2026-11-22T10:05:54.463Z").unwrap();

        assert_eq!(date.millis(), 1_795_341_954_463);
        assert_eq!(date.to_string(), "2026-11-22T10:05:54.463Z");
        assert_eq!(Date::from_millis(0).to_string(), "1970-01-01T00:00:00.000Z");
        assert_eq!(Date::from_millis(-1).to_string(), "1969-12-31T23:59:59.999Z");
    }

    #[test]
    fn other_forms_are_refused() {
        for text in [
            "",
            "2026-11-22T10:05:54Z",
            "2026-11-22T10:05:54.46Z",
            "2026-11-22T10:05:54.4630Z",
            "2026-11-22T10:05:54.463+00:00",
            "2026-11-22 10:05:54.463Z",
            "2026-11-22t10:05:54.463z",
            "2026-02-30T10:05:54.463Z",
            "2026-11-22T24:05:54.463Z",
            "2026-11-22T10:05:60.463Z",
            "+026-11-22T10:05:54.463Z",
            "2026-11-22T10:05:54.46３",
        ] {
            assert_eq!(Date::parse(text), Err(BadDate), "{text}");
        }
    }

    #[test]
    fn the_reference_forms_are_read_where_they_may_stand() {
        for text in [
            "2026-11-22T10:05:54.463+00:00",
            "2026-11-22T10:05:54.463487+00:00",
            "2026-11-22T10:05:54.4634+00:00",
            "2026-11-22T10:05:54.463Z",
        ] {
            assert_eq!(Date::parse_lenient(text).map(Date::millis), Ok(1_795_341_954_463), "{text}");
        }
        assert_eq!(
            Date::parse_lenient("2026-11-22T10:05:54.46+00:00").map(Date::millis),
            Ok(1_795_341_954_460)
        );
        assert_eq!(Date::parse_lenient("2026-11-22T10:05:54+00:00").map(Date::millis), Ok(1_795_341_954_000));
        for text in [
            "2026-11-22T10:05:54.463+01:00",
            "2026-11-22T10:05:54.4634879Z",
            "2026-11-22T10:05:54.Z",
            "",
            "Z",
        ] {
            assert_eq!(Date::parse_lenient(text), Err(BadDate), "{text}");
        }
    }

    #[test]
    fn an_instant_beyond_four_digit_years_is_drawn_in() {
        for extreme in [i64::MIN, i64::MAX] {
            let date = Date::from_millis(extreme);
            assert_eq!(Date::parse(&date.to_string()), Ok(date));
        }
    }

    proptest! {
        #[test]
        fn a_date_survives_its_text(millis in FIRST..=LAST) {
            let date = Date::from_millis(millis);
            prop_assert_eq!(Date::parse(&date.to_string()), Ok(date));
        }
    }
}
