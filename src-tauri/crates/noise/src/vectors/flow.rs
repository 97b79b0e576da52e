//! One recorded flow, played at both ends.

use std::mem;

use serde_json::Value;
use snow::params::CipherChoice;
use snow::resolvers::{CryptoResolver as _, DefaultResolver};

use crate::frame::{self, Header};
use crate::handshake::{Channel, Ephemeral, Handshake, IK, KK, Keys, N, OVERHEAD_T, Role};
use crate::identity::{AgentSecret, StaticKey};
use crate::vectors::{Check, Replay, bytes, key};

/// Plays the frames of `flow` between the file's initiator and responder, in this order.
pub(super) fn replay(name: &str, flow: &Value, people: [&AgentSecret; 2], replay: &mut Replay) {
    let Some(frames) = flow.get("frames").and_then(Value::as_array) else {
        return replay.fail(name, Check::Shape, "no frames");
    };
    let mut stage = Stage { flow, frames, people, talk: Talk::None, order: order(flow), hash: None };
    for (index, frame) in frames.iter().enumerate() {
        replay.frames += 1;
        let header = frame.get("header").and_then(Value::as_str).unwrap_or("?");
        let place = format!("{name}[{index}] {header}");
        if let Err(why) = stage.frame(index, frame, &place, replay) {
            // What follows depends on this frame, so it would only repeat the complaint.
            return replay.fail(&place, Check::Shape, why);
        }
    }
    if let Some(recorded) = bytes(flow, "handshake_hash") {
        replay.check(name, Check::Hash, stage.hash == Some(recorded), "another handshake hash");
    }
}

struct Stage<'a> {
    flow: &'a Value,
    frames: &'a [Value],
    people: [&'a AgentSecret; 2],
    talk: Talk,
    order: Option<Order>,
    hash: Option<Vec<u8>>,
}

/// How far the two ends have come.
enum Talk {
    None,
    /// Message 1 has passed; `caller` is the index of who sent it.
    Called {
        caller: usize,
        initiator: Box<Handshake>,
        responder: Box<Handshake>,
    },
    Open {
        caller: usize,
        initiator: Box<Channel>,
        responder: Box<Channel>,
    },
}

/// Who sends with the first split key.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Order {
    /// The initiator, as the Noise specification has it.
    Specified,
    /// The responder, as the recording library has it.
    Reversed,
}

/// One recorded frame.
struct Recorded {
    header: Header,
    sender: usize,
    plain: Vec<u8>,
    body: Vec<u8>,
}

impl Stage<'_> {
    fn frame(
        &mut self,
        index: usize,
        frame: &Value,
        place: &str,
        replay: &mut Replay,
    ) -> Result<(), &'static str> {
        let recorded = recorded(frame)?;
        if let Some(whole) = bytes(frame, "frame_hex") {
            let encoded = frame::encode(recorded.header, &recorded.body);
            replay.check(
                place,
                Check::Framing,
                encoded.as_ref() == Ok(&whole),
                "another frame around the message",
            );
            let cut = frame::parse(&whole);
            let same =
                matches!(cut, Ok(Some(cut)) if cut.header == recorded.header && cut.body == recorded.body);
            replay.check(place, Check::Framing, same, "the frame comes apart otherwise");
        }
        if let Some(public) = bytes(frame, "e_pub") {
            let same = recorded.body.starts_with(&public);
            replay.check(place, Check::Ephemeral, same, "another ephemeral key in front");
        }
        match recorded.header {
            Header::Ticket | Header::Caller | Header::Known => {
                self.call(index, frame, &recorded, place, replay)
            }
            Header::Answer => self.answer(&recorded, place, replay),
            Header::Transport => self.transport(frame, &recorded, place, replay),
        }
    }

    fn call(
        &mut self,
        index: usize,
        frame: &Value,
        recorded: &Recorded,
        place: &str,
        replay: &mut Replay,
    ) -> Result<(), &'static str> {
        let ours = self.people[recorded.sender];
        let theirs = self.people[1 - recorded.sender];
        let from = StaticKey::of(&ours.agent_id()).map_err(|_| "the sender has no static key")?;
        let to = StaticKey::of(&theirs.agent_id()).map_err(|_| "the receiver has no static key")?;
        let (pattern, calling, called) = match recorded.header {
            Header::Ticket => (IK, Keys::Ticket { ours, theirs: &to }, Keys::Ticketed { ours: theirs }),
            Header::Caller => (N, Keys::Calling { theirs: &to }, Keys::Called { ours: theirs }),
            Header::Known | Header::Answer | Header::Transport => (
                KK,
                Keys::Known { role: Role::Initiator, ours, theirs: &to },
                Keys::Known { role: Role::Responder, ours: theirs, theirs: &from },
            ),
        };
        if let Some(name) = frame.get("pattern").and_then(Value::as_str) {
            replay.check(place, Check::Pattern, name == pattern, "another pattern");
        }
        let ephemeral = key(frame, "e_priv").ok_or("no e_priv of 32 bytes")?;
        let answering = self.frames[index..].iter().find(|frame| letter(frame) == Some(Header::Answer));
        let answering =
            answering.and_then(|frame| key(frame, "e_priv")).map_or(Ephemeral::Fresh, Ephemeral::Fixed);

        let mut initiator = Handshake::build(calling, Ephemeral::Fixed(ephemeral))
            .map_err(|_| "no handshake to send with")?;
        let mut responder =
            Handshake::build(called, answering).map_err(|_| "no handshake to receive with")?;
        let written = initiator.write(&recorded.plain).map_err(|_| "the message cannot be written")?;
        replay.check(place, Check::Written, written == recorded.body, "our sender makes other bytes");
        let read = responder.read(&recorded.body).ok();
        replay.check(
            place,
            Check::Read,
            read.as_ref() == Some(&recorded.plain),
            "our receiver reads otherwise",
        );
        if matches!(recorded.header, Header::Ticket) {
            replay.check(place, Check::Read, responder.remote() == Some(from), "another static key arrives");
        }
        let agreed = initiator.hash() == responder.hash();
        replay.check(place, Check::Hash, agreed, "the two ends hash otherwise");
        self.hash = Some(responder.hash().to_vec());
        if !matches!(recorded.header, Header::Caller) {
            let (initiator, responder) = (Box::new(initiator), Box::new(responder));
            self.talk = Talk::Called { caller: recorded.sender, initiator, responder };
        }
        Ok(())
    }

    fn answer(&mut self, recorded: &Recorded, place: &str, replay: &mut Replay) -> Result<(), &'static str> {
        let Talk::Called { caller, mut initiator, mut responder } = mem::replace(&mut self.talk, Talk::None)
        else {
            return Err("an answer to nothing");
        };
        if caller == recorded.sender {
            return Err("an answer to oneself");
        }
        let written = responder.write(&recorded.plain).map_err(|_| "the answer cannot be written")?;
        replay.check(place, Check::Written, written == recorded.body, "our responder makes other bytes");
        let read = initiator.read(&recorded.body).ok();
        replay.check(
            place,
            Check::Read,
            read.as_ref() == Some(&recorded.plain),
            "our initiator reads otherwise",
        );
        replay.check(place, Check::Hash, initiator.hash() == responder.hash(), "the two ends hash otherwise");
        self.hash = Some(responder.hash().to_vec());

        let initiator = initiator.finish().map_err(|_| "the initiator cannot split")?;
        let responder = responder.finish().map_err(|_| "the responder cannot split")?;
        if let Some(keys) = self.flow.get("split") {
            for (number, channel) in [("k1", &initiator), ("k2", &responder)] {
                let first = split_key(keys, number).and_then(|key| seal(&key, 0, b"probe"));
                let held = first.is_some() && first == channel.seal_at(0, b"probe").ok();
                replay.check(place, Check::Split, held, number);
            }
        }
        self.talk = Talk::Open { caller, initiator: Box::new(initiator), responder: Box::new(responder) };
        Ok(())
    }

    fn transport(
        &mut self,
        frame: &Value,
        recorded: &Recorded,
        place: &str,
        replay: &mut Replay,
    ) -> Result<(), &'static str> {
        let Talk::Open { caller, initiator, responder } = &mut self.talk else {
            return Err("a message before the link is open");
        };
        let sends_first = *caller == recorded.sender;
        let order = match self.order {
            Some(order) => order,
            None => *self.order.insert(guess(sends_first, initiator, responder, recorded)),
        };
        // Under the reversed order the far end's channel is the one that holds the sender's key.
        let with_first = sends_first == (order == Order::Specified);
        let (sender, receiver) = if with_first { (initiator, responder) } else { (responder, initiator) };

        let nonce = sender.sent;
        if let Some(little) = bytes(frame, "nonce_le64") {
            replay.check(place, Check::Nonce, little == nonce.to_le_bytes(), "another nonce");
        }
        if let Some(keys) = self.flow.get("split") {
            let number = if with_first { "k1" } else { "k2" };
            let sealed = split_key(keys, number).and_then(|key| seal(&key, nonce, &recorded.plain));
            replay.check(place, Check::Split, sealed.as_ref() == Some(&recorded.body), number);
        }
        let written = sender.seal(&recorded.plain).ok();
        replay.check(place, Check::Written, written.as_ref() == Some(&recorded.body), "we seal other bytes");
        let read = receiver.open(&recorded.body).ok();
        replay.check(place, Check::Read, read.as_ref() == Some(&recorded.plain), "we open otherwise");
        Ok(())
    }
}

fn recorded(frame: &Value) -> Result<Recorded, &'static str> {
    let header = letter(frame).ok_or("no known header")?;
    let sender = match frame.get("dir").and_then(Value::as_str) {
        Some("i->r") => 0,
        Some("r->i") => 1,
        Some(_) => return Err("an unknown direction"),
        None => usize::from(matches!(header, Header::Answer)),
    };
    let text = frame.get("plaintext").and_then(Value::as_str).map(|text| text.as_bytes().to_vec());
    let plain = bytes(frame, "plaintext_hex").or(text).ok_or("no plaintext")?;
    let cut = || {
        let whole = bytes(frame, "frame_hex")?;
        frame::parse(&whole).ok().flatten().map(|frame| frame.body.to_vec())
    };
    let body = bytes(frame, "noise_hex").or_else(cut).ok_or("no noise_hex")?;
    Ok(Recorded { header, sender, plain, body })
}

fn letter(frame: &Value) -> Option<Header> {
    match frame.get("header").and_then(Value::as_str)?.as_bytes() {
        [byte] => Header::from_byte(*byte),
        _ => None,
    }
}

/// Reads the order off the names of the split keys, like `k1_responder_tx`.
fn order(flow: &Value) -> Option<Order> {
    let name = flow.get("split")?.as_object()?.keys().find(|name| name.starts_with("k1"))?;
    match name.as_str() {
        "k1_initiator_tx" => Some(Order::Specified),
        "k1_responder_tx" => Some(Order::Reversed),
        _ => None,
    }
}

/// Reads the order off the first transport message, where the recording does not say.
fn guess(sends_first: bool, initiator: &Channel, responder: &Channel, recorded: &Recorded) -> Order {
    let reversed = if sends_first { responder } else { initiator };
    match reversed.seal_at(reversed.sent, &recorded.plain) {
        Ok(sealed) if sealed == recorded.body => Order::Reversed,
        Ok(_) | Err(_) => Order::Specified,
    }
}

fn split_key(keys: &Value, number: &str) -> Option<[u8; 32]> {
    let name = keys.as_object()?.keys().find(|name| name.starts_with(number))?;
    key(keys, name)
}

/// Seals with a bare key: what a transport message must be, without the channel that is being checked.
fn seal(key: &[u8; 32], nonce: u64, plain: &[u8]) -> Option<Vec<u8>> {
    let mut cipher = DefaultResolver.resolve_cipher(&CipherChoice::ChaChaPoly)?;
    cipher.set(key);
    let mut sealed = vec![0; plain.len() + OVERHEAD_T];
    let written = cipher.encrypt(nonce, &[], plain, &mut sealed);
    sealed.truncate(written);
    Some(sealed)
}
