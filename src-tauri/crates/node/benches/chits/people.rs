//! Two people with a wallet each, and the tallies between them.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tallystick_node::view::{
    CopiesState, InviteTerms, NewIdentity, PhaseView, ProtectorChoice, Stage, TallyView, Template,
};
use tallystick_node::{Config, Session, Wallet};
use tallystick_vault::testing::Works;
use tokio::sync::broadcast::error::RecvError;

/// Longer than anything here takes.
const PATIENCE: Duration = Duration::from_secs(300);

/// One person.
#[derive(Debug)]
pub(crate) struct Person {
    pub(crate) session: Session,
    pub(crate) wallet: Wallet,
}

/// A person whose wallet listens on a port of the loopback; the profile is made if it is not there.
pub(crate) async fn person(folder: &Path, name: &str, keychain: &Arc<Works>) -> Person {
    let mut config = Config::new(folder.join(name));
    config.listen = Some(SocketAddr::from(([127, 0, 0, 1], 0)));
    config.advertise = Some("127.0.0.1".to_owned());
    let keychain = Arc::clone(keychain);
    let session = Session::open(config, keychain).await.expect("the profile opens");
    if session.state().await.expect("a state").stage == Stage::New {
        let identity = NewIdentity { name: name.to_owned(), protector: ProtectorChoice::Keychain };
        session.create(identity).await.expect("an identity");
    }
    let wallet = session.wallet().await.expect("an open wallet");
    Person { session, wallet }
}

/// One tally by its two names: the same, but each side finds it by itself.
pub(crate) async fn open_tally(ana: &Person, ben: &Person) -> String {
    let terms = InviteTerms {
        template: Template::Friend,
        they_may_owe: 1_000_000_000,
        notice_days: 14,
        good_for: 900,
        note: None,
        uses: 1,
        only_for: None,
        contract: None,
        disclose: Vec::new(),
        memo: None,
    };
    let link = ana.wallet.invite(terms).await.expect("a ticket").link.expect("a live ticket has a link");
    let card = ben.wallet.code_inspect(&link).await.expect("a card");
    ben.wallet.contact(&card.inspection.expect("a good code"), Vec::new()).await.expect("contact");

    let answered = found(ana, |tally| tally.row.phase == PhaseView::PartnerDraft).await;
    let preview = ana.wallet.offer_preview(&answered.row.id).await.expect("a preview");
    ana.wallet.sign(&preview.id).await.expect("signed");
    let offered = found(ben, |tally| tally.row.phase == PhaseView::OfferedToUs).await;
    let preview = ben.wallet.accept_preview(&offered.row.id).await.expect("a preview");
    ben.wallet.sign(&preview.id).await.expect("signed");
    for person in [ana, ben] {
        found(person, |tally| {
            let open = tally.row.phase == PhaseView::Open && tally.row.copies.state == CopiesState::Match;
            tally.row.id == offered.row.id && open
        })
        .await;
    }
    offered.row.id
}

/// The tally of which this holds, as soon as there is one. Of many, only the one that changed last is looked at.
async fn found(person: &Person, good: impl Fn(&TallyView) -> bool) -> TallyView {
    let mut events = person.session.events();
    let search = async {
        loop {
            if let Some(row) = person.wallet.tallies().await.expect("tallies").first()
                && let Ok(view) = person.wallet.tally(&row.id).await
                && good(&view)
            {
                return view;
            }
            // A lagging listener asks again, too.
            let _ = tokio::time::timeout(Duration::from_millis(200), events.recv()).await;
        }
    };
    tokio::time::timeout(PATIENCE, search).await.expect("the tally comes about in time")
}

/// Waits until this many entries of a tally are known to be the same on both sides; gives the instant at which the news
/// of that reached us.
pub(crate) async fn matched(person: &Person, tally: &str, entries: u64) -> Instant {
    let mut events = person.session.events();
    let search = async {
        let mut news = Instant::now();
        loop {
            if person.wallet.newest(tally).await.expect("a tally") == (entries, true) {
                return news;
            }
            match events.recv().await {
                Ok(_) | Err(RecvError::Lagged(_)) => news = Instant::now(),
                Err(RecvError::Closed) => panic!("the wallet is open"),
            }
            while events.try_recv().is_ok() {}
        }
    };
    tokio::time::timeout(PATIENCE, search).await.expect("the copies match in time")
}
