//! The three lanes: what needs somebody, what waits for others, what happened.

use tallystick_node::view::{ActivityItem, ActivityKind, FailureCode, Happening, PhaseView};

use super::people::{Person, partners, refusal, terms};

async fn waiting(person: &Person) -> Vec<ActivityKind> {
    person.activity().await.waiting.iter().map(|item| item.kind).collect()
}

fn only(mut items: Vec<ActivityItem>) -> ActivityItem {
    assert_eq!(items.len(), 1, "{items:?}");
    items.remove(0)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tally_passes_through_all_three_lanes() {
    let (ana, ben) = (Person::new("Ana Ruiz").await, Person::new("Ben Ode").await);
    let ticket = ana.wallet().invite(terms()).await.expect("a ticket");
    let shown = only(ana.activity().await.waiting);
    assert_eq!((shown.kind, shown.until), (ActivityKind::TicketShown, Some(ticket.expires_at)));
    let link = ticket.link.expect("a link");
    let card = ben.wallet().code_inspect(&link).await.expect("a card");
    let contact =
        ben.wallet().contact(&card.inspection.expect("contactable"), Vec::new()).await.expect("contact");
    let contacted = only(ben.activity().await.waiting);
    assert_eq!((contacted.kind, &contacted.tally), (ActivityKind::Contacted, &contact));
    assert_eq!(contacted.partner.map(|person| person.name).as_deref(), Some("Ana Ruiz"));

    let tally = ana.in_phase(PhaseView::PartnerDraft).await.row.id;
    assert_eq!((ana.needed().await, waiting(&ana).await), (vec![ActivityKind::ReviewAnswer], vec![]));
    ana.sign(ana.wallet().offer_preview(&tally).await).await;
    assert_eq!((ana.needed().await, waiting(&ana).await), (vec![], vec![ActivityKind::OfferSent]));
    ben.in_phase(PhaseView::OfferedToUs).await;
    assert_eq!((ben.needed().await, waiting(&ben).await), (vec![ActivityKind::ReviewOffer], vec![]));
    assert_eq!((ana.happened().await, ben.happened().await), (vec![], vec![]));
    ben.sign(ben.wallet().accept_preview(&tally).await).await;

    for person in [&ana, &ben] {
        person.matches(&tally, 0).await;
        assert_eq!((person.needed().await, waiting(person).await), (vec![], vec![]));
        let opened = only(person.activity().await.happened);
        assert_eq!((opened.kind, &opened.tally, opened.read), (ActivityKind::TallyOpened, &tally, false));
        assert!(opened.partner.is_some());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refusal_is_told_to_both_with_its_reason() {
    let (ana, ben) = (Person::new("Ana Ruiz").await, Person::new("Ben Ode").await);
    let link = ana.wallet().invite(terms()).await.expect("a ticket").link.expect("a link");
    let card = ben.wallet().code_inspect(&link).await.expect("a card");
    ben.wallet().contact(&card.inspection.expect("contactable"), Vec::new()).await.expect("contact");
    let tally = ana.in_phase(PhaseView::PartnerDraft).await.row.id;
    ana.sign(ana.wallet().offer_preview(&tally).await).await;
    ben.in_phase(PhaseView::OfferedToUs).await;

    ben.wallet().refuse(&tally, Some("not now".to_owned())).await.expect("refused");

    ana.in_phase(PhaseView::Void).await;
    for (person, read) in [(&ana, false), (&ben, true)] {
        let told = only(person.activity().await.happened);
        assert_eq!(
            (told.kind, told.reason.as_deref(), told.read),
            (ActivityKind::TallyRefused, Some("not now"), read)
        );
        assert_eq!(person.needed().await, []);
    }

    // Whoever only answered a ticket hears of it too.
    let link = ben.wallet().invite(terms()).await.expect("a ticket").link.expect("a link");
    let card = ana.wallet().code_inspect(&link).await.expect("a card");
    let contact =
        ana.wallet().contact(&card.inspection.expect("contactable"), Vec::new()).await.expect("contact");
    let answered = ben.in_phase(PhaseView::PartnerDraft).await.row.id;
    ben.wallet().refuse(&answered, None).await.expect("refused");
    ana.sees(&contact, "the refusal", |contact| contact.row.phase == PhaseView::Void).await;
    let told = ana.newest(ActivityKind::TallyRefused).await;
    assert_eq!((&told.tally, told.partner.map(|person| person.name).as_deref()), (&contact, Some("Ben Ode")));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_offer_taken_back_is_told_to_both() {
    let (ana, ben) = (Person::new("Ana Ruiz").await, Person::new("Ben Ode").await);
    let link = ana.wallet().invite(terms()).await.expect("a ticket").link.expect("a link");
    let card = ben.wallet().code_inspect(&link).await.expect("a card");
    ben.wallet().contact(&card.inspection.expect("contactable"), Vec::new()).await.expect("contact");
    let tally = ana.in_phase(PhaseView::PartnerDraft).await.row.id;
    ana.sign(ana.wallet().offer_preview(&tally).await).await;
    ben.in_phase(PhaseView::OfferedToUs).await;

    ana.wallet().withdraw(&tally).await.expect("taken back");

    ben.in_phase(PhaseView::Void).await;
    for (person, read) in [(&ana, true), (&ben, false)] {
        let told = only(person.activity().await.happened);
        assert_eq!((told.kind, told.read), (ActivityKind::TallyWithdrawn, read));
        assert_eq!((person.needed().await, waiting(person).await), (vec![], vec![]));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_others_did_is_news_until_it_was_seen() {
    let (mut ana, mut ben, tally) = partners().await;
    assert_eq!(ana.activity().await.unread, 1, "the tally came into force");
    ana.pay(&tally, 100).await;
    ben.matches(&tally, 1).await;
    ben.pay(&tally, 200).await;
    ana.matches(&tally, 2).await;

    let page = ana.activity().await;
    let kinds: Vec<_> = page.happened.iter().map(|item| (item.kind, item.units, item.read)).collect();
    assert_eq!(
        kinds,
        [
            (ActivityKind::Received, Some(200), false),
            (ActivityKind::Paid, Some(-100), true),
            (ActivityKind::TallyOpened, None, false),
        ]
    );
    assert_eq!((page.unread, page.next), (2, None));

    ana.wallet().activity_read(&page.happened[1].id).await.expect("read");
    assert_eq!(ana.activity().await.unread, 1);
    let mut events = ana.session().events();
    ana.wallet().activity_read(&page.happened[0].id).await.expect("read");
    assert_eq!(events.recv().await.expect("an event").happening, Happening::ActivityChanged);
    ana.wallet().activity_read(&page.happened[2].id).await.expect("an older one changes nothing");
    assert_eq!(ana.activity().await.unread, 0);
    for unknown in ["9999", "0", "-1", "x", ""] {
        assert_eq!(refusal(ana.wallet().activity_read(unknown).await), FailureCode::NotFound, "{unknown}");
    }

    ben.go().await;
    ana.later(1_000).await;
    assert_eq!(ana.activity().await.unread, 0, "it is remembered");
    ana.pay(&tally, 300).await;
    let queued = only(ana.activity().await.waiting);
    assert_eq!((queued.kind, queued.units), (ActivityKind::EntryQueued, Some(-300)));
    assert_eq!(ana.activity().await.unread, 0, "her own doing is no news");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_happened_is_turned_page_by_page() {
    let (ana, ben, tally) = partners().await;
    for n in 1..=60 {
        ben.pay(&tally, n).await;
    }
    ana.matches(&tally, 60).await;

    let first = ana.activity().await;
    let second = ana.wallet().activity(first.next).await.expect("activity");

    assert_eq!((first.happened.len(), second.happened.len(), second.next), (50, 11, None));
    assert!(second.needs.is_empty() && second.waiting.is_empty());
    let amounts: Vec<i64> =
        first.happened.iter().chain(&second.happened).filter_map(|item| item.units).collect();
    assert_eq!(amounts, (1..=60).rev().collect::<Vec<i64>>());
}
