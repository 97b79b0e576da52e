//! Honest links, their timers and their bounds.

use super::*;
use crate::link::{End, HANDSHAKE_MS, IDLE_MS, MAX_FIRST, MAX_MESSAGE, MAX_TICKET, MESSAGES, Timer};
use crate::{Misuse, Role, Site};

#[test]
fn a_ticket_opens_a_link_once_it_is_accepted() {
    let (mut calling, i) = ticket();
    let mut called = Link::accept(bob(), 0);
    assert_eq!((calling.phase(), called.phase()), (Phase::Pending, Phase::None));

    let effects = give(&mut called, &i, 1).unwrap();

    let [Effect::Ticket { caller, payload }] = &effects[..] else { panic!("a ticket") };
    assert!(caller.is_agent(&alice().agent_id()) && !caller.is_agent(&bob().agent_id()));
    assert_eq!(payload, b"ticket");
    assert_eq!((called.phase(), called.agent()), (Phase::Ticket, None));

    let effects = answer(&mut called, Answer::Accept(alice().agent_id()), 2).unwrap();
    assert_eq!(effects[1..], [Effect::Opened]);
    assert_eq!(give(&mut calling, &sent(&effects)[0], 3).unwrap(), [Effect::Opened]);

    assert_eq!((calling.phase(), called.phase()), (Phase::Open, Phase::Open));
    assert_eq!((calling.agent(), called.agent()), (Some(bob().agent_id()), Some(alice().agent_id())));
    assert_eq!((calling.role(), called.role()), (Role::Initiator, Role::Responder));
}

#[test]
fn a_known_caller_is_recognised_before_or_after_its_first_message() {
    for early in [true, false] {
        let (mut calling, n, k) = known();
        let mut called = Link::accept(bob(), 0);

        let effects = give(&mut called, &n, 1).unwrap();
        let site = Site { agent: alice().agent_id(), address: Some(home()) };
        assert_eq!(effects, [Effect::Caller(site)]);
        let effects = if early {
            assert_eq!(answer(&mut called, Answer::Recognise, 2).unwrap(), []);
            give(&mut called, &k, 3).unwrap()
        } else {
            assert_eq!(give(&mut called, &k, 2).unwrap(), []);
            assert_eq!(called.phase(), Phase::Id);
            answer(&mut called, Answer::Recognise, 3).unwrap()
        };
        assert_eq!(effects, [Effect::First { payload: b"first".to_vec() }]);
        assert_eq!(called.phase(), Phase::Request);

        let effects = answer(&mut called, Answer::Accept(alice().agent_id()), 4).unwrap();
        assert_eq!(give(&mut calling, &sent(&effects)[0], 5).unwrap(), [Effect::Opened]);
        assert_eq!(called.agent(), Some(alice().agent_id()));
    }
}

#[test]
fn messages_pass_both_ways_on_an_open_link() {
    let (mut calling, mut called) = open();

    for round in 0..5_u8 {
        let t = message(&mut calling, &[round; 9], 0);
        assert_eq!(give(&mut called, &t, 0).unwrap(), [Effect::Received { payload: vec![round; 9] }]);
        let t = message(&mut called, &[round; 3], 0);
        assert_eq!(give(&mut calling, &t, 0).unwrap(), [Effect::Received { payload: vec![round; 3] }]);
    }
}

#[test]
fn a_caller_is_live_and_its_address_proven_with_its_first_transport_message() {
    let (mut calling, n, k) = known();
    let mut called = Link::accept(bob(), 0);
    give(&mut called, &n, 0).unwrap();
    answer(&mut called, Answer::Recognise, 0).unwrap();
    give(&mut called, &k, 0).unwrap();
    let a = sent(&answer(&mut called, Answer::Accept(alice().agent_id()), 0).unwrap()).remove(0);
    assert!(!called.is_live() && called.proven_address().is_none() && !calling.is_live());

    give(&mut calling, &a, 0).unwrap();
    assert!(calling.is_live());
    let t = message(&mut calling, b"text", 0);
    give(&mut called, &t, 0).unwrap();

    assert!(called.is_live());
    assert_eq!(called.proven_address(), Some(&home()));
}

#[test]
fn a_message_for_a_link_that_is_not_open_is_refused_and_harms_nothing() {
    let (mut calling, i) = ticket();
    let mut called = Link::accept(bob(), 0);

    for link in [&mut calling, &mut called] {
        let error = link.handle(Input::Send(b"text"), 0).unwrap_err();
        assert!(matches!(error, LinkError::Ours(Misuse::OutOfTurn { .. })) && !error.closes());
    }

    give(&mut called, &i, 0).unwrap();
    assert!(called.handle(Input::Send(b"text"), 0).is_err());
    assert_eq!(called.phase(), Phase::Ticket);
}

#[test]
fn an_answer_out_of_turn_changes_nothing() {
    let mut called = Link::accept(bob(), 0);
    for judged in [Answer::Recognise, Answer::Accept(alice().agent_id()), Answer::Refuse] {
        let error = answer(&mut called, judged, 0).unwrap_err();
        assert!(!error.closes() && !error.is_strike());
    }

    let (_, n, _) = known();
    give(&mut called, &n, 0).unwrap();
    assert!(!answer(&mut called, Answer::Accept(alice().agent_id()), 0).unwrap_err().closes());
    answer(&mut called, Answer::Recognise, 0).unwrap();
    assert!(!answer(&mut called, Answer::Recognise, 0).unwrap_err().closes());
    assert_eq!(called.phase(), Phase::Id);
}

#[test]
fn a_refused_caller_gets_nothing() {
    let (_, i) = ticket();
    let (_, n, k) = known();
    let before: [&[&Packet]; 3] = [&[&i], &[&n], &[&n, &k]];
    for packets in before {
        let mut called = Link::accept(bob(), 0);
        for packet in packets {
            give(&mut called, packet, 0).unwrap();
        }

        assert_eq!(answer(&mut called, Answer::Refuse, 0).unwrap(), [Effect::Closed(End::Refused)]);
        assert_over(&mut called);
    }
}

#[test]
fn accepting_somebody_else_than_who_called_closes_without_a_byte() {
    let (_, i) = ticket();
    let mut by_ticket = Link::accept(bob(), 0);
    give(&mut by_ticket, &i, 0).unwrap();
    let (_, n, k) = known();
    let mut by_name = Link::accept(bob(), 0);
    give(&mut by_name, &n, 0).unwrap();
    answer(&mut by_name, Answer::Recognise, 0).unwrap();
    give(&mut by_name, &k, 0).unwrap();

    for link in [&mut by_ticket, &mut by_name] {
        let error = answer(link, Answer::Accept(secret(9).agent_id()), 0).unwrap_err();
        assert!(matches!(error, LinkError::Ours(Misuse::NotTheirKey)) && error.closes());
        assert_over(link);
    }
}

#[test]
fn every_phase_before_open_lasts_ten_seconds() {
    let (calling, i) = ticket();
    let none = Link::accept(bob(), 0);
    let mut judging = Link::accept(bob(), 0);
    give(&mut judging, &i, 0).unwrap();
    let (_, n, k) = known();
    let mut claimed = Link::accept(bob(), 0);
    give(&mut claimed, &n, 0).unwrap();
    let mut request = Link::accept(bob(), 0);
    give(&mut request, &n, 0).unwrap();
    give(&mut request, &k, 0).unwrap();
    answer(&mut request, Answer::Recognise, 0).unwrap();

    let links = [
        (calling, Timer::Pending, Phase::Pending),
        (none, Timer::None, Phase::None),
        (judging, Timer::Ticket, Phase::Ticket),
        (claimed, Timer::Id, Phase::Id),
        (request, Timer::Request, Phase::Request),
    ];
    for (mut link, timer, phase) in links {
        assert_eq!(link.timer(), Some((timer, HANDSHAKE_MS)));
        assert_eq!(link.handle(Input::Tick, HANDSHAKE_MS - 1).unwrap(), []);
        assert_eq!(link.handle(Input::Tick, HANDSHAKE_MS).unwrap(), [Effect::Closed(End::Slow(phase))]);
        assert_over(&mut link);
    }
}

#[test]
fn each_step_of_a_handshake_has_its_own_ten_seconds_and_recognition_adds_none() {
    let (_, n, k) = known();
    let mut called = Link::accept(bob(), 1_000);
    assert_eq!(called.timer(), Some((Timer::None, 11_000)));
    give(&mut called, &n, 5_000).unwrap();
    assert_eq!(called.timer(), Some((Timer::Id, 15_000)));
    answer(&mut called, Answer::Recognise, 9_000).unwrap();
    assert_eq!(called.timer(), Some((Timer::Id, 15_000)));
    give(&mut called, &k, 12_000).unwrap();

    assert_eq!(called.timer(), Some((Timer::Request, 22_000)));
}

#[test]
fn only_the_responder_counts_silence_and_every_message_breaks_it() {
    let (mut calling, mut called) = open();
    assert_eq!(calling.timer(), None);
    assert_eq!(called.timer(), Some((Timer::Idle, IDLE_MS)));

    let t = message(&mut calling, b"text", 0);
    give(&mut called, &t, 40_000).unwrap();
    assert_eq!(called.timer(), Some((Timer::Idle, 40_000 + IDLE_MS)));
    message(&mut called, b"text", 70_000);
    assert_eq!(called.timer(), Some((Timer::Idle, 70_000 + IDLE_MS)));
    assert_eq!(called.handle(Input::Tick, 70_000 + IDLE_MS - 1).unwrap(), []);

    assert_eq!(called.handle(Input::Tick, 70_000 + IDLE_MS).unwrap(), [Effect::Closed(End::Idle)]);
    assert_over(&mut called);
    assert_eq!(calling.handle(Input::Tick, u64::MAX).unwrap(), []);
    assert_eq!(calling.phase(), Phase::Open);
}

#[test]
fn the_responder_may_set_another_idle_time() {
    let (_, i) = ticket();
    let mut called = Link::accept(bob(), 0).idle_after(5_000);
    give(&mut called, &i, 0).unwrap();
    assert_eq!(called.timer(), Some((Timer::Ticket, HANDSHAKE_MS)));
    answer(&mut called, Answer::Accept(alice().agent_id()), 7).unwrap();

    assert_eq!(called.timer(), Some((Timer::Idle, 5_007)));
}

#[test]
fn the_longest_messages_pass_and_longer_ones_are_refused() {
    let bob = bob().agent_id();
    assert!(Link::initiate_ticket(&alice(), &bob, &vec![1; MAX_TICKET], 0).is_ok());
    assert!(Link::initiate(&alice(), &bob, None, &vec![1; MAX_FIRST], 0).is_ok());
    let ticket = Link::initiate_ticket(&alice(), &bob, &vec![1; MAX_TICKET + 1], 0);
    let first = Link::initiate(&alice(), &bob, None, &vec![1; MAX_FIRST + 1], 0);
    assert!(matches!(ticket, Err(LinkError::Ours(Misuse::TooLong { .. }))));
    assert!(matches!(first, Err(LinkError::Ours(Misuse::TooLong { .. }))));

    let (mut calling, mut called) = open();
    let t = message(&mut calling, &vec![1; MAX_MESSAGE], 0);
    assert_eq!(give(&mut called, &t, 0).unwrap(), [Effect::Received { payload: vec![1; MAX_MESSAGE] }]);
    let error = calling.handle(Input::Send(&vec![1; MAX_MESSAGE + 1]), 0).unwrap_err();
    assert!(matches!(error, LinkError::Ours(Misuse::TooLong { .. })) && !error.closes());

    let t = message(&mut calling, b"still open", 0);
    assert!(give(&mut called, &t, 0).is_ok());
}

#[test]
fn nobody_can_be_called_under_a_name_that_is_no_key() {
    let nobody = AgentId::from_bytes([0; 32]);

    let ticket = Link::initiate_ticket(&alice(), &nobody, b"ticket", 0);
    let first = Link::initiate(&alice(), &nobody, None, b"first", 0);

    assert!(matches!(ticket, Err(LinkError::Ours(Misuse::NoSuchAgent(_)))));
    assert!(matches!(first, Err(LinkError::Ours(Misuse::NoSuchAgent(_)))));
}

#[test]
fn a_link_closes_when_its_sender_has_used_all_nonces() {
    let (mut calling, mut called) = open();
    calling.channel().unwrap().sent = MESSAGES - 1;
    called.channel().unwrap().received = MESSAGES - 1;
    let last = message(&mut calling, b"last", 0);
    assert!(give(&mut called, &last, 0).is_ok());

    let error = calling.handle(Input::Send(b"one too many"), 0).unwrap_err();

    assert!(matches!(error, LinkError::Ours(Misuse::Spent)) && error.closes() && !error.is_strike());
    assert_over(&mut calling);
    let result = give(&mut called, &last, 0);
    assert_struck(&mut called, result);
}

#[test]
fn two_links_of_one_pair_do_not_disturb_each_other() {
    let (mut first, mut called_first) = open();
    let (mut second, mut called_second) = open();

    let one = message(&mut first, b"one", 0);
    let two = message(&mut second, b"two", 0);

    assert!(give(&mut called_second, &two, 0).is_ok());
    assert!(give(&mut called_first, &one, 0).is_ok());
}

#[test]
fn printing_a_link_shows_no_secret() {
    let (calling, _) = ticket();

    assert_eq!(format!("{calling:?}"), "Link { role: Initiator, phase: Pending, .. }");
}
