//! `service`: a unit for the person's own systemd, which systemd understands.
#![cfg(target_os = "linux")]

#[path = "../src-tauri/crates/cli/tests/support/mod.rs"]
mod support;

use std::path::Path;
use std::process::Command;

use support::{Home, PASSPHRASE, Said, said};

fn service(home: &Home, config: &Path, words: &[&str]) -> Said {
    said(home.command().env("XDG_CONFIG_HOME", config).args(words))
}

#[test]
fn a_unit_is_written_understood_and_removed() {
    let folder = tempfile::tempdir().expect("a folder");
    let config = folder.path().join("config");
    let home = Home::new(&folder.path().join("100% of $HOME, \"quoted\""), "ana");
    std::fs::create_dir_all(home.folder.parent().expect("a parent")).expect("made");

    let nothing = service(&home, &config, &["service", "install"]);
    assert_eq!(nothing.failure().0, "noWallet");
    home.init("Ana Ruiz");
    let nobody_types = service(&home, &config, &["service", "install"]);
    assert_eq!(nobody_types.failure(), ("needsPassphraseFile".to_owned(), Some(1)));
    let secret = folder.path().join("secret");
    std::fs::write(&secret, PASSPHRASE).expect("written");
    let file = secret.to_str().expect("UTF-8");

    let written = service(&home, &config, &["service", "install", "--passphrase-file", file]).good();

    let path = config.join("systemd/user/tallystick-node.service");
    assert_eq!(written["unit"], path.to_str().expect("UTF-8"));
    assert_eq!(service(&home, &config, &["service", "status"]).good()["installed"], true);
    let unit = std::fs::read_to_string(&path).expect("a unit");
    assert!(unit.contains("100%% of $$HOME, \\\"quoted\\\"/ana\"") && unit.contains("\"run\"\n"), "{unit}");
    assert!(unit.contains(&format!("\"--listen\" \"{}\"", home.address)), "{unit}");
    assert!(!unit.contains(PASSPHRASE), "the secret stays in its file");
    // Without systemd nobody but the unit's words can be asked.
    if let Ok(output) =
        Command::new("systemd-analyze").args(["verify", "--user", "--man=no"]).arg(&path).output()
    {
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(!said.contains("tallystick-node.service:"), "{said}");
    }

    service(&home, &config, &["service", "uninstall"]).good();
    assert!(!path.exists());
    assert_eq!(service(&home, &config, &["service", "uninstall"]).failure().0, "noService");
}
