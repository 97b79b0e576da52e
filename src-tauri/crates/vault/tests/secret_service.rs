//! The vault against a real Secret Service: GNOME Keyring on a private bus.
//!
//! The test runs itself again under `dbus-run-session`, with folders of its own, so that neither the person's bus nor
//! the person's keyring is ever touched. It needs the packages `dbus`, `gnome-keyring` and `libglib2.0-bin`.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used)]

use std::env;
use std::fs;
use std::io::Write as _;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use tallystick_vault::{
    Keychain as _, KeychainError, OsKeychain, ProfileId, Protector, Status, Unlocked, Vault, VaultError,
};
use tempfile::TempDir;

#[test]
fn a_vault_lives_in_the_session_keyring() {
    on_a_private_bus("a_vault_lives_in_the_session_keyring", Activation::Off, |home| {
        let daemon = Daemon::start();
        let vault = Vault::at(home.join("alice"), ProfileId::new("alice").unwrap());
        OsKeychain.probe().unwrap();

        let made = agent(&vault.create(Protector::Keychain, &OsKeychain).unwrap());
        assert_eq!(vault.status().unwrap(), Status::Keychain);
        assert_eq!(agent(&vault.open(None, &OsKeychain).unwrap()), made);

        let key = OsKeychain.get("alice").unwrap().unwrap();
        OsKeychain.delete("alice").unwrap();
        OsKeychain.delete("alice").unwrap();
        assert!(matches!(vault.open(None, &OsKeychain), Err(VaultError::EntryMissing)));
        assert!(matches!(vault.create(Protector::Keychain, &OsKeychain), Err(VaultError::Exists)));

        OsKeychain.set("alice", &key).unwrap();
        assert_eq!(agent(&vault.open(None, &OsKeychain).unwrap()), made);

        drop(daemon);
        let stopped = vault.open(None, &OsKeychain);
        assert!(matches!(stopped, Err(VaultError::Keychain(KeychainError::Missing(_)))), "{stopped:?}");
        assert!(matches!(OsKeychain.probe(), Err(KeychainError::Missing(_))));
        assert!(matches!(vault.create(Protector::Keychain, &OsKeychain), Err(VaultError::Exists)));
        let bob = Vault::at(home.join("bob"), ProfileId::new("bob").unwrap());
        assert!(bob.create(Protector::Keychain, &OsKeychain).is_err());
        assert_eq!(bob.status().unwrap(), Status::Absent);

        let _again = Daemon::start();
        assert_eq!(agent(&vault.open(None, &OsKeychain).unwrap()), made);
    });
}

#[test]
fn a_locked_keyring_is_not_an_empty_one() {
    on_a_private_bus("a_locked_keyring_is_not_an_empty_one", Activation::On, |home| {
        let daemon = Daemon::start();
        let vault = Vault::at(home.join("alice"), ProfileId::new("alice").unwrap());
        vault.create(Protector::Keychain, &OsKeychain).unwrap();

        // From here the bus starts a second daemon by itself, which nobody unlocks, and without a display nobody can
        // be asked to: the prompt ends as if it had been dismissed.
        drop(daemon);

        let Err(error) = vault.open(None, &OsKeychain) else { panic!("a locked keyring gave its key") };
        assert!(matches!(error, VaultError::Keychain(KeychainError::Refused)), "{error:?}");
        assert!(error.retryable());
        assert!(matches!(vault.create(Protector::Keychain, &OsKeychain), Err(VaultError::Exists)));
        assert_eq!(vault.status().unwrap(), Status::Keychain);

        let bob = Vault::at(home.join("bob"), ProfileId::new("bob").unwrap());
        assert!(bob.create(Protector::Keychain, &OsKeychain).is_err());
        assert_eq!(bob.status().unwrap(), Status::Absent);
    });
}

#[test]
fn a_session_without_a_bus_has_no_keychain() {
    if env::var_os(INSIDE).is_none() {
        let home = TempDir::new().unwrap();
        let mut alone = Command::new(env::current_exe().unwrap());
        alone.args(["--exact", "a_session_without_a_bus_has_no_keychain", "--nocapture"]);
        alone.env(INSIDE, home.path()).env("HOME", home.path()).env("XDG_RUNTIME_DIR", home.path());
        alone.env_remove("DBUS_SESSION_BUS_ADDRESS").env_remove("DISPLAY");
        assert!(finish(alone).success());
        return;
    }
    assert!(matches!(OsKeychain.probe(), Err(KeychainError::Missing(_))), "{:?}", OsKeychain.probe());
}

fn agent(unlocked: &Unlocked) -> String {
    unlocked.agent().agent_id().to_string()
}

/// Whether the bus may start services that nobody started.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Activation {
    On,
    Off,
}

/// Runs the body of the named test in a process of its own, on a bus of its own.
fn on_a_private_bus(test: &str, activation: Activation, body: impl FnOnce(&Path)) {
    if let Some(home) = env::var_os(INSIDE) {
        return body(Path::new(&home));
    }
    let home = TempDir::new().unwrap();
    let mut session = Command::new("dbus-run-session");
    if activation == Activation::Off {
        let config = home.path().join("bus.conf");
        fs::write(&config, BUS).unwrap();
        session.arg("--config-file").arg(config);
    }
    session.arg("--").arg(env::current_exe().unwrap()).args(["--exact", test, "--nocapture"]);
    for variable in ["HOME", "XDG_RUNTIME_DIR", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"] {
        let folder = home.path().join(variable.to_lowercase());
        fs::create_dir(&folder).unwrap();
        fs::set_permissions(&folder, std::os::unix::fs::PermissionsExt::from_mode(0o700)).unwrap();
        session.env(variable, folder);
    }
    session.env(INSIDE, home.path()).env_remove("DISPLAY").env_remove("WAYLAND_DISPLAY");
    assert!(finish(session).success(), "the part on the private bus failed; see above");
}

/// Runs a command in a process group of its own, with a deadline, and ends whatever is left of the group.
fn finish(mut command: Command) -> std::process::ExitStatus {
    let mut child =
        command.process_group(0).stdin(Stdio::null()).spawn().expect("dbus-run-session is installed");
    let deadline = Instant::now() + DEADLINE;
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break Some(status);
        }
        if Instant::now() > deadline {
            break None;
        }
        thread::sleep(Duration::from_millis(20));
    };
    // Daemons that the bus started share the group and would outlive it.
    let group = format!("-{}", child.id());
    let _ = Command::new("kill").args(["-KILL", "--", &group]).stderr(Stdio::null()).status();
    let _ = child.wait();
    status.expect("the part on the private bus hangs")
}

/// GNOME Keyring, unlocked; killed when dropped.
struct Daemon(Child);

impl Daemon {
    fn start() -> Self {
        let mut child = Command::new("gnome-keyring-daemon")
            .args(["--foreground", "--unlock", "--components=secrets"])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("gnome-keyring is installed");
        child.stdin.take().unwrap().write_all(b"a password of this test").unwrap();
        let daemon = Self(child);
        let waited = Command::new("gdbus")
            .args(["wait", "--session", "--timeout", "20", "org.freedesktop.secrets"])
            .status()
            .expect("libglib2.0-bin is installed");
        assert!(waited.success(), "the keyring did not appear on the bus");
        daemon
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Set in the process inside; its value is the folder of the test.
const INSIDE: &str = "TALLYSTICK_VAULT_TEST_INSIDE";

/// Ten times what a slow machine takes.
const DEADLINE: Duration = Duration::from_secs(90);

/// A session bus that starts nothing by itself.
const BUS: &str = r#"<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:tmpdir=/tmp</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
"#;
