//! Two machines and a bad network: whatever is lost, doubled or reordered, both copies end up the same (protocol.md 9).

#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;

use proptest::prelude::*;
use tallystick_core::chit::{ChitObject, ComposeChit};
use tallystick_core::tally::{Input, Phase};
use tallystick_core::{ChitId, Half, Refusal, Units};

use crate::cast::{date, id};
use crate::world::{BOTH, World};

mod cast;
mod world;

/// What can happen between two people.
#[derive(Clone, Debug)]
enum Op {
    /// A side signs a payment; some carry a large reference, so that an update takes several pages.
    Pay { side: usize, milli: i64, filler: usize },
    /// The person of side 1 accepts, if there is anything to accept.
    Accept,
    /// One letter leaves.
    Send { side: usize, nth: usize },
    /// One message arrives, not always the oldest.
    Deliver { side: usize, nth: usize },
    /// One message is on its way twice.
    Double { side: usize, nth: usize },
    /// One message is lost.
    Lose { side: usize, nth: usize },
    /// Everything that leaves only once has left, and is lost.
    LoseOnce { side: usize },
    /// A process is killed: what was on its way, either way, is gone.
    Crash,
}

fn arb_op() -> impl Strategy<Value = Op> {
    let side = 0..2_usize;
    let nth = prop_oneof![3 => Just(0_usize), 2 => 0..4_usize];
    let filler = prop_oneof![6 => Just(0_usize), 1 => Just(15_000_usize)];
    prop_oneof![
        6 => (side.clone(), 1..5_000_i64, filler).prop_map(|(side, milli, filler)| Op::Pay { side, milli, filler }),
        1 => Just(Op::Accept),
        10 => (side.clone(), nth.clone()).prop_map(|(side, nth)| Op::Send { side, nth }),
        8 => (side.clone(), nth.clone()).prop_map(|(side, nth)| Op::Deliver { side, nth }),
        2 => (side.clone(), nth.clone()).prop_map(|(side, nth)| Op::Double { side, nth }),
        3 => (side.clone(), nth).prop_map(|(side, nth)| Op::Lose { side, nth }),
        3 => side.prop_map(|side| Op::LoseOnce { side }),
        1 => Just(Op::Crash),
    ]
}

fn arb_half() -> impl Strategy<Value = Half> {
    prop_oneof![Just(Half::Stock), Just(Half::Foil)]
}

fn run(world: &mut World, ops: &[Op]) {
    for op in ops {
        match *op {
            Op::Pay { side, milli, filler } => world.pay(side, milli, filler),
            Op::Accept => world.accept(),
            Op::Send { side, nth } => world.send(side, nth),
            Op::Deliver { side, nth } => world.deliver(side, nth),
            Op::Double { side, nth } => {
                if let Some(bytes) = world.wire[side].get(nth).cloned() {
                    world.wire[side].push(bytes);
                }
            }
            Op::Lose { side, nth } => {
                if nth < world.wire[side].len() {
                    world.wire[side].remove(nth);
                }
            }
            Op::LoseOnce { side } => world.lose_once(side),
            Op::Crash => world.wire.iter_mut().for_each(Vec::clear),
        }
    }
}

/// Rounds in which the network loses every other message or so.
fn rounds_with(world: &mut World, losses: Vec<bool>) {
    let mut losses = losses.into_iter().peekable();
    let mut idle = 0;
    while losses.peek().is_some() && idle < 3 {
        let before = world.sent;
        world.round(|| losses.next().unwrap_or(false));
        idle = if world.sent == before { idle + 1 } else { 0 };
    }
}

/// Nothing signed is lost, nothing is booked twice, and both know that they agree.
fn check_agreement(world: &World) -> Result<(), TestCaseError> {
    let [first, second] = &world.actors;
    prop_assert_eq!(first.order(), second.order());
    let signed: BTreeSet<_> =
        BOTH.iter().flat_map(|side| &world.actors[*side].signed).map(|c| c.uuid()).collect();
    let linked: BTreeSet<_> = first.order().into_iter().map(|(.., uuid)| uuid).collect();
    prop_assert_eq!(linked, signed);
    prop_assert_eq!(first.tally().balance().milli(), -second.tally().balance().milli());
    prop_assert_eq!(first.tally().object(), second.tally().object());
    for actor in [first, second] {
        prop_assert_eq!(actor.tally().phase(), Phase::Open);
        prop_assert_eq!(actor.chain().agreed(), Some(actor.chain().head()));
    }
    Ok(())
}

/// The foil agreed on the stock's first chit, the answer to that was lost, and its update starts behind it.
#[test]
fn an_update_is_put_where_it_says_it_stands() {
    let mut world = World::open(Half::Foil);
    for _ in 0..3 {
        world.pay(1, 100, 0);
    }

    for nth in [0, 2] {
        world.send(1, nth);
        world.deliver(0, 0);
    }
    world.lose_once(0);
    world.send_about(0, "upd:");
    world.deliver(1, 0);

    let places: Vec<u64> = world.actors[1].order().into_iter().map(|(index, ..)| index).collect();
    assert_eq!(places, [1, 2, 3]);
    assert_eq!(world.actors[1].chain().agreed(), Some(2));
    world.settle_down(20);
    check_agreement(&world).unwrap();
}

/// Two payments cross; the stock takes over the order it is told, and its confirmation of that is lost.
fn crossed() -> World {
    let mut world = World::open(Half::Foil);
    world.pay(1, 200, 0);
    world.send_about(1, "chit:");
    world.pay(0, 100, 0);
    world.send_about(0, "chit:");
    world.deliver(1, 0);
    world.deliver(0, 0);
    world
}

#[test]
fn an_order_that_was_told_is_told_until_it_is_confirmed() {
    let mut world = crossed();
    world.send_about(1, "ack:");
    world.deliver(0, 0);

    world.send_about(0, "upd:");
    world.deliver(1, 0);
    world.lose_once(1);
    world.settle_down(20);

    check_agreement(&world).unwrap();
}

#[test]
fn a_late_confirmation_of_a_part_does_not_silence_the_rest() {
    let mut world = crossed();
    world.send_about(1, "ack:");

    world.send_about(0, "upd:");
    world.deliver(1, 0);
    world.lose_once(1);
    world.deliver(0, 0);
    world.settle_down(20);

    check_agreement(&world).unwrap();
}

#[test]
fn an_offer_repeated_after_all_was_confirmed_leaves_nothing_waiting() {
    let mut world = World::offering(Half::Stock);
    world.send(0, 0);
    let offer = world.wire[1][0].clone();
    world.settle_down(20);

    world.arrive(1, &offer);
    world.settle_down(20);

    check_agreement(&world).unwrap();
}

/// One side is put back to an older copy, and signs before it hears of what it lacks.
#[test]
fn an_old_copy_that_goes_on_signing_gets_what_it_lacks() {
    for half in [Half::Stock, Half::Foil] {
        for side in BOTH {
            let mut world = World::open(half);
            let copy = world.actors[side].copied();
            world.pay(1 - side, 100, 0);
            world.settle_down(20);
            let before = held(&world.actors[1 - side]);

            world.put_back(side, copy);
            world.pay(side, 50, 0);
            world.settle_down(40);

            check_copies(&world, before).unwrap();
        }
    }
}

/// The names of all chits in a copy.
fn held(actor: &world::Actor) -> BTreeSet<ChitId> {
    actor.order().into_iter().map(|(.., uuid)| uuid).collect()
}

/// Both copies are the same, and hold what was signed here and what was held elsewhere.
fn check_copies(world: &World, held_elsewhere: BTreeSet<ChitId>) -> Result<(), TestCaseError> {
    let [first, second] = &world.actors;
    prop_assert_eq!(first.order(), second.order());
    let signed = BOTH.iter().flat_map(|side| &world.actors[*side].signed).map(|chit| chit.uuid());
    let wanted: BTreeSet<_> = signed.chain(held_elsewhere).collect();
    prop_assert_eq!(held(first), wanted);
    prop_assert_eq!(first.tally().balance().milli(), -second.tally().balance().milli());
    for actor in [first, second] {
        prop_assert_eq!(actor.chain().agreed(), Some(actor.chain().head()));
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn payments_over_a_bad_network_end_in_one_chain(
        half in arb_half(),
        ops in prop::collection::vec(arb_op(), 1..60),
        losses in prop::collection::vec(any::<bool>(), 0..40),
    ) {
        let mut world = World::open(half);

        run(&mut world, &ops);
        rounds_with(&mut world, losses);
        world.settle_down(60);

        check_agreement(&world)?;
    }

    #[test]
    fn an_offer_over_a_bad_network_ends_in_one_tally(
        half in arb_half(),
        ops in prop::collection::vec(arb_op(), 1..40),
        losses in prop::collection::vec(any::<bool>(), 0..40),
    ) {
        let mut world = World::offering(half);

        run(&mut world, &ops);
        rounds_with(&mut world, losses);
        world.settle_down(60);

        check_agreement(&world)?;
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 100, ..ProptestConfig::default() })]

    #[test]
    fn a_computer_put_back_to_an_old_copy_ends_in_the_same_chain(
        half in arb_half(),
        side in 0..2_usize,
        before in prop::collection::vec(arb_op(), 0..20),
        gone in prop::collection::vec(arb_op(), 1..40),
        after in prop::collection::vec(arb_op(), 0..40),
        losses in prop::collection::vec(any::<bool>(), 0..30),
    ) {
        let mut world = World::open(half);
        run(&mut world, &before);
        let copy = world.actors[side].copied();
        run(&mut world, &gone);
        let elsewhere = held(&world.actors[1 - side]);

        world.put_back(side, copy);
        run(&mut world, &after);
        rounds_with(&mut world, losses);
        world.settle_down(80);
        // What an old copy does not know of and has nothing to say about comes once somebody looks.
        for _ in 0..3 {
            for side in BOTH {
                world.actors[side].handle(Input::Compare).unwrap();
                world.settle_down(80);
            }
        }

        check_copies(&world, elsewhere)?;
    }
}

#[test]
fn what_stands_under_a_name_of_the_partners_is_not_signed_over() {
    let mut world = World::open(Half::Foil);
    // What waits here too keeps theirs from being agreed at once.
    world.pay(0, 3, 0);
    world.pay(1, 5, 0);
    world.send_about(1, "chit:");
    world.deliver(0, 0);
    let uuid = world.actors[1].signed[0].uuid();
    let before = world.actors[0].tally().clone();

    let units = Units::new(7).ok();
    let parts =
        ComposeChit { uuid, tally: id(), by: Half::Foil, date: date(), units, memo: None, reference: None };
    let chit = ChitObject::compose_tran(parts).unwrap();
    let chit = chit.with_signature(world.actors[0].signer.sign(&chit.signing_bytes()));

    assert_eq!(before.chain().unwrap().tail().len(), 2);
    assert_eq!(world.actors[0].handle(Input::Sign(chit)), Err(Refusal::Stale));
    assert_eq!(*world.actors[0].tally(), before);
}
