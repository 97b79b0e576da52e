//! The Credential Manager of Windows.

use std::sync::Arc;

use keyring_core::{CredentialStore, Result};
use windows_native_keyring_store::Store;

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
