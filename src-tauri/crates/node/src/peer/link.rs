//! One link, one task: bytes in and out, the link's machine, and the ledger behind it.

use std::collections::VecDeque;
use std::io::ErrorKind;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use bytes::{Buf as _, BytesMut};
use tallystick_core::AgentId;
use tallystick_core::message::Envelope;
use tallystick_noise::{
    Address, Answer, Effect, End, FrameError, Header, Input, Link, LinkError, Role, Site, StaticKey,
    Violation, frame,
};
use tallystick_store::{Letter, Rows};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::{Notify, mpsc, oneshot};
use tokio::time::Instant;

use super::check::{Keys, check_all};
use super::door::{Guest, Misdeed};
use super::outlet::Outlet;
use super::post::stamped;
use super::ready::Ready;
use super::roster::Door;
use super::seen::mark;
use super::turn::{Turn, Turned};
use crate::receive::{judge_ticket, knows};
use crate::view::{Failure, Happening};
use crate::wallet::{Inner, held};

/// How much is read at once while little comes: most frames are a few hundred bytes, most links are idle.
const READ: usize = 4 * 1024;

/// How much is read at once while much comes.
const READ_MUCH: usize = 64 * 1024;

/// How much may wait to be understood: a few of the longest frames.
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
                Next::Read { filled } if filled => self.read_on()?,
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
        while self.inbox.len() < UNREAD {
            self.inbox.reserve(READ_MUCH);
            match self.stream.try_read_buf(&mut self.inbox) {
                // The end is met again when somebody waits.
                Ok(0) => return Ok(()),
                Ok(_) => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
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

    async fn perform(&mut self, effects: Vec<Effect>) -> Result<(), Ended> {
        let mut queue = VecDeque::from(effects);
        while let Some(effect) = queue.pop_front() {
            let answer = match effect {
                Effect::Transmit(bytes) => {
                    self.outlet.put(&bytes, Instant::now());
                    continue;
                }
                Effect::Caller(site) => {
                    let agent = site.agent;
                    self.claimed = Some(site);
                    let known =
                        self.inner.book.read::<_, Failure>(move |rows| Ok(knows(rows, agent)?)).await?;
                    match (&self.guest, known) {
                        (Some(guest), true) => guest.named(),
                        (Some(guest), false) => guest.wrong(Misdeed::Unknown),
                        (None, _) => {}
                    }
                    if known { Answer::Recognise } else { Answer::Refuse }
                }
                Effect::Ticket { caller, payload } => {
                    if self.mark.is_none_or(|mark| self.inner.seen.knows(&mark)) {
                        self.replayed()
                    } else {
                        let answer = self.judge(caller, &payload).await?;
                        match answer {
                            Answer::Refuse => self.wrong(Misdeed::BadTicket),
                            // Of two that come at once, one is the replay of the other.
                            Answer::Accept(_)
                                if self.mark.is_none_or(|mark| !self.inner.seen.accept(mark)) =>
                            {
                                return Err(Ended::Closed("replayed"));
                            }
                            Answer::Accept(_) | Answer::Recognise => {}
                        }
                        answer
                    }
                }
                Effect::First { payload } => {
                    let Some(agent) = self.claimed.as_ref().map(|site| site.agent) else {
                        return Err(Ended::Closed("a first message from nobody"));
                    };
                    if self.mark.is_none_or(|mark| !self.inner.seen.accept(mark)) {
                        self.replayed()
                    } else {
                        self.take(vec![payload]).await?;
                        Answer::Accept(agent)
                    }
                }
                Effect::Received { payload } => {
                    self.take(vec![payload]).await?;
                    continue;
                }
                Effect::Opened => {
                    self.open().await?;
                    continue;
                }
                Effect::Closed(end) => {
                    if let End::Slow(_) = end {
                        self.wrong(Misdeed::Slow);
                    }
                    return Err(Ended::Closed(match end {
                        End::Idle => "idle",
                        End::Slow(_) => "slow",
                        End::Refused => "refused",
                    }));
                }
            };
            queue.extend(self.link.handle(Input::Answer(answer), monotonic())?);
        }
        Ok(())
    }

    /// Tells the doorkeeper what the peer did.
    fn wrong(&self, what: Misdeed) {
        if let Some(guest) = &self.guest {
            guest.wrong(what);
        }
    }

    /// A first packet that was accepted before: whoever has it now recorded it.
    fn replayed(&self) -> Answer {
        self.wrong(Misdeed::BadPacket);
        Answer::Refuse
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

    /// Messages of a proven partner. What has no business here is dropped; the link stays.
    async fn take(&mut self, payloads: Vec<Vec<u8>>) -> Result<(), Ended> {
        let Some(agent) = self.peer().filter(|_| !payloads.is_empty()) else {
            return Ok(());
        };
        if self.link.is_live()
            && !std::mem::replace(&mut self.lived, true)
            && let Some(guest) = &self.guest
        {
            guest.live();
        }
        self.inner.counts.heard(payloads.len());
        let (mut said, mut unreadable) = (Vec::with_capacity(payloads.len()), 0);
        for payload in payloads {
            match Envelope::parse(&payload) {
                Ok(envelope) => {
                    if let Some(sent) = envelope.last.as_ref().filter(|_| self.lived) {
                        held(&self.inner.clocks).heard(agent, sent.millis(), self.inner.now());
                    }
                    said.push(envelope);
                }
                Err(error) => {
                    tracing::debug!(%agent, %error, "an unreadable message was dropped");
                    unreadable += 1;
                }
            }
        }
        self.pace(agent, unreadable, 0);
        if said.is_empty() {
            return Ok(());
        }
        // While we keep the first half of a burst, the second is being checked, and once the first is answered its
        // sender has something to do as well.
        let second = said.split_off(said.len().min(BURST_HALF.max(said.len() / 2)));
        let checks = self.keys.checks(&self.inner.book, agent, &said).await;
        let later = self.keys.checks(&self.inner.book, agent, &second).await;
        if second.is_empty() {
            check_all(checks).await;
            return self.turn(said, false).await;
        }
        let (first_checked, second_checked) = (check_all(checks), tokio::spawn(check_all(later)));
        first_checked.await;
        self.turn(said, false).await?;
        // Should it fail, the machine has more to check.
        let _ = second_checked.await;
        self.turn(second, false).await
    }

    /// Who is at the other end: proven on an open link, and about to be answered before.
    fn peer(&self) -> Option<AgentId> {
        self.link.agent().or_else(|| self.claimed.as_ref().map(|site| site.agent))
    }

    /// One transaction: takes what was said, notes what has left, and fetches what leaves next.
    async fn turn(&mut self, said: Vec<Envelope>, opening: bool) -> Result<(), Ended> {
        let Some(agent) = self.peer() else {
            return Ok(());
        };
        let now = self.inner.now();
        let live = self.link.is_live();
        let mut proven = None;
        if live && !self.address_noted {
            if let Some((agent, id)) = self.entry {
                self.inner.roster.prove(agent, id);
            }
            proven = self.link.proven_address().cloned();
            self.address_noted = true;
        }
        let hint = self.claimed.as_ref().filter(|_| !live && !said.is_empty());
        let hint = hint.and_then(|site| site.address.clone());
        let called = self.call.as_ref().filter(|_| opening);
        let reached = called.map(|call| call.address.clone());
        let opener = called.map(|call| call.opener.clone());
        let heard = live && (opening || !said.is_empty()) && now - self.heard_at >= HEARD_EVERY;
        if heard {
            self.heard_at = now;
        }
        let carries = self.entry.is_some_and(|(agent, id)| self.inner.roster.carries(agent, id));
        // What another link carries is not this one's to look for.
        self.look &= carries;
        let in_hand = (self.look && self.outlet.has_room()).then(|| self.outlet.in_hand());
        let looked = in_hand.is_some();
        let tried = self.outlet.take_tried();
        let turn = Turn { agent, now, said, reached, proven, hint, heard, opening, opener, tried, in_hand };
        let open = self.entry.is_some();
        let inner = Arc::clone(&self.inner);
        let act = move |rows: &Rows<'_>| -> Result<_, Failure> {
            let turned = turn.take(rows, &inner.ours())?;
            let mut mail = inner.pack(rows)?;
            if !open {
                mail.leave_to_opening(agent);
            }
            Ok((turned, mail))
        };
        let inner = Arc::clone(&self.inner);
        let turned = self.inner.book.write_then(act, move |mail| inner.dispatch(mail)).await?;
        turned.report(agent);
        self.pace(agent, turned.dropped.len(), turned.idle);
        let Turned { letters, more, happenings, again, failed, .. } = turned;
        self.inner.tell(happenings);
        self.inner.post.ring_at(again.unwrap_or(i64::MAX));
        if let Some(failure) = failed {
            return Err(failure.into());
        }
        if looked {
            self.look = more;
            self.collect();
            self.ready.fetched(letters, more);
        }
        self.give_out()?;
        self.write_now()
    }

    /// Counts messages that were dropped, or answered and led nowhere: too many of them, and the peer must wait.
    fn pace(&mut self, agent: AgentId, dropped: usize, idle: usize) {
        if dropped + idle == 0 {
            return;
        }
        self.inner.keeper.count_dropped(dropped);
        let rest = self.inner.paces.spend(agent, dropped + idle, &self.inner.config.room, monotonic());
        if rest > 0 {
            self.rest = Some(Instant::now() + Duration::from_millis(rest));
        }
    }

    /// Writes what can be written without waiting: the peer should have its answer while we look at its next message.
    fn write_now(&mut self) -> Result<(), Ended> {
        while !self.outlet.bytes().is_empty() {
            match self.stream.try_write(self.outlet.bytes()) {
                Ok(0) => return Err(Ended::HungUp),
                Ok(count) => self.outlet.wrote(count, Instant::now()),
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    /// Takes in what has been handed over.
    fn collect(&mut self) {
        while let Ok(letters) = self.slot.1.try_recv() {
            self.ready.handed(letters);
        }
    }

    /// Puts letters on their way, as far as there is room.
    fn give_out(&mut self) -> Result<(), Ended> {
        self.collect();
        let now = self.inner.now();
        while self.outlet.has_room()
            && let Some(letter) = self.ready.next()
        {
            self.send(letter, now)?;
        }
        Ok(())
    }

    fn send(&mut self, letter: Letter, now: i64) -> Result<(), Ended> {
        let payload = match stamped(&letter, now) {
            Ok(payload) => payload,
            Err(error) => {
                tracing::warn!(%error, "a letter cannot be sent");
                self.outlet.cannot(letter, Instant::now());
                return Ok(());
            }
        };
        match self.link.handle(Input::Send(&payload), monotonic()) {
            Ok(effects) => {
                self.inner.counts.said();
                let frames: Vec<Vec<u8>> = effects
                    .into_iter()
                    .filter_map(
                        |effect| if let Effect::Transmit(bytes) = effect { Some(bytes) } else { None },
                    )
                    .collect();
                self.outlet.post(&frames.concat(), letter, Instant::now());
                Ok(())
            }
            Err(error) if error.closes() => Err(error.into()),
            Err(error) => {
                tracing::warn!(%error, "a message could not be sent");
                self.outlet.cannot(letter, Instant::now());
                Ok(())
            }
        }
    }

    async fn open(&mut self) -> Result<(), Ended> {
        let Some(agent) = self.link.agent() else {
            return Err(Ended::Closed("open to nobody"));
        };
        let door = Door {
            bell: Arc::clone(&self.bell),
            slot: self.slot.0.clone(),
            lying: Arc::clone(self.ready.lying()),
        };
        let id = self.inner.roster.enter(agent, door, self.link.is_live());
        if let Some(guest) = &self.guest {
            guest.opened(agent);
        }
        self.look = true;
        self.entry = Some((agent, id));
        self.inner.counts.opened(self.link.role() == Role::Responder);
        if self.link.role() == Role::Responder {
            let from = self.stream.peer_addr().ok().map(|from| (self.inner.now(), from.ip()));
            held(&self.inner.reach).came_in = from;
        }
        self.turn(Vec::new(), true).await?;
        if !self.inner.roster.carries(agent, id) {
            // What its first message brought about leaves by another link.
            self.inner.summon(agent);
        }
        if let Some(call) = self.call.take() {
            // The caller may have given up waiting; the link serves all the same.
            let _ = call.opened.send(());
        }
        Ok(())
    }

    /// Writes down what a link that has ended did carry, and puts off what it did not.
    async fn settle_up(&mut self, agent: AgentId) {
        let now = self.inner.now();
        let tried = self.outlet.take_tried();
        let broken = !self.outlet.in_hand().is_empty();
        if tried.is_empty() && !broken {
            return;
        }
        let turn = Turn {
            agent,
            now,
            said: Vec::new(),
            reached: None,
            proven: None,
            hint: None,
            heard: false,
            opening: false,
            opener: None,
            tried,
            in_hand: None,
        };
        let inner = Arc::clone(&self.inner);
        let noted = self.inner.book.write(move |rows| {
            let turned = turn.take(rows, &inner.ours())?;
            turned.report(agent);
            if broken {
                rows.put_off(agent, now.saturating_add(inner.config.retry.pause(0, Inner::dice())))?;
            }
            Ok::<_, Failure>(turned)
        });
        match noted.await {
            // Whoever looks after the outbox is woken anyway once this link has left the roster.
            Ok(turned) => self.inner.tell(turned.happenings),
            Err(failure) => tracing::error!(%failure, "what has left could not be noted"),
        }
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
