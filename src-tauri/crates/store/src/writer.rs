//! The one thread that writes.
//!
//! Acts that wait together share a transaction, so that a burst costs one flush to disk and not one each. Each act has
//! a savepoint of its own: a refused one leaves no trace, its neighbours are not touched.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;

use rusqlite::{Connection, TransactionBehavior};

use crate::desk::Desk;
use crate::error::StoreError;
use crate::rows::Rows;

/// Acts in one transaction: enough to spread a flush over a burst, few enough that nobody waits long.
const GROUP: usize = 64;

/// Acts that may wait: a peer that floods us must wait in its socket, not in our memory.
const QUEUE: usize = 1024;

/// What to tell the asker once the transaction's fate is known.
type Finish = Box<dyn FnOnce(Result<(), StoreError>) + Send>;

/// One act: whether it wants to be kept, and how to report.
type Act = Box<dyn FnOnce(&Rows<'_>) -> (bool, Finish) + Send>;

#[derive(Debug)]
pub(crate) struct Writer {
    acts: Option<SyncSender<Act>>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    pub(crate) fn start(conn: Connection) -> Result<Self, std::io::Error> {
        let (acts, queue) = sync_channel(QUEUE);
        let thread = std::thread::Builder::new().name("ledger".into()).spawn(move || serve(conn, &queue))?;
        Ok(Self { acts: Some(acts), thread: Some(thread) })
    }

    pub(crate) fn submit<T, E>(
        &self,
        act: impl FnOnce(&Rows<'_>) -> Result<T, E> + Send + 'static,
        done: impl FnOnce(Result<Result<T, E>, StoreError>) + Send + 'static,
    ) where
        T: Send + 'static,
        E: Send + 'static,
    {
        let boxed: Act = Box::new(move |rows| match catch_unwind(AssertUnwindSafe(|| act(rows))) {
            Ok(outcome) => {
                let keep = outcome.is_ok();
                let finish: Finish = Box::new(move |committed| {
                    done(match (outcome, committed) {
                        (Ok(value), Ok(())) => Ok(Ok(value)),
                        (Ok(_), Err(error)) => Err(error),
                        (Err(refusal), _) => Ok(Err(refusal)),
                    });
                });
                (keep, finish)
            }
            Err(_) => (false, Box::new(move |_| done(Err(StoreError::Panicked)))),
        });
        if let Some(acts) = &self.acts {
            // A closed queue drops the act, and with it the asker's reply channel: the asker hears "closed".
            drop(acts.send(boxed));
        }
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.acts = None;
        // The last act may hold the last handle: the thread that drops it is then the writer's own, and only ends.
        let own = |thread: &JoinHandle<()>| thread.thread().id() == std::thread::current().id();
        if let Some(thread) = self.thread.take().filter(|thread| !own(thread)) {
            drop(thread.join());
        }
    }
}

fn serve(mut conn: Connection, queue: &Receiver<Act>) {
    let desk = Desk::default();
    while let Ok(first) = queue.recv() {
        let group = std::iter::once(first).chain(queue.try_iter().take(GROUP - 1)).collect();
        let mut finishes = Vec::new();
        let committed = run_group(&mut conn, &desk, group, &mut finishes);
        if let Err(error) = &committed {
            desk.lay_down();
            tracing::error!(%error, "a transaction was lost");
        }
        for finish in finishes {
            finish(if committed.is_ok() { Ok(()) } else { Err(StoreError::NotCommitted) });
        }
    }
    // Fold the log into the file, so that a copy of the profile is one whole file.
    if let Err(error) = conn.execute_batch("pragma wal_checkpoint(truncate)") {
        tracing::warn!(%error, "the log could not be folded into the ledger");
    }
}

fn run_group(
    conn: &mut Connection,
    desk: &Desk,
    group: Vec<Act>,
    finishes: &mut Vec<Finish>,
) -> Result<(), rusqlite::Error> {
    let mut transaction = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let alone = group.len() == 1;
    for act in group {
        desk.clear_mail();
        if alone {
            // An act without neighbours is undone with the whole transaction.
            let rows = Rows::of_writer(&transaction, desk);
            let (keep, finish) = act(&rows);
            finishes.push(finish);
            if keep {
                rows.keep_loose()?;
                break;
            }
            desk.lay_down();
            return transaction.rollback();
        }
        let savepoint = transaction.savepoint()?;
        let rows = Rows::of_writer(&savepoint, desk);
        let (keep, finish) = act(&rows);
        finishes.push(finish);
        if keep {
            rows.keep_loose()?;
            savepoint.commit()?;
        } else {
            desk.lay_down();
            savepoint.finish()?;
        }
    }
    transaction.commit()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::mpsc::channel;

    use zeroize::Zeroizing;

    use crate::{Ledger, StoreError};

    #[test]
    fn the_last_handle_may_be_dropped_by_an_act() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("ledger.db");
        let ledger = Arc::new(Ledger::open(&path, Zeroizing::new([1; 32])).expect("opens"));
        let (go, wait) = channel::<()>();
        let (send, receive) = channel();

        let held = Arc::clone(&ledger);
        let act = move |_: &crate::Rows<'_>| {
            wait.recv().expect("told to go on");
            drop(held);
            Ok::<_, StoreError>(())
        };
        ledger.write(act, move |result| send.send(result).expect("the test listens"));
        drop(ledger);
        go.send(()).expect("the act waits");

        assert!(matches!(receive.recv().expect("an answer"), Ok(Ok(()))));
        assert!(Ledger::open(&path, Zeroizing::new([1; 32])).is_ok());
    }
}
