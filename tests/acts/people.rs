//! Ana and Ben, who can go away, come back, and come back later.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tallystick_node::view::Failure;
use tallystick_node::view::{
    Activity, ActivityItem, ActivityKind, CopiesState, FailureCode, HistoryFilter, HistoryPage, InviteTerms,
    NewIdentity, PhaseView, ProtectorChoice, RequestState, RequestView, SettingsPage, SignPreview, TallyView,
    Template,
};
use tallystick_node::{Clock, Config, Session, Wallet};
use tallystick_vault::testing::Works;
use tempfile::TempDir;

/// Nothing here may take longer; a promise not kept by then is broken.
const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) const DAY: i64 = 24 * 60 * 60 * 1_000;

/// A wallet that can be closed and opened again, at the same place and at another time.
pub(crate) struct Person {
    folder: Arc<TempDir>,
    keychain: Arc<Works>,
    name: &'static str,
    port: u16,
    offset: i64,
    open: Option<(Session, Wallet)>,
}

impl Person {
    pub(crate) async fn new(name: &'static str) -> Self {
        let folder = Arc::new(tempfile::tempdir().expect("a folder"));
        let mut person = Self { folder, keychain: Arc::default(), name, port: 0, offset: 0, open: None };
        person.come().await;
        person
    }

    /// Opens the wallet where it was before.
    pub(crate) async fn come(&mut self) {
        let mut config = Config::new(self.folder.path().join("profile"));
        config.listen = Some(SocketAddr::from(([127, 0, 0, 1], self.port)));
        config.advertise = Some("127.0.0.1".to_owned());
        config.clock = Clock { offset: self.offset };
        config.retry.first = 100;
        let keychain = Arc::clone(&self.keychain);
        let session = Session::open(config, keychain).await.expect("the profile opens");
        if session.wallet().await.is_err() {
            let protector = ProtectorChoice::Keychain;
            session.create(NewIdentity { name: self.name.to_owned(), protector }).await.expect("an identity");
        }
        let wallet = session.wallet().await.expect("an open wallet");
        let listening = wallet.connection().await.expect("a state").listening.expect("it listens");
        self.port = listening.parse::<SocketAddr>().expect("an address").port();
        self.open = Some((session, wallet));
    }

    /// Closes the wallet.
    pub(crate) async fn go(&mut self) {
        if let Some((session, wallet)) = self.open.take() {
            drop(wallet);
            session.shutdown().await;
        }
    }

    /// Closes the wallet and opens it so much later, in ms.
    pub(crate) async fn later(&mut self, by: i64) {
        self.go().await;
        self.offset += by;
        self.come().await;
    }

    pub(crate) fn wallet(&self) -> &Wallet {
        &self.open.as_ref().expect("the wallet is open").1
    }

    pub(crate) fn session(&self) -> &Session {
        &self.open.as_ref().expect("the wallet is open").0
    }

    /// Asks again at every event until the answer satisfies.
    pub(crate) async fn eventually<T, F: Future<Output = Option<T>>>(
        &self,
        what: &str,
        mut ask: impl FnMut() -> F,
    ) -> T {
        let mut events = self.session().events();
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
            Err(_) => panic!("{} waited in vain for {what}", self.name),
        }
    }

    /// Waits until no link is open any more: from then on nothing leaves.
    pub(crate) async fn alone(&self) {
        self.eventually("the end of all links", || async {
            let links = self.wallet().connection().await.expect("a state").links;
            (links == 0).then_some(())
        })
        .await;
    }

    pub(crate) async fn tally(&self, id: &str) -> TallyView {
        self.wallet().tally(id).await.expect("a tally")
    }

    /// Waits until a tally is as it should be.
    pub(crate) async fn sees(&self, id: &str, what: &str, good: impl Fn(&TallyView) -> bool) -> TallyView {
        self.eventually(what, || async { Some(self.tally(id).await).filter(&good) }).await
    }

    /// Waits until a tally is in a phase, whichever it is.
    pub(crate) async fn in_phase(&self, phase: PhaseView) -> TallyView {
        self.eventually(&format!("a tally that is {phase:?}"), || async {
            let rows = self.wallet().tallies().await.expect("tallies");
            let row = rows.into_iter().find(|row| row.phase == phase)?;
            Some(self.tally(&row.id).await)
        })
        .await
    }

    /// Waits until both copies are known to hold so many entries.
    pub(crate) async fn matches(&self, id: &str, entries: u64) -> TallyView {
        self.sees(id, &format!("{entries} matching entries"), |tally| {
            tally.row.copies.state == CopiesState::Match && tally.row.copies.entries == entries
        })
        .await
    }

    pub(crate) async fn request(&self, id: &str) -> Option<RequestView> {
        let all = self.wallet().requests(None).await.expect("requests");
        all.into_iter().find(|request| request.id == id)
    }

    /// Waits until a request is in a state.
    pub(crate) async fn sees_request(&self, id: &str, state: RequestState, times: u32) -> RequestView {
        self.eventually(&format!("a request that is {state:?}"), || async {
            self.request(id).await.filter(|request| request.state == state && request.times == times)
        })
        .await
    }

    pub(crate) async fn activity(&self) -> Activity {
        self.wallet().activity(None).await.expect("activity")
    }

    /// What happened, newest first.
    pub(crate) async fn happened(&self) -> Vec<ActivityKind> {
        self.activity().await.happened.iter().map(|item| item.kind).collect()
    }

    /// The newest thing of a kind that happened.
    pub(crate) async fn newest(&self, kind: ActivityKind) -> ActivityItem {
        let happened = self.activity().await.happened;
        happened
            .into_iter()
            .find(|item| item.kind == kind)
            .unwrap_or_else(|| panic!("{kind:?} never happened"))
    }

    /// What the person is needed for.
    pub(crate) async fn needed(&self) -> Vec<ActivityKind> {
        self.activity().await.needs.iter().map(|item| item.kind).collect()
    }

    pub(crate) async fn settings(&self, id: &str) -> SettingsPage {
        self.wallet().settings(id).await.expect("settings")
    }

    pub(crate) async fn history(&self, id: &str, filter: HistoryFilter) -> HistoryPage {
        self.wallet().history(id, None, filter).await.expect("history")
    }

    /// Signs what a sheet shows and gives the entry's name.
    pub(crate) async fn sign(&self, preview: Result<SignPreview, Failure>) -> String {
        let preview = preview.expect("a preview");
        let signed = self.wallet().sign(&preview.id).await.expect("signed");
        assert_eq!(signed.entry, preview.entry);
        signed.entry.unwrap_or(signed.tally)
    }

    pub(crate) async fn pay(&self, id: &str, milli: i64) -> String {
        self.sign(self.wallet().pay_preview(id, milli, None).await).await
    }

    pub(crate) async fn verify(&self) {
        assert_eq!(self.wallet().verify().await.expect("verified").wrong, Vec::new());
    }
}

/// Why something was refused.
pub(crate) fn refusal<T: std::fmt::Debug>(outcome: Result<T, Failure>) -> FailureCode {
    outcome.expect_err("a refusal").code
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

/// Two people with an open tally between them, and its name. Ana made the ticket and holds the stock.
pub(crate) async fn partners() -> (Person, Person, String) {
    let (ana, ben) = tokio::join!(Person::new("Ana Ruiz"), Person::new("Ben Ode"));
    let link = ana.wallet().invite(terms()).await.expect("a ticket").link.expect("a link");
    let card = ben.wallet().code_inspect(&link).await.expect("a card");
    ben.wallet().contact(&card.inspection.expect("contactable"), Vec::new()).await.expect("contact");
    let tally = ana.in_phase(PhaseView::PartnerDraft).await.row.id;
    ana.sign(ana.wallet().offer_preview(&tally).await).await;
    ben.in_phase(PhaseView::OfferedToUs).await;
    ben.sign(ben.wallet().accept_preview(&tally).await).await;
    ana.matches(&tally, 0).await;
    ben.matches(&tally, 0).await;
    (ana, ben, tally)
}
