//! What a caller says about itself: `"<agent>@<host>:<port>"`, or a bare `"<agent>"`, as a JSON string.

use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use tallystick_core::AgentId;

/// A caller's own claim: its name, and perhaps where it can be reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Site {
    /// The name, a claim until KK has proven it.
    pub agent: AgentId,
    /// Where it says it listens; a hint even after that, see [`Link::proven_address`](crate::Link::proven_address).
    pub address: Option<Address>,
}

impl Site {
    /// Reads the payload of an `N`.
    ///
    /// # Errors
    /// [`BadSite`] for anything but one short JSON string of the two forms.
    pub fn from_json(payload: &[u8]) -> Result<Self, BadSite> {
        if payload.len() > MAX_SITE {
            return Err(BadSite::TooLong);
        }
        serde_json::from_slice::<String>(payload).map_err(|_| BadSite::NotText)?.parse()
    }

    /// Writes the payload of an `N`.
    pub fn to_json(&self) -> Vec<u8> {
        serde_json::Value::String(self.to_string()).to_string().into_bytes()
    }
}

impl FromStr for Site {
    type Err = BadSite;

    fn from_str(text: &str) -> Result<Self, BadSite> {
        if text.len() > MAX_SITE {
            return Err(BadSite::TooLong);
        }
        let (agent, address) = match text.split_once('@') {
            Some((agent, address)) => (agent, Some(address.parse()?)),
            None => (text, None),
        };
        Ok(Self { agent: agent.parse().map_err(|_| BadSite::Agent)?, address })
    }
}

impl fmt::Display for Site {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.address {
            Some(address) => write!(f, "{}@{address}", self.agent),
            None => self.agent.fmt(f),
        }
    }
}

/// A host and a port: a DNS name, an IPv4 or an IPv6 address.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Address {
    host: String,
    port: u16,
}

impl Address {
    /// Checks a host (an IPv6 one without brackets) and a port.
    ///
    /// # Errors
    /// [`BadSite`] when the host cannot be one, or the port is 0.
    pub fn new(host: &str, port: u16) -> Result<Self, BadSite> {
        if port == 0 {
            return Err(BadSite::Port);
        }
        let host = match host.parse::<Ipv6Addr>() {
            Ok(ip) => ip.to_string(),
            Err(_) if is_name(host) => host.to_owned(),
            Err(_) => return Err(BadSite::Host),
        };
        Ok(Self { host, port })
    }

    /// The host; an IPv6 address stands without brackets.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port, never 0.
    pub const fn port(&self) -> u16 {
        self.port
    }
}

impl FromStr for Address {
    type Err = BadSite;

    fn from_str(text: &str) -> Result<Self, BadSite> {
        let (host, port) = text.rsplit_once(':').ok_or(BadSite::Port)?;
        let digits = !port.starts_with('0') && port.bytes().all(|byte| byte.is_ascii_digit());
        let port = port.parse().ok().filter(|_| digits).ok_or(BadSite::Port)?;
        let bracketed = host.strip_prefix('[').and_then(|inner| inner.strip_suffix(']'));
        match bracketed {
            Some(inner) if inner.contains(':') => Self::new(inner, port),
            None if !host.contains(':') => Self::new(host, port),
            Some(_) | None => Err(BadSite::Host),
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.host.contains(':') {
            write!(f, "[{}]:{}", self.host, self.port)
        } else {
            write!(f, "{}:{}", self.host, self.port)
        }
    }
}

/// Text that names no site.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadSite {
    /// Longer than any site id.
    #[error("more than {MAX_SITE} bytes for a site")]
    TooLong,
    /// Not a JSON string.
    #[error("not a JSON string")]
    NotText,
    /// What stands before the `@` is no agent id.
    #[error("not an agent id")]
    Agent,
    /// What stands for a host is neither a name nor an address.
    #[error("not a host")]
    Host,
    /// What stands for a port is not a number from 1 to 65535.
    #[error("not a port")]
    Port,
}

/// A DNS name or an IPv4 address. A name that ends in a number must be an address, as browsers have it.
fn is_name(host: &str) -> bool {
    let ends_in_number =
        host.rsplit('.').next().is_some_and(|label| label.bytes().all(|b| b.is_ascii_digit()));
    host.len() <= MAX_NAME
        && host.split('.').all(is_label)
        && (!ends_in_number || host.parse::<Ipv4Addr>().is_ok())
}

fn is_label(label: &str) -> bool {
    // The underscore is not for host names, but container networks use it.
    let letter = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    (1..=MAX_LABEL).contains(&label.len())
        && label.bytes().all(letter)
        && !label.starts_with('-')
        && !label.ends_with('-')
}

/// An agent id, an `@`, the longest name, a colon, a port and quotes are 305 bytes; the rest is for escapes.
const MAX_SITE: usize = 512;

/// The longest DNS name in text.
const MAX_NAME: usize = 253;

/// The longest label of a DNS name.
const MAX_LABEL: usize = 63;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn agent() -> AgentId {
        AgentId::from_bytes([9; 32])
    }

    fn parse(behind: &str) -> Result<Site, BadSite> {
        format!("{}{behind}", agent()).parse()
    }

    #[test]
    fn both_forms_are_read_and_written_alike() {
        for behind in ["", "@localhost:46001", "@10.0.0.7:1", "@[2001:db8::7]:65535", "@a_b.example-x.org:80"]
        {
            let site = parse(behind).unwrap();

            assert_eq!(site.to_string(), format!("{}{behind}", agent()));
            assert_eq!(Site::from_json(&site.to_json()), Ok(site));
        }
    }

    #[test]
    fn an_ipv6_host_stands_without_brackets_and_in_short_form() {
        let site = parse("@[2001:0DB8:0::1]:7").unwrap();

        assert_eq!(site.address.as_ref().map(Address::host), Some("2001:db8::1"));
        assert_eq!(site.address.map(|address| address.port()), Some(7));
    }

    #[test]
    fn hosts_that_cannot_be_are_refused() {
        let long = format!("@{}:1", "a.".repeat(130));
        for behind in [
            "@:1",
            "@[]:1",
            "@[::1:1",
            "@::1]:1",
            "@::1:1",
            "@[fe80::1%eth0]:1",
            "@[localhost]:1",
            "@a b:1",
            "@a..b:1",
            "@.a:1",
            "@a.:1",
            "@-a:1",
            "@a-:1",
            "@a/b:1",
            "@bücher.de:1",
            "@1.2.3:1",
            "@1.2.3.256:1",
            "@a@b:1",
            "@a\0:1",
            "@[[::1]]:1",
            "@[1.2.3.4]:1",
            long.as_str(),
        ] {
            assert_eq!(parse(behind), Err(BadSite::Host), "{behind}");
        }
    }

    #[test]
    fn ports_that_cannot_be_are_refused() {
        for behind in
            ["@", "@host", "@host:", "@host:0", "@host:65536", "@host:+1", "@host:01", "@host: 1", "@host:1x"]
        {
            assert_eq!(parse(behind), Err(BadSite::Port), "{behind}");
        }
    }

    #[test]
    fn agents_that_cannot_be_are_refused() {
        for text in
            ["", "@host:1", "AAAA@host:1", &format!("{}=@host:1", agent()), &format!("bob:{}", agent())]
        {
            assert_eq!(text.parse::<Site>(), Err(BadSite::Agent), "{text}");
        }
    }

    #[test]
    fn only_one_short_json_string_will_do() {
        let bare = agent().to_string();

        assert_eq!(Site::from_json(bare.as_bytes()), Err(BadSite::NotText));
        assert_eq!(Site::from_json(format!("[\"{bare}\"]").as_bytes()), Err(BadSite::NotText));
        assert_eq!(Site::from_json(format!("\"{bare}\"x").as_bytes()), Err(BadSite::NotText));
        assert_eq!(Site::from_json(b"\"\xff\""), Err(BadSite::NotText));
        assert_eq!(Site::from_json(&[b' '; MAX_SITE + 1]), Err(BadSite::TooLong));
    }

    proptest! {
        #[test]
        fn no_payload_makes_it_panic_and_what_is_read_is_stable(behind in "@?[\\[\\]a-z0-9.:_-]{0,24}(:[0-9]{1,5})?") {
            if let Ok(site) = parse(&behind) {
                prop_assert_eq!(site.to_string().parse(), Ok(site));
            }
        }
    }
}
