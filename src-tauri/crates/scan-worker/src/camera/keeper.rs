//! Keeps a worker: starts it, hears it, replaces it, and ends it.

use std::io::BufReader;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use super::watch::{Effect, Input, Watch};
use super::wire::{Ask, News, Trouble, read_news, write_ask};

/// A worker that is kept running. Dropped, it ends the worker: nobody looks any more.
#[derive(Debug)]
pub struct Keeper {
    tell: SyncSender<Said>,
}

#[derive(Debug)]
enum Said {
    /// By the worker of this turn; `None` is its end.
    ByWorker(u32, Option<News>),
    Stop,
}

impl Keeper {
    /// Starts a worker with what `program` makes, and one after it whenever one stops answering. `hear` is called for
    /// what it says, [`None`] meaning that it is being started again; after a [`News::Trouble`] it is over.
    pub fn start(
        program: impl Fn() -> Command + Send + 'static,
        ask: Ask,
        hear: impl FnMut(Option<News>) + Send + 'static,
    ) -> Self {
        // A few frames at most lie here: a worker that is faster waits, and forgets frames.
        let (tell, told) = sync_channel(4);
        let keep =
            Keep { program: Box::new(program), ask, hear: Box::new(hear), tell: tell.clone(), turn: 0 };
        thread::spawn(move || keep.run(&told));
        Self { tell }
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        // An error means that it is over already.
        let _ = self.tell.send(Said::Stop);
    }
}

struct Keep {
    program: Box<dyn Fn() -> Command + Send>,
    ask: Ask,
    hear: Box<dyn FnMut(Option<News>) + Send>,
    tell: SyncSender<Said>,
    turn: u32,
}

impl Keep {
    fn run(mut self, told: &Receiver<Said>) {
        let began = Instant::now();
        let mut watch = Watch::new(Duration::ZERO);
        let mut worker = self.start();
        loop {
            let patience = watch.deadline().saturating_sub(began.elapsed());
            let input = match told.recv_timeout(patience) {
                Ok(Said::Stop) | Err(RecvTimeoutError::Disconnected) => return,
                Ok(Said::ByWorker(turn, _)) if turn != self.turn => continue,
                Ok(Said::ByWorker(_, Some(news))) => Input::Heard(news),
                Ok(Said::ByWorker(_, None)) => Input::Gone,
                Err(RecvTimeoutError::Timeout) => Input::Tick,
            };
            for effect in watch.handle(input, began.elapsed()) {
                match effect {
                    Effect::Replace => {
                        drop(worker.take());
                        worker = self.start();
                    }
                    Effect::End => drop(worker.take()),
                    Effect::TellHealing => (self.hear)(None),
                    Effect::Tell(news) => {
                        let over = matches!(news, News::Trouble(_));
                        (self.hear)(Some(news));
                        if over {
                            return;
                        }
                    }
                }
            }
        }
    }

    /// Starts the next worker. One that cannot be started counts as one that ended.
    fn start(&mut self) -> Option<Worker> {
        self.turn = self.turn.wrapping_add(1);
        let (turn, tell) = (self.turn, self.tell.clone());
        match Worker::start((self.program)(), &self.ask) {
            Ok((worker, out)) => {
                thread::spawn(move || pass_on(out, turn, &tell));
                Some(worker)
            }
            Err(error) => {
                tracing::warn!(%error, "the camera's process does not start");
                thread::spawn(move || {
                    tell.send(Said::ByWorker(turn, Some(News::Trouble(Trouble::NoSupport))))
                });
                None
            }
        }
    }
}

/// A running worker; dropped, it is ended and waited for.
struct Worker {
    child: Child,
}

impl Worker {
    fn start(mut program: Command, ask: &Ask) -> std::io::Result<(Self, ChildStdout)> {
        program.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut worker = Self { child: program.spawn()? };
        let missing = || std::io::Error::other("a pipe of the camera's process is missing");
        let stdin = worker.child.stdin.as_mut().ok_or_else(missing)?;
        // The pipe stays open: its end is how the worker learns that we are gone.
        write_ask(stdin, ask).map_err(std::io::Error::other)?;
        let out = worker.child.stdout.take().ok_or_else(missing)?;
        Ok((worker, out))
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        // It may be gone already. A stopped process is ended by this, too.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn pass_on(out: ChildStdout, turn: u32, tell: &SyncSender<Said>) {
    let mut out = BufReader::with_capacity(BUFFER, out);
    loop {
        let news = match read_news(&mut out) {
            Ok(news) => news,
            Err(error) => {
                tracing::info!(%error, "the camera's process is not understood");
                None
            }
        };
        let last = news.is_none();
        if tell.send(Said::ByWorker(turn, news)).is_err() || last {
            return;
        }
    }
}

const BUFFER: usize = 64 * 1024;
