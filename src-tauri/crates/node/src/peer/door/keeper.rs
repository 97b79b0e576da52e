//! The doorkeeper at work: it hears of every call, ends those that must go, and has bans written down.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tallystick_core::AgentId;
use tallystick_store::{BanRow, StoreError};
use tokio::sync::Notify;

use super::{Ban, CallId, Door, Effect, Input, Misdeed, Net, Sizes, Standing};
use crate::book::Book;
use crate::config::{Clock, Room};
use crate::wallet::{Inner, held};

/// How often bans are written down at most: a flood of calls must not become a flood of writes.
const WRITE_EVERY: Duration = Duration::from_secs(1);

/// How many are written down at once.
const WRITE_AT_ONCE: usize = 256;

/// How often records are put in order, time having passed over those that nobody touched.
const SWEEP_EVERY: Duration = Duration::from_secs(60);

/// The doorkeeper, shared by the listener and every call.
#[derive(Debug)]
pub(crate) struct Keeper {
    clock: Clock,
    state: Mutex<State>,
    /// Rung when something is to be written down.
    news: Notify,
    /// Messages that had no business on their link.
    dropped: AtomicU64,
}

#[derive(Debug)]
struct State {
    door: Door,
    /// Rung when a call must go.
    out: BTreeMap<CallId, Arc<Notify>>,
}

/// A call that was let in; its place is free again once this is dropped.
#[derive(Debug)]
pub(crate) struct Guest {
    keeper: Arc<Keeper>,
    id: CallId,
    out: Arc<Notify>,
}

impl Keeper {
    /// A doorkeeper who remembers what an earlier run had written down.
    pub(crate) async fn recall(room: Room, clock: Clock, book: &Book) -> Self {
        let keeper = Self::new(room, clock);
        let most = u32::try_from(room.places).unwrap_or(u32::MAX);
        match book.read::<_, StoreError>(move |rows| rows.bans(most)).await {
            Ok(rows) => keeper.remember(rows),
            Err(error) => tracing::error!(%error, "who was turned away cannot be read"),
        }
        keeper
    }

    fn new(room: Room, clock: Clock) -> Self {
        let state = Mutex::new(State { door: Door::new(room), out: BTreeMap::new() });
        Self { clock, state, news: Notify::new(), dropped: AtomicU64::new(0) }
    }

    /// Somebody calls: lets them in, if there is room for them.
    pub(crate) fn knock(self: &Arc<Self>, from: IpAddr) -> Option<Guest> {
        let out = Arc::new(Notify::new());
        let id = self.tell_with(Input::Knock(from), Some(&out))?;
        Some(Guest { keeper: Arc::clone(self), id, out })
    }

    /// Forgives a place, or all.
    pub(crate) fn forgive(&self, net: Option<Net>) {
        self.tell(Input::Forgive(net));
    }

    /// Every place that is turned away now.
    pub(crate) fn banned(&self) -> Vec<Ban> {
        let now = self.clock.now();
        held(&self.state).door.banned(now)
    }

    /// How big everything is.
    pub(crate) fn sizes(&self) -> Sizes {
        held(&self.state).door.sizes()
    }

    /// Counts messages that had no business on their link.
    pub(crate) fn count_dropped(&self, messages: usize) {
        self.dropped.fetch_add(u64::try_from(messages).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    /// How many there were.
    pub(crate) fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }

    fn tell(&self, input: Input) {
        self.tell_with(input, None);
    }

    fn tell_with(&self, input: Input, out: Option<&Arc<Notify>>) -> Option<CallId> {
        let now = self.clock.now();
        let mut state = held(&self.state);
        let mut admitted = None;
        for effect in state.door.handle(input, now) {
            match effect {
                Effect::Admit(id) => {
                    if let Some(out) = out {
                        state.out.insert(id, Arc::clone(out));
                    }
                    admitted = Some(id);
                }
                Effect::Evict(id) => {
                    if let Some(out) = state.out.remove(&id) {
                        out.notify_one();
                    }
                }
                Effect::TurnAway(why) => tracing::debug!(?why, "a call was turned away"),
                Effect::Write => self.news.notify_one(),
            }
        }
        if let Input::Left(id) = input {
            state.out.remove(&id);
        }
        admitted
    }

    fn unwritten(&self) -> Vec<(Net, Option<Ban>)> {
        held(&self.state).door.unwritten(WRITE_AT_ONCE)
    }

    fn remember(&self, rows: Vec<BanRow>) {
        let now = self.clock.now();
        let mut state = held(&self.state);
        for row in rows {
            let why = Misdeed::ALL.into_iter().find(|why| why.as_str() == row.why);
            if let (Ok(net), Some(why)) = (row.place.parse(), why) {
                let ban = Ban { net, since: row.since, until: row.until, bans: row.bans, why };
                state.door.remember(ban, now);
            }
        }
    }
}

impl Guest {
    /// It brought the name of a partner.
    pub(crate) fn named(&self) {
        self.keeper.tell(Input::Step(self.id, Standing::Named));
    }

    /// It is open, to this agent.
    pub(crate) fn opened(&self, agent: AgentId) {
        self.keeper.tell(Input::Step(self.id, Standing::Open));
        self.keeper.tell(Input::Of(self.id, agent));
    }

    /// Its caller has shown to hold the key now.
    pub(crate) fn live(&self) {
        self.keeper.tell(Input::Step(self.id, Standing::Live));
    }

    /// It did wrong.
    pub(crate) fn wrong(&self, what: Misdeed) {
        self.keeper.tell(Input::Wrong(self.id, what));
    }

    /// Waits until its place is needed.
    pub(crate) async fn must_go(&self) {
        self.out.notified().await;
    }
}

impl Drop for Guest {
    fn drop(&mut self) {
        self.keeper.tell(Input::Left(self.id));
    }
}

/// Has bans written down, for as long as the wallet is open: the newest a moment after they were made, and never more
/// than so many a second.
pub(crate) async fn keep_doors(inner: Arc<Inner>) {
    loop {
        let stopped = tokio::select! {
            () = inner.stop.cancelled() => true,
            () = inner.keeper.news.notified() => false,
            () = tokio::time::sleep(SWEEP_EVERY) => {
                inner.keeper.tell(Input::Sweep);
                false
            }
        };
        let most = i64::try_from(inner.config.room.places).unwrap_or(i64::MAX);
        let unwritten = inner.keeper.unwritten();
        let full = unwritten.len() >= WRITE_AT_ONCE;
        if !unwritten.is_empty() {
            let write = inner.book.write::<_, StoreError>(move |rows| {
                for (net, ban) in unwritten {
                    match ban {
                        Some(ban) => rows.put_ban(&BanRow {
                            place: net.to_string(),
                            since: ban.since,
                            until: ban.until,
                            bans: ban.bans,
                            why: ban.why.as_str().to_owned(),
                        })?,
                        None => rows.drop_ban(&net.to_string())?,
                    }
                }
                rows.trim_bans(most)
            });
            if let Err(error) = write.await {
                tracing::error!(%error, "who is turned away cannot be written down");
            }
        }
        if stopped {
            return;
        }
        if full {
            inner.keeper.news.notify_one();
        }
        tokio::select! {
            () = inner.stop.cancelled() => {}
            () = tokio::time::sleep(WRITE_EVERY) => {}
        }
    }
}
