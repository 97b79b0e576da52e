//! Verbs about how a tally stands: its settings, and its end.

use std::time::{SystemTime, UNIX_EPOCH};

use clap::Subcommand;
use tallystick_core::{Date, Units};
use tallystick_node::view::{Millis, SettingsDraft, SettingsView};

use super::{Agree, chips};

/// Settings and closing.
#[derive(Debug, Subcommand)]
pub(crate) enum StandingVerb {
    /// What each side allows for clearing
    #[command(subcommand)]
    Settings(SettingsVerb),
    /// Ask to close: from then on only what brings the balance nearer to zero is signed
    Close {
        /// The tally.
        id: String,
        /// Whether to ask.
        #[command(flatten)]
        agree: Agree,
    },
    /// Take our wish to close back
    KeepOpen {
        /// The tally.
        id: String,
        /// Whether to ask.
        #[command(flatten)]
        agree: Agree,
    },
    /// Ask to be paid what is owed to us, by a day, with the notice our terms promise
    #[command(after_help = CALL_EXAMPLES)]
    Call {
        /// The tally.
        id: String,
        /// The last day, as 2026-12-31, or so many days from now, as 30d
        #[arg(long, value_name = "DAY", value_parser = day)]
        by: Millis,
        /// Whether to ask.
        #[command(flatten)]
        agree: Agree,
    },
    /// Forgive the rest that is owed to us, while the tally closes
    Forgive {
        /// The tally.
        id: String,
        /// Whether to ask.
        #[command(flatten)]
        agree: Agree,
    },
}

/// What each side allows for clearing.
#[derive(Debug, Subcommand)]
pub(crate) enum SettingsVerb {
    /// Show the settings of both sides
    Show {
        /// The tally.
        id: String,
    },
    /// Sign new settings; what is not named stays
    #[command(after_help = SETTINGS_EXAMPLES)]
    Set {
        /// The tally.
        id: String,
        /// What to set.
        #[command(flatten)]
        new: NewSettings,
        /// Whether to ask.
        #[command(flatten)]
        agree: Agree,
    },
}

/// What to set.
#[derive(Debug, clap::Args)]
#[group(required = true, multiple = true)]
pub(crate) struct NewSettings {
    /// How much of the partner's credit we like to hold, in CHIP
    #[arg(long, value_name = "CHIP", value_parser = chips)]
    target: Option<Units>,
    /// How much of it we take at most, in CHIP
    #[arg(long, value_name = "CHIP", value_parser = chips)]
    bound: Option<Units>,
    /// What we charge to take more than we like, in per cent
    #[arg(long, value_name = "PERCENT", value_parser = percent, allow_negative_numbers = true)]
    reward: Option<i32>,
    /// What we charge to let some go, in per cent
    #[arg(long, value_name = "PERCENT", value_parser = percent, allow_negative_numbers = true)]
    clutch: Option<i32>,
}

impl NewSettings {
    /// What was named, over what is in force.
    pub(crate) fn over(&self, now: &SettingsView) -> SettingsDraft {
        SettingsDraft {
            target: self.target.map_or(now.target, Units::milli),
            bound: self.bound.map_or(now.bound, Units::milli),
            reward_ppm: self.reward.unwrap_or(now.reward_ppm),
            clutch_ppm: self.clutch.unwrap_or(now.clutch_ppm),
        }
    }
}

/// Reads per cent with at most four decimals into millionths.
fn percent(text: &str) -> Result<i32, String> {
    let bad = || "a charge in per cent looks like 2.5 or -0.25".to_owned();
    let (negative, digits) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
    let (whole, decimals) = digits.split_once('.').unwrap_or((digits, "0"));
    let plain = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    if !plain(whole) || !plain(decimals) || whole.len() > 3 || decimals.len() > 4 {
        return Err(bad());
    }
    let size: i32 = format!("{whole}{decimals:0<4}").parse().map_err(|_| bad())?;
    Ok(if negative { -size } else { size })
}

/// Reads a day into its last moment.
fn day(text: &str) -> Result<Millis, String> {
    let bad = || "a day looks like 2026-12-31 or 30d".to_owned();
    let named = match text.strip_suffix('d') {
        Some(days) => {
            let days: u32 = days.parse().ok().filter(|days| *days <= MOST_DAYS).ok_or_else(bad)?;
            let since = SystemTime::now().duration_since(UNIX_EPOCH).map_err(|_| bad())?;
            let now = i64::try_from(since.as_millis()).map_err(|_| bad())?;
            let then = Date::from_millis(now.saturating_add(DAY * i64::from(days))).to_string();
            then.get(..10).ok_or_else(bad)?.to_owned()
        }
        None => text.to_owned(),
    };
    Date::parse(&format!("{named}T23:59:59.999Z")).map(Date::millis).map_err(|_| bad())
}

const DAY: i64 = 24 * 60 * 60 * 1_000;

/// Ten years.
const MOST_DAYS: u32 = 3_650;

const CALL_EXAMPLES: &str = "\
Examples:
  tallystick-node tally call 0b0f6c1e-93a4-4f8f-a9a6-0a5d3b1f2c4d --by 2026-12-31
  tallystick-node tally call 0b0f6c1e-93a4-4f8f-a9a6-0a5d3b1f2c4d --by 30d --yes --json";

const SETTINGS_EXAMPLES: &str = "\
Examples:
  tallystick-node tally settings show 0b0f6c1e-93a4-4f8f-a9a6-0a5d3b1f2c4d
  tallystick-node tally settings set 0b0f6c1e-93a4-4f8f-a9a6-0a5d3b1f2c4d --target 10 --bound 20 --reward 2.5
  tallystick-node tally settings set 0b0f6c1e-93a4-4f8f-a9a6-0a5d3b1f2c4d --clutch -0.25 --reward 1 --yes --json";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn charges_are_read_to_the_last_decimal_or_not_at_all() {
        for (text, millionths) in [("2.5", 25_000), ("-0.25", -2_500), ("100", 1_000_000), ("0.0001", 1)] {
            assert_eq!(percent(text), Ok(millionths), "{text}");
        }
        for text in ["", "-", ".5", "1.", "1.00001", "1e2", "+1", "1000", "2,5", "--1"] {
            assert!(percent(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_day_lasts_to_its_end() {
        assert_eq!(day("1970-01-01"), Ok(DAY - 1));
        let (today, tomorrow) = (day("0d").expect("a day"), day("1d").expect("a day"));
        assert_eq!((tomorrow - today, (today + 1) % DAY), (DAY, 0));
        for text in
            ["", "d", "-1d", "3651d", "2026-02-30", "2026-1-1", "tomorrow", "2026-12-31T00:00:00.000Z"]
        {
            assert!(day(text).is_err(), "{text}");
        }
    }
}
