//! Waking whoever looks after the outbox: now, or for an instant earlier than the one it sleeps to.

use std::sync::atomic::{AtomicI64, Ordering};

use tokio::sync::Notify;

/// Wakes one sleeper. Instants are the wallet's clock, ms since the Unix epoch.
#[derive(Debug)]
pub(crate) struct Alarm {
    bell: Notify,
    /// Until when the sleeper sleeps; while it is awake, forever, so that nothing it might have overlooked is lost.
    until: AtomicI64,
}

impl Default for Alarm {
    fn default() -> Self {
        Self { bell: Notify::new(), until: AtomicI64::new(i64::MAX) }
    }
}

impl Alarm {
    /// There is something to do now.
    pub(crate) fn ring(&self) {
        self.bell.notify_one();
    }

    /// There will be something to do at this instant.
    pub(crate) fn ring_at(&self, instant: i64) {
        if instant < self.until.load(Ordering::SeqCst) {
            self.bell.notify_one();
        }
    }

    /// The sleeper is awake and looks around. Must come before the look.
    pub(super) fn awake(&self) {
        self.until.store(i64::MAX, Ordering::SeqCst);
    }

    /// The sleeper lies down until an instant, which it must watch itself, or until the bell.
    pub(super) async fn sleep(&self, until: i64) {
        self.until.store(until, Ordering::SeqCst);
        self.bell.notified().await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn wakes(alarm: &Alarm) -> bool {
        tokio::select! {
            biased;
            () = alarm.sleep(100) => true,
            () = std::future::ready(()) => false,
        }
    }

    #[tokio::test]
    async fn only_an_earlier_instant_wakes() {
        let alarm = Alarm::default();
        assert!(!wakes(&alarm).await);

        alarm.ring_at(100);
        assert!(!wakes(&alarm).await);
        alarm.ring_at(99);
        assert!(wakes(&alarm).await);

        assert!(!wakes(&alarm).await);
    }

    #[tokio::test]
    async fn what_comes_while_the_sleeper_looks_around_is_not_lost() {
        let alarm = Alarm::default();
        alarm.awake();

        alarm.ring_at(1_000);

        assert!(wakes(&alarm).await);
    }
}
