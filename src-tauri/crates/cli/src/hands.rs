//! Who does what a verb asks: this process, or the `run` that holds the profile.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tallystick_node::view::{Failure, FailureCode, Stage};
use tallystick_node::{Config, ProfileError, Session, Wallet};
use tallystick_vault::OsKeychain;

use crate::args::{Common, Listen};
use crate::control::Caller;
use crate::fault::Fault;
use crate::perform::perform;
use crate::protect;
use crate::request::{Answer, Request};

/// How often a profile that is in use is tried again: a node that starts stretches its passphrase first, and another
/// verb is done in a moment.
const TRIES: u32 = 50;

/// Between two tries.
const PAUSE: Duration = Duration::from_millis(100);

/// Who does what a verb asks.
pub(crate) enum Hands {
    /// This process.
    Own {
        /// The profile.
        session: Box<Session>,
        /// Its wallet.
        wallet: Wallet,
    },
    /// The running node.
    Other(Caller),
}

impl Hands {
    /// Finds who can act for this profile.
    pub(crate) async fn find(common: &Common) -> Result<Self, Fault> {
        let mut config = config(common)?;
        config.listen = None;
        if !config.profile.join("profile.json").exists() {
            return Err(Fault::NoWallet { folder: config.profile });
        }
        let mut tries = 0;
        loop {
            if let Some(caller) = Caller::call(&config.profile).await? {
                return Ok(Self::Other(caller));
            }
            match Session::open(config.clone(), Arc::new(OsKeychain)).await {
                Ok(session) => {
                    let wallet = unlock(&session, common).await?;
                    return Ok(Self::Own { session: Box::new(session), wallet });
                }
                Err(ProfileError::InUse { .. }) if cfg!(unix) && tries < TRIES => tries += 1,
                Err(error) => return Err(error.into()),
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// Asks for one thing.
    pub(crate) async fn ask<A: Answer>(&mut self, request: Request) -> Result<A, Fault> {
        let response = match self {
            Self::Own { wallet, .. } => perform(wallet, request).await?,
            Self::Other(caller) => caller.ask(&request).await?,
        };
        A::take(response).ok_or(Fault::OtherVersion)
    }

    /// Whether letters go on leaving after this verb is done.
    pub(crate) fn stay(&self) -> bool {
        matches!(self, Self::Other(_))
    }

    /// Lets go of the profile.
    pub(crate) async fn rest(self) {
        if let Self::Own { session, wallet } = self {
            drop(wallet);
            session.shutdown().await;
        }
    }
}

/// Opens the keys of a profile that is held.
pub(crate) async fn unlock(session: &Session, common: &Common) -> Result<Wallet, Fault> {
    if let Ok(wallet) = session.wallet().await {
        return Ok(wallet);
    }
    match session.state().await?.stage {
        Stage::New => return Err(Fault::NoWallet { folder: folder(common)? }),
        Stage::Ready => {}
        Stage::Locked => {
            let passphrase = protect::passphrase(common)?;
            session.unlock(passphrase.map(|words| words.as_str().to_owned())).await?;
        }
    }
    session.wallet().await.map_err(Fault::from)
}

/// What the node is told.
pub(crate) fn config(common: &Common) -> Result<Config, Fault> {
    let mut config = Config::new(folder(common)?);
    #[cfg(feature = "plain-link")]
    {
        config.plain = common.plain;
    }
    config.listen = match common.listen {
        Listen::Off => None,
        Listen::At(address) => Some(address),
    };
    config.advertise = common.advertise.clone();
    config.clock.offset = common.clock_ahead_ms.map_or(0, i64::from);
    config.clearing_every = common.clearing_every_ms.unwrap_or(config.clearing_every);
    if let Some(first) = common.retry_first_ms {
        config.retry.first = first;
    }
    Ok(config)
}

/// The profile's folder: the one the window uses too, unless told otherwise.
fn folder(common: &Common) -> Result<PathBuf, Fault> {
    if let Some(profile) = &common.profile {
        return Ok(profile.clone());
    }
    let variable = |name| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let home = || variable("HOME");
    let data = if cfg!(windows) {
        variable("APPDATA")
    } else if cfg!(target_os = "macos") {
        home().map(|home| home.join("Library").join("Application Support"))
    } else {
        variable("XDG_DATA_HOME").or_else(|| home().map(|home| home.join(".local").join("share")))
    };
    data.map(|data| data.join(APP).join("default")).ok_or(Fault::NoFolder)
}

/// The refusal for keys that stay sealed.
pub(crate) fn locked() -> Fault {
    Fault::Refused(Failure { code: FailureCode::Locked, retryable: false, safe_to_repeat: true })
}

/// The application's name among the folders for data.
const APP: &str = "org.tallystick.wallet";
