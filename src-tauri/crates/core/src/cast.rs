//! Alice and Bob for unit tests, with fresh keys every time.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P521_SHA384_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use serde_json::json;
use uuid::Uuid;

use crate::certificate::{Certificate, ComposeCert};
use crate::chad::Chad;
use crate::chit::{ChitObject, ComposeChit};
use crate::date::Date;
use crate::ids::{AgentId, ChitId, Digest, Half, TallyId};
use crate::signature::{Signature, UserKey};
use crate::tally::{ComposeTally, Side, TallyObject};
use crate::terms::Terms;
use crate::units::Units;

pub(crate) struct Person {
    pair: EcdsaKeyPair,
    pub(crate) cert: Certificate,
}

impl Person {
    pub(crate) fn new(name: &str, agent: u8) -> Self {
        let pair = EcdsaKeyPair::generate(&ECDSA_P521_SHA384_FIXED_SIGNING).unwrap();
        let point = pair.public_key().as_ref().to_vec();
        let (x, y) = point[1..].split_at(66);
        let key = UserKey::from_coordinates(x.try_into().unwrap(), y.try_into().unwrap()).unwrap();
        let chad =
            Chad::new(&name.to_lowercase(), AgentId::from_bytes([agent; 32]), "localhost", 65430).unwrap();
        let parts = ComposeCert { chad, name: name.into(), key, date: now() };
        Self { pair, cert: Certificate::compose(parts).unwrap() }
    }

    pub(crate) fn sign(&self, bytes: &[u8]) -> Signature {
        let signature = self.pair.sign(&SystemRandom::new(), bytes).unwrap();
        Signature::from_bytes(signature.as_ref().try_into().unwrap())
    }
}

pub(crate) fn now() -> Date {
    Date::from_millis(1_795_341_954_463)
}

pub(crate) fn tally_id() -> TallyId {
    TallyId::new(Uuid::from_u128(0x1111_2222_3333_4444_5555_6666_7777_8888))
}

/// Alice, Bob, and an unsigned tally in which Alice holds the stock.
pub(crate) fn alice_bob_tally() -> (Person, Person, TallyObject) {
    let (alice, bob) = (Person::new("Alice", 1), Person::new("Bob", 2));
    let terms = Terms::compose(Units::new(20_500).ok(), Some(30)).unwrap();
    let tally = TallyObject::compose(ComposeTally {
        uuid: tally_id(),
        revision: 1,
        date: now(),
        memo: Some("für die Gärtnerei 𝄞".to_owned()),
        agree: Digest::from_bytes([9; 32]),
        stock: Side { cert: Some(alice.cert.clone()), terms },
        foil: Side { cert: Some(bob.cert.clone()), terms: Terms::default() },
    });
    (alice, bob, tally.unwrap())
}

pub(crate) fn chit_parts(by: Half) -> ComposeChit {
    ComposeChit {
        uuid: ChitId::new(Uuid::from_u128(7)),
        tally: tally_id(),
        by,
        date: now(),
        units: Units::new(10_000).ok(),
        memo: Some("Äpfel".to_owned()),
        reference: Some(json!({"invoice": 77})),
    }
}

pub(crate) fn chit(by: Half) -> ChitObject {
    ChitObject::compose_tran(chit_parts(by)).unwrap()
}
