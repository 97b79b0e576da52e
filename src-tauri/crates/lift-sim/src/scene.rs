//! Small networks for the explorer: three or four wallets and a referee, two lifts.

use tallystick_core::lift::{Aim, Core, Due, Next, Purpose, Room, Signer};
use tallystick_core::{Date, Digest, TallyId, Units};
use uuid::Uuid;

use crate::dice::Dice;
use crate::plan::{Plan, people, tally};
use crate::wallet::Wallet;
use crate::world::{BEGIN, World};

/// A small network, and what is to happen in it.
pub struct Scene {
    /// Its name.
    pub name: &'static str,
    pub(crate) wallets: Vec<Wallet>,
    pub(crate) starts: Vec<Start>,
    /// How many drops, doubles and crashes there may be, and how many of them all together.
    pub(crate) faults: [u8; 4],
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

/// All of them. Where two lifts compete for room, one message may be lost, one doubled,
/// and the power may go once, anywhere; where they do not, one of these may happen, anywhere.
pub fn scenes() -> Vec<Scene> {
    let (all, one) = ([1, 1, 1, 3], [1, 1, 1, 1]);
    vec![
        build("row3-room-for-one", 3, false, &[&[0, 1, 2], &[0, 1, 2]], 4, all),
        build("row3-same-way", 3, false, &[&[0, 1, 2], &[0, 1, 2]], 6, one),
        build("row3-against", 3, false, &[&[0, 1, 2], &[2, 1, 0]], 6, one),
        build("ring3-room-for-one", 3, true, &[&[0, 1, 2, 0], &[1, 2, 0, 1]], 4, all),
        build("ring3-two-begin", 3, true, &[&[0, 1, 2, 0], &[1, 2, 0, 1]], 6, one),
        build("row4-room-for-one", 4, false, &[&[0, 1, 2, 3], &[1, 2, 3]], 4, all),
        build("row4-same-way", 4, false, &[&[0, 1, 2, 3], &[0, 1, 2, 3]], 6, one),
        build("ring4-two-begin", 4, true, &[&[0, 1, 2, 3, 0], &[2, 3, 0, 1, 2]], 6, one),
    ]
}

/// A row or a ring in which every tally takes `target` either way, and lifts of 3.
fn build(
    name: &'static str,
    nodes: usize,
    ring: bool,
    paths: &[&[usize]],
    target: i64,
    faults: [u8; 4],
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
    Scene { name, wallets: world.wallets, starts, faults }
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
