//! Two people, an open tally between them, and chits made ready: making a signature takes longer than all else here.

use std::sync::OnceLock;

use serde_json::json;
use tallystick_core::chain::Chain;
use tallystick_core::chit::{ChitObject, ComposeChit};
use tallystick_core::tally::{ComposeTally, Phase, Record, Settled, Side, Tally, TallyObject};
use tallystick_core::{
    AgentId, Certificate, Chad, ChitId, ComposeCert, Contract, Date, Half, TallyId, Terms, Units, UserKey,
};
use tallystick_testkit::TestSigner;
use uuid::Uuid;

/// The honest side.
pub(super) const OURS: usize = 0;

/// The side that says anything at all.
pub(super) const THEIRS: usize = 1;

/// What every run begins with.
pub(super) struct Stage {
    /// The honest side's copy, open, with nothing in it.
    pub(super) tally: Tally,
    /// Both sides' keys.
    pub(super) keys: [UserKey; 2],
    /// Both sides' addresses.
    pub(super) chads: [Chad; 2],
    /// Chits each side may sign.
    pub(super) chits: [Vec<ChitObject>; 2],
    /// Theirs in name, signed by a third.
    pub(super) forged: Vec<ChitObject>,
    /// The names of theirs over other content, signed by them.
    pub(super) second: Vec<ChitObject>,
    /// Theirs, and not signed.
    pub(super) unsigned: Vec<ChitObject>,
}

/// The stage on which the honest side holds this half.
pub(super) fn stage(mine: Half) -> &'static Stage {
    static STAGES: [OnceLock<Stage>; 2] = [const { OnceLock::new() }; 2];
    STAGES[usize::from(mine == Half::Stock)].get_or_init(|| build(mine))
}

fn build(mine: Half) -> Stage {
    let signers = [TestSigner::alice(), TestSigner::bob()];
    let certs = [cert(&signers[OURS], "alice", 1), cert(&signers[THEIRS], "bob", 2)];
    let side = |cert: &Certificate| Side {
        cert: Some(cert.clone()),
        terms: Terms::compose(Units::new(20_000).ok(), Some(30)).expect("terms"),
    };
    let [ours, theirs] = certs.each_ref().map(side);
    let (stock, foil) = if mine == Half::Stock { (ours, theirs) } else { (theirs, ours) };
    let agree = Contract::builtin()[0].hash();
    let object = ComposeTally { uuid: name(), revision: 1, date: date(0), memo: None, agree, stock, foil };
    let mut object = TallyObject::compose(object).expect("a tally");
    for (signer, half) in signers.iter().zip([mine, mine.other()]) {
        object = object.with_signature(half, signer.sign(&object.signing_bytes()));
    }
    let tally = Tally::restore(Record {
        id: name(),
        mine,
        phase: Phase::Open,
        chain: Some(Chain::new(object.digest())),
        object,
        previous: None,
        revising: false,
        balance: Units::ZERO,
        settings: Settled::default(),
        dispute: None,
        reason: None,
    });
    let make = |half: Half, number: u32, plus: i64| chit(half, number, plus);
    let signed =
        |signer: &TestSigner, chit: ChitObject| chit.with_signature(signer.sign(&chit.signing_bytes()));
    let theirs = |plus: i64| (0..POOL).map(move |number| make(mine.other(), 100 + number, plus));
    Stage {
        tally,
        keys: signers.each_ref().map(|signer| signer.public().clone()),
        chads: certs.each_ref().map(|cert| cert.chad().clone()),
        chits: [
            (0..POOL).map(|number| signed(&signers[OURS], make(mine, number, 0))).collect(),
            theirs(0).map(|chit| signed(&signers[THEIRS], chit)).collect(),
        ],
        forged: theirs(0).map(|chit| signed(&signers[OURS], chit)).collect(),
        second: theirs(1).map(|chit| signed(&signers[THEIRS], chit)).collect(),
        unsigned: theirs(0).collect(),
    }
}

/// Mostly payments; every fourth sets something, and the seventh is as large as money gets.
fn chit(by: Half, number: u32, plus: i64) -> ChitObject {
    let uuid = ChitId::new(Uuid::from_u128(u128::from(number) + 1));
    let parts = |units, reference| ComposeChit {
        uuid,
        tally: name(),
        by,
        date: date(i64::from(number) + plus),
        units,
        memo: Some(format!("number {number}")),
        reference,
    };
    let chit = match number % 100 {
        3 => ChitObject::compose_set(parts(None, Some(json!({"target": 1000, "bound": 5000 + plus})))),
        5 => ChitObject::compose_set(parts(None, Some(json!({"close": true})))),
        7 => ChitObject::compose_tran(parts(Some(Units::MAX), None)),
        11 => ChitObject::compose_tran(parts(
            Units::new(7 + plus).ok(),
            Some(json!({"text": "x".repeat(9_000)})),
        )),
        more => ChitObject::compose_tran(parts(Units::new(i64::from(more) * 10 + 1 + plus).ok(), None)),
    };
    chit.expect("a chit within its limits")
}

fn cert(signer: &TestSigner, name: &str, agent: u8) -> Certificate {
    let chad = Chad::new(name, AgentId::from_bytes([agent; 32]), "localhost", 65430).expect("an address");
    let key = signer.public().clone();
    Certificate::compose(ComposeCert { chad, name: name.into(), key, date: date(0) }).expect("a certificate")
}

fn name() -> TallyId {
    TallyId::new(Uuid::from_u128(0x1111_2222_3333_4444_5555_6666_7777_8888))
}

fn date(later: i64) -> Date {
    Date::from_millis(1_795_341_954_463 + later)
}

/// Chits of each kind: more than one input can use.
const POOL: u32 = 24;
