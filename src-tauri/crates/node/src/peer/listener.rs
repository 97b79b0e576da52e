//! Taking calls.

use std::io::ErrorKind;
use std::sync::Arc;
use std::time::Duration;

use tallystick_noise::Link;
use tokio::net::TcpListener;

use super::door::recall;
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
    // Before the first call: who was turned away stays so.
    recall(&inner).await;
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
        let Some(guest) = inner.keeper.knock(from.ip()) else {
            continue;
        };
        let link = Link::accept(Arc::clone(inner.keys.agent()), link::monotonic());
        let link = link.idle_after(u64::from(inner.config.room.idle));
        let task = LinkTask::incoming(Arc::clone(&inner), stream, link, guest);
        inner.tasks.spawn(task.run());
    }
}
