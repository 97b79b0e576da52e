use std::collections::{BTreeSet, VecDeque};

use proptest::prelude::*;
use tallystick_noise::lan::WINDOW;
use zeroize::Zeroizing;

use super::*;

/// Noon of some day, in the middle of no window's end.
const WALL: i64 = 495_000 * WINDOW + WINDOW / 2;

fn secret(seed: u8) -> Arc<AgentSecret> {
    Arc::new(AgentSecret::from_seed(Zeroizing::new([seed; 32])))
}

fn agent(seed: u8) -> AgentId {
    secret(seed).agent_id()
}

fn ip(last: u8) -> Ipv4Addr {
    Ipv4Addr::new(192, 168, 1, last)
}

fn at(last: u8, port: u16) -> SocketAddrV4 {
    SocketAddrV4::new(ip(last), port)
}

fn situation(last: u8, partners: &[u8]) -> Situation {
    let net = Net { ip: ip(last), mask: Ipv4Addr::new(255, 255, 255, 0) };
    Situation { port: Some(7_000), nets: vec![net], partners: partners.iter().copied().map(agent).collect() }
}

/// A wallet of this seed at the address that ends with it, which has said what it says first.
fn lan(seed: u8, partners: &[u8]) -> Lan {
    let mut lan = Lan::new(secret(seed));
    lan.handle(Event::Situation(situation(seed, partners)), 0, WALL);
    lan
}

fn heard(last: u8, bytes: &[u8]) -> Event {
    Event::Heard { from: at(last, PORT), bytes: bytes.to_vec() }
}

fn said(effects: &[Effect]) -> Vec<Said> {
    let packet = |effect: &Effect| match effect {
        Effect::Say { bytes, .. } => packet::read(bytes),
        Effect::Found { .. } => None,
    };
    effects.iter().filter_map(packet).collect()
}

fn announced(effects: &[Effect]) -> Vec<Announcement> {
    let announced = |said| match said {
        Said::Announced(announced) => announced,
        Said::Asked(_) => Vec::new(),
    };
    said(effects).into_iter().flat_map(announced).collect()
}

fn found(effects: &[Effect]) -> Vec<(AgentId, SocketAddrV4)> {
    let found = |effect: &Effect| match effect {
        Effect::Found { agent, at } => Some((*agent, *at)),
        Effect::Say { .. } => None,
    };
    effects.iter().filter_map(found).collect()
}

/// What a wallet of this seed announces in a window, as a packet.
fn announcement(seed: u8, partners: &[u8], wall: i64) -> Vec<u8> {
    let mut lan = Lan::new(secret(seed));
    let effects = lan.handle(Event::Situation(situation(seed, partners)), 0, wall);
    let packet = effects.into_iter().find_map(|effect| match effect {
        Effect::Say { bytes, .. } if matches!(packet::read(&bytes), Some(Said::Announced(_))) => Some(bytes),
        _ => None,
    });
    packet.expect("an announcement")
}

/// Lets time pass; gives what was said and when.
fn wait(lan: &mut Lan, from: u64, until: u64) -> Vec<(u64, Effect)> {
    let mut done = Vec::new();
    let mut now = from;
    while let Some(wake) = lan.wake().filter(|wake| *wake <= until) {
        now = now.max(wake);
        done.extend(lan.handle(Event::Tick, now, WALL).into_iter().map(|effect| (now, effect)));
        assert!(lan.wake().is_none_or(|again| again > now), "it would never sleep");
    }
    done
}

#[test]
fn partners_find_each_other_and_a_stranger_finds_nobody() {
    let bytes = announcement(2, &[1, 9], WALL);

    assert_eq!(found(&lan(1, &[2, 3]).handle(heard(2, &bytes), 5, WALL)), [(agent(2), at(2, 7_000))]);
    // Number 4 is no partner of 2; 9 is, but on 5's computer nobody has 9's key.
    assert_eq!(found(&lan(4, &[2]).handle(heard(2, &bytes), 5, WALL)), []);
    assert_eq!(found(&lan(5, &[9, 1]).handle(heard(2, &bytes), 5, WALL)), []);
}

#[test]
fn clocks_may_differ_by_a_window_and_not_by_two() {
    for (windows, finds) in [(-2, false), (-1, true), (0, true), (1, true), (2, false)] {
        let bytes = announcement(2, &[1], WALL + windows * WINDOW);

        let seen = found(&lan(1, &[2]).handle(heard(2, &bytes), 5, WALL));

        assert_eq!(!seen.is_empty(), finds, "{windows} windows apart");
    }
}

#[test]
fn what_is_said_back_or_from_elsewhere_names_nobody() {
    let theirs = announcement(2, &[1], WALL);
    let ours = announcement(1, &[2], WALL);
    let mut lan = lan(1, &[2]);

    // Our own echo, our own words from the partner's address, and the partner's words from another address.
    for (from, bytes) in [(1, &ours), (2, &ours), (3, &theirs)] {
        assert_eq!(found(&lan.handle(heard(from, bytes), 5, WALL)), [], "from {from}");
    }
    assert_eq!(found(&lan.handle(heard(2, &theirs), 5, WALL)).len(), 1);
}

#[test]
fn addresses_off_the_link_and_speakers_that_are_no_responders_are_not_heard() {
    let bytes = announcement(2, &[1], WALL);
    let mut lan = lan(1, &[2]);
    let odd = [SocketAddrV4::new(Ipv4Addr::new(192, 168, 2, 2), PORT), at(2, 40_000), at(2, 53)];

    for from in odd {
        assert_eq!(lan.handle(Event::Heard { from, bytes: bytes.clone() }, 5, WALL), [], "{from}");
    }
}

#[test]
fn what_is_shown_is_as_much_for_one_partner_as_for_eight_and_no_name_lasts() {
    let shown = |partners: &[u8], wall| match packet::read(&announcement(1, partners, wall)) {
        Some(Said::Announced(mut announced)) => announced.remove(0),
        other => panic!("{other:?}"),
    };
    let (one, eight) = (shown(&[2], WALL), shown(&[2, 3, 4, 5, 6, 7, 8, 9], WALL));
    assert_eq!((one.tags.len(), eight.tags.len()), (8, 8));
    assert_eq!(shown(&[2, 3, 4, 5, 6, 7, 8, 9, 10], WALL).tags.len(), 16);
    // The same within a window, after a restart too: what changes would show which tags are noise.
    assert_eq!(shown(&[2], WALL), shown(&[2], WALL + WINDOW / 3));
    let later = shown(&[2], WALL + WINDOW);
    assert_ne!(later.name, one.name);
    assert!(later.tags.iter().all(|tag| !one.tags.contains(tag)));
    assert!(one.tags.is_sorted());
}

#[test]
fn who_has_no_partners_or_no_network_says_nothing_and_who_takes_no_calls_only_asks() {
    assert_eq!(lan(1, &[]).wake(), None);
    let mut nobody = Lan::new(secret(1));
    assert_eq!(nobody.handle(Event::Situation(situation(1, &[])), 0, WALL), []);
    let nowhere = Situation { nets: Vec::new(), ..situation(1, &[2]) };
    assert_eq!(nobody.handle(Event::Situation(nowhere), 0, WALL), []);

    let mut calls_only = Lan::new(secret(1));
    let effects =
        calls_only.handle(Event::Situation(Situation { port: None, ..situation(1, &[2]) }), 0, WALL);
    assert_eq!(said(&effects), [Said::Asked(Vec::new())]);
    let later = wait(&mut calls_only, 0, 20 * 60_000);
    assert!(later.iter().all(|(_, effect)| said(std::slice::from_ref(effect)) == [Said::Asked(Vec::new())]));
    assert!((4..=8).contains(&later.len()), "{} questions in twenty minutes", later.len());
    assert_eq!(found(&calls_only.handle(heard(2, &announcement(2, &[1], WALL)), 5, WALL)).len(), 1);
}

#[test]
fn a_change_is_said_three_times_and_then_every_five_minutes() {
    let mut lan = Lan::new(secret(1));
    assert_eq!(said(&lan.handle(Event::Situation(situation(1, &[2])), 0, WALL)).len(), 2);

    let times: Vec<u64> = wait(&mut lan, 0, 700_000)
        .into_iter()
        .filter(|(_, effect)| !announced(std::slice::from_ref(effect)).is_empty())
        .map(|(at, _)| at)
        .collect();

    assert_eq!(times, [1_000, 3_000, 303_000, 603_000]);
    assert_eq!(lan.handle(Event::Situation(situation(1, &[2])), 700_001, WALL), []);
    assert_eq!(announced(&lan.handle(Event::Situation(situation(1, &[2, 3])), 700_002, WALL)).len(), 1);
}

#[test]
fn another_hour_is_another_face_at_once() {
    let mut lan = Lan::new(secret(1));
    let first = announced(&lan.handle(Event::Situation(situation(1, &[2])), 0, WALL));
    wait(&mut lan, 0, 60_000);

    let second = announced(&lan.handle(Event::Tick, 3_000_000, WALL + 3_000_000));

    assert_eq!((first.len(), second.len()), (1, 1));
    assert_ne!(first[0].name, second[0].name);
}

#[test]
fn who_asks_is_answered_soon_but_a_flood_of_questions_not_more_than_once_a_second() {
    let mut lan = lan(1, &[2]);
    wait(&mut lan, 0, 10_000);
    let question = packet::ask().expect("a packet");

    let mut answers = Vec::new();
    for now in (10_000..20_000).step_by(10) {
        let effects = lan.handle(heard(9, &question), now, WALL);
        answers.extend(announced(&effects).iter().map(|_| now));
    }

    assert!((10_020..10_130).contains(&answers[0]), "{answers:?}");
    assert!(answers.windows(2).all(|two| two[1] - two[0] >= PAUSE) && answers.len() >= 8, "{answers:?}");
}

#[test]
fn who_knows_our_name_is_not_told_it_again() {
    let mut lan = lan(1, &[2]);
    let until = 10_000;
    wait(&mut lan, 0, until);
    let name = lan.name(at(1, 7_000));
    let before = lan.wake();

    lan.asked(lan.situation.nets[0], &[name], until);
    assert_eq!(lan.wake(), before);
    lan.asked(lan.situation.nets[0], &["another".to_owned()], until);
    assert!(lan.wake() < before);
}

#[test]
fn a_call_in_vain_asks_but_ten_of_them_ask_once() {
    let mut lan = lan(1, &[2]);
    wait(&mut lan, 0, 20_000);

    let asked: usize = (0..10).map(|nth| said(&lan.handle(Event::Missed, 20_000 + nth, WALL)).len()).sum();
    assert_eq!(asked, 1);
    assert_eq!(wait(&mut lan, 20_010, 31_000).len(), 1);
}

#[test]
fn a_partner_that_repeats_itself_is_told_once_a_minute_and_one_that_wanders_once_in_five_seconds() {
    let mut lan = lan(1, &[2]);
    let mut tell = |now: u64, port: u16| {
        let said = Announcement {
            name: "x".to_owned(),
            port,
            tags: vec![
                Acquaintance::with(&secret(2), &agent(1)).expect("known").ours(window(WALL), at(2, port)),
            ],
        };
        let bytes = packet::announce(&said, at(2, port)).expect("a packet");
        found(&lan.handle(heard(2, &bytes), now, WALL)).len()
    };

    let told: Vec<u64> = (0..130).map(|nth| nth * 1_000).filter(|now| tell(*now, 7_000) == 1).collect();
    assert!(told.windows(2).all(|two| two[1] - two[0] >= SAME) && told.len() >= 2, "{told:?}");
    let wandered: Vec<u64> = (0_u16..60)
        .filter(|nth| tell(200_000 + u64::from(*nth) * 1_000, 8_000 + nth) == 1)
        .map(u64::from)
        .collect();
    assert!(wandered.windows(2).all(|two| two[1] - two[0] >= 5) && wandered.len() >= 2, "{wandered:?}");
}

#[test]
fn a_flood_of_announcements_makes_no_table_grow_and_does_not_last() {
    let mut lan = lan(1, &[2]);
    let junk: Vec<Vec<u8>> = (10..250)
        .map(|last| {
            let tags = (0..200_u64).map(|nth| Tag(nth.to_be_bytes())).collect();
            let said = Announcement { name: format!("{last}"), port: 1, tags };
            packet::announce(&said, at(last, 1)).expect("a packet")
        })
        .collect();

    for round in 0..20_u64 {
        for (last, bytes) in (10..250).zip(&junk) {
            assert_eq!(found(&lan.handle(heard(last, bytes), 1_000 + round * 2, WALL)), []);
        }
        assert!(lan.looks.1.len() <= MOST_SPEAKERS);
    }
    assert_eq!(lan.deaf_until(1_030), Some(2_000));
    assert_eq!(lan.deaf_until(2_000), None);

    let bytes = announcement(2, &[1], WALL);
    assert_eq!(found(&lan.handle(heard(2, &bytes), 1_040, WALL)), []);
    assert_eq!(found(&lan.handle(heard(2, &bytes), 12_000, WALL)).len(), 1);
}

#[test]
fn nobody_hears_who_speaks_or_to_whom() {
    let bytes = announcement(1, &[2, 3], WALL);
    let known: Vec<Vec<u8>> = [1, 2, 3]
        .iter()
        .flat_map(|seed| {
            let agent = agent(*seed);
            [
                agent.as_bytes().to_vec(),
                agent.to_string().into_bytes(),
                hex::encode(agent.as_bytes()).into_bytes(),
            ]
        })
        .collect();

    for secret in known {
        assert!(!bytes.windows(6).any(|part| secret.windows(6).any(|other| other == part)));
    }
}

proptest! {
    /// Three wallets on one network on which the first packets are lost, up to eight of them: the partners come to know
    /// each other, and nobody else is known.
    #[test]
    fn whatever_is_lost_partners_find_each_other(lost in proptest::collection::vec(any::<bool>(), 0..9)) {
        let mut lans: Vec<Lan> = (1..4).map(|seed| Lan::new(secret(seed))).collect();
        let partners: [&[u8]; 3] = [&[2], &[1], &[]];
        let mut wire: VecDeque<(u64, u8, Vec<u8>)> = VecDeque::new();
        let mut seen: BTreeSet<(u8, AgentId)> = BTreeSet::new();
        let mut lost = lost.into_iter();
        for now in (0..320_000_u64).step_by(20) {
            let mut effects: Vec<(u8, Effect)> = Vec::new();
            for (seed, lan) in (1_u8..).zip(&mut lans) {
                let event = match now {
                    0 => Event::Situation(situation(seed, partners[usize::from(seed) - 1])),
                    _ => Event::Tick,
                };
                effects.extend(lan.handle(event, now, WALL).into_iter().map(|effect| (seed, effect)));
            }
            while let Some((_, from, bytes)) = wire.pop_front() {
                for (seed, lan) in (1_u8..).zip(&mut lans) {
                    let done = lan.handle(heard(from, &bytes), now, WALL);
                    effects.extend(done.into_iter().map(|effect| (seed, effect)));
                }
            }
            for (seed, effect) in effects {
                match effect {
                    Effect::Say { bytes, .. } if !lost.next().unwrap_or(false) => wire.push_back((now, seed, bytes)),
                    Effect::Say { .. } => {}
                    Effect::Found { agent, .. } => drop(seen.insert((seed, agent))),
                }
            }
        }
        prop_assert_eq!(seen, BTreeSet::from([(1, agent(2)), (2, agent(1))]));
    }

    #[test]
    fn no_packet_from_anywhere_makes_it_panic_or_find_anybody(
        packets in proptest::collection::vec((any::<u32>(), any::<u16>(), any::<Vec<u8>>(), 0_u64..3_000), 0..50),
    ) {
        let mut lan = lan(1, &[2]);
        let mut now = 0;
        for (ip, port, bytes, pause) in packets {
            now += pause;
            let from = SocketAddrV4::new(Ipv4Addr::from(ip), port);
            let effects = lan.handle(Event::Heard { from, bytes }, now, WALL);
            prop_assert!(found(&effects).is_empty());
        }
    }
}
