//! The login keychain of macOS.

use std::sync::Arc;

use apple_native_keyring_store::keychain::Store;
use keyring_core::{CredentialStore, Result};

use crate::keychain::{Cause, KeychainError};

pub(super) fn store() -> Result<Arc<CredentialStore>> {
    Ok(Store::new()?)
}

pub(super) fn label(_account: &str) -> Option<String> {
    None
}

pub(super) fn blame(cause: Cause) -> KeychainError {
    KeychainError::Unavailable(Some(cause))
}
