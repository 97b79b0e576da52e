//! `init` and `run`: the two verbs that hold a profile themselves.

use std::sync::Arc;

use serde_json::json;
use tallystick_node::Session;
use tallystick_node::logs::Logs;
use tallystick_node::view::{Failure, FailureCode, NewIdentity};
use tallystick_vault::{Argon2Cost, OsKeychain};

use crate::args::{Common, Init};
#[cfg(unix)]
use crate::control::Desk;
use crate::fault::Fault;
use crate::hands::{config, unlock};
use crate::protect;
use crate::say::Say;
use crate::words;

/// Passes over the memory for one guess at a passphrase.
const PASSES: u32 = 3;

/// Makes this profile's identity.
pub(crate) async fn init(common: &Common, init: Init, say: Say) -> Result<(), Fault> {
    let mut config = config(common)?;
    config.cost = Argon2Cost::new(init.kdf_memory.saturating_mul(1024), PASSES, 1).map_err(|_| Failure {
        code: FailureCode::BadAmount,
        retryable: false,
        safe_to_repeat: true,
    })?;
    let protector = protect::protector(common, &init)?;
    let session = Session::open(config, Arc::new(OsKeychain)).await?;
    let made = session.create(NewIdentity { name: init.name, protector }).await;
    session.shutdown().await;
    let identity = made?.identity;
    say.view(&identity, || identity.as_ref().map(words::identity).unwrap_or_default());
    Ok(())
}

/// Serves the profile until interrupted.
pub(crate) async fn run(common: &Common, logs: &Logs, say: Say) -> Result<(), Fault> {
    let config = config(common)?;
    let (folder, wanted) = (config.profile.clone(), config.listen);
    if !folder.join("profile.json").exists() {
        return Err(Fault::NoWallet { folder });
    }
    let session = Session::open(config, Arc::new(OsKeychain)).await?;
    if let Err(error) = logs.keep_in(&folder) {
        tracing::warn!(%error, "no log is kept in the profile");
    }
    tracing::info!(version = env!("CARGO_PKG_VERSION"), "started");
    let served = serve(&session, common, wanted, say).await;
    session.shutdown().await;
    tracing::info!("ended");
    served
}

async fn serve(
    session: &Session,
    common: &Common,
    wanted: Option<std::net::SocketAddr>,
    say: Say,
) -> Result<(), Fault> {
    let interrupted = interrupted()?;
    let wallet = unlock(session, common).await?;
    let connection = wallet.connection().await?;
    if let (Some(wanted), None) = (wanted, &connection.listening) {
        return Err(Fault::CannotListen(wanted));
    }
    #[cfg(unix)]
    let desk = Desk::open(&config(common)?.profile).map_err(Fault::NoDesk)?;
    #[cfg(unix)]
    let control = Some(desk.path().display().to_string());
    #[cfg(not(unix))]
    let control: Option<String> = None;
    let identity = wallet.identity();
    let ready = json!({
        "ready": true,
        "pid": std::process::id(),
        "name": identity.name,
        "address": identity.address,
        "listening": connection.listening,
        "control": control,
    });
    say.view(&ready, || words::ready(&identity, &connection));
    #[cfg(unix)]
    tokio::select! {
        () = desk.serve(&wallet) => {}
        () = interrupted => {}
    }
    #[cfg(not(unix))]
    interrupted.await;
    Ok(())
}

/// Ends when the person, or the system, asks the program to end. Listens from the moment it is made.
#[cfg(unix)]
pub(crate) fn interrupted() -> Result<impl Future<Output = ()>, Fault> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut interrupt = signal(SignalKind::interrupt()).map_err(Fault::Runtime)?;
    let mut terminate = signal(SignalKind::terminate()).map_err(Fault::Runtime)?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

/// Ends when the person asks the program to end.
#[cfg(not(unix))]
pub(crate) fn interrupted() -> Result<impl Future<Output = ()>, Fault> {
    Ok(async {
        if let Err(error) = tokio::signal::ctrl_c().await {
            tracing::warn!(%error, "interruptions cannot be heard");
            std::future::pending::<()>().await;
        }
    })
}
