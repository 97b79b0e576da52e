//! The wallet's end: one outgoing trunk, kept up for as long as a relay is chosen.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use tallystick_noise::{Address, Link, Site};
use tokio::io::AsyncWriteExt as _;
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;

use super::trunk::{Ended, News, Trunk};
use crate::peer::{monotonic, serve};
use crate::view::{Failure, FailureCode, Happening};
use crate::wallet::{Inner, Wallet, held};

/// Under which the chosen relay is kept.
const CHOICE: &str = "relay";

/// How long the relay may take to take a connection.
const CONNECT_PATIENCE: Duration = Duration::from_secs(5);

/// What the first message to a relay says; the relay knows us by our key.
const HELLO: &[u8] = b"{\"relay\":1}";

impl Wallet {
    /// Which relay is chosen, as `agent@host:port`, and where it makes us reachable at this moment.
    ///
    /// # Errors
    /// Only faults of the disk.
    pub async fn relay(&self) -> Result<(Option<String>, Option<String>), Failure> {
        let chosen = chosen(&self.inner).await?;
        let relayed = held(&self.inner.reach).relayed.as_ref().map(Address::to_string);
        Ok((chosen.map(|site| site.to_string()), relayed))
    }

    /// Uses this relay from now on, `agent@host:port`; or none.
    ///
    /// # Errors
    /// [`FailureCode::BadAddress`].
    pub async fn use_relay(&self, relay: Option<String>) -> Result<(), Failure> {
        let text = match relay {
            None => String::new(),
            Some(text) => {
                let site: Site = text.trim().parse().map_err(|_| Failure::plain(FailureCode::BadAddress))?;
                if site.address.is_none() || site.agent == self.inner.agent() {
                    return Err(Failure::plain(FailureCode::BadAddress));
                }
                site.to_string()
            }
        };
        self.inner.book.write::<_, Failure>(move |rows| Ok(rows.set_choice(CHOICE, &text)?)).await?;
        self.inner.rechosen.notify_one();
        Ok(())
    }
}

async fn chosen(inner: &Inner) -> Result<Option<Site>, Failure> {
    let kept = inner.book.read::<_, Failure>(|rows| Ok(rows.choice(CHOICE)?)).await?;
    Ok(kept.and_then(|text| text.parse().ok()))
}

/// Keeps a trunk to the chosen relay, for as long as the wallet is open.
pub(crate) async fn keep_trunk(inner: Arc<Inner>) {
    let mut tries = 0;
    loop {
        let site = chosen(&inner).await.unwrap_or_else(|failure| {
            tracing::error!(%failure, "the chosen relay cannot be read");
            None
        });
        let over = tokio::select! {
            () = inner.stop.cancelled() => return,
            () = inner.rechosen.notified() => None,
            ended = keep_one(&inner, site.as_ref(), &mut tries) => Some(ended),
        };
        if held(&inner.reach).relayed.take().is_some() {
            inner.events.tell(Happening::ConnectionChanged);
        }
        let Some(ended) = over else {
            tries = 0;
            continue;
        };
        let pause = inner.config.retry.pause(tries, Inner::dice()).unsigned_abs().min(LONGEST_PAUSE);
        tracing::info!(%ended, pause, "no way through the relay for now");
        tries = tries.saturating_add(1);
        tokio::select! {
            () = inner.stop.cancelled() => return,
            () = inner.rechosen.notified() => tries = 0,
            () = tokio::time::sleep(Duration::from_millis(pause)) => {}
        }
    }
}

/// The longest pause between two tries, in ms: who waits for a call waits for the relay.
const LONGEST_PAUSE: u64 = 60_000;

/// Serves one trunk until it ends; without a relay, forever nothing.
async fn keep_one(inner: &Arc<Inner>, site: Option<&Site>, tries: &mut u32) -> Ended {
    let Some(Site { agent, address: Some(address) }) = site else {
        return std::future::pending().await;
    };
    let served = async {
        let connect = TcpStream::connect((address.host(), address.port()));
        let mut stream = timeout(CONNECT_PATIENCE, connect).await.map_err(std::io::Error::from)??;
        let (link, frames) = Link::initiate(inner.keys.agent(), agent, None, HELLO, monotonic())?;
        stream.write_all(&frames).await?;
        let mut trunk = Trunk::dialed(stream, link);
        loop {
            match trunk.next().await? {
                News::Welcome(port) => {
                    *tries = 0;
                    held(&inner.reach).relayed = Address::new(address.host(), port).ok();
                    inner.moved.notify_one();
                    inner.events.tell(Happening::ConnectionChanged);
                }
                News::Call(number, from) => {
                    // Whom the doorkeeper turns away is hung up on at once.
                    let (ours, theirs) = pair().await?;
                    trunk.socket(number, ours, ());
                    serve(inner, theirs, from);
                }
                News::Live(_) => {}
            }
        }
    };
    let Err::<std::convert::Infallible, _>(ended) = served.await;
    ended
}

/// Two ends of one connection inside this computer. Nobody else can take either: the end that called is the one taken.
async fn pair() -> std::io::Result<(TcpStream, TcpStream)> {
    let listener = TcpListener::bind(SocketAddr::from((IpAddr::from([127, 0, 0, 1]), 0))).await?;
    let ours = TcpStream::connect(listener.local_addr()?).await?;
    loop {
        let (theirs, from) = listener.accept().await?;
        if from == ours.local_addr()? {
            return Ok((ours, theirs));
        }
    }
}
