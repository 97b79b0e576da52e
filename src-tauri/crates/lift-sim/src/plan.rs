//! What a seed has in store: who there is, what they owe each other, how bad the network is, who lies.

use std::sync::Arc;

use tallystick_core::lift::{LiftKey, Purpose, Room, Signer, Trust};
use tallystick_core::{Half, TallyId, Units};
use tallystick_testkit::Dice;
use uuid::Uuid;

use crate::keys::Keys;
use crate::liar::Liar;
use crate::wallet::{Disk, Wallet};
use crate::world::{Deal, Event, World};

/// How bad it gets; all chances in a thousand.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Plan {
    pub(crate) loss: u32,
    pub(crate) double: u32,
    pub(crate) crash: u32,
    /// The referee says different things to different wallets.
    pub(crate) lying_referee: bool,
    /// Somebody lies.
    pub(crate) liars: bool,
    /// What is committed enters chains as well, and chains are compared.
    pub(crate) chained: bool,
}

/// The world of a seed. The last wallet is the referee.
pub(crate) fn world(seed: u64, chains: bool) -> World {
    let (mut dice, mut side) = (Dice::new(seed), Dice::new(!seed));
    let loss = [0, 50, 200, 400][dice.below(4)];
    let mut plan = Plan {
        loss,
        double: [0, 30, 150][dice.below(3)],
        crash: [0, 10, 40][dice.below(3)],
        lying_referee: dice.chance(150),
        liars: dice.chance(500),
        chained: chains && side.chance(500),
    };
    let nodes = 3 + dice.below(5);
    let mut wallets = people(seed, nodes + 1);
    connect(&mut dice, &mut wallets, nodes);
    let mut liars = vec![None; nodes + 1];
    if plan.liars {
        let many = 1 + dice.below(2);
        for _ in 0..many {
            let at = dice.below(nodes);
            liars[at] = Some(Liar::ALL[dice.below(Liar::ALL.len())]);
        }
    }
    if plan.chained && side.chance(400) {
        liars[side.below(nodes)] = side.pick(&Liar::OF_CHAINS);
        plan.liars = true;
    }
    let mut world = World::new(dice, plan, wallets, liars);
    world.side = side;
    deals(&mut world, nodes);
    trouble(&mut world, nodes);
    world
}

/// Wallets without tallies; the last one decides.
pub(crate) fn people(seed: u64, many: usize) -> Vec<Wallet> {
    let keys: Vec<Arc<Keys>> = (0..many).map(|me| Arc::new(Keys::of(seed, me))).collect();
    let referee = keys[many - 1].key(Purpose::Referee);
    let trust = Arc::new(Trust { trusted: [referee].into(), small: Units::ZERO });
    let wallet = |(me, keys): (usize, Arc<Keys>)| Wallet {
        me,
        keys,
        trust: trust.clone(),
        referee: me == many - 1,
        disk: Disk::default(),
    };
    keys.into_iter().enumerate().map(wallet).collect()
}

/// A tally between two wallets.
pub(crate) fn tally(
    wallets: &mut [Wallet],
    id: TallyId,
    (a, b): (usize, usize),
    net: i64,
    rooms: (Room, Room),
) {
    let key = |wallet: &Wallet| -> LiftKey { wallet.keys.key(Purpose::Delegate) };
    let (key_a, key_b) = (key(&wallets[a]), key(&wallets[b]));
    let units = |milli| Units::new(milli).unwrap_or(Units::ZERO);
    let mut one = Wallet::account(b, Half::Stock, units(net), key_b);
    (one.mine, one.theirs) = rooms;
    let mut two = Wallet::account(a, Half::Foil, units(-net), key_a);
    (two.mine, two.theirs) = (rooms.1, rooms.0);
    wallets[a].disk.accounts.insert(id, one);
    wallets[b].disk.accounts.insert(id, two);
}

fn connect(dice: &mut Dice, wallets: &mut [Wallet], nodes: usize) {
    for a in 0..nodes {
        for b in a + 1..nodes {
            if b == a + 1 || dice.chance(350) {
                let mut room = || {
                    let target = dice.between(0, 12) * 1_000;
                    let bound = target + dice.between(0, 8) * 1_000;
                    Room {
                        target: Units::new(target).unwrap_or(Units::ZERO),
                        bound: Units::new(bound).unwrap_or(Units::ZERO),
                    }
                };
                let rooms = (room(), room());
                let net = dice.between(-12_000, 12_000);
                tally(wallets, TallyId::new(dice.uuid()), (a, b), net, rooms);
            }
        }
    }
}

/// Payments along random paths, circles, and searches for either.
fn deals(world: &mut World, nodes: usize) {
    let more = if world.plan.lying_referee { 8 } else { 0 };
    let many = 2 + more + world.dice.below(6);
    for _ in 0..many {
        let circle = world.dice.chance(350);
        let mut path = vec![world.dice.below(nodes)];
        let longest = 2 + world.dice.below(nodes);
        while path.len() < longest {
            let here = path[path.len() - 1];
            let onward: Vec<usize> = world.wallets[here]
                .disk
                .accounts
                .values()
                .map(|account| account.partner)
                .filter(|partner| !path.contains(partner))
                .collect();
            let Some(next) = world.dice.pick(&onward) else { break };
            path.push(next);
        }
        let closes = world.wallets[path[path.len() - 1]].tally_with(path[0]).is_some() && path.len() > 2;
        if circle && closes {
            path.push(path[0]);
        }
        if path.len() < 2 {
            continue;
        }
        // What a lying referee frees too early has to be taken by somebody else to matter.
        if world.plan.lying_referee && world.dice.chance(700) {
            path = world.deals.first().map_or(path, |deal| deal.path.clone());
        }
        let session = Uuid::from_u128(u128::from(world.dice.draw()) | 1 << 100);
        let (units, searched) = (world.dice.between(1, 9_000), world.dice.chance(400));
        let lifts = Vec::new();
        world.deals.push(Deal { session, path, units, searched, tries: 0, lifts });
        let at = world.dice.between(0, if world.plan.lying_referee { 240_000 } else { 90_000 });
        let deal = world.deals.len() - 1;
        world.after(at, Event::Begin { deal });
    }
}

fn trouble(world: &mut World, nodes: usize) {
    for node in 0..nodes {
        if world.liars[node].is_some() {
            for _ in 0..12 {
                let at = world.dice.between(0, 240_000);
                world.after(at, Event::Lie { node });
            }
        }
    }
    if world.dice.chance(300) {
        let at = world.dice.between(0, 100_000);
        let nodes: Vec<usize> = (0..=nodes).filter(|_| world.dice.chance(400)).collect();
        world.after(at, Event::Cut { nodes });
        let lasts = world.dice.between(1_000, 200_000);
        world.after(at + lasts, Event::Cut { nodes: Vec::new() });
    }
    if world.dice.chance(200) {
        let (at, back) = (world.dice.between(0, 100_000), world.dice.between(1_000, 400_000));
        let node = world.dice.below(nodes + 1);
        world.after(at, Event::Stop { node, back });
    }
    if world.plan.chained {
        for at in [700_000, 1_000_000, 1_500_000, 4_000_000] {
            world.after(at, Event::Tidy);
        }
    }
    world.after(HEALED_AFTER, Event::Heal);
}

/// From here on everything works, and must come to rest.
pub(crate) const HEALED_AFTER: i64 = 500_000;
