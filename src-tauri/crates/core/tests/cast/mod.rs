//! What both suites of the tally's machine begin with.

use tallystick_core::tally::{ComposeTally, Side, Tally, TallyObject};
use tallystick_core::{AgentId, Certificate, Chad, ComposeCert, Contract, Date, Half, TallyId, Terms, Units};
use tallystick_testkit::TestSigner;
use uuid::Uuid;

pub(crate) fn id() -> TallyId {
    TallyId::new(Uuid::from_u128(0x1111_2222_3333_4444_5555_6666_7777_8888))
}

pub(crate) fn date() -> Date {
    Date::from_millis(1_795_341_954_463)
}

pub(crate) fn cert(signer: &TestSigner, name: &str, agent: u8) -> Certificate {
    let chad = Chad::new(name, AgentId::from_bytes([agent; 32]), "localhost", 65430).unwrap();
    let key = signer.public().clone();
    Certificate::compose(ComposeCert { chad, name: name.into(), key, date: date() }).unwrap()
}

pub(crate) fn draft(mine: Half, me: &Certificate) -> Tally {
    let ours =
        Side { cert: Some(me.clone()), terms: Terms::compose(Units::new(20_000).ok(), Some(30)).unwrap() };
    let (stock, foil) = match mine {
        Half::Stock => (ours, Side::default()),
        Half::Foil => (Side::default(), ours),
    };
    let agree = Contract::builtin()[0].hash();
    let object = ComposeTally { uuid: id(), revision: 1, date: date(), memo: None, agree, stock, foil };
    Tally::draft(mine, TallyObject::compose(object).unwrap())
}
