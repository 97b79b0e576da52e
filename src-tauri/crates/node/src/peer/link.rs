//! One link, one task: bytes in and out, the link's machine, and the ledger behind it.

mod effects;
mod turns;

use std::io::ErrorKind;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use bytes::{Buf as _, BytesMut};
use tallystick_core::AgentId;
use tallystick_noise::{
    Address, Effect, FrameError, Header, Input, Link, LinkError, Role, Site, Violation, frame,
};
use tallystick_store::Letter;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::{Notify, mpsc, oneshot};
use tokio::time::Instant;

use super::check::Keys;
use super::door::{Guest, Misdeed};
use super::outlet::Outlet;
use super::ready::Ready;
use super::seen::mark;
use crate::view::{Failure, Happening};
use crate::wallet::Inner;

/// How much is read at once while little comes: most frames are a few hundred bytes, most links are idle.
const READ: usize = 4 * 1024;

/// How much is read at once while much comes.
const READ_MUCH: usize = 64 * 1024;

/// How much may wait to be understood, about: a few of the longest frames.
const UNREAD: usize = 256 * 1024;

/// Messages that share a transaction: enough to spread its flush over a burst, few enough that a person's click need
/// not wait long for the writer.
const TURN: usize = 64;

/// Messages that make half a burst: a wallet lets ten of its chits go unconfirmed at once.
const BURST_HALF: usize = 5;

/// How often it is written down that a partner was heard, in ms.
const HEARD_EVERY: i64 = 1_000;

/// One link at work.
pub(crate) struct LinkTask {
    inner: Arc<Inner>,
    stream: TcpStream,
    link: Link,
    /// Who the caller claims to be and where it says it listens, once it has claimed it.
    claimed: Option<Site>,
    /// What tells the caller's first packet from every other.
    mark: Option<[u8; 16]>,
    call: Option<Call>,
    /// Rung when letters may wait in the outbox.
    bell: Arc<Notify>,
    /// Gives letters that have just been written.
    slot: (mpsc::UnboundedSender<Vec<Letter>>, mpsc::UnboundedReceiver<Vec<Letter>>),
    ready: Ready,
    entry: Option<(AgentId, u64)>,
    address_noted: bool,
    /// The doorkeeper knows that the link is live.
    lived: bool,
    heard_at: i64,
    inbox: BytesMut,
    outlet: Outlet,
    /// Letters may wait in the outbox.
    look: bool,
    keys: Keys,
    /// The peer's messages lead nowhere, and until then it is not listened to.
    rest: Option<Instant>,
    /// Our place at the door; a call of ours needs none.
    guest: Option<Guest>,
}

/// What we called for.
pub(super) struct Call {
    /// Where.
    pub(super) address: Address,
    /// The letter that went with the first frames.
    pub(super) opener: Letter,
    /// Told when the link is open and the letter's delivery is written down.
    pub(super) opened: oneshot::Sender<()>,
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
    #[error("the peer takes no bytes, or says nothing to what it takes")]
    Stuck,
    #[error("its place was needed")]
    Evicted,
    #[error("the ledger failed")]
    Ledger(#[from] Failure),
    #[error("the node is closing")]
    Stopped,
}

/// What a link waited for.
enum Next {
    /// Bytes came; perhaps more than fitted.
    Read { filled: bool },
    /// So many bytes left.
    Wrote(usize),
    /// Letters have just been written.
    Letters(Vec<Letter>),
    /// Letters may wait in the outbox.
    Look,
    /// What was sent wants to be written down.
    Note,
    /// The peer may be listened to again.
    Rested,
    /// The machine's timer.
    Tick,
}

/// Milliseconds of a clock that never runs backwards.
pub(crate) fn monotonic() -> u64 {
    static START: OnceLock<std::time::Instant> = OnceLock::new();
    u64::try_from(START.get_or_init(std::time::Instant::now).elapsed().as_millis()).unwrap_or(u64::MAX)
}

impl LinkTask {
    /// A call that somebody makes to us.
    pub(crate) fn incoming(inner: Arc<Inner>, stream: TcpStream, link: Link, guest: Guest) -> Self {
        Self { guest: Some(guest), ..Self::new(inner, stream, link) }
    }

    /// A call of ours whose first frames are written.
    pub(super) fn outgoing(inner: Arc<Inner>, stream: TcpStream, link: Link, call: Call) -> Self {
        Self { call: Some(call), ..Self::new(inner, stream, link) }
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
            mark: None,
            call: None,
            bell: Arc::default(),
            slot: mpsc::unbounded_channel(),
            ready: Ready::default(),
            entry: None,
            address_noted: false,
            lived: false,
            heard_at: 0,
            inbox: BytesMut::with_capacity(READ),
            outlet: Outlet::default(),
            look: false,
            keys: Keys::default(),
            rest: None,
            guest: None,
        }
    }

    /// Serves the link until it ends.
    pub(crate) async fn run(mut self) {
        let Err(ended) = self.talk().await;
        if let Ended::Link(LinkError::Peer(violation)) = &ended {
            self.wrong(misdeed(violation));
        }
        let agent = self.entry.map(|(agent, _)| agent);
        if agent.is_none() && !matches!(ended, Ended::Stopped) {
            self.inner.counts.failed(self.link.role() == Role::Responder);
        }
        tracing::debug!(?agent, %ended, "a link has ended");
        if let Some((agent, id)) = self.entry {
            self.settle_up(agent).await;
            self.inner.roster.leave(agent, id);
            self.inner.events.tell(Happening::ConnectionChanged);
            // Somebody must carry what this link leaves behind.
            self.inner.post.ring();
        }
        // Whoever waits for a call of ours to open learns from the dropped channel that it did not.
    }

    async fn talk(&mut self) -> Result<std::convert::Infallible, Ended> {
        loop {
            self.frames().await?;
            self.give_out()?;
            match self.next().await? {
                Next::Read { filled } if filled && !self.owes() => self.read_on()?,
                Next::Read { .. } => {}
                Next::Wrote(count) => self.outlet.wrote(count, Instant::now()),
                Next::Letters(letters) => self.ready.handed(letters),
                Next::Look => {
                    self.look = true;
                    self.turn(Vec::new(), false).await?;
                }
                Next::Note => self.turn(Vec::new(), false).await?,
                Next::Rested => self.rest = None,
                Next::Tick => {
                    let effects = self.link.handle(Input::Tick, monotonic())?;
                    self.perform(effects).await?;
                }
            }
        }
    }

    /// Waits for whatever happens next.
    async fn next(&mut self) -> Result<Next, Ended> {
        let open = self.entry.is_some();
        let room = self.outlet.has_room();
        if open && room && self.look {
            return Ok(Next::Look);
        }
        if self.inbox.is_empty() && self.inbox.capacity() > READ_MUCH {
            self.inbox = BytesMut::new();
        }
        self.inbox.reserve(READ);
        let timer = self.link.timer().map(|(_, at)| at);
        let (mut reader, mut writer) = self.stream.split();
        tokio::select! {
            // What we have to say goes first: a peer that hangs up after its last word hears our answer.
            biased;
            () = self.inner.stop.cancelled() => Err(Ended::Stopped),
            () = must_go(self.guest.as_ref()) => Err(Ended::Evicted),
            wrote = writer.write(self.outlet.bytes()), if !self.outlet.bytes().is_empty() => match wrote? {
                0 => Err(Ended::HungUp),
                count => Ok(Next::Wrote(count)),
            },
            Some(letters) = self.slot.1.recv(), if open && room => Ok(Next::Letters(letters)),
            () = until(self.outlet.deadline()) => Err(Ended::Stuck),
            () = until(self.rest) => Ok(Next::Rested),
            read = reader.read_buf(&mut self.inbox), if self.rest.is_none() => match read? {
                0 => Err(Ended::HungUp),
                _ => Ok(Next::Read { filled: self.inbox.len() == self.inbox.capacity() }),
            },
            () = self.bell.notified(), if open => Ok(Next::Look),
            () = until(self.outlet.note_at()), if open => Ok(Next::Note),
            () = until_tick(timer) => Ok(Next::Tick),
        }
    }

    /// Takes in what has come already, without waiting for more: messages that come together are kept together.
    fn read_on(&mut self) -> Result<(), Ended> {
        loop {
            if self.inbox.capacity() - self.inbox.len() < READ_MUCH {
                // It grows by doubling.
                if self.inbox.capacity() >= UNREAD {
                    return Ok(());
                }
                self.inbox.reserve(READ_MUCH);
            }
            match self.stream.try_read_buf(&mut self.inbox) {
                // The end is met again when somebody waits.
                Ok(0) => return Ok(()),
                Ok(_) => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Whether what the peer said of late led nowhere.
    fn owes(&self) -> bool {
        self.peer().is_some_and(|agent| self.inner.paces.owes(agent, &self.inner.config.room, monotonic()))
    }

    /// Understands every whole frame that has come.
    async fn frames(&mut self) -> Result<(), Ended> {
        while self.rest.is_none() {
            let mut said = Vec::new();
            let ended = loop {
                match self.frame() {
                    Ok(Some(effects)) => {
                        let mut rest = Vec::new();
                        for effect in effects {
                            match effect {
                                Effect::Received { payload } => said.push(payload),
                                effect => rest.push(effect),
                            }
                        }
                        if !rest.is_empty() {
                            self.take(std::mem::take(&mut said)).await?;
                            self.perform(rest).await?;
                        }
                        if said.len() >= TURN {
                            break None;
                        }
                    }
                    Ok(None) if said.is_empty() => return Ok(()),
                    Ok(None) => break None,
                    Err(ended) => break Some(ended),
                }
            };
            // What was said before the stream went bad was said all the same.
            self.take(said).await?;
            if let Some(ended) = ended {
                return Err(ended);
            }
        }
        Ok(())
    }

    fn frame(&mut self) -> Result<Option<Vec<Effect>>, Ended> {
        let Some(frame) = frame::parse(&self.inbox).map_err(LinkError::from)? else {
            return Ok(None);
        };
        let consumed = frame.consumed;
        if matches!(frame.header, Header::Ticket | Header::Known) {
            self.mark = mark(frame.body);
        }
        let input = Input::Frame { header: frame.header, body: frame.body };
        let effects = self.link.handle(input, monotonic())?;
        self.outlet.heard();
        self.inbox.advance(consumed);
        Ok(Some(effects))
    }

    /// Who is at the other end: proven on an open link, and about to be answered before.
    fn peer(&self) -> Option<AgentId> {
        self.link.agent().or_else(|| self.claimed.as_ref().map(|site| site.agent))
    }
}

/// What a peer did wrong, as the doorkeeper sees it.
fn misdeed(violation: &Violation) -> Misdeed {
    match violation {
        Violation::Frame(FrameError::TooLong { .. }) => Misdeed::TooLong,
        Violation::BadPacket { .. } => Misdeed::BadPacket,
        Violation::OutOfTurn { .. }
        | Violation::BadCaller(_)
        | Violation::BadName(_)
        | Violation::Frame(_)
        | Violation::Spent => Misdeed::WrongFrame,
    }
}

async fn must_go(guest: Option<&Guest>) {
    match guest {
        Some(guest) => guest.must_go().await,
        None => std::future::pending().await,
    }
}

async fn until(instant: Option<Instant>) {
    match instant {
        Some(at) => tokio::time::sleep_until(at).await,
        None => std::future::pending().await,
    }
}

async fn until_tick(deadline: Option<u64>) {
    match deadline {
        Some(at) => tokio::time::sleep(Duration::from_millis(at.saturating_sub(monotonic()).max(1))).await,
        None => std::future::pending().await,
    }
}
