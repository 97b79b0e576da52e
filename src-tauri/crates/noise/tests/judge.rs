//! Links with a peer that shares no code with ours: `judge/peer.py`, in both roles, by ticket and as a known partner.
//!
//! `cargo xtask test` makes the Python environment and names it in `TALLYSTICK_JUDGE`.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command};
use std::sync::Arc;
use std::time::Duration;

use tallystick_noise::{Address, AgentSecret, Answer, Effect, Input, Link, Phase, frame};
use zeroize::Zeroizing;

/// Lengths of the messages that go round.
const LENGTHS: [usize; 8] = [0, 1, 15, 16, 512, 8_192, 65_000, 65_519];

fn secret(byte: u8) -> Arc<AgentSecret> {
    Arc::new(AgentSecret::from_seed(Zeroizing::new([byte; 32])))
}

/// Our end of a connection to the judge.
struct Ours {
    judge: Child,
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Ours {
    /// Starts the judge, which connects to us whoever is to speak first.
    fn meet(role: &str, kind: &str) -> Self {
        let python = std::env::var_os("TALLYSTICK_JUDGE")
            .expect("TALLYSTICK_JUDGE names a Python that has the libraries");
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = listener.local_addr().unwrap().port().to_string();
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/judge/peer.py");
        let mut judge =
            Command::new(python).args([script, role, kind, &port]).spawn().expect("Python starts");
        listener.set_nonblocking(true).unwrap();
        let stream = loop {
            match listener.accept() {
                Ok((stream, _)) => break stream,
                Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {
                    assert!(judge.try_wait().unwrap().is_none(), "the judge ended before it called");
                    std::thread::sleep(Duration::from_millis(5));
                }
                Err(error) => panic!("{error}"),
            }
        };
        stream.set_nonblocking(false).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        Self { judge, stream, buffer: Vec::new() }
    }

    fn send(&mut self, effects: &[Effect]) {
        for effect in effects {
            if let Effect::Transmit(bytes) = effect {
                self.stream.write_all(bytes).unwrap();
            }
        }
    }

    /// What our link makes of the next frame.
    fn next(&mut self, link: &mut Link) -> Vec<Effect> {
        loop {
            if let Some(frame) = frame::parse(&self.buffer).expect("frames of the protocol") {
                let input = Input::Frame { header: frame.header, body: frame.body };
                let effects = link.handle(input, 1).expect("packets that authenticate");
                self.buffer.drain(..frame.consumed);
                return effects;
            }
            let mut bytes = [0; 16_384];
            let read = self.stream.read(&mut bytes).unwrap();
            assert_ne!(read, 0, "the judge hung up");
            self.buffer.extend_from_slice(&bytes[..read]);
        }
    }

    fn ends_well(mut self) {
        drop(self.stream);
        assert!(self.judge.wait().unwrap().success(), "the judge found something");
    }
}

/// We call, the judge is called.
fn we_call(kind: &str) {
    let (alice, bob) = (secret(1), secret(2));
    let mut ours = Ours::meet("listen", kind);
    let (mut link, bytes) = match kind {
        "ticket" => Link::initiate_ticket(&alice, &bob.agent_id(), b"first", 0).unwrap(),
        _ => {
            let home = Address::new("127.0.0.1", 65_430).unwrap();
            Link::initiate(&alice, &bob.agent_id(), Some(&home), b"first", 0).unwrap()
        }
    };
    ours.stream.write_all(&bytes).unwrap();
    assert_eq!(ours.next(&mut link), [Effect::Opened]);
    for length in LENGTHS {
        let message: Vec<u8> = (0..length).map(|number| u8::try_from(number % 251).unwrap()).collect();
        let effects = link.handle(Input::Send(&message), 2).unwrap();
        ours.send(&effects);
        assert_eq!(ours.next(&mut link), [Effect::Received { payload: message }], "{length} bytes");
    }
    ours.ends_well();
}

/// The judge calls, we are called.
fn we_are_called(kind: &str) {
    let (alice, bob) = (secret(1), secret(2));
    let mut ours = Ours::meet("dial", kind);
    let mut link = Link::accept(alice, 0);
    let first = ours.next(&mut link);
    let accepted = if kind == "ticket" {
        let [Effect::Ticket { caller, payload }] = first.as_slice() else { panic!("{first:?}") };
        assert!(caller.is_agent(&bob.agent_id()) && payload == b"first");
        Answer::Accept(bob.agent_id())
    } else {
        let [Effect::Caller(site)] = first.as_slice() else { panic!("{first:?}") };
        assert_eq!(site.agent, bob.agent_id());
        link.handle(Input::Answer(Answer::Recognise), 1).unwrap();
        assert_eq!(ours.next(&mut link), [Effect::First { payload: b"first".to_vec() }]);
        Answer::Accept(bob.agent_id())
    };
    let effects = link.handle(Input::Answer(accepted), 1).unwrap();
    ours.send(&effects);
    assert_eq!(link.phase(), Phase::Open);
    for _ in LENGTHS {
        let effects = ours.next(&mut link);
        let [Effect::Received { payload }] = effects.as_slice() else { panic!("{effects:?}") };
        let echo = link.handle(Input::Send(payload), 2).unwrap();
        ours.send(&echo);
    }
    ours.ends_well();
}

#[test]
fn a_ticket_brought_to_another_implementation() {
    we_call("ticket");
}

#[test]
fn a_ticket_brought_by_another_implementation() {
    we_are_called("ticket");
}

#[test]
fn a_call_to_another_implementation() {
    we_call("known");
}

#[test]
fn a_call_by_another_implementation() {
    we_are_called("known");
}
