//! What lies in the repository: the seeds of every target, and whatever ever broke a property.

#![allow(clippy::unwrap_used, reason = "a test")]

use std::fs;
use std::panic;
use std::path::{Path, PathBuf};

use tallystick_fuzz::{TARGETS, Target};

#[test]
fn what_was_found_once_is_not_found_again() {
    let mut tried = 0;
    for target in TARGETS {
        tried += replay(target, "regressions");
    }
    assert!(tried > 0, "nothing was tried");
}

#[test]
fn every_target_has_seeds_and_holds_for_them() {
    for target in TARGETS {
        assert!(replay(target, "corpus") > 0, "{} has no seeds", target.name);
    }
}

#[test]
fn seeds_and_findings_belong_to_a_target_and_stay_small() {
    let mut bytes = 0;
    for folder in ["corpus", "regressions"].map(folder) {
        for entry in fs::read_dir(folder).unwrap().flatten() {
            let name = entry.file_name();
            assert!(tallystick_fuzz::find(name.to_str().unwrap()).is_some(), "no target for {name:?}");
            bytes += files(&entry.path()).iter().map(|path| path.metadata().unwrap().len()).sum::<u64>();
        }
    }
    assert!(bytes < 300_000, "{bytes} bytes of seeds");
}

/// Tries every file of a target and names the one that breaks its property.
fn replay(target: Target, kind: &str) -> usize {
    let files = files(&folder(kind).join(target.name));
    for path in &files {
        let bytes = fs::read(path).unwrap();
        let held = panic::catch_unwind(|| (target.run)(&bytes));
        assert!(held.is_ok(), "the property of `{}` is broken by {}", target.name, path.display());
    }
    files.len()
}

fn folder(kind: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(kind)
}

fn files(folder: &Path) -> Vec<PathBuf> {
    fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).collect()
}
