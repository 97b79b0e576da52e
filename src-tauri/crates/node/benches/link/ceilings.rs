//! What nothing on this machine can beat: the curve, the cipher, the handshakes in memory, plain frames over a socket.

use std::sync::Arc;
use std::time::{Duration, Instant};

use aws_lc_rs::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::agreement::{self, PrivateKey, UnparsedPublicKey, X25519};
use snow::Builder;
use tallystick_noise::{AgentSecret, Effect, Input, Link, frame};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use zeroize::Zeroizing;

use crate::bare::taken;
use crate::report::{Report, rate};

/// The ceilings, all a second.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ceilings {
    /// Links opened by N and K in memory, both ends on one core.
    pub(crate) known: f64,
    /// Links opened by I, likewise.
    pub(crate) ticket: f64,
}

/// How long each is measured.
const SPAN: Duration = Duration::from_millis(700);

const SECTION: &str = "ceilings of this run, one core";

/// Measures them.
pub(crate) fn measure(report: &mut Report) -> Ceilings {
    let ours = PrivateKey::from_private_key(&X25519, &[1; 32]).expect("a key");
    let theirs = PrivateKey::from_private_key(&X25519, &[2; 32]).expect("a key");
    let theirs = theirs.compute_public_key().expect("a key");
    let agree = spin(|| {
        agreement::agree(&ours, UnparsedPublicKey::new(&X25519, theirs.as_ref()), (), |_| Ok(()))
            .expect("agrees");
    });
    let base = spin(|| {
        PrivateKey::from_private_key(&X25519, &[3; 32]).expect("a key");
    });
    let key = LessSafeKey::new(UnboundKey::new(&CHACHA20_POLY1305, &[4; 32]).expect("a key"));
    let mut message = [5; 512];
    let seal = spin(|| {
        let nonce = Nonce::assume_unique_for_key([0; 12]);
        key.seal_in_place_separate_tag(nonce, Aad::empty(), &mut message).map(drop).expect("sealed");
    });
    let stock = spin(stock_ik);
    let (alice, bob) = (secret(1), Arc::new(secret(2)));
    let ticket =
        spin(|| in_memory(&bob, Link::initiate_ticket(&alice, &bob.agent_id(), b"x", 0).expect("a call")));
    let known =
        spin(|| in_memory(&bob, Link::initiate(&alice, &bob.agent_id(), None, b"x", 0).expect("a call")));
    // Both ends of IK: eight multiplications and two new keys.
    let limit = 1.0 / (8.0 / agree + 2.0 / base);
    report.add(SECTION, "X25519 agreements", agree, "/s");
    report.add(SECTION, "X25519 keys made", base, "/s");
    report.add(SECTION, "ChaCha20-Poly1305, 512 bytes sealed", seal, "/s");
    report.add(SECTION, "IK as the curve alone allows, both ends", limit, "/s");
    report.add(SECTION, "IK by the Noise library as it comes", stock, "/s");
    let beside = format!(
        "{:.2} of the library as it comes, {:.2} of what the curve allows",
        ticket / stock,
        ticket / limit
    );
    report.add_beside(SECTION, "IK by our link, with its frames", ticket, "/s", beside);
    report.add(SECTION, "N, K and the answer by our link", known, "/s");
    Ceilings { known, ticket }
}

/// An agent of this benchmark.
pub(crate) fn secret(seed: u8) -> AgentSecret {
    AgentSecret::from_seed(Zeroizing::new([seed; 32]))
}

/// How often a second something can be done.
fn spin(mut work: impl FnMut()) -> f64 {
    let (start, mut count) = (Instant::now(), 0);
    while start.elapsed() < SPAN {
        for _ in 0..16 {
            work();
            count += 1;
        }
    }
    rate(count, start.elapsed())
}

/// One link opened without a socket, both ends.
fn in_memory(called: &Arc<AgentSecret>, (mut calling, bytes): (Link, Vec<u8>)) {
    let mut link = Link::accept(Arc::clone(called), 0);
    let mut rest = bytes.as_slice();
    let mut answer = Vec::new();
    while let Some(frame) = frame::parse(rest).expect("our own frames") {
        let frame_in = Input::Frame { header: frame.header, body: frame.body };
        let said = taken(&mut link, frame_in, secret(1).agent_id());
        answer.extend(said.into_iter().flatten());
        rest = &rest[frame.consumed..];
    }
    let answer = frame::parse(&answer).expect("ours").expect("an answer");
    let effects = calling.handle(Input::Frame { header: answer.header, body: answer.body }, 0).expect("ours");
    assert_eq!(effects, [Effect::Opened]);
}

/// The same pattern by the library's own curve and cipher, each end's key set as it asks for.
fn stock_ik() {
    let build = || Builder::new("Noise_IK_25519_ChaChaPoly_BLAKE2b".parse().expect("a pattern"));
    let public = |private: [u8; 32]| {
        let key = PrivateKey::from_private_key(&X25519, &private).expect("a key");
        key.compute_public_key().expect("a key")
    };
    let (ours, theirs) = ([1; 32], [2; 32]);
    let remote = public(theirs);
    let mut calling = build()
        .local_private_key(&ours)
        .and_then(|builder| builder.remote_public_key(remote.as_ref()))
        .and_then(Builder::build_initiator)
        .expect("a caller");
    let mut called = build().local_private_key(&theirs).and_then(Builder::build_responder).expect("called");
    let (mut wire, mut read) = ([0; 256], [0; 256]);
    let sent = calling.write_message(b"x", &mut wire).expect("a message");
    called.read_message(&wire[..sent], &mut read).expect("read");
    let sent = called.write_message(&[], &mut wire).expect("a message");
    calling.read_message(&wire[..sent], &mut read).expect("read");
}

/// Frames of this length through a socket as they are, a second.
pub(crate) async fn plain_frames(length: u16, count: u32) -> f64 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let start = Instant::now();
    let sender = tokio::spawn(async move {
        let mut stream = TcpStream::connect(address).await.expect("a link");
        let mut frame = length.to_be_bytes().to_vec();
        frame.resize(usize::from(length) + 2, 7);
        let many: Vec<u8> = frame.iter().copied().cycle().take(frame.len() * 64).collect();
        for _ in 0..count.div_ceil(64) {
            stream.write_all(&many).await.expect("sent");
        }
    });
    let (mut stream, _) = listener.accept().await.expect("a call");
    let (mut buffer, mut found) = (bytes::BytesMut::with_capacity(64 * 1024), 0_u32);
    while found < count {
        buffer.reserve(64 * 1024);
        if stream.read_buf(&mut buffer).await.expect("read") == 0 {
            break;
        }
        while let Some(head) = buffer.first_chunk::<2>() {
            let whole = usize::from(u16::from_be_bytes(*head)) + 2;
            if buffer.len() < whole {
                break;
            }
            std::hint::black_box(buffer.split_to(whole));
            found += 1;
        }
    }
    let span = start.elapsed();
    sender.await.expect("sent to the end");
    rate(count, span)
}
