//! What can go wrong, grouped by whose fault it is.

use std::io;

use crate::keychain::KeychainError;
use crate::passphrase::PassphraseStrength;
use crate::profile::BadProfileId;

/// Why a vault could not be made or opened.
///
/// None of these ever justifies making a new identity; only [`Status::Absent`](crate::Status::Absent) does.
#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    /// The person's: a profile needs a usable name.
    #[error(transparent)]
    BadProfileId(#[from] BadProfileId),
    /// The caller's: there is a vault already, and it is never overwritten.
    #[error("this profile has its keys already")]
    Exists,
    /// The caller's: there is no vault to open.
    #[error("this profile has no keys yet")]
    Absent,
    /// The world's: another process is making this vault at this moment.
    #[error("another process is making the keys of this profile")]
    Busy,
    /// The person's: the passphrase is too easy to guess.
    #[error("the passphrase is too weak")]
    WeakPassphrase(PassphraseStrength),
    /// The person's: this vault opens with a passphrase and none was given.
    #[error("this profile opens with a passphrase")]
    PassphraseNeeded,
    /// The person's: not the passphrase this vault was made with.
    #[error("the passphrase is wrong")]
    WrongPassphrase,
    /// The world's: the keychain failed; [`KeychainError`] says whether it is missing, locked, refused or failing.
    #[error("the keychain of this computer failed")]
    Keychain(#[from] KeychainError),
    /// The world's: the keychain answers but holds no key for this profile. Some keychains answer so while they are
    /// locked, so a retry after unlocking can succeed.
    #[error("the keychain holds no key for this profile")]
    EntryMissing,
    /// The world's: the keychain's key is of another vault.
    #[error("the key in the keychain does not open this profile")]
    WrongKey,
    /// The world's: the sealed file is not as it was written.
    #[error("the key file is damaged: {part}")]
    Damaged {
        /// The part that gave it away.
        part: &'static str,
    },
    /// The world's: the sealed file was written by a later release.
    #[error("the key file has version {version}, which this release cannot read")]
    Newer {
        /// The version found.
        version: u32,
    },
    /// The world's: the sealed file belongs to another profile.
    #[error("the key file belongs to another profile")]
    ForeignProfile,
    /// The caller's: Argon2id does not run with these parameters.
    #[error("argon2id cannot run at this cost")]
    BadCost,
    /// The world's: not enough memory for Argon2id.
    #[error("not enough free memory to check the passphrase")]
    OutOfMemory,
    /// The world's: the operating system gave no random bytes.
    #[error("the operating system gave no random bytes")]
    Random(#[source] getrandom::Error),
    /// Ours: the signature library refused to make a key.
    #[error("no user key could be made")]
    KeyMaking,
    /// The world's: the disk.
    #[error("could not {doing}")]
    Disk {
        /// What was being done, in the infinitive.
        doing: &'static str,
        /// What the operating system said.
        #[source]
        source: io::Error,
    },
}

impl VaultError {
    /// Whether the same call may succeed later without anything being changed in the profile.
    pub fn retryable(&self) -> bool {
        match self {
            Self::Busy | Self::EntryMissing | Self::OutOfMemory | Self::Random(_) | Self::Disk { .. } => true,
            Self::Keychain(error) => error.retryable(),
            Self::BadProfileId(_)
            | Self::Exists
            | Self::Absent
            | Self::WeakPassphrase(_)
            | Self::PassphraseNeeded
            | Self::WrongPassphrase
            | Self::WrongKey
            | Self::Damaged { .. }
            | Self::Newer { .. }
            | Self::ForeignProfile
            | Self::BadCost
            | Self::KeyMaking => false,
        }
    }

    pub(crate) fn disk(doing: &'static str) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Disk { doing, source }
    }
}
