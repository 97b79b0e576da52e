use std::net::Ipv4Addr;

use proptest::prelude::*;

use super::record::{BEARABLE, LONGEST};
use super::*;

const NOW: i64 = 1_795_341_954_463;

const SECOND: i64 = 1_000;

fn address(number: u32) -> IpAddr {
    IpAddr::from(Ipv4Addr::from_bits(0x0a00_0000 + number))
}

fn agent(number: u8) -> AgentId {
    AgentId::from_bytes([number; 32])
}

fn knock(door: &mut Door, from: IpAddr, now: i64) -> Result<CallId, Why> {
    let last = door.handle(Input::Knock(from), now).pop();
    match last {
        Some(Effect::Admit(call)) => Ok(call),
        Some(Effect::TurnAway(why)) => Err(why),
        other => panic!("{other:?}"),
    }
}

/// One call that does wrong and is hung up on.
fn wrong(door: &mut Door, from: IpAddr, what: Misdeed, now: i64) -> Result<(), Why> {
    let call = knock(door, from, now)?;
    door.handle(Input::Wrong(call, what), now);
    door.handle(Input::Left(call), now);
    Ok(())
}

/// One call of a partner.
fn good(door: &mut Door, from: IpAddr, now: i64) -> Result<(), Why> {
    let call = knock(door, from, now)?;
    for standing in [Standing::Named, Standing::Open, Standing::Live] {
        door.handle(Input::Step(call, standing), now);
    }
    door.handle(Input::Left(call), now);
    Ok(())
}

/// Breaks packets until the door stays shut.
fn provoke(door: &mut Door, from: IpAddr, now: i64) {
    while wrong(door, from, Misdeed::BadPacket, now).is_ok() {}
    assert_eq!(knock(door, from, now), Err(Why::Banned));
}

#[test]
fn five_broken_packets_are_too_many_and_a_minute_later_one_may_knock_again() {
    let mut door = Door::new(Room::default());
    for _ in 0..5 {
        assert_eq!(wrong(&mut door, address(1), Misdeed::BadPacket, NOW), Ok(()));
    }

    assert!(knock(&mut door, address(1), NOW).is_ok(), "the narrow lane");
    assert_eq!(knock(&mut door, address(1), NOW + 1), Err(Why::Banned));
    assert_eq!(knock(&mut door, address(1), NOW + 59 * SECOND), Err(Why::Banned));
    assert!(knock(&mut door, address(2), NOW).is_ok());
    for _ in 0..5 {
        assert!(knock(&mut door, address(1), NOW + 60 * SECOND).is_ok());
    }
}

#[test]
fn each_ban_is_twice_the_last_up_to_a_day_and_days_without_one_forgive() {
    let mut door = Door::new(Room::default());
    let (mut now, mut lengths) = (NOW, Vec::new());
    for _ in 0..14 {
        provoke(&mut door, address(1), now);
        let until = door.banned(now)[0].until;
        lengths.push(until - now);
        now = until;
    }

    assert_eq!(lengths[..4], [60 * SECOND, 120 * SECOND, 240 * SECOND, 480 * SECOND]);
    assert_eq!(lengths[13], LONGEST);
    now += 12 * LONGEST;
    provoke(&mut door, address(1), now);
    assert_eq!(door.banned(now)[0].until - now, 60 * SECOND);
}

#[test]
fn a_partner_behind_a_banned_router_is_let_in_and_opens_the_door_again() {
    let mut door = Door::new(Room::default());
    assert_eq!(good(&mut door, address(1), NOW), Ok(()));
    provoke(&mut door, address(1), NOW + SECOND);

    assert_eq!(good(&mut door, address(1), NOW + 2 * SECOND), Err(Why::Banned));
    assert_eq!(good(&mut door, address(1), NOW + 4 * SECOND), Ok(()));

    assert_eq!(door.banned(NOW + 4 * SECOND), []);
    assert_eq!(good(&mut door, address(1), NOW + 4 * SECOND), Ok(()));
}

#[test]
fn somebody_whose_ticket_was_taken_back_may_try_for_ever() {
    let mut door = Door::new(Room::default());
    let (mut now, mut pause) = (NOW, SECOND);
    for _ in 0..30 {
        assert_eq!(wrong(&mut door, address(1), Misdeed::BadTicket, now), Ok(()));
        now += pause;
        pause = (pause * 2).min(3_600 * SECOND);
    }
    assert_eq!(door.sizes().bans, 0);
}

#[test]
fn who_calls_too_often_waits_and_is_not_banned() {
    let mut door = Door::new(Room::default());
    let calls = std::iter::from_fn(|| {
        let call = knock(&mut door, address(1), NOW).ok()?;
        door.handle(Input::Left(call), NOW);
        Some(())
    });
    assert_eq!(calls.take(1_000).count(), 60);

    assert_eq!(knock(&mut door, address(1), NOW), Err(Why::Often));
    assert!(knock(&mut door, address(1), NOW + SECOND).is_ok());
    assert_eq!(door.banned(NOW), []);
}

#[test]
fn strangers_from_everywhere_have_some_of_the_room_and_a_partner_finds_a_place() {
    let room = Room::default();
    let mut door = Door::new(room);
    let mut partners = Vec::new();
    for number in 0..100 {
        let call = knock(&mut door, address(number), NOW).expect("a place");
        door.handle(Input::Step(call, Standing::Live), NOW);
        partners.push(call);
    }
    let mut evicted = Vec::new();
    for number in 0..10_000 {
        for effect in door.handle(Input::Knock(address(1_000 + number)), NOW) {
            if let Effect::Evict(call) = effect {
                evicted.push(call);
            }
        }
        assert!(door.sizes().half <= room.half);
    }

    assert!(knock(&mut door, address(500), NOW).is_ok());
    assert!(evicted.iter().all(|call| !partners.contains(call)));
    assert_eq!(door.sizes().calls, 100 + 64);
}

#[test]
fn the_silent_go_before_the_named_and_these_before_open_links() {
    let room = Room { links: 3, half: 3, ..Room::default() };
    let mut door = Door::new(room);
    let [open, named, silent] =
        [1, 2, 3].map(|number| knock(&mut door, address(number), NOW).expect("a place"));
    door.handle(Input::Step(open, Standing::Open), NOW);
    door.handle(Input::Step(named, Standing::Named), NOW);

    for (number, next) in [(4, silent), (5, CallId(3)), (6, CallId(4))] {
        assert!(door.handle(Input::Knock(address(number)), NOW).contains(&Effect::Evict(next)));
    }
    let newest = CallId(5);
    door.handle(Input::Step(newest, Standing::Live), NOW);
    door.handle(Input::Step(named, Standing::Live), NOW);
    assert!(door.handle(Input::Knock(address(7)), NOW).contains(&Effect::Evict(open)));
    door.handle(Input::Step(CallId(6), Standing::Live), NOW);
    assert_eq!(knock(&mut door, address(8), NOW), Err(Why::Full));
}

#[test]
fn who_sits_silent_behind_a_router_makes_room_for_the_next_from_there() {
    let mut door = Door::new(Room::default());
    let calls: Vec<_> = (0..8).map(|_| knock(&mut door, address(1), NOW).expect("a place")).collect();

    let effects = door.handle(Input::Knock(address(1)), NOW);

    assert_eq!(effects[0], Effect::Evict(calls[0]));
    assert!(matches!(effects[1], Effect::Admit(_)));
    assert_eq!(door.sizes().half, 8);
}

#[test]
fn one_partner_cannot_take_every_place_whatever_it_calls_from() {
    let mut door = Door::new(Room::default());
    for number in 0..200 {
        let call = knock(&mut door, address(number), NOW).expect("a place");
        door.handle(Input::Step(call, Standing::Open), NOW);
        door.handle(Input::Of(call, agent(1)), NOW);
        door.handle(Input::Step(call, Standing::Live), NOW);
    }

    assert_eq!(door.sizes().calls, 16);
}

#[test]
fn a_million_addresses_are_forgotten_and_the_worst_of_them_last() {
    let room = Room::default();
    let mut door = Door::new(room);
    provoke(&mut door, address(u32::from(u16::MAX) * 200), NOW);
    for number in 0..1_000_000 {
        let _ = wrong(&mut door, address(number), Misdeed::BadPacket, NOW + SECOND);
        if number % 100_000 == 0 {
            assert!(door.sizes().places <= room.places && door.worth.len() == door.places.len());
            assert!(door.unwritten.len() <= room.places);
        }
    }

    assert_eq!(door.sizes().places, room.places);
    assert_eq!(door.banned(NOW + SECOND).len(), 1);
}

#[test]
fn bans_come_back_from_what_was_written_down_and_go_when_forgiven() {
    let mut door = Door::new(Room::default());
    provoke(&mut door, address(1), NOW);
    provoke(&mut door, address(2), NOW);
    let written = door.unwritten(100);
    assert!(door.unwritten(100).is_empty());

    let mut again = Door::new(Room::default());
    written.iter().filter_map(|(_, ban)| *ban).for_each(|ban| again.remember(ban, NOW));
    assert_eq!(again.banned(NOW), door.banned(NOW));
    again.handle(Input::Forgive(Some(Net::from(address(1)))), NOW);
    assert_eq!(again.banned(NOW).len(), 1);
    again.handle(Input::Forgive(None), NOW);

    assert_eq!(again.banned(NOW), []);
    let written = again.unwritten(100);
    assert!(written.len() == 2 && written.iter().all(|(_, ban)| ban.is_none()));
}

#[test]
fn a_clock_set_back_prolongs_no_ban_beyond_the_longest() {
    let mut door = Door::new(Room::default());
    provoke(&mut door, address(1), NOW);
    let before = NOW - 400 * LONGEST;

    assert_eq!(knock(&mut door, address(1), before).err(), Some(Why::Banned));

    assert!(knock(&mut door, address(1), before + LONGEST).is_ok());
}

#[derive(Clone, Copy, Debug)]
enum Op {
    Knock(u8),
    Step(u8, Standing),
    Wrong(u8, Misdeed),
    Left(u8),
    Forgive(u8),
    Sweep,
}

fn arb_op() -> impl Strategy<Value = Op> {
    let standing = prop::sample::select(vec![Standing::Named, Standing::Open, Standing::Live]);
    prop_oneof![
        4 => any::<u8>().prop_map(|n| Op::Knock(n % 24)),
        2 => (any::<u8>(), standing).prop_map(|(n, standing)| Op::Step(n, standing)),
        4 => (any::<u8>(), prop::sample::select(Misdeed::ALL.to_vec())).prop_map(|(n, what)| Op::Wrong(n, what)),
        2 => any::<u8>().prop_map(Op::Left),
        1 => any::<u8>().prop_map(|n| Op::Forgive(n % 24)),
        1 => Just(Op::Sweep),
    ]
}

proptest! {
    #[test]
    fn nothing_grows_beyond_its_bound_and_nothing_falls_below_zero(
        ops in prop::collection::vec((arb_op(), -5_000_i64..100_000), 1..300),
    ) {
        let room = Room { links: 12, from_one: 4, half: 6, half_from_one: 3, places: 16, ..Room::default() };
        let mut door = Door::new(room);
        let (mut now, mut calls) = (NOW, Vec::new());
        for (op, passed) in ops {
            now += passed;
            let pick = |n: u8, calls: &[CallId]| calls.get(usize::from(n) % calls.len().max(1)).copied();
            let effects = match op {
                Op::Knock(n) => door.handle(Input::Knock(address(u32::from(n))), now),
                Op::Step(n, standing) => pick(n, &calls).map_or(vec![], |id| door.handle(Input::Step(id, standing), now)),
                Op::Wrong(n, what) => pick(n, &calls).map_or(vec![], |id| door.handle(Input::Wrong(id, what), now)),
                Op::Left(n) => match pick(n, &calls) {
                    Some(id) => {
                        calls.retain(|call| *call != id);
                        door.handle(Input::Left(id), now)
                    }
                    None => vec![],
                },
                Op::Forgive(n) => door.handle(Input::Forgive(Some(Net::from(address(u32::from(n))))), now),
                Op::Sweep => door.handle(Input::Sweep, now),
            };
            for effect in effects {
                match effect {
                    Effect::Admit(id) => calls.push(id),
                    Effect::Evict(id) => calls.retain(|call| *call != id),
                    Effect::TurnAway(_) | Effect::Write => {}
                }
            }
            let sizes = door.sizes();
            prop_assert!(sizes.places <= room.places && sizes.half <= room.half);
            prop_assert_eq!(sizes.calls, calls.len());
            prop_assert!(sizes.calls <= 12 && door.worth.len() == sizes.places && door.order.len() == sizes.calls);
            prop_assert!(door.unwritten.len() <= 24);
            let counted = door.calls.values().filter(|call| call.standing.is_half()).count();
            prop_assert_eq!(usize::try_from(sizes.half).expect("few"), counted);
            for (net, record) in &door.places {
                let (credit, debt) = record.purse();
                prop_assert!((0..=60_000).contains(&credit) && (0..=BEARABLE).contains(&debt));
                prop_assert!(record.calls <= room.from_one && record.half <= room.half_from_one);
                let held = door.calls.values().filter(|call| call.net == *net).count();
                prop_assert_eq!(usize::try_from(record.calls).expect("few"), held);
                prop_assert!(record.until <= now + LONGEST || record.until <= NOW + LONGEST + 30_000_000);
            }
        }
    }

    #[test]
    fn a_ban_never_ends_sooner_for_more_misdeeds(
        strikes in prop::collection::vec((prop::sample::select(Misdeed::ALL.to_vec()), 0_i64..4_000), 1..200),
    ) {
        let mut door = Door::new(Room::default());
        let (mut now, mut ends) = (NOW, 0);
        for (what, passed) in strikes {
            now += passed;
            let _ = wrong(&mut door, address(1), what, now);
            let until = door.banned(now).first().map_or(ends, |ban| ban.until);
            prop_assert!(until >= ends);
            ends = until;
        }
    }

    #[test]
    fn a_household_of_honest_wallets_is_never_banned_and_always_let_in(
        calls in prop::collection::vec((0_u8..10, 900_i64..20_000), 1..400),
    ) {
        let mut door = Door::new(Room::default());
        let mut now = NOW;
        for (kind, passed) in calls {
            now += passed;
            let came = match kind {
                // A bad network, now and then.
                0 => wrong(&mut door, address(1), Misdeed::Slow, now),
                _ => good(&mut door, address(1), now),
            };
            prop_assert_eq!(came, Ok(()));
        }
        prop_assert_eq!(door.sizes().bans, 0);
    }
}
