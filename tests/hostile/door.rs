//! Enemies at the door, by the hundred: they hear nothing, hold little, and keep nobody out.

use std::net::Ipv4Addr;

use serde_json::json;
use tallystick_core::message::Body;
use tallystick_core::{Ticket, Token};
use tallystick_node::Room;
use tallystick_node::view::{PhaseView, Template, TurnedAwayWhy};
use tallystick_noise::frame::{self, Header};
use tokio::io::AsyncWriteExt as _;
use tokio::task::JoinSet;
use tokio::time::{Duration, Instant, interval};

use super::partners::Partners;
use super::{Ana, Call, Somebody, another_address, eventually, silence, ticket_message};

fn mallory() -> Somebody {
    Somebody::new("Mallory", 13)
}

fn ben() -> Somebody {
    Somebody::new("Ben", 2)
}

/// From this address nobody is let in any more.
fn is_banned(ana: &Ana, address: Ipv4Addr) -> bool {
    ana.wallet.doors().turned_away.iter().any(|row| row.address == address.to_string())
}

/// Sends the same bytes from one address until it is banned, and hears nothing.
async fn provoke(ana: &Ana, from: Ipv4Addr, bytes: &[u8]) {
    for _ in 0..20 {
        let mut stream = ana.connect_from(from).await;
        let _ = stream.write_all(bytes).await;
        silence("whoever does wrong", stream).await;
    }
    assert!(is_banned(ana, from));
}

/// Somebody with a good ticket gets in, whatever else goes on.
async fn serves_the_honest(ana: &Ana, ticket: &Ticket) {
    ben().use_ticket(ana, ticket).await;
    let rows = ana.wallet.tallies().await.expect("tallies");
    assert!(rows.iter().any(|row| row.phase == PhaseView::PartnerDraft));
    ana.verify().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn giant_frames_by_the_dozen_close_the_door_to_their_sender_and_nobody_else() {
    let ana = Ana::new().await;
    let (ticket, _) = ana.invite(Template::Friend).await;
    let enemy = another_address();

    for length in [65_537_u32, 1 << 24, u32::MAX] {
        let from = another_address();
        provoke(&ana, from, &[&length.to_be_bytes()[..], &[b'I'; 64]].concat()).await;
    }
    provoke(&ana, enemy, b"\xff\xff\xff\xffI").await;

    let doors = ana.wallet.doors();
    assert!(doors.turned_away.iter().all(|row| row.why == TurnedAwayWhy::Nonsense && row.times == 1));
    assert_eq!((doors.turned_away_count, doors.half_open), (4, 0));
    serves_the_honest(&ana, &ticket).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_byte_at_a_time_and_half_a_frame_hold_a_place_for_ten_seconds_at_most() {
    let ana = Ana::new().await;
    let (ticket, _) = ana.invite(Template::Friend).await;
    let message = ticket_message(&ticket, &mallory(), &mallory().cert);
    let (_, whole) = mallory().first_packet(ticket.chad.agent(), &message);
    let start = Instant::now();
    let mut slow = JoinSet::new();
    for _ in 0..4 {
        let (mut stream, bytes) = (ana.connect().await, whole.clone());
        slow.spawn(async move {
            let mut beat = interval(Duration::from_millis(100));
            for byte in &bytes {
                beat.tick().await;
                if stream.write_all(&[*byte]).await.is_err() {
                    break;
                }
            }
            silence("a byte at a time", stream).await;
        });
        let mut stream = ana.connect().await;
        stream.write_all(&whole[..whole.len() / 2]).await.expect("she reads");
        slow.spawn(silence("half a frame", stream));
    }
    eventually("all of them to be let in", async || ana.wallet.doors().half_open == 8).await;

    serves_the_honest(&ana, &ticket).await;

    slow.join_all().await;
    assert!(start.elapsed() < Duration::from_secs(15), "the clock is not set back by a byte");
    assert_eq!(ana.wallet.doors().half_open, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn half_open_calls_from_everywhere_do_not_keep_a_partner_out() {
    let partners = Partners::open(Ana::new().await, ben(), Template::Friend).await;
    let room = Room::default();
    let mut flood = Vec::new();
    for _ in 0..500 {
        flood.push(partners.ana.connect().await);
    }
    eventually("all of them to be seen", async || {
        let doors = partners.ana.wallet.doors();
        doors.half_open == room.half && u64::from(room.half) + doors.evicted == 500
    })
    .await;

    let message = partners.announce(&partners.tran(5), 1);
    let (link, bytes) = partners.them.known_packets(partners.ana.chad().agent(), &message);
    let _again = Call::open(partners.ana.connect().await, link, &bytes).await;

    assert!(partners.ana.wallet.doors().half_open < room.half);
    let mut partners = partners;
    partners.call.receive().await;
    assert_eq!(partners.balance().await, 5);
    for stream in flood {
        drop(stream);
    }
    eventually("their places to be free", async || partners.ana.wallet.doors().half_open == 0).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn names_by_the_hundred_are_not_answered_and_soon_not_looked_at() {
    let ana = Ana::new().await;
    let (ticket, _) = ana.invite(Template::Friend).await;
    let nothing = json!({});
    let (_, unknown) = mallory().known_packets(ticket.chad.agent(), &nothing);
    let name = frame::parse(&unknown).expect("frames").expect("whole").consumed;
    let broken = frame::encode(Header::Caller, &[7; 120]).expect("a frame");

    let [strangers, forgers] = [another_address(), another_address()];
    provoke(&ana, strangers, &unknown[..name]).await;
    provoke(&ana, forgers, &broken).await;
    let refused = ana.wallet.doors().refused;
    for _ in 0..100 {
        silence("who is banned", ana.connect_from(strangers).await).await;
    }

    let doors = ana.wallet.doors();
    // The narrow lane may have opened once meanwhile.
    assert!(doors.refused >= refused + 99 && doors.half_open == 0);
    let why = |from: Ipv4Addr| {
        doors.turned_away.iter().find(|row| row.address == from.to_string()).map(|row| row.why)
    };
    assert_eq!(why(strangers), Some(TurnedAwayWhy::Unknown));
    assert_eq!(why(forgers), Some(TurnedAwayWhy::BadKey));
    serves_the_honest(&ana, &ticket).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_guesses_tickets_is_turned_away_long_before_the_second_dozen() {
    let ana = Ana::new().await;
    let (ticket, _) = ana.invite(Template::Friend).await;
    let (mallory, from) = (mallory(), another_address());
    let before = ana.snapshot().await;

    for guess in 0..30 {
        let token = Token::from_bytes([guess; 16]);
        let guessed = Ticket { token, ..ticket.clone() };
        let (_, bytes) =
            mallory.first_packet(ticket.chad.agent(), &ticket_message(&guessed, &mallory, &mallory.cert));
        let mut stream = ana.connect_from(from).await;
        let _ = stream.write_all(&bytes).await;
        silence("a guess", stream).await;
    }

    assert_eq!(ana.snapshot().await, before);
    let doors = ana.wallet.doors();
    assert_eq!(doors.turned_away[0].why, TurnedAwayWhy::BadTicket);
    assert!(doors.refused >= 18, "{doors:?}");
    serves_the_honest(&ana, &ticket).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn recorded_first_packets_are_not_answered_from_anywhere() {
    let ana = Ana::new().await;
    let (ticket, _) = ana.invite(Template::Friend).await;
    let ben = ben();
    let message = ticket_message(&ticket, &ben, &ben.cert);
    let (link, by_ticket) = ben.first_packet(ticket.chad.agent(), &message);
    let first = Call::open(ana.connect().await, link, &by_ticket).await;
    let (link, by_name) = ben.known_packets(ticket.chad.agent(), &json!({"target": "weather"}));
    let second = Call::open(ana.connect().await, link, &by_name).await;
    drop((first, second));
    eventually("both to be gone", async || ana.wallet.doors().calls == 0).await;

    let enemy = another_address();
    for _ in 0..5 {
        ana.ignores("a ticket played again", &by_ticket).await;
        ana.ignores("a name and a proof played again", &by_name).await;
    }
    provoke(&ana, enemy, &by_name).await;

    assert_eq!(ana.wallet.connection().await.expect("a state").links, 0);
    ben.use_ticket(&ana, &ticket).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flood_on_an_open_link_is_listened_to_at_a_walk() {
    let ana = Ana::with(Room { idle_talk: 100, idle_talk_every: 60_000, ..Room::default() }).await;
    let mut mallory = Partners::open(ana, mallory(), Template::Friend).await;
    let rain = json!({"target": "weather", "action": "rain"}).to_string();
    let mut flood = Vec::new();
    for _ in 0..5_000 {
        flood.extend(mallory.call.sealed(rain.as_bytes()));
    }

    let before = mallory.ana.snapshot().await;
    let Partners { ana, call, .. } = mallory;
    let flooding = tokio::spawn(async move {
        let mut stream = call.hijack();
        // What she does not read waits here.
        let _ = stream.write_all(&flood).await;
        stream
    });
    eventually("her patience to end", async || ana.wallet.doors().dropped >= 100).await;
    let (ticket, _) = ana.invite(Template::Friend).await;
    serves_the_honest(&ana, &ticket).await;

    // A batch may have been on its way.
    assert!(ana.wallet.doors().dropped <= 200, "{:?}", ana.wallet.doors());
    assert_eq!(before.balances(), [0]);
    drop(flooding.await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_contradicts_himself_is_not_answered_for_ever() {
    let ana = Ana::with(Room { idle_talk: 5, idle_talk_every: 600_000, ..Room::default() }).await;
    let mut mallory = Partners::open(ana, mallory(), Template::Friend).await;
    let claim =
        |index: u64| json!({"cmd": "ack", "tally": mallory.id(), "index": index, "hash": "A".repeat(43)});
    let claims = [7, 9].map(|index| mallory.chain(&claim(index)).to_string());

    let mut answers = 0;
    for claim in claims.iter().cycle().take(20) {
        mallory.call.send(claim.as_bytes()).await;
        match tokio::time::timeout(Duration::from_secs(2), mallory.call.receive()).await {
            Ok(said) => assert!(matches!(said.body, Body::Chain(_)), "another answer"),
            Err(_) => break,
        }
        answers += 1;
        mallory.at_rest().await;
    }
    let (ticket, _) = mallory.ana.invite(Template::Friend).await;
    serves_the_honest(&mallory.ana, &ticket).await;

    // What opened the tally led nowhere either.
    assert!((1..=6).contains(&answers), "{answers} answers");
    assert!(!mallory.call.has_something().await, "one answer more");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bans_outlive_the_program_and_are_the_persons_to_lift() {
    let ana = Ana::new().await;
    let (ticket, _) = ana.invite(Template::Friend).await;
    let [first, second] = [another_address(), another_address()];
    for from in [first, second] {
        provoke(&ana, from, b"GET / HTTP/1.1\r\n\r\n").await;
    }
    let before = ana.wallet.doors().turned_away;

    let ana = ana.later(1).await;
    silence("who was banned before", ana.connect_from(first).await).await;
    eventually("the door to be looked after", async || ana.wallet.doors().turned_away == before).await;
    assert!(ana.wallet.forgive(Some("192.0.2.1")).is_err() && ana.wallet.forgive(Some("nobody")).is_err());
    let left = ana.wallet.forgive(Some(&first.to_string())).expect("forgiven");
    assert_eq!(left.turned_away_count, 1);
    let (link, bytes) =
        ben().first_packet(ticket.chad.agent(), &ticket_message(&ticket, &ben(), &ben().cert));
    drop(Call::open(ana.connect_from(first).await, link, &bytes).await);

    let ana = ana.later(2).await;
    eventually("the door to be looked after", async || is_banned(&ana, second)).await;
    assert!(!is_banned(&ana, first));
    let ana = ana.later(3_600).await;
    assert_eq!(ana.wallet.doors().turned_away_count, 0);
    assert!(ana.wallet.forgive(None).is_ok());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_partner_behind_a_banned_address_gets_through_and_opens_it_again() {
    let partners = Partners::open(Ana::new().await, ben(), Template::Friend).await;
    let router = another_address();
    let agent = partners.ana.chad().agent();
    // That a partner lives there is known: the lane is wider.
    let (link, bytes) = partners.them.known_packets(agent, &json!({"target": "weather"}));
    let mut call = Call::open(partners.ana.connect_from(router).await, link, &bytes).await;
    call.send(b"{}").await;
    eventually("the message", async || partners.ana.wallet.doors().dropped > 0).await;
    drop(call);
    provoke(&partners.ana, router, &[0xff; 8]).await;

    let (link, bytes) = partners.them.known_packets(agent, &partners.announce(&partners.tran(5), 1));
    let mut call = tokio::time::timeout(Duration::from_secs(15), async {
        let mut beat = interval(Duration::from_millis(500));
        loop {
            beat.tick().await;
            let mut stream = partners.ana.connect_from(router).await;
            let _ = stream.write_all(&bytes).await;
            if super::is_answered(&stream).await {
                break stream;
            }
        }
    })
    .await
    .map(|stream| Call::of(stream, link))
    .expect("let in within moments");
    call.opened().await;
    call.send(json!({"target": "weather"}).to_string().as_bytes()).await;

    eventually("the ban to be lifted", async || !is_banned(&partners.ana, router)).await;
}
