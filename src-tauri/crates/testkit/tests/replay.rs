//! The replay finds what is altered, and is not content with nothing.
#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use tallystick_testkit::vectors::{Report, replay};

fn shared() -> PathBuf {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../../shared");
    let dir = std::env::var_os("TALLYSTICK_SHARED").map_or_else(beside, PathBuf::from).join("vectors");
    assert!(dir.is_dir(), "no recorded vectors at {}; set TALLYSTICK_SHARED", dir.display());
    dir
}

/// Replays the records alone, with one value in them exchanged.
fn with(pointer: &str, value: &str) -> Report {
    let mut records: Value =
        serde_json::from_slice(&fs::read(shared().join("records.json")).unwrap()).unwrap();
    let place = records.pointer_mut(pointer).unwrap();
    assert_ne!(place.as_str(), Some(value));
    *place = Value::from(value);
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("records.json"), records.to_string()).unwrap();
    replay(dir.path()).unwrap()
}

#[test]
fn the_recorded_vectors_all_hold() {
    let report = replay(&shared()).unwrap();

    assert_eq!(report.failed(), [""; 0]);
    assert!(report.passed() > 100, "{report}");
}

#[test]
fn what_is_altered_is_found() {
    let signature = "A".repeat(176);
    for (pointer, value) in [
        ("/tally/object/memo", "another"),
        ("/tally/object/sign/foil", signature.as_str()),
        ("/tally/digest", "da0MjtklWfKJHw_bLgaZPJ-AgZsIS7fgEabfL_5SiKA"),
        ("/chits/1/wire_object/memo", "another"),
        ("/chits/0/chain_prior", "da0MjtklWfKJHw_bLgaZPJ-AgZsIS7fgEabfL_5SiKA"),
        ("/chits/2/wire_object/chain/hash", "da0MjtklWfKJHw_bLgaZPJ-AgZsIS7fgEabfL_5SiKA"),
        ("/canonical_cases/0/input", "{\"b\":1}"),
        ("/canonical_cases/2/input", "{\"units\":9007199254740991}"),
        ("/generic/0/canonical", "{}"),
        ("/keyexport/passphrase", "wrong"),
        ("/ed25519/signature", "AAAA"),
        ("/lift/lift_json/date", "2026-11-22T10:11:18.094Z"),
        ("/deeplinks/pay/url", "https://mychips.org/pay?chad=:short"),
        ("/keys/stock/priv/d", "AAAA"),
    ] {
        let report = with(pointer, value);
        assert!(!report.failed().is_empty(), "{pointer} was not missed");
    }
}

#[test]
fn a_folder_with_nothing_in_it_is_not_good() {
    let dir = tempfile::tempdir().unwrap();

    let report = replay(dir.path()).unwrap();

    assert!(!report.is_good());
    assert!(replay(&dir.path().join("missing")).is_err());
}

#[test]
fn a_file_that_cannot_be_read_is_a_failed_check() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("records.json"), "{").unwrap();

    assert_eq!(replay(dir.path()).unwrap().failed().len(), 1);
}
