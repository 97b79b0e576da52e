//! What can go wrong on a link, by blame.

use crate::frame::{FrameError, Header};
use crate::identity::KeyError;
use crate::link::Phase;
use crate::site::BadSite;

/// Why a link did not do what it was asked.
///
/// Where [`closes`](Self::closes) is true the link is closed for good: drop the connection without a byte.
#[derive(Debug, thiserror::Error)]
pub enum LinkError {
    /// The peer broke the protocol: close silently, strike its address.
    #[error(transparent)]
    Peer(#[from] Violation),
    /// We asked for something that cannot be.
    #[error(transparent)]
    Ours(#[from] Misuse),
}

impl LinkError {
    /// Whether the link is closed by this: close the connection, send nothing.
    pub const fn closes(&self) -> bool {
        match self {
            Self::Peer(_) => true,
            Self::Ours(misuse) => match misuse {
                Misuse::Spent | Misuse::NotTheirKey | Misuse::Crypto(_) | Misuse::Closed => true,
                Misuse::OutOfTurn { .. } | Misuse::TooLong { .. } | Misuse::NoSuchAgent(_) => false,
            },
        }
    }

    /// Whether the remote address gets a strike.
    pub const fn is_strike(&self) -> bool {
        matches!(self, Self::Peer(_))
    }
}

impl From<FrameError> for LinkError {
    fn from(error: FrameError) -> Self {
        Self::Peer(Violation::Frame(error))
    }
}

/// What a peer did wrong.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum Violation {
    /// A packet that this phase does not allow.
    #[error("the packet {header} came in phase {phase}")]
    OutOfTurn {
        /// Where the link stood.
        phase: Phase,
        /// What came.
        header: Header,
    },
    /// A packet that does not authenticate: too short, tampered with, for another key, or made with a degenerate key.
    #[error("the packet {header} does not authenticate")]
    BadPacket {
        /// What came.
        header: Header,
    },
    /// A caller that does not say who it is.
    #[error("the caller names no site")]
    BadCaller(#[source] BadSite),
    /// A caller under a name that nobody can have.
    #[error("the caller's name is no key")]
    BadName(#[source] KeyError),
    /// A stream that is not made of our frames.
    #[error("the stream is not made of frames")]
    Frame(#[source] FrameError),
    /// A peer that goes on after all the messages a key is good for.
    #[error("the peer sent more messages than a link carries")]
    Spent,
}

/// What we asked for in vain.
#[derive(Debug, thiserror::Error)]
pub enum Misuse {
    /// An input that this phase cannot take; nothing has changed.
    #[error("{input} cannot be done in phase {phase}")]
    OutOfTurn {
        /// Where the link stands.
        phase: Phase,
        /// What was asked.
        input: &'static str,
    },
    /// A message that does not fit a frame; nothing has changed.
    #[error("a message of {length} bytes, more than {limit}")]
    TooLong {
        /// The length given.
        length: usize,
        /// The most that fits.
        limit: usize,
    },
    /// The link has ended.
    #[error("the link is closed")]
    Closed,
    /// All the messages a link carries have been sent: reconnect. The message was not sent.
    #[error("the link has carried all its messages")]
    Spent,
    /// The agent accepted is not the one whose key was proven.
    #[error("the accepted agent is not the one that called")]
    NotTheirKey,
    /// The agent to call is not a key.
    #[error("the agent to call is no key")]
    NoSuchAgent(#[from] KeyError),
    /// The cryptography failed on our side, as when the system gives no randomness.
    #[error("the handshake failed on our side")]
    Crypto(#[source] snow::Error),
}
