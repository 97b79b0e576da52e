//! The three Noise patterns of a link and the channel that a finished one gives.

#![cfg_attr(
    not(feature = "plain-link"),
    allow(clippy::infallible_destructuring_match, reason = "there is a second kind with the feature")
)]

use std::sync::Arc;

use snow::Builder;
use snow::HandshakeState;
use snow::StatelessTransportState;
use snow::resolvers::{DefaultResolver, FallbackResolver};

use crate::identity::{AgentSecret, StaticKey};
use crate::link::MESSAGES;
use crate::primitives::Primitives;

/// Which end of the link we are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// The end that dialled.
    Initiator,
    /// The end that was called.
    Responder,
}

/// A Noise pattern, with the keys our end brings into it.
#[derive(Clone, Copy)]
pub(crate) enum Keys<'a> {
    /// IK as initiator: ours and theirs.
    Ticket { ours: &'a AgentSecret, theirs: &'a StaticKey },
    /// IK as responder: theirs is still to be learnt.
    Ticketed { ours: &'a AgentSecret },
    /// N as initiator: ours stays unsaid.
    Calling { theirs: &'a StaticKey },
    /// N as responder.
    Called { ours: &'a AgentSecret },
    /// KK, both known.
    Known { role: Role, ours: &'a AgentSecret, theirs: &'a StaticKey },
}

impl<'a> Keys<'a> {
    const fn pattern(&self) -> &'static str {
        match self {
            Self::Ticket { .. } | Self::Ticketed { .. } => IK,
            Self::Calling { .. } | Self::Called { .. } => N,
            Self::Known { .. } => KK,
        }
    }

    const fn role(&self) -> Role {
        match self {
            Self::Ticket { .. } | Self::Calling { .. } => Role::Initiator,
            Self::Ticketed { .. } | Self::Called { .. } => Role::Responder,
            Self::Known { role, .. } => *role,
        }
    }

    const fn ours(&self) -> Option<&'a AgentSecret> {
        match self {
            Self::Ticket { ours, .. }
            | Self::Ticketed { ours }
            | Self::Called { ours }
            | Self::Known { ours, .. } => Some(ours),
            Self::Calling { .. } => None,
        }
    }

    const fn theirs(&self) -> Option<&'a StaticKey> {
        match self {
            Self::Ticket { theirs, .. } | Self::Calling { theirs } | Self::Known { theirs, .. } => {
                Some(theirs)
            }
            Self::Ticketed { .. } | Self::Called { .. } => None,
        }
    }
}

/// Where the ephemeral key comes from.
#[derive(Clone, Copy)]
pub(crate) enum Ephemeral {
    /// From the operating system, the only way outside tests.
    Fresh,
    /// From a recording.
    #[cfg(any(test, feature = "vectors"))]
    Fixed([u8; 32]),
}

/// One handshake under way.
pub(crate) struct Handshake(Inner);

enum Inner {
    Noise(HandshakeState),
    /// The same frames with their payloads as they are.
    #[cfg(feature = "plain-link")]
    Plain {
        remote: Option<StaticKey>,
    },
}

impl Handshake {
    /// Builds a handshake: the one place where the pattern, the keys and the implementations meet.
    pub(crate) fn build(keys: Keys<'_>, ephemeral: Ephemeral) -> Result<Self, snow::Error> {
        #[cfg(feature = "plain-link")]
        if crate::plain::is_spoken() {
            return Ok(Self(Inner::Plain { remote: keys.theirs().copied() }));
        }
        let own = keys.ours().map(|ours| Arc::clone(ours.pair()));
        let resolver = FallbackResolver::new(Box::new(Primitives { own }), Box::new(DefaultResolver));
        let mut builder = Builder::with_resolver(keys.pattern().parse()?, Box::new(resolver));
        if let Some(ours) = keys.ours() {
            builder = builder.local_private_key(ours.expose_scalar())?;
        }
        if let Some(theirs) = keys.theirs() {
            builder = builder.remote_public_key(theirs.as_bytes())?;
        }
        match &ephemeral {
            Ephemeral::Fresh => {}
            #[cfg(any(test, feature = "vectors"))]
            Ephemeral::Fixed(key) => builder = builder.fixed_ephemeral_key_for_testing_only(key),
        }
        let state = match keys.role() {
            Role::Initiator => builder.build_initiator(),
            Role::Responder => builder.build_responder(),
        };
        state.map(|state| Self(Inner::Noise(state)))
    }

    /// Writes the next message of the pattern.
    pub(crate) fn write(&mut self, payload: &[u8]) -> Result<Vec<u8>, snow::Error> {
        let state = match &mut self.0 {
            Inner::Noise(state) => state,
            #[cfg(feature = "plain-link")]
            Inner::Plain { .. } => return Ok(payload.to_vec()),
        };
        let mut message = vec![0; payload.len().saturating_add(OVERHEAD_IK)];
        let written = state.write_message(payload, &mut message)?;
        message.truncate(written);
        Ok(message)
    }

    /// Reads the next message of the pattern; what does not authenticate gives nothing.
    pub(crate) fn read(&mut self, message: &[u8]) -> Result<Vec<u8>, snow::Error> {
        let state = match &mut self.0 {
            Inner::Noise(state) => state,
            #[cfg(feature = "plain-link")]
            Inner::Plain { remote } => {
                *remote = (*remote).or_else(|| crate::plain::sender(message));
                return Ok(message.to_vec());
            }
        };
        let mut payload = vec![0; message.len()];
        let read = state.read_message(message, &mut payload)?;
        payload.truncate(read);
        Ok(payload)
    }

    /// The peer's static key, once it is known.
    pub(crate) fn remote(&self) -> Option<StaticKey> {
        match &self.0 {
            Inner::Noise(state) => {
                state.get_remote_static().and_then(|key| key.first_chunk()).copied().map(StaticKey::proven)
            }
            #[cfg(feature = "plain-link")]
            Inner::Plain { remote } => *remote,
        }
    }

    /// What both ends have agreed on so far, as one hash.
    #[cfg(any(test, feature = "vectors"))]
    pub(crate) fn hash(&self) -> &[u8] {
        match &self.0 {
            Inner::Noise(state) => state.get_handshake_hash(),
            #[cfg(feature = "plain-link")]
            Inner::Plain { .. } => &[],
        }
    }

    /// Bytes an answer has: it carries nothing.
    pub(crate) const fn answer_length(&self) -> usize {
        match &self.0 {
            Inner::Noise(_) => OVERHEAD_KK,
            #[cfg(feature = "plain-link")]
            Inner::Plain { .. } => 0,
        }
    }

    /// Splits a finished handshake: the initiator sends with the first key.
    pub(crate) fn finish(self) -> Result<Channel, snow::Error> {
        let transport = match self.0 {
            Inner::Noise(state) => Transport::Noise(state.into_stateless_transport_mode()?),
            #[cfg(feature = "plain-link")]
            Inner::Plain { .. } => Transport::Plain,
        };
        Ok(Channel { transport, sent: 0, received: 0 })
    }
}

enum Transport {
    Noise(StatelessTransportState),
    #[cfg(feature = "plain-link")]
    Plain,
}

/// Both directions of an open link, each with its own key and count.
pub(crate) struct Channel {
    transport: Transport,
    pub(crate) sent: u64,
    pub(crate) received: u64,
}

/// Why a channel gave nothing.
#[derive(Debug)]
pub(crate) enum ChannelError {
    /// All the messages its key is good for have passed.
    Spent,
    /// The message is not what the peer sealed, or cannot be sealed.
    Noise(snow::Error),
}

impl Channel {
    /// Seals one message with the next nonce.
    pub(crate) fn seal(&mut self, payload: &[u8]) -> Result<Vec<u8>, ChannelError> {
        let following = following(self.sent)?;
        let message = self.seal_at(self.sent, payload)?;
        self.sent = following;
        Ok(message)
    }

    /// Seals with a given nonce, without counting. Two messages under one nonce would break the key.
    pub(crate) fn seal_at(&self, nonce: u64, payload: &[u8]) -> Result<Vec<u8>, ChannelError> {
        let transport = match &self.transport {
            Transport::Noise(transport) => transport,
            #[cfg(feature = "plain-link")]
            Transport::Plain => return Ok(payload.to_vec()),
        };
        let mut message = vec![0; payload.len().saturating_add(OVERHEAD_T)];
        let written = transport.write_message(nonce, payload, &mut message).map_err(ChannelError::Noise)?;
        if written != message.len() {
            return Err(ChannelError::Noise(snow::Error::Input));
        }
        Ok(message)
    }

    /// Opens one message with the next nonce.
    pub(crate) fn open(&mut self, message: &[u8]) -> Result<Vec<u8>, ChannelError> {
        let following = following(self.received)?;
        let transport = match &self.transport {
            Transport::Noise(transport) => transport,
            #[cfg(feature = "plain-link")]
            Transport::Plain => {
                self.received = following;
                return Ok(message.to_vec());
            }
        };
        let mut payload = vec![0; message.len()];
        let read =
            transport.read_message(self.received, message, &mut payload).map_err(ChannelError::Noise)?;
        payload.truncate(read);
        self.received = following;
        Ok(payload)
    }
}

fn following(nonce: u64) -> Result<u64, ChannelError> {
    if nonce >= MESSAGES { Err(ChannelError::Spent) } else { Ok(nonce + 1) }
}

pub(crate) const IK: &str = "Noise_IK_25519_ChaChaPoly_BLAKE2b";
pub(crate) const KK: &str = "Noise_KK_25519_ChaChaPoly_BLAKE2b";
pub(crate) const N: &str = "Noise_N_25519_ChaChaPoly_BLAKE2b";

/// Bytes that message 1 of IK adds: an ephemeral key, a sealed static key, a tag.
pub(crate) const OVERHEAD_IK: usize = 32 + 48 + 16;

/// Bytes that message 1 of KK adds, or an answer, or the one message of N: an ephemeral key and a tag.
pub(crate) const OVERHEAD_KK: usize = 32 + 16;

/// Bytes that sealing a message adds: a tag.
pub(crate) const OVERHEAD_T: usize = 16;
