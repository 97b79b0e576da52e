//! The secrets of one profile, and the only code that touches them.
//!
//! A profile has four secrets: the **agent seed** (who this wallet is on the network), the **user key** (what signs
//! tallies and chits), the **lift key** (what signs lift records) and the **database key** (what opens the ledger).
//! They are made once, sealed together with XChaCha20-Poly1305 and kept in one file of the profile folder,
//! `keys.sealed`. What opens that file is a *wrapping key*, and its protector is named in the file's header:
//!
//! - the **keychain** of the operating system holds a random wrapping key, or
//! - a **passphrase** gives it, through Argon2id.
//!
//! The header is what tells "there is no identity yet" from "there is one, and its keychain is locked, refused or
//! gone": only the first may ever lead to a new identity.
//!
//! Every call here blocks (on disks, on D-Bus, on a person looking at an unlock prompt, on Argon2id): async callers
//! give it a blocking thread of its own.
//!
//! ```no_run
//! use tallystick_vault::{OsKeychain, ProfileId, Protector, Status, Vault};
//!
//! # fn main() -> Result<(), tallystick_vault::VaultError> {
//! let vault = Vault::at("/home/alice/.local/share/tallystick/main", ProfileId::new("main-4f1c")?);
//! let keychain = OsKeychain;
//! let unlocked = match vault.status()? {
//!     Status::Absent => vault.create(Protector::Keychain, &keychain)?,
//!     Status::Keychain | Status::Passphrase => vault.open(None, &keychain)?,
//! };
//! let signature = unlocked.signer().sign(b"{\"canonical\":true}");
//! # let _ = signature;
//! # Ok(())
//! # }
//! ```

#![cfg_attr(test, allow(clippy::unwrap_used))]

mod derive;
mod error;
mod keychain;
mod passphrase;
mod place;
mod profile;
mod sealed;
mod secrets;
mod signer;
#[cfg(feature = "testing")]
pub mod testing;
mod vault;

pub use crate::derive::Argon2Cost;
pub use crate::error::VaultError;
pub use crate::keychain::{Cause, Keychain, KeychainError, OsKeychain, SERVICE, WrappingKey};
pub use crate::passphrase::{
    MIN_PASSPHRASE_BITS, MIN_PASSPHRASE_CHARS, PassphraseStrength, Weakness, judge_passphrase,
};
pub use crate::profile::{BadProfileId, ProfileId};
pub use crate::secrets::Unlocked;
pub use crate::signer::{LiftSigner, UserPublic, UserSigner};
pub use crate::vault::{Protector, Status, Vault};
