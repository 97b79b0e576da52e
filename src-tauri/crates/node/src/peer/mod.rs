//! Everything that touches a socket: taking calls, calling, and the links that come of either.

mod alarm;
mod check;
pub(crate) mod door;
mod link;
mod listener;
mod mail;
mod outlet;
mod pace;
mod post;
mod ready;
mod roster;
mod seen;
mod turn;

use std::net::UdpSocket;

use tallystick_core::Chad;

use crate::view::{ConnectionState, ConnectionView, ConnectionWhy, Failure};
use crate::wallet::{Inner, Wallet, held};

pub(crate) use alarm::Alarm;
pub(crate) use door::{Keeper, keep_doors};
pub(crate) use listener::{bind, take_calls};
#[cfg(feature = "sim")]
pub(crate) use mail::Mail;
#[cfg(feature = "sim")]
pub(crate) use outlet::Tried;
pub(crate) use pace::Paces;
pub(crate) use post::{empty_outbox, keep_house};
#[cfg(feature = "sim")]
pub(crate) use post::{released, stamped};
#[cfg(feature = "sim")]
pub(crate) use ready::Ready;
pub(crate) use roster::Roster;
pub(crate) use seen::Seen;
pub(crate) use turn::Ours;
#[cfg(feature = "sim")]
pub(crate) use turn::Turn;

/// What is known about being reached.
#[derive(Debug, Default)]
pub(crate) struct Reach {
    /// `host:port` we listen on.
    pub(crate) listening: Option<std::net::SocketAddr>,
    /// Another program holds our port.
    pub(crate) port_in_use: bool,
    /// Somebody has come in and proven a key.
    pub(crate) reached: bool,
}

impl Wallet {
    /// How reachable this wallet is.
    ///
    /// # Errors
    /// Only faults of the disk.
    pub async fn connection(&self) -> Result<ConnectionView, Failure> {
        let waiting = self.inner.book.read::<_, Failure>(|rows| Ok(rows.waiting_letters()?)).await?;
        let reach = held(&self.inner.reach);
        let (state, why) = match (&reach.listening, reach.reached, reach.port_in_use) {
            (Some(_), true, _) => (ConnectionState::Online, ConnectionWhy::Reached),
            (Some(_), false, _) => (ConnectionState::Online, ConnectionWhy::Listening),
            (None, _, true) => (ConnectionState::Blocked, ConnectionWhy::PortInUse),
            (None, _, false) => (ConnectionState::OutgoingOnly, ConnectionWhy::NotListening),
        };
        Ok(ConnectionView {
            state,
            why,
            listening: reach.listening.map(|address| address.to_string()),
            links: self.inner.roster.count(),
            waiting,
        })
    }
}

impl Inner {
    /// Our address as it is now: the certificate's, with the port we really listen on.
    pub(crate) fn own_chad(&self) -> Chad {
        let chad = self.me.chad();
        let listening = held(&self.reach).listening;
        let host = self.config.advertise.clone().unwrap_or_else(|| match listening {
            Some(address) if !address.ip().is_unspecified() => address.ip().to_string(),
            _ => own_host(),
        });
        let port = listening.map_or(chad.port(), |address| address.port());
        chad.at(&host, port).unwrap_or_else(|_| chad.clone())
    }
}

/// The address by which this computer would leave for elsewhere: what a partner on the same network can call.
///
/// Connecting a UDP socket sends nothing; it only asks the routing table.
pub(crate) fn own_host() -> String {
    let ask = || -> std::io::Result<String> {
        let socket = UdpSocket::bind(("0.0.0.0", 0))?;
        // TEST-NET-1 (RFC 5737): an address that is nobody's.
        socket.connect(("192.0.2.1", 9))?;
        Ok(socket.local_addr()?.ip().to_string())
    };
    ask().unwrap_or_else(|_| "127.0.0.1".to_owned())
}
