//! Whoever does wrong on the wire hears nothing and changes nothing (protocol.md 2, 3).
//!
//! The rules, and where each is shown; `link` are the tests of the link's machine in the Noise crate, `door` and the like
//! the files beside this one.
//!
//! | rule | shown by |
//! | --- | --- |
//! | 2: a frame has a header and a length of at most 65,536 | `bytes_that_are_no_first_packet_get_silence`, `door`: giant frames, `frame` in the Noise crate |
//! | 2: N names the caller, with an address or bare; the address is a hint | `site` in the Noise crate, `link`: who_replays_a_first_message_behind_a_forged_address… |
//! | 2: K comes right after N, without waiting | `link`: a_known_caller_is_recognised_before_or_after_its_first_message |
//! | 2: every state before open has its ten seconds | `link`: every_phase_before_open_lasts_ten_seconds; `a_caller_who_says_nothing_is_hung_up_on`; `door`: a_byte_at_a_time… |
//! | 2: silence ends a link by the responder only, after a time that can be set | `link`: only_the_responder_counts_silence…; `rules`: a_silent_link_is_closed_by_the_one_who_was_called… |
//! | 2: a message for a link that is not open waits | `link`: a_message_for_a_link_that_is_not_open_is_refused…; `first_tally`, `crash_matrix` |
//! | 2: two links of one pair are both used | `rules`: two_links_of_one_partner_are_both_used |
//! | 2: the first message of K is delivered once | `rules`: the_first_message_of_a_call_is_kept_once…; `packets_of_a_partner_that_are_replayed…` |
//! | 2: failure is silent, and a strike; bans grow and last | all of this file; `door`: giant_frames…, names_by_the_hundred…, who_guesses_tickets…, bans_outlive_the_program… |
//! | 2: half-open calls are few, and keep no partner out | `door`: half_open_calls_from_everywhere… |
//! | 2: recorded first packets are not answered | `door`: recorded_first_packets_are_not_answered_from_anywhere |
//! | 3.1: I only with a live ticket | `tickets_that_are_not_good_any_more_get_silence`, `a_second_user_of_one_ticket…`, `offers`: a_ticket_for_two…, a_ticket_bound_to_one… |
//! | 3.1: the key of I is the agent's and the certificate's | `a_wrong_key_in_the_first_packet_gets_silence`, `a_swapped_certificate_gets_silence` |
//! | 3.2: N and K only of a partner, who proves the key | `a_caller_she_does_not_know_gets_silence`, `a_partners_name_without_the_partners_key_gets_silence` |
//! | 3.3: on an open link only what these two share, in the agent's own name | `partner`: messages_that_have_no_business…, a_partner_cannot_speak_about_the_tallies_of_others; `rules`: what_concerns_a_tally_not_shared… |
//! | 3.3: or a ticket, which is answered | `rules`: a_ticket_on_an_open_link_is_answered_and_used_once; `invitations`: a_ticket_used_on_an_open_link_is_not_repeated |
//! | lifts.md 8, I11: forged, foreign or altered objects cause no hold | `lifts`: lies_about_lifts… |
//! | 3.4: no referee here: its questions open nothing | `rules`: a_referees_question_is_dropped_and_counted… |
//! | who leads nowhere is answered at a walk | `door`: a_flood_on_an_open_link…, whoever_contradicts_himself… |

use serde_json::{Value, json};
use tallystick_core::Ticket;
use tallystick_core::message::{Body, Envelope, TallyAction};
use tallystick_node::view::{PhaseView, Template, TicketState};
use tallystick_noise::frame::{self, Header};
use tallystick_testkit::TestSigner;
use tokio::io::AsyncWriteExt as _;

use crate::hostile::partners::Partners;
use crate::hostile::{Ana, Call, Somebody, certificate, silence, ticket_message};

mod hostile;

fn mallory() -> Somebody {
    Somebody::new("Mallory", 13)
}

fn ben() -> Somebody {
    Somebody::new("Ben", 2)
}

/// Changes one member of a ticket's message.
fn altered(ticket: &Ticket, from: &Somebody, pointer: &str, value: Value) -> Value {
    let mut message = ticket_message(ticket, from, &from.cert);
    *message.pointer_mut(pointer).expect("a member") = value;
    message
}

/// After the attack, the ticket still serves the one it was meant for.
async fn still_good(ana: &Ana, ticket: &Ticket) {
    ben().use_ticket(ana, ticket).await;
    let rows = ana.wallet.tallies().await.expect("tallies");
    assert_eq!(rows[0].phase, PhaseView::PartnerDraft);
    ana.verify().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_key_in_the_first_packet_gets_silence() {
    let ana = Ana::new().await;
    let (ticket, _) = ana.invite(Template::Friend).await;

    let message = ticket_message(&ticket, &ben(), &ben().cert);
    let (_, bytes) = mallory().first_packet(ticket.chad.agent(), &message);
    ana.ignores("a packet sealed by another key than its sender's", &bytes).await;

    still_good(&ana, &ticket).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_swapped_certificate_gets_silence() {
    let ana = Ana::new().await;
    let (ticket, _) = ana.invite(Template::Friend).await;

    let message = ticket_message(&ticket, &mallory(), &ben().cert);
    let (_, bytes) = mallory().first_packet(ticket.chad.agent(), &message);
    ana.ignores("a certificate of a third person", &bytes).await;
    let message =
        altered(&ticket, &mallory(), "/ticket/cert/chad/agent", json!(ana.chad().agent().to_string()));
    let (_, bytes) = mallory().first_packet(ticket.chad.agent(), &message);
    ana.ignores("a certificate with her own agent", &bytes).await;

    still_good(&ana, &ticket).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_certificate_with_her_own_user_key_gets_silence() {
    let ana = Ana::new().await;
    let mallory = mallory();
    let partners = Partners::offered(ana, ben(), Template::Friend).await;
    let (ticket, _) = partners.ana.invite(Template::Friend).await;

    let hers = partners.offer.cert(partners.half.other()).expect("her certificate").key().to_jwk();
    let message = altered(&ticket, &mallory, "/ticket/cert/public", hers);
    let (_, bytes) = mallory.first_packet(ticket.chad.agent(), &message);

    partners.ana.ignores("her own key under another name", &bytes).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_user_of_one_ticket_gets_silence() {
    let ana = Ana::new().await;
    let (ticket, _) = ana.invite(Template::Friend).await;
    let first = ben();
    let _call = first.use_ticket(&ana, &ticket).await;

    let (_, bytes) =
        mallory().first_packet(ticket.chad.agent(), &ticket_message(&ticket, &mallory(), &mallory().cert));
    ana.ignores("a second user", &bytes).await;

    let other_key = certificate("Ben", first.secret.agent_id(), &TestSigner::fresh());
    let (_, bytes) = first.first_packet(ticket.chad.agent(), &ticket_message(&ticket, &first, &other_key));
    ana.ignores("the first user with another certificate", &bytes).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_first_user_may_repeat_and_changes_nothing_by_it() {
    let ana = Ana::new().await;
    let (ticket, _) = ana.invite(Template::Friend).await;
    let ben = ben();
    let (link, bytes) = ben.first_packet(ticket.chad.agent(), &ticket_message(&ticket, &ben, &ben.cert));
    let _call = Call::open(ana.connect().await, link, &bytes).await;
    let before = ana.snapshot().await;

    ben.use_ticket(&ana, &ticket).await;
    ana.ignores("the very same packet, as somebody who saw it pass may send it", &bytes).await;

    assert_eq!(ana.snapshot().await, before);
    ana.verify().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tickets_that_are_not_good_any_more_get_silence() {
    let ana = Ana::new().await;
    let (revoked, view) = ana.invite(Template::Friend).await;
    ana.wallet.ticket_revoke(&view.id).await.expect("revoked");
    let (expired, view) = ana.invite(Template::Friend).await;
    let ana = ana.later(901).await;
    assert_eq!(ana.wallet.ticket(&view.id).await.expect("the ticket").state, TicketState::Expired);
    let unknown = Ticket { token: tallystick_core::Token::from_bytes([1; 16]), ..expired.clone() };

    for (what, ticket) in [("revoked", revoked), ("expired", expired), ("unknown", unknown)] {
        let message = ticket_message(&ticket, &mallory(), &mallory().cert);
        let (_, bytes) = mallory().first_packet(ticket.chad.agent(), &message);
        ana.ignores(what, &bytes).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_first_packet_that_says_anything_else_gets_silence() {
    let ana = Ana::new().await;
    let (ticket, _) = ana.invite(Template::Friend).await;
    let mallory = mallory();
    let good = ticket_message(&ticket, &mallory, &mallory.cert);
    let text = good.to_string();
    let deep = format!("{}{}{}", "[".repeat(5_000), 1, "]".repeat(5_000));

    for (what, payload) in [
        ("nothing", String::new()),
        ("not json", "{".to_owned()),
        ("not an object", "[]".to_owned()),
        ("a ticket that says its token twice", text.replacen("\"token\"", "\"token\":\"x\",\"token\"", 1)),
        ("a ticket with a deep member", format!("{},\"x\":{deep}}}", &text[..text.len() - 1])),
        (
            "a ticket to somebody else",
            altered(&ticket, &mallory, "/to/agent", json!("A".repeat(43))).to_string(),
        ),
        ("a ticket with another action", altered(&ticket, &mallory, "/action", json!("offer")).to_string()),
        ("a ticket with another target", altered(&ticket, &mallory, "/target", json!("chit")).to_string()),
        (
            "a ticket without a certificate",
            altered(&ticket, &mallory, "/ticket/cert", json!(null)).to_string(),
        ),
        ("a ticket with a huge certificate", {
            altered(&ticket, &mallory, "/ticket/cert/place", json!("x".repeat(20_000))).to_string()
        }),
        (
            "a token that is a pattern",
            altered(&ticket, &mallory, "/ticket/token", json!("%_%_%_%_%")).to_string(),
        ),
    ] {
        let (_, bytes) = tallystick_noise::Link::initiate_ticket(
            &mallory.secret,
            &ticket.chad.agent(),
            payload.as_bytes(),
            0,
        )
        .expect("a packet");
        ana.ignores(what, &bytes).await;
    }
    still_good(&ana, &ticket).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bytes_that_are_no_first_packet_get_silence() {
    let ana = Ana::new().await;
    let (ticket, _) = ana.invite(Template::Friend).await;
    let mallory = mallory();
    let message = ticket_message(&ticket, &mallory, &mallory.cert);
    let (_, whole) = mallory.first_packet(ticket.chad.agent(), &message);
    let (_, for_another) = mallory.first_packet(ben().secret.agent_id(), &message);
    let frame = |header, body: &[u8]| frame::encode(header, body).expect("a frame");
    let flipped = |at: usize| {
        let mut bytes = whole.clone();
        bytes[at] ^= 1;
        bytes
    };

    for (what, bytes) in [
        ("a web browser", b"GET / HTTP/1.1\r\nHost: x\r\n\r\n".to_vec()),
        ("plain json", format!("{message}\n").into_bytes()),
        ("zeroes", vec![0; 64]),
        ("a frame of no length", vec![0, 0, 0, 0]),
        ("a length beyond the limit", vec![0, 1, 0, 1, b'I']),
        ("the largest length", vec![0xff; 64]),
        ("an unknown header", vec![0, 0, 0, 2, b'Z', 0]),
        ("an empty first packet", frame(Header::Ticket, b"")),
        ("a first packet of zeroes", frame(Header::Ticket, &[0; 200])),
        ("a first packet for somebody else", for_another),
        ("a first packet with its key changed", flipped(5)),
        ("a first packet with its sender changed", flipped(5 + 32)),
        ("a first packet with its message changed", flipped(whole.len() - 1)),
        ("a message before any handshake", frame(Header::Transport, &[7; 64])),
        ("an answer before any question", frame(Header::Answer, &[7; 48])),
        ("a proof before any name", frame(Header::Known, &[7; 64])),
        ("a name that cannot be read", frame(Header::Caller, &[7; 64])),
    ] {
        ana.ignores(what, &bytes).await;
    }
    for cut in [1, 4, 5, 40, whole.len() - 1] {
        let before = ana.snapshot().await;
        let mut stream = ana.connect().await;
        stream.write_all(&whole[..cut]).await.expect("she reads");
        stream.shutdown().await.expect("half closed");
        silence("a packet cut short", stream).await;
        assert_eq!(ana.snapshot().await, before);
    }
    still_good(&ana, &ticket).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_caller_who_says_nothing_is_hung_up_on() {
    let ana = Ana::new().await;

    let (silent, mut half) = (ana.connect().await, ana.connect().await);
    half.write_all(&[0, 0, 0, 200, b'I', 1, 2, 3]).await.expect("she reads");

    tokio::join!(silence("a silent caller", silent), silence("a caller who stops half-way", half));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_caller_she_does_not_know_gets_silence() {
    let ana = Ana::new().await;
    let (ticket, _) = ana.invite(Template::Friend).await;
    let mallory = mallory();
    let message = ticket_message(&ticket, &mallory, &mallory.cert);

    let (_, bytes) = mallory.known_packets(ticket.chad.agent(), &message);
    ana.ignores("an unknown name and its proof", &bytes).await;
    let counts = ana.wallet.metrics().await.expect("counts");
    assert_eq!((counts.handshakes_failed_in, counts.last_link_in), (1, None));

    still_good(&ana, &ticket).await;
    let counts = ana.wallet.metrics().await.expect("counts");
    assert_eq!((counts.handshakes_failed_in, counts.last_link_in.is_some()), (1, true));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_partners_name_without_the_partners_key_gets_silence() {
    let partners = Partners::open(Ana::new().await, ben(), Template::Friend).await;
    let to = partners.ana.chad().agent();
    let chit = partners.announce(&partners.tran(5), 1);
    let (_, theirs) = partners.them.known_packets(to, &chit);
    let (_, mine) = mallory().known_packets(to, &chit);
    let name = frame::parse(&theirs).expect("frames").expect("whole").consumed;
    let my_name = frame::parse(&mine).expect("frames").expect("whole").consumed;

    let spliced = [&theirs[..name], &mine[my_name..]].concat();
    partners.ana.ignores("a partner's name with another key's proof", &spliced).await;
    let mut flipped = theirs.clone();
    *flipped.last_mut().expect("bytes") ^= 1;
    partners.ana.ignores("a partner's proof with a byte changed", &flipped).await;
    let twice = [&theirs[..name], &theirs[..name]].concat();
    partners.ana.ignores("a name said twice", &twice).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn packets_of_a_partner_that_are_replayed_have_no_second_effect() {
    let mut partners = Partners::open(Ana::new().await, ben(), Template::Friend).await;
    let message = partners.announce(&partners.tran(700), 1);
    let (link, bytes) = partners.them.known_packets(partners.ana.chad().agent(), &message);
    let called = Call::open(partners.ana.connect().await, link, &bytes).await;
    partners.call.receive().await;
    drop(called);
    partners.still_there_besides(Some(1)).await;
    partners.at_rest().await;
    let before = partners.ana.snapshot().await;

    for _ in 0..3 {
        partners.ana.ignores("a name and a proof played again", &bytes).await;
    }
    partners.still_there_besides(Some(1)).await;

    assert_eq!(partners.ana.snapshot().await, before);
    assert_eq!(partners.balance().await, 700);
    partners.ana.verify().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bytes_that_break_an_open_link_end_it_and_nothing_else() {
    let mut partners = Partners::open(Ana::new().await, ben(), Template::Friend).await;
    let message = partners.announce(&partners.tran(5), 1);
    let transport = frame::encode(Header::Transport, &[7; 64]).expect("a frame");
    let hello = frame::encode(Header::Caller, &[7; 64]).expect("a frame");
    let before = partners.ana.snapshot().await;

    for (what, bytes) in [
        ("a message by nobody", transport),
        ("a second greeting", hello),
        ("a length beyond the limit", vec![0, 1, 0, 1, b'T']),
    ] {
        let draft = Body::Tally { action: TallyAction::Draft, object: partners.tally.clone(), reason: None };
        let nothing = Envelope::new(partners.ana.chad(), partners.them.chad(), draft).to_value();
        let (link, first) = partners.them.known_packets(partners.ana.chad().agent(), &nothing);
        let mut stream = Call::open(partners.ana.connect().await, link, &first).await.hijack();
        stream.write_all(&bytes).await.expect("she reads");
        silence(what, stream).await;
    }

    assert_eq!(partners.ana.snapshot().await, before);
    partners.call.send(message.to_string().as_bytes()).await;
    partners.call.receive().await;
    assert_eq!(partners.balance().await, 5);
    partners.ana.verify().await;
}
