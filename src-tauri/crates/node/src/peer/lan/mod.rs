//! Finding partners on the local network, if the person wants it to be tried.
//!
//! Nothing is sent and nothing is listened to unless the person has chosen it. What is found is a place in the address
//! book, and letters that wait are tried there at once; only the handshake proves who it is.

mod machine;
mod packet;

use std::collections::BTreeSet;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use if_addrs::IfAddr;
use socket2::{Domain, Protocol, SockRef, Socket, Type};
use tallystick_core::AgentId;
use tallystick_store::{Rows, Source, StoreError};
use tokio::net::UdpSocket;
use tokio::sync::Notify;
use tokio::time::sleep;

use super::link::monotonic;
use crate::view::{Failure, Happening};
use crate::wallet::{Inner, Wallet, held};
use machine::{Effect, Event, Lan, Net, PORT, Situation};

/// Where wallets speak to whom it may concern (RFC 6762, 3).
const EVERYBODY: Ipv4Addr = Ipv4Addr::new(224, 0, 0, 251);

/// How often it is looked whether this computer is on other networks, or there are other partners.
const LOOK_EVERY: Duration = Duration::from_secs(15);

/// How long to wait before a port that could not be had is tried again.
const TRY_AGAIN: Duration = Duration::from_secs(60);

/// Networks on which something is said: more than a computer has.
const MOST_NETS: usize = 8;

/// How it stands with looking for partners nearby.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Nearby {
    /// The person does not want it.
    #[default]
    Off,
    /// There is nobody to look for.
    NoPartners,
    /// This computer is on no local network.
    NoNetwork,
    /// The computer does not let us listen there.
    Blocked,
    /// We say that we are there and listen for others; so many partners were seen.
    Looking {
        /// Partners seen since it was begun.
        seen: u32,
    },
}

/// By which looking for partners nearby is told what others do.
#[derive(Debug, Default)]
pub(crate) struct NearbyBells {
    /// Rung when the person has chosen, or we may be somewhere else.
    pub(crate) changed: Notify,
    /// Rung when a partner was called in vain.
    pub(crate) missed: Notify,
    /// Partners seen while they were being called elsewhere: that call's end is no reason to wait.
    seen: Mutex<BTreeSet<AgentId>>,
    /// Rung when one more was seen.
    sighting: Notify,
}

impl NearbyBells {
    /// Whether a partner was seen since this was last asked.
    pub(super) fn was_seen(&self, agent: AgentId) -> bool {
        held(&self.seen).remove(&agent)
    }

    /// Waits until a partner is seen.
    pub(super) async fn sighting(&self, agent: AgentId) {
        loop {
            let next = self.sighting.notified();
            tokio::pin!(next);
            // From here on none is missed.
            next.as_mut().enable();
            if self.was_seen(agent) {
                return;
            }
            next.await;
        }
    }
}

/// Looks for partners nearby for as long as the wallet is open and the person wants it.
pub(crate) async fn keep_looking_nearby(inner: Arc<Inner>) {
    while !inner.stop.is_cancelled() {
        if !wanted(&inner).await {
            inner.set_nearby(Nearby::Off);
            tokio::select! {
                () = inner.stop.cancelled() => return,
                () = inner.nearby.changed.notified() => continue,
            }
        }
        tokio::select! {
            () = inner.stop.cancelled() => return,
            () = look(&inner) => {}
        }
    }
}

/// Looks until the person wants it no more.
async fn look(inner: &Arc<Inner>) {
    let mut lan = Lan::new(Arc::clone(inner.keys.agent()));
    let mut ear = None;
    let mut nets = Vec::new();
    loop {
        let situation = situation(inner).await;
        if situation.nets != nets || ear.is_none() {
            nets.clone_from(&situation.nets);
            ear = None;
        }
        let alone = situation.partners.is_empty();
        if ear.is_none() && !nets.is_empty() && !alone {
            ear = match listen(&nets) {
                Ok(socket) => Some(socket),
                Err(error) => {
                    tracing::warn!(%error, "partners nearby cannot be looked for");
                    None
                }
            };
        }
        let Some(ear) = ear.as_ref().filter(|_| !alone) else {
            inner.set_nearby(match () {
                () if alone => Nearby::NoPartners,
                () if nets.is_empty() => Nearby::NoNetwork,
                () => Nearby::Blocked,
            });
            tokio::select! {
                () = inner.nearby.changed.notified() => if !wanted(inner).await { return },
                () = sleep(if alone || nets.is_empty() { LOOK_EVERY } else { TRY_AGAIN }) => {}
            }
            continue;
        };
        perform(inner, ear, lan.handle(Event::Situation(situation), monotonic(), inner.now())).await;
        let again = sleep(LOOK_EVERY);
        tokio::pin!(again);
        loop {
            inner.set_nearby(Nearby::Looking { seen: u32::try_from(lan.found()).unwrap_or(u32::MAX) });
            let event = tokio::select! {
                () = &mut again => break,
                () = inner.nearby.changed.notified() => {
                    if !wanted(inner).await {
                        return;
                    }
                    Event::Again
                }
                () = inner.nearby.missed.notified() => Event::Missed,
                () = sleep_until(lan.wake()) => Event::Tick,
                event = hear(ear, lan.deaf_until(monotonic())) => event,
            };
            perform(inner, ear, lan.handle(event, monotonic(), inner.now())).await;
        }
    }
}

async fn sleep_until(instant: Option<u64>) {
    match instant {
        Some(instant) => sleep(Duration::from_millis(instant.saturating_sub(monotonic()))).await,
        None => std::future::pending().await,
    }
}

/// The next packet; while too much is said, none.
async fn hear(ear: &UdpSocket, deaf_until: Option<u64>) -> Event {
    if deaf_until.is_some() {
        sleep_until(deaf_until).await;
    }
    let mut bytes = vec![0; packet::LONGEST + 1];
    loop {
        match ear.recv_from(&mut bytes).await {
            Ok((length, SocketAddr::V4(from))) => {
                bytes.truncate(length);
                return Event::Heard { from, bytes };
            }
            Ok((_, SocketAddr::V6(_))) => {}
            Err(error) => {
                tracing::debug!(%error, "nothing can be heard on the local network");
                sleep(Duration::from_secs(1)).await;
            }
        }
    }
}

async fn perform(inner: &Arc<Inner>, ear: &UdpSocket, effects: Vec<Effect>) {
    for effect in effects {
        match effect {
            Effect::Say { from, bytes } => {
                let to = SocketAddrV4::new(EVERYBODY, PORT);
                let said = match SockRef::from(ear).set_multicast_if_v4(&from) {
                    Ok(()) => ear.send_to(&bytes, to).await.map(drop),
                    Err(error) => Err(error),
                };
                if let Err(error) = said {
                    tracing::debug!(%error, %from, "nothing can be said on a local network");
                }
            }
            Effect::Found { agent, at } => found(inner, agent, at).await,
        }
    }
}

/// Writes down where a partner says that it is, and tries there what waits for it.
async fn found(inner: &Arc<Inner>, agent: AgentId, at: SocketAddrV4) {
    tracing::info!(%agent, "a partner was seen on the local network");
    let now = inner.now();
    held(&inner.nearby.seen).insert(agent);
    let note = move |rows: &Rows<'_>| {
        rows.learn(agent, &[(at.ip().to_string(), at.port())], Source::Lan, now)?;
        rows.hurry(agent, now)
    };
    if let Err(error) = inner.book.write::<_, StoreError>(note).await {
        tracing::error!(%error, "where a partner was seen cannot be written down");
        return;
    }
    inner.nearby.sighting.notify_waiters();
    inner.summon(agent);
}

/// Listens on these networks.
fn listen(nets: &[Net]) -> io::Result<UdpSocket> {
    let socket = Socket::new(Domain::IPV4, Type::DGRAM, Some(Protocol::UDP))?;
    // Other programs of this computer listen there too.
    socket.set_reuse_address(true)?;
    #[cfg(unix)]
    socket.set_reuse_port(true)?;
    socket.set_nonblocking(true)?;
    // A mark of being from the same link (RFC 6762, 11).
    socket.set_multicast_ttl_v4(255)?;
    socket.bind(&SocketAddr::from((Ipv4Addr::UNSPECIFIED, PORT)).into())?;
    for net in nets {
        socket.join_multicast_v4(&EVERYBODY, &net.ip)?;
    }
    UdpSocket::from_std(socket.into())
}

async fn situation(inner: &Arc<Inner>) -> Situation {
    let partners = match inner.book.read::<_, StoreError>(|rows| rows.partners()).await {
        Ok(partners) => partners,
        Err(error) => {
            tracing::error!(%error, "partners cannot be read");
            Vec::new()
        }
    };
    let listening = held(&inner.reach).listening;
    let interfaces = if_addrs::get_if_addrs().unwrap_or_else(|error| {
        tracing::warn!(%error, "the networks of this computer cannot be listed");
        Vec::new()
    });
    let of_use = interfaces.into_iter().filter(|one| !one.is_loopback() && !one.is_p2p());
    let mut nets: Vec<Net> = of_use
        .filter_map(|one| match one.addr {
            IfAddr::V4(of) => Some(Net { ip: of.ip, mask: of.netmask }),
            IfAddr::V6(_) => None,
        })
        .collect();
    nets.sort_unstable();
    nets.dedup();
    nets.truncate(MOST_NETS);
    let port = listening.filter(|at| !at.ip().is_loopback()).map(|at| at.port());
    // Who listens at one address is not to be found at another.
    if let Some(SocketAddr::V4(at)) = listening.filter(|at| !at.ip().is_unspecified() && port.is_some()) {
        nets.retain(|net| net.ip == *at.ip());
    }
    Situation { port, nets, partners }
}

async fn wanted(inner: &Arc<Inner>) -> bool {
    match inner.book.read::<_, Failure>(|rows| Ok(rows.choice(CHOICE)?.is_some())).await {
        Ok(wanted) => wanted,
        Err(failure) => {
            tracing::error!(%failure, "whether partners may be looked for nearby cannot be read");
            false
        }
    }
}

impl Inner {
    fn set_nearby(&self, state: Nearby) {
        let before = std::mem::replace(&mut held(&self.reach).nearby, state);
        if before != state {
            tracing::info!(?state, "partners nearby");
            self.tell(vec![Happening::ConnectionChanged]);
        }
    }
}

impl Wallet {
    /// As if a partner had said on the local network that it takes calls there.
    #[cfg(feature = "bench")]
    pub async fn seen_nearby(&self, agent: AgentId, at: SocketAddrV4) {
        found(&self.inner, agent, at).await;
    }

    /// Lets partners be looked for on the local network, or not any more. Remembered.
    ///
    /// # Errors
    /// Only faults of the disk.
    pub async fn find_nearby(&self, wanted: bool) -> Result<(), Failure> {
        let set = move |rows: &Rows<'_>| {
            if wanted { rows.set_choice(CHOICE, "wanted") } else { rows.forget_choice(CHOICE) }
        };
        self.inner.book.write::<_, Failure>(move |rows| Ok(set(rows)?)).await?;
        self.inner.nearby.changed.notify_one();
        Ok(())
    }
}

/// The name under which it is remembered that the person wants partners looked for nearby.
pub(crate) const CHOICE: &str = "find nearby";
