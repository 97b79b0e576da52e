//! Everything that touches a socket: taking calls, calling, and the links that come of either.

mod alarm;
mod announce;
mod call;
mod check;
mod dial;
pub(crate) mod door;
mod lan;
mod link;
mod listener;
mod mail;
mod outlet;
mod pace;
mod places;
mod post;
mod pulse;
mod reach;
mod ready;
mod roster;
mod router;
mod seen;
mod turn;

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};

use tallystick_core::Chad;
use tallystick_noise::Address;

use crate::view::{ConnectionState, ConnectionView, ConnectionWhy, Failure, ReachVerdict};
use crate::wallet::{Inner, Wallet, held};

pub(crate) use alarm::Alarm;
pub(crate) use announce::{Told, is_about_places, keep_told, take_noted, take_places};
#[cfg(feature = "sim")]
pub(crate) use call::released;
pub(crate) use door::{Keeper, keep_doors};
pub(crate) use lan::{Nearby, NearbyBells, keep_looking_nearby};
pub(crate) use link::monotonic;
pub(crate) use listener::{bind, serve, take_calls};
#[cfg(feature = "sim")]
pub(crate) use mail::Mail;
#[cfg(feature = "sim")]
pub(crate) use outlet::Tried;
pub(crate) use pace::Paces;
pub(crate) use places::{are_near, in_order};
#[cfg(feature = "sim")]
pub(crate) use post::stamped;
pub(crate) use post::{empty_outbox, keep_house};
pub(crate) use pulse::{Clocks, keep_time};
use reach::verdict;
#[cfg(feature = "sim")]
pub(crate) use ready::Ready;
pub(crate) use roster::Roster;
pub(crate) use router::{RouterState, keep_router_asked};
pub(crate) use seen::Seen;
pub(crate) use turn::{Ours, Turn};

/// What is known about being reached.
#[derive(Debug, Default)]
pub(crate) struct Reach {
    /// `host:port` we listen on.
    pub(crate) listening: Option<SocketAddr>,
    /// Addresses of this computer, by which it would leave for elsewhere.
    pub(crate) own: Vec<IpAddr>,
    /// Where a relay of ours makes us reachable at this moment.
    pub(crate) relayed: Option<Address>,
    /// How it stands with the router.
    pub(crate) router: RouterState,
    /// How it stands with partners on the local network.
    pub(crate) nearby: Nearby,
    /// Another program holds our port.
    pub(crate) port_in_use: bool,
    /// When somebody last came in and proved a key, and from where.
    pub(crate) came_in: Option<(i64, IpAddr)>,
}

impl Wallet {
    /// How reachable this wallet is.
    ///
    /// # Errors
    /// Only faults of the disk.
    pub async fn connection(&self) -> Result<ConnectionView, Failure> {
        let waiting = self.inner.book.read::<_, Failure>(|rows| Ok(rows.waiting_letters()?)).await?;
        let reach = held(&self.inner.reach);
        let verdict = verdict(&reach);
        let (state, why) = match verdict {
            ReachVerdict::PortInUse => (ConnectionState::Blocked, ConnectionWhy::PortInUse),
            ReachVerdict::OnlyCalling => (ConnectionState::OutgoingOnly, ConnectionWhy::NotListening),
            ReachVerdict::NoNetwork => (ConnectionState::Offline, ConnectionWhy::NoNetwork),
            _ if reach.came_in.is_some() => (ConnectionState::Online, ConnectionWhy::Reached),
            ReachVerdict::Relayed => (ConnectionState::Online, ConnectionWhy::Relayed),
            _ => (ConnectionState::Online, ConnectionWhy::Listening),
        };
        Ok(ConnectionView {
            state,
            why,
            reach: verdict,
            listening: reach.listening.map(|address| address.to_string()),
            links: self.inner.roster.count(),
            waiting,
            clock: held(&self.inner.clocks).differs(),
        })
    }
}

impl Inner {
    /// Our address as it is now: the certificate's, at the first place where we can be called.
    pub(crate) fn own_chad(&self) -> Chad {
        let chad = self.me.chad();
        let first = self.own_places().into_iter().next();
        let at = first.and_then(|place| chad.at(place.host(), place.port()).ok());
        at.unwrap_or_else(|| chad.clone())
    }

    /// Where partners may call us, the most promising first; nowhere if we neither listen nor have a relay.
    pub(crate) fn own_places(&self) -> Vec<Address> {
        let reach = held(&self.reach);
        let advertised = self.config.advertise.as_deref();
        let opened =
            reach.router.opened_at().and_then(|at| Address::new(&at.ip().to_string(), at.port()).ok());
        let own = reach
            .listening
            .map_or_else(Vec::new, |listening| reachable_at(listening, advertised, &reach.own));
        let relayed = reach.relayed.clone();
        let direct = MOST_OWN - usize::from(relayed.is_some());
        // Last: a way without a detour is better.
        opened.into_iter().chain(own).take(direct).chain(relayed).collect()
    }
}

/// Where a listener can be called: at the host that is advertised, or else at the addresses of this computer that it
/// listens on.
pub(crate) fn reachable_at(listening: SocketAddr, advertised: Option<&str>, own: &[IpAddr]) -> Vec<Address> {
    let ip = listening.ip();
    let hosts: Vec<String> = match advertised {
        Some(host) => vec![host.to_owned()],
        None if !ip.is_unspecified() => vec![ip.to_string()],
        None => {
            let heard = |own: &&IpAddr| own.is_ipv4() || ip.is_ipv6();
            let of_this: Vec<String> = own.iter().filter(heard).map(IpAddr::to_string).collect();
            // Without a network there is nobody to call from elsewhere.
            if of_this.is_empty() { vec![Ipv4Addr::LOCALHOST.to_string()] } else { of_this }
        }
    };
    hosts.iter().filter_map(|host| Address::new(host, listening.port()).ok()).take(MOST_OWN).collect()
}

/// Places that we tell of ourselves.
pub(crate) const MOST_OWN: usize = 8;

/// The addresses by which this computer would leave for elsewhere: what a partner on the same network can call.
///
/// Connecting a UDP socket sends nothing; it only asks the routing table.
pub(crate) fn own_addresses() -> Vec<IpAddr> {
    let ask = |from: IpAddr, nobody: IpAddr| -> std::io::Result<IpAddr> {
        let socket = UdpSocket::bind((from, 0))?;
        socket.connect((nobody, 9))?;
        Ok(socket.local_addr()?.ip())
    };
    // Addresses that are nobody's: TEST-NET-1 (RFC 5737) and the prefix for documentation (RFC 3849).
    let v4 = ask(Ipv4Addr::UNSPECIFIED.into(), Ipv4Addr::new(192, 0, 2, 1).into());
    let v6 = ask(Ipv6Addr::UNSPECIFIED.into(), Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1).into());
    // An address that only means something together with an interface means nothing to others.
    let of_use =
        |ip: &IpAddr| !ip.is_loopback() && !matches!(ip, IpAddr::V6(ip) if ip.is_unicast_link_local());
    let routed: Vec<IpAddr> = v4.into_iter().chain(v6).filter(of_use).collect();
    if !routed.is_empty() {
        return routed;
    }
    // No way to elsewhere; but there may be a network all the same.
    let all = if_addrs::get_if_addrs().unwrap_or_default();
    all.into_iter().map(|one| one.ip()).filter(of_use).take(MOST_OWN).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(listening: &str, advertised: Option<&str>, own: &[&str]) -> Vec<String> {
        let own: Vec<IpAddr> = own.iter().map(|ip| ip.parse().expect("an address")).collect();
        let places = reachable_at(listening.parse().expect("an address"), advertised, &own);
        places.iter().map(Address::to_string).collect()
    }

    #[test]
    fn partners_are_told_of_what_is_really_listened_on() {
        let own = ["192.168.1.5", "2001:db8::5"];
        assert_eq!(told("0.0.0.0:7", None, &own), ["192.168.1.5:7"]);
        assert_eq!(told("[::]:7", None, &own), ["192.168.1.5:7", "[2001:db8::5]:7"]);
        assert_eq!(told("10.0.0.9:7", None, &own), ["10.0.0.9:7"]);
        assert_eq!(told("[::]:7", Some("ana.example"), &own), ["ana.example:7"]);
        assert_eq!(told("0.0.0.0:7", None, &[]), ["127.0.0.1:7"]);
    }
}
