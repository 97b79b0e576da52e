//! Taking calls.

use std::io::ErrorKind;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

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
    match TcpListener::bind(address).await {
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
