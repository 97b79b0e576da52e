//! A listener that opens links and has no wallet behind it: what a real socket and the handshakes alone cost.

use std::sync::Arc;

use bytes::{Buf as _, BytesMut};
use tallystick_core::{AgentId, Chad};
use tallystick_noise::{AgentSecret, Answer, Effect, Input, Link, frame};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::callers::agent;
use crate::ceilings::secret;

/// Listens for as long as the benchmark runs, and takes whoever calls.
pub(crate) async fn listen() -> Chad {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let secret = Arc::new(secret(3));
    let chad = Chad::new("bare", secret.agent_id(), "127.0.0.1", port).expect("an address");
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(serve(stream, Arc::clone(&secret)));
        }
    });
    chad
}

async fn serve(mut stream: TcpStream, secret: Arc<AgentSecret>) {
    stream.set_nodelay(true).expect("a socket");
    let mut link = Link::accept(secret, 0);
    let partner = agent(1).agent_id();
    let mut buffer = BytesMut::with_capacity(4 * 1024);
    while stream.read_buf(&mut buffer).await.is_ok_and(|count| count > 0) {
        while let Some(frame) = frame::parse(&buffer).expect("their frames") {
            let consumed = frame.consumed;
            let frame = Input::Frame { header: frame.header, body: frame.body };
            for answer in taken(&mut link, frame, partner) {
                stream.write_all(&answer).await.expect("they read");
            }
            buffer.advance(consumed);
        }
    }
}

/// Gives the link a frame, says to whatever it asks that this agent is welcome, and returns what it wants sent.
pub(crate) fn taken(link: &mut Link, frame: Input<'_>, caller: AgentId) -> Vec<Vec<u8>> {
    let mut effects = link.handle(frame, 0).expect("their packets");
    let mut answers = Vec::new();
    while let Some(effect) = effects.pop() {
        let said = match effect {
            Effect::Caller(_) => Answer::Recognise,
            Effect::Ticket { .. } | Effect::First { .. } => Answer::Accept(caller),
            Effect::Transmit(bytes) => {
                answers.push(bytes);
                continue;
            }
            Effect::Received { .. } | Effect::Opened | Effect::Closed(_) => continue,
        };
        effects.extend(link.handle(Input::Answer(said), 0).expect("their packets"));
    }
    answers
}
