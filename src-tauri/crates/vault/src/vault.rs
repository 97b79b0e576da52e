//! The vault: making the secrets of a profile once, and opening them ever after.

use std::path::PathBuf;

use tracing::{info, warn};
use zeroize::Zeroizing;

use crate::derive::{self, Argon2Cost};
use crate::error::VaultError;
use crate::keychain::{Keychain, KeychainError, WrappingKey};
use crate::passphrase::judge_passphrase;
use crate::place::Place;
use crate::profile::ProfileId;
use crate::sealed::{self, Sealed, Wrapping};
use crate::secrets::{self, Unlocked};

/// The vault of one profile, open or not, made or not.
#[derive(Debug)]
pub struct Vault {
    place: Place,
    profile: ProfileId,
}

/// What a profile's folder says about its vault, without opening anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// There is none. Only now may an identity be made.
    Absent,
    /// There is one, and the keychain opens it.
    Keychain,
    /// There is one, and a passphrase opens it.
    Passphrase,
}

/// What is to protect a new vault.
pub enum Protector {
    /// The keychain of the operating system.
    Keychain,
    /// A passphrase.
    Passphrase {
        /// The words; [`judge_passphrase`] must find them enough.
        passphrase: Zeroizing<String>,
        /// [`Argon2Cost::STANDARD`] outside tests.
        cost: Argon2Cost,
    },
}

impl Vault {
    /// The vault in this folder, for this profile. Touches nothing yet.
    pub fn at(folder: impl Into<PathBuf>, profile: ProfileId) -> Self {
        Self { place: Place::new(folder.into()), profile }
    }

    /// Whether there is a vault and what opens it.
    ///
    /// # Errors
    /// When there is a file and it cannot be read or is damaged, newer, or another profile's.
    pub fn status(&self) -> Result<Status, VaultError> {
        Ok(match self.sealed()?.as_ref().map(Sealed::protector) {
            None => Status::Absent,
            Some(Wrapping::Keychain {}) => Status::Keychain,
            Some(Wrapping::Passphrase { .. }) => Status::Passphrase,
        })
    }

    /// Makes the secrets of a new profile and gives them open.
    ///
    /// A crash at any instant leaves no vault or a whole one; after an error this may simply be called again. A
    /// wrapping key that the keychain has already for this profile (from a crash, or from a folder that is not
    /// mounted now) is used rather than replaced, so that nothing it protects is lost.
    ///
    /// # Errors
    /// [`VaultError::Exists`] where there is any key file, even a damaged one; else what the keychain, the
    /// passphrase or the disk cause.
    pub fn create(&self, protector: Protector, keychain: &dyn Keychain) -> Result<Unlocked, VaultError> {
        if let Protector::Passphrase { passphrase, .. } = &protector {
            let strength = judge_passphrase(passphrase);
            if !strength.is_enough() {
                return Err(VaultError::WeakPassphrase(strength));
            }
        }
        let making = self.place.start()?;
        if self.place.read()?.is_some() {
            return Err(VaultError::Exists);
        }

        let (wrapping, key) = match protector {
            Protector::Keychain => (Wrapping::Keychain {}, self.kept_key(keychain)?),
            Protector::Passphrase { passphrase, cost } => {
                let (wrapping, salt) = Wrapping::passphrase(cost)?;
                (wrapping, derive::wrapping_key(&passphrase, &salt, cost)?)
            }
        };
        let plain = secrets::generate()?;
        let unlocked = Unlocked::from_plain(&plain)?;
        let sealed = Sealed::seal(&plain, &self.profile, wrapping, &key)?;
        making.finish(&sealed.to_bytes())?;
        info!(profile = %self.profile, "vault made");
        Ok(unlocked)
    }

    /// Opens the vault. The passphrase is used only where one protects the vault.
    ///
    /// This neither counts nor slows down wrong passphrases beyond what Argon2id costs: that is for the caller.
    ///
    /// # Errors
    /// [`VaultError::Absent`] where there is none; else what the file, the keychain or the passphrase cause.
    pub fn open(
        &self,
        passphrase: Option<&Zeroizing<String>>,
        keychain: &dyn Keychain,
    ) -> Result<Unlocked, VaultError> {
        let sealed = self.sealed()?.ok_or(VaultError::Absent)?;
        let (key, wrong) = match sealed.protector() {
            Wrapping::Keychain {} => {
                let key = keychain.get(self.profile.as_str())?.ok_or(VaultError::EntryMissing)?;
                (key, VaultError::WrongKey)
            }
            Wrapping::Passphrase { cost, salt } => {
                let passphrase = passphrase.ok_or(VaultError::PassphraseNeeded)?;
                let key = derive::wrapping_key(passphrase, &sealed::salt(salt)?, *cost)?;
                (key, VaultError::WrongPassphrase)
            }
        };
        let plain = sealed.unseal(&key)?.ok_or(wrong)?;
        Unlocked::from_plain(&plain)
    }

    fn sealed(&self) -> Result<Option<Sealed>, VaultError> {
        let Some(bytes) = self.place.read()? else { return Ok(None) };
        let sealed = Sealed::parse(&bytes)?;
        if sealed.is_of(&self.profile) { Ok(Some(sealed)) } else { Err(VaultError::ForeignProfile) }
    }

    /// A wrapping key that the keychain is known to give back.
    fn kept_key(&self, keychain: &dyn Keychain) -> Result<WrappingKey, VaultError> {
        let account = self.profile.as_str();
        match keychain.get(account) {
            Ok(Some(key)) => {
                warn!(profile = %self.profile, "the keychain has a key for this new profile already; using it");
                return Ok(key);
            }
            Ok(None) | Err(KeychainError::BadEntry) => {}
            Err(error) => return Err(error.into()),
        }
        let key = WrappingKey::random().map_err(VaultError::Random)?;
        keychain.set(account, &key)?;
        match keychain.get(account)? {
            Some(kept) if kept == key => Ok(kept),
            Some(_) | None => Err(KeychainError::Unavailable(None).into()),
        }
    }
}

impl std::fmt::Debug for Protector {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Keychain => f.write_str("Keychain"),
            Self::Passphrase { cost, .. } => {
                f.debug_struct("Passphrase").field("cost", cost).finish_non_exhaustive()
            }
        }
    }
}
