//! A node as the soak sees it: a process that is asked, stopped, killed and started again.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::sync::Mutex;

use super::net::{Net, before, behind, held};
use super::words::{Ask, Said};

/// Longer than a busy machine takes for anything that is asked here; a node that may be stopped for a while included.
const PATIENCE: Duration = Duration::from_secs(90);

/// One node.
pub(super) struct Node {
    pub(super) number: usize,
    folder: PathBuf,
    port: u16,
    net: Arc<Net>,
    running: Mutex<Option<Running>>,
}

struct Running {
    child: Child,
    ask: ChildStdin,
    said: Lines<BufReader<ChildStdout>>,
}

impl Node {
    pub(super) fn new(number: usize, folder: &Path, port: u16, net: &Arc<Net>) -> Self {
        let folder = folder.join(format!("{number:02}"));
        Self { number, folder, port, net: Arc::clone(net), running: Mutex::default() }
    }

    /// Starts it, if it does not run. An error is a broken promise: a profile opens, whatever happened to it.
    pub(super) async fn start(&self) -> Result<(), String> {
        let mut running = self.running.lock().await;
        if running.is_some() {
            return Ok(());
        }
        let wrong = |what: String| format!("node {}: {what}", self.number);
        let program = std::env::current_exe().map_err(|error| wrong(error.to_string()))?;
        let mut child = Command::new(program)
            .arg("node")
            .arg(&self.folder)
            .arg(format!("Person {}", self.number))
            .arg(format!("{}:{}", behind(self.number), self.port))
            .arg(before(self.number).to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| wrong(error.to_string()))?;
        let (Some(ask), Some(said)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(wrong("no pipes".to_owned()));
        };
        let pid = child.id().and_then(|pid| i32::try_from(pid).ok());
        let mut started = Running { child, ask, said: BufReader::new(said).lines() };
        if !matches!(started.hear().await, Some(Said::Ready)) {
            return Err(wrong("it does not start".to_owned()));
        }
        self.set_pid(pid);
        *running = Some(started);
        Ok(())
    }

    /// Asks once. Nothing if it does not run, or dies before it has answered.
    pub(super) async fn ask(&self, ask: &Ask) -> Option<Said> {
        let mut running = self.running.lock().await;
        let answer = match running.as_mut() {
            None => return None,
            Some(node) => node.ask(ask).await,
        };
        if answer.is_none() {
            self.buried(&mut running).await;
        }
        answer
    }

    /// Kills it, whatever it is doing.
    pub(super) async fn kill(&self) {
        self.signal(Signal::KILL);
        self.buried(&mut *self.running.lock().await).await;
    }

    /// Lets it end by itself.
    pub(super) async fn leave(&self) {
        let mut running = self.running.lock().await;
        if let Some(node) = running.as_mut() {
            let _ = node.ask(&Ask::Leave).await;
            let _ = tokio::time::timeout(PATIENCE, node.child.wait()).await;
        }
        self.buried(&mut running).await;
    }

    /// A laptop whose lid is closed, until it is opened.
    pub(super) async fn sleep(&self, time: Duration) {
        if self.signal(Signal::STOP) {
            tokio::time::sleep(time).await;
            self.signal(Signal::CONT);
        }
    }

    pub(super) fn pid(&self) -> Option<i32> {
        held(&self.net.pids).get(self.number).copied().flatten()
    }

    async fn buried(&self, running: &mut Option<Running>) {
        self.set_pid(None);
        if let Some(mut node) = running.take() {
            let _ = node.child.start_kill();
            let _ = node.child.wait().await;
        }
    }

    fn set_pid(&self, pid: Option<i32>) {
        if let Some(place) = held(&self.net.pids).get_mut(self.number) {
            *place = pid;
        }
    }

    /// Only ever to a child that nobody has waited for, so its number is nobody else's: the list is held meanwhile.
    fn signal(&self, signal: Signal) -> bool {
        let pids = held(&self.net.pids);
        let pid = pids.get(self.number).copied().flatten().and_then(Pid::from_raw);
        pid.is_some_and(|pid| kill_process(pid, signal).is_ok())
    }
}

impl Running {
    async fn ask(&mut self, ask: &Ask) -> Option<Said> {
        let mut line = serde_json::to_vec(ask).ok()?;
        line.push(b'\n');
        self.ask.write_all(&line).await.ok()?;
        self.hear().await
    }

    async fn hear(&mut self) -> Option<Said> {
        let line = tokio::time::timeout(PATIENCE, self.said.next_line()).await;
        serde_json::from_str(&line.ok()?.ok()??).ok()
    }
}
