//! Names of things on the wire: agents, digests, tallies, chits and the two halves (protocol.md 1, 5, 7, 8).

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Text that is not the base64url (no padding) form of exactly the bytes wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not {wanted} bytes of unpadded base64url")]
pub struct BadText {
    wanted: usize,
}

macro_rules! bytes32 {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name([u8; 32]);

        impl $name {
            /// Wraps the raw bytes.
            pub const fn from_bytes(bytes: [u8; 32]) -> Self {
                Self(bytes)
            }

            /// The raw bytes.
            pub const fn as_bytes(&self) -> &[u8; 32] {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&URL_SAFE_NO_PAD.encode(self.0))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self)
            }
        }

        impl FromStr for $name {
            type Err = BadText;

            fn from_str(text: &str) -> Result<Self, BadText> {
                let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| BadText { wanted: 32 })?;
                bytes.try_into().map(Self).map_err(|_| BadText { wanted: 32 })
            }
        }

        impl TryFrom<String> for $name {
            type Error = BadText;

            fn try_from(text: String) -> Result<Self, BadText> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(value: $name) -> String {
                value.to_string()
            }
        }
    };
}

bytes32! {
    /// A wallet's name on the network: its Ed25519 public key, 43 characters of base64url.
    AgentId
}

bytes32! {
    /// A SHA-256 over a hash form: of a tally, a chit, or a link of the chain.
    Digest
}

macro_rules! uuid_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// Wraps a UUID made elsewhere: core has no randomness of its own.
            pub const fn new(uuid: Uuid) -> Self {
                Self(uuid)
            }

            /// The UUID inside.
            pub const fn uuid(self) -> Uuid {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, uuid::Error> {
                text.parse().map(Self)
            }
        }
    };
}

uuid_id! {
    /// Names one tally, the same on both sides.
    TallyId
}

uuid_id! {
    /// Names one chit; a repeated name with other content is a conflict.
    ChitId
}

/// The two halves of a tally (protocol.md 7): the vendor holds the stock, the client the foil.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Half {
    /// The vendor's half: normally owed.
    Stock,
    /// The client's half: normally owing. It decides the order of the chain.
    Foil,
}

impl Half {
    /// The partner's half.
    pub const fn other(self) -> Self {
        match self {
            Self::Stock => Self::Foil,
            Self::Foil => Self::Stock,
        }
    }

    /// The member name used on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Stock => "stock",
            Self::Foil => "foil",
        }
    }
}

impl fmt::Display for Half {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_survives_its_text_form() {
        let agent = AgentId::from_bytes([7; 32]);

        assert_eq!(agent.to_string().len(), 43);
        assert_eq!(agent.to_string().parse(), Ok(agent));
    }

    #[test]
    fn a_name_of_another_length_is_refused() {
        assert!("AAAA".parse::<AgentId>().is_err());
        assert!(format!("{}=", AgentId::from_bytes([7; 32])).parse::<AgentId>().is_err());
    }

    #[test]
    fn the_other_of_the_other_half_is_itself() {
        assert_eq!(Half::Stock.other().other(), Half::Stock);
    }
}
