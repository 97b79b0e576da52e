//! What the people of a journey share: a session bus, a keyring, and folders that are nobody's.

use std::fs;
use std::io::Write as _;
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;
use tokio::time::sleep;

use crate::child::{Owned, mortal};
use crate::{BLINK, Fault, PATIENCE};

/// Light or dark, as the desktop says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Theme {
    /// Dark ink on a light page.
    Light,
    /// Light ink on a dark page.
    Dark,
}

impl Theme {
    /// Both, in the order journeys are made in.
    pub const BOTH: [Self; 2] = [Self::Light, Self::Dark];

    /// The name people type and folders carry.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    /// The desktop theme a window takes its own from.
    pub(crate) fn of_desktop(self) -> &'static str {
        match self {
            Self::Light => "Adwaita",
            Self::Dark => "Adwaita:dark",
        }
    }
}

/// A private session: nothing on it can be seen from outside, nothing outside is touched from it.
#[derive(Debug)]
pub struct Stage {
    // Fields are dropped in this order: programs first, then the folders they use.
    _keyring: Owned,
    _bus: Owned,
    home: TempDir,
}

impl Stage {
    /// Raises the stage: folders, bus, and a keyring that is already unlocked.
    pub async fn raise() -> Result<Self, Fault> {
        let home = tempfile::Builder::new()
            .prefix("tallystick-stage-")
            .tempdir()
            .map_err(|source| Fault::File { path: std::env::temp_dir(), source })?;
        for folder in ["run", "data", "config", "cache", "state"] {
            make(&home.path().join(folder))?;
        }
        let bus = start_bus(home.path()).await?;
        let keyring = start_keyring(home.path()).await?;
        Ok(Self { _keyring: keyring, _bus: bus, home })
    }

    /// A program that lives on this stage and sees nothing of the world around it.
    #[must_use]
    pub fn command(&self, program: impl AsRef<Path>) -> Command {
        let mut command = Command::new(program.as_ref());
        dress(&mut command, self.home.path());
        command
    }

    /// A prepared program, in the same surroundings.
    pub(crate) fn adapt(&self, mut command: Command) -> Command {
        dress(&mut command, self.home.path());
        command
    }
}

/// A port of this machine that nobody listens on.
pub(crate) fn free_port() -> Result<u16, Fault> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(|e| Fault::Screen(e.to_string()))?;
    listener.local_addr().map(|address| address.port()).map_err(|e| Fault::Screen(e.to_string()))
}

/// Looks again and again until the answer is there or patience ends.
pub(crate) async fn wait<T>(
    what: &str,
    patience: Duration,
    mut look: impl FnMut() -> Option<T>,
) -> Result<T, Fault> {
    let until = Instant::now() + patience;
    loop {
        if let Some(answer) = look() {
            return Ok(answer);
        }
        if Instant::now() > until {
            return Err(Fault::Waited { what: what.to_owned(), seen: "nothing came".to_owned() });
        }
        sleep(BLINK).await;
    }
}

/// A bus that starts nothing by itself: what is on it was put there.
async fn start_bus(home: &Path) -> Result<Owned, Fault> {
    let socket = socket(home);
    let file = home.join("bus.conf");
    let config = BUS.replace("SOCKET", &socket.display().to_string());
    fs::write(&file, config).map_err(Fault::file(&file))?;
    let mut command = mortal("dbus-daemon");
    dress(&mut command, home);
    command.args(["--nofork", "--nopidfile", "--nosyslog"]).arg(format!("--config-file={}", file.display()));
    let bus = Owned::start(quiet(command, &home.join("bus.log"))?)?;
    wait("the session bus", PATIENCE, || UnixStream::connect(&socket).ok()).await?;
    Ok(bus)
}

async fn start_keyring(home: &Path) -> Result<Owned, Fault> {
    let mut command = mortal("gnome-keyring-daemon");
    dress(&mut command, home);
    command.args(["--foreground", "--unlock", "--components=secrets"]);
    let mut command = quiet(command, &home.join("keyring.log"))?;
    command.stdin(Stdio::piped());
    let mut keyring = Owned::start(command)?;
    let password = keyring.child().stdin.take();
    if let Some(mut password) = password {
        // Any will do: the keyring is made now and gone with the stage.
        password.write_all(b"open sesame").map_err(Fault::file("the keyring's password"))?;
    }
    let mut waiting = Command::new("gdbus");
    dress(&mut waiting, home);
    waiting.args(["wait", "--session", "--timeout=20", "org.freedesktop.secrets"]);
    let waited = waiting.status().map_err(|source| Fault::Start { program: "gdbus".to_owned(), source })?;
    if !waited.success() {
        let seen = fs::read_to_string(home.join("keyring.log")).unwrap_or_default();
        return Err(Fault::Waited { what: "the keyring on the session bus".to_owned(), seen });
    }
    Ok(keyring)
}

/// Output to a file, so that no pipe is kept open by what outlives us.
pub(crate) fn quiet(mut command: Command, log: &Path) -> Result<Command, Fault> {
    let file = fs::OpenOptions::new().create(true).append(true).open(log).map_err(Fault::file(log))?;
    let same = file.try_clone().map_err(Fault::file(log))?;
    command.stdin(Stdio::null()).stdout(file).stderr(same);
    Ok(command)
}

/// The environment of the stage, and nothing else.
fn dress(command: &mut Command, home: &Path) {
    command.env_clear();
    for kept in ["PATH", "TALLYSTICK_LOG"] {
        if let Some(value) = std::env::var_os(kept) {
            command.env(kept, value);
        }
    }
    command
        .env("HOME", home)
        .env("LANG", "C.UTF-8")
        .env("TZ", "UTC")
        .env("RUST_BACKTRACE", "1")
        .env("XDG_RUNTIME_DIR", home.join("run"))
        .env("XDG_DATA_HOME", home.join("data"))
        .env("XDG_CONFIG_HOME", home.join("config"))
        .env("XDG_CACHE_HOME", home.join("cache"))
        .env("XDG_STATE_HOME", home.join("state"))
        .env("DBUS_SESSION_BUS_ADDRESS", format!("unix:path={}", socket(home).display()))
        .env("NO_AT_BRIDGE", "1");
}

fn socket(home: &Path) -> PathBuf {
    home.join("run").join("bus")
}

fn make(folder: &Path) -> Result<(), Fault> {
    fs::create_dir(folder).map_err(Fault::file(folder))?;
    fs::set_permissions(folder, fs::Permissions::from_mode(0o700)).map_err(Fault::file(folder))
}

/// A session bus for one user, without a folder of services to start on demand.
const BUS: &str = r#"<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:path=SOCKET</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
"#;

#[cfg(test)]
mod tests {
    use super::*;

    const COLLECTION: &str = "/org/freedesktop/secrets/aliases/default";

    #[tokio::test]
    async fn the_keyring_on_the_stage_is_there_and_unlocked() {
        let stage = Stage::raise().await.expect("a stage");

        let mut asking = stage.command("gdbus");
        asking.args(["call", "--session", "--dest", "org.freedesktop.secrets", "--object-path", COLLECTION]);
        asking.args([
            "--method",
            "org.freedesktop.DBus.Properties.Get",
            "org.freedesktop.Secret.Collection",
            "Locked",
        ]);
        let answer = asking.output().expect("gdbus runs").stdout;

        assert_eq!(String::from_utf8_lossy(&answer).trim(), "(<false>,)");
    }

    #[tokio::test]
    async fn a_stage_is_taken_down_with_its_folders() {
        let stage = Stage::raise().await.expect("a stage");
        let home = stage.home.path().to_owned();
        assert!(UnixStream::connect(socket(&home)).is_ok());

        drop(stage);

        assert!(!home.exists());
    }
}
