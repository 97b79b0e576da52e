//! The doors of a running relay: one for each wallet that may use it, opened and closed as its list changes.

use std::collections::BTreeMap;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex};

use tallystick_core::AgentId;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::desk::{Guest, call};
use super::mux::MOST_STREAMS;
use super::seats::{Seat, Seats};
use crate::wallet::held;

/// Callers at one door: what one address may hold of a wallet's streams.
pub(super) const FROM_ONE: usize = 8;

/// Somebody at the door of a wallet.
pub(super) type Caller = (TcpStream, IpAddr, Seat);

/// What of one wallet is open.
#[derive(Debug)]
struct Open {
    /// As the list has it; a port of 0 means any.
    guest: Guest,
    /// The port it is really at.
    port: u16,
    /// Closes the door.
    stop: CancellationToken,
    /// Where its callers are put through, while the wallet is there.
    trunk: Option<mpsc::Sender<Caller>>,
}

/// The doors.
#[derive(Debug)]
pub(super) struct Doors {
    ip: IpAddr,
    open: Mutex<BTreeMap<AgentId, Open>>,
    tasks: TaskTracker,
    stop: CancellationToken,
}

impl Doors {
    /// None is open. All close once `stop` is cancelled; `tasks` ends after them.
    pub(super) fn new(ip: IpAddr, tasks: TaskTracker, stop: CancellationToken) -> Self {
        Self { ip, open: Mutex::default(), tasks, stop }
    }

    /// Takes the port of a wallet's door.
    pub(super) async fn bind(ip: IpAddr, guest: Guest) -> io::Result<TcpListener> {
        TcpListener::bind(SocketAddr::new(ip, guest.port)).await
    }

    /// Opens a door.
    pub(super) fn add(self: &Arc<Self>, guest: Guest, listener: TcpListener) -> io::Result<()> {
        let (port, stop) = (listener.local_addr()?.port(), self.stop.child_token());
        let open = Open { guest, port, stop: stop.clone(), trunk: None };
        held(&self.open).insert(guest.agent, open);
        let doors = Arc::clone(self);
        self.tasks.spawn(async move {
            let seats = Seats::new(MOST_STREAMS, FROM_ONE);
            while let Some(caller) = call(&listener, &seats, &stop).await {
                if let Some(Open { trunk: Some(trunk), .. }) = held(&doors.open).get(&guest.agent) {
                    // Without room there, or without a wallet, it is dropped: silence.
                    let _ = trunk.try_send(caller);
                }
            }
        });
        Ok(())
    }

    /// Whether a wallet may use the relay.
    pub(super) fn knows(&self, agent: AgentId) -> bool {
        held(&self.open).contains_key(&agent)
    }

    /// A wallet is there: from now on its callers are put through to this trunk. Gives the port of its door. A trunk of
    /// the same wallet that is still there loses its callers, and so ends.
    pub(super) fn put_through(&self, agent: AgentId, trunk: mpsc::Sender<Caller>) -> Option<u16> {
        let mut open = held(&self.open);
        let door = open.get_mut(&agent)?;
        door.trunk = Some(trunk);
        Some(door.port)
    }

    /// Does as the list says now: closes the doors of wallets that are not on it any more, or at another port, and with
    /// them their trunks; opens the doors of those that are new. A port that is not to be had is tried
    /// again next time, and complained of once: while the list is `news`.
    pub(super) async fn follow(self: &Arc<Self>, list: &[Guest], news: bool) {
        held(&self.open).retain(|agent, open| {
            let stays = list.contains(&open.guest);
            if !stays {
                tracing::info!(%agent, port = open.port, "a door is closed");
                open.stop.cancel();
            }
            stays
        });
        for guest in list.iter().filter(|guest| !self.knows(guest.agent)) {
            let opened = Self::bind(self.ip, *guest).await.and_then(|listener| self.add(*guest, listener));
            match opened {
                Ok(()) => tracing::info!(agent = %guest.agent, port = guest.port, "a door is opened"),
                Err(error) if news => tracing::warn!(%error, port = guest.port, "a door cannot be opened"),
                Err(_) => {}
            }
        }
    }
}
