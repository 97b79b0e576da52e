//! The vocabulary of a link: what goes in, what comes out, where it stands.

use std::fmt;

use tallystick_core::AgentId;

use crate::frame::Header;
use crate::identity::StaticKey;
use crate::site::Site;

/// What can happen to a link.
#[derive(Clone, Copy, Debug)]
pub enum Input<'a> {
    /// A frame arrived.
    Frame {
        /// Its header.
        header: Header,
        /// Its body.
        body: &'a [u8],
    },
    /// The owner of a responder has judged.
    Answer(Answer),
    /// One message for the peer; refused, not dropped, while the link is not open.
    Send(&'a [u8]),
    /// Time has passed: the only input that lets a deadline strike.
    Tick,
}

/// What the owner of a responder decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// To [`Effect::Caller`]: somebody we deal with, so let it prove that it is the one.
    Recognise,
    /// To [`Effect::Ticket`] and [`Effect::First`], **after** the transaction that keeps the message has committed.
    /// Names the agent that was accepted; it must be the one whose key was proven.
    Accept(AgentId),
    /// To any of the three: close without a word. Whether the address gets a strike is for who refuses to say.
    Refuse,
}

/// What must follow, in the order given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// A stranger brings a ticket: judge it, and that `caller` is the key of the agent named in it.
    ///
    /// The packet may be a replay of an earlier one; that the ticket is used up is what protects.
    Ticket {
        /// The key that the caller has proven.
        caller: StaticKey,
        /// The whole `tally/ticket` message.
        payload: Vec<u8>,
    },
    /// Somebody claims to be this agent: say whether we deal with it. Nothing is proven yet.
    Caller(Site),
    /// The first message of the caller, which has proven its key: keep it, then accept.
    ///
    /// The packet may be a replay of an earlier one; keeping a message twice must change nothing.
    First {
        /// The message.
        payload: Vec<u8>,
    },
    /// Write these bytes, one whole frame, to the peer.
    Transmit(Vec<u8>),
    /// The link is open. For an initiator also: the first message is durably with the peer.
    Opened,
    /// A message arrived on the open link.
    Received {
        /// The message.
        payload: Vec<u8>,
    },
    /// The link has ended without anybody's fault: close the connection.
    Closed(End),
}

/// How a link ends without a violation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// Nothing has passed for a while.
    Idle,
    /// A phase of the handshake took too long.
    Slow(Phase),
    /// The owner refused.
    Refused,
}

/// Where a link stands (protocol.md 2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Phase {
    /// Responder: nothing has come.
    None,
    /// Responder: a ticket is being judged.
    Ticket,
    /// Responder: somebody claims a name; the proof or our recognition is missing.
    Id,
    /// Responder: a proven caller's first message is being kept.
    Request,
    /// Initiator: waiting for the answer.
    Pending,
    /// Messages pass both ways.
    Open,
    /// Over, for good.
    Closed,
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::None => "none",
            Self::Ticket => "ticket",
            Self::Id => "id",
            Self::Request => "request",
            Self::Pending => "pending",
            Self::Open => "open",
            Self::Closed => "closed",
        })
    }
}

/// Why a link wants to be woken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Timer {
    /// Responder: for a first packet.
    None,
    /// Responder: for the judgement of a ticket.
    Ticket,
    /// Responder: for the proof of a name, or our recognition of it.
    Id,
    /// Responder: for the first message to be kept.
    Request,
    /// Initiator: for the answer.
    Pending,
    /// Responder: an open link on which nothing passes.
    Idle,
}
