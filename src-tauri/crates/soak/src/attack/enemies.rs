//! Eight enemies, each with addresses of its own, and what came of their work.

use std::io::ErrorKind;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tallystick_core::message::{Body, Envelope};
use tallystick_core::{Certificate, Chad, ComposeCert, Date, Ticket, TokenText};
use tallystick_noise::{AgentSecret, Effect, Input, Link, frame};
use tallystick_testkit::TestSigner;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};
use tokio::task::JoinSet;
use tokio::time::timeout;
use zeroize::Zeroizing;

use super::honest::Honest;
use super::scripts;

/// How long an enemy waits for anything: longer than a call may be half-open.
const PATIENCE: Duration = Duration::from_secs(30);

/// One of the two wallets, as its enemies know it.
pub(crate) struct Target {
    pub(crate) there: SocketAddr,
    pub(crate) chad: Chad,
    /// A ticket that was good once.
    pub(crate) ticket: Ticket,
    /// A first packet by that ticket, as it was accepted.
    pub(crate) recorded_ticket: Vec<u8>,
    /// A name and its proof, as they were accepted.
    pub(crate) recorded_call: Vec<u8>,
}

/// What an enemy did, and what it heard.
#[derive(Debug, Default)]
pub(crate) struct Harm {
    /// Calls made, or messages sent.
    pub(crate) attempts: AtomicU64,
    /// Bytes received.
    pub(crate) bytes: AtomicU64,
}

impl Harm {
    pub(crate) fn attempt(&self) {
        self.attempts.fetch_add(1, Ordering::Relaxed);
    }

    fn heard(&self, bytes: usize) {
        self.bytes.fetch_add(u64::try_from(bytes).unwrap_or(u64::MAX), Ordering::Relaxed);
    }
}

/// Somebody who was a partner once: the one whose packets are played again, and who floods a link of his own.
pub(crate) fn mallory() -> AgentSecret {
    AgentSecret::from_seed(Zeroizing::new([13; 32]))
}

/// Somebody whom nobody knows.
pub(crate) fn stranger() -> AgentSecret {
    AgentSecret::from_seed(Zeroizing::new([99; 32]))
}

/// A certificate for whoever has this key.
pub(crate) fn certificate(secret: &AgentSecret) -> Certificate {
    let chad = Chad::new("m", secret.agent_id(), "127.0.0.1", 1).expect("an address");
    let (key, date) = (TestSigner::fresh().public().clone(), Date::from_millis(1_795_341_954_463));
    Certificate::compose(ComposeCert { chad, name: "Mallory".into(), key, date }).expect("a certificate")
}

/// The message that uses a ticket.
pub(crate) fn ticket_message(ticket: &Ticket, cert: &Certificate) -> Vec<u8> {
    let body = Body::Ticket { token: TokenText::from(&ticket.token), cert: cert.clone() };
    Envelope::new(ticket.chad.clone(), cert.chad().clone(), body).to_value().to_string().into_bytes()
}

/// An enemy's connection: whatever comes back on it is counted, at the latest when it is dropped.
pub(crate) struct Socket {
    stream: TcpStream,
    harm: Arc<Harm>,
}

impl Socket {
    /// Calls a wallet from an address.
    pub(crate) async fn call(target: &Target, from: Ipv4Addr, harm: &Arc<Harm>) -> Option<Self> {
        harm.attempt();
        let socket = TcpSocket::new_v4().ok()?;
        socket.bind(SocketAddr::from((from, 0))).ok()?;
        let stream = timeout(PATIENCE, socket.connect(target.there)).await.ok()?.ok()?;
        Some(Self { stream, harm: Arc::clone(harm) })
    }

    /// Writes bytes; false if the other side has had enough.
    pub(crate) async fn write(&mut self, bytes: &[u8]) -> bool {
        matches!(timeout(PATIENCE, self.stream.write_all(bytes)).await, Ok(Ok(())))
    }

    /// Listens until the other side hangs up.
    pub(crate) async fn listen(&mut self) {
        let mut bytes = [0; 256];
        while let Ok(Ok(count @ 1..)) = timeout(PATIENCE, self.stream.read(&mut bytes)).await {
            self.harm.heard(count);
        }
    }

    /// Waits for the answer to good first packets, which is not counted: this one has a right to it.
    pub(crate) async fn opened(&mut self, link: &mut Link) -> bool {
        let mut buffer = Vec::with_capacity(256);
        loop {
            match timeout(PATIENCE, self.stream.read_buf(&mut buffer)).await {
                Ok(Ok(1..)) => {}
                _ => return false,
            }
            let Ok(found) = frame::parse(&buffer) else { return false };
            if let Some(frame) = found {
                let input = Input::Frame { header: frame.header, body: frame.body };
                return matches!(link.handle(input, 0).as_deref(), Ok([Effect::Opened]));
            }
        }
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        let mut bytes = [0; 256];
        loop {
            match self.stream.try_read(&mut bytes) {
                Ok(count @ 1..) => self.harm.heard(count),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Ok(0) | Err(_) => return,
            }
        }
    }
}

/// The enemies before they begin.
pub(crate) struct Enemies {
    targets: [Arc<Target>; 2],
}

/// The enemies at work.
pub(crate) struct UnderWay {
    work: JoinSet<()>,
    harm: Vec<(&'static str, Arc<Harm>)>,
}

/// What one enemy did and heard.
#[derive(Clone, Debug)]
pub(crate) struct Heard {
    pub(crate) who: &'static str,
    pub(crate) attempts: u64,
    pub(crate) bytes: u64,
}

impl Enemies {
    /// Makes the exchanges that are played again later.
    pub(crate) async fn meet(honest: &mut Honest) -> Self {
        let [ana, ben] = honest.tickets().await;
        Self { targets: [meet(&ana).await, meet(&ben).await] }
    }

    /// Begins.
    pub(crate) fn attack(self) -> UnderWay {
        let (mut work, mut harm) = (JoinSet::new(), Vec::new());
        for (number, (who, script)) in (0..).zip(scripts::all()) {
            let mine = Arc::new(Harm::default());
            harm.push((who, Arc::clone(&mine)));
            work.spawn(script(self.targets.clone(), number, mine));
        }
        UnderWay { work, harm }
    }
}

impl UnderWay {
    /// Ends it.
    pub(crate) async fn stop(mut self) -> Vec<Heard> {
        // What was received and not read yet is counted as each socket is dropped.
        self.work.shutdown().await;
        let heard = |(who, harm): (&'static str, Arc<Harm>)| Heard {
            who,
            attempts: harm.attempts.load(Ordering::Relaxed),
            bytes: harm.bytes.load(Ordering::Relaxed),
        };
        self.harm.into_iter().map(heard).collect()
    }
}

async fn meet(link: &str) -> Arc<Target> {
    let ticket = Ticket::parse(link).expect("a good ticket");
    let (chad, to) = (ticket.chad.clone(), ticket.chad.agent());
    let there = SocketAddr::from((chad.host().parse::<Ipv4Addr>().expect("an address"), chad.port()));
    let mut target = Target { there, chad, ticket, recorded_ticket: Vec::new(), recorded_call: Vec::new() };
    let (secret, harm) = (mallory(), Arc::default());
    let message = ticket_message(&target.ticket, &certificate(&secret));
    let (mut link, bytes) = Link::initiate_ticket(&secret, &to, &message, 0).expect("a packet");
    let mut socket = Socket::call(&target, Ipv4Addr::LOCALHOST, &harm).await.expect("it listens");
    assert!(socket.write(&bytes).await && socket.opened(&mut link).await, "the ticket was good");
    target.recorded_ticket = bytes;
    let (mut link, bytes) = Link::initiate(&secret, &to, None, RAIN, 0).expect("packets");
    let mut socket = Socket::call(&target, Ipv4Addr::LOCALHOST, &harm).await.expect("it listens");
    assert!(socket.write(&bytes).await && socket.opened(&mut link).await, "a partner calls");
    target.recorded_call = bytes;
    Arc::new(target)
}

/// A message that means nothing here.
pub(crate) const RAIN: &[u8] = br#"{"target":"weather","action":"rain"}"#;

#[cfg(test)]
mod tests {
    use tallystick_core::Token;
    use tokio::net::TcpListener;

    use super::*;
    use crate::attack::honest::{End, Trade};
    use crate::attack::report::Report;

    /// Enemies of somebody who takes every call and says this, and nothing if it is nothing.
    async fn enemies_of(says: &'static [u8]) -> Enemies {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a port");
        let there = listener.local_addr().expect("an address");
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                tokio::spawn(async move {
                    let _ = stream.write_all(says).await;
                    let mut bytes = [0; 256];
                    while let Ok(1..) = stream.read(&mut bytes).await {}
                });
            }
        });
        let agent = stranger().agent_id();
        let chad = Chad::new("s", agent, "127.0.0.1", there.port()).expect("an address");
        let ticket = Ticket {
            chad: chad.clone(),
            token: Token::from_bytes([7; 16]),
            expires: u64::MAX >> 16,
            bound: None,
            alternatives: Vec::new(),
            name: None,
            limit: None,
        };
        let (_, recorded_call) = Link::initiate(&mallory(), &agent, None, RAIN, 0).expect("packets");
        let recorded_ticket = recorded_call.clone();
        let target = Arc::new(Target { there, chad, ticket, recorded_ticket, recorded_call });
        Enemies { targets: [Arc::clone(&target), target] }
    }

    /// Has them attack until each is good; gives what they heard, and whether the report says that it was nothing.
    async fn attack(enemies: Enemies, good: impl Fn(&Harm) -> bool) -> (Vec<Heard>, bool) {
        let under_way = enemies.attack();
        let all = async {
            while !under_way.harm.iter().all(|(who, harm)| *who == TALKER || good(harm)) {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        timeout(PATIENCE, all).await.expect("every enemy does its work in time");
        let harm = under_way.stop().await;
        let report = Report {
            quiet: Trade::default(),
            attacked: Trade { looks: vec![crate::attack::honest::Look::default()], ..Trade::default() },
            harm: harm.clone(),
            end: End::default(),
            asked: 0,
        };
        let report = report.to_json();
        let claim = report["claims"].as_array().and_then(|claims| {
            claims.iter().find(|claim| claim["claim"] == "no enemy heard a byte").cloned()
        });
        (harm, claim.expect("a claim")["holds"] == true)
    }

    /// The one with a right to the first bytes, which are no link's here.
    const TALKER: &str = "messages on an open link";

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn an_answer_of_one_byte_is_noticed_by_every_enemy_and_by_the_report() {
        let enemies = enemies_of(b"!").await;

        let (harm, nothing_heard) = attack(enemies, |harm| harm.bytes.load(Ordering::Relaxed) > 0).await;

        assert!(harm.iter().all(|heard| heard.who == TALKER || heard.bytes > 0), "{harm:?}");
        assert!(!nothing_heard);
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn silence_is_heard_as_silence() {
        let enemies = enemies_of(b"").await;

        let (harm, nothing_heard) = attack(enemies, |harm| harm.attempts.load(Ordering::Relaxed) > 20).await;

        assert_eq!(harm.iter().map(|heard| heard.bytes).sum::<u64>(), 0, "{harm:?}");
        assert!(nothing_heard);
    }
}
