//! Real processes: `tallystick-node` with profiles, addresses and logs of their own.
#![allow(dead_code, reason = "each test uses its part")]

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{BufRead as _, BufReader, Read as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use serde_json::Value;
use tallystick_vault::{OsKeychain, ProfileId, Vault};
use zeroize::Zeroizing;

/// What opens every profile here. Unmistakable, so that it can be looked for.
pub(crate) const PASSPHRASE: &str = "grackle-Umbra-41-quince-Fjord";

/// Nothing that is waited for here takes longer.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// A profile, and how its programs are started.
#[derive(Clone, Debug)]
pub(crate) struct Home {
    pub(crate) folder: PathBuf,
    pub(crate) log: PathBuf,
    /// Where its node listens.
    pub(crate) address: SocketAddr,
    /// Whether it listens at all.
    pub(crate) listens: bool,
    /// What partners are told to call.
    pub(crate) advertise: Ipv4Addr,
    /// Level of the logs.
    pub(crate) level: String,
}

/// What a program said before it ended.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Said {
    /// Its result.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error} in {self:?}"))
    }

    /// Its result, if it succeeded.
    pub(crate) fn good(self) -> Value {
        assert_eq!(self.code, Some(0), "{self:?}");
        self.json()
    }

    /// The code of its failure, and how it ended.
    pub(crate) fn failure(&self) -> (String, Option<i32>) {
        assert!(self.err.lines().any(|line| line.starts_with("tallystick-node: ")), "{self:?}");
        let object = self.json();
        assert!(object["retryable"].is_boolean() && object["safeToRepeat"].is_boolean(), "{self:?}");
        (object["code"].as_str().expect("a code").to_owned(), self.code)
    }
}

impl Home {
    /// A profile under `parent`, listening on an address that nobody else here has.
    pub(crate) fn new(parent: &Path, name: &str) -> Self {
        let address = own_address();
        let SocketAddr::V4(v4) = address else { unreachable!("IPv4 throughout") };
        Self {
            folder: parent.join(name),
            log: parent.join(format!("{name}.log")),
            address,
            listens: true,
            advertise: *v4.ip(),
            level: "info".to_owned(),
        }
    }

    /// The program, ready to be given its verb.
    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tallystick-node"));
        let listen = if self.listens { self.address.to_string() } else { "off".to_owned() };
        command
            .args(["--json", "--retry-first-ms", "50", "--log", &self.level])
            .args(["--listen", &listen, "--advertise", &self.advertise.to_string()])
            .arg("--profile")
            .arg(&self.folder)
            .env("TALLYSTICK_PASSPHRASE", PASSPHRASE)
            // No keychain of the person who runs the tests.
            .env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent")
            .env_remove("TALLYSTICK_LOG")
            .env_remove("TALLYSTICK_PROFILE")
            .stdin(Stdio::null());
        if cfg!(feature = "plain-link") {
            command.arg("--plain");
        }
        command
    }

    /// Runs a verb to its end.
    pub(crate) fn verb(&self, args: &[&str]) -> Said {
        said(self.command().args(args))
    }

    /// Runs a verb to its good end and gives what a person reads.
    pub(crate) fn words(&self, args: &[&str]) -> String {
        let command = self.command();
        let given: Vec<OsString> =
            command.get_args().filter(|arg| *arg != "--json").map(OsString::from).collect();
        let mut plain = Command::new(command.get_program());
        plain.args(given).args(args).stdin(Stdio::null());
        for (name, value) in command.get_envs() {
            match value {
                Some(value) => plain.env(name, value),
                None => plain.env_remove(name),
            };
        }
        let said = said(&mut plain);
        assert_eq!(said.code, Some(0), "{said:?}");
        said.out
    }

    /// Makes the identity.
    pub(crate) fn init(&self, name: &str) -> Value {
        self.verb(&["init", "--name", name, "--kdf-memory", "19"]).good()
    }

    /// Starts the node; it may not be ready yet.
    pub(crate) fn start(&self) -> (Node, Ready) {
        self.start_with(&[])
    }

    /// Starts the node with more in its environment.
    pub(crate) fn start_with(&self, more: &[(&str, &str)]) -> (Node, Ready) {
        self.start_as("run", more)
    }

    /// Starts what serves until it is ended.
    pub(crate) fn start_as(&self, verb: &str, more: &[(&str, &str)]) -> (Node, Ready) {
        let log = OpenOptions::new().create(true).append(true).open(&self.log).expect("a log file");
        let mut child = self
            .command()
            .arg(verb)
            .envs(more.iter().copied())
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .expect("the program starts");
        let out = child.stdout.take().expect("a pipe");
        (Node { child }, Ready { out: BufReader::new(out) })
    }

    /// Starts the node and waits until it is ready.
    pub(crate) fn run(&self) -> (Node, Value) {
        let (node, ready) = self.start();
        let line = ready.wait().unwrap_or_else(|| panic!("no node: {}", self.tail()));
        (node, line)
    }

    /// The end of the log.
    pub(crate) fn tail(&self) -> String {
        let text =
            fs::read(&self.log).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default();
        let from = text.len().saturating_sub(4_000);
        text.get(from..).unwrap_or(&text).to_owned()
    }

    /// The tallies, as `tally list` shows them.
    pub(crate) fn tallies(&self) -> Vec<Value> {
        self.verb(&["tally", "list"]).good().as_array().expect("a list").clone()
    }

    /// Waits for a tally in this phase and gives its id.
    pub(crate) fn tally_in(&self, phase: &str) -> String {
        eventually(phase, || {
            let found = self.tallies().into_iter().find(|row| row["phase"] == phase)?;
            Some(found["id"].as_str().expect("an id").to_owned())
        })
    }
}

/// Changes a ledger behind its wallet's back.
pub(crate) fn alter(home: &Home, sql: &str) {
    let about = std::fs::read(home.folder.join("profile.json")).expect("a profile");
    let about: Value = serde_json::from_slice(&about).expect("JSON");
    let vault = Vault::at(&home.folder, ProfileId::new(about["id"].as_str().expect("an id")).expect("an id"));
    let keys = vault.open(Some(&Zeroizing::new(PASSPHRASE.to_owned())), &OsKeychain).expect("opens");
    let ledger = rusqlite::Connection::open(home.folder.join("ledger.db")).expect("a file");
    let key = format!("x'{}'", hex::encode(keys.database_key()));
    ledger.pragma_update(None, "key", key).expect("taken");
    assert_eq!(ledger.execute(sql, []).expect("changed"), 1);
}

/// Runs a program to its end.
pub(crate) fn said(command: &mut Command) -> Said {
    let output = command.output().expect("the program starts");
    Said {
        code: output.status.code(),
        out: String::from_utf8(output.stdout).expect("UTF-8"),
        err: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// Asks again and again.
pub(crate) fn eventually<T>(what: &str, mut ask: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(Instant::now() < deadline, "waited in vain for {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// A running node; killed when dropped.
#[derive(Debug)]
pub(crate) struct Node {
    child: Child,
}

impl Node {
    /// Whether it still runs.
    pub(crate) fn lives(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// SIGKILL, and waits until it is gone.
    pub(crate) fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// Asks it to end, and gives its exit code.
    pub(crate) fn end(mut self) -> Option<i32> {
        let pid = self.child.id().to_string();
        let asked = Command::new("kill").args(["-TERM", &pid]).status().expect("kill is there");
        assert!(asked.success());
        eventually("the node's end", || self.child.try_wait().expect("waits")).code()
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        self.kill();
    }
}

/// The first line of a node.
#[derive(Debug)]
pub(crate) struct Ready {
    out: BufReader<ChildStdout>,
}

impl Ready {
    /// Waits for it; nothing if the node ended first.
    pub(crate) fn wait(mut self) -> Option<Value> {
        let mut line = String::new();
        self.out.read_line(&mut line).ok()?;
        let line: Value = serde_json::from_str(&line).ok()?;
        (line["ready"] == true).then_some(line)
    }
}

/// All bytes of all files of a folder.
pub(crate) fn files(folder: &Path) -> Vec<(OsString, Vec<u8>)> {
    let mut all = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder") {
        let entry = entry.expect("an entry");
        if entry.file_type().expect("a type").is_file() {
            let mut bytes = Vec::new();
            File::open(entry.path()).and_then(|mut file| file.read_to_end(&mut bytes)).expect("readable");
            all.push((entry.file_name(), bytes));
        }
    }
    all
}

/// An address of this computer that nobody else here uses. On Linux all of 127/8 is ours, so that the port can stay
/// below those that outgoing calls take, and a node that was killed finds its own again.
pub(crate) fn own_address() -> SocketAddr {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    if !cfg!(target_os = "linux") {
        let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        return free.local_addr().expect("its address");
    }
    let number = std::process::id().wrapping_mul(1_024).wrapping_add(NEXT.fetch_add(1, Ordering::Relaxed));
    let (rest, last) = (number / 254, number % 254);
    let [_, _, b, c] = rest.to_be_bytes();
    let [_, _, _, d] = last.to_be_bytes();
    SocketAddr::from(([127, b.max(1), c, d + 1], 24_110))
}
