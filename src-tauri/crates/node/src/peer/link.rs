//! One link, one task: bytes in and out, the link's machine, and the ledger behind it.

use std::collections::VecDeque;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use bytes::{Buf as _, BytesMut};
use tallystick_core::AgentId;
use tallystick_core::message::Envelope;
use tallystick_noise::{
    Address, Answer, Effect, Input, Link, LinkError, Phase, Role, Site, StaticKey, frame,
};
use tallystick_store::Rows;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::{mpsc, oneshot};

use super::limits::Place;
use super::roster::{PARCELS, Parcel};
use crate::receive::{Taken, judge_ticket, knows, receive};
use crate::view::{Failure, Happening};
use crate::wallet::{Inner, held};

/// How much is read at once: most frames are a few hundred bytes.
const READ: usize = 4 * 1024;

/// A peer that takes no bytes for this long is gone.
const WRITE_PATIENCE: Duration = Duration::from_secs(10);

/// One link at work.
pub(crate) struct LinkTask {
    inner: Arc<Inner>,
    stream: TcpStream,
    link: Link,
    /// Who the caller claims to be and where it says it listens, once it has claimed it.
    claimed: Option<Site>,
    /// Told when the link opens: the first message is durably with the peer.
    opened: Option<oneshot::Sender<()>>,
    parcels: (mpsc::Sender<Parcel>, mpsc::Receiver<Parcel>),
    /// Where we called.
    called: Option<Address>,
    entry: Option<(AgentId, u64)>,
    address_noted: bool,
    _place: Option<Place>,
}

/// Why a link ended.
#[derive(Debug, thiserror::Error)]
enum Ended {
    #[error("the peer hung up")]
    HungUp,
    #[error("the machine closed it: {0}")]
    Closed(&'static str),
    #[error(transparent)]
    Link(#[from] LinkError),
    #[error("the connection failed")]
    Io(#[from] std::io::Error),
    #[error("the peer takes no bytes")]
    Stuck,
    #[error("the ledger failed")]
    Ledger(#[from] Failure),
    #[error("the node is closing")]
    Stopped,
}

/// Milliseconds of a clock that never runs backwards.
pub(crate) fn monotonic() -> u64 {
    static START: OnceLock<Instant> = OnceLock::new();
    u64::try_from(START.get_or_init(Instant::now).elapsed().as_millis()).unwrap_or(u64::MAX)
}

impl LinkTask {
    /// A call that somebody makes to us.
    pub(crate) fn incoming(inner: Arc<Inner>, stream: TcpStream, link: Link, place: Place) -> Self {
        Self { _place: Some(place), ..Self::new(inner, stream, link) }
    }

    /// A call of ours whose first frames are written; `opened` is told when the peer has taken the first message.
    pub(crate) fn outgoing(
        inner: Arc<Inner>,
        stream: TcpStream,
        link: Link,
        called: Address,
        opened: oneshot::Sender<()>,
    ) -> Self {
        Self { opened: Some(opened), called: Some(called), ..Self::new(inner, stream, link) }
    }

    fn new(inner: Arc<Inner>, stream: TcpStream, link: Link) -> Self {
        // A message is one small frame and its answer is waited for: holding it back to fill a packet only delays.
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "nodelay was refused");
        }
        Self {
            inner,
            stream,
            link,
            claimed: None,
            opened: None,
            parcels: mpsc::channel(PARCELS),
            called: None,
            entry: None,
            address_noted: false,
            _place: None,
        }
    }

    /// Serves the link until it ends.
    pub(crate) async fn run(mut self) {
        let Err(ended) = self.talk().await;
        let agent = self.entry.map(|(agent, _)| agent);
        tracing::debug!(?agent, %ended, "a link has ended");
        if let Some((agent, id)) = self.entry {
            self.inner.roster.leave(agent, id);
            self.inner.events.tell(Happening::ConnectionChanged);
        }
        // Whoever waits for a parcel learns from the dropped channel that it did not leave.
    }

    async fn talk(&mut self) -> Result<std::convert::Infallible, Ended> {
        let mut buffer = BytesMut::with_capacity(READ);
        loop {
            self.frames(&mut buffer).await?;
            let timer = self.link.timer().map(|(_, at)| at);
            let open = self.link.phase() == Phase::Open;
            buffer.reserve(READ);
            tokio::select! {
                () = self.inner.stop.cancelled() => return Err(Ended::Stopped),
                read = self.stream.read_buf(&mut buffer) => {
                    if read? == 0 {
                        return Err(Ended::HungUp);
                    }
                }
                parcel = self.parcels.1.recv(), if open => {
                    if let Some(parcel) = parcel {
                        self.send(parcel).await?;
                    }
                }
                () = until(timer) => {
                    let effects = self.link.handle(Input::Tick, monotonic())?;
                    self.perform(effects).await?;
                }
            }
        }
    }

    async fn frames(&mut self, buffer: &mut BytesMut) -> Result<(), Ended> {
        loop {
            let Some(frame) = frame::parse(buffer).map_err(LinkError::from)? else {
                return Ok(());
            };
            let consumed = frame.consumed;
            let input = Input::Frame { header: frame.header, body: frame.body };
            let effects = self.link.handle(input, monotonic())?;
            buffer.advance(consumed);
            self.perform(effects).await?;
        }
    }

    async fn send(&mut self, parcel: Parcel) -> Result<(), Ended> {
        match self.link.handle(Input::Send(&parcel.payload), monotonic()) {
            Ok(effects) => {
                self.perform(effects).await?;
                // Nobody may be waiting any more; the frame has left all the same.
                let _ = parcel.sent.send(());
                Ok(())
            }
            Err(error) if error.closes() => Err(error.into()),
            Err(error) => {
                tracing::warn!(%error, "a message could not be sent");
                Ok(())
            }
        }
    }

    async fn perform(&mut self, effects: Vec<Effect>) -> Result<(), Ended> {
        let mut queue = VecDeque::from(effects);
        while let Some(effect) = queue.pop_front() {
            let answer = match effect {
                Effect::Transmit(bytes) => {
                    let write = self.stream.write_all(&bytes);
                    tokio::time::timeout(WRITE_PATIENCE, write).await.map_err(|_| Ended::Stuck)??;
                    continue;
                }
                Effect::Caller(site) => {
                    let agent = site.agent;
                    self.claimed = Some(site);
                    let known =
                        self.inner.book.read::<_, Failure>(move |rows| Ok(knows(rows, agent)?)).await?;
                    if known { Answer::Recognise } else { Answer::Refuse }
                }
                Effect::Ticket { caller, payload } => self.judge(caller, &payload).await?,
                Effect::First { payload } => {
                    let Some(site) = self.claimed.clone() else {
                        return Err(Ended::Closed("a first message from nobody"));
                    };
                    self.take(site.agent, &payload).await?;
                    Answer::Accept(site.agent)
                }
                Effect::Received { payload } => {
                    if let Some(agent) = self.link.agent() {
                        self.take(agent, &payload).await?;
                    }
                    continue;
                }
                Effect::Opened => {
                    self.open().await?;
                    continue;
                }
                Effect::Closed(end) => {
                    return Err(Ended::Closed(match end {
                        tallystick_noise::End::Idle => "idle",
                        tallystick_noise::End::Slow(_) => "slow",
                        tallystick_noise::End::Refused => "refused",
                    }));
                }
            };
            queue.extend(self.link.handle(Input::Answer(answer), monotonic())?);
        }
        Ok(())
    }

    /// A stranger with a ticket: kept in one transaction, or silence.
    async fn judge(&mut self, caller: StaticKey, payload: &[u8]) -> Result<Answer, Ended> {
        let Ok(envelope) = Envelope::parse(payload) else {
            return Ok(Answer::Refuse);
        };
        let inner = Arc::clone(&self.inner);
        let now = inner.now();
        let accepted = self
            .inner
            .act(move |rows| {
                Ok(match judge_ticket(rows, &inner.me, &caller, &envelope, now)? {
                    Some((agent, happenings)) => (Some(agent), happenings),
                    None => (None, Vec::new()),
                })
            })
            .await?;
        Ok(accepted.map_or(Answer::Refuse, Answer::Accept))
    }

    /// One message of a proven partner. What has no business here is dropped; the link stays.
    async fn take(&mut self, agent: AgentId, payload: &[u8]) -> Result<(), Ended> {
        let envelope = match Envelope::parse(payload) {
            Ok(envelope) => envelope,
            Err(error) => {
                tracing::debug!(%agent, %error, "an unreadable message was dropped");
                return Ok(());
            }
        };
        let live = self.link.is_live();
        if let Some((agent, id)) = self.entry.filter(|_| live && !self.address_noted) {
            self.inner.roster.prove(agent, id);
        }
        let address = if self.address_noted { None } else { self.link.proven_address().cloned() };
        self.address_noted |= live;
        let hint = self.claimed.as_ref().filter(|_| !live).and_then(|site| site.address.clone());
        let inner = Arc::clone(&self.inner);
        let now = inner.now();
        let act = move |rows: &Rows<'_>| -> Result<((), Vec<Happening>), Failure> {
            if let Some(address) = address {
                rows.set_peer(agent, address.host(), address.port())?;
            }
            if let Some(hint) = hint {
                rows.hint_peer(agent, hint.host(), hint.port())?;
            }
            if live {
                rows.heard(agent, now)?;
            }
            Ok(match receive(rows, &inner.me, agent, envelope, now)? {
                Taken::Kept(happenings) => ((), happenings),
                Taken::Dropped { why, strike } => {
                    tracing::debug!(%agent, why, strike, "a message was dropped");
                    ((), Vec::new())
                }
            })
        };
        if self.entry.is_some() {
            self.inner.act(act).await?;
        } else {
            self.inner.act_and_wait(act).await?;
        }
        Ok(())
    }

    async fn open(&mut self) -> Result<(), Ended> {
        let Some(agent) = self.link.agent() else {
            return Err(Ended::Closed("open to nobody"));
        };
        let id = self.inner.roster.enter(agent, self.parcels.0.clone(), self.link.is_live());
        self.entry = Some((agent, id));
        if self.link.role() == Role::Responder {
            held(&self.inner.reach).reached = true;
        }
        let called = self.called.take();
        let now = self.inner.now();
        self.inner
            .act(move |rows| {
                // An initiator knows from the answer that the peer lives where it was called.
                if let Some(address) = called {
                    rows.set_peer(agent, address.host(), address.port())?;
                    rows.heard(agent, now)?;
                }
                rows.hurry(agent, now)?;
                Ok::<_, Failure>(((), vec![Happening::ConnectionChanged]))
            })
            .await?;
        if let Some(opened) = self.opened.take() {
            // The caller may have given up waiting; the link serves all the same.
            let _ = opened.send(());
        }
        Ok(())
    }
}

async fn until(deadline: Option<u64>) {
    match deadline {
        Some(at) => tokio::time::sleep(Duration::from_millis(at.saturating_sub(monotonic()).max(1))).await,
        None => std::future::pending().await,
    }
}
