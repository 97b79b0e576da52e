//! The link between two wallets: framing, identities and the Noise machine, without a socket or a clock.
//!
//! A [`Link`] is a value. Whoever owns the socket cuts the stream into frames with [`frame::parse`], hands each to
//! [`Link::handle`] together with the time, and carries out the [`Effect`]s. A responder never answers by itself: it
//! says who seems to call and what they brought, and only an [`Answer::Accept`] makes the one packet that tells the
//! caller "your first message is durably here". Everything wrong ends in silence and a closed link.
//!
//! ```
//! use std::sync::Arc;
//! use tallystick_noise::{AgentSecret, Answer, Effect, Input, Link, frame};
//! use zeroize::Zeroizing;
//!
//! let alice = AgentSecret::from_seed(Zeroizing::new([1; 32]));
//! let bob = Arc::new(AgentSecret::from_seed(Zeroizing::new([2; 32])));
//!
//! let (mut calling, bytes) = Link::initiate_ticket(&alice, &bob.agent_id(), b"a ticket", 0)?;
//! let mut called = Link::accept(Arc::clone(&bob), 0);
//!
//! let first = frame::parse(&bytes)?.expect("a whole frame");
//! let effects = called.handle(Input::Frame { header: first.header, body: first.body }, 5)?;
//! let [Effect::Ticket { caller, payload }] = effects.as_slice() else { panic!("a ticket") };
//! assert!(caller.is_agent(&alice.agent_id()));
//! assert_eq!(payload, b"a ticket");
//!
//! let effects = called.handle(Input::Answer(Answer::Accept(alice.agent_id())), 9)?;
//! let [Effect::Transmit(bytes), Effect::Opened] = effects.as_slice() else { panic!("an answer") };
//! let answer = frame::parse(bytes)?.expect("a whole frame");
//! let effects = calling.handle(Input::Frame { header: answer.header, body: answer.body }, 12)?;
//! assert_eq!(effects, [Effect::Opened]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

#![cfg_attr(test, allow(clippy::unwrap_used))]

mod cipher;
mod curve;
mod error;
pub mod frame;
mod handshake;
mod identity;
pub mod lan;
mod link;
#[cfg(feature = "plain-link")]
pub mod plain;
mod primitives;
pub mod sealed;
mod site;
#[cfg(any(test, feature = "vectors"))]
pub mod vectors;

#[cfg(test)]
mod tests;

pub use error::{LinkError, Misuse, Violation};
pub use frame::{Frame, FrameError, Header};
pub use handshake::Role;
pub use identity::{AgentSecret, KeyError, StaticKey};
pub use link::{
    Answer, Effect, End, HANDSHAKE_MS, IDLE_MS, Input, Link, MAX_FIRST, MAX_MESSAGE, MAX_TICKET, MESSAGES,
    Phase, Timer,
};
pub use site::{Address, BadSite, Site};
