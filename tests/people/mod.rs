//! Wallets with profiles and listeners of their own, on this computer.
#![allow(dead_code, reason = "each test uses its part")]

use std::future::Future;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tallystick_node::view::{
    CardField, CopiesState, InviteTerms, NewIdentity, PhaseView, ProtectorChoice, Stage, TallyView, Template,
};
use tallystick_node::{Config, Session, Wallet};
use tallystick_vault::testing::Works;
use tallystick_vault::{ProfileId, Vault};

/// Nothing here may take longer; a promise not kept by then is broken.
const PATIENCE: Duration = Duration::from_secs(60);

/// A computer with some profiles on it, and one keychain.
pub(crate) struct Place {
    folder: tempfile::TempDir,
    keychain: Arc<Works>,
}

impl Place {
    pub(crate) fn new() -> Self {
        Self { folder: tempfile::tempdir().expect("a folder"), keychain: Arc::default() }
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Somebody who listens where there is room.
    pub(crate) async fn person(&self, name: &str) -> Person {
        self.person_at(name, SocketAddr::from(([127, 0, 0, 1], 0))).await
    }

    /// Somebody who listens there.
    pub(crate) async fn person_at(&self, name: &str, listen: SocketAddr) -> Person {
        Person::open(self.folder.path().join(name), name, &self.keychain, Some(listen)).await
    }

    /// Somebody who does not listen at all.
    pub(crate) async fn person_who_only_calls(&self, name: &str) -> Person {
        Person::open(self.folder.path().join(name), name, &self.keychain, None).await
    }
}

/// Somebody with an open wallet.
pub(crate) struct Person {
    pub(crate) session: Session,
    pub(crate) wallet: Wallet,
    folder: PathBuf,
    name: String,
    keychain: Arc<Works>,
}

/// Somebody whose wallet is closed.
pub(crate) struct Away {
    folder: PathBuf,
    name: String,
    keychain: Arc<Works>,
    listen: Option<SocketAddr>,
}

impl Person {
    async fn open(folder: PathBuf, name: &str, keychain: &Arc<Works>, listen: Option<SocketAddr>) -> Self {
        let mut config = Config::new(folder.clone());
        config.listen = listen;
        config.retry.first = 50;
        config.retry.longest = 500;
        config.clearing_every = 200;
        let session = Session::open(config, keychain.clone()).await.expect("the profile opens");
        if session.state().await.expect("a state").stage == Stage::New {
            let identity = NewIdentity { name: name.to_owned(), protector: ProtectorChoice::Keychain };
            session.create(identity).await.expect("an identity");
        }
        let wallet = session.wallet().await.expect("an open wallet");
        Self { session, wallet, folder, name: name.to_owned(), keychain: Arc::clone(keychain) }
    }

    /// Closes the wallet; it keeps its place and its port.
    pub(crate) async fn leave(self) -> Away {
        let listen = self.listening().await;
        self.session.shutdown().await;
        let Self { session, wallet, folder, name, keychain } = self;
        drop((session, wallet));
        Away { folder, name, keychain, listen }
    }

    /// Where the wallet listens.
    pub(crate) async fn listening(&self) -> Option<SocketAddr> {
        let listening = self.wallet.connection().await.expect("a state").listening;
        listening.map(|address| address.parse().expect("an address"))
    }

    pub(crate) async fn view(&self, tally: &str) -> TallyView {
        self.wallet.tally(tally).await.expect("a tally")
    }

    /// Waits until nothing waits to be sent any more; that is no event, so it is looked at again and again.
    pub(crate) async fn at_rest(&self) {
        let rests = async {
            while self.wallet.connection().await.expect("a state").waiting != 0 {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(PATIENCE, rests).await.expect("an empty outbox");
    }

    pub(crate) async fn verify(&self) {
        assert_eq!(self.wallet.verify().await.expect("verified").wrong, Vec::new());
    }

    /// Uses the ticket of a link, telling these fields. Gives the contact's name.
    pub(crate) async fn contact(&self, link: &str, disclose: &[CardField]) -> String {
        let card = self.wallet.code_inspect(link).await.expect("a card");
        assert_eq!(card.problem, None);
        let inspection = card.inspection.expect("contactable");
        self.wallet.contact(&inspection, disclose.to_vec()).await.expect("contact")
    }

    pub(crate) async fn offer(&self, tally: &str) {
        let preview = self.wallet.offer_preview(tally).await.expect("a preview");
        self.wallet.sign(&preview.id).await.expect("signed");
    }

    pub(crate) async fn accept(&self, tally: &str) {
        let preview = self.wallet.accept_preview(tally).await.expect("a preview");
        self.wallet.sign(&preview.id).await.expect("signed");
    }
}

impl Away {
    /// Opens the wallet again where it was.
    pub(crate) async fn back(self) -> Person {
        Person::open(self.folder, &self.name, &self.keychain, self.listen).await
    }
}

impl Away {
    /// Changes one row of the ledger behind the wallet's back.
    pub(crate) fn alter(&self, sql: &str) {
        assert_eq!(self.ledger().execute(sql, []).expect("changed"), 1);
    }

    /// Changes whatever these statements change.
    pub(crate) fn damage(&self, sql: &str) {
        let ledger = self.ledger();
        ledger.pragma_update(None, "foreign_keys", false).expect("taken");
        let before = ledger.total_changes();
        ledger.execute_batch(sql).expect("changed");
        assert_ne!(ledger.total_changes(), before, "{sql}");
    }

    fn ledger(&self) -> rusqlite::Connection {
        let about = std::fs::read(self.folder.join("profile.json")).expect("a profile");
        let about: serde_json::Value = serde_json::from_slice(&about).expect("JSON");
        let id = ProfileId::new(about["id"].as_str().expect("an id")).expect("an id");
        let keys = Vault::at(&self.folder, id).open(None, &*self.keychain).expect("opens");
        let ledger = rusqlite::Connection::open(self.folder.join("ledger.db")).expect("a file");
        let key = format!("x'{}'", hex::encode(keys.database_key()));
        ledger.pragma_update(None, "key", key).expect("taken");
        ledger
    }

    /// Opens the wallet again at another port.
    pub(crate) async fn back_elsewhere(self) -> Person {
        self.back_at(SocketAddr::from(([127, 0, 0, 1], 0))).await
    }

    /// Opens the wallet again there.
    pub(crate) async fn back_at(self, listen: SocketAddr) -> Person {
        Self { listen: Some(listen), ..self }.back().await
    }
}

/// Asks again at every event until the answer satisfies.
pub(crate) async fn eventually<T, F: Future<Output = Option<T>>>(
    person: &Person,
    what: &str,
    mut ask: impl FnMut() -> F,
) -> T {
    let mut events = person.session.events();
    let search = async {
        loop {
            if let Some(answer) = ask().await {
                return answer;
            }
            let _ = events.recv().await;
        }
    };
    match tokio::time::timeout(PATIENCE, search).await {
        Ok(answer) => answer,
        Err(_) => panic!("waited in vain for {what}"),
    }
}

pub(crate) async fn tally_where(person: &Person, what: &str, good: impl Fn(&TallyView) -> bool) -> TallyView {
    eventually(person, what, || async {
        for row in person.wallet.tallies().await.expect("tallies") {
            let view = person.wallet.tally(&row.id).await.expect("a tally");
            if good(&view) {
                return Some(view);
            }
        }
        None
    })
    .await
}

/// Waits for a tally in a phase.
pub(crate) async fn tally_in(person: &Person, phase: PhaseView) -> TallyView {
    tally_where(person, &format!("{phase:?}"), |tally| tally.row.phase == phase).await
}

pub(crate) fn terms() -> InviteTerms {
    InviteTerms {
        template: Template::Friend,
        they_may_owe: 20_000,
        notice_days: 14,
        good_for: 900,
        note: None,
        uses: 1,
        only_for: None,
        contract: None,
        disclose: Vec::new(),
        memo: None,
    }
}

/// Ana invites, Ben answers: gives both names of the drafted tally and of the contact.
pub(crate) async fn answered(ana: &Person, ben: &Person, terms: InviteTerms) -> TallyView {
    let link = ana.wallet.invite(terms).await.expect("a ticket").link.expect("a live ticket has a link");
    ben.contact(&link, &[]).await;
    tally_in(ana, PhaseView::PartnerDraft).await
}

/// Ana invites, Ben answers, Ana offers: gives the tally's name.
pub(crate) async fn offered(ana: &Person, ben: &Person) -> String {
    let id = answered(ana, ben, terms()).await.row.id;
    ana.offer(&id).await;
    tally_in(ben, PhaseView::OfferedToUs).await;
    tally_in(ana, PhaseView::Offered).await;
    id
}

pub(crate) fn matching(tally: &TallyView) -> bool {
    tally.row.phase == PhaseView::Open && tally.row.copies.state == CopiesState::Match
}

/// The same, signed by both: gives both views of the open tally.
pub(crate) async fn open_tally(ana: &Person, ben: &Person) -> (TallyView, TallyView) {
    let id = offered(ana, ben).await;
    ben.accept(&id).await;
    let of_ana = tally_where(ana, "an open tally at Ana's", matching).await;
    let of_ben = tally_where(ben, "an open tally at Ben's", matching).await;
    (of_ana, of_ben)
}
