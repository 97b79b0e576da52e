//! The self-test: what is known about being reached, and what it comes to.

use std::net::{IpAddr, SocketAddr};

use tallystick_store::Rows;

use super::places::{are_near, is_private};
use super::router::{By, RouterState};
use super::{Nearby, Reach, lan, own_addresses, router};
use crate::view::{
    CameFrom, Failure, NearbyAnswer, NearbyView, ReachVerdict, ReachView, RelayView, RouterAnswer,
    RouterMeans, RouterView,
};
use crate::wallet::{Wallet, held};

impl Wallet {
    /// What is known about being reached. Asks nobody.
    ///
    /// # Errors
    /// Only faults of the disk.
    pub async fn reach(&self) -> Result<ReachView, Failure> {
        let inner = &self.inner;
        let newest = held(&inner.told).as_ref().map_or(0, |told| told.number());
        let ask = move |rows: &Rows<'_>| {
            let partners = rows.partners()?;
            let mut know = 0_u32;
            for partner in &partners {
                know += u32::from(rows.peer(*partner)?.noted >= newest);
            }
            let chosen = |name: &str| Ok::<_, Failure>(rows.choice(name)?.is_some());
            let wanted = (chosen(router::CHOICE)?, chosen(lan::CHOICE)?);
            Ok((u32::try_from(partners.len()).unwrap_or(u32::MAX), know, wanted))
        };
        let (partners, partners_who_know, wanted) = inner.book.read::<_, Failure>(ask).await?;
        let places = inner.own_places().iter().map(ToString::to_string).collect();
        let (relay, at) = self.relay().await?;
        let relay = relay.map(|relay| RelayView { relay, at });
        let reach = held(&inner.reach);
        Ok(ReachView {
            relay,
            verdict: verdict(&reach),
            listening: reach.listening.map(|address| address.to_string()),
            places,
            router: router_view(wanted.0, reach.router),
            nearby: nearby_view(wanted.1, reach.nearby),
            came_in_at: reach.came_in.map(|(at, _)| at),
            came_from: reach.came_in.map(|(_, from)| came_from(from, &reach.own)),
            partners,
            partners_who_know,
            tested_at: inner.now(),
        })
    }

    /// Looks again: at this computer's addresses, and at the router if it may be asked. What comes of it is told by
    /// events; gives what is known at once.
    ///
    /// # Errors
    /// Only faults of the disk.
    pub async fn reach_again(&self) -> Result<ReachView, Failure> {
        held(&self.inner.reach).own = own_addresses();
        self.inner.router_bell.notify_one();
        self.inner.moved.notify_one();
        self.inner.nearby.changed.notify_one();
        self.reach().await
    }
}

/// What all that is known comes to.
pub(super) fn verdict(reach: &Reach) -> ReachVerdict {
    let from = reach.came_in.map(|(_, from)| came_from(from, &reach.own));
    let relayed = reach.relayed.is_some();
    let Some(listening) = reach.listening else {
        return match () {
            () if relayed && from == Some(CameFrom::Elsewhere) => ReachVerdict::Reached,
            () if relayed => ReachVerdict::Relayed,
            () if reach.port_in_use => ReachVerdict::PortInUse,
            () => ReachVerdict::OnlyCalling,
        };
    };
    let ip = listening.ip().to_canonical();
    if ip.is_loopback() && !relayed {
        return ReachVerdict::ThisComputer;
    }
    let of_ours: &[IpAddr] = if ip.is_unspecified() { &reach.own } else { &[ip] };
    match reach.router.opened_at() {
        _ if from == Some(CameFrom::Elsewhere) => ReachVerdict::Reached,
        _ if of_ours.is_empty() && !relayed => ReachVerdict::NoNetwork,
        Some(at) if !is_private(at.ip()) => ReachVerdict::RouterOpened,
        // An address of the newer family is no router's to hide, but its firewall's.
        _ if of_ours.iter().any(|own| own.is_ipv4() && !is_private(*own)) => ReachVerdict::OpenInternet,
        _ if relayed => ReachVerdict::Relayed,
        _ => ReachVerdict::SameNetwork,
    }
}

fn came_from(from: IpAddr, own: &[IpAddr]) -> CameFrom {
    let from = from.to_canonical();
    if from.is_loopback() || own.contains(&from) {
        CameFrom::ThisComputer
    } else if own.iter().any(|own| are_near(*own, from)) {
        CameFrom::SameNetwork
    } else {
        CameFrom::Elsewhere
    }
}

fn router_view(wanted: bool, state: RouterState) -> RouterView {
    let (answer, means, at): (_, _, Option<SocketAddr>) = match state {
        RouterState::Unasked => (RouterAnswer::Unasked, None, None),
        RouterState::Asking => (RouterAnswer::Asking, None, None),
        RouterState::Unneeded => (RouterAnswer::Unneeded, None, None),
        RouterState::Refused => (RouterAnswer::Refused, None, None),
        RouterState::NoAnswer => (RouterAnswer::NoAnswer, None, None),
        RouterState::Opened { at, by } => {
            let means = match by {
                By::Pcp => RouterMeans::Pcp,
                By::NatPmp => RouterMeans::NatPmp,
                By::Upnp => RouterMeans::Upnp,
            };
            let inside = is_private(at.ip());
            let answer = if inside { RouterAnswer::OpenedInside } else { RouterAnswer::Opened };
            (answer, Some(means), Some(at))
        }
    };
    RouterView { wanted, answer, means, at: at.map(|at| at.to_string()) }
}

fn nearby_view(wanted: bool, state: Nearby) -> NearbyView {
    let (answer, seen) = match state {
        Nearby::Off => (NearbyAnswer::Off, 0),
        Nearby::NoPartners => (NearbyAnswer::NoPartners, 0),
        Nearby::NoNetwork => (NearbyAnswer::NoNetwork, 0),
        Nearby::Blocked => (NearbyAnswer::Blocked, 0),
        Nearby::Looking { seen } => (NearbyAnswer::Looking, seen),
    };
    NearbyView { wanted, answer, seen }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    fn home() -> Reach {
        let listening = Some("0.0.0.0:7".parse().expect("an address"));
        Reach { listening, own: vec![ip("192.168.1.5")], ..Reach::default() }
    }

    fn opened(at: &str) -> RouterState {
        RouterState::Opened { at: at.parse().expect("an address"), by: By::Pcp }
    }

    #[test]
    fn a_wallet_at_home_is_reached_from_its_network_until_more_is_known() {
        assert_eq!(verdict(&home()), ReachVerdict::SameNetwork);
        let asked = Reach { router: opened("203.0.113.7:7"), ..home() };
        assert_eq!(verdict(&asked), ReachVerdict::RouterOpened);
        let came = Reach { came_in: Some((1, ip("198.51.100.9"))), ..home() };
        assert_eq!(verdict(&came), ReachVerdict::Reached);
    }

    #[test]
    fn a_neighbour_who_came_in_and_a_router_behind_a_router_prove_nothing() {
        let neighbour = Reach { came_in: Some((1, ip("192.168.1.9"))), ..home() };
        assert_eq!(verdict(&neighbour), ReachVerdict::SameNetwork);
        let behind = Reach { router: opened("10.0.0.7:7"), ..home() };
        assert_eq!(verdict(&behind), ReachVerdict::SameNetwork);
        assert_eq!(router_view(true, behind.router).answer, RouterAnswer::OpenedInside);
    }

    #[test]
    fn a_relay_takes_calls_for_who_could_not_be_called_otherwise() {
        let relayed = || tallystick_noise::Address::new("relay.example", 7_001).ok();
        let here = Reach { relayed: relayed(), ..home() };
        assert_eq!(verdict(&here), ReachVerdict::Relayed);
        let calls_only = Reach { listening: None, port_in_use: true, relayed: relayed(), ..home() };
        assert_eq!(verdict(&calls_only), ReachVerdict::Relayed);
        let came = Reach { came_in: Some((1, ip("198.51.100.9"))), ..calls_only };
        assert_eq!(verdict(&came), ReachVerdict::Reached);
        // A way without a detour is better, and is said first.
        let opened = Reach { router: opened("203.0.113.7:7"), relayed: relayed(), ..home() };
        assert_eq!(verdict(&opened), ReachVerdict::RouterOpened);
    }

    #[test]
    fn whoever_cannot_be_called_is_told_why() {
        assert_eq!(verdict(&Reach { listening: None, ..home() }), ReachVerdict::OnlyCalling);
        assert_eq!(verdict(&Reach { listening: None, port_in_use: true, ..home() }), ReachVerdict::PortInUse);
        assert_eq!(verdict(&Reach { own: Vec::new(), ..home() }), ReachVerdict::NoNetwork);
        let alone = Some("127.0.0.1:7".parse().expect("an address"));
        assert_eq!(verdict(&Reach { listening: alone, ..home() }), ReachVerdict::ThisComputer);
        assert_eq!(verdict(&Reach { own: vec![ip("203.0.113.5")], ..home() }), ReachVerdict::OpenInternet);
    }
}
