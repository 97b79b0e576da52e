//! What counts as one caller: an IPv4 address, or the part of an IPv6 address that a household is given.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

/// A caller's place on the network: one IPv4 address, or one /56 of IPv6.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Net {
    /// One address.
    V4(Ipv4Addr),
    /// The first address of a /56: whoever has one address of it can have them all.
    V6(Ipv6Addr),
}

/// Text that names no place on the network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct BadNet;

impl From<IpAddr> for Net {
    fn from(address: IpAddr) -> Self {
        // The same machine must not be two callers because our socket speaks both.
        match address.to_canonical() {
            IpAddr::V4(v4) => Self::V4(v4),
            IpAddr::V6(v6) => Self::V6(Ipv6Addr::from_bits(v6.to_bits() & HOUSEHOLD)),
        }
    }
}

impl FromStr for Net {
    type Err = BadNet;

    /// Reads what [`Net`] prints, and any address inside.
    fn from_str(text: &str) -> Result<Self, BadNet> {
        let address = text.trim();
        let address = address.strip_suffix("/56").unwrap_or(address);
        address.parse::<IpAddr>().map(Self::from).map_err(|_| BadNet)
    }
}

impl fmt::Display for Net {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::V4(v4) => v4.fmt(f),
            Self::V6(v6) => write!(f, "{v6}/56"),
        }
    }
}

/// The leading 56 bits.
const HOUSEHOLD: u128 = !0 << 72;

#[cfg(test)]
mod tests {
    use super::*;

    fn net(text: &str) -> Net {
        Net::from(text.parse::<IpAddr>().expect("an address"))
    }

    #[test]
    fn a_mapped_address_is_the_address_it_maps() {
        assert_eq!(net("::ffff:192.0.2.7"), net("192.0.2.7"));
    }

    #[test]
    fn a_household_is_one_caller_and_its_neighbour_another() {
        assert_eq!(net("2001:db8:0:12ff::1"), net("2001:db8:0:1200:9::"));
        assert_ne!(net("2001:db8:0:12ff::1"), net("2001:db8:0:1300::1"));
    }

    #[test]
    fn what_is_printed_is_read_again() {
        for text in ["192.0.2.7", "2001:db8:0:1200::/56"] {
            assert_eq!(text.parse::<Net>().map(|net| net.to_string()).as_deref(), Ok(text));
        }
        assert_eq!("2001:db8:0:12ff::1".parse::<Net>(), Ok(net("2001:db8:0:1200::")));
        assert_eq!("ana.example.org".parse::<Net>(), Err(BadNet));
    }
}
