//! The keychain of the operating system: one wrapping key a profile, under one service.

use std::error::Error;
use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

mod os;

pub use os::OsKeychain;

/// The service under which every entry of ours lies.
pub const SERVICE: &str = "tallystick";

/// A place outside the profile that keeps one wrapping key an account.
pub trait Keychain: Send + Sync {
    /// Whether a keychain answers here, without asking the person anything.
    ///
    /// # Errors
    /// [`KeychainError::Missing`] or [`KeychainError::Unavailable`].
    fn probe(&self) -> Result<(), KeychainError>;

    /// The key of an account; `None` when there is none. May prompt the person to unlock.
    ///
    /// # Errors
    /// Any [`KeychainError`].
    fn get(&self, account: &str) -> Result<Option<WrappingKey>, KeychainError>;

    /// Keeps a key for an account, in place of the one before. May prompt the person to unlock.
    ///
    /// # Errors
    /// Any [`KeychainError`].
    fn set(&self, account: &str, key: &WrappingKey) -> Result<(), KeychainError>;

    /// Forgets the key of an account; nothing happens when there is none.
    ///
    /// # Errors
    /// Any [`KeychainError`].
    fn delete(&self, account: &str) -> Result<(), KeychainError>;
}

/// Why a keychain did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum KeychainError {
    /// This session or system has no keychain at all.
    #[error("this session has no keychain")]
    Missing(#[source] Option<Cause>),
    /// There is a keychain and it does not work: it stopped, timed out or answered nonsense.
    #[error("the keychain does not answer")]
    Unavailable(#[source] Option<Cause>),
    /// The keychain is locked and could not be unlocked.
    #[error("the keychain is locked")]
    Locked,
    /// The person, or a policy, said no.
    #[error("the keychain refused")]
    Refused,
    /// The entry is there but is not a key of ours, or there are several.
    #[error("the keychain's entry is not a key of ours")]
    BadEntry,
}

/// What a platform's keychain said, for the log.
pub type Cause = Box<dyn Error + Send + Sync>;

impl KeychainError {
    /// Whether the same call may succeed later: after unlocking, allowing, or the keychain coming back.
    pub fn retryable(&self) -> bool {
        match self {
            Self::Missing(_) | Self::Unavailable(_) | Self::Locked | Self::Refused => true,
            Self::BadEntry => false,
        }
    }
}

/// The key that opens a sealed file. Wiped when dropped, compared in constant time, never printed.
pub struct WrappingKey(Zeroizing<[u8; 32]>);

impl WrappingKey {
    /// Takes the bytes.
    pub fn from_bytes(bytes: Zeroizing<[u8; 32]>) -> Self {
        Self(bytes)
    }

    /// A fresh key from the operating system's randomness.
    ///
    /// # Errors
    /// When the operating system gives none.
    pub fn random() -> Result<Self, getrandom::Error> {
        let mut bytes = Zeroizing::new([0; 32]);
        getrandom::fill(bytes.as_mut_slice())?;
        Ok(Self(bytes))
    }

    /// Bares the bytes, for a cipher or a keychain.
    pub fn expose(&self) -> &[u8; 32] {
        &self.0
    }

    /// The form kept in keychains: text, because KDE's wallet keeps only text.
    fn to_entry(&self) -> Zeroizing<String> {
        Zeroizing::new(URL_SAFE_NO_PAD.encode(self.0.as_slice()))
    }

    fn from_entry(entry: &Zeroizing<Vec<u8>>) -> Result<Self, KeychainError> {
        // One byte longer than a key, as the decoder's estimate rounds up.
        let mut room = Zeroizing::new([0; 33]);
        let len = URL_SAFE_NO_PAD
            .decode_slice(entry.as_slice(), room.as_mut_slice())
            .map_err(|_| KeychainError::BadEntry)?;
        let mut bytes = Zeroizing::new([0; 32]);
        bytes.copy_from_slice(room.get(..len).filter(|b| b.len() == 32).ok_or(KeychainError::BadEntry)?);
        Ok(Self(bytes))
    }
}

impl PartialEq for WrappingKey {
    fn eq(&self, other: &Self) -> bool {
        self.0.as_slice().ct_eq(other.0.as_slice()).into()
    }
}

impl Eq for WrappingKey {}

impl fmt::Debug for WrappingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WrappingKey").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_survives_the_form_kept_in_keychains() {
        let key = WrappingKey::random().unwrap();

        let entry = Zeroizing::new(key.to_entry().as_bytes().to_vec());

        assert!(WrappingKey::from_entry(&entry).unwrap() == key);
    }

    #[test]
    fn entries_of_another_length_or_alphabet_are_not_ours() {
        for text in ["", "hunter2", &"A".repeat(42), &"A".repeat(44), &"A".repeat(4000), &"!".repeat(43)] {
            let entry = Zeroizing::new(text.as_bytes().to_vec());
            assert!(matches!(WrappingKey::from_entry(&entry), Err(KeychainError::BadEntry)), "{text}");
        }
    }
}
