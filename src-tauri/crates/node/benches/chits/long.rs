//! A tally with a long history, written straight into the ledger of a wallet: every entry really signed.

use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::channel;
use std::thread;

use tallystick_core::chain::Linked;
use tallystick_core::chit::{ChitObject, ComposeChit};

use tallystick_core::tally::Tally;
use tallystick_core::{ChitId, Date, Half, Signature, TallyId, Units};
use tallystick_store::{DatabaseKey, Ledger, Rows, StoreError};
use tallystick_vault::testing::Works;
use tallystick_vault::{ProfileId, Unlocked, Vault};
use uuid::Uuid;

use crate::people::{open_tally, person};

/// Entries written in one transaction.
const TRANSACTION: usize = 5_000;

/// Entries whose newest are not agreed yet, as after a busy hour.
const TAIL: u64 = 20;

/// When the first entry was made, in ms since the Unix epoch; one an hour from then on.
const FIRST: i64 = 1_420_000_000_000;

const HOUR: i64 = 3_600_000;

/// What people write on their entries.
const WORDS: [&str; 8] = [
    "bike tube and the work",
    "Öl für die Tür",
    "two loaves of rye, a jar of plum jam",
    "ride to the station",
    "mended the garden gate",
    "eggs",
    "half a day at the orchard, lunch included",
    "lent the long ladder",
];

/// Where it lies, and what must be seen in it.
pub(crate) struct Long {
    /// The owner's profile, under the folder.
    pub(crate) owner: &'static str,
    pub(crate) keychain: Arc<Works>,
    pub(crate) tally: TallyId,
    /// The entries, oldest first, and the owner's balance after each.
    pub(crate) entries: Vec<(ChitObject, i64)>,
    /// Which of them the owner signed.
    pub(crate) mine: Half,
    key: DatabaseKey,
}

impl Long {
    /// Makes a wallet with one tally of so many entries.
    pub(crate) async fn make(folder: &Path, count: u32) -> Self {
        const NAMES: [&str; 2] = ["Hana Long", "Ivo Long"];
        let keychain = Arc::new(Works::default());
        let hana = person(folder, NAMES[0], &keychain).await;
        let ivo = person(folder, NAMES[1], &keychain).await;
        let tally = open_tally(&hana, &ivo).await.parse().expect("a tally's name");
        let mine = hana.wallet.half_of(&TallyId::to_string(&tally)).await.expect("our tally");
        for person in [hana, ivo] {
            person.session.shutdown().await;
        }
        let [own, other] = NAMES.map(|name| unlocked(&folder.join(name), &keychain));
        let key = own.database_key().clone();
        let signers = |half: Half| if half == mine { &own } else { &other };
        let chits = sign_all((1..=count).map(|n| compose(tally, n)).collect(), &signers);
        let ledger = Ledger::open(&folder.join(NAMES[0]).join("ledger.db"), key.clone()).expect("opens");
        let entries = write_all(&ledger, tally, chits);
        Self { owner: NAMES[0], keychain, tally, entries, mine, key }
    }

    /// The owner's ledger, opened anew.
    pub(crate) fn ledger(&self, folder: &Path) -> Ledger {
        Ledger::open(&folder.join(self.owner).join("ledger.db"), self.key.clone()).expect("opens")
    }
}

fn unlocked(folder: &Path, keychain: &Arc<Works>) -> Unlocked {
    let about = std::fs::read(folder.join("profile.json")).expect("a profile");
    let about: serde_json::Value = serde_json::from_slice(&about).expect("JSON");
    let id = ProfileId::new(about["id"].as_str().expect("an id")).expect("an id");
    Vault::at(folder, id).open(None, &**keychain).expect("the keychain opens it")
}

/// The entry at a place: payments of both sides in an uneven rhythm, settings now and then.
fn compose(tally: TallyId, n: u32) -> ChitObject {
    let by = if n % 5 < 2 { Half::Foil } else { Half::Stock };
    let memo = match n % 10_000 {
        7 => format!("a zinnia from the market, no. {n}"),
        _ => format!("{} {n}", WORDS[usize::try_from(n.wrapping_mul(2_654_435_761) >> 29).expect("small")]),
    };
    let parts = ComposeChit {
        uuid: ChitId::new(Uuid::new_v4()),
        tally,
        by,
        date: Date::from_millis(FIRST + i64::from(n) * HOUR),
        units: Units::new(i64::from(n % 97) * 250 + 1).ok(),
        memo: Some(memo),
        reference: None,
    };
    let chit = if n.is_multiple_of(1_000) {
        let reference = Some(serde_json::json!({"target": 0, "bound": n}));
        ChitObject::compose_set(ComposeChit { units: None, reference, ..parts })
    } else {
        ChitObject::compose_tran(parts)
    };
    chit.expect("a chit")
}

fn sign_all<'a>(chits: Vec<ChitObject>, signers: &(impl Fn(Half) -> &'a Unlocked + Sync)) -> Vec<ChitObject> {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let sign = |chit: &ChitObject| {
        let signature = signers(chit.by()).signer().sign(&chit.signing_bytes());
        chit.with_signature(Signature::from_bytes(signature))
    };
    thread::scope(|scope| {
        let shares = chits.chunks(chits.len().div_ceil(cores).max(1));
        let signing: Vec<_> =
            shares.map(|share| scope.spawn(move || share.iter().map(sign).collect::<Vec<_>>())).collect();
        signing.into_iter().flat_map(|thread| thread.join().expect("it only signs")).collect()
    })
}

/// Links them all to the open tally, agreed but for the newest.
fn write_all(ledger: &Ledger, id: TallyId, chits: Vec<ChitObject>) -> Vec<(ChitObject, i64)> {
    let tally = ledger.read(|rows| rows.tally(id)).expect("read").expect("the tally").tally;
    let mut record = tally.record().clone();
    let mut chain = record.chain.take().expect("an open tally");
    let agreed = u64::try_from(chits.len()).expect("fits").saturating_sub(TAIL);
    let (mine, mut balance, mut entries) = (record.mine, Units::ZERO, Vec::new());
    for part in chits.chunks(TRANSACTION) {
        let mut links: Vec<(Linked, Units, Units)> = Vec::new();
        for chit in part {
            let change = chit.change_for(mine).expect("an amount");
            balance = balance.checked_add(change).expect("fits");
            links.push((chain.append(chit.clone()), change, balance));
            entries.push((chit.clone(), balance.milli()));
        }
        let through = chain.head().min(agreed);
        chain.confirm(through);
        write(ledger, move |rows| {
            rows.link(mine, &links, FIRST)?;
            rows.matched(id, through, FIRST)
        });
    }
    (record.chain, record.balance) = (Some(chain), balance);
    let tally = Tally::restore(record);
    write(ledger, move |rows| rows.put_tally(&tally, None, FIRST));
    entries
}

fn write(ledger: &Ledger, act: impl FnOnce(&Rows<'_>) -> Result<(), StoreError> + Send + 'static) {
    let (tell, told) = channel();
    ledger.write(act, move |result| tell.send(result).expect("waited for"));
    told.recv().expect("an answer").expect("committed").expect("written");
}
