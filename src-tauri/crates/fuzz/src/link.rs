//! **Two ends of a link and somebody between them** who delivers, withholds, doubles, reorders, alters and invents
//! frames, while owners answer, send and let time pass.
//!
//! What one end is given as said by the other was said by it, in that order, each once; a first message may be given
//! twice, to two links, but then the replayed one is not live and its address is worth nothing. Before its owner
//! accepts, a called end says not a byte. A closed link stays closed and says nothing more. A deadline that has passed
//! ends what it was for.

use std::sync::{Arc, OnceLock};

use arbitrary::{Arbitrary, Unstructured};
use tallystick_noise::{
    Address, AgentSecret, Answer, Effect, End, HANDSHAKE_MS, Header, Input, Link, LinkError, Phase, Role,
    frame,
};
use zeroize::Zeroizing;

/// One thing that happens; `end` is 0 for the caller, 1 for the called, 2 for another called end with the same key.
#[derive(Debug, Arbitrary)]
enum Op {
    /// The oldest frame on its way arrives.
    Deliver { end: u8 },
    /// A frame that passed at some time arrives, perhaps again, perhaps at another end, perhaps altered.
    Replay { end: u8, nth: u8, flip: Option<(u16, u8)> },
    /// A frame of somebody's own making.
    Invent { end: u8, header: u8, body: Vec<u8> },
    /// An owner says something, asked or not.
    Answer { end: u8, what: Say },
    /// Something is to be said.
    Send { end: u8, length: u16 },
    /// Time passes, and the link is told.
    Wait { end: u8, milliseconds: u16 },
}

#[derive(Debug, Arbitrary)]
enum Say {
    Recognise,
    Accept,
    AcceptAnother,
    Refuse,
}

/// The keys of the two, made ready once.
struct Keys {
    caller: AgentSecret,
    called: Arc<AgentSecret>,
}

fn keys() -> &'static Keys {
    static KEYS: OnceLock<Keys> = OnceLock::new();
    KEYS.get_or_init(|| Keys {
        caller: AgentSecret::from_seed(Zeroizing::new([1; 32])),
        called: Arc::new(AgentSecret::from_seed(Zeroizing::new([2; 32]))),
    })
}

const FIRST: &[u8] = b"the first message";

struct End3 {
    link: Link,
    /// Frames for it that nobody has delivered.
    inbox: Vec<Vec<u8>>,
    /// What it was told to say and took.
    said: Vec<Vec<u8>>,
    /// How many messages it was given.
    heard: usize,
    accepted: bool,
    now: u64,
}

struct Scene {
    ends: [End3; 3],
    /// Every frame that ever passed.
    passed: Vec<Vec<u8>>,
    /// How many first messages or tickets the second called end was given.
    by_ticket: bool,
}

pub(crate) fn run(bytes: &[u8]) {
    let mut input = Unstructured::new(bytes);
    let Ok(by_ticket) = bool::arbitrary(&mut input) else { return };
    let mut scene = Scene::new(by_ticket);
    for _ in 0..MOST {
        if input.is_empty() {
            break;
        }
        let Ok(op) = Op::arbitrary(&mut input) else { break };
        scene.step(op);
    }
}

/// Steps of one input: enough for a whole life and some mischief.
const MOST: usize = 48;

impl Scene {
    fn new(by_ticket: bool) -> Self {
        let Keys { caller, called } = keys();
        let place = Address::new("198.51.100.7", 65430).expect("an address");
        let begun = match by_ticket {
            true => Link::initiate_ticket(caller, &called.agent_id(), FIRST, 0),
            false => Link::initiate(caller, &called.agent_id(), Some(&place), FIRST, 0),
        };
        let (link, bytes) = begun.expect("a call");
        let end =
            |link| End3 { link, inbox: Vec::new(), said: Vec::new(), heard: 0, accepted: false, now: 0 };
        let answering = || end(Link::accept(Arc::clone(called), 0));
        let mut scene = Self { ends: [end(link), answering(), answering()], passed: Vec::new(), by_ticket };
        scene.transmit(0, &bytes);
        scene
    }

    fn step(&mut self, op: Op) {
        match op {
            Op::Deliver { end } => {
                let end = which(end);
                if !self.ends[end].inbox.is_empty() {
                    let bytes = self.ends[end].inbox.remove(0);
                    self.arrive(end, &bytes);
                }
            }
            Op::Replay { end, nth, flip } => {
                let mut bytes = self.passed[usize::from(nth) % self.passed.len()].clone();
                if let Some((at, with)) = flip {
                    // The length field stays: a stream with another one is the business of the frames' own target.
                    let at = 4 + usize::from(at) % (bytes.len() - 4);
                    bytes[at] ^= with;
                }
                self.arrive(which(end), &bytes);
            }
            Op::Invent { end, header, body } => {
                let header = Header::ALL[usize::from(header) % Header::ALL.len()];
                let bytes = frame::encode(header, &body).expect("a short body");
                self.arrive(which(end), &bytes);
            }
            Op::Answer { end, what } => self.answer(which(end), &what),
            Op::Send { end, length } => self.send(which(end), usize::from(length)),
            Op::Wait { end, milliseconds } => self.wait(which(end), u64::from(milliseconds)),
        }
    }

    fn arrive(&mut self, end: usize, bytes: &[u8]) {
        let Ok(Some(frame)) = frame::parse(bytes) else { return };
        self.give(end, Input::Frame { header: frame.header, body: frame.body });
    }

    fn answer(&mut self, end: usize, what: &Say) {
        let Keys { caller, called } = keys();
        let answer = match what {
            Say::Recognise => Answer::Recognise,
            Say::Accept => Answer::Accept(caller.agent_id()),
            Say::AcceptAnother => Answer::Accept(called.agent_id()),
            Say::Refuse => Answer::Refuse,
        };
        if matches!(what, Say::Accept) {
            self.ends[end].accepted = true;
        }
        self.give(end, Input::Answer(answer));
    }

    fn send(&mut self, end: usize, length: usize) {
        let mark = u8::try_from(self.ends[end].said.len() % 251).unwrap_or(0);
        let payload = vec![mark; length];
        let open = self.ends[end].link.phase() == Phase::Open;
        if self.give(end, Input::Send(&payload)) {
            assert!(open, "something was said on a link that is not open");
            self.ends[end].said.push(payload);
        }
    }

    fn wait(&mut self, end: usize, milliseconds: u64) {
        self.ends[end].now += milliseconds;
        let now = self.ends[end].now;
        let due = self.ends[end].link.timer().is_some_and(|(_, at)| at <= now);
        self.give(end, Input::Tick);
        let end = &self.ends[end];
        assert!(!due || end.link.phase() == Phase::Closed, "a deadline passed and nothing came of it");
    }

    /// Feeds one input and checks all that follows; says whether it was taken.
    fn give(&mut self, end: usize, input: Input<'_>) -> bool {
        let before = self.ends[end].link.phase();
        let (now, genuine) = (self.ends[end].now, self.genuine(end));
        let result = self.ends[end].link.handle(input, now);
        let link = &self.ends[end].link;
        assert!(may_follow(before, link.phase(), link.role()), "{before} was followed by {}", link.phase());
        if let Some((_, at)) = link.timer().filter(|_| link.phase() != Phase::Open) {
            assert!(at <= now + HANDSHAKE_MS, "a phase of the handshake may last too long");
        }
        let effects = match result {
            Ok(effects) => effects,
            Err(error) => {
                assert!(
                    !matches!(error, LinkError::Peer(_)) || link.phase() == Phase::Closed,
                    "a violation left the link in phase {}",
                    link.phase()
                );
                return false;
            }
        };
        for effect in effects {
            assert!(before != Phase::Closed, "a closed link gave {effect:?}");
            self.check(end, effect, &genuine);
        }
        true
    }

    /// What the other side has said, as far as `end` may hear it.
    fn genuine(&self, end: usize) -> Vec<Vec<u8>> {
        match end {
            // The caller's link is with whichever called end has answered it.
            0 => self.ends[1..].iter().flat_map(|end| end.said.clone()).collect(),
            _ => self.ends[0].said.clone(),
        }
    }

    fn check(&mut self, end: usize, effect: Effect, genuine: &[Vec<u8>]) {
        let Keys { caller, .. } = keys();
        match effect {
            Effect::Ticket { caller: key, payload } => {
                assert!(
                    self.by_ticket && end > 0 && key.is_agent(&caller.agent_id()),
                    "a ticket of somebody else's"
                );
                assert_eq!(payload, FIRST, "a ticket that nobody brought");
            }
            Effect::First { payload } => {
                assert!(!self.by_ticket && end > 0);
                assert_eq!(payload, FIRST, "a first message that nobody sent");
            }
            Effect::Received { payload } => {
                let end = &mut self.ends[end];
                assert!(genuine.contains(&payload), "a message that nobody sent");
                if genuine.get(end.heard) != Some(&payload) {
                    // Only where two called ends spoke may the list be that of both.
                    assert!(end.link.role() == Role::Initiator, "out of order, or twice");
                }
                end.heard += 1;
                assert!(end.heard <= genuine.len(), "more was heard than said");
                assert!(end.link.is_live(), "a link that gives messages is live");
            }
            Effect::Transmit(bytes) => {
                assert!(end == 0 || self.ends[end].accepted, "a byte before the owner accepted");
                self.transmit(end, &bytes);
            }
            Effect::Opened => {
                assert_eq!(self.ends[end].link.phase(), Phase::Open);
                if end == 0 {
                    assert!(self.ends[1].accepted || self.ends[2].accepted, "open, and nobody accepted");
                } else {
                    let link = &self.ends[end].link;
                    assert_eq!(link.agent(), Some(caller.agent_id()), "open with somebody else");
                    assert!(
                        !link.is_live() && link.proven_address().is_none(),
                        "live before it has shown so"
                    );
                }
            }
            Effect::Closed(end_of_it) => {
                assert_eq!(self.ends[end].link.phase(), Phase::Closed);
                assert!(!matches!(end_of_it, End::Slow(Phase::Open | Phase::Closed)));
            }
            Effect::Caller(site) => assert!(end > 0 && !site.to_json().is_empty()),
        }
    }

    fn transmit(&mut self, from: usize, mut bytes: &[u8]) {
        while let Ok(Some(frame)) = frame::parse(bytes) {
            let (whole, rest) = bytes.split_at(frame.consumed);
            bytes = rest;
            self.passed.push(whole.to_vec());
            match from {
                0 => self.ends[1..].iter_mut().for_each(|end| end.inbox.push(whole.to_vec())),
                _ => self.ends[0].inbox.push(whole.to_vec()),
            }
        }
        assert!(bytes.is_empty(), "half a frame was sent");
    }
}

fn which(end: u8) -> usize {
    usize::from(end % 3)
}

/// The arrows of the protocol page; every phase may stay as it is or close.
fn may_follow(before: Phase, after: Phase, role: Role) -> bool {
    use Phase::{Closed, Id, None, Open, Pending, Request, Ticket};
    before == after
        || match (before, after) {
            (Closed, _) => false,
            (_, Closed) => true,
            (None, Ticket | Id) | (Id, Request) | (Ticket | Request, Open) => role == Role::Responder,
            (Pending, Open) => role == Role::Initiator,
            _ => false,
        }
}
