//! Random operations on two ends and a wire that anybody may write to.

use std::collections::VecDeque;

use proptest::prelude::*;

use super::*;

/// What may happen next.
#[derive(Clone, Debug)]
enum Op {
    /// The next frame of the other end arrives.
    Next { to: usize },
    /// The owner of an end decides what its phase asks for.
    Sensible { at: usize },
    /// Any frame ever sent, by either end, reaches an end.
    Deliver { to: usize, which: usize },
    /// The same with one byte changed.
    Tamper { to: usize, which: usize, place: usize },
    /// Bytes from nowhere.
    Noise { to: usize, header: Header, body: Vec<u8> },
    /// The owner of an end decides without looking.
    Judge { at: usize, answer: Answer },
    /// The owner of an end sends.
    Send { at: usize, text: Vec<u8> },
    /// Time passes at an end.
    Wait { at: usize, milliseconds: u64 },
}

fn arb_answer() -> impl Strategy<Value = Answer> {
    prop_oneof![
        4 => Just(Answer::Recognise),
        4 => Just(Answer::Accept(alice().agent_id())),
        1 => Just(Answer::Accept(bob().agent_id())),
        1 => Just(Answer::Refuse),
    ]
}

fn arb_op() -> impl Strategy<Value = Op> {
    let end = 0..2_usize;
    let body = prop::collection::vec(any::<u8>(), 0..120);
    prop_oneof![
        60 => end.clone().prop_map(|to| Op::Next { to }),
        30 => end.clone().prop_map(|at| Op::Sensible { at }),
        30 => (end.clone(), body.clone()).prop_map(|(at, text)| Op::Send { at, text }),
        1 => (end.clone(), 0..8_usize).prop_map(|(to, which)| Op::Deliver { to, which }),
        1 => (end.clone(), 0..8_usize, any::<usize>()).prop_map(|(to, which, place)| Op::Tamper { to, which, place }),
        1 => (end.clone(), prop::sample::select(Header::ALL.to_vec()), body)
            .prop_map(|(to, header, body)| Op::Noise { to, header, body }),
        2 => (end.clone(), arb_answer()).prop_map(|(at, answer)| Op::Judge { at, answer }),
        3 => (end, 0..12_000_u64).prop_map(|(at, milliseconds)| Op::Wait { at, milliseconds }),
    ]
}

/// Two ends, by ticket or by name, and all that was ever on the wire.
struct World {
    ends: [Link; 2],
    wire: Vec<Packet>,
    /// For each end, which frames of the wire are still on their way to it.
    coming: [VecDeque<usize>; 2],
    /// What each end has sent and the other has taken, in order.
    said: [Vec<Vec<u8>>; 2],
    heard: [Vec<Vec<u8>>; 2],
    accepted: bool,
    now: u64,
}

impl World {
    fn new(by_ticket: bool) -> Self {
        let (calling, wire) = if by_ticket {
            let (link, i) = ticket();
            (link, vec![i])
        } else {
            let (link, n, k) = known();
            (link, vec![n, k])
        };
        let ends = [calling, Link::accept(bob(), 0)];
        let coming = [VecDeque::new(), (0..wire.len()).collect()];
        Self {
            ends,
            wire,
            coming,
            said: Default::default(),
            heard: Default::default(),
            accepted: false,
            now: 0,
        }
    }

    fn step(&mut self, op: Op) -> Result<(), TestCaseError> {
        let now = self.now;
        let before = [self.ends[0].phase(), self.ends[1].phase()];
        let (at, result) = match op {
            Op::Next { to } => match self.coming[to].pop_front() {
                Some(which) => (to, give(&mut self.ends[to], &self.wire[which].clone(), now)),
                None => return Ok(()),
            },
            Op::Sensible { at } => match before[at] {
                Phase::Id => (at, answer(&mut self.ends[at], Answer::Recognise, now)),
                Phase::Ticket | Phase::Request => {
                    self.accepted = true;
                    (at, answer(&mut self.ends[at], Answer::Accept(alice().agent_id()), now))
                }
                Phase::None | Phase::Pending | Phase::Open | Phase::Closed => return Ok(()),
            },
            Op::Deliver { to, which } => {
                let frame = self.wire[which % self.wire.len()].clone();
                (to, give(&mut self.ends[to], &frame, now))
            }
            Op::Tamper { to, which, place } => {
                let (header, mut body) = self.wire[which % self.wire.len()].clone();
                let place = place % body.len();
                body[place] ^= 1;
                (to, give(&mut self.ends[to], &(header, body), now))
            }
            Op::Noise { to, header, body } => (to, give(&mut self.ends[to], &(header, body), now)),
            Op::Judge { at, answer: judged } => {
                let result = answer(&mut self.ends[at], judged, now);
                let judging = matches!(before[at], Phase::Ticket | Phase::Request);
                self.accepted |= judging && judged == Answer::Accept(alice().agent_id());
                (at, result)
            }
            Op::Send { at, text } => {
                let result = self.ends[at].handle(Input::Send(&text), now);
                if result.is_ok() {
                    self.said[at].push(text);
                }
                (at, result)
            }
            Op::Wait { at, milliseconds } => {
                self.now += milliseconds;
                (at, self.ends[at].handle(Input::Tick, self.now))
            }
        };
        self.judge(at, before[at], result)
    }

    fn judge(
        &mut self,
        at: usize,
        before: Phase,
        result: Result<Vec<Effect>, LinkError>,
    ) -> Result<(), TestCaseError> {
        let after = self.ends[at].phase();
        prop_assert!(before != Phase::Closed || after == Phase::Closed);
        match result {
            Err(error) => prop_assert_eq!(error.closes(), after == Phase::Closed, "{}", error),
            Ok(effects) => {
                for effect in &effects {
                    match effect {
                        Effect::Transmit(bytes) => {
                            prop_assert!(self.accepted, "bytes before the owner accepted");
                            prop_assert_eq!(after, Phase::Open);
                            for frame in cut(bytes) {
                                self.coming[1 - at].push_back(self.wire.len());
                                self.wire.push(frame);
                            }
                        }
                        Effect::Received { payload } => self.heard[at].push(payload.clone()),
                        Effect::Closed(_) => prop_assert_eq!(after, Phase::Closed),
                        Effect::Opened => prop_assert_eq!(after, Phase::Open),
                        Effect::Ticket { .. } => prop_assert_eq!(after, Phase::Ticket),
                        Effect::Caller(_) => prop_assert_eq!(after, Phase::Id),
                        Effect::First { .. } => prop_assert_eq!(after, Phase::Request),
                    }
                }
            }
        }
        for end in 0..2 {
            prop_assert!(
                self.said[1 - end].starts_with(&self.heard[end]),
                "heard what was not said in this order"
            );
            prop_assert!(self.ends[end].phase() != Phase::Open || self.accepted);
            prop_assert_eq!(
                self.ends[end].timer().is_none(),
                match self.ends[end].phase() {
                    Phase::Closed => true,
                    Phase::Open => end == 0,
                    Phase::None | Phase::Ticket | Phase::Id | Phase::Request | Phase::Pending => false,
                }
            );
        }
        Ok(())
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn whatever_happens_nothing_is_said_before_the_owner_accepts(
        by_ticket in any::<bool>(),
        ops in prop::collection::vec(arb_op(), 0..100),
    ) {
        let mut world = World::new(by_ticket);

        for op in ops {
            world.step(op)?;
        }
    }

    #[test]
    fn no_bytes_on_a_fresh_link_do_more_than_close_it(
        header in prop::sample::select(Header::ALL.to_vec()),
        body in prop::collection::vec(any::<u8>(), 0..400),
    ) {
        let mut called = Link::accept(bob(), 0);
        let result = give(&mut called, &(header, body), 0);
        assert_struck(&mut called, result);
    }
}
