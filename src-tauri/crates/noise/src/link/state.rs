//! The states of a link, each with what it needs, and the steps between them.

use std::mem;
use std::sync::Arc;

use tallystick_core::AgentId;

use crate::error::{LinkError, Misuse, Violation};
use crate::frame::FrameError;
use crate::frame::{Header, MAX_BODY};
use crate::handshake::{Channel, ChannelError, Handshake, Keys, Role};
use crate::identity::{AgentSecret, StaticKey};
use crate::link::words::{Effect, End, Phase};
use crate::link::{Link, MAX_MESSAGE, check_length, sealed};
use crate::site::{Address, Site};

/// Where a link stands, with what that place needs.
pub(super) enum State {
    None { secret: Arc<AgentSecret> },
    Ticket { handshake: Box<Handshake>, caller: StaticKey },
    Id { site: Site, proof: Proof },
    Request { handshake: Box<Handshake>, site: Site },
    Pending { handshake: Box<Handshake>, agent: AgentId },
    Open(Box<Open>),
    Closed,
}

/// What is missing in phase `id`: the caller's `K`, our recognition, or both.
pub(super) enum Proof {
    /// Both are missing.
    Awaited { secret: Arc<AgentSecret>, key: StaticKey },
    /// The `K` came first. It cannot be read, and we do not try, before the name is one of ours.
    Parked { secret: Arc<AgentSecret>, key: StaticKey, body: Vec<u8> },
    /// The name is one of ours; the `K` is missing.
    Recognised { handshake: Box<Handshake> },
}

/// An open link.
pub(super) struct Open {
    pub(super) channel: Channel,
    pub(super) agent: AgentId,
    pub(super) address: Option<Address>,
    pub(super) live: bool,
}

impl State {
    pub(super) const fn phase(&self) -> Phase {
        match self {
            Self::None { .. } => Phase::None,
            Self::Ticket { .. } => Phase::Ticket,
            Self::Id { .. } => Phase::Id,
            Self::Request { .. } => Phase::Request,
            Self::Pending { .. } => Phase::Pending,
            Self::Open(_) => Phase::Open,
            Self::Closed => Phase::Closed,
        }
    }

    pub(super) fn open(&self) -> Option<&Open> {
        match self {
            Self::Open(open) => Some(open),
            Self::None { .. }
            | Self::Ticket { .. }
            | Self::Id { .. }
            | Self::Request { .. }
            | Self::Pending { .. }
            | Self::Closed => None,
        }
    }

    #[cfg(test)]
    pub(super) fn open_mut(&mut self) -> Option<&mut Open> {
        if let Self::Open(open) = self { Some(open) } else { None }
    }
}

impl Link {
    pub(super) fn frame(&mut self, header: Header, body: &[u8], now: u64) -> Result<Vec<Effect>, LinkError> {
        let phase = self.phase();
        let state = mem::replace(&mut self.state, State::Closed);
        if matches!(state, State::Closed) {
            return Err(Misuse::Closed.into());
        }
        if body.len() > MAX_BODY {
            return Err(FrameError::TooLong { length: body.len().saturating_add(1) }.into());
        }
        match (state, header) {
            (State::None { secret }, Header::Ticket) => self.read_ticket(&secret, body, now),
            (State::None { secret }, Header::Caller) => self.read_caller(secret, body, now),
            (State::Id { site, proof }, Header::Known) => self.read_known(site, proof, body, now),
            (State::Pending { handshake, agent }, Header::Answer) => {
                self.read_answer(handshake, agent, body, now)
            }
            (State::Open(open), Header::Transport) => self.read_transport(open, body, now),
            (
                State::None { .. }
                | State::Ticket { .. }
                | State::Id { .. }
                | State::Request { .. }
                | State::Pending { .. }
                | State::Open(_)
                | State::Closed,
                _,
            ) => Err(Violation::OutOfTurn { phase, header }.into()),
        }
    }

    pub(super) fn recognise(&mut self, now: u64) -> Result<Vec<Effect>, LinkError> {
        match mem::replace(&mut self.state, State::Closed) {
            State::Id { site, proof: Proof::Awaited { secret, key } } => {
                let handshake = self.known(&secret, &key)?;
                // The clock of the phase runs on: recognition is ours, the proof is theirs to bring in time.
                self.state = State::Id { site, proof: Proof::Recognised { handshake } };
                Ok(Vec::new())
            }
            State::Id { site, proof: Proof::Parked { secret, key, body } } => {
                let handshake = self.known(&secret, &key)?;
                self.read_first(site, handshake, &body, now)
            }
            state => Err(self.out_of_turn(state, "recognising a caller")),
        }
    }

    pub(super) fn admit(&mut self, agent: AgentId, now: u64) -> Result<Vec<Effect>, LinkError> {
        let (mut handshake, address) = match mem::replace(&mut self.state, State::Closed) {
            State::Ticket { handshake, caller } if caller.is_agent(&agent) => (handshake, None),
            State::Request { handshake, site } if site.agent == agent => (handshake, site.address),
            State::Ticket { .. } | State::Request { .. } => return Err(Misuse::NotTheirKey.into()),
            state => return Err(self.out_of_turn(state, "accepting a first message")),
        };
        let answer = handshake.write(&[]).map_err(Misuse::Crypto)?;
        let frame = sealed(Header::Answer, &answer)?;
        let channel = handshake.finish().map_err(Misuse::Crypto)?;
        self.enter(State::Open(Box::new(Open { channel, agent, address, live: false })), now);
        Ok(vec![Effect::Transmit(frame), Effect::Opened])
    }

    pub(super) fn refuse(&mut self) -> Result<Vec<Effect>, LinkError> {
        match mem::replace(&mut self.state, State::Closed) {
            State::Ticket { .. } | State::Id { .. } | State::Request { .. } => {
                Ok(vec![Effect::Closed(End::Refused)])
            }
            state => Err(self.out_of_turn(state, "refusing a caller")),
        }
    }

    pub(super) fn send(&mut self, payload: &[u8], now: u64) -> Result<Vec<Effect>, LinkError> {
        match mem::replace(&mut self.state, State::Closed) {
            State::Open(mut open) => {
                if let Err(misuse) = check_length(payload, MAX_MESSAGE) {
                    self.state = State::Open(open);
                    return Err(misuse.into());
                }
                let body = open.channel.seal(payload).map_err(|error| match error {
                    ChannelError::Spent => Misuse::Spent,
                    ChannelError::Noise(error) => Misuse::Crypto(error),
                })?;
                let frame = sealed(Header::Transport, &body)?;
                self.enter(State::Open(open), now);
                Ok(vec![Effect::Transmit(frame)])
            }
            state => Err(self.out_of_turn(state, "sending a message")),
        }
    }

    pub(super) fn tick(&mut self, now: u64) -> Vec<Effect> {
        let due = self.timer().is_some_and(|(_, deadline)| now >= deadline);
        if !due {
            return Vec::new();
        }
        let end = match self.phase() {
            Phase::Open => End::Idle,
            phase @ (Phase::None
            | Phase::Ticket
            | Phase::Id
            | Phase::Request
            | Phase::Pending
            | Phase::Closed) => End::Slow(phase),
        };
        self.state = State::Closed;
        vec![Effect::Closed(end)]
    }

    fn read_ticket(&mut self, secret: &AgentSecret, body: &[u8], now: u64) -> Result<Vec<Effect>, LinkError> {
        let mut handshake =
            Handshake::build(Keys::Ticketed { ours: secret }, self.ephemeral).map_err(Misuse::Crypto)?;
        let payload = handshake.read(body).map_err(|_| bad(Header::Ticket))?;
        let caller = handshake.remote().ok_or_else(|| bad(Header::Ticket))?;
        self.enter(State::Ticket { handshake: Box::new(handshake), caller }, now);
        Ok(vec![Effect::Ticket { caller, payload }])
    }

    fn read_caller(
        &mut self,
        secret: Arc<AgentSecret>,
        body: &[u8],
        now: u64,
    ) -> Result<Vec<Effect>, LinkError> {
        let mut handshake =
            Handshake::build(Keys::Called { ours: &secret }, self.ephemeral).map_err(Misuse::Crypto)?;
        let payload = handshake.read(body).map_err(|_| bad(Header::Caller))?;
        let site = Site::from_json(&payload).map_err(Violation::BadCaller)?;
        let key = StaticKey::of(&site.agent).map_err(Violation::BadName)?;
        let effect = Effect::Caller(site.clone());
        self.enter(State::Id { site, proof: Proof::Awaited { secret, key } }, now);
        Ok(vec![effect])
    }

    fn read_known(
        &mut self,
        site: Site,
        proof: Proof,
        body: &[u8],
        now: u64,
    ) -> Result<Vec<Effect>, LinkError> {
        match proof {
            Proof::Awaited { secret, key } => {
                let proof = Proof::Parked { secret, key, body: body.to_vec() };
                self.state = State::Id { site, proof };
                Ok(Vec::new())
            }
            Proof::Parked { .. } => {
                Err(Violation::OutOfTurn { phase: Phase::Id, header: Header::Known }.into())
            }
            Proof::Recognised { handshake } => self.read_first(site, handshake, body, now),
        }
    }

    fn read_first(
        &mut self,
        site: Site,
        mut handshake: Box<Handshake>,
        body: &[u8],
        now: u64,
    ) -> Result<Vec<Effect>, LinkError> {
        let payload = handshake.read(body).map_err(|_| bad(Header::Known))?;
        self.enter(State::Request { handshake, site }, now);
        Ok(vec![Effect::First { payload }])
    }

    fn read_answer(
        &mut self,
        mut handshake: Box<Handshake>,
        agent: AgentId,
        body: &[u8],
        now: u64,
    ) -> Result<Vec<Effect>, LinkError> {
        // An answer carries nothing: a longer one is not in the protocol, whoever sealed it.
        if body.len() != handshake.answer_length() {
            return Err(bad(Header::Answer).into());
        }
        handshake.read(body).map_err(|_| bad(Header::Answer))?;
        let channel = handshake.finish().map_err(Misuse::Crypto)?;
        self.enter(State::Open(Box::new(Open { channel, agent, address: None, live: true })), now);
        Ok(vec![Effect::Opened])
    }

    fn read_transport(
        &mut self,
        mut open: Box<Open>,
        body: &[u8],
        now: u64,
    ) -> Result<Vec<Effect>, LinkError> {
        let payload = open.channel.open(body).map_err(|error| match error {
            ChannelError::Spent => Violation::Spent,
            ChannelError::Noise(_) => bad(Header::Transport),
        })?;
        open.live = true;
        self.enter(State::Open(open), now);
        Ok(vec![Effect::Received { payload }])
    }

    fn known(&self, secret: &AgentSecret, key: &StaticKey) -> Result<Box<Handshake>, LinkError> {
        let keys = Keys::Known { role: Role::Responder, ours: secret, theirs: key };
        let handshake = Handshake::build(keys, self.ephemeral).map_err(Misuse::Crypto)?;
        Ok(Box::new(handshake))
    }

    fn enter(&mut self, state: State, now: u64) {
        self.state = state;
        self.since = self.since.max(now);
    }

    /// Puts the state back: what we ask in vain of a living link must not end it.
    fn out_of_turn(&mut self, state: State, input: &'static str) -> LinkError {
        let phase = state.phase();
        self.state = state;
        match phase {
            Phase::Closed => Misuse::Closed.into(),
            Phase::None | Phase::Ticket | Phase::Id | Phase::Request | Phase::Pending | Phase::Open => {
                Misuse::OutOfTurn { phase, input }.into()
            }
        }
    }
}

const fn bad(header: Header) -> Violation {
    Violation::BadPacket { header }
}
