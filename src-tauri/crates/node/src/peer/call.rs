//! Calling a partner: at all the places where it may be, until one of them opens a link.

use std::collections::{BTreeMap, BTreeSet};
use std::io::ErrorKind;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use tallystick_core::message::Envelope;
use tallystick_noise::{Address, Link};
use tallystick_store::{How, Letter, Rows, StoreError};
use tokio::io::AsyncWriteExt as _;
use tokio::net::{TcpStream, lookup_host};
use tokio::sync::oneshot;
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::dial::{Dial, Effect, Event, Try};
use super::link::{self, LinkTask, monotonic};
use super::places::{are_near, in_order};
use super::post::{NotSent, stamped};
use crate::config::may_link;
use crate::view::Failure;
use crate::wallet::{Inner, held};

/// How long a name may take to be looked up.
const LOOKUP_PATIENCE: Duration = Duration::from_secs(5);

/// How long a TCP connection may take to be made.
const CONNECT_PATIENCE: Duration = Duration::from_secs(5);

/// How long the peer may take to answer a call: its own limit, and a second for the way.
const OPEN_PATIENCE: Duration = Duration::from_secs(11);

/// Opens a link with this letter as its first message; returns once the partner has taken it.
pub(super) async fn call(inner: &Arc<Inner>, letter: Letter) -> Result<(), NotSent> {
    let places = whereabouts(inner, &letter).await?;
    let payload = stamped(&letter, inner.now())?;
    let partner = letter.partner;
    let mut calling = Calling {
        inner,
        letter,
        released: false,
        payload,
        places,
        work: JoinSet::new(),
        tried: BTreeMap::new(),
        connected: BTreeMap::new(),
        missed: BTreeSet::new(),
    };
    let called = calling.search().await;
    let missed: Vec<Address> =
        calling.missed.iter().filter_map(|place| calling.places.get(*place).cloned()).collect();
    if !missed.is_empty() {
        let now = inner.now();
        let note = move |rows: &Rows<'_>| {
            missed.iter().try_for_each(|place| rows.missed_at(partner, place.host(), place.port(), now))
        };
        // A call is worth no less because its lesson could not be kept.
        if let Err(error) = inner.book.write::<_, StoreError>(note).await {
            tracing::error!(%error, "where a partner was not found cannot be noted");
        }
    }
    called
}

/// What a piece of the search came to.
struct Done {
    event: Event,
    stream: Option<TcpStream>,
    /// A failure that says nothing about the partner: we have no way to such an address.
    ours: bool,
}

impl Done {
    const fn only(event: Event) -> Self {
        Self { event, stream: None, ours: false }
    }
}

/// One search under way. Cancel-safe: dropped, it lets go of everything that has not become a link.
struct Calling<'a> {
    inner: &'a Arc<Inner>,
    letter: Letter,
    /// The letter is written down as having left.
    released: bool,
    payload: Vec<u8>,
    places: Vec<Address>,
    work: JoinSet<Done>,
    /// Which place each try is of.
    tried: BTreeMap<Try, usize>,
    connected: BTreeMap<Try, TcpStream>,
    /// Places where the partner was not.
    missed: BTreeSet<usize>,
}

impl Calling<'_> {
    async fn search(&mut self) -> Result<(), NotSent> {
        let mut dial = Dial::new(self.places.len());
        if self.places.is_empty() {
            return Err(NotSent::NobodyAnswers);
        }
        for (place, address) in self.places.iter().cloned().enumerate() {
            self.work.spawn(async move {
                Done::only(Event::Resolved { place, addresses: look_up(&address).await })
            });
        }
        loop {
            let tick = async {
                match dial.wake() {
                    Some(at) => {
                        tokio::time::sleep(Duration::from_millis(at.saturating_sub(monotonic()))).await
                    }
                    None => std::future::pending().await,
                }
            };
            let done = tokio::select! {
                Some(done) = self.work.join_next() => done.map_err(|_| NotSent::NobodyAnswers)?,
                () = tick => Done::only(Event::Tick),
            };
            let Done { event, stream, ours } = done;
            match (&event, stream) {
                (Event::Connected(id), Some(stream)) => {
                    self.connected.insert(*id, stream);
                }
                (Event::Failed(id), _) if !ours => self.missed.extend(self.tried.get(id)),
                _ => {}
            }
            for effect in dial.handle(event, monotonic()) {
                match effect {
                    Effect::Connect { id, place, address } => self.connect(id, place, address),
                    Effect::Greet(id) => self.greet(id).await?,
                    Effect::Won(id) => {
                        // One of a name's addresses may have failed before another was right.
                        self.tried.get(&id).map(|place| self.missed.remove(place));
                        return Ok(());
                    }
                    Effect::Lost => return Err(NotSent::NobodyAnswers),
                }
            }
        }
    }

    fn connect(&mut self, id: Try, place: usize, address: SocketAddr) {
        self.tried.insert(id, place);
        self.work.spawn(async move {
            if !may_link(address) {
                return Done { ours: true, ..Done::only(Event::Failed(id)) };
            }
            match timeout(CONNECT_PATIENCE, TcpStream::connect(address)).await {
                Ok(Ok(stream)) => Done { stream: Some(stream), ..Done::only(Event::Connected(id)) },
                Ok(Err(error)) => {
                    let ours = error.kind() == ErrorKind::NetworkUnreachable;
                    Done { ours, ..Done::only(Event::Failed(id)) }
                }
                Err(_) => Done::only(Event::Failed(id)),
            }
        });
    }

    /// Sends the first frames to whoever took a connection, and hands the connection to a link of its own.
    async fn greet(&mut self, id: Try) -> Result<(), NotSent> {
        let place = self.tried.get(&id).and_then(|place| self.places.get(*place)).cloned();
        let (Some(mut stream), Some(address)) = (self.connected.remove(&id), place) else {
            self.work.spawn(async move { Done::only(Event::Failed(id)) });
            return Ok(());
        };
        if !self.released {
            self.letter = release(self.inner, self.letter.clone()).await?;
            self.released = true;
        }
        let (link, frames) = self.first_frames()?;
        let (opened, open) = oneshot::channel();
        let call = link::Call { address, opener: self.letter.clone(), opened };
        let inner = Arc::clone(self.inner);
        self.work.spawn(async move {
            if stream.write_all(&frames).await.is_err() {
                return Done::only(Event::Failed(id));
            }
            inner.tasks.spawn(LinkTask::outgoing(Arc::clone(&inner), stream, link, call).run());
            match timeout(OPEN_PATIENCE, open).await {
                Ok(Ok(())) => Done::only(Event::Opened(id)),
                Ok(Err(_)) | Err(_) => Done::only(Event::Failed(id)),
            }
        });
        Ok(())
    }

    fn first_frames(&self) -> Result<(Link, Vec<u8>), NotSent> {
        let (inner, letter) = (self.inner, &self.letter);
        let secret = inner.keys.agent();
        let made = match letter.how {
            How::Ticket => Link::initiate_ticket(secret, &letter.partner, &self.payload, monotonic()),
            How::UntilAnswered | How::Few | How::Once => {
                let own = inner.own_places().into_iter().next();
                Link::initiate(secret, &letter.partner, own.as_ref(), &self.payload, monotonic())
            }
        };
        made.map_err(|error| {
            tracing::warn!(%error, "a call could not be made");
            NotSent::Unreadable
        })
    }
}

/// The addresses of a place, both families.
async fn look_up(place: &Address) -> Vec<SocketAddr> {
    if let Ok(ip) = place.host().parse::<IpAddr>() {
        return vec![SocketAddr::new(ip, place.port())];
    }
    match timeout(LOOKUP_PATIENCE, lookup_host((place.host(), place.port()))).await {
        Ok(Ok(found)) => found.collect(),
        Ok(Err(_)) | Err(_) => Vec::new(),
    }
}

/// Where the partner may be, the most promising first; last of all what the message's own address says.
async fn whereabouts(inner: &Arc<Inner>, letter: &Letter) -> Result<Vec<Address>, NotSent> {
    let partner = letter.partner;
    let known = inner.book.read::<_, Failure>(move |rows| Ok(rows.whereabouts(partner)?)).await?;
    let own: Vec<IpAddr> = held(&inner.reach).own.clone();
    let near = |ip: IpAddr| own.iter().any(|own| are_near(*own, ip));
    let envelope = Envelope::parse(letter.message.as_bytes()).map_err(|_| NotSent::Unreadable)?;
    let mut places: Vec<Address> = Vec::new();
    let known = in_order(known, near).into_iter().map(|place| (place.host, place.port));
    for (host, port) in known.chain([(envelope.to.host().to_owned(), envelope.to.port())]) {
        if let Ok(place) = Address::new(&host, port)
            && !places.contains(&place)
        {
            places.push(place);
        }
    }
    Ok(places)
}

/// Writes down that a letter is about to leave, and gives it if it still waits: it may have been taken back, or
/// replaced, since it was read. From here on it cannot be.
async fn release(inner: &Arc<Inner>, letter: Letter) -> Result<Letter, NotSent> {
    if letter.left {
        return Ok(letter);
    }
    let now = inner.now();
    let released = inner.book.write::<_, Failure>(move |rows| Ok(released(rows, letter, now)?));
    released.await?.ok_or(NotSent::TakenBack)
}

/// Lets go of a letter, and gives it, if it still waits.
pub(crate) fn released(rows: &Rows<'_>, letter: Letter, now: i64) -> Result<Option<Letter>, StoreError> {
    if !rows.still_waits(letter.row)? {
        return Ok(None);
    }
    rows.depart([&letter], now)?;
    Ok(Some(letter))
}
