//! A wallet at home, behind a router that lets callers in if it is asked: three networks in namespaces of their own.
//!
//! Needs the right to make network namespaces (root on Linux, `ip`) and Python for the router's stand-in. Where that is
//! missing, the tests say so and prove nothing; `TALLYSTICK_NAMESPACES=must` makes that a failure.
#![cfg(target_os = "linux")]
#![allow(clippy::print_stderr, reason = "a test that proves nothing must say so")]

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use serde_json::Value;

/// Nothing that is waited for here takes longer.
const PATIENCE: Duration = Duration::from_secs(40);

const INNER: &str = "192.168.77.1";
const OUTER: &str = "203.0.113.1";

/// A home, a router and the world outside.
struct Networks {
    tag: String,
}

impl Networks {
    /// Makes them, or says why not.
    fn new(tag: &str) -> Option<Self> {
        let networks = Self { tag: format!("ts{}{tag}", std::process::id() % 10_000) };
        match networks.make() {
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

    fn name(&self, which: &str) -> String {
        format!("{}{which}", self.tag)
    }

    fn make(&self) -> Result<(), String> {
        let [home, gate, far] = ["h", "g", "f"].map(|which| self.name(which));
        let [home_end, gate_home, gate_far, far_end] = ["0", "1", "2", "3"].map(|which| self.name(which));
        for name in [&home, &gate, &far] {
            ip(&["netns", "add", name])?;
            ip(&["-n", name, "link", "set", "lo", "up"])?;
        }
        let inner = format!("{INNER}/24");
        let outer = format!("{OUTER}/24");
        for (ends, places) in [
            ([&home_end, &gate_home], [(&home, "192.168.77.2/24"), (&gate, inner.as_str())]),
            ([&gate_far, &far_end], [(&gate, outer.as_str()), (&far, "203.0.113.9/24")]),
        ] {
            ip(&["link", "add", ends[0], "type", "veth", "peer", "name", ends[1]])?;
            for (end, (name, address)) in ends.into_iter().zip(places) {
                ip(&["link", "set", end, "netns", name])?;
                ip(&["-n", name, "addr", "add", address, "dev", end])?;
                ip(&["-n", name, "link", "set", end, "up"])?;
            }
        }
        // The way out ends at the router, which forwards nothing: who is at home can only be called.
        ip(&["-n", &home, "route", "add", "default", "via", INNER])
    }

    /// A program in one of the networks.
    fn inside(&self, which: &str, program: &Path) -> Command {
        let mut command = Command::new("ip");
        command.args(["netns", "exec", &self.name(which)]).arg(program);
        command
    }
}

impl Drop for Networks {
    fn drop(&mut self) {
        for which in ["h", "g", "f"] {
            let _ = ip(&["netns", "del", &self.name(which)]);
        }
    }
}

fn ip(args: &[&str]) -> Result<(), String> {
    let output = Command::new("ip").args(args).output().map_err(|error| error.to_string())?;
    let said = || format!("ip {}: {}", args.join(" "), String::from_utf8_lossy(&output.stderr));
    if output.status.success() { Ok(()) } else { Err(said()) }
}

/// A program that runs until it is dropped; its lines can be waited for.
struct Running {
    child: Child,
    lines: Receiver<String>,
}

impl Running {
    fn new(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).stdin(Stdio::null()).spawn().expect("it starts");
        let out = BufReader::new(child.stdout.take().expect("a pipe"));
        let (send, lines) = channel();
        std::thread::spawn(move || out.lines().map_while(Result::ok).try_for_each(|line| send.send(line)));
        Self { child, lines }
    }

    fn until(&self, start: &str) -> String {
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
    fn end(mut self) -> Receiver<String> {
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
struct Home<'n> {
    networks: &'n Networks,
    which: &'static str,
    folder: PathBuf,
    listen: &'static str,
}

impl Home<'_> {
    fn command(&self) -> Command {
        let mut command = self.networks.inside(self.which, Path::new(env!("CARGO_BIN_EXE_tallystick-node")));
        command
            .args(["--json", "--retry-first-ms", "50", "--listen", self.listen, "--profile"])
            .arg(&self.folder)
            .env("TALLYSTICK_PASSPHRASE", "grackle-Umbra-41-quince-Fjord")
            .env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent")
            .env_remove("TALLYSTICK_LOG")
            .env_remove("TALLYSTICK_PROFILE");
        command
    }

    fn init(&self, name: &str) {
        self.verb(&["init", "--name", name, "--kdf-memory", "19"]);
    }

    fn run(&self) -> Running {
        let mut command = self.command();
        command.arg("run");
        let node = Running::new(command);
        node.until("{");
        node
    }

    fn verb(&self, args: &[&str]) -> Value {
        let Output { status, stdout, stderr } = self.command().args(args).output().expect("it starts");
        let (out, err) = (String::from_utf8_lossy(&stdout), String::from_utf8_lossy(&stderr));
        assert!(status.success(), "{args:?}: {out} {err}");
        serde_json::from_str(&out).unwrap_or_else(|error| panic!("{error} in {out}"))
    }

    /// Asks again and again until the answer is as it should be.
    fn until(&self, args: &[&str], good: impl Fn(&Value) -> bool) -> Value {
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

fn router(networks: &Networks, means: &str) -> Running {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../tests/reach/router.py");
    let mut command = networks.inside("g", Path::new("python3"));
    command.arg(script).args([means, INNER, OUTER]);
    let router = Running::new(command);
    router.until("ready");
    router
}

/// Ana at home has her router asked; Ben from outside uses her ticket.
fn a_partner_comes_in(tag: &str, means: &str) {
    let Some(networks) = Networks::new(tag) else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let home = |which, name: &str, listen| Home {
        networks: &networks,
        which,
        folder: folder.path().join(name),
        listen,
    };
    let (ana, ben) = (home("h", "ana", "0.0.0.0:7001"), home("f", "ben", "off"));
    ana.init("Ana Ruiz");
    ben.init("Ben Ode");
    let router = router(&networks, &means.to_lowercase());
    let at_home = ana.run();
    assert_eq!(ana.verb(&["reach"])["verdict"], "sameNetwork");

    ana.verb(&["reach", "--open-router"]);
    let reach = ana.until(&["reach"], |reach| reach["router"]["answer"] == "opened");
    let outside = format!("{OUTER}:7001");
    assert_eq!(
        (&reach["router"]["at"], &reach["router"]["means"]),
        (&Value::from(outside.clone()), &Value::from(means))
    );
    assert_eq!(
        (&reach["places"][0], &reach["verdict"]),
        (&Value::from(outside), &Value::from("routerOpened"))
    );
    assert!(router.until("open").starts_with("open 7001 to 192.168.77.2:7001 for 7200"));

    let link = ana.verb(&["ticket", "new"])["link"].as_str().expect("a link").to_owned();
    assert!(link.contains("@203.0.113.1:7001?"), "{link}");
    let away = ben.run();
    ben.verb(&["ticket", "use", &link, "--yes", "--wait", "30"]);
    let drafted = ana.until(&["tally", "list"], |tallies| tallies[0]["phase"] == "partnerDraft");
    ana.verb(&["tally", "offer", drafted[0]["id"].as_str().expect("an id"), "--yes", "--wait", "30"]);
    ben.until(&["tally", "list"], |tallies| tallies[0]["phase"] == "offeredToUs");

    // A wallet that closes leaves no door open behind it.
    drop(at_home.end());
    assert_eq!(router.until("close"), "close 7001");
    drop(away);
}

#[test]
fn a_partner_comes_in_by_pcp() {
    a_partner_comes_in("p", "pcp");
}

#[test]
fn a_partner_comes_in_by_nat_pmp() {
    a_partner_comes_in("n", "natPmp");
}

#[test]
fn a_partner_comes_in_by_upnp() {
    a_partner_comes_in("u", "upnp");
}

#[test]
fn a_router_that_says_no_and_one_that_says_nothing_are_told_apart() {
    for (tag, means, answer) in [("r", "refuse", "refused"), ("s", "silent", "noAnswer")] {
        let Some(networks) = Networks::new(tag) else { return };
        let folder = tempfile::tempdir().expect("a folder");
        let folder = folder.path().join("ana");
        let ana = Home { networks: &networks, which: "h", folder, listen: "0.0.0.0:7001" };
        ana.init("Ana Ruiz");
        let _router = router(&networks, means);
        let _node = ana.run();

        ana.verb(&["reach", "--open-router"]);
        let reach = ana.until(&["reach"], |reach| {
            !["unasked", "asking"].contains(&reach["router"]["answer"].as_str().expect("an answer"))
        });

        assert_eq!(
            (&reach["router"]["answer"], &reach["verdict"]),
            (&Value::from(answer), &Value::from("sameNetwork"))
        );
    }
}
