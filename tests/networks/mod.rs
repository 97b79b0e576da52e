//! Networks in namespaces of their own, and wallets in them.
//!
//! Needs the right to make network namespaces (root on Linux, `ip`). Where that is missing, the tests say so and prove
//! nothing; `TALLYSTICK_NAMESPACES=must` makes that a failure.
#![allow(dead_code, reason = "every test uses a part of it")]
#![allow(clippy::print_stderr, reason = "a test that proves nothing must say so")]

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use serde_json::Value;

/// Nothing that is waited for here takes longer.
pub(crate) const PATIENCE: Duration = Duration::from_secs(40);

/// Some namespaces, which go when this is dropped.
pub(crate) struct Networks {
    tag: String,
    members: &'static [&'static str],
}

impl Networks {
    /// Makes the namespaces, and with `cables` what connects them; or says why not.
    pub(crate) fn new(
        tag: &str,
        members: &'static [&'static str],
        cables: impl FnOnce(&Self) -> Result<(), String>,
    ) -> Option<Self> {
        let networks = Self { tag: format!("ts{}{tag}", std::process::id() % 10_000), members };
        match networks.make().and_then(|()| cables(&networks)) {
            Ok(()) => Some(networks),
            Err(why) if std::env::var("TALLYSTICK_NAMESPACES").is_ok_and(|value| value == "must") => {
                panic!("no network namespaces: {why}")
            }
            Err(why) => {
                eprintln!(
                    "NOT TESTED, no network namespaces here (they need root, Linux and iproute2): {why}"
                );
                None
            }
        }
    }

    fn make(&self) -> Result<(), String> {
        for which in self.members {
            let name = self.name(which);
            ip(&["netns", "add", &name])?;
            ip(&["-n", &name, "link", "set", "lo", "up"])?;
        }
        Ok(())
    }

    /// The real name of a namespace, or of an end of a cable.
    pub(crate) fn name(&self, which: &str) -> String {
        format!("{}{which}", self.tag)
    }

    /// A cable between two namespaces: an end and the namespace that it is in, twice.
    pub(crate) fn cable(&self, ends: [(&str, &str); 2]) -> Result<(), String> {
        let [one, other] = ends.map(|(end, _)| self.name(end));
        ip(&["link", "add", &one, "type", "veth", "peer", "name", &other])?;
        for (end, which) in ends {
            let (end, name) = (self.name(end), self.name(which));
            ip(&["link", "set", &end, "netns", &name])?;
            ip(&["-n", &name, "link", "set", &end, "up"])?;
        }
        Ok(())
    }

    /// Gives an end of a cable an address with its network's size, and takes away those that it had.
    pub(crate) fn address(&self, end: &str, which: &str, address: &str) -> Result<(), String> {
        let (end, name) = (self.name(end), self.name(which));
        ip(&["-n", &name, "addr", "flush", "dev", &end])?;
        ip(&["-n", &name, "addr", "add", address, "dev", &end])
    }

    /// A program in one of the networks.
    pub(crate) fn inside(&self, which: &str, program: &Path) -> Command {
        let mut command = Command::new("ip");
        command.args(["netns", "exec", &self.name(which)]).arg(program);
        command
    }

    /// A script of ours in one of the networks, once it says that it is ready.
    pub(crate) fn script(&self, which: &str, script: &str, args: &[&str]) -> Running {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../tests/reach").join(script);
        let mut command = self.inside(which, Path::new("python3"));
        command.arg(path).args(args);
        let running = Running::new(command);
        running.until("ready");
        running
    }
}

impl Drop for Networks {
    fn drop(&mut self) {
        for which in self.members {
            let _ = ip(&["netns", "del", &self.name(which)]);
        }
    }
}

/// Runs `ip`.
pub(crate) fn ip(args: &[&str]) -> Result<(), String> {
    let output = Command::new("ip").args(args).output().map_err(|error| error.to_string())?;
    let said = || format!("ip {}: {}", args.join(" "), String::from_utf8_lossy(&output.stderr));
    if output.status.success() { Ok(()) } else { Err(said()) }
}

/// A program that runs until it is dropped; its lines can be waited for.
pub(crate) struct Running {
    child: Child,
    pub(crate) lines: Receiver<String>,
}

impl Running {
    pub(crate) fn new(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).stdin(Stdio::null()).spawn().expect("it starts");
        let out = BufReader::new(child.stdout.take().expect("a pipe"));
        let (send, lines) = channel();
        std::thread::spawn(move || out.lines().map_while(Result::ok).try_for_each(|line| send.send(line)));
        Self { child, lines }
    }

    pub(crate) fn until(&self, start: &str) -> String {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let line = self.lines.recv_timeout(left).unwrap_or_else(|_| panic!("waited in vain for {start}"));
            if line.starts_with(start) {
                return line;
            }
        }
    }

    /// Asks it to end, and waits until it has.
    pub(crate) fn end(mut self) -> Receiver<String> {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &pid]).status().expect("kill").success());
        self.child.wait().expect("it ends");
        let (_, nothing) = channel();
        std::mem::replace(&mut self.lines, nothing)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A wallet in one of the networks.
pub(crate) struct Home<'n> {
    pub(crate) networks: &'n Networks,
    pub(crate) which: &'static str,
    pub(crate) folder: PathBuf,
    pub(crate) listen: &'static str,
    /// What else holds for every verb.
    pub(crate) common: Vec<&'static str>,
}

impl Home<'_> {
    pub(crate) fn command(&self) -> Command {
        let mut command = self.networks.inside(self.which, Path::new(env!("CARGO_BIN_EXE_tallystick-node")));
        command
            .args(["--json", "--listen", self.listen, "--profile"])
            .arg(&self.folder)
            .args(&self.common)
            .env("TALLYSTICK_PASSPHRASE", "grackle-Umbra-41-quince-Fjord")
            .env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent")
            .env_remove("TALLYSTICK_LOG")
            .env_remove("TALLYSTICK_PROFILE");
        command
    }

    pub(crate) fn init(&self, name: &str) {
        self.verb(&["init", "--name", name, "--kdf-memory", "19"]);
    }

    pub(crate) fn run(&self) -> Running {
        let mut command = self.command();
        command.arg("run");
        let node = Running::new(command);
        node.until("{");
        node
    }

    pub(crate) fn verb(&self, args: &[&str]) -> Value {
        let Output { status, stdout, stderr } = self.command().args(args).output().expect("it starts");
        let (out, err) = (String::from_utf8_lossy(&stdout), String::from_utf8_lossy(&stderr));
        assert!(status.success(), "{args:?}: {out} {err}");
        serde_json::from_str(&out).unwrap_or_else(|error| panic!("{error} in {out}"))
    }

    /// Asks again and again until the answer is as it should be.
    pub(crate) fn until(&self, args: &[&str], good: impl Fn(&Value) -> bool) -> Value {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let answer = self.verb(args);
            if good(&answer) {
                return answer;
            }
            assert!(Instant::now() < deadline, "{args:?}: {answer}");
            std::thread::sleep(Duration::from_millis(100));
        }
    }
}
