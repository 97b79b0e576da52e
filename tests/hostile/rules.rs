//! What each link may say, and how it ends (protocol.md 2 and 3), as far as no other test of this program shows it.

use serde_json::json;
use tallystick_core::message::Body;
use tallystick_core::{ChitId, TokenText};
use tallystick_node::Room;
use tallystick_node::view::{PhaseView, Template};
use tokio::io::AsyncWriteExt as _;
use tokio::time::{Duration, Instant, interval_at};
use uuid::Uuid;

use super::partners::Partners;
use super::{Ana, Call, Somebody, eventually, silence, ticket_message};

fn ben() -> Somebody {
    Somebody::new("Ben", 2)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_first_message_of_a_call_is_kept_once_though_the_link_dies_under_it() {
    let mut partners = Partners::open(Ana::new().await, ben(), Template::Friend).await;
    let message = partners.announce(&partners.tran(700), 1);
    let to = partners.ana.chad().agent();
    let (_, bytes) = partners.them.known_packets(to, &message);
    let mut dying = partners.ana.connect().await;
    dying.write_all(&bytes).await.expect("she reads");
    drop(dying);
    partners.call.receive().await;
    assert_eq!(partners.balance().await, 700);

    // The caller heard nothing of it, and says it again on a link that lives.
    let (link, bytes) = partners.them.known_packets(to, &message);
    let _living = Call::open(partners.ana.connect().await, link, &bytes).await;
    partners.still_there_besides(Some(1)).await;

    assert_eq!(partners.balance().await, 700);
    assert_eq!(partners.ana.snapshot().await.entries().len(), 1);
    partners.ana.verify().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_links_of_one_partner_are_both_used() {
    let mut partners = Partners::open(Ana::new().await, ben(), Template::Friend).await;
    let rain = json!({"target": "weather", "action": "rain"});
    let (link, bytes) = partners.them.known_packets(partners.ana.chad().agent(), &rain);
    let mut other = Call::open(partners.ana.connect().await, link, &bytes).await;
    eventually("two links", async || partners.ana.wallet.connection().await.expect("a state").links == 2)
        .await;

    // Said on the second, which then carries the answers of both; and on the first.
    other.send(partners.announce(&partners.tran(5), 1).to_string().as_bytes()).await;
    let Body::Chain(first) = other.receive().await.body else { panic!("another answer") };
    let (head, prior) = partners.head().await;
    let chit = partners.tran(7);
    let again = partners.announce_with(&chit, head + 1, chit.chain_hash(head + 1, &prior));
    partners.call.send(again.to_string().as_bytes()).await;
    let Body::Chain(second) = other.receive().await.body else { panic!("another answer") };

    assert_eq!((first.index, second.index), (Some(1), Some(2)));
    assert_eq!(partners.balance().await, 12);
    // And when the second is gone, the first carries them.
    drop(other);
    eventually("one link", async || partners.ana.wallet.connection().await.expect("a state").links == 1)
        .await;
    partners.still_trade().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_silent_link_is_closed_by_the_one_who_was_called_after_the_time_it_was_told() {
    let ana = Ana::with(Room { idle: 700, ..Room::default() }).await;
    let (ticket, _) = ana.invite(Template::Friend).await;
    let mut call = ben().use_ticket(&ana, &ticket).await;
    let start = Instant::now();
    // Every message breaks the silence.
    let mut beat = interval_at(start + Duration::from_millis(300), Duration::from_millis(300));
    for _ in 0..3 {
        beat.tick().await;
        call.send(b"{}").await;
    }
    let spoken = Instant::now();

    silence("a silent link", call.hijack()).await;

    assert!(
        spoken.elapsed() >= Duration::from_millis(500) && start.elapsed() >= Duration::from_millis(1_400)
    );
    assert_eq!(ana.wallet.doors().turned_away_count, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_ticket_on_an_open_link_is_answered_and_used_once() {
    let mut partners = Partners::open(Ana::new().await, ben(), Template::Friend).await;
    let (ticket, _) = partners.ana.invite(Template::Friend).await;
    let message = ticket_message(&ticket, &partners.them, &partners.them.cert).to_string();

    partners.call.send(message.as_bytes()).await;
    let Body::Ticket { token, .. } = partners.call.receive().await.body else { panic!("another answer") };
    assert_eq!(token.sha256(), TokenText::from(&ticket.token).sha256());
    let drafts = async |ana: &Ana| {
        let rows = ana.wallet.tallies().await.expect("tallies");
        rows.iter().filter(|row| row.phase == PhaseView::PartnerDraft).count()
    };
    assert_eq!(drafts(&partners.ana).await, 1);
    let before = partners.ana.snapshot().await;
    partners.call.send(message.as_bytes()).await;
    assert!(matches!(partners.call.receive().await.body, Body::Ticket { .. }), "said again, answered again");

    assert_eq!(partners.ana.snapshot().await, before);
    partners.still_trade().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_said_back_that_was_never_sent_is_dropped() {
    let mut partners = Partners::open(Ana::new().await, ben(), Template::Friend).await;
    let (ticket, _) = partners.ana.invite(Template::Friend).await;
    let mut message = ticket_message(&ticket, &partners.them, &partners.them.cert);
    message["ticket"]["token"] = json!("B".repeat(22));

    partners.ignored("an answer to nothing", message.to_string().as_bytes()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_referees_question_is_dropped_and_counted_since_there_is_no_referee_here() {
    let mut partners = Partners::open(Ana::new().await, ben(), Template::Friend).await;
    let mut query = partners.announce(&partners.tran(5), 1);
    query["target"] = json!("lift");
    query["action"] = json!("query");
    let before = partners.ana.wallet.doors().dropped;

    partners.ignored("a referee's question", query.to_string().as_bytes()).await;
    assert_eq!(partners.ana.wallet.doors().dropped, before + 1);

    // Nor does it open a link for somebody we share nothing with.
    let carol = Somebody::new("Carol", 3);
    let (_, bytes) = carol.known_packets(partners.ana.chad().agent(), &query);
    partners.ana.ignores("a stranger's question to a referee", &bytes).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_concerns_a_tally_not_shared_on_this_link_is_dropped_and_counted() {
    let mut partners = Partners::open(Ana::new().await, ben(), Template::Friend).await;
    let mut foreign = partners.announce(&partners.tran(5), 1);
    foreign["object"]["tally"] = json!(ChitId::new(Uuid::new_v4()).to_string());
    let mut another = partners.announce(&partners.tran(5), 1);
    another["from"]["agent"] = json!("A".repeat(43));
    let before = partners.ana.wallet.doors().dropped;

    partners.ignored("a tally that is nobody's", foreign.to_string().as_bytes()).await;
    partners.ignored("another's name", another.to_string().as_bytes()).await;
    partners.ignored("no message", b"[]").await;

    assert_eq!(partners.ana.wallet.doors().dropped, before + 3);
    let why = partners.ana.wallet.metrics().await.expect("counts").dropped_why;
    assert_eq!((why.values().sum::<u64>(), why.get("unreadable")), (before + 3, Some(&1)), "{why:?}");
}
