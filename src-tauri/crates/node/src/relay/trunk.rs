//! One trunk at work: the socket, the link on it, and a task for each of its streams.

use std::collections::{BTreeMap, VecDeque};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::{Buf as _, BytesMut};
use tallystick_core::AgentId;
use tallystick_noise::{Answer, Effect as LinkEffect, Input as LinkInput, Link, LinkError, frame};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::{Semaphore, mpsc};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until, timeout};

use super::mux::{Broken, CHUNK, Effect, End, Input, Mux, WINDOW};
use crate::peer::monotonic;

/// How often the wallet lets itself be heard: routers forget a quiet connection after half a minute at the earliest.
const PING: Duration = Duration::from_secs(25);

/// A trunk on which nothing was heard for this long is gone.
pub(super) const SILENCE: Duration = Duration::from_secs(75);

/// A stream's socket that takes no bytes for this long is gone.
const STUCK: Duration = Duration::from_secs(10);

/// Bytes that may wait for the trunk's socket before its streams have to wait.
const OUT: usize = 256 * 1024;

/// How much is read at once.
const READ: usize = 16 * 1024;

/// Why a trunk ended.
#[derive(Debug, thiserror::Error)]
pub(super) enum Ended {
    #[error("the other end hung up")]
    HungUp,
    #[error("nothing was heard for too long")]
    Silent,
    #[error("the link was closed")]
    Closed,
    #[error(transparent)]
    Link(#[from] LinkError),
    #[error(transparent)]
    Broken(#[from] Broken),
    #[error("the connection failed")]
    Io(#[from] std::io::Error),
}

/// What whoever holds the trunk has to know.
#[derive(Debug)]
pub(super) enum News {
    /// Relay: the wallet at the other end is there now, and is this agent.
    Live(AgentId),
    /// Wallet: somebody calls; give the stream a socket.
    Call(u32, IpAddr),
    /// Wallet: the port at which it can be called.
    Welcome(u16),
}

enum ToBranch {
    Bytes(Vec<u8>),
    MaySend(usize),
}

enum FromBranch {
    Bytes(Vec<u8>),
    Took(usize),
    Gone,
}

/// What happened at a stream's socket.
type FromStream = (u32, FromBranch);

type Orders = mpsc::UnboundedReceiver<ToBranch>;

/// Whether this agent may have a trunk.
pub(super) type Allowed = Box<dyn Fn(AgentId) -> bool + Send>;

/// One trunk.
pub(super) struct Trunk {
    stream: TcpStream,
    link: Link,
    end: End,
    mux: Mux,
    allowed: Allowed,
    claimed: Option<AgentId>,
    live: bool,
    inbox: BytesMut,
    out: BytesMut,
    heard: Instant,
    said: Instant,
    news: VecDeque<News>,
    branches: BTreeMap<u32, mpsc::UnboundedSender<ToBranch>>,
    /// Streams that have begun and have no socket yet.
    bare: BTreeMap<u32, Orders>,
    events: mpsc::Receiver<FromStream>,
    up: mpsc::Sender<FromStream>,
    tasks: JoinSet<()>,
}

impl Trunk {
    /// Relay: somebody calls at the port for wallets.
    pub(super) fn accepted(stream: TcpStream, link: Link, allowed: Allowed) -> Self {
        Self::new(stream, link, End::Relay, allowed)
    }

    /// Wallet: the first frames are written.
    pub(super) fn dialed(stream: TcpStream, link: Link) -> Self {
        Self::new(stream, link, End::Wallet, Box::new(|_| false))
    }

    fn new(stream: TcpStream, link: Link, end: End, allowed: Allowed) -> Self {
        let now = Instant::now();
        let (up, events) = mpsc::channel(64);
        // Whatever is said here is waited for.
        let _ = stream.set_nodelay(true);
        Self {
            stream,
            link,
            end,
            mux: Mux::new(end),
            allowed,
            claimed: None,
            live: false,
            inbox: BytesMut::new(),
            out: BytesMut::new(),
            heard: now,
            said: now,
            news: VecDeque::new(),
            branches: BTreeMap::new(),
            bare: BTreeMap::new(),
            events,
            up,
            tasks: JoinSet::new(),
        }
    }

    /// The next thing whoever holds the trunk has to know. Cancel-safe.
    pub(super) async fn next(&mut self) -> Result<News, Ended> {
        loop {
            while let Some(frame) = frame::parse(&self.inbox).map_err(LinkError::from)? {
                let consumed = frame.consumed;
                let input = LinkInput::Frame { header: frame.header, body: frame.body };
                let effects = self.link.handle(input, monotonic())?;
                self.inbox.advance(consumed);
                self.heard = Instant::now();
                self.follow(effects)?;
            }
            if let Some(news) = self.news.pop_front() {
                return Ok(news);
            }
            while self.tasks.try_join_next().is_some() {}
            self.wait().await?;
        }
    }

    async fn wait(&mut self) -> Result<(), Ended> {
        self.inbox.reserve(READ);
        let open = self.link.agent().is_some();
        let deadline = self.link.timer().map(|(_, at)| at.saturating_sub(monotonic()));
        let tick = Instant::now() + deadline.map_or(SILENCE, Duration::from_millis);
        let room = self.out.len() < OUT;
        let (mut reader, mut writer) = self.stream.split();
        tokio::select! {
            wrote = writer.write(&self.out), if !self.out.is_empty() => match wrote? {
                0 => Err(Ended::HungUp),
                count => {
                    self.out.advance(count);
                    Ok(())
                }
            },
            read = reader.read_buf(&mut self.inbox) => match read? {
                0 => Err(Ended::HungUp),
                _ => Ok(()),
            },
            Some((stream, event)) = self.events.recv(), if open && room => {
                let input = match event {
                    FromBranch::Bytes(bytes) => Input::Bytes(stream, bytes),
                    FromBranch::Took(count) => Input::Took(stream, count),
                    FromBranch::Gone => {
                        self.branches.remove(&stream);
                        Input::Gone(stream)
                    }
                };
                self.put(input)
            }
            () = sleep_until(self.said + PING), if open && self.end == End::Wallet => {
                self.said = Instant::now();
                self.put(Input::Ping)
            }
            () = sleep_until(self.heard + SILENCE) => Err(Ended::Silent),
            () = sleep_until(tick), if deadline.is_some() => {
                let effects = self.link.handle(LinkInput::Tick, monotonic())?;
                self.follow(effects)
            }
        }
    }

    /// Relay: tells the wallet its port.
    pub(super) fn welcome(&mut self, port: u16) -> Result<(), Ended> {
        self.put(Input::Welcome(port))
    }

    /// Relay: somebody calls the wallet.
    pub(super) fn caller(
        &mut self,
        stream: TcpStream,
        from: IpAddr,
        seat: impl Send + 'static,
    ) -> Result<(), Ended> {
        let before = self.bare.len();
        self.put(Input::Caller(from))?;
        if self.bare.len() > before
            && let Some(number) = self.bare.last_key_value().map(|(number, _)| *number)
        {
            self.socket(number, stream, seat);
        }
        Ok(())
    }

    /// Gives a stream its socket. The seat is held for as long as the stream lasts.
    pub(super) fn socket(&mut self, number: u32, socket: TcpStream, seat: impl Send + 'static) {
        if let Some(orders) = self.bare.remove(&number) {
            let up = self.up.clone();
            self.tasks.spawn(async move {
                let _seat = seat;
                branch(number, socket, orders, up).await;
            });
        }
    }

    fn put(&mut self, input: Input) -> Result<(), Ended> {
        for effect in self.mux.handle(input)? {
            match effect {
                Effect::Say(message) => {
                    for effect in self.link.handle(LinkInput::Send(&message), monotonic())? {
                        if let LinkEffect::Transmit(bytes) = effect {
                            self.out.extend_from_slice(&bytes);
                        }
                    }
                }
                Effect::Begun(stream, from) => {
                    let (orders, taken) = mpsc::unbounded_channel();
                    self.branches.insert(stream, orders);
                    self.bare.insert(stream, taken);
                    if self.end == End::Wallet {
                        self.news.push_back(News::Call(stream, from));
                    }
                }
                Effect::Deliver(stream, bytes) => self.order(stream, ToBranch::Bytes(bytes)),
                Effect::MaySend(stream, count) => self.order(stream, ToBranch::MaySend(count)),
                Effect::Ended(stream) => {
                    self.branches.remove(&stream);
                    self.bare.remove(&stream);
                }
                Effect::Welcome(port) => self.news.push_back(News::Welcome(port)),
            }
        }
        Ok(())
    }

    /// What waits for a branch is bounded by the window.
    fn order(&self, stream: u32, order: ToBranch) {
        if let Some(branch) = self.branches.get(&stream) {
            // One that has just ended says so next.
            let _ = branch.send(order);
        }
    }

    fn follow(&mut self, effects: Vec<LinkEffect>) -> Result<(), Ended> {
        let mut queue = VecDeque::from(effects);
        while let Some(effect) = queue.pop_front() {
            let answer = match effect {
                LinkEffect::Transmit(bytes) => {
                    self.out.extend_from_slice(&bytes);
                    continue;
                }
                LinkEffect::Caller(site) => {
                    self.claimed = Some(site.agent).filter(|agent| (self.allowed)(*agent));
                    if self.claimed.is_some() { Answer::Recognise } else { Answer::Refuse }
                }
                LinkEffect::First { .. } => self.claimed.map_or(Answer::Refuse, Answer::Accept),
                LinkEffect::Ticket { .. } => Answer::Refuse,
                LinkEffect::Received { payload } => {
                    self.put(Input::Said(payload))?;
                    if let (false, true, Some(agent)) = (self.live, self.link.is_live(), self.link.agent()) {
                        self.live = true;
                        if self.end == End::Relay {
                            self.news.push_back(News::Live(agent));
                        }
                    }
                    continue;
                }
                LinkEffect::Opened => {
                    // The relay connects nobody through before it has heard the wallet itself.
                    if self.end == End::Wallet {
                        self.put(Input::Ping)?;
                    }
                    continue;
                }
                LinkEffect::Closed(_) => return Err(Ended::Closed),
            };
            queue.extend(self.link.handle(LinkInput::Answer(answer), monotonic())?);
        }
        Ok(())
    }
}

/// Carries one stream between its socket and the trunk until either is over.
async fn branch(stream: u32, socket: TcpStream, mut orders: Orders, up: mpsc::Sender<FromStream>) {
    let _ = socket.set_nodelay(true);
    let (mut reader, mut writer) = socket.into_split();
    let credit = Arc::new(Semaphore::new(WINDOW));
    let reading = async {
        let mut buffer = vec![0; CHUNK];
        while let Ok(first) = credit.acquire().await {
            first.forget();
            let more = credit.available_permits().min(CHUNK - 1);
            if let Ok(permits) = credit.try_acquire_many(u32::try_from(more).unwrap_or(0)) {
                permits.forget();
            }
            let count = match reader.read(buffer.get_mut(..=more).unwrap_or_default()).await {
                Ok(0) | Err(_) => return,
                Ok(count) => count,
            };
            credit.add_permits(1 + more - count);
            let bytes = buffer.get(..count).unwrap_or_default().to_vec();
            if up.send((stream, FromBranch::Bytes(bytes))).await.is_err() {
                return;
            }
        }
    };
    let writing = async {
        while let Some(order) = orders.recv().await {
            match order {
                ToBranch::MaySend(count) => credit.add_permits(count),
                ToBranch::Bytes(bytes) => {
                    let wrote = timeout(STUCK, writer.write_all(&bytes)).await;
                    let took = (stream, FromBranch::Took(bytes.len()));
                    if !matches!(wrote, Ok(Ok(()))) || up.send(took).await.is_err() {
                        return;
                    }
                }
            }
        }
    };
    tokio::select! {
        () = reading => {}
        () = writing => {}
    }
    // The trunk may be over as well.
    let _ = up.send((stream, FromBranch::Gone)).await;
}
