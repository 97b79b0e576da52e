//! Whatever a stranger does, the link closes without a byte.

use super::*;
use crate::frame::MAX_BODY;
use crate::handshake::{Ephemeral, Handshake, Keys, Role};
use crate::identity::StaticKey;

/// Every packet with one bit changed, at every byte, and every shorter one.
fn tampered((header, body): &Packet) -> Vec<Packet> {
    let flipped = (0..body.len()).flat_map(|place| {
        [0x01, 0x80].map(|bit| {
            let mut other = body.clone();
            other[place] ^= bit;
            other
        })
    });
    let shorter = (0..body.len()).map(|length| body[..length].to_vec());
    let longer = [[&body[..], &[0]].concat(), [&[0], &body[..]].concat()];
    flipped.chain(shorter).chain(longer).map(|other| (*header, other)).collect()
}

/// X25519 ignores the top bit of a point, but the handshake hash does not, so every change must show.
#[test]
fn a_tampered_ticket_closes() {
    let (_, i) = ticket();
    for other in tampered(&i) {
        let mut called = Link::accept(bob(), 0);
        let result = give(&mut called, &other, 0);
        assert_struck(&mut called, result);
    }
}

#[test]
fn a_tampered_caller_closes() {
    let (_, n, _) = known();
    for other in tampered(&n) {
        let mut called = Link::accept(bob(), 0);
        let result = give(&mut called, &other, 0);
        assert_struck(&mut called, result);
    }
}

#[test]
fn a_tampered_first_message_closes_in_either_order_of_recognition() {
    let (_, n, k) = known();
    for other in tampered(&k) {
        let mut called = Link::accept(bob(), 0);
        give(&mut called, &n, 0).unwrap();
        answer(&mut called, Answer::Recognise, 0).unwrap();
        let result = give(&mut called, &other, 0);
        assert_struck(&mut called, result);

        let mut called = Link::accept(bob(), 0);
        give(&mut called, &n, 0).unwrap();
        assert_eq!(give(&mut called, &other, 0).unwrap(), []);
        let result = answer(&mut called, Answer::Recognise, 0);
        assert_struck(&mut called, result);
    }
}

/// The links of [`open`] with fixed keys, so that each change meets the link the message was sealed for.
fn fixed_open() -> (Link, Link) {
    let (mut calling, bytes) =
        Link::ticket_with(&alice(), &bob().agent_id(), b"ticket", 0, Ephemeral::Fixed([8; 32])).unwrap();
    let mut called = Link::accept(bob(), 0).with_ephemeral(Ephemeral::Fixed([9; 32]));
    give(&mut called, &cut(&bytes)[0], 0).unwrap();
    let a = sent(&answer(&mut called, Answer::Accept(alice().agent_id()), 0).unwrap()).remove(0);
    give(&mut calling, &a, 0).unwrap();
    (calling, called)
}

#[test]
fn a_tampered_answer_closes() {
    let (mut calling, bytes) =
        Link::ticket_with(&alice(), &bob().agent_id(), b"ticket", 0, Ephemeral::Fixed([8; 32])).unwrap();
    let mut called = Link::accept(bob(), 0);
    give(&mut called, &cut(&bytes)[0], 0).unwrap();
    let a = sent(&answer(&mut called, Answer::Accept(alice().agent_id()), 0).unwrap()).remove(0);
    for other in tampered(&a) {
        let (mut calling, _) =
            Link::ticket_with(&alice(), &bob().agent_id(), b"ticket", 0, Ephemeral::Fixed([8; 32])).unwrap();
        let result = give(&mut calling, &other, 0);
        assert_struck(&mut calling, result);
    }

    assert_eq!(give(&mut calling, &a, 0).unwrap(), [Effect::Opened]);
}

#[test]
fn a_tampered_message_closes_either_end() {
    let (mut calling, mut called) = fixed_open();
    let down = message(&mut calling, b"a message", 0);
    let up = message(&mut called, b"an answer", 0);
    for other in tampered(&down) {
        let (_, mut called) = fixed_open();
        let result = give(&mut called, &other, 0);
        assert_struck(&mut called, result);
    }
    for other in tampered(&up) {
        let (mut calling, _) = fixed_open();
        let result = give(&mut calling, &other, 0);
        assert_struck(&mut calling, result);
    }

    assert!(give(&mut called, &down, 0).is_ok() && give(&mut calling, &up, 0).is_ok());
}

#[test]
fn a_message_doubled_left_out_or_sent_back_closes() {
    let (mut calling, mut called) = open();
    let one = message(&mut calling, b"one", 0);
    give(&mut called, &one, 0).unwrap();
    let result = give(&mut called, &one, 0);
    assert_struck(&mut called, result);

    let (mut calling, mut called) = open();
    message(&mut calling, b"lost", 0);
    let next = message(&mut calling, b"next", 0);
    let result = give(&mut called, &next, 0);
    assert_struck(&mut called, result);
    let result = give(&mut calling, &next, 0);
    assert_struck(&mut calling, result);
}

#[test]
fn a_packet_for_another_key_closes() {
    let (_, i) = ticket();
    let (_, n, k) = known();
    for packet in [i, n] {
        let mut carol = Link::accept(secret(0xc3), 0);
        let result = give(&mut carol, &packet, 0);
        assert_struck(&mut carol, result);
    }

    let (_, bytes) = Link::initiate(&alice(), &secret(0xc3).agent_id(), None, b"first", 0).unwrap();
    let mut carol = Link::accept(secret(0xc3), 0);
    give(&mut carol, &cut(&bytes)[0], 0).unwrap();
    answer(&mut carol, Answer::Recognise, 0).unwrap();
    let result = give(&mut carol, &k, 0);
    assert_struck(&mut carol, result);
}

#[test]
fn a_caller_who_cannot_prove_its_name_closes() {
    let mut caller = Handshake::build(
        Keys::Calling { theirs: &StaticKey::of(&bob().agent_id()).unwrap() },
        Ephemeral::Fresh,
    )
    .unwrap();
    let n = (Header::Caller, caller.write(format!("\"{}\"", alice().agent_id()).as_bytes()).unwrap());
    let (_, bytes) = Link::initiate(&secret(0xe5), &bob().agent_id(), None, b"first", 0).unwrap();

    let mut called = Link::accept(bob(), 0);
    assert!(
        matches!(&give(&mut called, &n, 0).unwrap()[..], [Effect::Caller(site)] if site.address.is_none())
    );
    answer(&mut called, Answer::Recognise, 0).unwrap();
    let result = give(&mut called, &cut(&bytes)[1], 0);

    assert_struck(&mut called, result);
}

#[test]
fn a_caller_without_a_proper_name_closes() {
    let nobody = AgentId::from_bytes([0; 32]);
    let payloads =
        [String::new(), "\"\"".into(), "{}".into(), alice().agent_id().to_string(), format!("\"{nobody}\"")];
    for payload in payloads {
        let theirs = StaticKey::of(&bob().agent_id()).unwrap();
        let mut caller = Handshake::build(Keys::Calling { theirs: &theirs }, Ephemeral::Fresh).unwrap();
        let n = (Header::Caller, caller.write(payload.as_bytes()).unwrap());

        let mut called = Link::accept(bob(), 0);
        let result = give(&mut called, &n, 0);
        assert_struck(&mut called, result);
    }
}

#[test]
fn an_answer_from_somebody_else_or_to_another_call_closes() {
    let (_, i) = ticket();
    let mut called = Link::accept(bob(), 0);
    give(&mut called, &i, 0).unwrap();
    let a = sent(&answer(&mut called, Answer::Accept(alice().agent_id()), 0).unwrap()).remove(0);

    let (mut another, _) = ticket();
    let result = give(&mut another, &a, 0);
    assert_struck(&mut another, result);
    let (mut known, _, _) = known();
    let result = give(&mut known, &a, 0);
    assert_struck(&mut known, result);
}

#[test]
fn an_answer_that_carries_something_closes() {
    let (mut calling, i) = ticket();
    let mut forged = Handshake::build(Keys::Ticketed { ours: &bob() }, Ephemeral::Fresh).unwrap();
    forged.read(&i.1).unwrap();
    let a = (Header::Answer, forged.write(b"{}").unwrap());

    let result = give(&mut calling, &a, 0);

    assert_struck(&mut calling, result);
}

#[test]
fn a_packet_out_of_turn_closes_every_phase() {
    let (_, i) = ticket();
    let (_, n, k) = known();
    let noise = |header| (header, vec![0; 64]);
    let stages: [(&[&Packet], &str); 4] = [(&[], "IN"), (&[&i], ""), (&[&n], "K"), (&[&n, &k], "")];
    for (before, allowed) in stages {
        let forged = Header::ALL.map(noise);
        let packets = forged.iter().chain([&i, &n, &k]);
        for packet in packets.filter(|(header, _)| !allowed.contains(&header.to_string())) {
            let mut called = Link::accept(bob(), 0);
            for packet in before {
                give(&mut called, packet, 0).unwrap();
            }
            let result = give(&mut called, packet, 0);
            assert_struck(&mut called, result);
        }
    }

    for header in [Header::Ticket, Header::Caller, Header::Known, Header::Transport] {
        let (mut calling, _) = ticket();
        let result = give(&mut calling, &noise(header), 0);
        assert_struck(&mut calling, result);
    }
    for header in [Header::Ticket, Header::Caller, Header::Known, Header::Answer] {
        let (calling, called) = open();
        for mut link in [calling, called] {
            let result = give(&mut link, &noise(header), 0);
            assert_struck(&mut link, result);
        }
    }
}

#[test]
fn a_second_packet_after_a_proven_request_closes() {
    let (_, n, k) = known();
    let mut called = Link::accept(bob(), 0);
    give(&mut called, &n, 0).unwrap();
    answer(&mut called, Answer::Recognise, 0).unwrap();
    give(&mut called, &k, 0).unwrap();

    let result = give(&mut called, &k, 0);

    assert_struck(&mut called, result);
}

#[test]
fn a_packet_longer_than_a_noise_message_closes() {
    for header in Header::ALL {
        let mut called = Link::accept(bob(), 0);
        let result = give(&mut called, &(header, vec![0; MAX_BODY + 1]), 0);
        assert_struck(&mut called, result);
    }
}

#[test]
fn who_replays_a_ticket_can_neither_speak_nor_be_live() {
    let (mut calling, i) = ticket();
    let mut called = Link::accept(bob(), 0);
    give(&mut called, &i, 0).unwrap();
    let a = sent(&answer(&mut called, Answer::Accept(alice().agent_id()), 0).unwrap()).remove(0);
    give(&mut calling, &a, 0).unwrap();
    let t = message(&mut calling, b"pay", 0);

    let mut fooled = Link::accept(bob(), 0);
    assert!(matches!(&give(&mut fooled, &i, 0).unwrap()[..], [Effect::Ticket { .. }]));
    answer(&mut fooled, Answer::Accept(alice().agent_id()), 0).unwrap();
    assert!(!fooled.is_live());
    let result = give(&mut fooled, &t, 0);

    assert_struck(&mut fooled, result);
}

#[test]
fn who_replays_a_first_message_behind_a_forged_address_does_not_get_it_believed() {
    let (_, _, k) = known();
    let theirs = StaticKey::of(&bob().agent_id()).unwrap();
    let mut mallory = Handshake::build(Keys::Calling { theirs: &theirs }, Ephemeral::Fresh).unwrap();
    let claim = format!("\"{}@mallory.example:666\"", alice().agent_id());
    let n = (Header::Caller, mallory.write(claim.as_bytes()).unwrap());

    let mut fooled = Link::accept(bob(), 0);
    give(&mut fooled, &n, 0).unwrap();
    give(&mut fooled, &k, 0).unwrap();
    answer(&mut fooled, Answer::Recognise, 0).unwrap();
    answer(&mut fooled, Answer::Accept(alice().agent_id()), 0).unwrap();

    assert_eq!(fooled.proven_address(), None);
    let result = give(&mut fooled, &(Header::Transport, vec![0; 40]), 0);
    assert_struck(&mut fooled, result);
}

#[test]
fn a_known_caller_needs_the_key_of_its_name_not_of_another() {
    let theirs = StaticKey::of(&bob().agent_id()).unwrap();
    let mallory = secret(0xe5);
    let keys = Keys::Known { role: Role::Initiator, ours: &mallory, theirs: &theirs };
    let mut handshake = Handshake::build(keys, Ephemeral::Fresh).unwrap();
    let k = (Header::Known, handshake.write(b"first").unwrap());
    let (_, n, _) = known();

    let mut called = Link::accept(bob(), 0);
    give(&mut called, &n, 0).unwrap();
    give(&mut called, &k, 0).unwrap();
    let result = answer(&mut called, Answer::Recognise, 0);

    assert_struck(&mut called, result);
}
