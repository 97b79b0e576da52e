//! Partners who move, have several addresses, or cannot be found at the first of them.

use std::net::{Ipv6Addr, SocketAddr};
use std::time::{Duration, Instant};

use tallystick_core::Ticket;
use tallystick_node::view::{CopiesState, PhaseView, TallyView};
use tokio::net::TcpListener;

use crate::people::{Person, Place, eventually, open_tally, tally_in, tally_where, terms};

mod people;

fn home() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 0))
}

/// A listener that takes calls and says nothing.
async fn silent() -> (TcpListener, (String, u16)) {
    let listener = TcpListener::bind(home()).await.expect("a port");
    let port = listener.local_addr().expect("an address").port();
    (listener, ("127.0.0.1".to_owned(), port))
}

/// A port where nobody listens.
async fn refused() -> (String, u16) {
    silent().await.1
}

/// Pays, and waits until both copies match.
async fn pay(from: (&Person, &str), to: (&Person, &str), milli: i64, balance: i64) {
    let preview = from.0.wallet.pay_preview(from.1, milli, None).await.expect("a preview");
    from.0.wallet.sign(&preview.id).await.expect("signed");
    let paid = |balance: i64| {
        move |tally: &TallyView| tally.row.balance == balance && tally.row.copies.state == CopiesState::Match
    };
    tally_where(from.0, "the payer's copy to match", paid(-balance)).await;
    tally_where(to.0, "the payee's copy to match", paid(balance)).await;
}

/// Waits until this person's partner is known to be there.
async fn found_at(person: &Person, tally: &str, at: SocketAddr) {
    eventually(person, &format!("a partner at {at}"), || async {
        let view = person.wallet.tally(tally).await.expect("a tally");
        view.row.partner.filter(|partner| partner.address.ends_with(&format!("@{at}"))).map(drop)
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_ticket_is_used_at_its_third_address_when_two_are_dead() {
    let place = Place::new();
    let (ana, ben) = (place.person("Ana Ruiz").await, place.person("Ben Ode").await);
    let link = ana.wallet.invite(terms()).await.expect("a ticket").link.expect("a link");
    let mut ticket = Ticket::parse(&link).expect("a ticket");
    let ((kept, silent), refused) = (silent().await, refused().await);
    let real = (ticket.chad.host().to_owned(), ticket.chad.port());
    ticket.chad = ticket.chad.at(&silent.0, silent.1).expect("an address");
    ticket.alternatives = vec![refused, real];

    let begun = Instant::now();
    ben.contact(&ticket.to_link(), &[]).await;
    let of_ana = tally_in(&ana, PhaseView::PartnerDraft).await;
    let took = begun.elapsed();

    // Two head starts, one for the connection and one for the greeting, and room for a busy computer.
    assert!(took < Duration::from_secs(3), "{took:?}");
    assert_eq!(ana.wallet.tallies().await.expect("tallies").len(), 1);
    ana.offer(&of_ana.row.id).await;
    tally_in(&ben, PhaseView::OfferedToUs).await;
    drop(kept);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_partner_that_moved_says_so_and_is_called_there() {
    let place = Place::new();
    let (ana, ben) = (place.person("Ana Ruiz").await, place.person("Ben Ode").await);
    let (of_ana, of_ben) = open_tally(&ana, &ben).await;
    let (ana, ben) = (ana.leave().await, ben.leave().await);

    let ana = ana.back_elsewhere().await;
    let ben = ben.back().await;
    found_at(&ben, &of_ben.row.id, ana.listening().await.expect("listening")).await;

    assert_eq!(ana.wallet.connection().await.expect("a state").waiting, 0);
    pay((&ben, &of_ben.row.id), (&ana, &of_ana.row.id), 500, 500).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_partner_that_moved_to_the_other_family_is_called_there() {
    let place = Place::new();
    let (ana, ben) = (place.person("Ana Ruiz").await, place.person("Ben Ode").await);
    let (of_ana, of_ben) = open_tally(&ana, &ben).await;
    let ana = ana.leave().await;

    let ana = ana.back_at(SocketAddr::from((Ipv6Addr::LOCALHOST, 0))).await;
    found_at(&ben, &of_ben.row.id, ana.listening().await.expect("listening")).await;

    pay((&ben, &of_ben.row.id), (&ana, &of_ana.row.id), 500, 500).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_old_address_where_somebody_else_is_now_delays_and_no_more() {
    let place = Place::new();
    let (ana, ben) = (place.person("Ana Ruiz").await, place.person("Ben Ode").await);
    let (of_ana, of_ben) = open_tally(&ana, &ben).await;
    let old = ana.listening().await.expect("listening");
    let ana = ana.leave().await;
    let somebody = TcpListener::bind(old).await.expect("the old port");

    let ana = ana.back_elsewhere().await;
    found_at(&ben, &of_ben.row.id, ana.listening().await.expect("listening")).await;
    // The old address claims to be the newer one.
    let ben = ben.leave().await;
    ben.damage(&format!(
        "update place set learned_at = 1 + (select max(learned_at) from place) where port = {}",
        old.port()
    ));
    let ben = ben.back().await;
    let begun = Instant::now();
    pay((&ben, &of_ben.row.id), (&ana, &of_ana.row.id), 500, 500).await;

    assert!(begun.elapsed() < Duration::from_secs(3), "{:?}", begun.elapsed());
    let entries = ana.wallet.history(&of_ana.row.id, None, Default::default()).await.expect("history");
    assert_eq!(entries.total, 1);
    drop(somebody);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_listens_only_later_is_called_where_it_listens_then() {
    let place = Place::new();
    let ana = place.person("Ana Ruiz").await;
    let ben = place.person_who_only_calls("Ben Ode").await;
    assert_eq!(ben.listening().await, None);
    let ben = ben.leave().await.back_at(home()).await;

    let (of_ana, of_ben) = open_tally(&ana, &ben).await;
    let at = ben.listening().await.expect("listening");
    found_at(&ana, &of_ana.row.id, at).await;

    let ben = ben.leave().await;
    let preview = ana.wallet.pay_preview(&of_ana.row.id, 700, None).await.expect("a preview");
    ana.wallet.sign(&preview.id).await.expect("signed");
    let ben = ben.back().await;
    tally_where(&ben, "the payment", |tally| tally.row.balance == 700).await;
    assert_eq!(ben.view(&of_ben.row.id).await.row.balance, 700);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_seen_nearby_while_being_looked_for_elsewhere_is_called_there_at_once() {
    let place = Place::new();
    let (ana, ben) = (place.person("Ana Ruiz").await, place.person("Ben Ode").await);
    let (of_ana, _) = open_tally(&ana, &ben).await;
    let address = ben.wallet.identity().address;
    let agent = tallystick_core::Chad::parse_uri(&address).expect("an address").agent();
    let old = ben.listening().await.expect("listening");
    let (ana, ben) = (ana.leave().await, ben.leave().await);
    // Whoever is there now takes calls and says nothing, which takes eleven seconds to find out.
    let somebody = TcpListener::bind(old).await.expect("the old port");
    let (ana, ben) = (ana.back_elsewhere().await, ben.back_elsewhere().await);
    let preview = ana.wallet.pay_preview(&of_ana.row.id, 700, None).await.expect("a preview");
    ana.wallet.sign(&preview.id).await.expect("signed");
    let kept = somebody.accept().await.expect("a call that leads nowhere");

    let Some(SocketAddr::V4(at)) = ben.listening().await else { panic!("listening") };
    let begun = Instant::now();
    ana.wallet.seen_nearby(agent, at).await;
    tally_where(&ben, "the payment", |tally| tally.row.balance == 700).await;

    assert!(begun.elapsed() < Duration::from_secs(3), "{:?}", begun.elapsed());
    drop(kept);
}
