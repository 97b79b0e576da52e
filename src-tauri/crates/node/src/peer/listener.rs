//! Taking calls.

use std::io::ErrorKind;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use socket2::{Domain, Protocol, Socket, Type};
use tallystick_noise::Link;
use tokio::net::{TcpListener, TcpStream};

use super::link::{self, LinkTask};
use super::{Reach, own_addresses};
use crate::config::{Config, may_link};
use crate::view::Happening;
use crate::wallet::{Inner, held};

/// How long to wait after the operating system could not hand over a call (no file descriptors left, say).
const BREATH: Duration = Duration::from_millis(200);

/// Takes the port, or notes why not.
pub(crate) async fn bind(config: &Config) -> (Option<TcpListener>, Reach) {
    let mut reach = Reach { own: own_addresses(), ..Reach::default() };
    #[cfg(feature = "plain-link")]
    if config.plain {
        tallystick_noise::plain::speak();
    }
    let Some(address) = config.listen else {
        return (None, reach);
    };
    if !may_link(address) {
        tracing::error!(%address, "a plain link stays on this computer: cannot listen there");
        return (None, reach);
    }
    match listen(address).await {
        Ok(listener) => {
            reach.listening = listener.local_addr().ok();
            (Some(listener), reach)
        }
        Err(error) => {
            tracing::warn!(%address, %error, "cannot listen");
            reach.port_in_use = error.kind() == ErrorKind::AddrInUse;
            (None, reach)
        }
    }
}

/// Listens there; on all addresses of both families, if it is all of the newer one and this computer speaks it.
async fn listen(address: SocketAddr) -> std::io::Result<TcpListener> {
    if address.ip() != IpAddr::V6(Ipv6Addr::UNSPECIFIED) {
        return TcpListener::bind(address).await;
    }
    match listen_on_both(address) {
        Err(error) if !matches!(error.kind(), ErrorKind::AddrInUse | ErrorKind::PermissionDenied) => {
            tracing::info!(%error, "this computer does not speak IPv6");
            TcpListener::bind((Ipv4Addr::UNSPECIFIED, address.port())).await
        }
        both => both,
    }
}

fn listen_on_both(address: SocketAddr) -> std::io::Result<TcpListener> {
    let socket = Socket::new(Domain::IPV6, Type::STREAM, Some(Protocol::TCP))?;
    // Systems differ in what they do when they are not told.
    socket.set_only_v6(false)?;
    #[cfg(unix)]
    socket.set_reuse_address(true)?;
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    socket.listen(WAITING)?;
    TcpListener::from_std(socket.into())
}

/// Calls that may wait to be taken, as the runtime has it elsewhere.
const WAITING: i32 = 1_024;

/// Pauses between two tries to have a port that is not to be had, in s: the last again and again.
const PAUSES: [u64; 6] = [1, 2, 5, 10, 30, 60];

/// After so many failures in a row it is the listener that is broken.
const PATIENCE: u32 = 5;

/// Takes calls for as long as the wallet is open. A listener that breaks is replaced by another, and a port that was
/// not to be had is asked for again.
pub(crate) async fn take_calls(inner: Arc<Inner>, listener: Option<TcpListener>) {
    let Some(wanted) = inner.config.listen.filter(|address| may_link(*address)) else { return };
    // Whoever was given any port keeps the one it got: partners were told.
    let address = listener.as_ref().and_then(|listener| listener.local_addr().ok()).unwrap_or(wanted);
    let serve = |stream: TcpStream, from: SocketAddr| {
        if may_link(from) {
            serve(&inner, stream, from.ip());
        }
    };
    tokio::select! {
        () = inner.stop.cancelled() => {}
        () = keep_listening(address, listener, serve, |news| inner.listens(&news)) => {}
    }
}

/// Listens at an address, whatever becomes of the listener; tells when it breaks, and what comes of every try.
async fn keep_listening(
    address: SocketAddr,
    mut listener: Option<TcpListener>,
    serve: impl Fn(TcpStream, SocketAddr),
    tell: impl Fn(std::io::Result<SocketAddr>),
) {
    let mut tries = 0;
    loop {
        if let Some(listener) = listener.take() {
            let error = serve_until_broken(&listener, &serve).await;
            tracing::warn!(%error, %address, "the listener is broken");
            // Not before it is gone can there be another one.
            drop(listener);
            tell(Err(error));
        }
        let pause = PAUSES.get(tries).or(PAUSES.last()).copied().unwrap_or_default();
        tokio::time::sleep(Duration::from_secs(pause)).await;
        tries += 1;
        match listen(address).await {
            Ok(another) => {
                tries = 0;
                tell(another.local_addr());
                listener = Some(another);
            }
            Err(error) => tell(Err(error)),
        }
    }
}

/// Takes calls until that fails again and again; gives why.
async fn serve_until_broken(listener: &TcpListener, serve: impl Fn(TcpStream, SocketAddr)) -> std::io::Error {
    let mut failures = 0;
    loop {
        match listener.accept().await {
            Ok((stream, from)) => {
                failures = 0;
                serve(stream, from);
            }
            Err(error) => {
                tracing::warn!(%error, "a call could not be taken");
                failures += u32::from(!is_want(&error));
                if failures >= PATIENCE {
                    return error;
                }
                tokio::time::sleep(BREATH).await;
            }
        }
    }
}

/// Whether a call was lost for want of something that comes back by itself, as file descriptors do, or by its caller's
/// doing. Another listener would change nothing, and might not be had.
fn is_want(error: &std::io::Error) -> bool {
    let callers = matches!(
        error.kind(),
        ErrorKind::ConnectionAborted
            | ErrorKind::ConnectionReset
            | ErrorKind::Interrupted
            | ErrorKind::OutOfMemory
    );
    // ENFILE and EMFILE, the same everywhere but on Windows; ENOBUFS on Linux and on what comes from BSD.
    let codes: &[i32] = if cfg!(windows) { &[10_024, 10_055] } else { &[23, 24, 55, 105] };
    callers || error.raw_os_error().is_some_and(|code| codes.contains(&code))
}

impl Inner {
    /// Notes what became of listening.
    fn listens(&self, news: &std::io::Result<SocketAddr>) {
        let (listening, in_use) = match news {
            Ok(address) => (Some(*address), false),
            Err(error) => (None, error.kind() == ErrorKind::AddrInUse),
        };
        let changed = {
            let mut reach = held(&self.reach);
            let before = (reach.listening, reach.port_in_use);
            (reach.listening, reach.port_in_use) = (listening, in_use);
            before != (listening, in_use)
        };
        if changed {
            tracing::info!(?listening, in_use, "where calls are taken");
            self.moved.notify_one();
            self.router_bell.notify_one();
            self.nearby.changed.notify_one();
            self.tell(vec![Happening::ConnectionChanged]);
        }
    }
}

/// Serves a call, if there is room for whoever makes it.
pub(crate) fn serve(inner: &Arc<Inner>, stream: TcpStream, from: IpAddr) {
    if let Some(guest) = inner.keeper.knock(from) {
        let link = Link::accept(Arc::clone(inner.keys.agent()), link::monotonic());
        let link = link.idle_after(u64::from(inner.config.room.idle));
        inner.tasks.spawn(LinkTask::incoming(Arc::clone(inner), stream, link, guest).run());
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use socket2::SockRef;
    use tokio::sync::mpsc;

    use super::*;

    /// What was told, one after the other.
    type Told = Arc<Mutex<Vec<Result<SocketAddr, ErrorKind>>>>;

    /// Listens there; gives who called and what was told.
    fn kept(
        address: SocketAddr,
        listener: Option<TcpListener>,
    ) -> (mpsc::UnboundedReceiver<SocketAddr>, Told) {
        let (send, calls) = mpsc::unbounded_channel();
        let told = Told::default();
        let news = Arc::clone(&told);
        tokio::spawn(async move {
            let serve = move |_, from| {
                let _ = send.send(from);
            };
            let tell = move |one: std::io::Result<_>| held(&news).push(one.map_err(|error| error.kind()));
            keep_listening(address, listener, serve, tell).await;
        });
        (calls, told)
    }

    async fn called(at: SocketAddr) -> TcpStream {
        loop {
            if let Ok(stream) = TcpStream::connect(at).await {
                return stream;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn a_listener_that_breaks_is_replaced_at_the_same_address() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a port");
        let at = listener.local_addr().expect("an address");
        let breaks = SockRef::from(&listener).try_clone().expect("another hold of it");
        let (mut calls, told) = kept(at, Some(listener));
        let first = called(at).await;
        assert_eq!(calls.recv().await, first.local_addr().ok());

        // From here on every call of accept fails.
        breaks.shutdown(std::net::Shutdown::Both).expect("broken");
        drop(breaks);
        let second = called(at).await;

        assert_eq!(calls.recv().await, second.local_addr().ok());
        assert_eq!(*held(&told), [Err(ErrorKind::InvalidInput), Ok(at)]);
    }

    #[tokio::test]
    async fn a_port_that_somebody_else_has_is_taken_once_it_is_free() {
        let other = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a port");
        let at = other.local_addr().expect("an address");
        let (mut calls, told) = kept(at, None);
        while held(&told).is_empty() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        assert_eq!(*held(&told), [Err(ErrorKind::AddrInUse)]);

        drop(other);
        let caller = called(at).await;

        assert_eq!(calls.recv().await, caller.local_addr().ok());
        assert_eq!(held(&told).last(), Some(&Ok(at)));
    }

    #[test]
    fn who_runs_out_of_files_keeps_the_listener() {
        let want = |code| is_want(&std::io::Error::from_raw_os_error(code));
        assert!(want(if cfg!(windows) { 10_024 } else { 24 }));
        assert!(!want(if cfg!(windows) { 10_022 } else { 22 }));
    }

    #[tokio::test]
    async fn all_addresses_means_those_of_both_families() {
        let listener = listen(SocketAddr::from((Ipv6Addr::UNSPECIFIED, 0))).await.expect("a port");
        let at = listener.local_addr().expect("an address");

        let older = TcpStream::connect((Ipv4Addr::LOCALHOST, at.port())).await;
        assert!(older.is_ok(), "{older:?}");
        if at.is_ipv6() {
            assert!(TcpStream::connect((Ipv6Addr::LOCALHOST, at.port())).await.is_ok());
        }
        let taken = listen(SocketAddr::from((Ipv6Addr::UNSPECIFIED, at.port()))).await;
        assert_eq!(taken.err().map(|error| error.kind()), Some(ErrorKind::AddrInUse));
    }
}
