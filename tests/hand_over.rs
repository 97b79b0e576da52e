//! Two wallets without any network: everything from the first answer to a paid entry crosses by codes that move.

use std::sync::Arc;

use tallystick_node::view::{
    Brought, CodeKind, CodeProblem, CopiesState, FailureCode, InviteTerms, NewIdentity, Parcel, PhaseView,
    ProtectorChoice, Template,
};
use tallystick_node::{Config, Session, Wallet};
use tallystick_vault::testing::Works;
use tempfile::TempDir;

/// Somebody whose wallet neither listens nor reaches anybody.
struct Island {
    _folder: TempDir,
    session: Session,
    wallet: Wallet,
}

impl Island {
    async fn new(name: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let mut config = Config::new(folder.path().join(name));
        config.listen = None;
        // Nobody is there; whoever answers would answer nothing.
        config.advertise = Some("192.0.2.1".to_owned());
        let session = Session::open(config, Arc::new(Works::default())).await.expect("the profile opens");
        let identity = NewIdentity { name: name.to_owned(), protector: ProtectorChoice::Keychain };
        session.create(identity).await.expect("an identity");
        let wallet = session.wallet().await.expect("an open wallet");
        Self { _folder: folder, session, wallet }
    }

    async fn phase(&self, tally: &str) -> PhaseView {
        self.wallet.tally(tally).await.expect("a tally").row.phase
    }

    /// Holds what waits for a partner before somebody's camera, which misses every third frame.
    async fn shows(&self, id: &str, other: &Self) -> (Vec<Brought>, Option<String>) {
        let film = self.wallet.hand_over(id).await.expect("something waits");
        // A third at random, another one each time round; ten times round are more than anybody would wait.
        let missed = |at: &usize| (at.wrapping_mul(2_654_435_761) >> 13).is_multiple_of(3);
        let shown = film.frames.iter().cycle().take(film.frames.len() * 10).enumerate();
        let mut frames = shown.filter(|(at, _)| !missed(at)).map(|(_, frame)| frame);
        let card = loop {
            let card = other
                .wallet
                .code_inspect(frames.next().expect("ten rounds are enough"))
                .await
                .expect("a card");
            assert_eq!((card.kind, card.problem), (CodeKind::HandOver, None));
            if card.inspection.is_some() {
                break card;
            }
            assert!(card.progress.is_some());
        };
        let inspection = card.inspection.expect("it is whole");
        // It goes on being shown: whoever holds the camera on it has the same thing before them.
        let again = other.wallet.code_inspect(frames.next().expect("more frames")).await.expect("a card");
        assert_eq!(again.inspection.as_ref(), Some(&inspection));
        let about = other.wallet.take_over(&inspection).await.expect("taken");
        let twice = other.wallet.take_over(&inspection).await.expect_err("taken already");
        assert_eq!(twice.code, FailureCode::NotContactable);
        let brings: Vec<Brought> = card.brings.iter().map(|parcel| parcel.what).collect();
        let shown: Vec<Brought> = film.contents.iter().map(|parcel| parcel.what).collect();
        assert_eq!(brings, shown);
        (brings, about)
    }
}

/// Whether somebody is told that something waits for the partner of a tally.
async fn waits(island: &Island, tally: &str) -> bool {
    island.wallet.tally(tally).await.expect("a tally").waits.is_some()
}

fn terms() -> InviteTerms {
    InviteTerms {
        template: Template::Friend,
        they_may_owe: 20_000,
        notice_days: 14,
        good_for: 86_400,
        note: None,
        uses: 1,
        only_for: None,
        contract: None,
        disclose: Vec::new(),
        memo: None,
    }
}

#[tokio::test]
async fn a_whole_tally_is_opened_and_paid_without_any_network() {
    let (ana, ben) = (Island::new("Ana Ruiz").await, Island::new("Ben Ode").await);
    let ticket = ana.wallet.invite(terms()).await.expect("a ticket");
    let card = ben.wallet.code_inspect(&ticket.link.expect("a link")).await.expect("a card");
    let contact = ben.wallet.contact(&card.inspection.expect("good"), Vec::new()).await.expect("contact");

    assert!(waits(&ben, &contact).await);
    let (brings, began) = ben.shows(&contact, &ana).await;
    // She is led to the tally that began with it, though a ticket names none.
    assert_eq!((brings, began.as_ref()), (vec![Brought::FirstContact], Some(&ticket.tally)));
    assert_eq!(ana.phase(&ticket.tally).await, PhaseView::PartnerDraft);

    let preview = ana.wallet.offer_preview(&ticket.tally).await.expect("a preview");
    ana.wallet.sign(&preview.id).await.expect("signed");
    let (brings, about) = ana.shows(&ticket.tally, &ben).await;
    // With it comes that the ticket has arrived.
    assert_eq!((brings, about.as_ref()), (vec![Brought::News, Brought::Offer], Some(&ticket.tally)));
    assert_eq!(ben.phase(&ticket.tally).await, PhaseView::OfferedToUs);

    let preview = ben.wallet.accept_preview(&ticket.tally).await.expect("a preview");
    ben.wallet.sign(&preview.id).await.expect("signed");
    let (brings, _) = ben.shows(&ticket.tally, &ana).await;
    assert_eq!(brings, [Brought::Acceptance]);
    assert_eq!(ana.phase(&ticket.tally).await, PhaseView::Open);
    // Her wallet answers that it agrees.
    ana.shows(&ticket.tally, &ben).await;
    assert_eq!(ben.phase(&ticket.tally).await, PhaseView::Open);

    let preview =
        ben.wallet.pay_preview(&ticket.tally, 12_500, Some("rye bread".to_owned())).await.expect("a preview");
    ben.wallet.sign(&preview.id).await.expect("signed");
    assert!(waits(&ben, &ticket.tally).await);
    let shown = ben.wallet.hand_over(&ticket.tally).await.expect("something waits").contents;
    assert!(shown.contains(&Parcel { what: Brought::Entry, units: Some(12_500) }), "{shown:?}");
    let (brings, _) = ben.shows(&ticket.tally, &ana).await;
    assert!(brings.contains(&Brought::Entry), "{brings:?}");
    ana.shows(&ticket.tally, &ben).await;
    assert!(!waits(&ben, &ticket.tally).await);

    for (island, balance) in [(&ana, 12_500), (&ben, -12_500)] {
        let tally = island.wallet.tally(&ticket.tally).await.expect("a tally");
        assert_eq!((tally.row.balance, tally.row.copies.state), (balance, CopiesState::Match));
        assert_eq!(island.wallet.verify().await.expect("verified").wrong, Vec::new());
        island.session.shutdown().await;
    }
}

#[tokio::test]
async fn what_is_for_somebody_else_says_nothing() {
    let (ana, ben, cy) = (Island::new("Ana").await, Island::new("Ben").await, Island::new("Cy").await);
    let ticket = ana.wallet.invite(terms()).await.expect("a ticket");
    let card = ben.wallet.code_inspect(&ticket.link.expect("a link")).await.expect("a card");
    let contact = ben.wallet.contact(&card.inspection.expect("good"), Vec::new()).await.expect("contact");
    let film = ben.wallet.hand_over(&contact).await.expect("something waits");

    let mut last = None;
    for frame in &film.frames {
        let card = cy.wallet.code_inspect(frame).await.expect("a card");
        assert!(card.name.is_none() && card.inspection.is_none() && card.brings.is_empty());
        last = card.problem.or(last);
    }

    assert_eq!(last, Some(CodeProblem::ForAnother));
    for island in [ana, ben, cy] {
        island.session.shutdown().await;
    }
}

#[tokio::test]
async fn what_is_shown_twice_is_taken_once() {
    let (ana, ben) = (Island::new("Ana").await, Island::new("Ben").await);
    let ticket = ana.wallet.invite(terms()).await.expect("a ticket");
    let card = ben.wallet.code_inspect(&ticket.link.expect("a link")).await.expect("a card");
    let contact = ben.wallet.contact(&card.inspection.expect("good"), Vec::new()).await.expect("contact");

    ben.shows(&contact, &ana).await;
    ben.shows(&contact, &ana).await;

    assert_eq!(ana.wallet.ticket(&ticket.id).await.expect("a ticket").used, 1);
    assert_eq!(ana.phase(&ticket.tally).await, PhaseView::PartnerDraft);
    for island in [ana, ben] {
        island.session.shutdown().await;
    }
}

#[tokio::test]
async fn where_nothing_waits_nothing_is_shown() {
    let ana = Island::new("Ana").await;
    let ticket = ana.wallet.invite(terms()).await.expect("a ticket");

    let unknown =
        ana.wallet.hand_over("00000000-0000-4000-8000-000000000000").await.expect_err("no such tally");
    let nobody = ana.wallet.hand_over(&ticket.tally).await.expect_err("nobody answered yet");

    assert_eq!(unknown.code, FailureCode::NotFound);
    assert_eq!(nobody.code, FailureCode::NotFound);
    ana.session.shutdown().await;
}
