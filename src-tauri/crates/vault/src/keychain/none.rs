//! A system without a keychain we can use.

use std::sync::Arc;

use keyring_core::{CredentialStore, Error, Result};

use crate::keychain::{Cause, KeychainError};

pub(super) fn store() -> Result<Arc<CredentialStore>> {
    Err(Error::NoDefaultStore)
}

pub(super) fn label(_account: &str) -> Option<String> {
    None
}

pub(super) fn blame(cause: Cause) -> KeychainError {
    KeychainError::Missing(Some(cause))
}
