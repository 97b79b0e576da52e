//! The Secret Service of the session bus: GNOME Keyring, KWallet, KeePassXC.

use std::error::Error;
use std::io::{self, ErrorKind};
use std::sync::Arc;

use keyring_core::{CredentialStore, Result};
use secret_service::Error as ServiceError;
use zbus_secret_service_keyring_store::Store;

use crate::keychain::{Cause, KeychainError};

pub(super) fn store() -> Result<Arc<CredentialStore>> {
    Ok(Store::new()?)
}

/// What the person's password manager shows the entry as.
pub(super) fn label(account: &str) -> Option<String> {
    Some(format!("Tallystick wallet ({account})"))
}

pub(super) fn blame(cause: Cause) -> KeychainError {
    match cause.downcast_ref::<ServiceError>() {
        Some(ServiceError::Locked | ServiceError::NoResult) => KeychainError::Locked,
        Some(ServiceError::Prompt | ServiceError::PromptDisconnected) => KeychainError::Refused,
        Some(ServiceError::Unavailable) => KeychainError::Missing(Some(cause)),
        _ => sort_by_words(cause),
    }
}

/// Sorts what came over D-Bus unsorted, by the error names of D-Bus and of the Secret Service.
fn sort_by_words(cause: Cause) -> KeychainError {
    let text = cause.to_string();
    if text.contains(IS_LOCKED) {
        KeychainError::Locked
    } else if has_no_bus(cause.as_ref()) || NOBODY_THERE.iter().any(|name| text.contains(name)) {
        KeychainError::Missing(Some(cause))
    } else {
        KeychainError::Unavailable(Some(cause))
    }
}

/// Whether some error down the chain says that the bus's socket is not there or that nobody listens on it.
fn has_no_bus(error: &(dyn Error + 'static)) -> bool {
    let io =
        error.downcast_ref::<io::Error>().or_else(|| error.downcast_ref::<Arc<io::Error>>().map(Arc::as_ref));
    io.is_some_and(|io| matches!(io.kind(), ErrorKind::NotFound | ErrorKind::ConnectionRefused))
        || error.source().is_some_and(has_no_bus)
}

/// Nobody provides the service, and nobody could be started who does.
const NOBODY_THERE: [&str; 3] =
    ["DBus.Error.ServiceUnknown", "DBus.Error.NameHasNoOwner", "DBus.Error.Spawn."];

/// The Secret Service's own name for a locked collection.
const IS_LOCKED: &str = "Secret.Error.IsLocked";
