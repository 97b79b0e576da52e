//! The keychain of this operating system, through `keyring-core`.

use std::collections::HashMap;
use std::sync::Arc;

use keyring_core::{CredentialStore, Entry, Error};
use zeroize::Zeroizing;

use super::{Keychain, KeychainError, SERVICE, WrappingKey};

#[cfg_attr(target_os = "linux", path = "linux.rs")]
#[cfg_attr(target_os = "macos", path = "macos.rs")]
#[cfg_attr(target_os = "windows", path = "windows.rs")]
#[cfg_attr(not(any(target_os = "linux", target_os = "macos", target_os = "windows")), path = "none.rs")]
mod platform;

/// The keychain of this operating system: Secret Service, macOS Keychain or Windows Credential Manager.
///
/// Every call connects anew, so a keychain that was missing, locked or stopped is used as soon as it is back.
#[derive(Clone, Copy, Debug, Default)]
pub struct OsKeychain;

impl Keychain for OsKeychain {
    fn probe(&self) -> Result<(), KeychainError> {
        // Asking for an account that never exists touches the store but nothing that could be locked.
        match entry(&store()?, "probe")?.get_secret() {
            Ok(secret) => {
                drop(Zeroizing::new(secret));
                Ok(())
            }
            Err(Error::NoEntry) => Ok(()),
            Err(error) => Err(blame(error)),
        }
    }

    fn get(&self, account: &str) -> Result<Option<WrappingKey>, KeychainError> {
        match entry(&store()?, account)?.get_secret() {
            Ok(secret) => WrappingKey::from_entry(&Zeroizing::new(secret)).map(Some),
            Err(Error::NoEntry) => Ok(None),
            Err(error) => Err(blame(error)),
        }
    }

    fn set(&self, account: &str, key: &WrappingKey) -> Result<(), KeychainError> {
        entry(&store()?, account)?.set_secret(key.to_entry().as_bytes()).map_err(blame)
    }

    fn delete(&self, account: &str) -> Result<(), KeychainError> {
        match entry(&store()?, account)?.delete_credential() {
            Ok(()) | Err(Error::NoEntry) => Ok(()),
            Err(error) => Err(blame(error)),
        }
    }
}

fn store() -> Result<Arc<CredentialStore>, KeychainError> {
    platform::store().map_err(blame)
}

fn entry(store: &Arc<CredentialStore>, account: &str) -> Result<Entry, KeychainError> {
    let label = platform::label(account);
    let modifiers: HashMap<&str, &str> = label.iter().map(|text| ("label", text.as_str())).collect();
    store.build(SERVICE, account, Some(&modifiers)).map_err(blame)
}

/// Sorts a store's error. What it may carry of an entry's bytes is dropped here and never reaches a log.
fn blame(error: Error) -> KeychainError {
    match error {
        Error::PlatformFailure(cause) | Error::NoStorageAccess(cause) => platform::blame(cause),
        Error::BadEncoding(bytes) | Error::BadDataFormat(bytes, _) => {
            drop(Zeroizing::new(bytes));
            KeychainError::BadEntry
        }
        Error::Ambiguous(_) => KeychainError::BadEntry,
        Error::NoDefaultStore => KeychainError::Missing(None),
        other => KeychainError::Unavailable(Some(Box::new(other))),
    }
}
