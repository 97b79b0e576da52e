//! Asking the router at home to let callers in, if the person wants it to.
//!
//! A mapping is asked for anew at half its life and taken back when the wallet closes. What the router says is a state
//! that the person can read; where it lets callers in is told to partners like any other place of ours.

mod ask;

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use tokio::time::timeout;

use super::own_addresses;
use super::places::is_private;
use crate::view::Failure;
use crate::wallet::{Inner, Wallet, held};
use ask::Opening;
pub(crate) use ask::{Asked, By};

/// How long a mapping is asked for, in seconds: as RFC 6886 recommends.
const LIFE: u32 = 7_200;

/// How long to wait before a router that said no, or nothing, is asked again.
const ASK_AGAIN: Duration = Duration::from_secs(900);

/// How often it is looked whether this computer has another address.
const LOOK_EVERY: Duration = Duration::from_secs(30);

/// How long taking a mapping back may hold up the end of the wallet.
const FAREWELL: Duration = Duration::from_secs(2);

/// How it stands with the router.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum RouterState {
    /// The person does not want it asked, or we do not listen for anybody beyond this computer.
    #[default]
    Unasked,
    /// It is being asked.
    Asking,
    /// This computer has an address of its own on the open internet.
    Unneeded,
    /// Whoever calls there comes to us.
    Opened {
        /// The router's own address, and the port it lends us.
        at: SocketAddr,
        /// How it was asked.
        by: By,
    },
    /// It answered no.
    Refused,
    /// No router that understands answered.
    NoAnswer,
}

impl RouterState {
    /// Where callers are let in.
    pub(crate) const fn opened_at(self) -> Option<SocketAddr> {
        match self {
            Self::Opened { at, .. } => Some(at),
            Self::Unasked | Self::Asking | Self::Unneeded | Self::Refused | Self::NoAnswer => None,
        }
    }
}

/// What to do about the router next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    /// Nothing until something changes.
    Rest(RouterState),
    /// Ask for this computer's address and port to be called.
    Ask(SocketAddr),
}

/// Decides from what is wanted and where we listen.
fn step(wanted: bool, listening: Option<SocketAddr>, own: &[IpAddr]) -> Step {
    let Some(listening) = listening.filter(|listening| wanted && !listening.ip().is_loopback()) else {
        return Step::Rest(RouterState::Unasked);
    };
    let ip = listening.ip().to_canonical();
    let own = if ip.is_unspecified() { own.iter().copied().find(IpAddr::is_ipv4) } else { Some(ip) };
    match own {
        None => Step::Rest(RouterState::NoAnswer),
        Some(own) if !is_private(own) => Step::Rest(RouterState::Unneeded),
        Some(own) => Step::Ask(SocketAddr::new(own, listening.port())),
    }
}

/// Keeps the router asked for as long as the wallet is open and the person wants it.
pub(crate) async fn keep_router_asked(inner: Arc<Inner>) {
    let mut opening: Option<Opening> = None;
    while !inner.stop.is_cancelled() {
        let pause = tokio::select! {
            () = inner.stop.cancelled() => break,
            pause = round(&inner, &mut opening) => pause,
        };
        tokio::select! {
            () = inner.stop.cancelled() => break,
            () = inner.router_bell.notified() => {}
            () = another_address(opening.as_ref().map(Opening::local)) => {}
            () = tokio::time::sleep(pause) => {}
        }
    }
    if let Some(opening) = opening
        && timeout(FAREWELL, opening.close()).await.is_err()
    {
        tracing::warn!("the router was not told in time that callers need not be let in any more");
    }
}

/// One look at how it stands; gives how long it may stay so.
async fn round(inner: &Arc<Inner>, opening: &mut Option<Opening>) -> Duration {
    let wanted = match inner.book.read::<_, Failure>(|rows| Ok(rows.choice(CHOICE)?.is_some())).await {
        Ok(wanted) => wanted,
        Err(failure) => {
            tracing::error!(%failure, "whether the router may be asked cannot be read");
            false
        }
    };
    let listening = held(&inner.reach).listening;
    let local = match step(wanted, listening, &own_addresses()) {
        Step::Ask(local) => local,
        Step::Rest(state) => {
            if let Some(old) = opening.take() {
                old.close().await;
            }
            inner.set_router(state);
            return ASK_AGAIN;
        }
    };
    if opening.as_ref().is_some_and(|opening| opening.local() != local)
        && let Some(old) = opening.take()
    {
        old.close().await;
    }
    let asked = match opening.take() {
        Some(old) => old.renew(LIFE).await,
        None => {
            inner.set_router(RouterState::Asking);
            ask::open(local, LIFE).await
        }
    };
    match asked {
        Asked::Opened(opened) => {
            inner.set_router(RouterState::Opened { at: opened.at(), by: opened.by() });
            let half = opened.life() / 2;
            *opening = Some(*opened);
            half
        }
        Asked::Refused => {
            inner.set_router(RouterState::Refused);
            ASK_AGAIN
        }
        Asked::NoAnswer => {
            inner.set_router(RouterState::NoAnswer);
            ASK_AGAIN
        }
    }
}

/// Ends when this computer has lost the address that callers are sent to.
async fn another_address(local: Option<SocketAddr>) {
    let Some(local) = local else {
        return std::future::pending().await;
    };
    loop {
        tokio::time::sleep(LOOK_EVERY).await;
        if !own_addresses().contains(&local.ip()) {
            return;
        }
    }
}

impl Inner {
    fn set_router(&self, state: RouterState) {
        let before = std::mem::replace(&mut held(&self.reach).router, state);
        if before != state {
            tracing::info!(?state, "the router");
            self.tell(vec![crate::view::Happening::ConnectionChanged]);
        }
        if before.opened_at() != state.opened_at() && state != RouterState::Asking {
            self.moved.notify_one();
        }
    }
}

impl Wallet {
    /// Lets the router at home be asked to let callers in, or not any more. Remembered.
    ///
    /// # Errors
    /// Only faults of the disk.
    pub async fn open_router(&self, wanted: bool) -> Result<(), Failure> {
        let set = move |rows: &tallystick_store::Rows<'_>| {
            if wanted { rows.set_choice(CHOICE, "wanted") } else { rows.forget_choice(CHOICE) }
        };
        self.inner.book.write::<_, Failure>(move |rows| Ok(set(rows)?)).await?;
        self.inner.router_bell.notify_one();
        Ok(())
    }
}

/// The name under which it is remembered that the person wants the router asked.
pub(crate) const CHOICE: &str = "open router";

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Option<SocketAddr> {
        Some(text.parse().expect("an address"))
    }

    #[test]
    fn only_a_wallet_behind_a_router_asks_and_only_if_it_may() {
        let home = [IpAddr::from([192, 168, 1, 5])];
        let abroad = [IpAddr::from([203, 0, 113, 5])];

        assert_eq!(step(false, at("0.0.0.0:7"), &home), Step::Rest(RouterState::Unasked));
        assert_eq!(step(true, None, &home), Step::Rest(RouterState::Unasked));
        assert_eq!(step(true, at("127.0.0.1:7"), &home), Step::Rest(RouterState::Unasked));
        assert_eq!(step(true, at("0.0.0.0:7"), &abroad), Step::Rest(RouterState::Unneeded));
        assert_eq!(step(true, at("0.0.0.0:7"), &[]), Step::Rest(RouterState::NoAnswer));
        assert_eq!(step(true, at("[::]:7"), &home), Step::Ask(at("192.168.1.5:7").expect("some")));
        assert_eq!(step(true, at("10.0.0.9:7"), &home), Step::Ask(at("10.0.0.9:7").expect("some")));
    }
}
