//! Many streams on one trunk, as a machine: no socket, no clock. Both ends are the same, but that only the relay opens.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv6Addr};

/// Bytes of one direction of one stream that may be on their way without having been reported taken.
pub(super) const WINDOW: usize = 64 * 1024;

/// The most bytes in one message: short ones in between need not wait long.
pub(super) const CHUNK: usize = 16 * 1024;

/// Streams at a time: a wallet has tens of partners, not thousands.
pub(super) const MOST_STREAMS: usize = 64;

const OPEN: u8 = 1;
const DATA: u8 = 2;
const TAKEN: u8 = 3;
const END: u8 = 4;
const PING: u8 = 5;
const PONG: u8 = 6;
const WELCOME: u8 = 7;

/// Which end of the trunk this is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// Callers come here.
    Relay,
    /// They are meant for here.
    Wallet,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Input {
    /// The other end sent a message.
    Said(Vec<u8>),
    /// Relay: somebody calls.
    Caller(IpAddr),
    /// Bytes came out of a stream's socket; never more than the stream may send.
    Bytes(u32, Vec<u8>),
    /// So many bytes went into a stream's socket.
    Took(u32, usize),
    /// A stream's socket has ended.
    Gone(u32),
    /// It is time to be heard.
    Ping,
    /// Relay: tells the wallet its port.
    Welcome(u16),
}

/// What is to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Effect {
    /// Send this message.
    Say(Vec<u8>),
    /// A stream has begun; it may send [`WINDOW`] bytes.
    Begun(u32, IpAddr),
    /// Put these bytes into the stream's socket, and say when they are taken.
    Deliver(u32, Vec<u8>),
    /// The stream may send so many bytes more.
    MaySend(u32, usize),
    /// The stream is over, once everything delivered is in its socket.
    Ended(u32),
    /// Wallet: the port at which it can be called.
    Welcome(u16),
}

/// The other end does not keep to the rules; nothing that it sends can be trusted to mean anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the trunk is broken: {0}")]
pub(super) struct Broken(&'static str);

#[derive(Clone, Copy, Debug)]
struct Flow {
    /// What we may still send.
    credit: usize,
    /// What came and is not in the socket yet.
    held: usize,
}

/// The streams of one trunk.
#[derive(Debug)]
pub(super) struct Mux {
    end: End,
    streams: BTreeMap<u32, Flow>,
    /// Streams ever begun: their numbers are 1 to this.
    begun: u32,
}

impl Mux {
    pub(super) fn new(end: End) -> Self {
        Self { end, streams: BTreeMap::new(), begun: 0 }
    }

    /// Takes one input.
    ///
    /// # Errors
    /// [`Broken`] if the other end broke a rule: the trunk must be given up.
    pub(super) fn handle(&mut self, input: Input) -> Result<Vec<Effect>, Broken> {
        let say = |kind, stream, rest: &[u8]| Effect::Say(message(kind, stream, rest));
        Ok(match input {
            Input::Said(message) => return self.said(&message),
            // One too many is turned away by not being begun.
            Input::Caller(_) if self.streams.len() >= MOST_STREAMS || self.begun == u32::MAX => Vec::new(),
            Input::Caller(from) => {
                let stream = self.begin();
                vec![say(OPEN, stream, &mapped(from).octets()), Effect::Begun(stream, from)]
            }
            Input::Bytes(stream, bytes) => match self.streams.get_mut(&stream) {
                None => Vec::new(),
                Some(flow) => {
                    flow.credit = flow.credit.saturating_sub(bytes.len());
                    bytes.chunks(CHUNK).map(|chunk| say(DATA, stream, chunk)).collect()
                }
            },
            Input::Took(stream, count) => match self.streams.get_mut(&stream) {
                None => Vec::new(),
                Some(flow) => {
                    flow.held = flow.held.saturating_sub(count);
                    vec![say(TAKEN, stream, &u32::try_from(count).unwrap_or(u32::MAX).to_be_bytes())]
                }
            },
            Input::Gone(stream) => match self.streams.remove(&stream) {
                None => Vec::new(),
                Some(_) => vec![say(END, stream, &[])],
            },
            Input::Ping => vec![say(PING, 0, &[])],
            Input::Welcome(port) => vec![say(WELCOME, 0, &port.to_be_bytes())],
        })
    }

    fn begin(&mut self) -> u32 {
        self.begun += 1;
        self.streams.insert(self.begun, Flow { credit: WINDOW, held: 0 });
        self.begun
    }

    fn said(&mut self, message: &[u8]) -> Result<Vec<Effect>, Broken> {
        let (kind, rest) = message.split_first().ok_or(Broken("an empty message"))?;
        let (stream, rest) = rest.split_first_chunk().ok_or(Broken("a message without a stream"))?;
        let stream = u32::from_be_bytes(*stream);
        let short = |rest: &[u8]| <[u8; 4]>::try_from(rest).map_err(|_| Broken("a count that is none"));
        match (*kind, stream) {
            (PING, 0) => Ok(vec![Effect::Say(self::message(PONG, 0, &[]))]),
            (PONG, 0) => Ok(Vec::new()),
            (WELCOME, 0) if self.end == End::Wallet => {
                let port = <[u8; 2]>::try_from(rest).map_err(|_| Broken("a port that is none"))?;
                Ok(vec![Effect::Welcome(u16::from_be_bytes(port))])
            }
            (OPEN, _) if self.end == End::Wallet => {
                let from = <[u8; 16]>::try_from(rest).map_err(|_| Broken("a caller from nowhere"))?;
                if self.begun.checked_add(1) != Some(stream) || self.streams.len() >= MOST_STREAMS {
                    return Err(Broken("a stream out of turn, or one too many"));
                }
                self.begin();
                Ok(vec![Effect::Begun(stream, Ipv6Addr::from(from).to_canonical())])
            }
            (DATA | TAKEN | END, _) if stream == 0 || stream > self.begun => {
                Err(Broken("a stream that never was"))
            }
            (DATA, _) => {
                // What was on its way when it ended.
                let Some(flow) = self.streams.get_mut(&stream) else { return Ok(Vec::new()) };
                flow.held += rest.len();
                if rest.is_empty() || flow.held > WINDOW {
                    return Err(Broken("more than may be on its way, or nothing"));
                }
                Ok(vec![Effect::Deliver(stream, rest.to_vec())])
            }
            (TAKEN, _) => {
                let count = usize::try_from(u32::from_be_bytes(short(rest)?)).unwrap_or(usize::MAX);
                let Some(flow) = self.streams.get_mut(&stream) else { return Ok(Vec::new()) };
                flow.credit = flow.credit.saturating_add(count);
                if flow.credit > WINDOW {
                    return Err(Broken("more taken than was sent"));
                }
                Ok(vec![Effect::MaySend(stream, count)])
            }
            (END, _) => Ok(self.streams.remove(&stream).map(|_| Effect::Ended(stream)).into_iter().collect()),
            _ => Err(Broken("a message that means nothing here")),
        }
    }
}

fn message(kind: u8, stream: u32, rest: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(5 + rest.len());
    bytes.push(kind);
    bytes.extend_from_slice(&stream.to_be_bytes());
    bytes.extend_from_slice(rest);
    bytes
}

fn mapped(ip: IpAddr) -> Ipv6Addr {
    match ip {
        IpAddr::V4(ip) => ip.to_ipv6_mapped(),
        IpAddr::V6(ip) => ip,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use proptest::prelude::*;

    use super::*;

    const FROM: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 7));

    /// One end with its sockets: bytes that wait to be read from them, and bytes that were put into them.
    struct Side {
        mux: Mux,
        out: VecDeque<Vec<u8>>,
        may_send: BTreeMap<u32, usize>,
        delivered: BTreeMap<u32, Vec<u8>>,
        untaken: BTreeMap<u32, usize>,
        ended: Vec<u32>,
    }

    impl Side {
        fn new(end: End) -> Self {
            Self {
                mux: Mux::new(end),
                out: VecDeque::new(),
                may_send: BTreeMap::new(),
                delivered: BTreeMap::new(),
                untaken: BTreeMap::new(),
                ended: Vec::new(),
            }
        }

        fn take(&mut self, input: Input) {
            for effect in self.mux.handle(input).expect("an honest other end") {
                match effect {
                    Effect::Say(message) => self.out.push_back(message),
                    Effect::Begun(stream, from) => {
                        assert_eq!(from, FROM);
                        self.may_send.insert(stream, WINDOW);
                    }
                    Effect::Deliver(stream, bytes) => {
                        *self.untaken.entry(stream).or_default() += bytes.len();
                        self.delivered.entry(stream).or_default().extend(bytes);
                    }
                    Effect::MaySend(stream, count) => *self.may_send.entry(stream).or_default() += count,
                    Effect::Ended(stream) => self.ended.push(stream),
                    Effect::Welcome(_) => {}
                }
            }
        }

        fn send(&mut self, stream: u32, bytes: &[u8]) -> usize {
            let credit = self.may_send.entry(stream).or_default();
            let count = bytes.len().min(*credit);
            *credit -= count;
            self.take(Input::Bytes(stream, bytes[..count].to_vec()));
            count
        }
    }

    fn pass(from: &mut Side, to: &mut Side) {
        while let Some(message) = from.out.pop_front() {
            to.take(Input::Said(message));
        }
    }

    #[derive(Clone, Debug)]
    enum Step {
        Call,
        Send { relay: bool, stream: u32, count: usize },
        Take { relay: bool, stream: u32 },
        Pass { relay: bool },
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            Just(Step::Call),
            (any::<bool>(), 1_u32..6, 1_usize..90_000).prop_map(|(relay, stream, count)| Step::Send {
                relay,
                stream,
                count
            }),
            (any::<bool>(), 1_u32..6).prop_map(|(relay, stream)| Step::Take { relay, stream }),
            any::<bool>().prop_map(|relay| Step::Pass { relay }),
        ]
    }

    proptest! {
        #[test]
        fn every_byte_arrives_once_in_order_and_never_more_wait_than_the_window(
            steps in proptest::collection::vec(step(), 1..80),
        ) {
            let (mut relay, mut wallet) = (Side::new(End::Relay), Side::new(End::Wallet));
            let mut sent: BTreeMap<(bool, u32), Vec<u8>> = BTreeMap::new();
            let mut next = 0_u8;
            for step in steps {
                match step {
                    Step::Call => relay.take(Input::Caller(FROM)),
                    Step::Send { relay: from_relay, stream, count } => {
                        let side = if from_relay { &mut relay } else { &mut wallet };
                        if !side.may_send.contains_key(&stream) { continue }
                        let bytes: Vec<u8> = (0..count).map(|_| { next = next.wrapping_add(1); next }).collect();
                        let fits = side.send(stream, &bytes);
                        sent.entry((from_relay, stream)).or_default().extend(&bytes[..fits]);
                    }
                    Step::Take { relay: at_relay, stream } => {
                        let side = if at_relay { &mut relay } else { &mut wallet };
                        if let Some(count) = side.untaken.remove(&stream) {
                            prop_assert!(count <= WINDOW);
                            side.take(Input::Took(stream, count));
                        }
                    }
                    Step::Pass { relay: true } => pass(&mut relay, &mut wallet),
                    Step::Pass { relay: false } => pass(&mut wallet, &mut relay),
                }
            }
            pass(&mut relay, &mut wallet);
            pass(&mut wallet, &mut relay);
            for ((from_relay, stream), bytes) in sent {
                let there = if from_relay { &wallet } else { &relay };
                prop_assert_eq!(there.delivered.get(&stream).cloned().unwrap_or_default(), bytes);
            }
        }

        #[test]
        fn nothing_that_is_said_makes_it_hold_more_than_the_window(
            messages in proptest::collection::vec((0_u8..9, 0_u32..4, proptest::collection::vec(any::<u8>(), 0..20)), 0..60),
        ) {
            for end in [End::Relay, End::Wallet] {
                let mut mux = Mux::new(end);
                let _ = mux.handle(Input::Caller(FROM));
                for (kind, stream, rest) in &messages {
                    if mux.handle(Input::Said(message(*kind, *stream, rest))).is_err() { break }
                    prop_assert!(mux.streams.len() <= MOST_STREAMS);
                    prop_assert!(mux.streams.values().all(|flow| flow.held <= WINDOW && flow.credit <= WINDOW));
                }
            }
        }
    }

    #[test]
    fn who_breaks_a_rule_breaks_the_trunk() {
        let open =
            |mux: &mut Mux, stream| mux.handle(Input::Said(message(OPEN, stream, &mapped(FROM).octets())));
        let begun = || {
            let mut mux = Mux::new(End::Wallet);
            open(&mut mux, 1).expect("in turn");
            mux
        };
        let full = vec![0; WINDOW];
        assert!(begun().handle(Input::Said(message(DATA, 1, &full))).is_ok());
        for bad in [
            message(DATA, 1, &vec![0; WINDOW + 1]),
            message(DATA, 1, &[]),
            message(DATA, 2, b"x"),
            message(DATA, 0, b"x"),
            message(TAKEN, 1, &1_u32.to_be_bytes()),
            message(TAKEN, 1, b"x"),
            message(END, 2, &[]),
            message(9, 1, &[]),
            vec![],
            vec![DATA, 0],
        ] {
            assert!(begun().handle(Input::Said(bad.clone())).is_err(), "{:?}", bad.get(..6));
        }
        assert!(open(&mut begun(), 1).is_err() && open(&mut begun(), 3).is_err());
        assert!(open(&mut Mux::new(End::Relay), 1).is_err());
        let mut crowded = begun();
        let most = u32::try_from(MOST_STREAMS).expect("few");
        assert!((2..=most).all(|stream| open(&mut crowded, stream).is_ok()));
        assert!(open(&mut crowded, most + 1).is_err());
    }

    #[test]
    fn what_is_late_for_a_stream_that_ended_is_no_fault() {
        let mut mux = Mux::new(End::Relay);
        mux.handle(Input::Caller(FROM)).expect("begun");
        mux.handle(Input::Gone(1)).expect("ended");

        for late in [message(DATA, 1, b"x"), message(TAKEN, 1, &[0, 0, 0, 1]), message(END, 1, &[])] {
            assert_eq!(mux.handle(Input::Said(late)), Ok(Vec::new()));
        }
    }
}
