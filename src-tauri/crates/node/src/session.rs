//! A profile in use by this process: before there is an identity, while its keys are sealed, and with an open wallet.

use std::net::{Ipv6Addr, SocketAddr};
use std::sync::Arc;

use tallystick_core::{Certificate, Chad, ComposeCert, Date, Name, UserKey};
use tallystick_store::{Ledger, Me, StoreError};
use tallystick_vault::{Keychain, KeychainError, Protector, Status, Unlocked, Vault};
use tokio::sync::{Mutex, RwLock, broadcast};
use zeroize::Zeroizing;

use crate::book::Book;
use crate::config::{Config, PORT};
use crate::events::Events;
use crate::failure::chain;
use crate::peer::{self, Keeper, Reach};
use crate::profile::{Profile, ProfileError};
use crate::view::{
    AppState, Choices, Event, Failure, FailureCode, KeychainState, NewIdentity, ProtectorChoice,
    ProtectorKind, Stage,
};
use crate::wallet::Wallet;

/// The longest name a person may go by, in characters.
const MAX_NAME: usize = 80;

/// A profile in use by this process.
pub struct Session {
    config: Config,
    keychain: Arc<dyn Keychain + Send + Sync>,
    profile: Mutex<Profile>,
    events: Arc<Events>,
    wallet: RwLock<Option<Wallet>>,
    /// Chosen before there was a ledger to keep it in.
    early_choices: Mutex<Option<Choices>>,
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Session").field("config", &self.config).finish_non_exhaustive()
    }
}

impl Session {
    /// Takes the profile for this process; opens the wallet right away if the keychain holds its key.
    ///
    /// # Errors
    /// [`ProfileError::InUse`] while another process has it.
    pub async fn open(
        config: Config,
        keychain: Arc<dyn Keychain + Send + Sync>,
    ) -> Result<Self, ProfileError> {
        let profile = Profile::open(&config.profile)?;
        let session = Self {
            config,
            keychain,
            profile: Mutex::new(profile),
            events: Arc::new(Events::new()),
            wallet: RwLock::default(),
            early_choices: Mutex::default(),
        };
        let status = session.vault().await.and_then(|vault| vault.status().map_err(Failure::from));
        if matches!(status, Ok(Status::Keychain))
            && let Err(failure) = session.unlock(None).await
        {
            tracing::warn!(%failure, "the keychain did not open the profile");
        }
        Ok(session)
    }

    /// What the skin shows first.
    ///
    /// # Errors
    /// Only faults of the disk.
    pub async fn state(&self) -> Result<AppState, Failure> {
        let keychain = Arc::clone(&self.keychain);
        let keychain = blocking(move || probe(&*keychain)).await?;
        let wallet = self.wallet.read().await.clone();
        let stage = match (&wallet, self.vault().await?.status()?) {
            (Some(_), _) => Stage::Ready,
            (None, Status::Absent) => Stage::New,
            (None, Status::Keychain | Status::Passphrase) => Stage::Locked,
        };
        let (identity, choices) = match wallet {
            Some(wallet) => (Some(wallet.identity()), wallet.choices().await?),
            None => (None, self.early_choices.lock().await.unwrap_or_default()),
        };
        Ok(AppState { stage, version: env!("CARGO_PKG_VERSION").to_owned(), choices, keychain, identity })
    }

    /// Makes this profile's identity and opens its wallet. Resumes where an earlier try was cut short.
    ///
    /// # Errors
    /// [`FailureCode::AlreadySetUp`], [`FailureCode::BadName`], and what keychain or passphrase cause.
    pub async fn create(&self, identity: NewIdentity) -> Result<AppState, Failure> {
        let name = identity.name.trim().to_owned();
        let printable = name.chars().all(|c| !c.is_control());
        if name.is_empty() || name.chars().count() > MAX_NAME || !printable {
            return Err(Failure::plain(FailureCode::BadName));
        }
        let mut wallet = self.wallet.write().await;
        if wallet.is_some() {
            return Err(Failure::plain(FailureCode::AlreadySetUp));
        }
        let protector = match identity.protector {
            ProtectorChoice::Keychain => Protector::Keychain,
            ProtectorChoice::Passphrase { passphrase } => {
                Protector::Passphrase { passphrase: Zeroizing::new(passphrase), cost: self.config.cost }
            }
        };
        let kind = match protector {
            Protector::Keychain => ProtectorKind::Keychain,
            Protector::Passphrase { .. } => ProtectorKind::Passphrase,
        };
        self.profile.lock().await.set_name(&name).map_err(disk)?;
        let vault = self.vault().await?;
        let keychain = Arc::clone(&self.keychain);
        let keys = blocking(move || vault.create(protector, &*keychain)).await??;
        *wallet = Some(self.start(keys, kind).await?);
        drop(wallet);
        if let Some(choices) = self.early_choices.lock().await.take() {
            self.wallet().await?.choose(choices).await?;
        }
        self.state().await
    }

    /// Opens the wallet's keys; the passphrase is used only if one protects them.
    ///
    /// # Errors
    /// [`FailureCode::WrongPassphrase`], [`FailureCode::KeychainRefused`] and the like; nothing is changed.
    pub async fn unlock(&self, passphrase: Option<String>) -> Result<AppState, Failure> {
        let mut wallet = self.wallet.write().await;
        if wallet.is_none() {
            let vault = self.vault().await?;
            let kind = match vault.status()? {
                Status::Absent => return Err(Failure::plain(FailureCode::Locked)),
                Status::Keychain => ProtectorKind::Keychain,
                Status::Passphrase => ProtectorKind::Passphrase,
            };
            let keychain = Arc::clone(&self.keychain);
            let passphrase = passphrase.map(Zeroizing::new);
            let keys = blocking(move || vault.open(passphrase.as_ref(), &*keychain)).await??;
            *wallet = Some(self.start(keys, kind).await?);
        }
        drop(wallet);
        self.state().await
    }

    /// Sets the person's choices; before there is a ledger they are held until there is one.
    ///
    /// # Errors
    /// Only faults of the disk.
    pub async fn choose(&self, choices: Choices) -> Result<(), Failure> {
        match self.wallet.read().await.clone() {
            Some(wallet) => wallet.choose(choices).await,
            None => {
                *self.early_choices.lock().await = Some(choices);
                Ok(())
            }
        }
    }

    /// The open wallet.
    ///
    /// # Errors
    /// [`FailureCode::Locked`] while there is none.
    pub async fn wallet(&self) -> Result<Wallet, Failure> {
        self.wallet.read().await.clone().ok_or(Failure::plain(FailureCode::Locked))
    }

    /// What changes from now on.
    pub fn events(&self) -> broadcast::Receiver<Event> {
        self.events.listen()
    }

    /// Ends all links and tasks, waits for them, and closes the ledger. Safe to call twice.
    pub async fn shutdown(&self) {
        if let Some(wallet) = self.wallet.write().await.take() {
            wallet.shutdown().await;
        }
    }

    async fn vault(&self) -> Result<Vault, Failure> {
        let profile = self.profile.lock().await;
        Ok(Vault::at(profile.folder(), profile.id().map_err(disk)?))
    }

    async fn start(&self, keys: Unlocked, kind: ProtectorKind) -> Result<Wallet, Failure> {
        let (path, name) = {
            let profile = self.profile.lock().await;
            (profile.ledger(), profile.name().unwrap_or("Somebody").to_owned())
        };
        let key = keys.database_key().clone();
        let ledger = blocking(move || Ledger::open(&path, key)).await??;
        let book = Book::new(ledger);
        let (listener, reach) = peer::bind(&self.config).await;
        let me = match book.read::<_, StoreError>(|rows| rows.me()).await? {
            Some(me) => me,
            None => self.introduce(&book, &keys, &name, &reach).await?,
        };
        let events = Arc::clone(&self.events);
        let keeper = Keeper::recall(self.config.room, self.config.clock, &book).await;
        let door = (listener, reach, keeper);
        Ok(Wallet::start(self.config.clone(), keys, kind, book, me.certificate, events, door))
    }

    /// Writes the certificate by which partners will know this wallet.
    async fn introduce(
        &self,
        book: &Book,
        keys: &Unlocked,
        name: &str,
        reach: &Reach,
    ) -> Result<Me, Failure> {
        let now = self.config.clock.now();
        let public = keys.signer().public();
        let key = UserKey::from_coordinates(public.x, public.y).map_err(Failure::internal)?;
        // Only a first hint: what partners are told later is where we listen then.
        let meant = self.config.listen.filter(|address| address.port() != 0);
        let listening = reach.listening.or(meant).unwrap_or(SocketAddr::from((Ipv6Addr::UNSPECIFIED, PORT)));
        let places = peer::reachable_at(listening, self.config.advertise.as_deref(), &reach.own);
        let place = places.first().ok_or(Failure::internal("no host to be found at"))?;
        let (host, port) = (place.host(), place.port());
        let chad = Chad::new(&cuid(name), keys.agent().agent_id(), host, port).map_err(Failure::internal)?;
        let (first, surname) = match name.split_once(' ') {
            Some((first, rest)) => (first.to_owned(), Some(rest.trim().to_owned())),
            None => (name.to_owned(), None),
        };
        let name = Name::Person { first, surname };
        let certificate = Certificate::compose(ComposeCert { chad, name, key, date: Date::from_millis(now) })
            .map_err(Failure::internal)?;
        let me = Me { certificate, made_at: now };
        let kept = me.clone();
        book.write::<_, StoreError>(move |rows| rows.set_me(&kept)).await?;
        Ok(me)
    }
}

/// The user's name on its own agent, from the first word of the person's name.
fn cuid(name: &str) -> String {
    let word: String = name
        .split_whitespace()
        .next()
        .unwrap_or_default()
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|c| c.to_ascii_lowercase())
        .take(32)
        .collect();
    if word.is_empty() { "me".to_owned() } else { word }
}

fn probe(keychain: &dyn Keychain) -> KeychainState {
    match keychain.probe() {
        Ok(()) => KeychainState::Works,
        Err(KeychainError::Missing(_)) => KeychainState::Missing,
        Err(_) => KeychainState::Refused,
    }
}

fn disk(error: ProfileError) -> Failure {
    tracing::error!(error = %chain(&error), "the profile's folder refuses");
    Failure::again(FailureCode::Disk)
}

/// Runs what blocks away from the asynchronous threads.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Failure> {
    tokio::task::spawn_blocking(work).await.map_err(|_| Failure::internal("a blocking task ended early"))
}

#[cfg(test)]
mod tests {
    use super::cuid;

    #[test]
    fn a_user_goes_by_the_first_word_of_the_name() {
        assert_eq!(cuid("Ana Ruiz"), "ana");
        assert_eq!(cuid("  Zoë-Marie van Dyk"), "zomarie");
        assert_eq!(cuid("李雷"), "me");
    }
}
