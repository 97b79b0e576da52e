//! Keychains for tests: one that works, one that is missing, one that refuses.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Mutex, PoisonError};

use zeroize::Zeroizing;

use crate::derive::Argon2Cost;
use crate::keychain::{Keychain, KeychainError, WrappingKey};

/// A keychain in memory.
#[derive(Default)]
pub struct Works {
    keys: Mutex<BTreeMap<String, WrappingKey>>,
}

/// No keychain at all.
#[derive(Clone, Copy, Debug, Default)]
pub struct Missing;

/// A keychain whose person says no to every question.
#[derive(Clone, Copy, Debug, Default)]
pub struct Refuses;

/// The least Argon2id can do, for tests that make many vaults.
pub fn cheapest() -> Argon2Cost {
    Argon2Cost::new(8, 1, 1).expect("inside the bounds")
}

impl Works {
    /// The accounts that have a key now.
    pub fn accounts(&self) -> Vec<String> {
        self.keys.lock().unwrap_or_else(PoisonError::into_inner).keys().cloned().collect()
    }
}

impl Keychain for Works {
    fn probe(&self) -> Result<(), KeychainError> {
        Ok(())
    }

    fn get(&self, account: &str) -> Result<Option<WrappingKey>, KeychainError> {
        Ok(self.keys.lock().unwrap_or_else(PoisonError::into_inner).get(account).map(copy))
    }

    fn set(&self, account: &str, key: &WrappingKey) -> Result<(), KeychainError> {
        self.keys.lock().unwrap_or_else(PoisonError::into_inner).insert(account.to_owned(), copy(key));
        Ok(())
    }

    fn delete(&self, account: &str) -> Result<(), KeychainError> {
        self.keys.lock().unwrap_or_else(PoisonError::into_inner).remove(account);
        Ok(())
    }
}

impl fmt::Debug for Works {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Works").field("accounts", &self.accounts()).finish_non_exhaustive()
    }
}

impl Keychain for Missing {
    fn probe(&self) -> Result<(), KeychainError> {
        Err(KeychainError::Missing(None))
    }

    fn get(&self, _account: &str) -> Result<Option<WrappingKey>, KeychainError> {
        Err(KeychainError::Missing(None))
    }

    fn set(&self, _account: &str, _key: &WrappingKey) -> Result<(), KeychainError> {
        Err(KeychainError::Missing(None))
    }

    fn delete(&self, _account: &str) -> Result<(), KeychainError> {
        Err(KeychainError::Missing(None))
    }
}

impl Keychain for Refuses {
    fn probe(&self) -> Result<(), KeychainError> {
        Ok(())
    }

    fn get(&self, _account: &str) -> Result<Option<WrappingKey>, KeychainError> {
        Err(KeychainError::Refused)
    }

    fn set(&self, _account: &str, _key: &WrappingKey) -> Result<(), KeychainError> {
        Err(KeychainError::Refused)
    }

    fn delete(&self, _account: &str) -> Result<(), KeychainError> {
        Err(KeychainError::Refused)
    }
}

fn copy(key: &WrappingKey) -> WrappingKey {
    WrappingKey::from_bytes(Zeroizing::new(*key.expose()))
}
