//! A ledger with an open tally in it, and what can be done to it.

mod deals;
mod history;
mod lifts;
mod links;
mod outbox;
mod places;
mod requests;
mod tampering;
mod tickets;

use std::sync::mpsc::channel;

use tallystick_core::chain::Chain;
use tallystick_core::chit::{ChitObject, ComposeChit};
use tallystick_core::tally::{ComposeTally, Phase, Record, Side, Tally, TallyObject};
use tallystick_core::{
    AgentId, Certificate, Chad, ChitId, ComposeCert, Contract, Date, Half, TallyId, Terms, Units,
};
use tallystick_testkit::TestSigner;
use tempfile::TempDir;
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::{Ledger, Me, Rows, StoreError};

/// When everything here happens.
const NOW: i64 = 1_795_341_954_463;

const KEY: [u8; 32] = [7; 32];

/// A ledger on disk.
struct Disk {
    folder: TempDir,
    ledger: Ledger,
}

impl Disk {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let ledger = Ledger::open(&folder.path().join("ledger.db"), Zeroizing::new(KEY)).expect("opens");
        Self { folder, ledger }
    }

    fn act<T: Send + 'static>(
        &self,
        act: impl FnOnce(&Rows<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (send, receive) = channel();
        self.ledger.write(act, move |result| send.send(result).expect("the test listens"));
        receive.recv().expect("an answer")?
    }

    fn ask<T>(&self, ask: impl FnOnce(&Rows<'_>) -> Result<T, StoreError>) -> T {
        self.ledger.read(ask).expect("an answer")
    }
}

/// Alice and Bob, with the tally in which Alice, whose ledger it is, holds the stock.
struct Pair {
    alice: TestSigner,
    bob: TestSigner,
    me: Certificate,
    object: TallyObject,
}

fn cert(signer: &TestSigner, name: &str, agent: u8) -> Certificate {
    let chad = Chad::new(name, AgentId::from_bytes([agent; 32]), "localhost", 65430).expect("an address");
    let key = signer.public().clone();
    let parts = ComposeCert { chad, name: name.into(), key, date: Date::from_millis(NOW) };
    Certificate::compose(parts).expect("a certificate")
}

fn tally_id() -> TallyId {
    TallyId::new(Uuid::from_u128(0x1111_2222_3333_4444_5555_6666_7777_8888))
}

impl Pair {
    fn new() -> Self {
        let (alice, bob) = (TestSigner::alice(), TestSigner::bob());
        let me = cert(&alice, "alice", 1);
        let terms = Terms::compose(Units::new(20_000).ok(), Some(30)).expect("terms");
        let object = TallyObject::compose(ComposeTally {
            uuid: tally_id(),
            revision: 1,
            date: Date::from_millis(NOW),
            memo: None,
            agree: Contract::builtin()[0].hash(),
            stock: Side { cert: Some(me.clone()), terms },
            foil: Side { cert: Some(cert(&bob, "bob", 2)), terms: Terms::default() },
        })
        .expect("a tally");
        let bytes = object.signing_bytes();
        let object = object.with_signature(Half::Stock, alice.sign(&bytes));
        let object = object.with_signature(Half::Foil, bob.sign(&bytes));
        Self { alice, bob, me, object }
    }

    fn chit(&self, name: u128, by: Half, milli: i64) -> ChitObject {
        let chit = ChitObject::compose_tran(ComposeChit {
            uuid: ChitId::new(Uuid::from_u128(name)),
            tally: tally_id(),
            by,
            date: Date::from_millis(NOW),
            units: Units::new(milli).ok(),
            memo: Some(format!("chit {name}")),
            reference: None,
        })
        .expect("a chit");
        let signer = if by == Half::Stock { &self.alice } else { &self.bob };
        chit.with_signature(signer.sign(&chit.signing_bytes()))
    }

    /// The open tally with these chits, agreed on up to an index.
    fn open(&self, agreed: u64, chits: &[ChitObject]) -> Tally {
        let mut chain = Chain::new(self.object.digest());
        let mut balance = Units::ZERO;
        for chit in chits {
            balance =
                chit.change_for(Half::Stock).and_then(|change| balance.checked_add(change)).expect("fits");
            chain.append(chit.clone());
        }
        chain.confirm(agreed);
        let object = self.object.clone();
        let (id, mine, phase) = (tally_id(), Half::Stock, Phase::Open);
        let blank = Tally::draft(mine, object.clone());
        Tally::restore(Record { id, phase, chain: Some(chain), balance, ..blank.record().clone() })
    }

    /// What has to be linked so that these chits stand in this order.
    fn links(&self, chits: &[ChitObject]) -> Vec<(tallystick_core::chain::Linked, Units, Units)> {
        let mut chain = Chain::new(self.object.digest());
        let mut balance = Units::ZERO;
        let link = |chit: &ChitObject| {
            let change = chit.change_for(Half::Stock).expect("an amount");
            balance = balance.checked_add(change).expect("fits");
            (chain.append(chit.clone()), change, balance)
        };
        chits.iter().map(link).collect()
    }

    /// Writes the open tally and its chits.
    fn write(&self, disk: &Disk, agreed: u64, chits: &[ChitObject]) {
        let (tally, links) = (self.open(agreed, chits), self.links(chits));
        let me = Me { certificate: self.me.clone(), made_at: NOW };
        disk.act(move |rows| {
            rows.set_me(&me)?;
            rows.put_tally(&tally, None, NOW)?;
            rows.link(Half::Stock, &links, NOW)?;
            rows.matched(tally_id(), agreed, NOW)
        })
        .expect("written");
    }
}
