//! Small networks for the explorer: three or four wallets and a referee, two lifts.

use tallystick_core::lift::{Aim, Core, Due, Next, Purpose, Room, Signer};
use tallystick_core::{Date, Digest, TallyId, Units};
use tallystick_testkit::Dice;
use uuid::Uuid;

use crate::plan::{Plan, people, tally};
use crate::wallet::Wallet;
use crate::world::{BEGIN, World};

/// A small network, and what is to happen in it.
#[derive(Clone)]
pub struct Scene {
    /// Its name.
    pub name: &'static str,
    pub(crate) wallets: Vec<Wallet>,
    pub(crate) starts: Vec<Start>,
    /// Both lifts have room side by side: each is explored alone, and it is proved that this is enough.
    pub(crate) apart: bool,
}

/// A lift that somebody begins at some time.
#[derive(Clone)]
pub(crate) struct Start {
    pub(crate) node: usize,
    pub(crate) payee: usize,
    pub(crate) core: Core,
    pub(crate) tally: TallyId,
    pub(crate) hops: u32,
}

impl std::fmt::Debug for Scene {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Scene").field("name", &self.name).finish_non_exhaustive()
    }
}

/// All of them.
///
/// Where two lifts compete for room, they are explored together. Where both have room side by side, each is explored
/// alone, and every step of either is tried beside every state of the other; in the smallest network both are done.
pub fn scenes() -> Vec<Scene> {
    vec![
        build("row3-one-lift", 3, false, &[&[0, 1, 2]], 6, false),
        build("ring3-one-lift", 3, true, &[&[0, 1, 2, 0]], 6, false),
        build("row4-one-lift", 4, false, &[&[0, 1, 2, 3]], 6, false),
        build("ring4-one-lift", 4, true, &[&[0, 1, 2, 3, 0]], 6, false),
        build("row3-room-for-one", 3, false, &[&[0, 1, 2], &[1, 2]], 4, false),
        build("ring3-room-for-one", 3, true, &[&[0, 1, 2, 0], &[1, 2, 0, 1]], 4, false),
        build("row4-room-for-one", 4, false, &[&[0, 1, 2, 3], &[1, 2, 3]], 4, false),
        build("ring4-room-for-one", 4, true, &[&[0, 1, 2, 3, 0], &[2, 3, 0, 1, 2]], 4, false),
        build("row3-same-way-together", 3, false, &[&[0, 1, 2], &[0, 1, 2]], 6, false),
        build("row3-same-way", 3, false, &[&[0, 1, 2], &[0, 1, 2]], 6, true),
        build("row3-against", 3, false, &[&[0, 1, 2], &[2, 1, 0]], 6, true),
        build("ring3-two-begin", 3, true, &[&[0, 1, 2, 0], &[1, 2, 0, 1]], 6, true),
        build("row4-same-way", 4, false, &[&[0, 1, 2, 3], &[0, 1, 2, 3]], 6, true),
        build("row4-against", 4, false, &[&[0, 1, 2, 3], &[3, 2, 1, 0]], 6, true),
        build("ring4-two-begin", 4, true, &[&[0, 1, 2, 3, 0], &[2, 3, 0, 1, 2]], 6, true),
    ]
}

/// A row or a ring in which every tally takes `target` either way, and lifts of 3.
fn build(
    name: &'static str,
    nodes: usize,
    ring: bool,
    paths: &[&[usize]],
    target: i64,
    apart: bool,
) -> Scene {
    let units = |milli| Units::new(milli).unwrap_or(Units::ZERO);
    let mut wallets = people(1, nodes + 1);
    let room = Room { target: units(target), bound: units(target) };
    let pairs = (0..nodes - 1).map(|at| (at, at + 1)).chain(ring.then_some((nodes - 1, 0)));
    for (rank, pair) in pairs.enumerate() {
        let id = TallyId::new(Uuid::from_u128(u128::try_from(rank).unwrap_or(0) + 1));
        tally(&mut wallets, id, pair, 0, (room, room));
    }
    let mut world = World::new(Dice::new(1), Plan::default(), wallets, vec![None; nodes + 1]);
    let starts = paths.iter().enumerate().filter_map(|(rank, path)| start(&mut world, rank, path)).collect();
    Scene { name, wallets: world.wallets, starts, apart }
}

fn start(world: &mut World, rank: usize, path: &[usize]) -> Option<Start> {
    let rank = u8::try_from(rank).ok()?;
    let (node, payee) = (path[0], path[path.len() - 1]);
    let session = Uuid::from_u128(0x1000 + u128::from(rank));
    let aim = if node == payee { Aim::Clear } else { Aim::Pay };
    let cancel = world.wallets[node].keys.key(Purpose::Cancel(session));
    let core = world.core(session, aim, 3, 60_000, (payee, cancel), [rank; 16])?;
    if aim == Aim::Pay {
        let exp = Date::from_millis(BEGIN + 100_000);
        let due = Due { units: Some(core.units()), payh: Digest::from_bytes([7; 32]), exp };
        world.wallets[payee].disk.dues.insert(session, due);
    }
    let hops = |left: usize| u32::try_from(left).unwrap_or(0);
    for (at, pair) in path.windows(2).enumerate().skip(1) {
        let tally = world.wallets[pair[0]].tally_with(pair[1])?;
        let next = Next { tally, hops: hops(path.len() - 1 - at) };
        world.wallets[pair[0]].disk.nexts.insert(session, next);
    }
    let tally = world.wallets[node].tally_with(path[1])?;
    Some(Start { node, payee, core, tally, hops: hops(path.len() - 1) })
}
