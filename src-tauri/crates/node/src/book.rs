//! The ledger from asynchronous code: nothing here blocks a worker thread.

use std::sync::Arc;

use tallystick_store::{Ledger, Rows, StoreError};
use tokio::sync::oneshot;

#[derive(Clone, Debug)]
pub(crate) struct Book {
    ledger: Arc<Ledger>,
}

impl Book {
    pub(crate) fn new(ledger: Ledger) -> Self {
        Self { ledger: Arc::new(ledger) }
    }

    /// Runs an act in a transaction and gives its result once that is durable.
    ///
    /// Not cancel-safe in the sense that the act runs to its end even if nobody waits for it any more.
    pub(crate) async fn write<T, E>(
        &self,
        act: impl FnOnce(&Rows<'_>) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        self.write_then(move |rows| act(rows).map(|value| (value, ())), |()| ()).await
    }

    /// Like [`Book::write`], and does something with the second half of the result as soon as it is durable: on the
    /// writer's thread, so in the order of the commits, and so it must not wait for anything.
    pub(crate) async fn write_then<T, M, E>(
        &self,
        act: impl FnOnce(&Rows<'_>) -> Result<(T, M), E> + Send + 'static,
        then: impl FnOnce(M) + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        M: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        let (done, result) = oneshot::channel();
        // The queue is longer than there can be links and commands together, so handing over does not wait.
        self.ledger.write(act, move |outcome| {
            let outcome = outcome.map(|kept| {
                kept.map(|(value, more)| {
                    then(more);
                    value
                })
            });
            drop(done.send(outcome));
        });
        match result.await {
            Ok(Ok(outcome)) => outcome,
            Ok(Err(error)) => Err(error.into()),
            Err(_) => Err(StoreError::Closed.into()),
        }
    }

    /// Answers a question from the last commit.
    pub(crate) async fn read<T, E>(
        &self,
        ask: impl FnOnce(&Rows<'_>) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        let ledger = Arc::clone(&self.ledger);
        match tokio::task::spawn_blocking(move || ledger.read(ask)).await {
            Ok(answer) => answer,
            Err(_) => Err(StoreError::Panicked.into()),
        }
    }
}
