//! The callers, in a process of their own: what they spend and hold is not the wallet's.
//!
//! They are told what to do on a line of their input, and answer with a number on a line of their output.

use std::io::{BufRead as _, Write as _};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use tallystick_core::message::{Body, Envelope};
use tallystick_core::{AgentId, Certificate, Chad, ComposeCert, Date, Ticket, TokenText};
use tallystick_noise::{AgentSecret, Effect, Input, Link, frame};
use tallystick_testkit::TestSigner;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use zeroize::Zeroizing;

/// The argument by which the benchmark calls itself.
pub(crate) const WORD: &str = "callers";

/// Does what it is told until its input ends.
pub(crate) async fn serve(args: Vec<String>) {
    let chad = args.first().and_then(|uri| Chad::parse_uri(uri).ok()).expect("an address to call");
    let mut idle = Vec::new();
    loop {
        let mut line = String::new();
        if std::io::stdin().lock().read_line(&mut line).expect("orders") == 0 {
            return;
        }
        let words: Vec<&str> = line.split_whitespace().collect();
        let number = |at: usize| words.get(at).and_then(|word| word.parse::<u32>().ok()).expect("a number");
        let nanos = match words.first().copied().expect("an order") {
            "join" => {
                let ticket = Ticket::parse(words.get(1).expect("a ticket")).expect("a ticket");
                drop(use_ticket(&chad, &ticket, agent(1)).await);
                0
            }
            "known" => known(&chad, number(1), number(2)).await,
            "tickets" => {
                let tickets =
                    words.iter().skip(2).map(|text| Ticket::parse(text).expect("a ticket")).collect();
                tickets_used(&chad, tickets, number(1)).await
            }
            "messages" => messages(&chad, number(1), number(2)).await,
            "idle" => {
                for _ in 0..number(1) {
                    idle.push(call(&chad, &agent(1)).await);
                }
                0
            }
            "hang-up" => {
                idle.clear();
                0
            }
            "garbage" => {
                garbage(&chad, number(1), number(2), u16::try_from(number(3)).expect("a port")).await
            }
            other => panic!("an unknown order: {other}"),
        };
        println!("{nanos}");
        std::io::stdout().flush().expect("the wallet listens");
    }
}

/// An agent of ours. The first is the wallet's partner.
pub(crate) fn agent(number: u32) -> AgentSecret {
    let mut seed = Zeroizing::new([9; 32]);
    seed[..4].copy_from_slice(&number.to_be_bytes());
    AgentSecret::from_seed(seed)
}

fn nanos(span: Duration) -> u64 {
    u64::try_from(span.as_nanos()).expect("less than centuries")
}

struct Call {
    stream: TcpStream,
    link: Link,
}

/// Sends the first packets and waits for the link to open.
async fn open(chad: &Chad, mut link: Link, bytes: &[u8]) -> Call {
    let mut stream = TcpStream::connect((chad.host(), chad.port())).await.expect("it listens");
    stream.set_nodelay(true).expect("a socket");
    stream.write_all(bytes).await.expect("it reads");
    let mut buffer = Vec::with_capacity(256);
    loop {
        assert_ne!(stream.read_buf(&mut buffer).await.expect("it answers"), 0, "it hung up");
        if let Some(frame) = frame::parse(&buffer).expect("its frames") {
            let input = Input::Frame { header: frame.header, body: frame.body };
            assert_eq!(link.handle(input, 0).expect("its packets"), [Effect::Opened]);
            return Call { stream, link };
        }
    }
}

/// A call by N and K that brings a message for nobody.
async fn call(chad: &Chad, agent: &AgentSecret) -> Call {
    let (link, bytes) = Link::initiate(agent, &chad.agent(), None, &message(64), 0).expect("packets");
    open(chad, link, &bytes).await
}

/// A message of about this length that is well-formed and means nothing here.
fn message(length: usize) -> Vec<u8> {
    let filler = "x".repeat(length.saturating_sub(60));
    serde_json::json!({"target": "weather", "action": "rain", "object": filler}).to_string().into_bytes()
}

async fn use_ticket(chad: &Chad, ticket: &Ticket, secret: AgentSecret) -> Call {
    let signer = TestSigner::fresh();
    let own = Chad::new("m", secret.agent_id(), "127.0.0.1", 1).expect("an address");
    let date = Date::from_millis(1_795_341_954_463);
    let parts = ComposeCert { chad: own.clone(), name: "Mia".into(), key: signer.public().clone(), date };
    let cert: Certificate = Certificate::compose(parts).expect("a certificate");
    let to: AgentId = chad.agent();
    let body = Body::Ticket { token: TokenText::from(&ticket.token), cert };
    let message = Envelope::new(ticket.chad.clone(), own, body).to_value().to_string();
    let (link, bytes) = Link::initiate_ticket(&secret, &to, message.as_bytes(), 0).expect("a packet");
    open(chad, link, &bytes).await
}

async fn known(chad: &Chad, count: u32, at_once: u32) -> u64 {
    let next = Arc::new(AtomicU32::new(0));
    let start = Instant::now();
    let mut callers = JoinSet::new();
    for _ in 0..at_once {
        let (chad, next) = (chad.clone(), Arc::clone(&next));
        callers.spawn(async move {
            let partner = agent(1);
            while next.fetch_add(1, Ordering::Relaxed) < count {
                drop(call(&chad, &partner).await);
            }
        });
    }
    callers.join_all().await;
    nanos(start.elapsed())
}

async fn tickets_used(chad: &Chad, tickets: Vec<Ticket>, each: u32) -> u64 {
    let start = Instant::now();
    let mut callers = JoinSet::new();
    for (nth, ticket) in (0_u32..).zip(tickets) {
        let chad = chad.clone();
        callers.spawn(async move {
            for at in 0..each {
                drop(use_ticket(&chad, &ticket, agent(1_000 + nth * each + at)).await);
            }
        });
    }
    callers.join_all().await;
    nanos(start.elapsed())
}

/// Sends messages on one link; what is measured ends when the wallet has looked at the last of them and hangs up.
async fn messages(chad: &Chad, length: u32, count: u32) -> u64 {
    let mut call = call(chad, &agent(1)).await;
    let payload = message(usize::try_from(length).expect("a length"));
    let start = Instant::now();
    let mut batch = Vec::with_capacity(256 * 1024);
    for _ in 0..count {
        for effect in call.link.handle(Input::Send(&payload), 0).expect("an open link") {
            let Effect::Transmit(bytes) = effect else { panic!("{effect:?}") };
            batch.extend_from_slice(&bytes);
        }
        if batch.len() > 128 * 1024 {
            call.stream.write_all(&batch).await.expect("it reads");
            batch.clear();
        }
    }
    call.stream.write_all(&batch).await.expect("it reads");
    call.stream.shutdown().await.expect("said all");
    let mut rest = Vec::new();
    call.stream.read_to_end(&mut rest).await.expect("it hangs up");
    nanos(start.elapsed())
}

/// First packets that nobody can open, to a port of this machine; each caller waits until it is hung up on.
async fn garbage(chad: &Chad, count: u32, at_once: u32, port: u16) -> u64 {
    let (_, good) = Link::initiate(&agent(2), &chad.agent(), None, b"x", 0).expect("packets");
    let first = frame::parse(&good).expect("ours").expect("a frame").consumed;
    let nonsense: Arc<[u8]> = good[..first].into();
    let next = Arc::new(AtomicU32::new(0));
    let start = Instant::now();
    let mut callers = JoinSet::new();
    for _ in 0..at_once {
        let (host, next, nonsense) = (chad.host().to_owned(), Arc::clone(&next), Arc::clone(&nonsense));
        callers.spawn(async move {
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= count {
                    return;
                }
                let mut bad = nonsense.to_vec();
                // The last bytes are the tag: everything before it looks like a key and a sealed name.
                let end = bad.len() - 4;
                bad[end..].copy_from_slice(&number.to_be_bytes());
                let mut stream = TcpStream::connect((host.as_str(), port)).await.expect("it listens");
                stream.write_all(&bad).await.expect("it reads");
                let mut answer = Vec::new();
                let _ = stream.read_to_end(&mut answer).await;
                assert!(answer.is_empty(), "nonsense was answered");
            }
        });
    }
    callers.join_all().await;
    nanos(start.elapsed())
}
