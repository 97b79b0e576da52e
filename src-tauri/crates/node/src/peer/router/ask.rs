//! The three ways to ask a router: PCP and NAT-PMP at the gateway, UPnP by asking around.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::num::NonZeroU16;
use std::time::Duration;

use crab_nat::{
    InternetProtocol, MappingFailure, PortMapping, PortMappingOptions, PortMappingType, TimeoutConfig,
    natpmp, pcp,
};
use igd_next::aio::Gateway;
use igd_next::aio::tokio::{Tokio, search_gateway};
use igd_next::{AddPortError, PortMappingProtocol, SearchOptions};

/// A gateway on the local network answers within milliseconds; three tries make up for lost packets.
const TIMES: TimeoutConfig =
    TimeoutConfig { initial_timeout: Duration::from_millis(250), max_retries: 2, max_retry_timeout: None };

/// How long routers may take to answer a question asked around.
const SEARCH: Duration = Duration::from_secs(4);

/// What stands in the router's own list, for whoever looks at it.
const NAME: &str = "tallystick wallet";

/// How a router was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum By {
    /// Port Control Protocol, RFC 6887.
    Pcp,
    /// NAT Port Mapping Protocol, RFC 6886.
    NatPmp,
    /// UPnP Internet Gateway Device.
    Upnp,
}

/// What a router answered.
#[derive(Debug)]
pub(crate) enum Asked {
    Opened(Box<Opening>),
    Refused,
    NoAnswer,
}

/// A way in that a router has opened.
#[derive(Debug)]
pub(crate) struct Opening {
    local: SocketAddr,
    at: SocketAddr,
    life: Duration,
    how: How,
}

#[derive(Debug)]
enum How {
    Gateway(PortMapping),
    Upnp(Gateway<Tokio>),
}

impl Opening {
    /// Who is called.
    pub(super) const fn local(&self) -> SocketAddr {
        self.local
    }

    /// Where callers come in.
    pub(super) const fn at(&self) -> SocketAddr {
        self.at
    }

    pub(super) fn by(&self) -> By {
        match &self.how {
            How::Upnp(_) => By::Upnp,
            How::Gateway(mapping) => match mapping.mapping_type() {
                PortMappingType::NatPmp => By::NatPmp,
                PortMappingType::Pcp { .. } => By::Pcp,
            },
        }
    }

    /// How long it stays open.
    pub(super) const fn life(&self) -> Duration {
        self.life
    }

    /// Asks for it to stay open.
    pub(super) async fn renew(self, life: u32) -> Asked {
        match self.how {
            How::Gateway(mut mapping) => match mapping.renew().await {
                Ok(()) => with_outside(self.local, mapping).await,
                // It may have forgotten all, or be another one by now.
                Err(_) => open(self.local, life).await,
            },
            How::Upnp(gateway) => match by_upnp_at(&gateway, self.local, self.at.port(), life).await {
                Some((at, life)) => {
                    Asked::Opened(Box::new(Self { local: self.local, at, life, how: How::Upnp(gateway) }))
                }
                None => open(self.local, life).await,
            },
        }
    }

    /// Takes it back. What cannot be taken back ends by itself.
    pub(super) async fn close(self) {
        let closed = match self.how {
            How::Gateway(mapping) => mapping.try_drop().await.map_err(|(error, _)| error.to_string()),
            How::Upnp(gateway) => {
                let closed = gateway.remove_port(PortMappingProtocol::TCP, self.at.port()).await;
                closed.map_err(|error| error.to_string())
            }
        };
        if let Err(error) = closed {
            tracing::debug!(error, "the router did not take its opening back");
        }
    }
}

/// Asks whatever router there is to send callers to `local`, for `life` seconds: at the same port, if it is free.
pub(super) async fn open(local: SocketAddr, life: u32) -> Asked {
    let at_gateway = match default_gateway() {
        Some(gateway) => at_gateway(gateway, local, life).await,
        None => Asked::NoAnswer,
    };
    if matches!(at_gateway, Asked::Opened(_)) {
        return at_gateway;
    }
    let by_upnp = by_upnp(local, life).await;
    // Whoever answered at all, if only with a no, is the router.
    if matches!(by_upnp, Asked::NoAnswer) { at_gateway } else { by_upnp }
}

async fn at_gateway(gateway: Ipv4Addr, local: SocketAddr, life: u32) -> Asked {
    let Some(port) = NonZeroU16::new(local.port()) else {
        return Asked::NoAnswer;
    };
    let options = PortMappingOptions {
        external_port: Some(port),
        lifetime_seconds: Some(life),
        timeout_config: Some(TIMES),
    };
    let tcp = InternetProtocol::Tcp;
    let mut asked = PortMapping::new(gateway.into(), local.ip(), tcp, port, options).await;
    if matches!(asked, Err(MappingFailure::Pcp(pcp::Failure::Timeout))) {
        // Some that know only the older protocol do not answer the newer.
        let older = natpmp::port_mapping(gateway.into(), tcp, port, options).await;
        asked = older.map_err(MappingFailure::from);
    }
    match asked {
        Ok(mapping) => with_outside(local, mapping).await,
        Err(
            MappingFailure::Pcp(pcp::Failure::Timeout | pcp::Failure::Socket(_))
            | MappingFailure::NatPmp(natpmp::Failure::Timeout | natpmp::Failure::Socket(_)),
        ) => Asked::NoAnswer,
        Err(error) => {
            tracing::info!(%error, "the gateway opens nothing");
            Asked::Refused
        }
    }
}

/// Finds out the router's own address, which only the newer protocol tells at once.
async fn with_outside(local: SocketAddr, mapping: PortMapping) -> Asked {
    let outside = match mapping.mapping_type() {
        PortMappingType::Pcp { external_ip, .. } => external_ip.to_canonical(),
        PortMappingType::NatPmp => match natpmp::external_address(mapping.gateway(), Some(TIMES)).await {
            Ok(outside) => IpAddr::V4(outside),
            Err(error) => {
                tracing::info!(%error, "the gateway does not tell its address");
                return Asked::Refused;
            }
        },
    };
    Asked::Opened(Box::new(Opening {
        local,
        at: SocketAddr::new(outside, mapping.external_port().get()),
        life: Duration::from_secs(mapping.lifetime().into()),
        how: How::Gateway(mapping),
    }))
}

async fn by_upnp(local: SocketAddr, life: u32) -> Asked {
    let mut options = SearchOptions::default();
    options.bind_addr = SocketAddr::new(local.ip(), 0);
    options.timeout = Some(SEARCH);
    let gateway = match search_gateway(options).await {
        Ok(gateway) => gateway,
        Err(error) => {
            tracing::debug!(%error, "no UPnP gateway");
            return Asked::NoAnswer;
        }
    };
    match by_upnp_at(&gateway, local, local.port(), life).await {
        Some((at, life)) => Asked::Opened(Box::new(Opening { local, at, life, how: How::Upnp(gateway) })),
        None => Asked::Refused,
    }
}

/// Where callers come in, and for how long.
async fn by_upnp_at(
    gateway: &Gateway<Tokio>,
    local: SocketAddr,
    wanted: u16,
    life: u32,
) -> Option<(SocketAddr, Duration)> {
    let tcp = PortMappingProtocol::TCP;
    let outside = match gateway.get_external_ip().await {
        Ok(outside) => outside,
        Err(error) => {
            tracing::info!(%error, "the gateway does not tell its address");
            return None;
        }
    };
    let port = match gateway.add_port(tcp, wanted, local, life, NAME).await {
        Ok(()) => Ok(wanted),
        // One that keeps no time keeps it until it is told otherwise, or restarted.
        Err(AddPortError::OnlyPermanentLeasesSupported) => gateway
            .add_port(tcp, wanted, local, 0, NAME)
            .await
            .map(|()| wanted)
            .map_err(|error| error.to_string()),
        Err(AddPortError::PortInUse) => {
            gateway.add_any_port(tcp, local, life, NAME).await.map_err(|error| error.to_string())
        }
        Err(error) => Err(error.to_string()),
    };
    match port {
        Ok(port) => Some((SocketAddr::new(outside, port), Duration::from_secs(life.into()))),
        Err(error) => {
            tracing::info!(error, "the gateway opens nothing");
            None
        }
    }
}

/// The router that packets for elsewhere go to, where the system tells it.
fn default_gateway() -> Option<Ipv4Addr> {
    parse_routes(&std::fs::read_to_string("/proc/net/route").ok()?)
}

/// Reads Linux's table of routes: the gateway of the first one that leads everywhere.
fn parse_routes(table: &str) -> Option<Ipv4Addr> {
    table.lines().skip(1).find_map(|line| {
        let mut columns = line.split_ascii_whitespace().skip(1);
        let [to, by] = [columns.next()?, columns.next()?];
        let by = u32::from_str_radix(by, 16).ok()?;
        (to == "00000000" && by != 0).then(|| Ipv4Addr::from(by.to_ne_bytes()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(target_endian = "little")]
    fn the_gateway_is_read_from_the_table_of_routes() {
        let table = "Iface\tDestination\tGateway \tFlags\tRefCnt\n\
                     eth0\t000011AC\t00000000\t0001\t0\n\
                     eth0\t00000000\t010011AC\t0003\t0\n";

        assert_eq!(parse_routes(table), Some(Ipv4Addr::new(172, 17, 0, 1)));
        assert_eq!(parse_routes("Iface\tDestination\n"), None);
    }
}
