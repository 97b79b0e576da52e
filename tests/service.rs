//! A wallet that starts by itself: the unit that is written, judged by systemd's own reader where there is one.
#![cfg(target_os = "linux")]

#[path = "../src-tauri/crates/cli/tests/support/mod.rs"]
mod support;

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;
use support::{Home, said};

/// A verb for a person whose home is this folder, and whose systemd cannot be asked.
fn service(home: &Home, folder: &Path, args: &[&str]) -> support::Said {
    let mut command = home.command();
    command.env("HOME", folder).env_remove("XDG_CONFIG_HOME").env_remove("DBUS_SESSION_BUS_ADDRESS");
    command.env("XDG_RUNTIME_DIR", folder).arg("service").args(args);
    said(&mut command)
}

#[test]
fn a_unit_is_written_that_systemd_reads_and_that_holds_no_secret() {
    let folder = tempfile::tempdir().expect("a folder");
    let home = Home::new(folder.path(), "ana's 100% wallet");
    home.init("Ana Ruiz");
    let before = service(&home, folder.path(), &["status"]).good();
    assert_eq!(before["installed"], false);

    let installed = service(&home, folder.path(), &["install", "--only-write"]).good();

    let file = Path::new(installed["file"].as_str().expect("a path"));
    assert!(file.starts_with(folder.path().join(".config/systemd/user")), "{}", file.display());
    assert_eq!((&installed["installed"], &installed["running"]), (&Value::Bool(true), &Value::Null));
    let unit = fs::read_to_string(file).expect("the unit");
    let profile = home.folder.to_str().expect("UTF-8").replace('%', "%%");
    assert!(unit.contains(&format!("\"--profile\" \"{profile}\"")), "{unit}");
    assert!(unit.contains("\"run\"\n") && !unit.contains(support::PASSPHRASE), "{unit}");
    verify(file);

    let gone = service(&home, folder.path(), &["uninstall"]).good();
    assert_eq!(gone["installed"], false);
    assert!(!file.exists() && home.folder.join("profile.json").exists());
    service(&home, folder.path(), &["uninstall"]).good();
}

#[test]
fn there_is_no_service_for_a_wallet_that_is_not_there() {
    let folder = tempfile::tempdir().expect("a folder");
    let home = Home::new(folder.path(), "ana");

    let refused = service(&home, folder.path(), &["install", "--only-write"]);

    assert_eq!(refused.failure(), ("noWallet".to_owned(), Some(1)));
    assert!(!folder.path().join(".config").exists());
}

/// Lets systemd read the unit, where there is one; a word it does not know is a complaint.
fn verify(unit: &Path) {
    let judged = Command::new("systemd-analyze").args(["--user", "--man=no", "verify"]).arg(unit).output();
    let Ok(judged) = judged else { return };
    let said = String::from_utf8_lossy(&judged.stderr);
    let about_it: Vec<&str> = said.lines().filter(|line| line.contains("tallystick-node")).collect();
    assert!(about_it.is_empty(), "{said}");
}
