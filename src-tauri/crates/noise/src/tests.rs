//! Claims about whole links.

mod degenerate;
mod golden;
mod hostile;
mod links;
mod others;
mod random;

use std::sync::Arc;

use tallystick_core::AgentId;
use zeroize::Zeroizing;

use crate::frame::{self, Header};
use crate::link::{Answer, Effect, Input, Link, Phase};
use crate::site::Address;
use crate::{AgentSecret, LinkError};

/// A frame cut out of the stream.
type Packet = (Header, Vec<u8>);

/// The initiator of every test.
fn alice() -> Arc<AgentSecret> {
    secret(0xa1)
}

/// The responder of every test.
fn bob() -> Arc<AgentSecret> {
    secret(0xb2)
}

fn secret(byte: u8) -> Arc<AgentSecret> {
    Arc::new(AgentSecret::from_seed(Zeroizing::new([byte; 32])))
}

fn home() -> Address {
    Address::new("alice.example", 65430).unwrap()
}

/// Cuts bytes into frames.
fn cut(mut bytes: &[u8]) -> Vec<Packet> {
    let mut frames = Vec::new();
    while let Some(frame) = frame::parse(bytes).unwrap() {
        frames.push((frame.header, frame.body.to_vec()));
        bytes = &bytes[frame.consumed..];
    }
    assert!(bytes.is_empty());
    frames
}

fn give(link: &mut Link, (header, body): &Packet, now: u64) -> Result<Vec<Effect>, LinkError> {
    link.handle(Input::Frame { header: *header, body }, now)
}

fn answer(link: &mut Link, answer: Answer, now: u64) -> Result<Vec<Effect>, LinkError> {
    link.handle(Input::Answer(answer), now)
}

/// The frames that the effects want written.
fn sent(effects: &[Effect]) -> Vec<Packet> {
    effects
        .iter()
        .flat_map(|effect| if let Effect::Transmit(bytes) = effect { cut(bytes) } else { Vec::new() })
        .collect()
}

/// A link that Alice calls with a ticket, and what she sends.
fn ticket() -> (Link, Packet) {
    let (link, bytes) = Link::initiate_ticket(&alice(), &bob().agent_id(), b"ticket", 0).unwrap();
    (link, cut(&bytes).remove(0))
}

/// A link that Alice calls as a partner, and the two packets she sends.
fn known() -> (Link, Packet, Packet) {
    let (link, bytes) = Link::initiate(&alice(), &bob().agent_id(), Some(&home()), b"first", 0).unwrap();
    let mut frames = cut(&bytes);
    let k = frames.remove(1);
    (link, frames.remove(0), k)
}

/// Both ends of an open link, by ticket.
fn open() -> (Link, Link) {
    let (mut calling, i) = ticket();
    let mut called = Link::accept(bob(), 0);
    give(&mut called, &i, 0).unwrap();
    let a = sent(&answer(&mut called, Answer::Accept(alice().agent_id()), 0).unwrap()).remove(0);
    give(&mut calling, &a, 0).unwrap();
    (calling, called)
}

/// One message as it travels.
fn message(from: &mut Link, text: &[u8], now: u64) -> Packet {
    sent(&from.handle(Input::Send(text), now).unwrap()).remove(0)
}

/// Says that the link ended silently by the peer's fault and stays ended.
fn assert_struck(link: &mut Link, result: Result<Vec<Effect>, LinkError>) {
    let error = result.expect_err("a violation");
    assert!(error.closes() && error.is_strike(), "{error}");
    assert_over(link);
}

/// Says that nothing brings the link back.
fn assert_over(link: &mut Link) {
    assert_eq!(link.phase(), Phase::Closed);
    assert_eq!(link.timer(), None);
    assert_eq!(link.agent(), None);
    for header in Header::ALL {
        let error = link.handle(Input::Frame { header, body: b"x" }, 0).expect_err("closed");
        assert!(error.closes() && !error.is_strike());
    }
    for judged in [Answer::Recognise, Answer::Accept(AgentId::from_bytes([1; 32])), Answer::Refuse] {
        assert!(answer(link, judged, 0).is_err());
    }
    assert!(link.handle(Input::Send(b"x"), 0).is_err());
    assert_eq!(link.handle(Input::Tick, u64::MAX).unwrap(), []);
    assert_eq!(link.phase(), Phase::Closed);
}
