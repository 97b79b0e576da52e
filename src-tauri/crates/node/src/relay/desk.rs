//! The relay itself: who may use it, its doors, and the trunks of the wallets that are there.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tallystick_core::AgentId;
use tallystick_noise::{AgentSecret, Link};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use zeroize::{Zeroize as _, Zeroizing};

use super::doors::{Caller, Doors, FROM_ONE};
use super::seats::Seats;
use super::trunk::{Ended, News, SILENCE, Trunk};
use crate::peer::monotonic;

/// The file in the relay's folder.
const NAME: &str = "relay.json";

/// Connections to the door for wallets, in all: a person has a few wallets.
const WALLETS: usize = 32;

/// How often it is looked whether somebody has changed the list.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// Callers who were let in and whom the trunk has not taken yet.
const WAITING: usize = 8;

/// A relay that is set up and not running.
pub struct Relay {
    folder: PathBuf,
    kept: Kept,
}

#[derive(Deserialize, Serialize)]
struct Kept {
    /// The agent key's seed, hex. A relay has to start without a person.
    seed: String,
    allowed: Vec<Guest>,
}

impl Drop for Kept {
    fn drop(&mut self) {
        self.seed.zeroize();
    }
}

/// A wallet that may use the relay.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub struct Guest {
    /// Which.
    pub agent: AgentId,
    /// The port at which others call it.
    pub port: u16,
}

/// Why a relay cannot be set up, or cannot serve.
#[derive(Debug, thiserror::Error)]
pub enum RelayError {
    /// Its folder refuses.
    #[error("the relay's folder refuses")]
    Io(#[from] io::Error),
    /// Its file is damaged, or of a later version.
    #[error("the relay's file is damaged")]
    Damaged,
    /// There is no randomness.
    #[error("the system gives no randomness")]
    NoRandomness,
    /// Another wallet has this port already.
    #[error("another wallet has this port")]
    PortTaken,
    /// A port cannot be listened on.
    #[error("nobody can listen on {address}")]
    CannotListen {
        /// Which.
        address: SocketAddr,
        /// Why.
        source: io::Error,
    },
}

impl Relay {
    /// Opens the relay of a folder; makes its key if there is none.
    ///
    /// # Errors
    /// [`RelayError`] when the folder refuses or its file is damaged.
    pub fn open(folder: &Path) -> Result<Self, RelayError> {
        match Self::read(folder) {
            Err(RelayError::Io(error)) if error.kind() == io::ErrorKind::NotFound => {
                let mut seed = Zeroizing::new([0; 32]);
                getrandom::fill(&mut *seed).map_err(|_| RelayError::NoRandomness)?;
                let seed = seed.iter().map(|byte| format!("{byte:02x}")).collect();
                let kept = Kept { seed, allowed: Vec::new() };
                let relay = Self { folder: folder.to_owned(), kept };
                fs::create_dir_all(folder)?;
                relay.keep()?;
                Ok(relay)
            }
            relay => relay,
        }
    }

    fn read(folder: &Path) -> Result<Self, RelayError> {
        let bytes = Zeroizing::new(fs::read(folder.join(NAME))?);
        let kept = serde_json::from_slice(&bytes).map_err(|_| RelayError::Damaged)?;
        let relay = Self { folder: folder.to_owned(), kept };
        relay.secret().map(|_| relay)
    }

    /// The relay's name, by which wallets know that it is this one.
    ///
    /// # Errors
    /// [`RelayError::Damaged`].
    pub fn agent(&self) -> Result<AgentId, RelayError> {
        Ok(self.secret()?.agent_id())
    }

    /// Who may use it.
    pub fn allowed(&self) -> &[Guest] {
        &self.kept.allowed
    }

    /// Lets a wallet use the relay, at this port from now on. A relay that runs notices within seconds.
    ///
    /// # Errors
    /// [`RelayError::PortTaken`]; [`RelayError::Io`].
    pub fn allow(&mut self, guest: Guest) -> Result<(), RelayError> {
        if self.kept.allowed.iter().any(|other| other.port == guest.port && other.agent != guest.agent) {
            return Err(RelayError::PortTaken);
        }
        self.kept.allowed.retain(|other| other.agent != guest.agent);
        self.kept.allowed.push(guest);
        self.keep()
    }

    /// Lets a wallet use it no more. A relay that runs notices within seconds. Gives whether it might before.
    ///
    /// # Errors
    /// [`RelayError::Io`].
    pub fn forbid(&mut self, agent: AgentId) -> Result<bool, RelayError> {
        let before = self.kept.allowed.len();
        self.kept.allowed.retain(|other| other.agent != agent);
        self.keep()?;
        Ok(self.kept.allowed.len() < before)
    }

    fn secret(&self) -> Result<AgentSecret, RelayError> {
        let mut seed = Zeroizing::new([0; 32]);
        let digits = self.kept.seed.as_bytes();
        if digits.len() != 64 || !digits.iter().all(u8::is_ascii_hexdigit) {
            return Err(RelayError::Damaged);
        }
        for (byte, pair) in seed.iter_mut().zip(digits.chunks(2)) {
            let pair = std::str::from_utf8(pair).map_err(|_| RelayError::Damaged)?;
            *byte = u8::from_str_radix(pair, 16).map_err(|_| RelayError::Damaged)?;
        }
        Ok(AgentSecret::from_seed(seed))
    }

    /// Writes the file so that a crash leaves the old one or the new one, for its owner's eyes only.
    fn keep(&self) -> Result<(), RelayError> {
        let next = self.folder.join("relay.new");
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&next)?;
        let text = Zeroizing::new(serde_json::to_vec_pretty(&self.kept).map_err(io::Error::from)?);
        file.write_all(&text)?;
        file.sync_all()?;
        Ok(fs::rename(&next, self.folder.join(NAME))?)
    }

    /// Takes its ports; the first is the one for wallets.
    ///
    /// # Errors
    /// [`RelayError::CannotListen`].
    pub async fn bind(self, listen: SocketAddr) -> Result<Desk, RelayError> {
        let cannot = |port| {
            move |source| RelayError::CannotListen { address: SocketAddr::new(listen.ip(), port), source }
        };
        let wallets = TcpListener::bind(listen).await.map_err(cannot(listen.port()))?;
        let mut doors = Vec::new();
        for guest in &self.kept.allowed {
            let listener = Doors::bind(listen.ip(), *guest).await.map_err(cannot(guest.port))?;
            doors.push((*guest, listener));
        }
        Ok(Desk {
            secret: Arc::new(self.secret()?),
            folder: self.folder.clone(),
            ip: listen.ip(),
            wallets,
            doors,
        })
    }
}

impl std::fmt::Debug for Relay {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Relay").field("folder", &self.folder).finish_non_exhaustive()
    }
}

/// A relay with its ports.
#[derive(Debug)]
pub struct Desk {
    secret: Arc<AgentSecret>,
    folder: PathBuf,
    ip: IpAddr,
    wallets: TcpListener,
    doors: Vec<(Guest, TcpListener)>,
}

impl Desk {
    /// Where wallets call.
    ///
    /// # Errors
    /// What the system says.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.wallets.local_addr()
    }

    /// Serves until `stopped` has ended.
    pub async fn serve(self, stopped: impl Future<Output = ()>) {
        let stop = CancellationToken::new();
        let _stops = stop.clone().drop_guard();
        let served = self.serve_until(stop.clone());
        tokio::pin!(served, stopped);
        tokio::select! {
            () = &mut served => {}
            () = stopped => {
                stop.cancel();
                served.await;
            }
        }
    }

    async fn serve_until(self, stop: CancellationToken) {
        let tasks = TaskTracker::new();
        let doors = Arc::new(Doors::new(self.ip, tasks.clone(), stop.clone()));
        for (guest, listener) in self.doors {
            if let Err(error) = doors.add(guest, listener) {
                tracing::warn!(%error, port = guest.port, "a door cannot be opened");
            }
        }
        let seats = Seats::new(WALLETS, FROM_ONE);
        let mut look = tokio::time::interval(LOOK_EVERY);
        let mut seen = None;
        loop {
            let called = tokio::select! {
                called = call(&self.wallets, &seats, &stop) => called,
                _ = look.tick() => {
                    if let Some(list) = listed(&self.folder) {
                        let news = seen.as_ref() != Some(&list);
                        doors.follow(&list, news).await;
                        seen = Some(list);
                    }
                    continue;
                }
            };
            let Some((stream, _, seat)) = called else { break };
            let idle = u64::try_from(SILENCE.as_millis()).unwrap_or(u64::MAX);
            let link = Link::accept(Arc::clone(&self.secret), monotonic()).idle_after(idle);
            let (known, doors) = (Arc::clone(&doors), Arc::clone(&doors));
            let trunk = Trunk::accepted(stream, link, Box::new(move |agent| known.knows(agent)));
            let stop = stop.clone();
            tasks.spawn(async move {
                let _seat = seat;
                let ended = tokio::select! {
                    () = stop.cancelled() => return,
                    Err(ended) = tend(trunk, &doors) => ended,
                };
                tracing::debug!(%ended, "a trunk has ended");
            });
        }
        tasks.close();
        tasks.wait().await;
    }
}

/// The list as it is on disk. One that cannot be read says nothing, and all stays as it was.
fn listed(folder: &Path) -> Option<Vec<Guest>> {
    match Relay::read(folder) {
        Ok(relay) => Some(relay.allowed().to_vec()),
        Err(error) => {
            tracing::debug!(%error, "the relay's list cannot be read");
            None
        }
    }
}

/// Serves one trunk until it ends.
async fn tend(mut trunk: Trunk, doors: &Doors) -> Result<std::convert::Infallible, Ended> {
    let (put_through, mut callers) = mpsc::channel(WAITING);
    let mut put_through = Some(put_through);
    loop {
        tokio::select! {
            news = trunk.next() => {
                if let News::Live(agent) = news?
                    && let Some(put_through) = put_through.take()
                {
                    // Struck off the list a moment ago: over.
                    let port = doors.put_through(agent, put_through).ok_or(Ended::Closed)?;
                    tracing::info!(%agent, port, "a wallet is there");
                    trunk.welcome(port)?;
                }
            }
            caller = callers.recv() => match caller {
                Some((stream, from, seat)) => trunk.caller(stream, from, seat)?,
                None => return Err(Ended::Closed),
            },
        }
    }
}

/// The next connection for which there is a seat; nothing once all is to stop.
pub(super) async fn call(listener: &TcpListener, seats: &Seats, stop: &CancellationToken) -> Option<Caller> {
    loop {
        let accepted = tokio::select! {
            () = stop.cancelled() => return None,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, from)) => {
                let from = from.ip().to_canonical();
                if let Some(seat) = seats.take(from) {
                    return Some((stream, from, seat));
                }
            }
            Err(error) => {
                tracing::warn!(%error, "a call could not be taken");
                tokio::time::sleep(std::time::Duration::from_millis(200)).await;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_relay_keeps_its_key_and_its_list_and_shows_them_to_nobody() {
        let dir = tempfile::tempdir().expect("a folder");
        let guest = |agent: u8, port| Guest { agent: AgentId::from_bytes([agent; 32]), port };
        let mut relay = Relay::open(dir.path()).expect("made");
        relay.allow(guest(1, 7_001)).expect("kept");
        relay.allow(guest(2, 7_002)).expect("kept");
        assert!(matches!(relay.allow(guest(3, 7_001)), Err(RelayError::PortTaken)));
        relay.allow(guest(1, 7_003)).expect("moved");
        assert!(relay.forbid(guest(2, 0).agent).expect("kept"));

        let again = Relay::open(dir.path()).expect("opened");

        assert_eq!(again.agent().expect("a key"), relay.agent().expect("a key"));
        assert_eq!(again.allowed(), [guest(1, 7_003)]);
        #[cfg(unix)]
        {
            use std::os::unix::fs::MetadataExt as _;
            assert_eq!(fs::metadata(dir.path().join(NAME)).expect("a file").mode() & 0o077, 0);
        }
        fs::write(dir.path().join(NAME), "{}").expect("written");
        assert!(matches!(Relay::open(dir.path()), Err(RelayError::Damaged)));
    }
}
