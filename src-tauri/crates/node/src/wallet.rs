//! An open wallet: its keys, its ledger, its links, and everything a person can ask of it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tallystick_core::{AgentId, Certificate};
use tallystick_store::{Findings, Rows};
use tallystick_vault::Unlocked;
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use uuid::Uuid;

use crate::acts::hand_over::Hands;
use crate::acts::repair::look_through;
use crate::acts::{Inspected, Slot};
use crate::book::Book;
use crate::config::Config;
use crate::events::Events;
use crate::lift::Host;
use crate::metrics::Counts;
use crate::peer::{Alarm, Clocks, Keeper, NearbyBells, Ours, Paces, Reach, Roster, Seen, Told};
use crate::view::{Choices, Failure, Happening, IdentityView, ProtectorKind};
use crate::{lift, peer, relay, show};

/// How long closing waits for links and tasks to end by themselves.
const PATIENCE: Duration = Duration::from_secs(5);

/// An open wallet. Clones are the same wallet.
#[derive(Clone)]
pub struct Wallet {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) config: Config,
    pub(crate) keys: Unlocked,
    pub(crate) protector: ProtectorKind,
    pub(crate) book: Book,
    pub(crate) me: Certificate,
    pub(crate) events: Arc<Events>,
    /// Wakes whoever empties the outbox.
    pub(crate) post: Alarm,
    pub(crate) roster: Roster,
    pub(crate) keeper: Arc<Keeper>,
    pub(crate) paces: Paces,
    pub(crate) seen: Seen,
    pub(crate) counts: Counts,
    pub(crate) clocks: Mutex<Clocks>,
    pub(crate) reach: Mutex<Reach>,
    /// Rung when another relay is chosen, or none.
    pub(crate) rechosen: Notify,
    /// The newest list of our places, once partners are told any.
    pub(crate) told: Mutex<Option<Arc<Told>>>,
    /// Rung when the router is to be asked anew.
    pub(crate) router_bell: Notify,
    /// For whoever looks for partners nearby.
    pub(crate) nearby: NearbyBells,
    /// Rung when we may have moved.
    pub(crate) moved: Notify,
    /// Previews of signatures: open, or made.
    pub(crate) slots: Mutex<BTreeMap<Uuid, Slot>>,
    /// Codes that were looked at and could be acted on.
    pub(crate) inspected: Mutex<BTreeMap<Uuid, Inspected>>,
    /// What is being handed over to us.
    pub(crate) hands: Mutex<Hands>,
    /// What lifts need beside the ledger.
    pub(crate) lifts: Host,
    pub(crate) tasks: TaskTracker,
    pub(crate) stop: CancellationToken,
    /// Cancelled once all chains were looked through after opening.
    pub(crate) looked: CancellationToken,
}

impl std::fmt::Debug for Wallet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Wallet").field("agent", &self.inner.agent()).finish_non_exhaustive()
    }
}

impl Inner {
    pub(crate) fn agent(&self) -> AgentId {
        self.me.chad().agent()
    }

    pub(crate) fn now(&self) -> i64 {
        self.config.clock.now()
    }

    /// Runs one act in a transaction; once it is durable, tells what happened and lets letters leave.
    pub(crate) async fn act<T: Send + 'static>(
        self: &Arc<Self>,
        act: impl FnOnce(&Rows<'_>) -> Result<(T, Vec<Happening>), Failure> + Send + 'static,
    ) -> Result<T, Failure> {
        let inner = Arc::clone(self);
        let act = move |rows: &Rows<'_>| {
            let done = act(rows)?;
            Ok::<_, Failure>((done, inner.pack(rows)?))
        };
        let inner = Arc::clone(self);
        let (value, happenings) = self.book.write_then(act, move |mail| inner.dispatch(mail)).await?;
        self.tell(happenings);
        Ok(value)
    }

    /// Whose turn in the ledger it is.
    pub(crate) fn ours(&self) -> Ours<'_> {
        let told = held(&self.told).clone();
        Ours { me: &self.me, told, lifts: Some(&self.lifts), retry: self.config.retry, dice: &Self::dice }
    }

    pub(crate) fn tell(&self, mut happenings: Vec<Happening>) {
        // Tickets on show are waited for; and once for a whole transaction is enough.
        let on_the_page =
            |told: &Happening| matches!(told, Happening::ActivityChanged | Happening::TicketChanged { .. });
        let stirred = happenings.iter().any(on_the_page);
        happenings.retain(|told| *told != Happening::ActivityChanged);
        happenings.extend(stirred.then_some(Happening::ActivityChanged));
        for happening in happenings {
            self.events.tell(happening);
        }
    }

    /// 32 random bits, for spreading pauses; never for secrets.
    pub(crate) fn dice() -> u32 {
        getrandom::u32().unwrap_or(0)
    }
}

/// A lock whose holder never panics half-way through a change.
pub(crate) fn held<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Wallet {
    pub(crate) fn start(
        config: Config,
        keys: Unlocked,
        protector: ProtectorKind,
        book: Book,
        me: Certificate,
        events: Arc<Events>,
        (listener, reach, keeper): (Option<TcpListener>, Reach, Keeper),
    ) -> Self {
        let lifts = Host::new(lift::Keys::of(&keys), me.clone(), config.clearing_every, config.clock.now());
        let inner = Arc::new(Inner {
            lifts,
            keeper: Arc::new(keeper),
            config,
            keys,
            protector,
            book,
            me,
            events,
            post: Alarm::default(),
            paces: Paces::default(),
            seen: Seen::default(),
            counts: Counts::new(),
            clocks: Mutex::default(),
            roster: Roster::default(),
            reach: Mutex::new(reach),
            rechosen: Notify::new(),
            told: Mutex::default(),
            router_bell: Notify::new(),
            nearby: NearbyBells::default(),
            moved: Notify::new(),
            slots: Mutex::default(),
            inspected: Mutex::default(),
            hands: Mutex::default(),
            tasks: TaskTracker::new(),
            stop: CancellationToken::new(),
            looked: CancellationToken::new(),
        });
        inner.tasks.spawn(peer::empty_outbox(Arc::clone(&inner)));
        inner.tasks.spawn(peer::keep_house(Arc::clone(&inner)));
        inner.tasks.spawn(relay::keep_trunk(Arc::clone(&inner)));
        inner.tasks.spawn(peer::keep_told(Arc::clone(&inner)));
        inner.tasks.spawn(peer::keep_router_asked(Arc::clone(&inner)));
        inner.tasks.spawn(peer::keep_looking_nearby(Arc::clone(&inner)));
        inner.tasks.spawn(peer::keep_doors(Arc::clone(&inner)));
        inner.tasks.spawn(peer::keep_time(Arc::clone(&inner)));
        inner.tasks.spawn(look_through(Arc::clone(&inner)));
        inner.tasks.spawn(lift::keep_lifts(Arc::clone(&inner)));
        inner.tasks.spawn(peer::take_calls(Arc::clone(&inner), listener));
        Self { inner }
    }

    /// Who this wallet is.
    pub fn identity(&self) -> IdentityView {
        show::identity(&self.inner)
    }

    /// The person's choices.
    ///
    /// # Errors
    /// Only faults of the disk.
    pub async fn choices(&self) -> Result<Choices, Failure> {
        let text = self.inner.book.read::<_, Failure>(|rows| Ok(rows.choice(CHOICES)?)).await?;
        // A choice of a later version that cannot be read here is no reason to refuse to start.
        Ok(text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default())
    }

    /// Sets the person's choices.
    ///
    /// # Errors
    /// Only faults of the disk.
    pub async fn choose(&self, choices: Choices) -> Result<(), Failure> {
        let text = serde_json::to_string(&choices).map_err(Failure::internal)?;
        self.inner.book.write::<_, Failure>(move |rows| Ok(rows.set_choice(CHOICES, &text)?)).await
    }

    /// Checks every signature, hash and sum of the ledger again.
    ///
    /// # Errors
    /// Only faults of the disk; what is wrong inside the ledger is in the findings.
    pub async fn verify(&self) -> Result<Findings, Failure> {
        // What is damaged is being set aside in a wallet just opened: not to be met half-way.
        self.inner.looked.cancelled().await;
        self.inner.book.read::<_, Failure>(|rows| Ok(rows.verify()?)).await
    }

    pub(crate) async fn shutdown(&self) {
        self.inner.stop.cancel();
        self.inner.tasks.close();
        if tokio::time::timeout(PATIENCE, self.inner.tasks.wait()).await.is_err() {
            tracing::warn!("some tasks did not end in time");
        }
    }
}

const CHOICES: &str = "choices";
