//! CHIP addresses: who, at which agent, and where that agent was last seen (protocol.md 1).

use std::fmt;
use std::net::Ipv6Addr;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::ids::AgentId;
use crate::percent;

/// A CHIP address `{cuid, agent, host, port}`; its text form is `chip://cuid:agent@host:port`.
///
/// Host and port are a hint: only the agent id names anyone.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "Value", into = "Value")]
pub struct Chad {
    cuid: String,
    agent: AgentId,
    host: String,
    port: u16,
}

/// Why something is not a CHIP address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadChad {
    /// The user's name is missing, too long, or has characters that would break the text form.
    #[error("not a user name")]
    Cuid,
    /// The agent id is missing or not 32 bytes of base64url.
    #[error("not an agent id")]
    Agent,
    /// The host is missing or neither a name nor an IP address.
    #[error("not a host")]
    Host,
    /// The port is missing, zero or too large.
    #[error("not a port")]
    Port,
    /// Not of the form `chip://cuid:agent@host:port`.
    #[error("not a chip address")]
    Form,
}

impl Chad {
    /// Makes an address from its parts; an IPv6 host may stand in brackets.
    ///
    /// # Errors
    /// [`BadChad`] naming the part that is out of its limits.
    pub fn new(cuid: &str, agent: AgentId, host: &str, port: u16) -> Result<Self, BadChad> {
        if !is_cuid(cuid) {
            return Err(BadChad::Cuid);
        }
        if port == 0 {
            return Err(BadChad::Port);
        }
        Ok(Self { cuid: cuid.to_owned(), agent, host: plain_host(host)?, port })
    }

    /// The user's name on its agent.
    pub fn cuid(&self) -> &str {
        &self.cuid
    }

    /// The agent: the only part that names anyone.
    pub const fn agent(&self) -> AgentId {
        self.agent
    }

    /// Where the agent was last seen: a name or an IP address, IPv6 without brackets.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port to go with the host.
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// The same person at the same agent, seen somewhere else.
    ///
    /// # Errors
    /// [`BadChad`] if host or port are out of their limits.
    pub fn at(&self, host: &str, port: u16) -> Result<Self, BadChad> {
        Self::new(&self.cuid, self.agent, host, port)
    }

    /// `host:port`, IPv6 in brackets.
    pub fn host_port(&self) -> String {
        join_host_port(&self.host, self.port)
    }

    /// The text form, as it stands in codes.
    pub fn to_uri(&self) -> String {
        format!("{SCHEME}{}:{}@{}", percent::encode(&self.cuid), self.agent, self.host_port())
    }

    /// Reads the text form; nothing may follow the port.
    ///
    /// # Errors
    /// [`BadChad`] naming the part that is wrong.
    pub fn parse_uri(text: &str) -> Result<Self, BadChad> {
        let rest = text.strip_prefix(SCHEME).ok_or(BadChad::Form)?;
        let (user, place) = rest.split_once('@').ok_or(BadChad::Form)?;
        let (cuid, agent) = user.split_once(':').ok_or(BadChad::Form)?;
        let cuid = percent::decode(cuid).ok_or(BadChad::Cuid)?;
        let agent = agent.parse().map_err(|_| BadChad::Agent)?;
        let (host, port) = split_host_port(place)?;
        Self::new(&cuid, agent, &host, port)
    }

    /// The object of the wire.
    pub fn to_value(&self) -> Value {
        json!({"cuid": self.cuid, "agent": self.agent.to_string(), "host": self.host, "port": self.port})
    }

    /// Reads the object of the wire and ignores its other members; a port may also be decimal text.
    ///
    /// # Errors
    /// [`BadChad`] naming the member that is wrong.
    pub fn from_value(value: &Value) -> Result<Self, BadChad> {
        let text = |name: &str| value.get(name).and_then(Value::as_str);
        let cuid = text("cuid").ok_or(BadChad::Cuid)?;
        let agent = text("agent").and_then(|agent| agent.parse().ok()).ok_or(BadChad::Agent)?;
        let host = text("host").ok_or(BadChad::Host)?;
        let port = match value.get("port") {
            Some(Value::Number(port)) => port.as_u64().and_then(|port| u16::try_from(port).ok()),
            Some(Value::String(port)) => parse_port(port).ok(),
            _ => None,
        };
        Self::new(cuid, agent, host, port.ok_or(BadChad::Port)?)
    }
}

impl fmt::Display for Chad {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_uri())
    }
}

impl TryFrom<Value> for Chad {
    type Error = BadChad;

    fn try_from(value: Value) -> Result<Self, BadChad> {
        Self::from_value(&value)
    }
}

impl From<Chad> for Value {
    fn from(chad: Chad) -> Value {
        chad.to_value()
    }
}

/// Whether text can be a user's name on its agent.
pub(crate) fn is_cuid(text: &str) -> bool {
    let plain = |char: char| !char.is_control() && char != '@' && char != ':';
    !text.is_empty() && text.chars().count() <= MAX_CUID && text.chars().all(plain)
}

/// Writes `host:port`, IPv6 in brackets.
pub(crate) fn join_host_port(host: &str, port: u16) -> String {
    if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") }
}

/// Splits `host:port` or `[v6]:port` into a checked host and port.
pub(crate) fn split_host_port(text: &str) -> Result<(String, u16), BadChad> {
    let (host, port) = text.rsplit_once(':').ok_or(BadChad::Form)?;
    if host.contains(':') && !host.starts_with('[') {
        return Err(BadChad::Host);
    }
    let port = parse_port(port)?;
    Ok((plain_host(host)?, port))
}

/// Reads a port: decimal digits only, no leading zero.
fn parse_port(text: &str) -> Result<u16, BadChad> {
    let plain = text.bytes().all(|byte| byte.is_ascii_digit()) && !text.starts_with('0');
    if plain { text.parse().map_err(|_| BadChad::Port) } else { Err(BadChad::Port) }
}

/// Checks a host and takes the brackets off an IPv6 address.
fn plain_host(host: &str) -> Result<String, BadChad> {
    let inner =
        host.strip_prefix('[').map_or(Some(host), |rest| rest.strip_suffix(']')).ok_or(BadChad::Host)?;
    if inner.contains(':') {
        return inner.parse::<Ipv6Addr>().map(|_| inner.to_owned()).map_err(|_| BadChad::Host);
    }
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_');
    let starts_well = !inner.starts_with(['-', '.']);
    let named = !inner.is_empty() && inner.len() <= MAX_HOST && inner.bytes().all(plain) && starts_well;
    if named && inner.len() == host.len() { Ok(inner.to_owned()) } else { Err(BadChad::Host) }
}

/// How a CHIP address begins.
pub(crate) const SCHEME: &str = "chip://";

/// protocol.md 4.
const MAX_CUID: usize = 64;

/// The longest name the domain name system can hold.
const MAX_HOST: usize = 255;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn agent() -> AgentId {
        AgentId::from_bytes([7; 32])
    }

    #[test]
    fn an_address_survives_its_text_and_its_object() {
        for host in ["localhost", "127.0.0.1", "wallet.example.org", "::1", "fe80::1:2"] {
            let chad = Chad::new("bob b/é?#%", agent(), host, 65430).unwrap();

            assert_eq!(Chad::parse_uri(&chad.to_uri()), Ok(chad.clone()), "{}", chad.to_uri());
            assert_eq!(Chad::from_value(&chad.to_value()), Ok(chad));
        }
    }

    #[test]
    fn an_ipv6_host_stands_in_brackets() {
        let chad = Chad::new("bob", agent(), "[::1]", 9).unwrap();

        assert_eq!(chad.host(), "::1");
        assert_eq!(chad.to_uri(), format!("chip://bob:{}@[::1]:9", agent()));
    }

    #[test]
    fn names_that_would_break_the_text_form_are_refused() {
        let long = "x".repeat(65);
        for cuid in ["", "a@b", "a:b", "a\nb", "a\u{0}b", &long] {
            assert_eq!(Chad::new(cuid, agent(), "h", 1), Err(BadChad::Cuid), "{cuid:?}");
        }
    }

    #[test]
    fn hosts_that_are_none_are_refused() {
        let long = "x".repeat(256);
        for host in [
            "",
            "a b",
            "a/b",
            "-x",
            ".x",
            "a:b",
            "[::1",
            "[host]",
            "é",
            "fe80::1%eth0",
            "a?b",
            "a#b",
            "a@b",
            &long,
        ] {
            assert_eq!(Chad::new("bob", agent(), host, 1), Err(BadChad::Host), "{host:?}");
        }
    }

    #[test]
    fn text_that_is_no_address_is_refused() {
        let id = agent();
        for text in [
            String::new(),
            "chip://".to_owned(),
            format!("chip://bob:{id}@host"),
            format!("chip://bob:{id}@host:"),
            format!("chip://bob:{id}@host:0"),
            format!("chip://bob:{id}@host:65536"),
            format!("chip://bob:{id}@host:080"),
            format!("chip://bob:{id}@host:+80"),
            format!("chip://bob:{id}@::1:80"),
            format!("chip://bob:{id}x@host:80"),
            format!("chip://:{id}@host:80"),
            format!("chip://bob%zz:{id}@host:80"),
            format!("chip://bob:{id}@host:80/"),
            format!("chip://bob:{id}@host:80?ticket=x"),
            format!("http://bob:{id}@host:80"),
        ] {
            assert!(Chad::parse_uri(&text).is_err(), "{text}");
        }
    }

    #[test]
    fn an_object_may_carry_its_port_as_text_and_members_of_its_own() {
        let mut value = Chad::new("bob", agent(), "h", 80).unwrap().to_value();
        value["port"] = json!("80");
        value["more"] = json!([1]);

        assert_eq!(Chad::from_value(&value).map(|chad| chad.port()), Ok(80));
        for port in [json!(0), json!(65536), json!(-1), json!(1.5), json!("x"), json!(null)] {
            value["port"] = port;
            assert_eq!(Chad::from_value(&value), Err(BadChad::Port));
        }
    }

    proptest! {
        #[test]
        fn any_name_that_is_taken_survives(cuid in any::<String>(), port in 1_u16..) {
            if let Ok(chad) = Chad::new(&cuid, agent(), "h", port) {
                prop_assert_eq!(Chad::parse_uri(&chad.to_uri()), Ok(chad));
            }
        }

        #[test]
        fn any_text_is_read_or_refused(text in "chip://[a-z:@\\[\\]%0-9]{0,40}") {
            let _ = Chad::parse_uri(&text);
        }
    }
}
