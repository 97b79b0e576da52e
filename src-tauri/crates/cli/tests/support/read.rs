//! What the verbs of a node print, read back.

use std::path::PathBuf;

use serde_json::Value;

use crate::support::{Home, Said};

/// Every entry's name, in order.
pub(crate) fn names(page: &Value) -> Vec<&str> {
    page["entries"].as_array().expect("a list").iter().map(|entry| text(&entry["id"])).collect()
}

pub(crate) fn memos(page: &Value) -> impl Iterator<Item = &str> {
    page["entries"].as_array().expect("a list").iter().filter_map(|entry| entry["memo"].as_str())
}

/// Both copies are known to match, with so many entries.
pub(crate) fn whole(rows: &[Value; 2], entries: usize) -> bool {
    rows.iter().all(|row| row["copies"]["state"] == "match" && row["copies"]["entries"] == entries)
}

/// What each entry that moves something moves toward Ana, and its words, sorted.
pub(crate) fn moved(page: &Value, toward: i64) -> Vec<(i64, String)> {
    let entries = page["entries"].as_array().expect("a list").iter();
    let sums = entries.filter(|entry| entry["kind"] == "payment").map(|entry| {
        let units = entry["units"].as_i64().expect("an amount");
        let signed = if entry["direction"] == "towardThem" { -units } else { units };
        (signed * toward, entry["memo"].as_str().unwrap_or_default().to_owned())
    });
    let mut sums: Vec<_> = sums.collect();
    sums.sort();
    sums
}

/// The library that cuts, built beside this test.
pub(crate) fn library() -> PathBuf {
    let own = std::env::current_exe().expect("a path of our own");
    let library = own.with_file_name("libtallystick_powercut.so");
    assert!(library.is_file(), "no {}", library.display());
    library
}

pub(crate) fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("a text, not {value}"))
}

/// What a verb gave; nothing if it was cut short, or refused because its time has passed.
pub(crate) fn result(said: &Said) -> Option<Value> {
    (said.code == Some(0)).then(|| said.json())
}

pub(crate) fn tallies(home: &Home) -> Option<Vec<Value>> {
    result(&home.verb(&["tally", "list"]))?.as_array().cloned()
}
