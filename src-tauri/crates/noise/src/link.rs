//! The link machine (protocol.md 2): a value that takes frames, answers, messages and the time, and gives effects.
//!
//! Responder: `none → ticket → open`, or `none → id → request → open`. Initiator: `none → pending → open`, where the
//! first step is its construction. Every step takes the state out and puts one back only when it succeeds, so whatever
//! fails on the way leaves the link closed.

mod state;
mod words;

use std::fmt;
use std::sync::Arc;

use tallystick_core::AgentId;

use crate::error::{LinkError, Misuse};
use crate::frame::{self, Header, MAX_BODY};
use crate::handshake::{Ephemeral, Handshake, Keys, OVERHEAD_IK, OVERHEAD_KK, OVERHEAD_T, Role};
use crate::identity::{AgentSecret, StaticKey};
use crate::link::state::State;
use crate::site::{Address, Site};

pub use words::{Answer, Effect, End, Input, Phase, Timer};

/// One link between two wallets. Time is milliseconds of any clock that never runs backwards.
pub struct Link {
    role: Role,
    state: State,
    /// When the present state was entered, or something last passed on the open link.
    since: u64,
    idle: u64,
    ephemeral: Ephemeral,
}

impl Link {
    /// Calls with a ticket: the link and the `I` frame to write.
    ///
    /// # Errors
    /// [`Misuse`] when the message is longer than [`MAX_TICKET`], the agent is no key, or there is no randomness.
    pub fn initiate_ticket(
        secret: &AgentSecret,
        remote: &AgentId,
        first: &[u8],
        now: u64,
    ) -> Result<(Self, Vec<u8>), LinkError> {
        Self::ticket_with(secret, remote, first, now, Ephemeral::Fresh)
    }

    /// Calls a partner: the link and the `N` and `K` frames to write, one after the other without waiting.
    ///
    /// `reachable` is where we listen, if we do; our name comes from the secret.
    ///
    /// # Errors
    /// [`Misuse`] when the message is longer than [`MAX_FIRST`], the agent is no key, or there is no randomness.
    pub fn initiate(
        secret: &AgentSecret,
        remote: &AgentId,
        reachable: Option<&Address>,
        first: &[u8],
        now: u64,
    ) -> Result<(Self, Vec<u8>), LinkError> {
        Self::known_with(secret, remote, reachable, first, now, [Ephemeral::Fresh; 2])
    }

    /// Takes a call. Nothing is sent before the owner accepts.
    pub fn accept(secret: Arc<AgentSecret>, now: u64) -> Self {
        Self {
            role: Role::Responder,
            state: State::None { secret },
            since: now,
            idle: IDLE_MS,
            ephemeral: Ephemeral::Fresh,
        }
    }

    /// Changes how long an open link may be silent before we close it. Only the responder counts.
    #[must_use]
    pub fn idle_after(mut self, milliseconds: u64) -> Self {
        self.idle = milliseconds;
        self
    }

    /// Takes one input at one instant and says what must follow.
    ///
    /// # Errors
    /// [`LinkError::Peer`] when the peer broke the protocol, and the link is closed then;
    /// [`LinkError::Ours`] when we asked for what cannot be, see [`LinkError::closes`].
    pub fn handle(&mut self, input: Input<'_>, now: u64) -> Result<Vec<Effect>, LinkError> {
        match input {
            Input::Frame { header, body } => self.frame(header, body, now),
            Input::Answer(Answer::Recognise) => self.recognise(now),
            Input::Answer(Answer::Accept(agent)) => self.admit(agent, now),
            Input::Answer(Answer::Refuse) => self.refuse(),
            Input::Send(payload) => self.send(payload, now),
            Input::Tick => Ok(self.tick(now)),
        }
    }

    /// What the link waits for, and the time at which it wants an [`Input::Tick`].
    pub fn timer(&self) -> Option<(Timer, u64)> {
        let handshake = self.since.saturating_add(HANDSHAKE_MS);
        match (self.phase(), self.role) {
            (Phase::None, _) => Some((Timer::None, handshake)),
            (Phase::Ticket, _) => Some((Timer::Ticket, handshake)),
            (Phase::Id, _) => Some((Timer::Id, handshake)),
            (Phase::Request, _) => Some((Timer::Request, handshake)),
            (Phase::Pending, _) => Some((Timer::Pending, handshake)),
            (Phase::Open, Role::Responder) => Some((Timer::Idle, self.since.saturating_add(self.idle))),
            (Phase::Open, Role::Initiator) | (Phase::Closed, _) => None,
        }
    }

    /// Where the link stands.
    pub fn phase(&self) -> Phase {
        self.state.phase()
    }

    /// Which end we are.
    pub const fn role(&self) -> Role {
        self.role
    }

    /// The agent at the other end, once the link is open: the only `from` that may speak on it.
    pub fn agent(&self) -> Option<AgentId> {
        self.state.open().map(|open| open.agent)
    }

    /// Whether the peer of an open link has shown that it holds its key *now*.
    ///
    /// The first packet of a call can be replayed by whoever saw it pass, and the replayer gets an open link on which
    /// it can neither read nor write. So a responder knows only with the first `T`; an initiator knows with the `A`.
    pub fn is_live(&self) -> bool {
        self.state.open().is_some_and(|open| open.live)
    }

    /// Where the caller says it can be reached, once it is live.
    ///
    /// An `N` is anonymous and not bound to the `K` behind it, so a replayed `K` can follow an `N` with a forged
    /// address: until the caller is live its address is worth nothing.
    pub fn proven_address(&self) -> Option<&Address> {
        self.state.open().filter(|open| open.live).and_then(|open| open.address.as_ref())
    }

    pub(crate) fn ticket_with(
        secret: &AgentSecret,
        remote: &AgentId,
        first: &[u8],
        now: u64,
        ephemeral: Ephemeral,
    ) -> Result<(Self, Vec<u8>), LinkError> {
        check_length(first, MAX_TICKET)?;
        let theirs = StaticKey::of(remote).map_err(Misuse::from)?;
        let keys = Keys::Ticket { ours: secret, theirs: &theirs };
        let mut handshake = Handshake::build(keys, ephemeral).map_err(Misuse::Crypto)?;
        let body = handshake.write(first).map_err(Misuse::Crypto)?;
        Ok((Self::pending(handshake, *remote, now), sealed(Header::Ticket, &body)?))
    }

    pub(crate) fn known_with(
        secret: &AgentSecret,
        remote: &AgentId,
        reachable: Option<&Address>,
        first: &[u8],
        now: u64,
        [calling, known]: [Ephemeral; 2],
    ) -> Result<(Self, Vec<u8>), LinkError> {
        check_length(first, MAX_FIRST)?;
        let theirs = StaticKey::of(remote).map_err(Misuse::from)?;
        let site = Site { agent: secret.agent_id(), address: reachable.cloned() };
        // What speaks plain reads a name and no address.
        #[cfg(feature = "plain-link")]
        let site = Site { address: site.address.filter(|_| !crate::plain::is_spoken()), ..site };

        let mut caller =
            Handshake::build(Keys::Calling { theirs: &theirs }, calling).map_err(Misuse::Crypto)?;
        let named = caller.write(&site.to_json()).map_err(Misuse::Crypto)?;
        let keys = Keys::Known { role: Role::Initiator, ours: secret, theirs: &theirs };
        let mut handshake = Handshake::build(keys, known).map_err(Misuse::Crypto)?;
        let body = handshake.write(first).map_err(Misuse::Crypto)?;

        let mut frames = sealed(Header::Caller, &named)?;
        frames.extend(sealed(Header::Known, &body)?);
        Ok((Self::pending(handshake, *remote, now), frames))
    }

    fn pending(handshake: Handshake, agent: AgentId, now: u64) -> Self {
        Self {
            role: Role::Initiator,
            state: State::Pending { handshake: Box::new(handshake), agent },
            since: now,
            idle: IDLE_MS,
            ephemeral: Ephemeral::Fresh,
        }
    }

    /// A responder whose answer replays a recording.
    #[cfg(test)]
    pub(crate) fn with_ephemeral(mut self, ephemeral: Ephemeral) -> Self {
        self.ephemeral = ephemeral;
        self
    }

    /// The channel of an open link, to wear it out.
    #[cfg(test)]
    pub(crate) fn channel(&mut self) -> Option<&mut crate::handshake::Channel> {
        self.state.open_mut().map(|open| &mut open.channel)
    }
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Link").field("role", &self.role).field("phase", &self.phase()).finish_non_exhaustive()
    }
}

fn check_length(payload: &[u8], limit: usize) -> Result<(), Misuse> {
    if payload.len() > limit { Err(Misuse::TooLong { length: payload.len(), limit }) } else { Ok(()) }
}

fn sealed(header: Header, body: &[u8]) -> Result<Vec<u8>, Misuse> {
    frame::encode(header, body).map_err(|_| Misuse::TooLong { length: body.len(), limit: MAX_BODY })
}

/// The longest message that fits an `I`.
pub const MAX_TICKET: usize = MAX_BODY - OVERHEAD_IK;

/// The longest message that fits a `K`.
pub const MAX_FIRST: usize = MAX_BODY - OVERHEAD_KK;

/// The longest message that fits a `T`.
pub const MAX_MESSAGE: usize = MAX_BODY - OVERHEAD_T;

/// How many messages one direction of a link carries; there is no rekey, so reconnect before.
pub const MESSAGES: u64 = 1 << 32;

/// How long each phase before open may last: an honest peer over a bad network needs a few seconds.
pub const HANDSHAKE_MS: u64 = 10_000;

/// How long an open link may be silent, unless set otherwise.
pub const IDLE_MS: u64 = 60_000;
