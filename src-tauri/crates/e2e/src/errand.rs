//! A wallet without a window, for what a journey does not tell: the same node, on the same profile and the same port.

use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::Command;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::child::{Owned, mortal};
use crate::stage::{quiet, wait};
use crate::{Fault, Ledger, PATIENCE, Stage};

/// A profile that `tallystick-node` serves.
#[derive(Debug)]
pub struct Errand<'a> {
    node: Owned,
    ledger: Ledger<'a>,
}

impl<'a> Errand<'a> {
    /// Makes an identity in a new profile, its key kept by the stage's keyring. Its card names this port.
    pub fn identity(
        stage: &'a Stage,
        node: &Path,
        profile: &Path,
        port: u16,
        name: &str,
    ) -> Result<(), Fault> {
        let listen = format!("127.0.0.1:{port}");
        let reached = ["--listen", &listen, "--advertise", "127.0.0.1"];
        let words = [&reached[..], &["init", "--name", name, "--keychain"]].concat();
        Ledger::of(stage, node, profile).ask(&words).map(drop)
    }

    /// Serves a profile until it is [ended](Self::end), and waits until it answers.
    pub async fn begin(
        stage: &'a Stage,
        node: &Path,
        profile: &Path,
        port: u16,
        log: PathBuf,
    ) -> Result<Self, Fault> {
        let mut command: Command = mortal(&node.display().to_string());
        command.arg("--profile").arg(profile);
        command.args(["--listen", &format!("127.0.0.1:{port}"), "--advertise", "127.0.0.1", "run"]);
        let node_running = Owned::start(quiet(stage.adapt(command), &log)?)?;
        let socket = profile.join("control.sock");
        wait("the node to answer", PATIENCE, || UnixStream::connect(&socket).ok()).await?;
        Ok(Self { node: node_running, ledger: Ledger::of(stage, node, profile) })
    }

    /// Asks for one JSON answer.
    pub fn ask(&self, words: &[&str]) -> Result<Value, Fault> {
        self.ledger.ask(words)
    }

    /// Asks again until a tally of the profile is in this phase, and gives its name.
    pub async fn tally_in(&self, phase: &str) -> Result<String, Fault> {
        self.until(&format!("a tally that is {phase}"), |list| {
            let found = list.as_array()?.iter().find(|tally| tally["phase"] == phase)?;
            Some(found["id"].as_str()?.to_owned())
        })
        .await
    }

    /// Waits until both copies of every open tally match.
    pub async fn matching(&self) -> Result<(), Fault> {
        self.until("matching copies", |list| {
            let mut open = list.as_array()?.iter().filter(|tally| tally["phase"] == "open");
            open.all(|tally| tally["copies"]["state"] == "match").then_some(())
        })
        .await
    }

    async fn until<T>(&self, what: &str, found: impl Fn(&Value) -> Option<T>) -> Result<T, Fault> {
        let answer = wait(what, PATIENCE, || match self.ask(&["tally", "list"]) {
            Ok(list) => found(&list).map(Ok),
            Err(error) => Some(Err(error)),
        });
        answer.await?
    }

    /// Ends the node as a person would, and waits until everything is written.
    pub fn end(mut self) -> Result<(), Fault> {
        let process = self.node.child();
        let number = i32::try_from(process.id()).ok().and_then(Pid::from_raw);
        if let Some(number) = number {
            // One that has ended already is what we want.
            let _ = kill_process(number, Signal::TERM);
        }
        process.wait().map(drop).map_err(Fault::file("the node's end"))
    }
}
