//! Frames as the deployed reference writes them: the same headers and lengths, payloads as plain JSON.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::sync::Arc;

use serde_json::{Value, json};
use tallystick_core::AgentId;
use tallystick_noise::{Address, AgentSecret, Answer, Effect, Header, Input, Link, Phase, frame, plain};
use zeroize::Zeroizing;

fn secret(byte: u8) -> Arc<AgentSecret> {
    Arc::new(AgentSecret::from_seed(Zeroizing::new([byte; 32])))
}

fn frames(mut bytes: &[u8]) -> Vec<(Header, Vec<u8>)> {
    let mut found = Vec::new();
    while let Some(frame) = frame::parse(bytes).unwrap() {
        found.push((frame.header, frame.body.to_vec()));
        bytes = &bytes[frame.consumed..];
    }
    found
}

fn give(link: &mut Link, (header, body): &(Header, Vec<u8>)) -> Vec<Effect> {
    link.handle(Input::Frame { header: *header, body }, 1).unwrap()
}

fn sent(effects: &[Effect]) -> Vec<(Header, Vec<u8>)> {
    let bytes = effects.iter().filter_map(|effect| match effect {
        Effect::Transmit(bytes) => Some(frames(bytes)),
        _ => None,
    });
    bytes.flatten().collect()
}

fn message(from: &AgentId) -> Vec<u8> {
    json!({"from": {"agent": from.to_string()}, "target": "tally"}).to_string().into_bytes()
}

#[test]
fn every_frame_holds_its_json_as_it_is() {
    plain::speak();
    let (alice, bob) = (secret(1), secret(2));
    let text = message(&alice.agent_id());

    // First contact.
    let (mut calling, bytes) = Link::initiate_ticket(&alice, &bob.agent_id(), &text, 0).unwrap();
    let first = frames(&bytes).remove(0);
    assert_eq!(first, (Header::Ticket, text.clone()));
    let mut called = Link::accept(Arc::clone(&bob), 0);
    let effects = give(&mut called, &first);
    let [Effect::Ticket { caller, payload }] = effects.as_slice() else { panic!("a ticket") };
    assert!(caller.is_agent(&alice.agent_id()) && payload == &text);
    let effects = called.handle(Input::Answer(Answer::Accept(alice.agent_id())), 2).unwrap();
    assert_eq!(sent(&effects), [(Header::Answer, Vec::new())]);
    give(&mut calling, &sent(&effects)[0]);
    assert_eq!((calling.phase(), called.phase()), (Phase::Open, Phase::Open));

    // A message each way.
    for (one, other) in [(&mut calling, &mut called)] {
        let effects = one.handle(Input::Send(&text), 3).unwrap();
        assert_eq!(sent(&effects), [(Header::Transport, text.clone())]);
        assert_eq!(give(other, &sent(&effects)[0]), [Effect::Received { payload: text.clone() }]);
    }

    // A partner calls: its bare name, then its first message.
    let home = Address::new("127.0.0.1", 65_430).unwrap();
    let (_, bytes) = Link::initiate(&alice, &bob.agent_id(), Some(&home), &text, 0).unwrap();
    let [name, first] = frames(&bytes).try_into().unwrap();
    assert_eq!(name.0, Header::Caller);
    assert_eq!(serde_json::from_slice::<Value>(&name.1).unwrap(), json!(alice.agent_id().to_string()));
    assert_eq!(first, (Header::Known, text.clone()));
    let mut called = Link::accept(bob, 0);
    assert!(
        matches!(&give(&mut called, &name)[..], [Effect::Caller(site)] if site.agent == alice.agent_id())
    );
    called.handle(Input::Answer(Answer::Recognise), 1).unwrap();
    assert_eq!(give(&mut called, &first), [Effect::First { payload: text }]);
}
