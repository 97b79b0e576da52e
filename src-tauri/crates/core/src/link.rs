//! The links we write: an address, parameters, and a checksum among them (protocol.md 11).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::canonical::sha256;
use crate::chad::{BadChad, Chad, SCHEME};
use crate::code::{Damage, Seal};
use crate::percent;

/// A link taken apart, not yet understood.
#[derive(Debug)]
pub(crate) struct Link {
    chad: Chad,
    parameters: Vec<(String, String)>,
    seal: Seal,
}

impl Link {
    /// Takes a link apart and checks its checksum, if it has one.
    pub(crate) fn parse(text: &str) -> Result<Self, Damage> {
        let (address, query) =
            text.split_once('?').map_or((text, None), |(address, query)| (address, Some(query)));
        let seal = check_seal(text)?;
        let chad = Chad::parse_uri(address)?;
        let mut parameters: Vec<(String, String)> = Vec::new();
        for part in query.into_iter().flat_map(|query| query.split('&')) {
            let (key, value) = part.split_once('=').ok_or(Damage::Form)?;
            let value = percent::decode(value).ok_or(Damage::Escape)?;
            if !MANY.contains(&key) && parameters.iter().any(|(seen, _)| seen == key) {
                return Err(Damage::Repeated);
            }
            parameters.push((key.to_owned(), value));
        }
        Ok(Self { chad, parameters, seal })
    }

    /// Whose address it is.
    pub(crate) const fn chad(&self) -> &Chad {
        &self.chad
    }

    /// Whether it is known to be unaltered.
    pub(crate) const fn seal(&self) -> Seal {
        self.seal
    }

    /// Whether it holds a parameter that none of these names covers and no checksum vouches for.
    pub(crate) fn is_doubtful(&self, known: &[&str]) -> bool {
        self.seal == Seal::Unchecked && !self.others(known).is_empty()
    }

    /// Whether it is an address and nothing more.
    pub(crate) const fn is_bare(&self) -> bool {
        self.parameters.is_empty()
    }

    /// The value of a parameter.
    pub(crate) fn one(&self, key: &str) -> Option<&str> {
        self.all(key).next()
    }

    /// The values of a parameter that may stand more than once.
    pub(crate) fn all(&self, key: &str) -> impl Iterator<Item = &str> {
        self.parameters.iter().filter(move |(name, _)| name == key).map(|(_, value)| value.as_str())
    }

    /// The parameters that none of these names covers.
    pub(crate) fn others(&self, known: &[&str]) -> Vec<(String, String)> {
        self.parameters.iter().filter(|(key, _)| !known.contains(&key.as_str())).cloned().collect()
    }
}

/// Puts a finished link together with its checksum, right behind what the code cannot do without.
///
/// There, a link that was cut has either kept the checksum, and betrays itself by it, or has lost nothing but what is
/// for show.
pub(crate) fn seal(needed: &str, rest: &str) -> String {
    let sum = checksum(&format!("{needed}{rest}"));
    format!("{needed}{SEAL}{sum}{rest}")
}

/// Reads plain decimal digits: no sign, no leading zero.
pub(crate) fn plain_number(text: &str) -> Option<u64> {
    let number = text.parse::<u64>().ok()?;
    (number.to_string() == text).then_some(number)
}

impl From<BadChad> for Damage {
    fn from(bad: BadChad) -> Self {
        match bad {
            BadChad::Agent => Self::Agent,
            BadChad::Cuid => Self::User,
            BadChad::Host | BadChad::Port => Self::Place,
            BadChad::Form => Self::Form,
        }
    }
}

fn check_seal(text: &str) -> Result<Seal, Damage> {
    let Some(at) = text.find(SEAL) else { return Ok(Seal::Unchecked) };
    let (needed, sealed) = text.split_at(at);
    let value = &sealed[SEAL.len()..];
    let (sum, rest) = value.split_at(value.find('&').unwrap_or(value.len()));
    let whole = format!("{needed}{rest}");
    if text.starts_with(SCHEME) && sum == checksum(&whole) {
        return Ok(Seal::Checked);
    }
    let cut = match declared_length(sum) {
        Some(length) => whole.len() < length,
        None => sum.len() < SUM && rest.is_empty(),
    };
    Err(if cut { Damage::Cut } else { Damage::Altered })
}

/// The first 4 bytes of SHA-256 and the length, 8 characters: against slips of a camera or a hand, not against malice.
fn checksum(text: &str) -> String {
    let length = u16::try_from(text.len()).unwrap_or(u16::MAX).to_be_bytes();
    URL_SAFE_NO_PAD.encode([&sha256(text.as_bytes()).as_bytes()[..4], &length].concat())
}

fn declared_length(sum: &str) -> Option<usize> {
    let bytes = URL_SAFE_NO_PAD.decode(sum).ok()?;
    let [_, _, _, _, high, low] = bytes[..] else { return None };
    Some(usize::from(u16::from_be_bytes([high, low])))
}

const SEAL: &str = "&c=";

/// Parameters that may stand more than once: other places of a ticket's maker, referees of an invoice.
const MANY: [&str; 2] = ["alt", "ref"];

/// Characters of a checksum.
const SUM: usize = 8;
