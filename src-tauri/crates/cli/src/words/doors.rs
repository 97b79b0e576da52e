//! Who is turned away, in words.

use std::fmt::Write as _;

use tallystick_node::view::{Doors, TurnedAway, TurnedAwayWhy};

use super::{at, count};

/// Who is turned away, and how much goes on at the door.
pub(crate) fn doors(doors: &Doors) -> String {
    let mut text = String::new();
    for place in &doors.turned_away {
        let _ = writeln!(text, "{}", line(place));
    }
    let shown = u32::try_from(doors.turned_away.len()).unwrap_or(u32::MAX);
    if doors.turned_away_count > shown {
        let _ = writeln!(text, "(and {} more)", doors.turned_away_count - shown);
    }
    if text.is_empty() {
        text.push_str("nobody is turned away\n");
    }
    let _ = write!(
        text,
        "{} being served, {} of them not proven; {} turned away and {} cut short since the start",
        count(usize::try_from(doors.calls).unwrap_or(usize::MAX), "call", "calls"),
        doors.half_open,
        doors.refused,
        doors.evicted
    );
    text
}

fn line(place: &TurnedAway) -> String {
    let why = match place.why {
        TurnedAwayWhy::Nonsense => "does not speak the protocol",
        TurnedAwayWhy::BadKey => "cannot prove its key",
        TurnedAwayWhy::BadTicket => "brought tickets that are not good",
        TurnedAwayWhy::Unknown => "shares no tally with us",
        TurnedAwayWhy::Silent => "held connections and said nothing",
    };
    format!("{:<24} {why}; until {} ({})", place.address, at(place.until), times(place.times))
}

fn times(times: u32) -> String {
    if times <= 1 { "the first time".to_owned() } else { format!("{times} times lately") }
}
