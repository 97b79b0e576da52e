//! How long one message takes there and back: over an open link, and over the same socket without one.

use std::sync::Arc;
use std::time::Instant;

use bytes::BytesMut;
use tallystick_noise::{Answer, Effect, Input, Link, frame};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::ceilings::secret;

/// A message there and back, in µs: half of them took less than the first, one in a hundred took more than the second.
pub(crate) type Times = (f64, f64);

/// One end: a socket, and what was read of it; a link, unless the bytes go as they are.
struct End {
    stream: TcpStream,
    buffer: BytesMut,
    link: Option<Link>,
}

impl End {
    fn new(stream: TcpStream, link: Option<Link>) -> Self {
        stream.set_nodelay(true).expect("a socket");
        Self { stream, buffer: BytesMut::with_capacity(64 * 1024), link }
    }

    async fn say(&mut self, payload: &[u8]) {
        let bytes = match &mut self.link {
            None => frame::encode(frame::Header::Transport, payload).expect("a frame"),
            Some(link) => transmitted(link.handle(Input::Send(payload), 0).expect("an open link")),
        };
        self.stream.write_all(&bytes).await.expect("sent");
    }

    /// The next message; nothing when the other end has gone.
    async fn hear(&mut self) -> Option<Vec<u8>> {
        let frame = self.frame().await?;
        let found = frame::parse(&frame).expect("a frame").expect("a whole frame");
        let Some(link) = &mut self.link else { return Some(found.body.to_vec()) };
        let input = Input::Frame { header: found.header, body: found.body };
        match link.handle(input, 0).expect("a message").pop() {
            Some(Effect::Received { payload }) => Some(payload),
            other => panic!("{other:?}"),
        }
    }

    async fn frame(&mut self) -> Option<BytesMut> {
        loop {
            if let Some(frame) = frame::parse(&self.buffer).expect("frames") {
                let whole = frame.consumed;
                return Some(self.buffer.split_to(whole));
            }
            if self.stream.read_buf(&mut self.buffer).await.expect("read") == 0 {
                return None;
            }
        }
    }
}

fn transmitted(effects: Vec<Effect>) -> Vec<u8> {
    let bytes = effects.into_iter().filter_map(|effect| match effect {
        Effect::Transmit(bytes) => Some(bytes),
        _ => None,
    });
    bytes.flatten().collect()
}

/// Two ends of one open link.
fn open() -> [Link; 2] {
    let (alice, bob) = (secret(1), Arc::new(secret(2)));
    let (mut calling, bytes) = Link::initiate_ticket(&alice, &bob.agent_id(), b"x", 0).expect("a call");
    let mut called = Link::accept(Arc::clone(&bob), 0);
    let give = |link: &mut Link, bytes: &[u8]| {
        let frame = frame::parse(bytes).expect("a frame").expect("a whole frame");
        link.handle(Input::Frame { header: frame.header, body: frame.body }, 0).expect("taken");
    };
    give(&mut called, &bytes);
    let accepted = called.handle(Input::Answer(Answer::Accept(alice.agent_id())), 0).expect("accepted");
    give(&mut calling, &transmitted(accepted));
    [calling, called]
}

/// Sends messages of this length one after the other, each when the one before has come back.
pub(crate) async fn there_and_back(sealed: bool, length: usize, count: u32) -> Times {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let [calling, called] = if sealed { open().map(Some) } else { [None, None] };
    let echo = tokio::spawn(async move {
        let mut end = End::new(listener.accept().await.expect("a call").0, called);
        while let Some(message) = end.hear().await {
            end.say(&message).await;
        }
    });
    let mut end = End::new(TcpStream::connect(address).await.expect("a link"), calling);
    let payload = vec![b'x'; length];
    let mut times = Vec::new();
    for _ in 0..count {
        let start = Instant::now();
        end.say(&payload).await;
        assert_eq!(end.hear().await.as_ref(), Some(&payload));
        times.push(start.elapsed().as_secs_f64() * 1e6);
    }
    drop(end);
    echo.await.expect("an echo to the end");
    times.sort_by(f64::total_cmp);
    (times[times.len() / 2], times[times.len() * 99 / 100])
}
