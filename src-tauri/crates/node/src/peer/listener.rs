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
use crate::wallet::Inner;

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

/// Takes calls for as long as the wallet is open.
pub(crate) async fn take_calls(inner: Arc<Inner>, listener: TcpListener) {
    loop {
        let accepted = tokio::select! {
            () = inner.stop.cancelled() => return,
            accepted = listener.accept() => accepted,
        };
        let (stream, from) = match accepted {
            Ok((_, from)) if !may_link(from) => continue,
            Ok(call) => call,
            Err(error) => {
                tracing::warn!(%error, "a call could not be taken");
                tokio::time::sleep(BREATH).await;
                continue;
            }
        };
        serve(&inner, stream, from.ip());
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
    use tokio::net::TcpStream;

    use super::*;

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
